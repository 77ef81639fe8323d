"""Arms and words for a list of any length: part by part in little memory, and on from there after a kill."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.cli import output
from amends.cli.continued import ContinuedFile
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab
from amends.cli.sending import SENT_COLUMNS, customers_of, sent_line
from amends.errors import ImportRefused, UsageError

if TYPE_CHECKING:
    from amends.importing.table import Table
    from amends.lab import Assignment, Lab


def assign_many(
    key: Key,
    customers: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with a header; or .txt with one id a line.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the file to send from is written.")],
    unit: Annotated[str, typer.Option(help="Column with the customers' ids.")] = "unit_id",
    locale: Annotated[str | None, typer.Option(help="Language where the file has no locale column.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel where the file has no channel column.")] = None,
    chunk: Annotated[int, typer.Option(min=1, help="Customers of one transaction.")] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Assign a list of millions: part by part, and on where it stopped.

    Reads the columns that `assign` reads and writes the same file. Rows are checked part by part: a row
    that cannot be assigned ends the run before its part, and those before it are assigned. Run the same
    command again after a fault or a kill: it goes on at the part that was not whole. Nobody is assigned
    twice, and nobody is left out. How far it is stands on stderr.

    \b
    Example:
      amends assign-many late_parcel customers.csv --out send.csv
    """
    with open_lab() as lab:
        if out.is_dir() or not out.absolute().parent.is_dir():
            output.refuse(f"--out {out} is not a file in an existing folder.")
        if customers.exists() and out.exists() and customers.samefile(out):
            output.refuse(f"--out {out} is the list of customers itself; choose another name.")
        shared = {name: value for name, value in {"locale": locale, "channel": channel}.items() if value}
        what = f"{key} from {customers.name} by {unit}"
        with ContinuedFile(out, SENT_COLUMNS, what=what) as sent:
            begun_with = sent.rows
            _assign_parts(lab, key, customers, sent, unit=unit, shared=shared, chunk=chunk)
            sent.finish()
    _summary(sent, begun_with, out, as_json=as_json)


def _assign_parts(
    lab: Lab, key: str, path: Path, sent: ContinuedFile, *, unit: str, shared: dict[str, str], chunk: int
) -> None:
    from amends.importing.parts import read_parts

    began, there = time.monotonic(), sent.rows
    to_skip = there
    for table in read_parts(path, rows=chunk, unit=unit):
        over, table = _split(table, to_skip)
        sent.skip(row[unit] for row in over.rows)
        to_skip -= len(over.rows)
        if to_skip == 0 and over.rows and not sent.same_list():
            _refuse_other_list(path, there)
        if not table.rows:
            continue
        answers, given = _assigned(lab, key, table, unit=unit, shared=shared, done=sent.rows)
        sent.add(
            (row[unit] for row in table.rows),
            (sent_line(one, answer) for one, answer in zip(given, answers, strict=True)),
            _counts(answers),
        )
        pace = (sent.rows - there) / max(time.monotonic() - began, 1e-9)
        output.notice(f"{key}: {sent.rows:,} customers, {pace:,.0f} a second")
    if to_skip:
        _refuse_other_list(path, there)


def _refuse_other_list(path: Path, there: int) -> None:
    raise UsageError(
        f"{path.name} is not the list that the first {there:,} rows were made of. Give that list again, or "
        "another --out: customers who have an arm keep it."
    )


def _split(table: Table, n: int) -> tuple[Table, Table]:
    from dataclasses import replace

    return replace(table, rows=table.rows[:n]), replace(table, rows=table.rows[n:])


def _assigned(
    lab: Lab, key: str, table: Table, *, unit: str, shared: dict[str, str], done: int
) -> tuple[list[Assignment], list[dict[str, Any]]]:
    """One part's answers, all of them recorded, and the keywords they answer."""
    before = f"The {done:,} rows before are assigned; put it right and run the same command again."
    try:
        listed = customers_of(lab, key, table, unit=unit, shared=shared, check=False)
        rows = [{**shared, **customer.keywords} for customer in listed.customers]
        try:
            answers = list(lab.assign_many(key, rows, chunk=len(rows), sender="cli"))
        except UsageError:
            customers_of(lab, key, table, unit=unit, shared=shared, check=True)  # names the lines
            raise
    except ImportRefused as error:
        raise ImportRefused(
            f"{table.path.name}: {before}", problems=error.problems or (str(error),)
        ) from None
    if any(answer.status == "error" for answer in answers):
        output.refuse(f"the database did not answer. {before}")
    return answers, rows


def _counts(answers: list[Assignment]) -> Counter[str]:
    counts = Counter(
        f"arm {answer.arm}" if answer.status == "assigned" else f"status {answer.status}"
        for answer in answers
    )
    counts["repeat"] = sum(answer.repeat for answer in answers)
    return counts


def _summary(sent: ContinuedFile, begun_with: int, out: Path, *, as_json: bool) -> None:
    repeat = sent.counts.pop("repeat", 0)
    kinds = {
        kind: {name.partition(" ")[2]: n for name, n in sorted(sent.counts.items()) if name.startswith(kind)}
        for kind in ("arm", "status")
    }
    if as_json:
        output.say_json(
            {
                "out": str(out),
                "customers": sent.rows,
                "continued_after": begun_with,
                "repeat": repeat,
                "arms": kinds["arm"],
                "not_assigned": kinds["status"],
            }
        )
        return
    went_on = f" This run went on after {begun_with:,} of them." if begun_with else ""
    output.say(f"Wrote {out}: {sent.rows:,} customers, {repeat:,} of them assigned before.{went_on}")
    output.say(
        output.columns(["arm or status", "customers"], sorted({**kinds["arm"], **kinds["status"]}.items()))
    )
