"""One analysis beside the contrasts, as every form of a report lays it out: sentences, tables, a chart.

A module that makes a section knows nothing of text, Markdown or HTML; the forms know nothing of the
analysis. The exact figures stand in `figures` and reach the JSON object unrounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Figure, Sentence, amount, count, decimal, interval, p_value, percent
from amends.analysis.result import NotEnough

CHAPTERS = ("checks", "done", "happened", "sure", "unknown", "plan")
"""Where a section stands on the page: data checks, what was done, what happened, how sure, what cannot be
known, planned and done."""

Cells = tuple[Sentence, ...]
DASH = Sentence("–", "–")


@dataclass(frozen=True, slots=True)
class SectionTable:
    """Rows of words and figures; the first `words` columns are words, the rest figures."""

    columns: Cells
    rows: tuple[Cells, ...]
    words: int = 1
    caption: Sentence | None = None


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A point with its interval, named at the left and said at the right."""

    name: Sentence
    value: float
    low: float
    high: float
    said: Sentence
    strong: bool = False


@dataclass(frozen=True, slots=True)
class SectionChart:
    """Points with intervals on one axis, from top to bottom; `zero` marks the line of no difference."""

    title: Sentence
    unit: Sentence
    lines: tuple[ChartLine, ...]
    zero: bool = True
    within: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One analysis beside the contrasts.

    Attributes:
        name: Its key in the JSON object.
        chapter: Where it stands, one of `CHAPTERS`.
        title: Its heading.
        said: What it found, in sentences a manager can act on.
        more: The same one comparison after the other where there are many, for looking up.
        tables: The figures, formatted.
        charts: The figures, drawn.
        notes: Methods, assumptions and sources, in sentences.
        figures: The exact figures, as results or JSON's own types.
        warnings: What must also stand among the report's notes, because it touches the verdict.
        folded: For looking up rather than for reading: closed on the page, left out of short forms.
    """

    name: str
    chapter: str
    title: Sentence
    said: tuple[Sentence, ...] = ()
    more: tuple[Sentence, ...] = ()
    tables: tuple[SectionTable, ...] = ()
    charts: tuple[SectionChart, ...] = ()
    notes: tuple[Sentence, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[Sentence, ...] = ()
    folded: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The exact figures, with the sentences under `said` and the methods under `notes`."""
        return {
            **exported(self.figures),
            "said": [said.to_dict() for said in (*self.said, *self.more)],
            "notes": [note.to_dict() for note in self.notes],
        }


def both(words: Callable[[str], str]) -> Sentence:
    """A sentence from a function of the language.

    >>> both(lambda locale: percent(0.784, locale))
    Sentence(en='78.4%', id='78,4%')
    """
    return Sentence(words("en"), words("id"))


def same(text: str) -> Sentence:
    """Words that are the same in both languages, such as a method's name."""
    return Sentence(text, text)


def figure_cell(value: Figure, *, digits: int = 2) -> Sentence:
    """A figure with fixed decimals, a dash where there is none."""
    return both(lambda locale: decimal(value, digits=digits, locale=locale))


def count_cell(value: int | NotEnough | None) -> Sentence:
    """A whole number, a dash where there is none."""
    if value is None or isinstance(value, NotEnough):
        return DASH
    return both(lambda locale: count(value, locale))


def share_cell(value: Figure) -> Sentence:
    """A share as a percentage."""
    return both(lambda locale: percent(value, locale))


def effect_cell(value: Figure, kind: str) -> Sentence:
    """A difference in its unit: percentage points of a proportion, scale points of a mean."""
    return both(lambda locale: amount(value, kind, locale))


def span_cell(low: Figure, high: Figure, kind: str = "mean") -> Sentence:
    """An interval in words, a dash where a limit is missing."""
    if low is None or high is None or isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return DASH
    return both(lambda locale: interval(low, high, kind, locale))


def p_cell(value: Figure) -> Sentence:
    """A p-value for a column: `0.094`, `< 0.001`, a dash where there is none.

    >>> p_cell(0.0004)
    Sentence(en='< 0.001', id='< 0,001')
    """
    if value is None or isinstance(value, NotEnough):
        return DASH
    return both(lambda locale: p_value(value, locale).removeprefix("p ").removeprefix("= "))
