"""The answers of an outside survey, joined to their units by the token in the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from amends.errors import AmendsError, ImportRefused, nearest
from amends.importing.finished import rating_scales, read_rating
from amends.importing.table import Row, Table, refuse
from amends.importing.values import moment, yes_or_no

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Answer:
    """One checked answer: the link's token, whether it was finished, its ratings by item, and when."""

    line: int
    token: str
    finished: bool
    ratings: dict[str, int]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerColumns:
    """Which column holds what.

    Attributes:
        token: The token of the survey link.
        ratings: Item name to column, for instance `{"satisfaction": "Q1"}`.
        finished: A yes-or-no column; without it every row is a finished answer.
        at: When it was answered, with its zone; without it the time of the import counts.
    """

    token: str
    ratings: Mapping[str, str]
    finished: str | None = None
    at: str | None = None


def read_answers(
    table: Table,
    experiment: Experiment,
    columns: AnswerColumns,
    *,
    check: Callable[[Answer], object] | None = None,
    ours: Callable[[str], bool] | None = None,
) -> tuple[Answer, ...]:
    """Reads an outside survey's export, all rows or none.

    Args:
        table: The file.
        experiment: Its metrics and survey items say what a rating may be.
        columns: Which column holds what.
        check: Called with each answer; an error it raises is that row's problem.
        ours: Whether a token is of a link of ours; rows of other tokens are left out, unread. Without it
            such a row is a problem. Exports begin with lines that explain their columns, and hold the
            tries of whoever made the form.

    Raises:
        ImportRefused: A missing column, an unknown item, a rating off its scale, a blank or repeated
            token; each with its line number.
    """
    table.require(
        name
        for name in (columns.token, *columns.ratings.values(), columns.finished, columns.at)
        if name is not None
    )
    scales = rating_scales(experiment)
    for item in columns.ratings:
        if item not in scales:
            near = nearest(item, scales, what="ratings")
            raise ImportRefused(f"{experiment.key} asks for no rating {item!r}. {near}")
    answers: list[Answer] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        if ours is not None and not ours(row.get(columns.token)):
            continue
        try:
            answer = _read(row, columns, scales)
            first = seen.setdefault(answer.token, row.line)
            if first != row.line:
                raise ValueError(f"token {answer.token!r} already stands on line {first}")
            if check is not None:
                check(answer)
        except (ValueError, AmendsError) as error:
            problems.append(f"line {row.line}: {error}")
        else:
            answers.append(answer)
    refuse(table.path, problems)
    return tuple(answers)


def _read(row: Row, columns: AnswerColumns, scales: Mapping[str, tuple[int, int]]) -> Answer:
    if not row.get(columns.token):
        raise ValueError(f"{columns.token} is blank")
    given = {
        item: read_rating(row.get(column), item, scales[item], column=column)
        for item, column in columns.ratings.items()
        if row.get(column)
    }
    finished = yes_or_no(row.get(columns.finished)) if columns.finished else True
    at = moment(row.get(columns.at)) if columns.at and row.get(columns.at) else None
    return Answer(row.line, row.get(columns.token), finished, given, at)
