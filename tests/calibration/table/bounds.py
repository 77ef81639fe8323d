"""Lee's bounds under selection in one direction: coverage of the effect on those who always answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from amends.analysis.nonresponse import lee_bounds
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Counter, Row, Sums, rate
from tests.calibration.table.means import FEWEST, RATINGS, answers

POINTS = np.arange(1.0, 8.0)
ALWAYS_FIRST = np.array([0.02, 0.04, 0.06, 0.13, 0.22, 0.31, 0.22])
HAPPY = np.array([0.00, 0.01, 0.02, 0.07, 0.15, 0.30, 0.45])
UNHAPPY = HAPPY[::-1]
PER_ARM = (40, 100, 400, 4000)
BIG = 2_000_000


@dataclass(frozen=True, slots=True)
class Truth:
    """Who answers and how.

    Attributes:
        always: Share that answers in either arm.
        extra: Share that answers in one arm only.
        flipped: Whether that arm is the second.
        drawn_in: Ratings of those.
    """

    always: float
    extra: float
    flipped: bool
    drawn_in: np.ndarray


# Those drawn in rate at one end of the scale, so trimming takes just them: the effect is one of the bounds.
TOP, BOTTOM = np.eye(7)[6], np.eye(7)[0]

TRUTHS = {
    "first arm draws in 7s, effect at the lower bound": Truth(0.6, 0.15, False, TOP),
    "second arm draws in 7s, effect at the upper bound": Truth(0.6, 0.15, True, TOP),
    "first arm draws in a few 1s, effect at the upper bound": Truth(0.7, 0.02, False, BOTTOM),
    "first arm draws in the happy": Truth(0.6, 0.15, False, HAPPY),
    "second arm draws in the unhappy": Truth(0.6, 0.15, True, UNHAPPY),
    "first arm draws in few": Truth(0.7, 0.01, False, UNHAPPY),
    "equal completion": Truth(0.7, 0.0, False, HAPPY),
    "few answer": Truth(0.15, 0.05, False, HAPPY),
}
EFFECT = float(POINTS @ ALWAYS_FIRST - POINTS @ RATINGS)
"""On those who answer in either arm: they rate by `ALWAYS_FIRST` in the first arm, else by `RATINGS`."""


def cells() -> list[Cell]:
    regions = [
        Cell(
            f"Lee, {n} per arm, {name}",
            partial(covered, n, truth),
            partial(cover_rows, n, name, truth),
            10_000,
            short=1_000 if n == 400 and truth.drawn_in is TOP else 0,
        )
        for n in PER_ARM
        for name, truth in TRUTHS.items()
    ]
    return [
        *regions,
        *(
            Cell(f"Lee, one large draw, {name}", partial(large, truth), partial(large_rows, name))
            for name, truth in TRUTHS.items()
        ),
    ]


def drawn(n: int, truth: Truth, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Counts at each rating, first arm and second."""
    silent = 1 - truth.always - truth.extra
    found = []
    for arm, own in enumerate((ALWAYS_FIRST, RATINGS)):
        always, extra, _ = rng.multinomial(n, [truth.always, truth.extra, silent])
        counts = rng.multinomial(always, own)
        if truth.extra and truth.flipped == bool(arm):
            counts = counts + rng.multinomial(extra, truth.drawn_in)
        found.append(counts)
    return found[0], found[1]


def covered(n: int, truth: Truth, runs: int, rng: np.random.Generator) -> Sums:
    seen = Counter(runs)
    for _ in range(runs):
        first, second = drawn(n, truth, rng)
        bounds = lee_bounds(answers(first), n, answers(second), n)
        if isinstance(bounds, NotEnough) or isinstance(bounds.region, NotEnough):
            seen.add("NotEnough", True)
            continue
        seen.add("NotEnough", False)
        seen.add("held", EFFECT in bounds.region)
        # The check of the check: the difference among those who answered, with its own interval.
        seen.add("naive", abs(bounds.naive - EFFECT) <= 1.96 * naive_error(first, second))
    return seen.sums()


def naive_error(first: np.ndarray, second: np.ndarray) -> float:
    total = 0.0
    for counts in (first, second):
        size = counts.sum()
        mean = POINTS @ counts / size
        total += (counts @ (POINTS - mean) ** 2) / size / max(1, size - 1)
    return float(np.sqrt(total))


def cover_rows(n: int, name: str, truth: Truth, found: Sums) -> list[Row]:
    setting, runs = f"{n} per arm, {name}", found["runs"]
    missing = found["NotEnough"]
    if n * truth.always < FEWEST:
        note = f"fewer than {FEWEST} raters expected"
        return [rate("Lee, share of NotEnough", setting, missing, runs, kind="share", note=note)]
    note = f"NotEnough in {missing / runs:.2%}" if missing else ""
    rows = [rate("Lee region, coverage", setting, found["held"], runs - missing, low=0.94, note=note)]
    if n == 4000 and truth.extra >= 0.15:
        naive = rate("completers compared, coverage", setting, found["naive"], runs, high=0.9, kind="check")
        rows.append(naive)
    return rows


def large(truth: Truth, _: int, rng: np.random.Generator) -> Sums:
    """Bounds of one draw of two million, less the analytic ones, in standard errors."""
    first, second = drawn(BIG // 2, truth, rng)
    bounds = lee_bounds(answers(first), BIG // 2, answers(second), BIG // 2)
    assert not isinstance(bounds, NotEnough)
    # The region reaches 1.645 to 1.96 errors beyond either bound; the narrower reading is the stricter.
    assert not isinstance(bounds.region, NotEnough)
    low, high = analytic(truth)
    errors = (bounds.low - bounds.region.low) / 1.96, (bounds.region.high - bounds.high) / 1.96
    return {"off": [(bounds.low - low) / errors[0], (bounds.high - high) / errors[1]]}


def analytic(truth: Truth) -> tuple[float, float]:
    """The bounds where nothing is left to chance."""
    more, less = (RATINGS, ALWAYS_FIRST) if truth.flipped else (ALWAYS_FIRST, RATINGS)
    keep = truth.always / (truth.always + truth.extra)
    mixed = keep * more + (1 - keep) * truth.drawn_in
    ends = trimmed(mixed, keep), 8 - trimmed(mixed[::-1], keep)
    low, high = (end - float(POINTS @ less) for end in ends)
    return (-high, -low) if truth.flipped else (low, high)


def trimmed(shares: np.ndarray, keep: float) -> float:
    """The mean of the lowest share `keep` of a distribution over the seven points."""
    edges = np.minimum(np.concatenate([[0.0], np.cumsum(shares)]), keep)
    kept = np.array([b - a for a, b in pairwise(edges)])
    return float(POINTS @ kept / keep)


def large_rows(name: str, found: Sums) -> list[Row]:
    setting = f"one draw of 2,000,000, {name}"
    return [
        Row(f"Lee {end} bound less the analytic one, in s.e.", setting, off, -3.0, 3.0)
        for end, off in zip(("low", "high"), found["off"], strict=True)
    ]
