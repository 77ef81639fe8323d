"""Outcome tables out of a warehouse, taken back in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab
from amends.cli.records import pairs


def import_outcomes(
    key: Key,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help="CSV in UTF-8, or Parquet; together one table.")
    ],
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="OUTCOME=COLUMN", help="Where an outcome stands; repeat it."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Column with the customers' ids.")] = None,
    pseudonym: Annotated[
        str | None, typer.Option(help="Column with exported pseudonyms, in the place of --unit.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Column with the time it happened and its zone.")] = None,
    skip_unknown: Annotated[
        bool,
        typer.Option("--skip-unknown", help="Leave out rows of units that have no arm here; say how many."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in what happened without a survey: all rows, or none. Safe to run again.

    Every row is accounted for: matched, unknown, duplicate, out of scale or unreadable. Outcomes are
    metrics declared with source="outcome"; a blank cell says nothing.

    \b
    Example:
      amends import-outcomes late_parcel complaints.parquet --pseudonym unit --metric complaint=complained
      amends import-outcomes late_parcel march.csv april.csv --unit customer_id --metric complaint=c --at day
    """
    from amends.importing import read_table
    from amends.importing.outcomes import OutcomeColumns
    from amends.lab.outcome_rows import import_outcomes as store

    columns = OutcomeColumns(metrics=pairs(metric, "--metric"), unit=unit, pseudonym=pseudonym, at=at)
    with open_lab() as lab:
        done = store(lab, key, [read_table(file) for file in files], columns, skip_unknown=skip_unknown)
    if as_json:
        counts = {name.replace(" ", "_"): n for name, n in done.account.counts().items()}
        output.say_json({"experiment": key, **counts, "values": done.values, "new": done.new})
        return
    output.say(done.account.sentence())
    output.say(f"Stored {done.new:,} values of {key}; {done.values - done.new:,} were stored already.")
