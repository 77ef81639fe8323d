"""What the data say: reports, comparisons from counts, published studies, plans."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab


def report(
    key: Key,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as a page to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown to this file.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write it as one PDF page to this file.")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Write it as a picture to this file.")] = None,
    tables: Annotated[
        Path | None, typer.Option("--tables", help="Write every table as CSV into this ZIP file.")
    ] = None,
    locale: Annotated[str, typer.Option("--locale", help="Language of the report: en or id.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Print what the arms did: by how much they differ, how sure that is, what is missing.

    \b
    Example:
      amends report late_parcel
      amends report late_parcel --html report.html
      amends report late_parcel --locale id --pdf laporan.pdf
      amends report late_parcel --tables tables.zip
    """
    from amends.exporting import write_bytes
    from amends.publishing.tables import tables_zip

    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: a report is written in en (English) or id (Indonesian).")
    with open_lab() as lab:
        found = lab.analyze(key)
    texts = ((html, found.to_html), (markdown, found.to_markdown))
    drawn = ((pdf, found.to_pdf), (png, found.to_png), (tables, partial(tables_zip, found)))
    if as_json:
        output.say_json(found.to_dict())
    elif not any(path for path, _ in (*texts, *drawn)):
        output.say(found.to_text(locale=locale))
    made = [(path, form(locale=locale).encode()) for path, form in texts if path is not None]
    made += [(path, form(locale=locale)) for path, form in drawn if path is not None]
    for path, content in made:
        write_bytes(path, content)
        output.notice(f"Wrote {path}")


def preregistration(
    key: Key,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown to this file.")
    ] = None,
    locale: Annotated[str, typer.Option("--locale", help="Language: en or id.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Print what was settled beforehand, as answers to a registry's usual questions.

    With the SHA-256 of the definition and the time it was frozen; a draft is printed as it is now.

    \b
    Example:
      amends preregistration late_parcel
      amends preregistration late_parcel --markdown preregistration.md
    """
    from amends.exporting import write_text

    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: it is written in en (English) or id (Indonesian).")
    with open_lab() as lab:
        found = lab.preregistration(key)
    if as_json:
        output.say_json(found.to_dict())
    elif markdown is None:
        output.say(found.to_text(locale=locale))
    if markdown is not None:
        write_text(markdown, found.to_markdown(locale=locale))
        output.notice(f"Wrote {markdown}")


def compare(
    first: Annotated[str, typer.Argument(metavar="FIRST", help="51/56, or mean,sd,n with --mean.")],
    second: Annotated[str, typer.Argument(metavar="SECOND", help="40/51, or mean,sd,n with --mean.")],
    mean: Annotated[bool, typer.Option("--mean", help="The figures are mean,sd,n.")] = False,
    margin: Annotated[
        float | None,
        typer.Option(help="A difference too small to matter: 0.05 for shares, 0.3 for means."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two arms from their counts alone, or from mean, standard deviation and number.

    \b
    Example:
      amends compare 51/56 40/51
      amends compare --mean 5.9,0.9,51 5.4,1.1,40
      amends compare --mean 5.6,1.1,400 5.5,1.2,410 --margin 0.3
    """
    from amends.cli.figures import counts, figures

    if mean:
        from amends.analysis.compare import compare_means

        result = compare_means(figures(first), figures(second), margin=margin)
    else:
        from amends.analysis.compare import compare_counts

        (done, assigned), (other_done, other_assigned) = counts(first), counts(second)
        result = compare_counts(done, assigned, other_done, other_assigned, margin=margin)
    if as_json:
        output.say_json(result.to_dict())
    else:
        output.say(str(result))


def possible_counts(
    first: Annotated[str, typer.Argument(metavar="PERCENT", help="As published, for instance 91.1.")],
    second: Annotated[str, typer.Argument(metavar="PERCENT", help="As published, for instance 78.4.")],
    max_n: Annotated[int, typer.Option("--max-n", help="Largest total number of participants.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List the counts that round to two published percentages, and the range of p they span.

    \b
    Example:
      amends possible-counts 91.1 78.4 --max-n 200
    """
    from amends.analysis.possible_counts import possible_counts as fitting
    from amends.cli.figures import percentage

    found = fitting(percentage(first), percentage(second), max_n=max_n)
    if as_json:
        output.say_json(found.to_dict())
    else:
        output.say(str(found))


def check_figure(
    n: Annotated[int, typer.Option("--n", help="Answers that the figure was made from.")],
    percent: Annotated[str | None, typer.Option(help="A percentage as published, 91.1.")] = None,
    mean: Annotated[str | None, typer.Option(help="A mean as published, 5.9.")] = None,
    sd: Annotated[str | None, typer.Option(help="The standard deviation beside it; needs --scale.")] = None,
    scale: Annotated[
        tuple[int, int] | None, typer.Option(metavar="LOW HIGH", help="Lowest and highest answer.")
    ] = None,
    items: Annotated[int, typer.Option(help="Questions that each answer was averaged over.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Check whether a published percentage, mean or standard deviation can arise from n whole answers.

    \b
    Example:
      amends check-figure --percent 91.1 --n 56
      amends check-figure --mean 5.9 --sd 0.9 --n 51 --scale 1 7
    """
    from amends.analysis import granularity

    if (percent is None) == (mean is None):
        output.refuse("check-figure takes either --percent or --mean: for instance --percent 91.1 --n 56.")
    if percent is not None and not (sd is None and scale is None and items == 1):
        output.refuse("check-figure --percent takes only --n: leave out --sd, --scale and --items.")
    if sd is not None and (scale is None or items != 1):
        output.refuse("check-figure --sd needs --scale LOW HIGH and a single question: --scale 1 7.")
    if percent is not None:
        found = [granularity.check_percentage(percent, n)]
    else:
        found = [granularity.check_mean(mean or "", n, scale=scale, items=items)]
    if sd is not None and scale is not None:
        found.append(granularity.check_standard_deviation(sd, mean or "", n, scale=scale))
    if as_json:
        output.say_json({"possible": all(item.possible for item in found), "checks": found})
        return
    for item in found:
        output.say(str(item))


def studies(as_json: AsJson = False) -> None:
    """Print the published comparisons we carry: published beside recomputed, with the source.

    \b
    Example:
      amends studies
    """
    from amends.studies import published

    found = published()
    if as_json:
        output.say_json(found.to_dict())
    else:
        output.say(str(found))


def plan(
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="The experiment; or give --baseline.")
    ] = None,
    baseline: Annotated[
        float | None, typer.Option(help="Share expected to complete, for instance 0.4.")
    ] = None,
    detect: Annotated[float | None, typer.Option(help="Smallest difference worth acting on.")] = None,
    sd: Annotated[float | None, typer.Option(help="Plan for a mean with this standard deviation.")] = None,
    power: Annotated[float, typer.Option(help="Chance of finding that difference.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Error allowed.")] = 0.05,
    arms: Annotated[int, typer.Option(help="Number of arms.")] = 2,
    as_json: AsJson = False,
) -> None:
    """How many customers an experiment needs, and on which assumptions.

    \b
    Example:
      amends plan late_parcel
      amends plan --baseline 0.4 --detect 0.05 --power 0.8 --arms 3
    """
    from amends.cli.figures import imagined
    from amends.design.plan import plan as planned

    if key is not None:
        if not (baseline is detect is sd is None):
            output.refuse(
                f"plan takes either a KEY or figures: leave out {key}, or --baseline, --detect, --sd."
            )
        with open_lab() as lab:
            experiment = lab.experiment(key)
    elif detect is None or (baseline is None) == (sd is None):
        output.refuse("plan needs a KEY, or --detect with either --baseline (a share) or --sd (a mean).")
    else:
        experiment = imagined(baseline=baseline, detect=detect, sd=sd, power=power, alpha=alpha, arms=arms)
    result = planned(experiment)
    if as_json:
        output.say_json(result.to_dict())
        return
    output.say(f"{result.total:,} customers assigned in all:")
    output.say(output.columns(["arm", "assigned"], result.per_arm.items()))
    for line in result.assumptions["en"]:
        output.say(f"  {line}")
