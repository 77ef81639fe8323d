"""What a visit or a submitted form leads to: a page, its HTTP status, and what its form sends back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amends.api.survey_page import ClosingPage, FormPage, render_page

STATUS = {
    "form": 200,
    "closed": 200,
    "refused": 200,
    "saved": 200,
    "spent": 200,
    "withdrawn": 200,
    "waiting": 200,
    "expired": 410,
    "unknown": 404,
    "unsaved": 503,
    "busy": 503,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visit or a submitted form leads to.

    Attributes:
        state: `form` (questions to answer), `closed` (finished by this form), `refused` (takes no part),
            `saved` (to be continued by the same link), `spent`, `withdrawn`, `waiting` (a card that somebody
            must hand out first), `expired`, `unknown` (a forged link), `unsaved` (the database did not
            answer: the form again), `busy` (it did not answer and there is nothing to show), or `elsewhere`
            (an outside form).
        page: What to show.
        errors: Why an answer was not taken, by question; empty when nothing is wrong.
        location: Address of the outside form, where the state is `elsewhere`.
        new: Whether this very form finished the survey, not the same one sent before.
    """

    state: str
    page: FormPage | ClosingPage
    errors: Mapping[str, str]
    location: str = ""
    new: bool = False

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
        page = self.page
        if isinstance(page, FormPage):
            return {**dict(page.kept), "_issued": page.issued, "_locale": page.locale, "_step": page.step}
        return {"_issued": page.issued, "_locale": page.locale} if page.issued else {}
