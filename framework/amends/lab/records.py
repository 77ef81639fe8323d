"""What is recorded after an assignment: deliveries, responses, outcomes, each checked at the door."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from amends.assignment.hashing import Id, id_bytes
from amends.design.rated import rated
from amends.design.survey import Scale
from amends.errors import (
    KeyReused,
    NeverAssigned,
    RecordRefused,
    StateError,
    StoreUnavailable,
    UsageError,
    nearest,
)
from amends.lab import tokens
from amends.lab.calling import moment_of, text_of, written_of
from amends.store import Stored, StoredResponse

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

log = logging.getLogger("amends")

DELIVERY_STATUSES = ("sent", "delivered", "failed", "withheld")
LONGEST_DETAIL = 2_000
_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\"']+@[^\s@<>()\[\]:;,\"']+")


def record_delivery(
    lab: Lab,
    key: str,
    unit_id: Id,
    status: str,
    *,
    at: datetime | None = None,
    said: str | None = None,
    detail: str | None = None,
    idempotency_key: str | None = None,
) -> bool:
    """Records what became of a unit's message.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_id: The unit.
        status: `sent`, `delivered`, `failed` or `withheld`.
        at: When; now by default.
        said: Which arm's sentence was really said, where a person says it.
        detail: The carrier's code, never free text about a person; e-mail addresses in it are left out.
        idempotency_key: Makes a retry safe: the same key and body again changes nothing.

    Returns:
        Whether it was new. The same status at another time is kept, and counted once.

    Raises:
        UsageError: for an unknown status.
        NeverAssigned: when no arm was given to the unit.
        StoreUnavailable: when the database does not answer.
    """
    remembered = remembered_key(lab, idempotency_key)
    if status not in DELIVERY_STATUSES:
        allowed = nearest(str(status), DELIVERY_STATUSES, what="delivery statuses")
        raise UsageError(f"delivery status {status!r} is unknown. {allowed}")
    if detail is not None:
        if not isinstance(detail, str) or len(detail) > LONGEST_DETAIL:
            raise UsageError(f"detail must be a text of at most {LONGEST_DETAIL} characters.")
        written_of("detail", detail)
        detail = without_addresses(detail)
    experiment = started_experiment(lab, key)
    if said is not None and said not in [arm.name for arm in experiment.arms]:
        raise UsageError(f"said={said!r} is not an arm of {key}.")
    told = {
        "unit": _pseudonym(lab, unit_id),
        "status": status,
        "at": moment(lab, at),
        "said": said,
        "detail": detail,
        "idempotency_key": remembered,
        "told_at": at,
    }
    return bool(_stored_or_kept(lab, "delivery", key, told, kept=True, sent=idempotency_key))


def without_addresses(detail: str) -> str:
    """What a carrier said, without the e-mail address that it was about.

    >>> without_addresses("550 5.1.1 <sari.w@example.com>: user unknown")
    '550 5.1.1 <[address]>: user unknown'
    """
    return _ADDRESS.sub("[address]", detail) if "@" in detail else detail


def remembered_key(lab: Lab, idempotency_key: object) -> str | None:
    """What is stored of an idempotency key, which senders like to make from a customer's id.

    Raises:
        UsageError: for what is no text, too long, or has control characters.
    """
    given = text_of("idempotency_key", idempotency_key)
    return None if given is None else lab.pseudonym(f"idempotency:{given}")


def with_sent_key(lab: Lab, error: KeyReused, sent: str | None) -> KeyReused:
    """The error in the sender's words: with the idempotency key that was sent, not what is stored of it."""
    return KeyReused(str(error).replace(remembered_key(lab, sent) or "", sent or ""))


def record_response(
    lab: Lab,
    key: str,
    unit_id: Id | None = None,
    *,
    token: str | None = None,
    finished: bool = True,
    at: datetime | None = None,
    idempotency_key: str | None = None,
    items: Mapping[str, Any],
    form: str | None = None,
) -> StoredResponse:
    """Records a unit's answers. Finished counts as completed; the first finished response stands.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_id: The unit; or `token`, from its survey link.
        finished: False records a start with what was answered so far.
        at: When; now by default.
        idempotency_key: Makes a retry safe: the same key and body again changes nothing.
        items: Answers by item name; each must fit its item's scale or choices.
        form: Digest of the page's form that finishes it, by which the same form is known again.

    Returns:
        What is stored; `.first` is False when an earlier finished response stands instead.

    Raises:
        UsageError: without unit and token, or with both.
        RecordRefused: for an unknown item, an answer off the scale, a forged token; where the unit takes
            no part.
        NeverAssigned: when no arm was given to the unit; the attempt is counted.
        StoreUnavailable: when the database does not answer.
    """
    if (unit_id is None) == (token is None):
        raise UsageError("record_response needs either unit_id or token=…, not both and not neither.")
    if not isinstance(finished, bool):
        raise UsageError(f"finished={finished!r}: True or False is needed.")
    text_of("token", token)
    remembered = remembered_key(lab, idempotency_key)
    experiment = started_experiment(lab, key)
    answers = check_answers(experiment, items)
    told = {
        "unit": None if unit_id is None else _pseudonym(lab, unit_id),
        "nonce": None if token is None else nonce_of(lab, token),
        "finished": finished,
        "answers": answers,
        "at": moment(lab, at),
        "idempotency_key": remembered,
        "told_at": at,
    }
    if form is not None:
        told["form"] = form
    try:
        stored: StoredResponse = _stored_or_kept(
            lab, "response", key, told, kept=_to_be_stored(key, told), sent=idempotency_key
        )
    except NeverAssigned:
        raise NeverAssigned(
            f"unit {unit_id!r} was never assigned in {key}: assign it before its response."
        ) from None
    return stored


def _store_response(
    lab: Lab,
    key: str,
    *,
    unit: str | None,
    nonce: str | None,
    finished: bool,
    answers: dict[str, Any],
    at: datetime,
    idempotency_key: str | None,
    told_at: datetime | None,
    form: str | None = None,
) -> StoredResponse:
    experiment = lab.experiment(key)
    stored = _find(lab, key, unit=unit, nonce=nonce, at=at)
    ready = ready_response(
        lab,
        experiment,
        stored,
        answers,
        finished=finished,
        at=at,
        told_at=told_at,
        idempotency_key=idempotency_key,
    )
    return lab.store.record_response(key, **ready, form=form)


def ready_response(
    lab: Lab,
    experiment: Experiment,
    stored: Stored,
    answers: Mapping[str, Any],
    *,
    finished: bool,
    at: datetime,
    told_at: datetime | None,
    idempotency_key: str | None,
) -> dict[str, Any]:
    """Checked answers of an assigned unit as the store takes them.

    Raises:
        RecordRefused: for an answer that is said to be older than the unit's assignment.
    """
    if told_at is None:
        at = max(at, stored.assigned_at)  # the server's clock may have been set back since
    elif at < stored.assigned_at:
        raise RecordRefused(
            f"at={at.isoformat()} lies before the unit's assignment ({stored.assigned_at.isoformat()})."
        )
    scored = set(rated(experiment))
    answers = {**answers, **_scores(experiment, scored, answers)}
    return {
        "assignment_id": stored.assignment_id,
        "finished": finished,
        "ratings": {name: value for name, value in answers.items() if name in scored},
        "answers": {name: value for name, value in answers.items() if name not in scored},
        "at": at,
        "late": is_late(lab, experiment, stored, at),
        "idempotency_key": idempotency_key,
        "told_at": told_at,
    }


def _to_be_stored(key: str, told: Mapping[str, Any]) -> StoredResponse:
    """What is answered for a response that waits in the spool: the database alone knows arm and record."""
    return StoredResponse(
        first=True,
        experiment=key,
        assignment_id="",
        unit=told["unit"] or "",
        arm="",
        started_at=told["at"],
        finished_at=told["at"] if told["finished"] else None,
        late=False,
        ratings={},
        answers=told["answers"],
    )


def check_answers(experiment: Experiment, items: Mapping[str, Any]) -> dict[str, Any]:
    """Answers that fit the experiment's items.

    Raises:
        RecordRefused: naming the item, the value and what is allowed.
    """
    known = {item.name: item for item in experiment.items}
    answers = {}
    for name, value in items.items():
        if name not in known:
            raise RecordRefused(
                f"{name}={value!r}: {experiment.key} asks no such item. {nearest(name, known, what='items')}"
            )
        answers[name] = known[name].check(value)
    return answers


def _scores(experiment: Experiment, scored: set[str], answers: Mapping[str, Any]) -> dict[str, float]:
    """The means of those scales that are metrics and whose items are all answered."""
    declared = experiment.survey if isinstance(experiment.survey, tuple) else ()
    scales = [item for item in declared if isinstance(item, Scale) and item.name in scored]
    found = {scale.name: scale.score(answers) for scale in scales}
    return {name: score for name, score in found.items() if score is not None}


def record_outcome(
    lab: Lab,
    key: str,
    unit_id: Id,
    metric: str,
    value: float,
    *,
    at: datetime | None = None,
    idempotency_key: str | None = None,
) -> bool:
    """Records an outcome that needs no survey, such as a complaint.

    Args:
        lab: The lab.
        key: The experiment's key.
        unit_id: The unit.
        metric: A metric declared with `source="outcome"`.
        value: 0 or 1 for a Proportion, a number for a Mean.

    Returns:
        Whether it was new.

    Raises:
        UsageError: for a metric that is not a declared outcome.
        RecordRefused: for a value the metric does not allow.
        NeverAssigned: when no arm was given to the unit.
    """
    remembered = remembered_key(lab, idempotency_key)
    experiment = started_experiment(lab, key)
    outcomes = {item.name: item for item in experiment.metrics if item.source == "outcome"}
    if metric not in outcomes:
        raise UsageError(
            f"{metric!r} is not an outcome of {key}. {nearest(metric, outcomes, what='outcomes')}"
        )
    if isinstance(value, bool):
        value = int(value)
    if not isinstance(value, (int, float)) or value != value or value in (float("inf"), float("-inf")):
        raise RecordRefused(f"{metric}={value!r}: a number is needed.")
    declared = outcomes[metric]
    if declared.kind == "proportion" and value not in (0, 1):
        raise RecordRefused(f"{metric}={value!r}: 0 or 1 is needed.")
    scale = getattr(declared, "scale", None)
    if scale and not scale[0] <= value <= scale[1]:
        raise RecordRefused(f"{metric}={value!r} is off its scale of {scale[0]} to {scale[1]}.")
    told = {
        "unit": _pseudonym(lab, unit_id),
        "metric": metric,
        "value": value,
        "at": moment(lab, at),
        "idempotency_key": remembered,
        "told_at": at,
    }
    return bool(_stored_or_kept(lab, "outcome", key, told, kept=True, sent=idempotency_key))


def _store_outcome(lab: Lab, key: str, *, unit: str, at: datetime, **told: Any) -> bool:
    stored = lab.store.find(key, unit=unit)
    late = stored is not None and is_late(lab, lab.experiment(key), stored, at)
    return lab.store.record_outcome(key, unit=unit, at=at, late=late, **told)


def _store_delivery(lab: Lab, key: str, **told: Any) -> bool:
    return lab.store.record_delivery(key, **told)


STORED: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"delivery": _store_delivery, "response": _store_response, "outcome": _store_outcome}
)
"""By kind, how a checked record is stored: at once, or out of the spool later."""


def _stored_or_kept(
    lab: Lab, kind: str, key: str, told: Mapping[str, Any], *, kept: object, sent: str | None
) -> Any:
    try:
        lab.spooling.replay_first()  # the unit's assignment may still wait there
        return STORED[kind](lab, key, **told)
    except KeyReused as error:
        raise with_sent_key(lab, error, sent) from None
    except StoreUnavailable as error:
        if lab.spoolable(key) is None:
            raise
        lab.spooling.keep_record(kind, key, told)
        log.error("%s: one %s waits in the spool: %s", key, kind, error)
        return kept


def is_late(lab: Lab, experiment: Experiment, stored: Stored, at: datetime) -> bool:
    """Whether an answer comes after the response window; without a window, after the stop."""
    if experiment.response_window is not None:
        return at > (stored.invite_at or stored.assigned_at) + experiment.response_window
    state = lab.in_force(experiment.key or "").state
    return bool(state and state.stopped_at and at > state.stopped_at)


def started_experiment(lab: Lab, key: str) -> Experiment:
    try:
        force = lab.in_force(key)
    except StoreUnavailable:
        known = lab.spoolable(key)
        if known is None:
            raise
        return known.experiment
    if force.state is None:
        raise StateError(f"{key} has not started, so nothing can be recorded for it: amends start {key}")
    return force.experiment


def _find(lab: Lab, key: str, *, unit: str | None, nonce: str | None, at: datetime) -> Stored:
    if nonce is not None:
        found = lab.store.by_token(nonce)
        if found is None:
            raise RecordRefused("the survey link's token is not genuine: nothing was recorded.")
        if found.experiment != key:
            raise RecordRefused(f"the token belongs to {found.experiment}, not to {key}.")
        return found
    assert unit is not None
    stored = lab.store.find(key, unit=unit)
    if stored is None:
        lab.store.count_turned_away(key, {("refused", "response before assignment", at.date()): 1})
        raise NeverAssigned(f"this unit was never assigned in {key}: assign it before its response.")
    return stored


def nonce_of(lab: Lab, token: str) -> str:
    """What a genuine token of a survey link stands for."""
    nonce = tokens.unsign(lab.settings.secret, token)
    if nonce is None:
        raise RecordRefused("the survey link's token is not genuine: nothing was recorded.")
    return nonce


def _pseudonym(lab: Lab, unit_id: Id) -> str:
    return lab.pseudonym(id_bytes(unit_id).decode())


def moment(lab: Lab, at: datetime | None) -> datetime:
    return lab.clock() if at is None else moment_of("at", at)
