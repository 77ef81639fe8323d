"""Which counts two published percentages may stand for, and what that leaves open about p.

Percentages without their counts do not say whether a difference was significant. This lists every pair
of counts that rounds to them, and the range of p over those pairs; it never picks one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from amends.analysis.contrasts import known, plain
from amends.analysis.formatting import Figure, Sentence, count, number
from amends.analysis.measure_proportions import figure
from amends.errors import UsageError

LARGEST = 2000


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of counts that rounds to the two percentages.

    Attributes:
        x1: Events among `n1` units of the first group; `x2` among `n2` of the second.
    """

    x1: int
    n1: int
    x2: int
    n2: int

    @property
    def total(self) -> int:
        """Units in both groups."""
        return self.n1 + self.n2

    @property
    def z(self) -> Figure:
        """The pooled z statistic."""
        from amends.analysis.proportions import z_pooled

        return figure(z_pooled(self.x1, self.n1, self.x2, self.n2), "statistic")

    @property
    def p_z(self) -> Figure:
        """The p-value of the pooled z test, which the chi-square test without Yates shares."""
        from amends.analysis.proportions import z_pooled

        return figure(z_pooled(self.x1, self.n1, self.x2, self.n2), "p_value")

    @property
    def test(self) -> str:
        """The default test for these counts."""
        from amends.analysis.proportions import default_test
        from amends.analysis.result import TestResult

        found = default_test(self.x1, self.n1, self.x2, self.n2)
        return found.name if isinstance(found, TestResult) else "none"

    @property
    def p_value(self) -> Figure:
        """The p-value of the default test."""
        from amends.analysis.proportions import default_test

        return figure(default_test(self.x1, self.n1, self.x2, self.n2), "p_value")

    @property
    def fisher(self) -> Figure:
        """The p-value of Fisher's exact test."""
        from amends.analysis.proportions import fisher

        return figure(fisher(self.x1, self.n1, self.x2, self.n2), "p_value")

    def to_dict(self) -> dict[str, Any]:
        return {
            "x1": self.x1,
            "n1": self.n1,
            "x2": self.x2,
            "n2": self.n2,
            "total": self.total,
            "z": plain(self.z),
            "p_z": plain(self.p_z),
            "fisher": plain(self.fisher),
            "test": self.test,
            "p_value": plain(self.p_value),
        }


@dataclass(frozen=True)
class PossibleCounts:
    """Every pair of counts behind two percentages, up to a total number of units.

    Attributes:
        first: The first percentage as published; `second` the other.
        max_n: Largest total number of units considered.
        pairs: By total, then by the first group's units.
    """

    first: Decimal
    second: Decimal
    max_n: int
    pairs: tuple[Pair, ...]

    @cached_property
    def p_z_range(self) -> tuple[float, float] | None:
        """Smallest and largest p of the pooled z test over all pairs; None where no pair fits."""
        return _range([pair.p_z for pair in self.pairs])

    @cached_property
    def p_range(self) -> tuple[float, float] | None:
        """Smallest and largest p of the default test over all pairs; exact tests take some seconds."""
        return _range([pair.p_value for pair in self.pairs])

    def to_dict(self) -> dict[str, Any]:
        return {
            "percentages": [float(self.first), float(self.second)],
            "max_n": self.max_n,
            "rounding": "half up",
            "count": len(self.pairs),
            "p_z_range": plain(self.p_z_range),
            "p_range": plain(self.p_range),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "note": NOTE.to_dict(),
        }

    def to_text(self, *, locale: str = "en") -> str:
        """The list and what it leaves open."""
        from amends.analysis.rendering.tables import Table, aligned

        if not self.pairs:
            return self.headline[locale]
        columns = tuple(name[locale] for name in COLUMNS)
        rows = tuple(_row(pair, locale) for pair in self.pairs)
        lines = [
            self.headline[locale],
            self._spans(locale),
            NOTE[locale],
            "",
            *aligned(Table("", columns, rows)),
        ]
        return "\n".join(lines)

    @property
    def headline(self) -> Sentence:
        """How many pairs there are."""
        shown = f"{self.first}% – {self.second}%"
        shown_id = shown.replace(".", ",")
        pairs = str(len(self.pairs) or "no"), str(len(self.pairs) or "tidak ada")
        return Sentence(
            f"{shown}: {pairs[0]} pairs of counts up to {count(self.max_n)} units in all round to them.",
            f"{shown_id}: {pairs[1]} pasangan jumlah sampai {count(self.max_n, 'id')} unit yang cocok.",
        )

    def _spans(self, locale: str) -> str:
        ends = (*(self.p_z_range or (0.0, 1.0)), *(self.p_range or (0.0, 1.0)))
        p = [number(value, digits=3, locale=locale) for value in ends]
        return Sentence(
            f"p runs from {p[0]} to {p[1]} by the pooled z test, from {p[2]} to {p[3]} by the default test.",
            f"Nilai p berkisar dari {p[0]} sampai {p[1]} (uji z gabungan), {p[2]} sampai {p[3]} (uji baku).",
        )[locale]

    def __str__(self) -> str:
        return self.to_text()


NOTE = Sentence(
    "The published counts are not known to us: the percentages alone do not say which of these it was.",
    "Jumlah yang diterbitkan tidak kami ketahui: persentase saja tidak menunjukkan yang mana.",
)
COLUMNS = (
    Sentence("first", "pertama"),
    Sentence("second", "kedua"),
    Sentence("units", "unit"),
    Sentence("z", "z"),
    Sentence("p of z", "p dari z"),
    Sentence("default test", "uji baku"),
    Sentence("p", "p"),
)


def possible_counts(
    first: str | float | Decimal, second: str | float | Decimal, *, max_n: int = 200
) -> PossibleCounts:
    """All pairs of counts whose percentages round (half up) to the two given ones.

    Args:
        first: The first percentage as published; its decimals count (`"91.10"` is more exact than 91.1).
        second: The second percentage.
        max_n: Largest total number of units, at least 2.

    Raises:
        UsageError: Not a percentage, or a limit that cannot be.

    >>> found = possible_counts(91.1, 78.4)
    >>> len(found.pairs), [round(p, 3) for p in found.p_z_range]
    (59, [0.011, 0.105])
    """
    if isinstance(max_n, bool) or not isinstance(max_n, int) or not 2 <= max_n <= LARGEST:
        raise UsageError(
            f"max_n {max_n!r}: the largest total is a whole number from 2 to {LARGEST}. "
            "Give for instance 200."
        )
    shown = _percentage(first), _percentage(second)
    fits = [list(_fitting(value, max_n - 1)) for value in shown]
    pairs = [Pair(x1, n1, x2, n2) for x1, n1 in fits[0] for x2, n2 in fits[1] if n1 + n2 <= max_n]
    pairs.sort(key=lambda pair: (pair.total, pair.n1, pair.x1, pair.x2))
    return PossibleCounts(*shown, max_n, tuple(pairs))


def _percentage(value: str | float | Decimal) -> Decimal:
    """The percentage with the decimals it was written with."""
    try:
        shown = Decimal(str(value).strip().removesuffix("%").strip().replace(",", "."))
    except InvalidOperation:
        shown = Decimal("NaN")
    if not shown.is_finite() or not 0 <= shown <= 100:
        raise UsageError(
            f"{value!r}: a percentage lies between 0 and 100. Write it as published, such as 91.1."
        )
    return shown


def _fitting(shown: Decimal, largest: int) -> Iterator[tuple[int, int]]:
    """Counts `(x, n)` with n up to `largest` whose percentage rounds half up to the one shown."""
    exponent = shown.as_tuple().exponent
    scale = 10 ** max(0, -exponent if isinstance(exponent, int) else 0)
    target = int(shown * scale)
    for n in range(1, largest + 1):
        # In whole numbers: floor(100 · scale · x / n + 1/2) must equal the target.
        guess = target * n // (100 * scale)
        for x in range(max(0, guess - 1), min(n, guess + 2) + 1):
            if (2 * 100 * scale * x + n) // (2 * n) == target:
                yield x, n


def _range(values: list[Figure]) -> tuple[float, float] | None:
    figures = [float(value) for value in values if known(value)]  # type: ignore[arg-type]
    return (min(figures), max(figures)) if figures else None


def _row(pair: Pair, locale: str) -> tuple[str, ...]:
    def shown(value: Figure, digits: int) -> str:
        return number(value, digits=digits, locale=locale) if isinstance(value, float | int) else "–"

    return (
        f"{pair.x1}/{pair.n1}",
        f"{pair.x2}/{pair.n2}",
        str(pair.total),
        shown(pair.z, 4),
        shown(pair.p_z, 4),
        pair.test,
        shown(pair.p_value, 4),
    )
