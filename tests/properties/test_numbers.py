"""What holds of every figure whatever the counts: mirrored arms, a second route, never NaN or a crash."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats import proportion as library
from statsmodels.stats.weightstats import ttost_ind

from amends.analysis import (
    effect_sizes,
    equivalence,
    means,
    nonresponse,
    omnibus,
    proportions,
    ranks,
    sequential,
)
from amends.analysis.means import Summary
from amends.analysis.multiplicity import adjust
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sample_ratio import sample_ratio

# Some exact tests search for a fraction of a second; no result here depends on the time it takes.
unhurried = settings(deadline=None)

QUICK = ("z_pooled", "z_unpooled", "chi2", "g_test", "fisher", "difference", "cohens_h")


@st.composite
def arms(draw: st.DrawFn, most: int = 400) -> tuple[int, int]:
    """Events and units of one arm; empty, single and complete arms come often."""
    n = draw(st.one_of(st.sampled_from([0, 1, 2]), st.integers(0, most)))
    return draw(st.one_of(st.sampled_from([0, n]), st.integers(0, n))), n


ratings = st.dictionaries(st.integers(1, 7), st.integers(0, 60), max_size=7)
tables = st.tuples(arms(), arms()).map(lambda pair: (*pair[0], *pair[1]))
small_tables = st.tuples(arms(30), arms(30)).map(lambda pair: (*pair[0], *pair[1]))

filled_arms = st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))
filled_tables = st.tuples(filled_arms, filled_arms).map(lambda pair: (*pair[0], *pair[1]))


def swapped(table: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return table[2], table[3], table[0], table[1]


def numbers(result: Any) -> list[float]:
    """Every number within a result; a reason holds none."""
    if isinstance(result, NotEnough):
        assert result.reason
        return []
    if dataclasses.is_dataclass(result):
        return [n for field in dataclasses.fields(result) for n in numbers(getattr(result, field.name))]
    if isinstance(result, list | tuple):
        return [n for item in result for n in numbers(item)]
    if isinstance(result, dict):
        return numbers(list(result.values()))
    return [float(result)] if isinstance(result, int | float) else []


def near(got: float, expected: float) -> None:
    assert got == pytest.approx(expected, rel=1e-9, abs=1e-9)


# Never NaN, never a crash -----------------------------------------------------------------------------


@unhurried
@given(tables)
@example((0, 0, 0, 0))
@example((0, 50, 0, 50))
@example((60, 60, 60, 60))
@example((1, 1, 0, 1))
def test_no_count_gives_nan_or_a_crash(table: tuple[int, int, int, int]) -> None:
    found = [
        proportions.z_pooled(*table),
        proportions.z_unpooled(*table),
        proportions.chi2(*table, yates=True),
        proportions.g_test(*table),
        proportions.fisher(*table),
        proportions.newcombe(*table),
        proportions.newcombe_corrected(*table),
        proportions.agresti_caffo(*table),
        proportions.wald(*table),
        proportions.miettinen_nurminen(*table),
        proportions.mee(*table),
        proportions.risk_ratio(*table),
        proportions.risk_ratio(*table, method="log"),
        *(proportions.odds_ratio(*table, method=name) for name in ("logit", "haldane", "conditional")),
        proportions.cohens_h(*table),
        proportions.nnt(*table),
        equivalence.tost_proportions(*table, low=-0.1, high=0.1),
        sequential.always_valid_proportions(*table, alpha=0.01, planned_n=300),
        sample_ratio([table[1], table[3]], [1, 2]),
        omnibus.chi2_k([table[0], table[2]], [table[1], table[3]]),
    ]
    assert not any(math.isnan(number) for number in numbers(found))


@unhurried
@given(small_tables)
@example((1, 1, 0, 1))
def test_no_small_count_gives_an_exact_test_nan_or_a_crash(table: tuple[int, int, int, int]) -> None:
    for test in (proportions.boschloo, proportions.barnard, proportions.default_test):
        found = test(*table)
        assert isinstance(found, NotEnough) or 0 <= found.p_value <= 1
    exact = omnibus.freeman_halton([table[0], table[2]], [table[1], table[3]])
    assert isinstance(exact, NotEnough) or 0 < exact.p_value <= 1 + 1e-12


@unhurried
@given(ratings, ratings, st.integers(0, 30), st.integers(0, 30))
@example({}, {}, 0, 0)
@example({7: 1}, {7: 1}, 0, 0)
@example({7: 5}, {1: 5}, 1, 0)
def test_no_ratings_give_nan_or_a_crash(a: dict[int, int], b: dict[int, int], c: int, d: int) -> None:
    sizes = sum(a.values()) + c, sum(b.values()) + d
    found: list[Any] = [
        ranks.mann_whitney(a, b),
        ranks.brunner_munzel(a, b),
        ranks.probability_superior(a, b),
        ranks.cliffs_delta(a, b),
        means.yuen(a, b),
        nonresponse.lee_bounds(a, sizes[0], b, sizes[1]),
        nonresponse.manski_bounds(a, sizes[0], b, sizes[1], low=1, high=7),
        nonresponse.tipping_point(a, sizes[0], b, sizes[1]),
        omnibus.kruskal([a, b]),
    ]
    one, two = Summary.from_counts(a), Summary.from_counts(b)
    found += [omnibus.anova([one, two]), omnibus.welch_anova([one, two])]
    found += [sequential.always_valid_means(one, two, alpha=0.01, planned_n=200)]
    if isinstance(one, Summary) and isinstance(two, Summary):
        found += [means.welch(one, two), means.student(one, two), effect_sizes.hedges_g(one, two)]
    assert not any(math.isnan(number) for number in numbers(found))


# Exchanging the arms mirrors the answer ---------------------------------------------------------------


def mirrored(a: Interval | NotEnough, b: Interval | NotEnough) -> None:
    assert isinstance(a, NotEnough) == isinstance(b, NotEnough)
    if isinstance(a, Interval) and isinstance(b, Interval):
        near(a.low, -b.high)
        near(a.high, -b.low)


@unhurried
@given(tables)
def test_exchanged_proportions_give_the_mirrored_contrast(table: tuple[int, int, int, int]) -> None:
    for name in QUICK:
        a, b = (getattr(proportions, name)(*side) for side in (table, swapped(table)))
        assert isinstance(a, NotEnough) == isinstance(b, NotEnough)
        if name == "difference" and not isinstance(a, NotEnough):
            assert a == -b
        elif not isinstance(a, NotEnough) and hasattr(a, "p_value"):
            near(a.p_value, b.p_value)
    for interval in (
        proportions.newcombe,
        proportions.agresti_caffo,
        proportions.wald,
        proportions.miettinen_nurminen,
    ):
        mirrored(interval(*table), interval(*swapped(table)))
    a, b = (
        sequential.always_valid_proportions(*t, alpha=0.01, planned_n=300) for t in (table, swapped(table))
    )
    mirrored(a, b)


@unhurried
@given(filled_tables)
def test_exchanged_ratios_are_reciprocals(table: tuple[int, int, int, int]) -> None:
    for ratio in (proportions.risk_ratio, proportions.odds_ratio):
        a, b = ratio(*table), ratio(*swapped(table))
        near(a.value, 1 / b.value)
        assert a.interval.low == pytest.approx(1 / b.interval.high, rel=1e-7)


@unhurried
@given(small_tables)
def test_exchanged_arms_have_the_same_exact_p(table: tuple[int, int, int, int]) -> None:
    a, b = proportions.boschloo(*table), proportions.boschloo(*swapped(table))
    assert isinstance(a, NotEnough) == isinstance(b, NotEnough)
    if not isinstance(a, NotEnough):
        # The search for the worst case stops within its own tolerance.
        assert a.p_value == pytest.approx(b.p_value, rel=1e-4, abs=1e-9)


@unhurried
@given(ratings, ratings, st.integers(0, 30), st.integers(0, 30))
def test_exchanged_ratings_give_the_mirrored_contrast(
    a: dict[int, int], b: dict[int, int], c: int, d: int
) -> None:
    one, two = Summary.from_counts(a), Summary.from_counts(b)
    assume(isinstance(one, Summary) and isinstance(two, Summary))
    for test in (means.welch, means.student):
        left, right = test(one, two), test(two, one)
        assert isinstance(left, NotEnough) == isinstance(right, NotEnough)
        if not isinstance(left, NotEnough):
            assert left.difference == -right.difference
            near(left.p_value, right.p_value)
            mirrored(left.interval, right.interval)
    g, other = effect_sizes.hedges_g(one, two), effect_sizes.hedges_g(two, one)
    if not isinstance(g, NotEnough):
        near(g.value, -other.value)
        mirrored(g.interval, other.interval)
    left, right = ranks.mann_whitney(a, b), ranks.mann_whitney(b, a)
    assert isinstance(left, NotEnough) or left.p_value == pytest.approx(right.p_value, rel=1e-9)
    left, right = ranks.brunner_munzel(a, b), ranks.brunner_munzel(b, a)
    assert isinstance(left, NotEnough) or left.statistic == pytest.approx(
        -right.statistic, rel=1e-9, abs=1e-9
    )
    sizes = one.n + c, two.n + d
    lee, mirror = (
        nonresponse.lee_bounds(a, sizes[0], b, sizes[1]),
        nonresponse.lee_bounds(b, sizes[1], a, sizes[0]),
    )
    assert (lee.low, lee.high, lee.naive) == (-mirror.high, -mirror.low, -mirror.naive)
    mirrored(lee.region, mirror.region)


# A second, independent route --------------------------------------------------------------------------


@unhurried
@given(tables)
def test_proportion_figures_agree_with_the_library(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    assume(n1 and n2)
    for x, n in ((x1, n1), (x2, n2)):
        low, high = library.proportion_confint(x, n, method="wilson")
        near(proportions.wilson(x, n).low, max(0.0, low))
        near(proportions.wilson(x, n).high, min(1.0, high))
    low, high = library.confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")
    near(proportions.newcombe(*table).low, low)
    near(proportions.newcombe(*table).high, high)
    z = proportions.z_pooled(*table)
    if x1 + x2 in (0, n1 + n2):
        assert isinstance(z, NotEnough)
        return
    statistic, p_value = library.proportions_ztest([x1, x2], [n1, n2])
    near(z.statistic, statistic)
    near(z.p_value, p_value)
    cells = [[x1, x2], [n1 - x1, n2 - x2]]
    for mine, arguments in (
        (proportions.chi2(*table), {"correction": False}),
        (proportions.chi2(*table, yates=True), {"correction": True}),
        (proportions.g_test(*table), {"correction": False, "lambda_": "log-likelihood"}),
    ):
        reference = stats.chi2_contingency(cells, **arguments)
        near(mine.statistic, reference.statistic)
        near(mine.p_value, reference.pvalue)


@unhurried
@given(filled_tables)
def test_ratio_intervals_agree_with_the_library(table: tuple[int, int, int, int]) -> None:
    low, high = library.confint_proportions_2indep(*table, method="score", compare="ratio", correction=False)
    found = proportions.risk_ratio(*table).interval
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-5)
    low, high = library.confint_proportions_2indep(*table, method="logit", compare="odds-ratio")
    found = proportions.odds_ratio(*table).interval
    near(found.low, low)
    near(found.high, high)


@unhurried
@given(st.tuples(arms(120), arms(120)).map(lambda pair: (*pair[0], *pair[1])))
def test_conditional_odds_ratio_agrees_with_the_library(table: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = table
    assume(n1 and n2 and x1 + x2 not in (0, n1 + n2))
    mine = proportions.odds_ratio(*table, method="conditional")
    reference = stats.contingency.odds_ratio([[x1, n1 - x1], [x2, n2 - x2]])
    limits = reference.confidence_interval(0.95)
    assert mine.value == pytest.approx(reference.statistic, rel=1e-6)
    assert (mine.interval.low, mine.interval.high) == pytest.approx((limits.low, limits.high), rel=1e-6)


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
@unhurried
@given(ratings, ratings)
def test_mean_figures_agree_with_the_library(a: dict[int, int], b: dict[int, int]) -> None:
    one, two = Summary.from_counts(a), Summary.from_counts(b)
    assume(isinstance(one, Summary) and isinstance(two, Summary) and one.n > 1 and two.n > 1)
    assume(one.sd > 0 or two.sd > 0)
    x, y = (np.repeat(list(counts), list(counts.values())).astype(float) for counts in (a, b))
    near(one.sd, float(np.std(x, ddof=1)))
    for mine, equal in ((means.welch(one, two), False), (means.student(one, two), True)):
        reference = stats.ttest_ind(x, y, equal_var=equal)
        near(mine.statistic, reference.statistic)
        near(mine.p_value, reference.pvalue)
        near(mine.df, reference.df)
        limits = reference.confidence_interval()
        near(mine.interval.low, limits.low)
        near(mine.interval.high, limits.high)
    near(
        means.tost_welch(one, two, low=-0.5, high=0.5).p_value,
        ttost_ind(x, y, -0.5, 0.5, usevar="unequal")[0],
    )
    if len(set(a) | set(b)) > 1 and len({*x, *y}) > 1:
        near(ranks.mann_whitney(a, b).p_value, stats.mannwhitneyu(x, y, method="asymptotic").pvalue)
        near(omnibus.kruskal([a, b]).statistic, stats.kruskal(x, y).statistic)
        munzel = ranks.brunner_munzel(a, b)
        if not isinstance(munzel, NotEnough):
            near(-munzel.statistic, stats.brunnermunzel(x, y).statistic)


# Rules ------------------------------------------------------------------------------------------------


@unhurried
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_never_fall_and_keep_their_order(family: list[float]) -> None:
    for method in ("holm", "bonferroni", "bh", "by", "hommel"):
        adjusted = adjust(family, method=method)
        assert all(p <= q + 1e-12 <= 1 + 1e-11 for p, q in zip(family, adjusted, strict=True))
        ordered = [q for _, q in sorted(zip(family, adjusted, strict=True))]
        assert all(left <= right + 1e-12 for left, right in pairwise(ordered))


@unhurried
@given(ratings, ratings, st.integers(0, 30), st.integers(0, 30))
def test_bounds_lie_within_each_other(a: dict[int, int], b: dict[int, int], c: int, d: int) -> None:
    sizes = sum(a.values()) + c, sum(b.values()) + d
    lee = nonresponse.lee_bounds(a, sizes[0], b, sizes[1])
    assume(not isinstance(lee, NotEnough))
    worst = nonresponse.manski_bounds(a, sizes[0], b, sizes[1], low=1, high=7)
    # With no silent unit in either arm all bounds are the plain difference.
    assert worst.low - 1e-12 <= lee.naive <= worst.high + 1e-12
    assert lee.low - 1e-12 <= lee.naive <= lee.high + 1e-12
    if isinstance(lee.region, Interval):
        assert lee.region.low <= lee.low <= lee.high <= lee.region.high


@unhurried
@given(tables)
def test_interval_of_a_difference_holds_the_difference(table: tuple[int, int, int, int]) -> None:
    gap = proportions.difference(*table)
    assume(not isinstance(gap, NotEnough))
    for interval in (proportions.newcombe, proportions.miettinen_nurminen, proportions.mee):
        found = interval(*table)
        assert -1 <= found.low <= gap + 1e-12
        assert gap - 1e-12 <= found.high <= 1
        assert found.low < found.high
