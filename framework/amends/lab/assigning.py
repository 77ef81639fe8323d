"""Calls of `assign` that wait together: each is answered by its own rules, whatever the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from amends.errors import AmendsError, StoreUnavailable, UsageError
from amends.lab.assigned import Assignment
from amends.lab.calling import Call, read_call
from amends.lab.enrolment import assign_calls

if TYPE_CHECKING:
    from amends.lab.lab import Lab


class Wish(NamedTuple):
    """A call of `assign`, not checked yet.

    Attributes:
        key: The experiment's key.
        sender: Who sends, kept apart in the tally.
        arguments: `unit_id`, any argument of `assign` and the slots.
    """

    key: str
    sender: str
    arguments: Mapping[str, Any]


def assign_wishes(lab: Lab, wishes: Sequence[Wish]) -> list[Assignment | Exception]:
    """Answers calls of any experiments, those of one experiment in one transaction."""
    by_key: dict[str, list[int]] = {}
    for index, wish in enumerate(wishes):
        by_key.setdefault(wish.key, []).append(index)
    answers: dict[int, Assignment | Exception] = {}
    for key, indexes in by_key.items():
        rows, senders = [wishes[index].arguments for index in indexes], [wishes[i].sender for i in indexes]
        try:
            given: Sequence[Assignment | Exception] = assign_rows(lab, key, rows, senders)
        except AmendsError as error:  # no such experiment: nobody else's trouble
            given = [error] * len(indexes)
        answers.update(zip(indexes, given, strict=True))
    return [answers[index] for index in range(len(wishes))]


def assign_rows(
    lab: Lab,
    key: str,
    rows: Sequence[Mapping[str, Any]],
    senders: Sequence[str],
    *,
    trouble: StoreUnavailable | None = None,
) -> list[Assignment | UsageError]:
    """Assigns the rows that break no rule, in one transaction; the others come back as their error.

    Args:
        lab: The lab.
        key: The experiment's key.
        rows: Mappings with `unit_id`, any argument of `assign` and the slots.
        senders: Who sends each row.
        trouble: How the database failed a moment ago; it is then not asked again.

    Raises:
        UnknownExperiment: naming the nearest key.
    """
    if trouble is None:
        experiment, trouble = lab.definition(key)
    else:
        experiment = lab.experiment_without_store(key)
    read: list[Call | UsageError] = []
    for row, sender in zip(rows, senders, strict=True):
        arguments = dict(row)
        unit_id = arguments.pop("unit_id")
        try:
            read.append(read_call(experiment, unit_id, lab.clock(), lab.settings.locale, sender, **arguments))
        except UsageError as error:
            read.append(error)
    calls = [call for call in read if isinstance(call, Call)]
    given = iter(assign_calls(lab, key, calls, trouble=trouble) if calls else ())
    return [next(given) if isinstance(call, Call) else call for call in read]
