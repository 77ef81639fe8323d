"""The survey behind a link: what to show, and what a submitted form means.

The page takes one step at a time. A customer who reads the link sees the first question only (or the
consent text, where one is declared); sending that is the start, and shows the remaining questions; sending
those is the finish. Reading alone records nothing, because mail scanners open links. What is answered on
the way is stored, so that the same link goes on where somebody left. Whoever plays a customer (a
simulation, a test) calls `visit` and `submit`, as the routes do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.api import form_guard
from amends.api.form_guard import Issued
from amends.api.phrases import language, phrase
from amends.api.survey_fields import Form, answers_of, judge, one
from amends.api.survey_outcome import STATUS, Outcome
from amends.api.survey_page import closing
from amends.api.survey_sitting import Sitting, page_locale
from amends.errors import RecordRefused, StoreUnavailable
from amends.lab.cards import open_card
from amends.lab.completion import code_of
from amends.lab.records import record_response
from amends.lab.survey_links import is_genuine, record_consent, record_debriefing, record_withdrawal

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.lab.cards import WaitingCard
    from amends.lab.survey_links import SurveyVisit

log = logging.getLogger("amends")

__all__ = ["STATUS", "Outcome", "submit", "visit"]


def visit(lab: Lab, token: str, *, at: datetime, lang: str = "", reads: str = "en") -> Outcome:
    """What the link shows to somebody who opens it. Records nothing.

    Args:
        lab: The lab.
        token: The last part of the link.
        at: The present.
        lang: The language asked for, else the assignment's.
        reads: The language that the browser asks for, where the link leads to no assignment.
    """
    found = _find(lab, token, lang, reads, at=at)
    if isinstance(found, Outcome):
        return found
    stored = {name: _as_sent(value) for name, value in found.answers.items()}
    locale = page_locale(found.experiment, lang or found.locale or reads)
    sitting = Sitting(lab, token, found, at, locale, stored)
    return _ended(sitting) or sitting.show(sitting.first_step)


def submit(lab: Lab, token: str, form: Form, *, at: datetime, reads: str = "en") -> Outcome:
    """Takes a submitted form: records the start, and when every answer is there, the finished response.

    The first finished response stands. A form we did not issue for this link, or one that lay open
    too long, is shown again with its answers kept, and nothing is recorded.

    Args:
        lab: The lab.
        token: The last part of the link.
        form: What the browser sent: `visit(…).hidden` plus answers by question name. `_refuse`, `_later`
            and `_withdraw` are the page's further buttons, `_lang` the one for another language.
        at: The present.
        reads: As for `visit`.
    """
    lang = one(form, "_lang")
    found = _find(lab, token, lang or one(form, "_locale"), reads, at=at)
    if isinstance(found, Outcome):
        return found
    locale = page_locale(found.experiment, lang or one(form, "_locale") or found.locale or reads)
    sitting = Sitting(lab, token, found, at, locale)
    sitting = replace(sitting, answers=answers_of(sitting.items, form))
    issued = form_guard.opened(lab.settings.secret, token, one(form, "_issued"), at=at)
    try:
        return _sent(sitting, form, issued)
    except StoreUnavailable:
        if found.state != "open":
            return Outcome("busy", closing("busy", locale), {})
        return sitting.show(
            sitting.step_of(one(form, "_step")), state="unsaved", alert=phrase("unsaved", locale)
        )


def _as_sent(value: object) -> str:
    """A stored answer as the form has it; ratings are stored as numbers with a fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _find(lab: Lab, token: str, lang: str, reads: str, *, at: datetime) -> SurveyVisit | Outcome:
    """The survey of a link, or the page that says why there is none."""
    try:
        found = lab.survey(token, at=at)
    except StoreUnavailable:
        return Outcome("busy", closing("busy", language(lang or reads)), {})
    if found is None:
        # Signed by us, and its customer was erased or is past the retention: that is no secret to its holder.
        state = "expired" if is_genuine(lab, token) else "unknown"
        return Outcome(state, closing(state, language(lang or reads)), {})
    if found.state == "open" and isinstance(found.experiment.survey, str):
        address = found.experiment.survey.replace("{token}", token)
        return Outcome("elsewhere", closing("busy", language(lang or found.locale)), {}, location=address)
    return found


def _ended(sitting: Sitting) -> Outcome | None:
    """The page of a survey that takes no more answers; None for an open one."""
    state = sitting.found.state
    return None if state == "open" else sitting.close(state)


def _sent(sitting: Sitting, form: Form, issued: Issued | None) -> Outcome:
    """What a form of a genuine link leads to."""
    if sitting.found.state in ("expired", "withdrawn", "waiting"):
        return sitting.close(sitting.found.state)
    if sitting.found.card is not None and issued is not None and not one(form, "_lang"):
        return _open(sitting, sitting.found.card, form, issued)
    if one(form, "_withdraw") and issued is not None and sitting.may_withdraw:
        return _withdraw(sitting)
    if sitting.found.state == "spent":
        again = issued is not None and sitting.found.form == form_guard.digest(issued, sitting.answers)
        return sitting.close("closed", code=_code(sitting, issued)) if again else sitting.close("spent")
    step = sitting.step_of(one(form, "_step"))
    if one(form, "_lang"):
        return sitting.show(step)
    if issued is None:
        return sitting.show(step, notice="stale")
    if one(form, "_step") == "begin":
        _keep(sitting, {})
        return sitting.show(sitting.first_step)
    asked = one(form, "_step") == "consent" and sitting.experiment.consent is not None
    if asked and (step == "consent" or one(form, "_refuse")):
        return _decide(sitting, agreed=not one(form, "_refuse"))
    if asked or step == "consent":
        return sitting.show(step)  # the button was pressed twice; or another step was written into the form
    return _take(sitting, step, issued, later=bool(one(form, "_later")))


def _open(sitting: Sitting, card: WaitingCard, form: Form, issued: Issued) -> Outcome:
    """Assigns a printed card by its customer's first button; then goes on as with any other link."""
    given = open_card(sitting.lab, card, locale=sitting.locale, at=sitting.at)
    found = sitting.lab.survey(sitting.token, at=sitting.at)
    if found is None or found.card is not None:
        log.info("%s: card %d was opened and not enrolled: %s", card.key, card.number, given.status)
        return sitting.close("waiting")
    return _sent(replace(sitting, found=found), form, issued)


def _decide(sitting: Sitting, *, agreed: bool) -> Outcome:
    """Records whether the customer takes part. Agreeing is the start; refusing is none."""
    decided = record_consent(sitting.lab, sitting.token, agreed=agreed, locale=sitting.locale, at=sitting.at)
    if decided.decision == "agreed":
        sitting.lab.record_started(sitting.token, at=sitting.at)
        return replace(sitting, found=replace(sitting.found, decision="agreed")).show("all")
    if decided.decision == "withdrawn":
        _debrief(sitting)
    return sitting.close(decided.decision)


def _withdraw(sitting: Sitting) -> Outcome:
    record_withdrawal(sitting.lab, sitting.token, at=sitting.at)
    _debrief(sitting)
    return sitting.close("withdrawn")


def _take(sitting: Sitting, step: str, issued: Issued, *, later: bool) -> Outcome:
    """Records the start and what is answered; then shows errors, the next questions, or the end."""
    asked = sitting.asked(step)
    clean, wrong = judge(asked, sitting.answers, sitting.locale, before=sitting.found.answers)
    last = step == sitting.steps[-1]
    try:
        if wrong or later or not last:
            _keep(sitting, clean)
            if later:
                return sitting.close("saved")
            return _ask_again(sitting, step, wrong) if wrong else sitting.show("all")
        return _finish(sitting, clean, issued)
    except RecordRefused:
        # The answers were judged by the same items: only the link itself can have lost its right since.
        return sitting.close("expired")


def _keep(sitting: Sitting, clean: Mapping[str, Any]) -> None:
    """Stores a survey that is begun, with what is answered so far."""
    if not clean:
        sitting.lab.record_started(sitting.token, at=sitting.at)
        return
    key = sitting.experiment.key or ""
    record_response(sitting.lab, key, token=sitting.token, finished=False, at=sitting.at, items=clean)


def _ask_again(sitting: Sitting, step: str, wrong: Mapping[str, str]) -> Outcome:
    count = len(wrong)
    alert = phrase("errors_many" if count > 1 else "errors", sitting.locale, n=count)
    return sitting.show(step, errors=wrong, alert=alert)


def _finish(sitting: Sitting, clean: Mapping[str, Any], issued: Issued) -> Outcome:
    stored = record_response(
        sitting.lab,
        sitting.experiment.key or "",
        token=sitting.token,
        finished=True,
        at=sitting.at,
        items=clean,
        form=form_guard.digest(issued, sitting.answers),
    )
    if not stored.first:
        again = stored.form == form_guard.digest(issued, sitting.answers)
        return sitting.close("closed", code=_code(sitting, issued)) if again else sitting.close("spent")
    _debrief(sitting)
    return sitting.close("closed", code=_code(sitting, issued), new=True)


def _code(sitting: Sitting, issued: Issued | None) -> str:
    """The completion code of the form that finished the survey, where the experiment gives one."""
    if issued is None or not sitting.experiment.completion_code:
        return ""
    key = sitting.experiment.key or ""
    return code_of(sitting.lab.settings.secret, key, token=sitting.token, nonce=issued.nonce)


def _debrief(sitting: Sitting) -> None:
    """Records that the debriefing is shown now, where one is declared."""
    if sitting.experiment.debrief is not None:
        record_debriefing(sitting.lab, sitting.token, locale=sitting.locale, at=sitting.at)
