"""Answers into an experiment: one by hand, an outside survey's export, or a whole finished experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.importing import Answer, Columns
    from amends.lab import Lab
    from amends.store import Stored


def pairs(given: list[str] | None, option: str) -> dict[str, str]:
    """Reads repeated `NAME=VALUE` options.

    >>> pairs(["satisfaction=Q1"], "--rating")
    {'satisfaction': 'Q1'}
    """
    read: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not (equals and name.strip() and value.strip()):
            output.refuse(f'{option} {text!r} is not NAME=VALUE; write {option} "name=value".')
        if name.strip() in read:
            output.refuse(f"{option} names {name.strip()!r} twice.")
        read[name.strip()] = value.strip()
    return read


def import_(
    key: Key,
    file: Annotated[Path, typer.Argument(metavar="FILE.CSV", help="One row per unit, UTF-8.")],
    arm: Annotated[str, typer.Option("--arm", "--variation", "--variant", help="Column with the arm.")],
    completed: Annotated[str, typer.Option(help="Column with 0/1, true/false or yes/no.")],
    unit: Annotated[
        str | None, typer.Option(help="Column with the units' ids; each row is a unit without.")
    ] = None,
    rating: Annotated[str | None, typer.Option(help="Column with the rating.")] = None,
    map: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="WORD=ARM", help="The file's word for an arm; repeat it."),
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Column with the clusters' ids.")] = None,
    not_invited: Annotated[
        list[str] | None,
        typer.Option(metavar="ARM", help="An arm that got no invitation to the survey; repeat it."),
    ] = None,
) -> None:
    """Take in a finished experiment: all rows, or none of them.

    Freezes the definition, marked "after the fact", and leaves the experiment stopped.

    \b
    Example:
      amends import email_replies email_replies.csv --arm treat_out --completed responded \\
        --map 0=in_district --map 1=out_of_district
    """
    from amends.importing import Columns

    columns = Columns(
        arm=arm,
        completed=completed,
        unit=unit,
        rating=rating,
        cluster=cluster,
        not_invited=tuple(not_invited or ()),
    )
    with open_lab() as lab:
        count = import_finished(lab, key, file, columns, mapping=pairs(map, "--map"))
    output.say(
        f"Imported {count:,} units into {key}, which is stopped; its definition is frozen after the fact."
    )
    if unit is None:
        output.notice("note: no --unit column, so each row counts as a unit of its own; the report says so.")
    output.say(f"See it with: amends report {key}")


def import_finished(lab: Lab, key: str, file: Path, columns: Columns, *, mapping: Mapping[str, str]) -> int:
    """Reads, checks and stores a finished experiment; returns its number of units."""
    from amends.importing import read_finished, read_table
    from amends.importing.storing import refuse_live, store_finished

    experiment = lab.load(key)
    refuse_live(lab.store, key)
    rows = read_finished(read_table(file), experiment, columns, mapping=mapping)
    count = store_finished(
        lab.store,
        experiment,
        rows,
        at=lab.clock(),
        units_given=columns.unit is not None,
        not_invited=columns.not_invited,
    )
    lab.forget_state(key)
    return count


def responses(
    key: Key,
    file: Annotated[Path, typer.Argument(metavar="ANSWERS.CSV", help="Export of the outside survey, UTF-8.")],
    token: Annotated[str, typer.Option(help="Column with the token of the survey link.")],
    rating: Annotated[
        list[str] | None,
        typer.Option("--rating", metavar="ITEM=COLUMN", help="Where a rating stands; repeat it."),
    ] = None,
    finished: Annotated[
        str | None, typer.Option(help="Yes-or-no column; every row is finished without.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Column with the time of the answer and its zone.")] = None,
    skip_strangers: Annotated[
        bool,
        typer.Option(
            "--skip-strangers", help="Leave out rows whose token is of no link of ours; say how many."
        ),
    ] = False,
) -> None:
    """Take in the answers of an outside survey: all rows, or none. Safe to run again.

    \b
    Example:
      amends responses late_parcel answers.csv --token t --rating satisfaction=Q1
      amends responses late_parcel qualtrics.csv --token t --rating satisfaction=Q1 --skip-strangers
    """
    from amends.importing import AnswerColumns, read_answers, read_table

    columns = AnswerColumns(token=token, ratings=pairs(rating, "--rating"), finished=finished, at=at)
    with open_lab() as lab:
        table = read_table(file)
        answers = read_answers(
            table,
            lab.experiment(key),
            columns,
            check=_known_token(lab, key),
            ours=(lambda given: _behind(lab, given) is not None) if skip_strangers else None,
        )
        rows = [
            {**answer.ratings, "token": answer.token, "finished": answer.finished, "at": answer.at}
            for answer in answers
        ]
        new = 0
        recorded = lab.record_responses(key, rows)
        for stored in output.progress(recorded, total=len(rows), label="Recording answers"):
            if isinstance(stored, Exception):
                raise stored
            new += stored.first
    output.say(f"Recorded {new:,} answers of {key}; {len(answers) - new:,} were stored already.")
    if skip_strangers:
        output.say(f"Left out {len(table.rows) - len(answers):,} rows whose token is of no link of ours.")


def _known_token(lab: Lab, key: str) -> Callable[[Answer], None]:
    """A check that a token is genuine, of this experiment, and older than its answer."""
    from amends.errors import RecordRefused
    from amends.lab.calling import moment_of

    def check(answer: Answer) -> None:
        found = _behind(lab, answer.token)
        if found is None:
            raise RecordRefused(
                f"token {answer.token!r} belongs to no assignment; its unit was never assigned"
            )
        if found.experiment != key:
            raise RecordRefused(f"token {answer.token!r} belongs to {found.experiment}, not to {key}")
        if answer.at is not None and moment_of("answered", answer.at) < found.assigned_at:
            raise RecordRefused(f"answered {answer.at.isoformat()}, before its unit was assigned")

    return check


def _behind(lab: Lab, token: str) -> Stored | None:
    """The assignment behind a survey link's token; None for a token of no link of ours."""
    from amends.lab import tokens

    nonce = tokens.unsign(lab.settings.secret, token)
    return None if nonce is None else lab.store.by_token(nonce)


def respond(
    key: Key,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The customer's id.")],
    rating: Annotated[
        list[str] | None, typer.Option("--rating", metavar="ITEM=VALUE", help="For instance satisfaction=6.")
    ] = None,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="The survey was only begun.")] = False,
    as_json: AsJson = False,
) -> None:
    """Record one customer's answer by hand, for instance from a paper card.

    \b
    Example:
      amends respond late_parcel C-102 --rating satisfaction=6
    """
    from amends.lab.records import record_response

    given = pairs(rating, "--rating")
    with open_lab() as lab:
        stored = record_response(lab, key, unit, finished=not unfinished, items=given)
    if as_json:
        output.say_json({"experiment": key, "first": stored.first, "finished": stored.finished})
    elif stored.first:
        output.say(f"Recorded the answer of {unit} in {key}.")
    else:
        output.say(f"{unit} has a finished answer in {key} already; it stands, nothing changed.")
