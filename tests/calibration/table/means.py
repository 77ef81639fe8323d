"""Tests of means, ratings and ranks under no difference; families of three arms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import combinations
from math import sqrt

import numpy as np

from amends.analysis.means import Summary, student, welch
from amends.analysis.multiplicity import adjust
from amends.analysis.omnibus import chi2_k
from amends.analysis.pairs import dunnett, dunnett_p, games_howell
from amends.analysis.proportions import default_test
from amends.analysis.ranks import brunner_munzel, mann_whitney
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Counter, Row, Sums, band, most, rate
from tests.calibration.table.tables import p_of

ALPHA = 0.05
RUNS = 10_000
SHORT = 2_000
PER_ARM = (40, 100, 400, 4000)
ANSWERING = (0.05, 0.2, 0.5, 0.8, 0.95)
FEWEST = 10
"""Expected raters per arm below which a share of `NotEnough` is reported in place of a rate."""

CEILING = np.array([0.01, 0.01, 0.01, 0.02, 0.02, 0.03, 0.90])
RATINGS = np.array([0.03, 0.05, 0.08, 0.14, 0.22, 0.28, 0.20])
WIDE = np.array([0.30, 0.10, 0.08, 0.04, 0.08, 0.10, 0.30])
NARROW = np.array([0.00, 0.00, 0.15, 0.70, 0.15, 0.00, 0.00])


def cells() -> list[Cell]:
    return [
        Cell("Welch, unequal spread", unequal_spread, unequal_rows, RUNS, short=SHORT),
        Cell("Welch, ceiling", partial(likert, CEILING, 50), ceiling_rows, RUNS, short=SHORT),
        *(
            Cell(
                f"ratings, {n} per arm, {share:g} answer",
                partial(raters, n, share),
                partial(raters_rows, n, share),
                RUNS,
                short=SHORT if (n, share) in {(40, 0.05), (100, 0.8)} else 0,
            )
            for n in PER_ARM
            for share in ANSWERING
        ),
        *(
            Cell(f"ranks, {name}", partial(ranks, name), partial(rank_rows, name), RUNS, short=SHORT)
            for name in RANKS
        ),
        *(
            Cell(
                f"three arms, {truth}",
                partial(three, truth),
                partial(three_rows, truth),
                RUNS,
                parts=2,
                short=SHORT if truth == "no arm differs" else 0,
            )
            for truth in TRUTHS
        ),
    ]


def of(values: np.ndarray) -> Summary:
    return Summary(len(values), float(values.mean()), float(values.std(ddof=1)))


def answers(counts: np.ndarray) -> dict[int, int]:
    return {point: int(times) for point, times in enumerate(counts, start=1) if times}


def unequal_spread(runs: int, rng: np.random.Generator) -> Sums:
    seen = Counter(runs)
    for _ in range(runs):
        arms = of(rng.normal(0, 3, 15)), of(rng.normal(0, 1, 60))
        seen.add("Welch", p_of(welch(*arms)) <= ALPHA)
        seen.add("Student", p_of(student(*arms)) <= ALPHA)
    return seen.sums()


def unequal_rows(found: Sums) -> list[Row]:
    setting, runs = "n 15/60, sd 3/1", found["runs"]
    low, high = band(ALPHA, runs)
    return [
        rate("Welch", setting, found["Welch"], runs, low=low, high=high),
        rate("Student", setting, found["Student"], runs, low=0.1, kind="check", note="must exceed .10"),
    ]


def likert(shares: np.ndarray, n: int, runs: int, rng: np.random.Generator) -> Sums:
    seen = Counter(runs)
    for first, second in rng.multinomial(n, shares, size=(runs, 2)):
        arms = Summary.from_counts(answers(first)), Summary.from_counts(answers(second))
        test = welch(*arms)
        seen.add("NotEnough", isinstance(test, NotEnough))
        seen.add("Welch", p_of(test) <= ALPHA)
    return seen.sums()


def ceiling_rows(found: Sums) -> list[Row]:
    return [rate("Welch", "ratings, 90% at 7, n 50/50", found["Welch"], found["runs"], high=0.07)]


def raters(n: int, share: float, runs: int, rng: np.random.Generator) -> Sums:
    """Ratings of those who answer, as many as chance has it."""
    seen = Counter(runs)
    for sizes in rng.binomial(n, share, size=(runs, 2)):
        arms = [Summary.from_counts(answers(rng.multinomial(size, RATINGS))) for size in sizes]
        if isinstance(arms[0], NotEnough) or isinstance(arms[1], NotEnough):
            seen.add("NotEnough", True)
            continue
        test = welch(*arms)
        seen.add("NotEnough", isinstance(test, NotEnough))
        seen.add("Welch", p_of(test) <= ALPHA)
    return seen.sums()


def raters_rows(n: int, share: float, found: Sums) -> list[Row]:
    setting, runs = f"ratings of {share:.0%} of {n} per arm", found["runs"]
    if n * share < FEWEST:
        missing = found["NotEnough"]
        note = f"fewer than {FEWEST} raters expected"
        return [rate("Welch, share of NotEnough", setting, missing, runs, kind="share", note=note)]
    low, high = band(ALPHA, runs)
    return [rate("Welch", setting, found["Welch"], runs, low=low, high=high)]


RANKS: dict[str, tuple[int, int, object, object]] = {
    "normal, n 60/15, sd 1/3": (60, 15, 1.0, 3.0),
    "normal, n 30/30, sd 1/3": (30, 30, 1.0, 3.0),
    "ratings, n 60/15": (60, 15, NARROW, WIDE),
    "ratings, n 40/40": (40, 40, NARROW, WIDE),
}


def ranks(name: str, runs: int, rng: np.random.Generator) -> Sums:
    n1, n2, first, second = RANKS[name]
    seen = Counter(runs)

    def drawn(n: int, how: object) -> dict[float, int]:
        if isinstance(how, float):
            return dict.fromkeys(rng.normal(0, how, n).tolist(), 1)
        return {float(point): times for point, times in answers(rng.multinomial(n, how)).items()}

    for _ in range(runs):
        arms = drawn(n1, first), drawn(n2, second)
        seen.add("Brunner-Munzel", p_of(brunner_munzel(*arms)) <= ALPHA)
        seen.add("Mann-Whitney", p_of(mann_whitney(*arms)) <= ALPHA)
    return seen.sums()


def rank_rows(name: str, found: Sums) -> list[Row]:
    runs = found["runs"]
    rows = [rate("Brunner-Munzel", f"{name}, P = .5", found["Brunner-Munzel"], runs, high=0.06)]
    kind, low = ("check", 0.1) if "60/15" in name else ("share", None)
    note = "must exceed .10" if low else "beside it"
    return [*rows, rate("Mann-Whitney", name, found["Mann-Whitney"], runs, low=low, kind=kind, note=note)]


TRUTHS = {"no arm differs": (0.0, 0.0, 0.0), "one pair alike": (0.0, 0.0, 0.9)}
SIZES = (40, 40, 40)


def three(truth: str, runs: int, rng: np.random.Generator) -> Sums:
    """False claims among the pairs that are alike, by each way of keeping the family's error."""
    means = np.array(TRUTHS[truth])
    pairs = list(combinations(range(3), 2))
    null = [means[i] == means[j] for i, j in pairs]
    seen = Counter(runs)
    for _ in range(runs):
        alike = [of(rng.normal(mean, 1.0, n)) for mean, n in zip(means, SIZES, strict=True)]
        apart = [of(rng.normal(mean, sd, 40)) for mean, sd in zip(means, (1.0, 2.0, 1.5), strict=True)]
        events = rng.binomial(120, 0.6 + means / 4)
        tested = [p_of(welch(apart[i], apart[j])) for i, j in pairs]
        shares = [p_of(default_test(int(events[i]), 120, int(events[j]), 120)) for i, j in pairs]
        seen.add("Games-Howell", false_claim(games_howell_rejects(apart), null))
        seen.add("Dunnett", any(dunnett_rejects(alike)[i] and means[i] == means[2] for i in range(2)))
        seen.add("Holm, means", false_claim(holm(tested), null))
        seen.add("Holm, shares", false_claim(holm(shares), null))
        seen.add("unadjusted", false_claim([p <= ALPHA for p in tested], null))
        seen.add("chi-square of three", p_of(chi2_k(events.tolist(), [120] * 3)) <= ALPHA)
    return seen.sums()


def false_claim(rejects: Sequence[bool], null: Sequence[bool]) -> bool:
    return any(rejected and alike for rejected, alike in zip(rejects, null, strict=True))


def holm(p_values: Sequence[float]) -> list[bool]:
    return [p <= ALPHA for p in adjust(list(p_values), method="holm")]  # type: ignore[operator]


def games_howell_rejects(arms: Sequence[Summary]) -> list[bool]:
    """Pairs rejected, by the critical value of the studentized range; near it the public p decides.

    Its quantile is a slow search and rises as the degrees of freedom fall: taken from a fine grid.
    """
    found = []
    for i, j in combinations(range(len(arms)), 2):
        test = welch(arms[j], arms[i])
        assert not isinstance(test, NotEnough)
        gap = sqrt(2) * abs(test.statistic) - critical(len(arms), test.df)
        if abs(gap) > 0.02:
            found.append(gap > 0)
        else:
            public = games_howell(arms)
            assert not isinstance(public, NotEnough)
            place = list(combinations(range(len(arms)), 2)).index((i, j))
            found.append(p_of(public[place]) <= ALPHA)  # type: ignore[arg-type]
    return found


def critical(arms: int, df: float) -> float:
    grid, values = critical_grid(arms)
    # In 1/df the quantile is all but a straight line.
    return float(np.interp(1 / df, grid, values))


@cache
def critical_grid(arms: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.stats import studentized_range

    grid = np.linspace(1 / 400, 1 / 8, 40)
    return grid, np.array([studentized_range.ppf(1 - ALPHA, arms, 1 / each) for each in grid])


def dunnett_rejects(arms: Sequence[Summary]) -> list[bool]:
    """Arms found to differ from the last, by its critical value for these sizes."""
    pooled = sum((arm.n - 1) * float(arm.sd) ** 2 for arm in arms) / sum(arm.n - 1 for arm in arms)  # type: ignore[arg-type]
    last = arms[-1]
    limit = dunnett_critical(tuple(arm.n for arm in arms))
    return [abs(arm.mean - last.mean) / sqrt(pooled * (1 / arm.n + 1 / last.n)) >= limit for arm in arms[:-1]]


@cache
def dunnett_critical(sizes: tuple[int, ...]) -> float:
    from scipy.optimize import brentq

    loadings = np.array([sqrt(n / (n + sizes[-1])) for n in sizes[:-1]])
    df = sum(sizes) - len(sizes)
    return float(brentq(lambda t: dunnett_p(t, df, loadings) - ALPHA, 1, 10, xtol=1e-10))


def public_dunnett(arms: Sequence[Summary]) -> list[bool]:
    """The same by the public function."""
    found = dunnett(arms, versus=len(arms) - 1)
    assert not isinstance(found, NotEnough)
    return [pair.p_value <= ALPHA for pair in found]


def three_rows(truth: str, found: Sums) -> list[Row]:
    runs, setting = found["runs"], f"three arms, {truth}"
    methods: tuple[str, ...] = ("Games-Howell", "Dunnett", "Holm, means", "Holm, shares")
    if truth == "one pair alike":
        # The third arm, with which Dunnett compares, differs from both others.
        methods = ("Games-Howell", "Holm, means", "Holm, shares")
        return [rate(name, setting, found[name], runs, high=most(ALPHA, runs)) for name in methods]
    note = "must exceed .10"
    return [
        *(rate(name, setting, found[name], runs, high=most(ALPHA, runs)) for name in methods),
        rate("chi-square of three", setting, found["chi-square of three"], runs, high=most(ALPHA, runs)),
        rate("pairs unadjusted", setting, found["unadjusted"], runs, low=0.1, kind="check", note=note),
    ]
