"""Every headline figure by two routes that share no code, over any counts: empty, complete, single customers.

| figure | ours | the other route |
|---|---|---|
| difference of rates | whole numbers, one division | fractions |
| Wilson, Newcombe, Wald, Agresti–Caffo | closed form | roots of the score equation; statsmodels |
| Clopper–Pearson | beta quantiles | binomial tails at the limits |
| Miettinen–Nurminen | cubic in closed form | likelihood maximised numerically |
| pooled z, chi-square, G | closed form | statsmodels, scipy (`test_numbers`) |
| Fisher | scipy | hypergeometric tables added up |
| Boschloo, Barnard | scipy's search, 2e-4 | chances over a fine grid |
| risk ratio, odds ratio | inverted score, logit | statsmodels (`test_numbers`), delta method |
| Cohen's h, number needed | closed form | statsmodels; reciprocal of fractions |
| chi-square of arms | closed form | scipy |
| Welch, Student, ranks | exact sums | scipy on the single answers (`test_numbers`) |
| Welch's analysis of variance | closed form | scipy |
| Hedges g | exact J, inverted `nctdtr` | gamma functions; tails of `scipy.stats.nct` |
| sample ratio | closed form | scipy |
| Holm, Hommel, BH, BY | own, scipy | statsmodels, brute force |
| always-valid interval | half-width | mixture likelihood ratio at its limits |
| Lee bounds | fractional trimming by counts | answers laid out and cut one by one |
| worst case, tipping point | fractions | every silent unit filled in |
"""

from __future__ import annotations

from fractions import Fraction
from math import asin, exp, lgamma, log, log1p, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats import proportion as library
from statsmodels.stats.multitest import multipletests

from amends.analysis import effect_sizes, means, nonresponse, omnibus, proportions, sequential
from amends.analysis.means import Summary
from amends.analysis.multiplicity import adjust
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sample_ratio import sample_ratio

unhurried = settings(deadline=None)
few = settings(deadline=None, max_examples=25)

Table = tuple[int, int, int, int]


@st.composite
def arms(draw: st.DrawFn, most: int = 400) -> tuple[int, int]:
    """Events and units of one arm; empty, single and complete arms come often."""
    n = draw(st.one_of(st.sampled_from([0, 1, 2]), st.integers(0, most)))
    return draw(st.one_of(st.sampled_from([0, n]), st.integers(0, n))), n


def tables(most: int = 400) -> st.SearchStrategy[Table]:
    return st.tuples(arms(most), arms(most)).map(lambda pair: (*pair[0], *pair[1]))


ratings = st.dictionaries(st.integers(1, 7), st.integers(1, 40), max_size=7)
every_edge = [(0, 0, 0, 0), (0, 0, 3, 9), (1, 1, 0, 1), (60, 60, 60, 60), (0, 50, 0, 50), (0, 40, 40, 40)]


def edges(test: Any) -> Any:
    """Runs a test on the tables at which figures break, too."""
    for table in every_edge:
        test = example(table)(test)
    return test


def near(got: Any, expected: float, *, within: float = 1e-9) -> None:
    assert got == pytest.approx(expected, rel=within, abs=within)


@unhurried
@edges
@given(tables())
def test_differences_of_rates(table: Table) -> None:
    x1, n1, x2, n2 = table
    found = proportions.difference(*table)
    if not n1 or not n2:
        assert isinstance(found, NotEnough)
        return
    near(found, float(Fraction(x1, n1) - Fraction(x2, n2)))
    near(proportions.cohens_h(*table).value, 2 * asin(sqrt(x1 / n1)) - 2 * asin(sqrt(x2 / n2)))
    near(proportions.cohens_h(*table).value, library.proportion_effectsize(x1 / n1, x2 / n2))
    needed = proportions.nnt(*table)
    if x1 * n2 != x2 * n1:
        near(needed.value, float(1 / (Fraction(x1, n1) - Fraction(x2, n2))))


@unhurried
@given(arms())
@example((0, 0))
@example((1, 1))
def test_intervals_of_one_rate(arm: tuple[int, int]) -> None:
    x, n = arm
    if not n:
        assert isinstance(proportions.wilson(x, n), NotEnough)
        return
    found, z = proportions.wilson(x, n), stats.norm.ppf(0.975)
    # Wilson's limits are where the score statistic is exactly z.
    for limit in (found.low, found.high):
        if 0 < limit < 1:
            near((x / n - limit) ** 2 * n, z**2 * limit * (1 - limit))
    exact = proportions.one_proportion(x, n, method="clopper_pearson")
    # At the lower limit x or more events have a chance of 2.5%; at the upper one x or fewer have.
    near(exact.low if x == 0 else stats.binom.sf(x - 1, n, exact.low), 0.0 if x == 0 else 0.025)
    near(exact.high if x == n else stats.binom.cdf(x, n, exact.high), 1.0 if x == n else 0.025)


@unhurried
@edges
@given(tables())
def test_intervals_of_a_difference(table: Table) -> None:
    _, n1, _, n2 = table
    if not n1 or not n2:
        for interval in (proportions.newcombe, proportions.wald, proportions.agresti_caffo):
            assert isinstance(interval(*table), NotEnough)
        return
    for name, method in (("newcombe", "newcomb"), ("wald", "wald"), ("agresti_caffo", "agresti-caffo")):
        low, high = library.confint_proportions_2indep(*table, method=method, compare="diff")
        found = getattr(proportions, name)(*table)
        near(found.low, max(-1.0, low))
        near(found.high, min(1.0, high))


@few
@edges
@given(tables(120))
def test_score_limits_by_a_likelihood_maximised_numerically(table: Table) -> None:
    x1, n1, x2, n2 = table
    if not n1 or not n2:
        assert isinstance(proportions.miettinen_nurminen(*table), NotEnough)
        return
    found = proportions.miettinen_nurminen(*table)
    for limit in (found.low, found.high):
        if not -1 + 1e-9 < limit < 1 - 1e-9:
            continue
        p2 = constrained(table, limit)
        p1 = p2 + limit
        variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * (n1 + n2) / (n1 + n2 - 1)
        gap = x1 / n1 - x2 / n2 - limit
        # The other route finds its maximum to about 1e-9 of the share, hence the wider line.
        near(gap**2, stats.chi2.ppf(0.95, 1) * variance, within=1e-6)


def constrained(table: Table, gap: float) -> float:
    """The second rate at which the likelihood is largest if the first is larger by `gap`."""
    x1, n1, x2, n2 = table

    def slope(p2: float) -> float:
        p1 = p2 + gap
        return (
            x1 * (1 - p1) * p2 * (1 - p2)
            - (n1 - x1) * p1 * p2 * (1 - p2)
            + x2 * (1 - p2) * p1 * (1 - p1)
            - (n2 - x2) * p2 * p1 * (1 - p1)
        )

    low, high = max(0.0, -gap), min(1.0, 1 - gap)
    inner = np.linspace(low, high, 4001)
    values = np.array([slope(float(p)) for p in inner])
    turns = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if len(turns):
        return float(optimize.brentq(slope, inner[turns[0]], inner[turns[0] + 1], xtol=1e-15))
    return low if values[1:-1].max() <= 0 else high


@unhurried
@edges
@given(tables(150))
def test_fisher_adds_up_the_tables_no_likelier(table: Table) -> None:
    x1, n1, x2, n2 = table
    found = proportions.fisher(*table)
    if not n1 or not n2 or x1 + x2 in (0, n1 + n2):
        assert isinstance(found, NotEnough)
        return
    possible = np.arange(max(0, x1 + x2 - n2), min(n1, x1 + x2) + 1)
    chances = stats.hypergeom.pmf(possible, n1 + n2, x1 + x2, n1)
    seen = stats.hypergeom.pmf(x1, n1 + n2, x1 + x2, n1)
    near(found.p_value, min(1.0, float(chances[chances <= seen * (1 + 1e-7)].sum())))


@few
@given(tables(25))
@example((1, 1, 0, 1))
@example((10, 10, 0, 10))
def test_unconditional_tests_by_a_grid(table: Table) -> None:
    x1, n1, x2, n2 = table
    assume(n1 and n2 and x1 + x2 not in (0, n1 + n2))
    a, b = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)[None, :]
    grid = np.linspace(0, 1, 4001)
    first, second = (stats.binom.pmf(np.arange(n + 1), n, grid[:, None]) for n in (n1, n2))

    def largest(extreme: np.ndarray) -> float:
        return float(np.einsum("gi,ij,gj->g", first, extreme, second, optimize=True).max())

    tails = stats.hypergeom.sf(a - 1, n1 + n2, a + b, n1), stats.hypergeom.cdf(a, n1 + n2, a + b, n1)
    one_sided = [largest(tail <= tail[x1, x2] * (1 + 1e-9)) for tail in tails]
    near(proportions.boschloo(*table).p_value, min(1.0, 2 * min(one_sided)), within=2e-4)
    events = (a + b).astype(float)
    spread = n1 * n2 * events * (n1 + n2 - events)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, np.abs(a * n2 - b * n1) / np.sqrt(spread), 0.0)
    near(proportions.barnard(*table).p_value, largest(z >= z[x1, x2] * (1 - 1e-9)), within=2e-4)


@unhurried
@edges
@given(tables())
def test_ratios_by_the_delta_method(table: Table) -> None:
    x1, n1, x2, n2 = table
    ratio = proportions.risk_ratio(*table, method="log")
    if min(x1, x2) > 0:
        error = sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2)
        near(ratio.value, x1 / n1 / (x2 / n2))
        if error:
            near(ratio.interval.low, ratio.value * exp(-stats.norm.ppf(0.975) * error))
            near(ratio.interval.high, ratio.value * exp(stats.norm.ppf(0.975) * error))
    odds = proportions.odds_ratio(*table)
    cells = [x1, n1 - x1, x2, n2 - x2]
    if all(cells):
        value, error = x1 * (n2 - x2) / ((n1 - x1) * x2), sqrt(sum(1 / cell for cell in cells))
        near(odds.value, value)
        near(odds.interval.low, value * exp(-stats.norm.ppf(0.975) * error))


@unhurried
@given(st.lists(arms(200), min_size=2, max_size=4))
def test_chi_square_of_several_arms(several: list[tuple[int, int]]) -> None:
    xs, ns = [x for x, _ in several], [n for _, n in several]
    found = omnibus.chi2_k(xs, ns)
    if not all(ns) or sum(xs) in (0, sum(ns)):
        assert isinstance(found, NotEnough)
        return
    reference = stats.chi2_contingency([xs, [n - x for x, n in several]], correction=False)
    near(found.statistic, reference.statistic)
    near(found.p_value, reference.pvalue)


@unhurried
@given(
    st.lists(st.integers(0, 5000), min_size=2, max_size=4),
    st.lists(st.integers(1, 9), min_size=4, max_size=4),
)
def test_sample_ratio(counts: list[int], weights: list[int]) -> None:
    weights = weights[: len(counts)]
    found = sample_ratio(counts, weights)
    if not sum(counts):
        assert isinstance(found, NotEnough)
        return
    expected = np.array(weights) / sum(weights) * sum(counts)
    reference = stats.chisquare(counts, expected)
    near(found.statistic, reference.statistic)
    near(found.p_value, reference.pvalue)


@few
@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=6))
def test_adjusted_p_values(family: list[float]) -> None:
    for method, theirs in (("holm", "holm"), ("hommel", "hommel"), ("bh", "fdr_bh"), ("by", "fdr_by")):
        for got, expected in zip(
            adjust(family, method=method), multipletests(family, method=theirs)[1], strict=True
        ):
            near(got, min(1.0, expected))
    # Holm closes Bonferroni's tests over every part of the family.
    closed = [max(closing(family, place)) for place in range(len(family))]
    for got, expected in zip(adjust(family), closed, strict=True):
        near(got, expected)


def closing(family: list[float], place: int) -> list[float]:
    found = []
    for mask in range(1 << len(family)):
        if mask >> place & 1:
            part = [p for at, p in enumerate(family) if mask >> at & 1]
            found.append(min(1.0, len(part) * min(part)))
    return found


@pytest.mark.filterwarnings("ignore")
@unhurried
@given(st.lists(ratings, min_size=2, max_size=3))
def test_analysis_of_variance(several: list[dict[int, int]]) -> None:
    summaries = [Summary.from_counts(counts) for counts in several]
    assume(all(isinstance(item, Summary) and item.n > 1 and item.sd for item in summaries))
    answers = [laid_out(counts) for counts in several]
    for ours, equal in ((omnibus.welch_anova(summaries), False), (omnibus.anova(summaries), True)):
        reference = stats.f_oneway(*answers, equal_var=equal)
        near(ours.statistic, reference.statistic)
        # scipy's statistic of equal means may fall below 0 by a rounding, where it has no p-value.
        near(ours.p_value, 1.0 if np.isnan(reference.pvalue) else reference.pvalue)


@few
@given(ratings, ratings)
@example({7: 1}, {5: 1})
@example({7: 3}, {7: 3})
def test_hedges_g(a: dict[int, int], b: dict[int, int]) -> None:
    one, two = Summary.from_counts(a), Summary.from_counts(b)
    assume(isinstance(one, Summary) and isinstance(two, Summary))
    found = effect_sizes.hedges_g(one, two)
    test = means.student(one, two)
    if isinstance(test, NotEnough):
        assert isinstance(found, NotEnough)
        return
    if isinstance(found, NotEnough):
        assert one.n + two.n < 5
        return
    df = one.n + two.n - 2
    # J is the mean of the ratio of the true to the estimated spread.
    factor = exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / sqrt(df / 2) if df > 1 else 0.0
    pooled = sqrt(((one.n - 1) * one.sd**2 + (two.n - 1) * two.sd**2) / df)
    near(found.value, factor * (one.mean - two.mean) / pooled)
    if isinstance(found.interval, Interval):
        scale = sqrt(1 / one.n + 1 / two.n) * factor
        for limit, tail in ((found.interval.low, 0.975), (found.interval.high, 0.025)):
            near(stats.nct.cdf(test.statistic, df, limit / scale), tail)


@unhurried
@edges
@given(tables())
def test_always_valid_limits_are_where_the_mixture_reaches_its_level(table: Table) -> None:
    x1, n1, x2, n2 = table
    alpha, planned = 0.01, 300
    found = sequential.always_valid_proportions(*table, alpha=alpha, planned_n=planned)
    if isinstance(found, NotEnough):
        assert n1 + n2 < 50 or min(n1, n2) < 10 or x1 in (0, n1) or x2 in (0, n2)
        return
    p1, p2, n = x1 / n1, x2 / n2, n1 + n2
    v1, v2 = (p * (1 - p) * size / (size - 1) for p, size in ((p1, n1), (p2, n2)))
    common = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n - 2)
    variance = max(v1 / n1 + v2 / n2, common / n1 + common / n2)
    # A normal mixture over the effect, of variance rho² per unit of information, against the limit itself.
    tau2 = sequential.tuned_rho2(alpha, planned) * n * variance
    for limit in (found.low, found.high):
        if -1 < limit < 1:
            gap = p1 - p2 - limit
            ratio = gap**2 / 2 * (1 / variance - 1 / (variance + tau2)) - 0.5 * log1p(tau2 / variance)
            near(ratio, -log(alpha))


@unhurried
@given(ratings, ratings, st.integers(0, 30), st.integers(0, 30))
@example({}, {}, 0, 0)
@example({7: 1}, {1: 1}, 0, 0)
@example({7: 5}, {}, 0, 4)
def test_bounds_by_filling_in_and_cutting_off_single_units(
    a: dict[int, int], b: dict[int, int], c: int, d: int
) -> None:
    sizes = sum(a.values()) + c, sum(b.values()) + d
    lee = nonresponse.lee_bounds(a, sizes[0], b, sizes[1])
    worst = nonresponse.manski_bounds(a, sizes[0], b, sizes[1], low=1, high=7)
    if not sizes[0] or not sizes[1]:
        assert isinstance(lee, NotEnough)
        assert isinstance(worst, NotEnough)
        return
    filled = [
        [np.mean([*laid_out(arm), *([end] * silent)]) for end in (1, 7)] for arm, silent in ((a, c), (b, d))
    ]
    near(worst.low, filled[0][0] - filled[1][1])
    near(worst.high, filled[0][1] - filled[1][0])
    if not a or not b:
        assert isinstance(lee, NotEnough)
        return
    answered = len(laid_out(a)) / sizes[0], len(laid_out(b)) / sizes[1]
    first, second = cut(a, sizes, answered, 0), cut(b, sizes, answered, 1)
    near(lee.low, first[0] - second[1])
    near(lee.high, first[1] - second[0])
    tip = nonresponse.tipping_point(a, sizes[0], b, sizes[1])
    if not isinstance(tip.first_only, NotEnough):
        silent = [laid_out(a).mean() - tip.first_only] * c
        near(np.mean([*laid_out(a), *silent]), float(laid_out(b).mean()))


def cut(
    counts: dict[int, int], sizes: tuple[int, int], answered: tuple[float, float], arm: int
) -> tuple[float, float]:
    """The means of an arm's answers without its excess, cut from the top and from the bottom.

    Every answer is laid out as many times as the other arm has units, so that the excess is a whole number.
    """
    answers = laid_out(counts)
    if answered[arm] <= answered[1 - arm]:
        return float(answers.mean()), float(answers.mean())
    others = round(answered[1 - arm] * sizes[1 - arm])
    fine = np.repeat(np.sort(answers), sizes[1 - arm])
    keep = others * sizes[arm]
    return float(fine[:keep].mean()), float(fine[len(fine) - keep :].mean())


def laid_out(counts: dict[int, int]) -> np.ndarray:
    return np.repeat(list(counts), list(counts.values())).astype(float)
