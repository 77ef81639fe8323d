"""Many survey responses at once: a transaction per chunk, and a refused row harms no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from amends.assignment.hashing import Id, id_bytes
from amends.errors import KeyReused, NeverAssigned, RecordRefused, UsageError
from amends.lab.calling import moment_of, text_of
from amends.lab.records import (
    check_answers,
    nonce_of,
    ready_response,
    remembered_key,
    started_experiment,
    with_sent_key,
)
from amends.store import Stored, StoredResponse

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

Refusal = RecordRefused | UsageError
Answer = TypeVar("Answer")


def record_responses(
    lab: Lab, key: str, rows: Iterable[Mapping[str, Any]], *, chunk: int = 1_000
) -> Iterator[StoredResponse | Refusal]:
    """Records many responses, one transaction per chunk; safe to run again.

    Each row counts exactly as `record_response` would count it. One that is refused is answered by its
    error, which names it, and the others of its chunk are stored.

    Args:
        lab: The lab.
        key: The experiment's key.
        rows: The arguments of `Lab.record_response` as mappings: `unit_id` or `token`, `finished`, `at`,
            `idempotency_key`, and the answers by item name.
        chunk: Rows per transaction: all that are not refused are stored, or, without a database, none.

    Yields:
        For each row, in order, what is stored for its unit now or why the row was refused.

    Raises:
        UsageError: for a chunk that is no number of rows.
        UnknownExperiment, StateError: for an experiment that takes no responses.
        StoreUnavailable: when the database does not answer; earlier chunks are stored.
    """
    if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
        raise UsageError(f"chunk={chunk!r}: a whole number of rows, 1 or more, is needed.")
    remaining = enumerate(rows, start=1)
    while batch := list(islice(remaining, chunk)):
        yield from _record_chunk(lab, started_experiment(lab, key), batch)


class _Read(NamedTuple):
    """A row that fits the definition; whose it is is still to be found."""

    number: int
    unit: str | None
    nonce: str | None
    finished: bool
    at: datetime | None
    idempotency_key: str | None
    answers: dict[str, Any]


def _record_chunk(
    lab: Lab, experiment: Experiment, batch: list[tuple[int, Mapping[str, Any]]]
) -> list[StoredResponse | Refusal]:
    from amends.store.responses import NewResponse

    key = experiment.key or ""
    read = [_read(lab, experiment, number, row) for number, row in batch]
    stored = _assigned(lab, key, [row for row in read if isinstance(row, _Read)])
    answers: list[StoredResponse | Refusal | None] = []
    ready: list[NewResponse] = []
    for row in read:
        try:
            if not isinstance(row, _Read):
                raise row
            ready.append(NewResponse(**_ready(lab, experiment, row, stored.get(row.unit or row.nonce or ""))))
        except (RecordRefused, UsageError) as refused:
            answers.append(refused)
        else:
            answers.append(None)
    _count_strangers(lab, key, read, stored)
    kept = iter(lab.store.record_responses(key, ready) if ready else ())
    return [
        _named(_in_senders_words(lab, next(kept), row), number) if answer is None else answer
        for answer, (number, row) in zip(answers, batch, strict=True)
    ]


def _in_senders_words(lab: Lab, answer: Answer, row: Mapping[str, Any]) -> Answer | KeyReused:
    return with_sent_key(lab, answer, row["idempotency_key"]) if isinstance(answer, KeyReused) else answer


def _read(lab: Lab, experiment: Experiment, number: int, row: Mapping[str, Any]) -> _Read | Refusal:
    try:
        if not isinstance(row, Mapping):
            raise UsageError(f"{row!r} is no mapping from arguments of record_response to values.")
        given = dict(row)
        unit_id: Id | None = given.pop("unit_id", None)
        token = text_of("token", given.pop("token", None))
        if (unit_id is None) == (token is None):
            raise UsageError("either unit_id or token is needed, not both and not neither.")
        finished = given.pop("finished", True)
        if not isinstance(finished, bool):
            raise UsageError(f"finished={finished!r}: True or False is needed.")
        at = given.pop("at", None)
        return _Read(
            number,
            None if unit_id is None else lab.store.pseudonym(id_bytes(unit_id).decode()),
            None if token is None else nonce_of(lab, token),
            finished,
            None if at is None else moment_of("at", at),
            remembered_key(lab, given.pop("idempotency_key", None)),
            check_answers(experiment, given),
        )
    except (RecordRefused, UsageError) as refused:
        return _named(refused, number)


def _assigned(lab: Lab, key: str, rows: list[_Read]) -> dict[str, Stored]:
    """The assignments by pseudonym and by nonce."""
    units = list(dict.fromkeys(row.unit for row in rows if row.unit is not None))
    found = zip(units, lab.store.find_many(key, [(unit, None) for unit in units]), strict=True)
    by_unit = {unit: stored for unit, stored in found if stored is not None}
    return {**by_unit, **lab.store.by_tokens(row.nonce for row in rows if row.nonce is not None)}


def _ready(lab: Lab, experiment: Experiment, row: _Read, stored: Stored | None) -> dict[str, Any]:
    try:
        if stored is None and row.nonce is not None:
            raise RecordRefused("the survey link's token is not genuine: nothing was recorded.")
        if stored is None:
            raise NeverAssigned(f"its unit was never assigned in {experiment.key}: assign it first.")
        if stored.experiment != experiment.key:
            raise RecordRefused(f"the token belongs to {stored.experiment}, not to {experiment.key}.")
        return ready_response(
            lab,
            experiment,
            stored,
            row.answers,
            finished=row.finished,
            at=lab.clock() if row.at is None else row.at,
            told_at=row.at,
            idempotency_key=row.idempotency_key,
        )
    except RecordRefused as refused:
        raise _named(refused, row.number) from None


def _count_strangers(lab: Lab, key: str, read: list[_Read | Refusal], stored: Mapping[str, Stored]) -> None:
    """Counts responses of units without an arm among those turned away, as a single call does."""
    now = lab.clock()
    days: Counter[tuple[str, str, date]] = Counter(
        ("refused", "response before assignment", (row.at or now).date())
        for row in read
        if isinstance(row, _Read) and row.unit is not None and row.unit not in stored
    )
    lab.store.count_turned_away(key, days)


def _named(answer: Answer, number: int) -> Answer:
    """An error with its row's number; anything else as it is."""
    return type(answer)(f"row {number}: {answer}") if isinstance(answer, Exception) else answer
