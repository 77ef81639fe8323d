"""The survey behind a link: what to show, and what a submitted form means.

The page takes one step at a time. A customer who reads the link sees the first question only (or
the consent text, where one is declared); sending that is the start, and shows the remaining
questions; sending those is the finish. Reading alone records nothing, because mail scanners open
links. Whoever plays a customer (a simulation, a test) calls `visit` and `submit`, as the routes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from amends.api import form_guard
from amends.api.phrases import PHRASES, language, phrase
from amends.api.survey_fields import Form, answers_of, field_of, in_language, judge, one
from amends.api.survey_page import ClosingPage, FormPage, OtherLanguage, closing, render_page
from amends.design.survey import Question, questions
from amends.errors import RecordRefused, StoreUnavailable
from amends.lab.records import record_response
from amends.messages.render import survey_sentence

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab import Lab
    from amends.lab.records import SurveyVisit

STATUS = {
    "form": 200,
    "closed": 200,
    "spent": 200,
    "expired": 410,
    "unknown": 404,
    "unsaved": 503,
    "busy": 503,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visit or a submitted form leads to.

    Attributes:
        state: `form` (questions to answer), `closed` (just finished), `spent`, `expired`, `unknown`
            (a forged link), `unsaved` (the database did not answer: the form again), `busy`
            (it did not answer and there is nothing to show), or `elsewhere` (an outside form).
        page: What to show.
        errors: Why an answer was not taken, by question; empty when nothing is wrong.
        location: Address of the outside form, where the state is `elsewhere`.
    """

    state: str
    page: FormPage | ClosingPage
    errors: Mapping[str, str]
    location: str = ""

    @property
    def status(self) -> int:
        """The HTTP status: 422 for a form with errors."""
        return 422 if self.errors else STATUS.get(self.state, 200)

    @property
    def html(self) -> str:
        """The page as a document."""
        return render_page(self.page)

    @property
    def hidden(self) -> dict[str, str]:
        """What the page's form sends besides the answers; empty for a page without a form."""
        if not isinstance(self.page, FormPage):
            return {}
        page = self.page
        return {**dict(page.kept), "_issued": page.issued, "_locale": page.locale, "_step": page.step}


def visit(lab: Lab, token: str, *, at: datetime, lang: str = "") -> Outcome:
    """What the link shows to somebody who opens it. Records nothing.

    Args:
        lab: The lab.
        token: The last part of the link.
        at: The present.
        lang: The language asked for, else the assignment's.
    """
    found = _find(lab, token, lang)
    if isinstance(found, Outcome):
        return found
    survey = _Survey(lab, token, found, at=at, locale=_page_locale(found.experiment, lang or found.locale))
    return survey.show(survey.first_step)


def submit(lab: Lab, token: str, form: Form, *, at: datetime) -> Outcome:
    """Takes a submitted form: records the start, and when every answer is there, the finished response.

    The first finished response stands. A form we did not issue for this link, or one that lay open
    too long, is shown again with its answers kept, and nothing is recorded.

    Args:
        lab: The lab.
        token: The last part of the link.
        form: What the browser sent: `visit(…).hidden` plus answers by question name.
        at: The present.
    """
    lang = one(form, "_lang")
    found = _find(lab, token, lang or one(form, "_locale"))
    if isinstance(found, Outcome):
        return found
    locale = _page_locale(found.experiment, lang or one(form, "_locale") or found.locale)
    survey = _Survey(
        lab, token, found, at=at, locale=locale, answers=answers_of(questions(found.experiment.items), form)
    )
    step = survey.known_step(one(form, "_step"))
    if lang:
        return survey.show(step)
    if not form_guard.is_fresh(lab.settings.secret, token, one(form, "_issued"), at=at):
        return survey.show(step, notice="stale")
    try:
        return survey.take(step)
    except StoreUnavailable:
        return survey.show(step, state="unsaved", alert=phrase("unsaved", locale))


def _find(lab: Lab, token: str, lang: str) -> SurveyVisit | Outcome:
    """The open survey of a link, or the page that says why there is none."""
    try:
        found = lab.survey(token)
    except StoreUnavailable:
        return Outcome("busy", closing("busy", language(lang)), {})
    if found is None:
        return Outcome("unknown", closing("unknown", language(lang)), {})
    if found.state != "open":
        return Outcome(
            found.state, closing(found.state, _page_locale(found.experiment, lang or found.locale)), {}
        )
    if isinstance(found.experiment.survey, str):
        address = found.experiment.survey.replace("{token}", token)
        return Outcome("elsewhere", closing("busy", language(lang or found.locale)), {}, location=address)
    return found


def _page_locale(experiment: Experiment, wanted: str) -> str:
    """The language asked for, where the questions are written in it; else the first they are written in."""
    written = _languages(questions(experiment.items))
    if not written:
        return language(wanted)
    match = experiment.locale_for(wanted)
    base = (match or wanted).replace("_", "-").partition("-")[0].lower()
    return next((locale for locale in written if locale in (match, wanted, base)), written[0])


def _languages(items: Iterable[Question]) -> tuple[str, ...]:
    """The languages in which every question is written; none where one text stands for all."""
    common: tuple[str, ...] | None = None
    for wording in (wording for item in items for wording in item.wordings()):
        if wording.locales:
            common = (
                wording.locales
                if common is None
                else tuple(code for code in common if code in wording.locales)
            )
    return common or ()


class _Survey:
    """One customer's survey, while a request lasts."""

    def __init__(
        self,
        lab: Lab,
        token: str,
        found: SurveyVisit,
        *,
        at: datetime,
        locale: str,
        answers: dict[str, str] | None = None,
    ) -> None:
        self.lab = lab
        self.token = token
        self.found = found
        self.experiment = found.experiment
        self.items = questions(found.experiment.items)
        self.at = at
        self.locale = locale
        self.answers = answers or {}
        self.posted = answers is not None

    @property
    def steps(self) -> tuple[str, ...]:
        """`consent` where one is declared, else the `first` of several questions; then `all`."""
        if self.experiment.consent is not None:
            return ("consent", "all")
        return ("first", "all") if len(self.items) > 1 else ("all",)

    @property
    def first_step(self) -> str:
        return self.steps[0]

    def known_step(self, step: str) -> str:
        return step if step in self.steps else self.first_step

    def asked(self, step: str) -> tuple[Question, ...]:
        return {"consent": (), "first": self.items[:1]}.get(step, self.items)

    def take(self, step: str) -> Outcome:
        """Records the start; then shows errors, the next questions, or records the response."""
        self.lab.record_started(self.token, at=self.at)
        clean, wrong = judge(self.asked(step), self.answers, self.locale)
        if wrong:
            count = len(wrong)
            return self.show(
                step,
                errors=wrong,
                alert=phrase("errors_many" if count > 1 else "errors", self.locale, n=count),
            )
        if step != self.steps[-1]:
            return self.show("all")
        try:
            stored = record_response(
                self.lab, self.experiment.key or "", token=self.token, finished=True, at=self.at, items=clean
            )
        except RecordRefused:
            # The answers were judged by the same items: only the link itself can have lost its right since.
            return Outcome("expired", closing("expired", self.locale), {})
        if not stored.first:
            return Outcome("spent", closing("spent", self.locale), {})
        debrief = in_language(self.experiment.debrief, self.locale)
        return Outcome("closed", closing("closed", self.locale, further=(debrief,) if debrief else ()), {})

    def show(
        self,
        step: str,
        *,
        state: str = "form",
        errors: Mapping[str, str] | None = None,
        notice: str = "",
        alert: str = "",
    ) -> Outcome:
        """The form of a step, its answers kept."""
        wrong = dict(errors or {})
        asked = self.asked(step)
        fields = tuple(
            field_of(
                item, self.locale, answer=self.answers.get(item.name, ""), error=wrong.get(item.name, "")
            )
            for item in asked
        )
        shown = {item.name for item in asked}
        page = FormPage(
            locale=self.locale,
            action=f"/s/{self.token}",
            step=step,
            issued=form_guard.issue(self.lab.settings.secret, self.token, at=self.at),
            fields=fields,
            heading=phrase("title", self.locale),
            button=self._button(step),
            lead=self._lead(step),
            notice=phrase(notice, self.locale) if notice else "",
            alert=alert,
            rest=self._rest(step),
            others=self._others(),
            posted=self.posted,
            kept=tuple((name, value) for name, value in self.answers.items() if name not in shown),
        )
        return Outcome(state, page, wrong)

    def _button(self, step: str) -> str:
        if step == "consent":
            return phrase("agree", self.locale)
        if step == "first":
            return phrase("continue", self.locale)
        return phrase("send" if len(self.items) > 1 else "send_one", self.locale)

    def _lead(self, step: str) -> str:
        if step == "consent":
            return in_language(self.experiment.consent, self.locale)
        if self.experiment.show_message != "survey":
            return ""
        spoken = self.experiment.locale_for(self.locale) or self.found.locale
        return survey_sentence(self.experiment, arm=self.found.arm, locale=spoken) or ""

    def _rest(self, step: str) -> str:
        if step != "first":
            return ""
        left = len(self.items) - 1
        return phrase("rest_one", self.locale) if left == 1 else phrase("rest", self.locale, n=left)

    def _others(self) -> tuple[OtherLanguage, ...]:
        written = _languages(self.items)
        return tuple(
            OtherLanguage(code, PHRASES[code]["language"])
            for code in written
            if code in PHRASES and code != self.locale
        )
