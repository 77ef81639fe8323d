"""`amends analyze`: the report of what was recorded here, or of a whole table where it lies."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.analysis.report import Report

EVERY = 10.0
"""Seconds between two lines that say how far a long count is, where no terminal draws a bar."""

Pairs = list[str] | None


def analyze(
    key: Key,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Read a table instead: parquet:PATH, postgres:URL?table=NAME, spark:PATH."
        ),
    ] = None,
    arm: Annotated[str | None, typer.Option(metavar="COLUMN", help="The table's column of arms.")] = None,
    completed: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column with 1 where the survey was completed.")
    ] = None,
    rating: Annotated[
        Pairs, typer.Option(metavar="COLUMN", help="Column of the rating; or satisfaction=COLUMN; repeats.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the units' ids, each checked to be once.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the cluster, where one is declared.")
    ] = None,
    outcome: Annotated[
        Pairs, typer.Option(metavar="METRIC=COLUMN", help="Column of an outcome; repeats.")
    ] = None,
    covariate: Annotated[
        Pairs, typer.Option(metavar="NAME=COLUMN", help="Column of a declared covariate; repeats.")
    ] = None,
    moderator: Annotated[
        Pairs, typer.Option(metavar="NAME=COLUMN", help="Column of a declared moderator; repeats.")
    ] = None,
    segment: Annotated[
        Pairs, typer.Option(metavar="NAME=COLUMN", help="Column of a segment, such as channel; repeats.")
    ] = None,
    step: Annotated[
        Pairs,
        typer.Option(metavar="STEP=COLUMN", help="Column of sent, delivered, failed or started; repeats."),
    ] = None,
    arms: Annotated[
        Pairs, typer.Option("--map", metavar="WORD=ARM", help="The table's word for an arm; repeats.")
    ] = None,
    not_invited: Annotated[
        Pairs, typer.Option("--not-invited", metavar="ARM", help="An arm without an invitation; repeats.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as a page to this file.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write it as Markdown to this file.")
    ] = None,
    locale: Annotated[str, typer.Option("--locale", help="Language of the report: en or id.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Analyse an experiment, for people or, with --json, for programs.

    With --table its engine counts the rows where they lie (DuckDB reads Parquet); the report is the same.

    \b
    Example:
      amends analyze late_parcel --json
      amends analyze late_parcel --table parquet:late.parquet --arm arm --completed done --rating score
    """
    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: a report is written in en (English) or id (Indonesian).")
    named: dict[str, Any] = {"arm": arm, "completed": completed, "unit": unit, "cluster": cluster}
    listed = {
        "rating": rating,
        "outcomes": outcome,
        "covariates": covariate,
        "moderators": moderator,
        "segments": segment,
        "arms": arms,
        "steps": step,
    }
    if table is None:
        _refuse_columns(named, listed, not_invited)
        with open_lab() as lab:
            found = lab.analyze(key)
    else:
        if arm is None or completed is None:
            output.refuse("--table needs --arm COLUMN and --completed COLUMN: what each row was and did.")
        found = _of_table(key, table, named, listed, not_invited or ())
    _show(found, html=html, markdown=markdown, locale=locale, as_json=as_json)


def _refuse_columns(named: dict[str, Any], listed: dict[str, Pairs], not_invited: Pairs) -> None:
    given = [name for name, value in {**named, **listed, "not-invited": not_invited}.items() if value]
    if given:
        output.refuse(f"--{given[0]} names a column of a table: add --table parquet:PATH, or leave it out.")


def _of_table(
    key: str, table: str, named: dict[str, Any], listed: dict[str, Pairs], not_invited: Sequence[str]
) -> Report:
    from amends.lab.tables import analyze_table

    ratings = listed["rating"] or []
    single = ratings[0] if len(ratings) == 1 and "=" not in ratings[0] else None
    steps: dict[str, Any] = _pairs("--step", listed["steps"])
    for name in steps:
        if name not in ("sent", "delivered", "failed", "started"):
            output.refuse(f"--step {name}=…: a step is sent, delivered, failed or started.")
    with open_lab() as lab, _bar(f"Counting {table.partition(':')[0]}") as progress:
        return analyze_table(
            key,
            table,
            **named,
            **steps,
            rating=single if single is not None else _pairs("--rating", ratings),
            outcomes=_pairs("--outcome", listed["outcomes"]),
            covariates=_pairs("--covariate", listed["covariates"]),
            moderators=_pairs("--moderator", listed["moderators"]),
            segments=_pairs("--segment", listed["segments"]),
            arms=_pairs("--map", listed["arms"]),
            not_invited=not_invited,
            progress=progress,
            lab=lab,
        )


def _pairs(option: str, given: Pairs) -> dict[str, Any]:
    """`NAME=COLUMN` as a mapping; a word of its own is the name of its column too."""
    found: dict[str, Any] = {}
    for pair in given or ():
        name, equals, column = pair.rpartition("=")
        if equals and not (name and column):
            output.refuse(f"{option} {pair!r} is not NAME=COLUMN.")
        found[name or column] = column
    return found


@contextmanager
def _bar(label: str) -> Generator[Callable[[float | None], None], None, None]:
    """How far the engine is, on stderr: a bar in a terminal, else a line now and then."""
    if not sys.stderr.isatty():
        began = said = time.monotonic()

        def line(share: float | None) -> None:
            nonlocal said
            if (now := time.monotonic()) - said >= EVERY:
                said = now
                output.notice(f"{label}: {'' if share is None else f'{share:.0%}, '}{now - began:.0f} s")

        yield line
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def draw(share: float | None) -> None:
            bar.update(task, total=None if share is None else 1.0, completed=share or 0.0)

        yield draw


def _show(found: Report, *, html: Path | None, markdown: Path | None, locale: str, as_json: bool) -> None:
    from amends.exporting import write_text

    if as_json:
        output.say_json(found.to_dict())
    elif html is None and markdown is None:
        output.say(found.to_text(locale=locale))
    for path, form in ((html, found.to_html), (markdown, found.to_markdown)):
        if path is not None:
            write_text(path, form(locale=locale))
            output.notice(f"Wrote {path}")
