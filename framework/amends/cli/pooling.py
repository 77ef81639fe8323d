"""Several experiments together, for people, for a page, or for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab


def pool(
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY]...", help="Which experiments; all if none is named.")
    ] = None,
    pair: Annotated[
        str, typer.Option("--pair", metavar="ARM,ARM", help="The arms compared, first minus second.")
    ] = "thank_you,sorry",
    metric: Annotated[str, typer.Option("--metric", help="The metric's name.")] = "completed",
    measure: Annotated[
        str | None,
        typer.Option(
            "--measure",
            metavar="rd|rr|or|md|g",
            help="Difference, risk ratio or odds ratio of rates; difference or Hedges g of means.",
        ),
    ] = None,
    published: Annotated[
        bool, typer.Option("--published", help="Add the published comparisons whose counts are known.")
    ] = False,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Add experiments on simulated customers.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with the forest plot to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown to this file.")
    ] = None,
    locale: Annotated[str, typer.Option("--locale", help="Language of the result: en or id.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Pool finished experiments: the average effect, and what a new experiment may show.

    \b
    Example:
      amends pool
      amends pool --metric satisfaction --measure g
      amends pool --pair thank_you,silence --published --html pooled.html
    """
    from amends.exporting import write_text

    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: the result is written in en (English) or id (Indonesian).")
    with open_lab() as lab:
        found = lab.pool(
            keys or None,
            pair=_two(pair),
            metric=metric,
            measure=measure,
            include_published=published,
            include_simulated=simulated,
        )
    if as_json:
        output.say_json(found.to_dict())
    elif html is None and markdown is None:
        output.say(found.to_text(locale=locale))
    for path, text in ((html, found.to_html), (markdown, found.to_markdown)):
        if path is not None:
            write_text(path, text(locale=locale))
            output.notice(f"Wrote {path}")


def _two(pair: str) -> tuple[str, str]:
    arms = [arm.strip() for arm in pair.split(",")]
    if len(arms) != 2 or not all(arms):
        output.refuse(
            f"--pair {pair!r}: write two arms with a comma between them, for instance thank_you,sorry."
        )
    return arms[0], arms[1]
