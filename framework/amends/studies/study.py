"""A published comparison as we carry it: what was printed, what the data give, whether they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from amends.analysis.contrasts import Contrast, plain
from amends.analysis.formatting import Sentence
from amends.analysis.rendering.apa import apa_line
from amends.analysis.rendering.tables import Table, aligned
from amends.analysis.result import NotEnough


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, as printed and as recomputed.

    Attributes:
        name: What it is.
        published: As printed, with its decimals (`"75"`, `"0.561"`); None where it was not printed.
        recomputed: From the public data, in the same unit; `NotEnough` where the data do not allow it.
    """

    name: str
    published: str | None
    recomputed: float | int | NotEnough

    @property
    def agrees(self) -> bool | None:
        """Whether the recomputed figure rounds (half up) to the printed one; None where one is missing.

        >>> Figure("bought", "75", 74.67).agrees, Figure("z", None, 2.56).agrees
        (True, None)
        """
        if self.published is None or isinstance(self.recomputed, NotEnough):
            return None
        printed = Decimal(self.published)
        # Twelve decimals first, so that the last binary digit of a sum does not decide a half.
        found = Decimal(f"{self.recomputed:.12f}")
        return found.quantize(printed, rounding=ROUND_HALF_UP) == printed

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "published": None if self.published is None else float(self.published),
            "recomputed": plain(self.recomputed),
            "agrees": self.agrees,
        }


@dataclass(frozen=True, slots=True)
class Study:
    """One published experiment.

    Attributes:
        key: A short name.
        title: What it asked, in a line.
        source: Full citation; `doi` where known.
        data: Where the counts come from, and under which licence.
        outcome: What was counted.
        arms: Events and units of each arm, by name; empty where the counts are unknown.
        figures: Published beside recomputed.
        contrasts: Recomputed comparisons, with every customary test.
        note: What must be known before reading them.
        possible: Where counts are unknown, what the printed percentages leave open.
    """

    key: str
    title: Sentence
    source: str
    doi: str | None
    data: str
    licence: str
    outcome: Sentence
    arms: Mapping[str, tuple[int, int]]
    figures: tuple[Figure, ...]
    contrasts: tuple[Contrast, ...]
    note: Sentence
    possible: Mapping[str, Any] | None = field(default=None)

    @property
    def agreement(self) -> bool | None:
        """Whether every printed figure was found again; None where none could be recomputed."""
        checked = [figure.agrees for figure in self.figures if figure.agrees is not None]
        return all(checked) if checked else None

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title.to_dict(),
            "source": self.source,
            "doi": self.doi,
            "data": self.data,
            "licence": self.licence,
            "outcome": self.outcome.to_dict(),
            "arms": {name: {"events": x, "n": n, "rate": x / n} for name, (x, n) in self.arms.items()},
            "figures": [figure.to_dict() for figure in self.figures],
            "contrasts": [contrast.to_dict() for contrast in self.contrasts],
            "agreement": self.agreement,
            "possible_counts": plain(self.possible),
            "note": self.note.to_dict(),
        }

    def to_text(self, *, locale: str = "en") -> str:
        """The study as plain text."""
        names = Sentence("figure", "angka"), Sentence("published", "terbit")
        more = Sentence("recomputed", "dihitung ulang"), Sentence("agrees", "cocok")
        columns = tuple(name[locale] for name in (*names, *more))
        rows = tuple(_row(figure, locale) for figure in self.figures)
        lines = [f"{self.key}: {self.title[locale]}", self.source, self.note[locale], ""]
        lines += aligned(Table("", columns, rows))
        if self.contrasts:
            lines += ["", *(apa_line(contrast) for contrast in self.contrasts)]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to_text()


@dataclass(frozen=True, slots=True)
class Published:
    """All studies together, printable."""

    studies: tuple[Study, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"studies": [study.to_dict() for study in self.studies]}

    def to_text(self, *, locale: str = "en") -> str:
        return "\n\n\n".join(study.to_text(locale=locale) for study in self.studies)

    def __str__(self) -> str:
        return self.to_text()


def _row(figure: Figure, locale: str) -> tuple[str, ...]:
    if isinstance(figure.recomputed, NotEnough):
        recomputed = f"– ({figure.recomputed.reason})"
    elif isinstance(figure.recomputed, int):
        recomputed = str(figure.recomputed)
    else:
        tiny = figure.name.startswith("p (") and figure.recomputed < 0.0001
        recomputed = "< 0.0001" if tiny else f"{figure.recomputed:.4f}"
    words = {True: Sentence("yes", "ya"), False: Sentence("no", "tidak"), None: Sentence("–", "–")}
    return figure.name, figure.published or "–", recomputed, words[figure.agrees][locale]


def unprinted(contrast: Contrast, names: Sequence[str]) -> list[Figure]:
    """Statistics and p-values of the customary tests as figures that were not printed."""
    found = []
    for name in names:
        test = contrast.tests[name]
        for part, short in (("statistic", name), ("p_value", f"p ({name})")):
            value = test[part]
            if value is not None:
                found.append(Figure(short, None, value))
    return found
