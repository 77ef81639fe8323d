"""Balance of what was known before the message: standardised differences, and a test that rarely alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import isfinite, sqrt
from typing import TYPE_CHECKING

from amends.analysis.checks.check import BROKEN_BELOW, Check, decimals, graded, tested
from amends.analysis.counts import whole
from amends.analysis.formatting import Figure, Sentence
from amends.analysis.multiplicity import adjust
from amends.analysis.result import NotEnough
from amends.analysis.section import Cells, both, figure_cell, p_cell

if TYPE_CHECKING:
    from amends.analysis.material import Material
    from amends.analysis.means import Summary

SMALLEST_EXPECTED = 5
FEWEST_PER_ARM = 10

Values = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Balance:
    """How alike the arms are in one thing known before the message.

    Attributes:
        name: The covariate, `channel`, `locale` or `delay`.
        kind: `number` or `category`.
        largest: The largest standardised difference between two arms.
        p_value: Of the arms being alike, unadjusted: Welch's F for numbers, chi-square for categories.
        missing: Units per arm without a value.
    """

    name: str
    kind: str
    largest: Figure
    p_value: Figure
    missing: Mapping[str, int]


def independence(table: Mapping[str, Values]) -> Figure:
    """The p-value of arms and categories having nothing to do with each other (chi-square).

    Categories of which fewer than 5 are expected in an arm are put together.

    >>> round(independence({"a": {"x": 60, "y": 40}, "b": {"x": 45, "y": 55}}), 4)
    0.0337
    """
    arms = {arm: sum(whole(n, "units") for n in row.values()) for arm, row in table.items()}
    total, smallest = sum(arms.values()), min(arms.values(), default=0)
    if len(arms) < 2 or not smallest:
        return NotEnough("fewer than two arms have units")
    columns = {
        value: sum(row.get(value, 0) for row in table.values())
        for value in dict.fromkeys(value for row in table.values() for value in row)
    }
    large = [value for value, n in columns.items() if n * smallest / total >= SMALLEST_EXPECTED]
    rows = {
        arm: [*(row.get(value, 0) for value in large), sum(n for v, n in row.items() if v not in large)]
        for arm, row in table.items()
    }
    sums = [sum(row[place] for row in rows.values()) for place in range(len(large) + 1)]
    used = [place for place, n in enumerate(sums) if n * smallest / total >= SMALLEST_EXPECTED]
    return _chi2(list(rows.values()), used)


def _chi2(rows: list[list[int]], used: list[int]) -> Figure:
    from amends.analysis.distributions import chi2_p

    if len(used) < 2:
        return NotEnough("no two values are frequent enough to compare")
    kept = [[row[place] for place in used] for row in rows]
    units, columns = [sum(row) for row in kept], [sum(column) for column in zip(*kept, strict=True)]
    if not all(units):
        return NotEnough("fewer than two arms have units")
    statistic = sum(
        (seen - n * m / sum(units)) ** 2 / (n * m / sum(units))
        for n, row in zip(units, kept, strict=True)
        for m, seen in zip(columns, row, strict=True)
    )
    return chi2_p(statistic, (len(units) - 1) * (len(columns) - 1))


def category_balance(name: str, table: Mapping[str, Values], missing: Values | None = None) -> Balance:
    """How alike the arms are in a category: the largest gap of one value's share, in standard deviations.

    Source: Austin 2009.

    >>> found = category_balance("channel", {"a": {"x": 60, "y": 40}, "b": {"x": 45, "y": 55}})
    >>> round(found.largest, 3)
    0.304
    """
    totals = {arm: sum(row.values()) for arm, row in table.items()}
    values = dict.fromkeys(value for row in table.values() for value in row)
    gaps = [
        _gap(table[one].get(value, 0) / totals[one], table[other].get(value, 0) / totals[other])
        for value in values
        for one, other in combinations(table, 2)
        if totals[one] and totals[other]
    ]
    known = [gap for gap in gaps if gap is not None]
    largest: Figure = max(known) if known else NotEnough("no two arms have units")
    return Balance(name, "category", largest, independence(table), missing or {})


def _gap(p: float, q: float) -> float | None:
    spread = sqrt((p * (1 - p) + q * (1 - q)) / 2)
    return abs(p - q) / spread if spread else 0.0 if p == q else None


def number_balance(name: str, arms: Mapping[str, Summary | None], missing: Values | None = None) -> Balance:
    """How alike the arms are in a number: the largest difference of means in standard deviations, Welch's F.

    An arm is None where nobody in it has a value. Source: Austin 2009; Welch 1951.

    >>> from amends.analysis.means import Summary
    >>> found = number_balance("age", {"a": Summary(50, 30.0, 8.0), "b": Summary(50, 34.0, 8.0)})
    >>> round(found.largest, 2), round(found.p_value, 3)
    (0.5, 0.014)
    """
    from amends.analysis.omnibus import Anova, welch_anova

    if len(arms) < 2 or any(arm is None or arm.n < FEWEST_PER_ARM for arm in arms.values()):
        why = NotEnough(f"fewer than {FEWEST_PER_ARM} units of an arm have a value")
        return Balance(name, "number", why, why, missing or {})
    known = [arm for arm in arms.values() if arm is not None]
    gaps = []
    for one, other in combinations(known, 2):
        spread = sqrt((_variance(one) + _variance(other)) / 2)
        if spread:
            gaps.append(abs(one.mean - other.mean) / spread)
    found = welch_anova(known)
    p: Figure = found.p_value if isinstance(found, Anova) else found
    largest: Figure = max(gaps) if gaps else NotEnough("all values of an arm are alike")
    return Balance(name, "number", largest, p, missing or {})


def _variance(arm: Summary) -> float:
    return 0.0 if isinstance(arm.sd, NotEnough) else arm.sd**2


def measured(material: Material) -> list[Balance]:
    """Channel, language, delay, and the covariates and moderators that a call ever told."""
    found = [*_places(material), *_delay(material)]
    rows = material.rows
    for name, arms in (rows.covariates if rows is not None else {}).items():
        if not any(value is not None for values in arms.values() for value in values):
            continue
        found.append(_covariate(name, {arm.name: arms.get(arm.name, {}) for arm in material.experiment.arms}))
    return found


def _places(material: Material) -> list[Balance]:
    cells = [*material.cells, *(material.rows.places if material.rows is not None else ())]
    found = []
    for by in ("channel", "locale"):
        mine = [cell for cell in cells if cell.by == by]
        if len(mine) < 2:
            continue
        names = [arm.name for arm in material.experiment.arms]
        table = {arm: {cell.value: cell.assigned.get(arm, 0) for cell in mine} for arm in names}
        found.append(category_balance(by, table))
    return found


def _delay(material: Material) -> list[Balance]:
    sums = material.rows.delay if material.rows is not None else {}
    if not sums:
        return []
    arms: dict[str, Summary | None] = {}
    for arm in material.experiment.arms:
        n, total, squares = sums.get(arm.name, (0, 0.0, 0.0))
        arms[arm.name] = _summary(n, total / n, squares - total * total / n) if n else None
    return [number_balance("delay", arms)]


def _summary(n: int, mean: float, squares: float) -> Summary:
    """From the squares about the mean; a trace below zero is what rounding leaves where all are alike."""
    from amends.analysis.means import Summary

    return Summary(n, mean, sqrt(max(0.0, squares) / max(1, n - 1)))


def _covariate(name: str, arms: Mapping[str, Mapping[str | None, int]]) -> Balance:
    missing = {arm: values.get(None, 0) for arm, values in arms.items()}
    known = {arm: {v: n for v, n in values.items() if v is not None} for arm, values in arms.items()}
    numbers = _as_numbers(known.values())
    if numbers is None:
        return category_balance(name, known, missing)
    summaries: dict[str, Summary | None] = {}
    for arm, values in known.items():
        n = sum(values.values())
        mean = sum(numbers[text] * m for text, m in values.items()) / n if n else 0.0
        squares = sum((numbers[text] - mean) ** 2 * m for text, m in values.items())
        summaries[arm] = _summary(n, mean, squares) if n else None
    return number_balance(name, summaries, missing)


def _as_numbers(arms: Iterable[Values]) -> dict[str, float] | None:
    """Every value as a finite number; None where one is not."""
    try:
        numbers = {text: float(text) for values in arms for text in values}
    except ValueError:
        return None
    return numbers if all(map(isfinite, numbers.values())) else None


def _testable(item: Balance, *, clustered: bool) -> float | NotEnough:
    if clustered:
        return NotEnough("clustered")
    return item.p_value if isinstance(item.p_value, NotEnough) else float(item.p_value or 0.0)


def balance_check(material: Material, found: list[Balance]) -> list[Check]:
    """The omnibus row: the smallest p-value over all that was known before, adjusted (Holm)."""
    if not found:
        return []
    clustered = material.experiment.clustered
    adjusted = adjust([_testable(item, clustered=clustered) for item in found])
    known = [p for p in adjusted if isinstance(p, float)]
    p: Figure = min(known) if known else NotEnough("clustered" if clustered else "nothing varies")
    return [
        Check(
            name="balance",
            what=Sentence("arms alike before the message", "kelompok serupa sebelum pesan"),
            found=_widest(found, p),
            state=graded(p, look=BROKEN_BELOW),
            meaning=Sentence(
                "Some imbalance by chance is expected and allowed for by every interval; this one chance "
                "makes less than once in 1,000 experiments. Check that the values were known before the "
                "assignment, then the sender.",
                "Ketidakseimbangan karena kebetulan itu wajar dan sudah diperhitungkan dalam setiap selang; "
                "yang ini terjadi kurang dari sekali dalam 1.000 eksperimen. Pastikan nilainya sudah "
                "diketahui sebelum pembagian, lalu periksa pengirimnya.",
            ),
            figures={
                "p_value": p,
                "variables": [
                    {"name": item.name, "kind": item.kind, "largest": item.largest,
                     "p_value": _testable(item, clustered=clustered),
                     "p_adjusted": q, "missing": dict(item.missing)}
                    for item, q in zip(found, adjusted, strict=True)
                ],
            },
        )
    ]  # fmt: skip


def _widest(found: list[Balance], p: Figure) -> Sentence:
    gaps = {item.name: item.largest for item in found if isinstance(item.largest, float)}
    if not gaps:
        return Sentence("nothing to compare yet", "belum ada yang dapat dibandingkan")
    name = max(gaps, key=lambda name: gaps[name])
    words = Sentence("largest standardised difference", "selisih terstandar terbesar")
    return both(
        lambda locale: (
            f"{words[locale]} {decimals(gaps[name], locale)} ({named(name)[locale]}){tested(p, locale)}"
        )
    )


_NAMES = {
    "channel": Sentence("channel", "kanal"),
    "locale": Sentence("language", "bahasa"),
    "delay": Sentence("delay", "keterlambatan"),
}


def named(name: str) -> Sentence:
    """What was known before the message, as people call it."""
    words = name.replace("_", " ")
    return _NAMES.get(name, Sentence(words, words))


def balance_rows(found: list[Balance], *, clustered: bool) -> list[Cells]:
    """Name, largest standardised difference and p-value of each, for the table."""
    return [
        (named(item.name), figure_cell(item.largest), p_cell(_testable(item, clustered=clustered)))
        for item in found
    ]
