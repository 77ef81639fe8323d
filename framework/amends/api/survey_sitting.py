"""One customer's survey while a request lasts: which step comes next, and the page that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from amends.api import form_guard
from amends.api.phrases import PHRASES, language, phrase
from amends.api.survey_fields import field_of, in_language
from amends.api.survey_outcome import Outcome
from amends.api.survey_page import FormPage, OtherLanguage, closing
from amends.design.survey import Question, questions
from amends.messages.render import survey_sentence

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab import Lab
    from amends.lab.survey_links import SurveyVisit


@dataclass(frozen=True, slots=True)
class Sitting:
    """A customer before the page.

    Attributes:
        lab: The lab.
        token: The last part of the link.
        found: What stands behind the link.
        at: The present.
        locale: The page's language.
        answers: What is answered so far, stored or sent with this form, as the form has it.
    """

    lab: Lab
    token: str
    found: SurveyVisit
    at: datetime
    locale: str
    answers: Mapping[str, str] = field(default_factory=dict)

    @property
    def experiment(self) -> Experiment:
        return self.found.experiment

    @property
    def items(self) -> tuple[Question, ...]:
        return questions(self.experiment.items)

    @property
    def may_withdraw(self) -> bool:
        """Taking part is asked for, or explained afterwards: whoever did may take it back."""
        return self.experiment.consent is not None or self.experiment.debrief is not None

    @property
    def steps(self) -> tuple[str, ...]:
        """`consent` where one is declared and not given; then all, after the `first` of several questions.

        A card's page begins with a button: what follows may depend on the arm, which no reading draws.
        """
        if self.found.card is not None:
            return ("begin",) if self.experiment.consent is None else ("consent",)
        if self.experiment.consent is not None:
            return ("all",) if self.found.decision == "agreed" else ("consent", "all")
        return ("first", "all") if len(self.items) > 1 else ("all",)

    @property
    def first_step(self) -> str:
        """Where somebody begins who opens the link, or goes on who saved answers before."""
        begun = self.steps[0] == "first" and self.found.answers
        return "all" if begun else self.steps[0]

    def step_of(self, sent: str) -> str:
        """The step that a form is for; nobody comes past the consent by writing another step into it."""
        if self.steps[0] == "consent" or sent not in self.steps:
            return self.first_step
        return sent

    def asked(self, step: str) -> tuple[Question, ...]:
        return {"begin": (), "consent": (), "first": self.items[:1]}.get(step, self.items)

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
            issued=self.issue(),
            fields=fields,
            heading=phrase("title", self.locale),
            button=self._button(step),
            lead=self._lead(step),
            notice=phrase(notice, self.locale) if notice else "",
            alert=alert,
            rest=self._rest(step),
            others=self._others(),
            refuses=step == "consent",
            saves=step == "all" and len(self.items) > 1,
            stops=step not in ("begin", "consent") and self.may_withdraw,
            kept=tuple((name, value) for name, value in self.answers.items() if name not in shown),
        )
        return Outcome(state, page, wrong)

    def close(self, name: str, *, code: str = "", new: bool = False) -> Outcome:
        """A page with nothing to fill in; with the debriefing where the survey was taken."""
        debrief = in_language(self.experiment.debrief, self.locale)
        taken = name in ("closed", "spent", "withdrawn")
        page = closing(
            name,
            self.locale,
            further=(debrief,) if debrief and taken else (),
            code=code,
            action=f"/s/{self.token}",
            issued=self.issue() if name in ("closed", "spent") and self.may_withdraw else "",
        )
        return Outcome(name, page, {}, new=new)

    def issue(self) -> str:
        """A hidden value that makes a form ours."""
        return form_guard.issue(
            self.lab.settings.secret, self.token, at=self.at, nonce=form_guard.new_nonce()
        )

    def _button(self, step: str) -> str:
        named = {"consent": "agree", "begin": "begin", "first": "continue"}
        if step in named:
            return phrase(named[step], self.locale)
        return phrase("send" if len(self.items) > 1 else "send_one", self.locale)

    def _lead(self, step: str) -> str:
        if step == "consent":
            return in_language(self.experiment.consent, self.locale)
        if self.experiment.show_message != "survey" or self.found.card is not None:
            return ""
        spoken = self.experiment.locale_for(self.locale) or self.found.locale
        return survey_sentence(self.experiment, arm=self.found.arm, locale=spoken) or ""

    def _rest(self, step: str) -> str:
        left = {"begin": len(self.items), "first": len(self.items) - 1}.get(step, 0)
        if not left:
            return ""
        if step == "begin":
            return (
                phrase("questions_one", self.locale)
                if left == 1
                else phrase("questions", self.locale, n=left)
            )
        return phrase("rest_one", self.locale) if left == 1 else phrase("rest", self.locale, n=left)

    def _others(self) -> tuple[OtherLanguage, ...]:
        return tuple(
            OtherLanguage(code, PHRASES[code]["language"])
            for code in languages_of(self.items)
            if code in PHRASES and code != self.locale
        )


def page_locale(experiment: Experiment, wanted: str) -> str:
    """The language asked for, where the questions are written in it; else the first they are written in."""
    written = languages_of(questions(experiment.items))
    if not written:
        return language(wanted)
    match = experiment.locale_for(wanted)
    base = (match or wanted).replace("_", "-").partition("-")[0].lower()
    return next((locale for locale in written if locale in (match, wanted, base)), written[0])


def languages_of(items: Iterable[Question]) -> tuple[str, ...]:
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
