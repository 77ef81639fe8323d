"""A service desk's export as events for the log of delays: every row checked before any is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from amends.errors import AmendsError
from amends.importing.table import Row, Table, refuse
from amends.importing.values import moment

TIMES = ("received_at", "promised_at", "answered_at", "arrived_at", "closed_at")
IDS = ("incident", "customer", "agent")
WORDS = ("channel", "mailbox", "timezone")
FACTS = (*IDS, *WORDS, *TIMES)


@dataclass(frozen=True, slots=True)
class EventRows:
    """Checked rows as keywords of `record_event`, and the columns that say nothing about an event."""

    rows: tuple[dict[str, object], ...]
    ignored: tuple[str, ...]


def read_events(
    table: Table,
    columns: Mapping[str, str],
    *,
    channel: str | None = None,
    check: Callable[[Mapping[str, object]], object] | None = None,
) -> EventRows:
    """Reads the rows of a file as events.

    Args:
        table: The file.
        columns: Where a fact stands, where its column is not called like the fact.
        channel: The channel of rows that name none.
        check: Called with each row's keywords; an error it raises is that row's problem.

    Raises:
        ImportRefused: A column is missing or a cell is not what it must be, by line number.
    """
    places = {fact: columns.get(fact, fact) for fact in FACTS}
    table.require([places["incident"], *columns.values()])
    found = {fact: column for fact, column in places.items() if column in table.columns}
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    for row in table.rows:
        try:
            keywords = _keywords(row, found)
            if channel is not None:
                keywords.setdefault("channel", channel)
            if check is not None:
                check(keywords)
            rows.append(keywords)
        except (ValueError, AmendsError) as error:
            problems.append(f"line {row.line}: {error}")
    refuse(table.path, problems)
    used = set(found.values())
    return EventRows(tuple(rows), tuple(name for name in table.columns if name not in used))


def _keywords(row: Row, found: Mapping[str, str]) -> dict[str, object]:
    if not row.get(found["incident"]):
        raise ValueError(f"{found['incident']} is blank")
    keywords: dict[str, object] = {}
    for fact, column in found.items():
        cell = row.get(column)
        if not cell:
            continue
        if fact in TIMES:
            try:
                keywords[fact] = moment(cell)
            except ValueError as error:
                raise ValueError(f"{column}: {error}") from None
        else:  # ids are hashed byte for byte, blanks included
            keywords[fact] = row[column] if fact in IDS else cell
    return keywords
