"""What stands behind a survey link, and what its customer decides there: take part, refuse, withdraw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from amends.errors import RecordRefused
from amends.lab import tokens
from amends.lab.cards import WaitingCard, opens_itself, waiting_card
from amends.lab.records import moment
from amends.store import Stored, StoredConsent, StoredResponse
from amends.store.consenting import Read

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.wording import Wording
    from amends.lab.lab import Lab

LINK_OUTLIVES = timedelta(days=30)
"""So long after its response window, or after the stop, a link is still answered, and counted as late."""

_VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SurveyVisit:
    """What the survey page of one link is about.

    Attributes:
        experiment: The definition in force.
        arm: The unit's arm; the page shows its sentence only where `show_message="survey"`.
        locale: The customer's language at assignment.
        state: `open`, `spent` (a finished response is stored), `withdrawn`, `expired`, or `waiting` (a card
            that somebody must hand out first).
        decision: `agreed` or `refused`, `""` while nothing was decided.
        answers: What was answered so far, by question, where the survey is not finished.
        form: Digest of the form that finished it.
        card: The printed card of an open link that nobody was assigned by yet: the first button does it.
    """

    experiment: Experiment
    arm: str
    locale: str
    state: str
    decision: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    form: str | None = None
    card: WaitingCard | None = None


def survey(lab: Lab, token: str, *, at: datetime | None = None) -> SurveyVisit | None:
    """What the survey page of a token shows at a time, now by default; None for a forged or unknown token."""
    stored = by_token(lab, token)
    if stored is None:
        return _of_card(lab, token)
    force = lab.in_force(stored.experiment)
    answered, consent = lab.store.read_survey(stored.experiment, assignment_id=stored.assignment_id)
    state = _state(answered, consent)
    stopped = force.state.stopped_at if force.state else None
    if state == "open" and _expired(force.experiment, stored, stopped, now=at or lab.clock()):
        state = "expired"
    return SurveyVisit(
        experiment=force.experiment,
        arm=stored.arm,
        locale=stored.locale,
        state=state,
        decision=consent.decision if consent else "",
        answers={**answered.ratings, **answered.answers} if answered and state == "open" else {},
        form=answered.form if answered else None,
    )


def _of_card(lab: Lab, token: str) -> SurveyVisit | None:
    """The survey of a printed card that nobody handed out; None where the link is of no card."""
    nonce = tokens.unsign(lab.settings.secret, token)
    card = None if nonce is None else waiting_card(lab, nonce)
    if card is None:
        return None
    force = lab.in_force(card.key)
    opens = opens_itself(force.experiment) and force.status == "running"
    state = "expired" if force.status == "stopped" else "open" if opens else "waiting"
    return SurveyVisit(force.experiment, arm="", locale="", state=state, card=card)


def _state(answered: StoredResponse | None, consent: StoredConsent | None) -> str:
    if consent is not None and consent.decision == "withdrawn":
        return "withdrawn"
    return "spent" if answered is not None and answered.finished else "open"


def _expired(experiment: Experiment, stored: Stored, stopped: datetime | None, *, now: datetime) -> bool:
    """Whether a link's time is over: a while after the window or the stop, never within the window."""
    over = stopped is not None and now > stopped + LINK_OUTLIVES
    if experiment.response_window is None:
        return over
    closes = (stored.invite_at or stored.assigned_at) + experiment.response_window
    return now > closes + LINK_OUTLIVES or (over and now > closes)


def is_genuine(lab: Lab, token: str) -> bool:
    """Whether we signed a token, though its assignment may be gone: erased, or past its retention."""
    return tokens.unsign(lab.settings.secret, token) is not None


def record_started(lab: Lab, token: str, *, at: datetime | None = None) -> None:
    """Records that the survey of a token was begun.

    Raises:
        RecordRefused: for a forged token.
    """
    stored = _required(lab, token)
    lab.store.record_started(stored.experiment, assignment_id=stored.assignment_id, at=moment(lab, at))


def record_consent(
    lab: Lab, token: str, *, agreed: bool, locale: str = "", at: datetime | None = None
) -> StoredConsent:
    """Records whether a customer takes part, and which consent text was read in which language.

    Refusing after agreeing withdraws. The last word counts, and a withdrawal is the last.

    Raises:
        RecordRefused: for a forged token.
    """
    stored = _required(lab, token)
    wording = lab.experiment(stored.experiment).consent
    return lab.store.record_consent(
        stored.experiment,
        assignment_id=stored.assignment_id,
        agreed=agreed,
        read=Read(version_of(wording), locale),
        at=moment(lab, at),
    )


def record_withdrawal(lab: Lab, token: str, *, at: datetime | None = None) -> StoredConsent:
    """Takes a customer's answers away for good: no figure holds them, and none are taken again.

    Raises:
        RecordRefused: for a forged token.
    """
    stored = _required(lab, token)
    return lab.store.record_withdrawal(
        stored.experiment, assignment_id=stored.assignment_id, at=moment(lab, at)
    )


def record_debriefing(lab: Lab, token: str, *, locale: str = "", at: datetime | None = None) -> StoredConsent:
    """Records which debriefing a customer is shown, the first time.

    Raises:
        RecordRefused: for a forged token.
    """
    stored = _required(lab, token)
    wording = lab.experiment(stored.experiment).debrief
    return lab.store.record_debriefing(
        stored.experiment,
        assignment_id=stored.assignment_id,
        read=Read(version_of(wording), locale),
        at=moment(lab, at),
    )


def version_of(wording: Wording | None) -> str:
    """The version of a text in all its languages: the first digits of its SHA-256; `""` for no text.

    >>> from amends.design.wording import text
    >>> version_of(text(en="Taking part is voluntary.")), version_of(None)
    ('7f73e085d14f', '')
    """
    if wording is None:
        return ""
    canonical = json.dumps(wording.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_VERSION_LENGTH]


def by_token(lab: Lab, token: str) -> Stored | None:
    """The assignment behind a link; None for a forged one, and where there is none."""
    nonce = tokens.unsign(lab.settings.secret, token)
    if nonce is None:
        return None
    lab.spooling.replay_first()  # the assignment of this link may still wait there
    return lab.store.by_token(nonce)


def _required(lab: Lab, token: str) -> Stored:
    stored = by_token(lab, token)
    if stored is None:
        raise RecordRefused("the survey link is not genuine: nothing was recorded.")
    return stored
