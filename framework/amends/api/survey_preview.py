"""The survey as a customer of an arm would see it, for looking at only: no link, nothing to send or store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from amends.api.survey_page import ClosingPage, FormPage, render_page
from amends.api.survey_sitting import Sitting, page_locale
from amends.lab.survey_links import SurveyVisit

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

STEPS = ("consent", "all", "closed")
"""The consent where one is declared, all questions at once, the page after the answers."""


@dataclass(frozen=True, slots=True)
class _Specimen(Sitting):
    """A sitting that nobody sits: it has no lab and issues nothing."""

    def issue(self) -> str:
        return ""


def preview(experiment: Experiment, arm: str, locale: str) -> dict[str, str]:
    """The survey's pages as HTML documents, by step; none where the survey is an outside form.

    They are the pages that the link opens, made by the same code, with a form that takes no input.

    Args:
        experiment: The definition.
        arm: Whose sentence stands on the page where `show_message="survey"`.
        locale: The customer's language.

    >>> from amends import Experiment, silence, thank_you
    >>> shown = Experiment(arms=[thank_you("Thank you."), silence()], show_message="survey")
    >>> pages = preview(shown, "thank_you", "en")
    >>> list(pages), "Thank you." in pages["all"], "Thank you." in preview(shown, "silence", "en")["all"]
    (['all', 'closed'], True, False)
    """
    visit = SurveyVisit(experiment, arm, locale, "open")
    nobody: Any = None
    sitting = _Specimen(nobody, "", visit, datetime(2000, 1, 1, tzinfo=UTC), page_locale(experiment, locale))
    if not sitting.items:
        return {}
    steps = STEPS if experiment.consent is not None else STEPS[1:]
    return {step: render_page(_inert(sitting, step)) for step in steps}


def _inert(sitting: Sitting, step: str) -> FormPage | ClosingPage:
    page = (sitting.close("closed") if step == "closed" else sitting.show(step)).page
    return replace(page, preview=True, action="") if isinstance(page, FormPage) else replace(page, action="")
