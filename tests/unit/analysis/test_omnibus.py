"""Several arms at once."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from amends.analysis import omnibus
from amends.analysis.means import Summary, summarize
from amends.analysis.result import NotEnough
from amends.errors import UsageError

RNG = np.random.default_rng(11)
GROUPS = [
    RNG.normal(mean, sd, n).round(2) for mean, sd, n in ((4.8, 1.2, 31), (5.1, 0.8, 44), (5.6, 1.0, 27))
]
SUMMARIES = [summarize(values.tolist()) for values in GROUPS]


def test_analyses_of_variance_agree_with_the_library() -> None:
    classic, welch = stats.f_oneway(*GROUPS), stats.f_oneway(*GROUPS, equal_var=False)
    assert omnibus.anova(SUMMARIES).p_value == pytest.approx(classic.pvalue, rel=1e-9)
    assert omnibus.welch_anova(SUMMARIES).p_value == pytest.approx(welch.pvalue, rel=1e-9)
    ranked = omnibus.kruskal([Counter(values.tolist()) for values in GROUPS])
    assert ranked.p_value == pytest.approx(stats.kruskal(*GROUPS).pvalue, rel=1e-9)


def test_all_pairs_agree_with_the_library() -> None:
    for mine, equal in ((omnibus.tukey, True), (omnibus.games_howell, False)):
        reference = stats.tukey_hsd(*GROUPS, equal_var=equal)
        limits = reference.confidence_interval()
        for pair in mine(SUMMARIES):
            place = pair.first, pair.second
            assert pair.p_value == pytest.approx(reference.pvalue[place], abs=1e-6)
            assert pair.interval.low == pytest.approx(limits.low[place], abs=1e-6)


def test_dunnett_agrees_with_the_library_within_its_noise() -> None:
    reference = stats.dunnett(GROUPS[1], GROUPS[2], control=GROUPS[0], rng=np.random.default_rng(1))
    found = omnibus.dunnett(SUMMARIES, versus=0)
    assert [pair.p_value for pair in found] == pytest.approx(list(reference.pvalue), abs=1e-3)
    assert [pair.statistic for pair in found] == pytest.approx(list(reference.statistic), rel=1e-9)


def test_freeman_halton_of_two_arms_is_fisher() -> None:
    expected = stats.fisher_exact([[7, 2], [3, 10]]).pvalue
    assert omnibus.freeman_halton([7, 2], [10, 12]).p_value == pytest.approx(expected, rel=1e-9)


def test_freeman_halton_beyond_its_limit_says_so() -> None:
    assert "tables" in omnibus.freeman_halton([500] * 4, [1000] * 4).reason


@pytest.mark.parametrize("test", [omnibus.chi2_k, omnibus.freeman_halton, omnibus.cramers_v])
@pytest.mark.parametrize(
    "table", [([0, 0, 0], [5, 5, 5]), ([5, 5, 5], [5, 5, 5]), ([1, 0, 2], [5, 0, 5]), ([1], [5])]
)
def test_table_that_shows_nothing_gives_a_reason(test, table) -> None:
    assert isinstance(test(*table), NotEnough)


def test_lists_of_unequal_length_are_refused() -> None:
    with pytest.raises(UsageError, match="3 counts of events for 2 arms"):
        omnibus.chi2_k([1, 2, 3], [4, 5])


@pytest.mark.parametrize(
    "test", [omnibus.anova, omnibus.welch_anova, omnibus.tukey, omnibus.games_howell, omnibus.dunnett]
)
def test_arm_without_spread_gives_a_reason(test) -> None:
    arm, uniform = Summary(10, 5.0, 1.0), Summary(10, 5.0, 0.0)
    assert test([arm, summarize([])]) == NotEnough("arm 2: there are no answers")
    assert test([summarize([5]), arm]) == NotEnough("arm 1 has 1 answer; 2 needed")
    assert isinstance(test([arm]), NotEnough)
    found = test([uniform, uniform])
    # Games–Howell gives each pair its own reason.
    assert isinstance(found if isinstance(found, NotEnough) else found[0], NotEnough)


def test_dunnett_needs_an_arm_that_is_there() -> None:
    with pytest.raises(UsageError, match="versus 3"):
        omnibus.dunnett(SUMMARIES, versus=3)


def test_answers_all_alike_cannot_be_ranked() -> None:
    assert "alike" in omnibus.kruskal([{5: 3}, {5: 4}]).reason
    assert isinstance(omnibus.kruskal([{5: 3}, {}]), NotEnough)
