"""A survey's questions as the fields of a form, with what was answered and what is wrong with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amends.api.phrases import language, phrase
from amends.design.survey import Choice, Question, Rating, Text
from amends.design.wording import Wording
from amends.errors import RecordRefused

Form = Mapping[str, str | Sequence[str]]
"""What a browser sends: one text a name, or several."""

LONGEST_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen.

    Attributes:
        value: What the form sends.
        label: What is seen.
        spoken: What a screen reader says.
    """

    value: str
    label: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Field:
    """A question on the page.

    Attributes:
        name: The answer's name.
        kind: `rating`, `choice` or `text`.
        question: The words asked.
        options: The answers to choose from; none for a text.
        low: Words at the lowest end of a rating; `high` at the highest.
        optional: Whether it may be left out.
        line: Whether it is one line of a scale.
        limit: How long a text may be, in words.
        value: What was answered so far, as the form has it.
        error: What is wrong with it, in the customer's language.
    """

    name: str
    kind: str
    question: str
    options: tuple[Option, ...] = ()
    low: str = ""
    high: str = ""
    optional: bool = False
    line: bool = False
    limit: str = ""
    value: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        """The id in the page; letters and digits as the name has them."""
        return f"q-{self.name}"

    @property
    def spread(self) -> str:
        """How a rating's points are laid out, by their number."""
        return f"n{len(self.options)}" if len(self.options) <= 8 else "many"


def in_language(wording: Wording | None, locale: str) -> str:
    """A slotless text for a locale; where there is none in that language, the first it is written in.

    >>> in_language(Wording({"en": "Anything to add?", "id": "Ada lagi?"}), "id-ID")
    'Ada lagi?'
    """
    if wording is None:
        return ""
    pieces = wording.pieces(locale) or wording.pieces(next(iter(wording.texts)))
    return "".join(pieces or ())


def field_of(item: Question, locale: str, *, answer: str = "", error: str = "") -> Field:
    """A question as a field of the form."""
    question = in_language(item.question, locale)
    if isinstance(item, Rating):
        low, high = in_language(item.low, locale), in_language(item.high, locale)
        ends = {item.points[0]: low, item.points[-1]: high}
        options = tuple(
            Option(str(point), str(point), f"{point}, {ends[point]}" if ends.get(point) else str(point))
            for point in item.points
        )
        return Field(
            item.name,
            "rating",
            question,
            options=options,
            low=low,
            high=high,
            line=item.of is not None,
            value=answer,
            error=error,
        )
    if isinstance(item, Choice):
        labels = {value: in_language(words, locale) for value, words in item.options.items()}
        choices = tuple(Option(value, label, label) for value, label in labels.items())
        return Field(item.name, "choice", question, options=choices, value=answer, error=error)
    limit = phrase("limit", locale, limit=number(item.max_length, locale))
    return Field(item.name, "text", question, optional=True, limit=limit, value=answer, error=error)


def number(value: int, locale: str) -> str:
    """A whole number as people of a language write it.

    >>> number(2000, "en"), number(2000, "id")
    ('2,000', '2.000')
    """
    shown = f"{value:,}"
    return shown.replace(",", ".") if language(locale) == "id" else shown


def answers_of(items: Iterable[Question], form: Form) -> dict[str, str]:
    """What the form says about each question; the last where a name came more than once."""
    return {item.name: one(form, item.name)[:LONGEST_KEPT] for item in items if one(form, item.name)}


def one(form: Form, name: str) -> str:
    """A form's value of a name, `""` where it has none.

    >>> one({"satisfaction": ["5", "6"]}, "satisfaction"), one({}, "satisfaction")
    ('6', '')
    """
    value = form.get(name, "")
    if isinstance(value, str):
        return value
    return value[-1] if value else ""


def judge(
    items: Iterable[Question],
    answers: Mapping[str, str],
    locale: str,
    *,
    before: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[dict[str, Any], dict[str, str]]:
    """Clean answers, and for each question that cannot be taken as it is, why.

    Args:
        items: The questions that were shown.
        answers: What the form says, by name.
        locale: The language of the reasons.
        before: What was stored earlier: a text that is empty now was taken back.

    Returns:
        Answers ready to record, and reasons by question.
    """
    clean: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for item in items:
        given = answers.get(item.name, "")
        if isinstance(item, Text):
            # Browsers send line ends as CR LF; NUL is refused by PostgreSQL.
            given = given.replace("\r\n", "\n").replace("\0", "").strip()
        if not given:
            if not isinstance(item, Text):
                wrong[item.name] = phrase("choose", locale)
            elif before.get(item.name):
                clean[item.name] = ""
            continue
        try:
            clean[item.name] = item.check(given)
        except RecordRefused:
            wrong[item.name] = (
                phrase(
                    "too_long",
                    locale,
                    limit=number(item.max_length, locale),
                    length=number(len(given), locale),
                )
                if isinstance(item, Text)
                else phrase("unreadable", locale)
            )
    return clean, wrong
