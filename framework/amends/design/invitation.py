"""The invitation to the survey: the same in every arm, silence included."""

from __future__ import annotations

from datetime import timedelta

from amends.design.checks import check_duration
from amends.design.value import Value, seconds
from amends.design.wording import Wording, wording_of
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_TEXT = Wording(
    {
        "en": "May we have a moment? Please fill in this short survey: {survey_url}",
        "id": "Boleh minta waktunya sebentar? Silakan isi survei singkat ini: {survey_url}",
    }
)


class Invitation(Value):
    """A message of its own that asks for the survey.

    Attributes:
        text: Its wording; `{survey_url}` stands for the customer's own link.
        after: How long after the message it is due; zero means at once.
    """

    __slots__ = ("after", "text")
    _fields = ("text", "after")

    text: Wording
    after: timedelta

    def __init__(self, text: Wording, *, after: timedelta = timedelta()) -> None:
        for locale, value in text.texts.items():
            if "survey_url" not in (text.pieces(locale) or ())[1::2]:
                raise DefinitionError(
                    f"invitation {locale}".rstrip() + f" has no {{survey_url}}: {value!r}. "
                    "Put {survey_url} where the customer's own link belongs."
                )
        self._fill(text=text, after=check_duration(after, "invitation after", zero=True))

    @classmethod
    def from_dict(cls, data: Any) -> Invitation:
        return cls(Wording.from_dict(data["text"]), after=seconds(data["after"]) or timedelta())


def invite(*texts: str, after: timedelta | None = None, **by_locale: str) -> Invitation:
    """An invitation in the team's own words, or with the default words at another time.

    Args:
        *texts: One string for every locale.
        after: How long after the message it is due; at once by default.
        **by_locale: Texts by language code.

    Raises:
        DefinitionError: A text lacks `{survey_url}`, or `after` is negative.

    >>> invite(after=timedelta(hours=2)).text.get("en")
    'May we have a moment? Please fill in this short survey: {survey_url}'
    """
    wording = DEFAULT_TEXT
    if texts or by_locale:
        wording = wording_of(texts, by_locale, what="invitation", also=("after",))
    return Invitation(wording, after=timedelta() if after is None else after)


def default_invitation() -> Invitation:
    """The invitation of an experiment that says nothing about it."""
    return Invitation(DEFAULT_TEXT)
