"""Several experiments together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

from amends.analysis import heterogeneity, meta
from amends.analysis.heterogeneity import between_variance, tau2_interval
from amends.analysis.means import Summary
from amends.analysis.meta import fixed_effect, random_effects
from amends.analysis.result import Interval, NotEnough
from amends.analysis.study_effects import effect_of_counts, effect_of_means
from amends.errors import UsageError

EFFECTS = [0.52, 0.15, -0.09, 0.60, 0.57], [0.039, 0.018, 0.033, 0.014, 0.082]
ALIKE = [0.13, 0.07, 0.13, 0.13], [0.0048, 0.0032, 0.0075, 0.0026]

studies = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.001, 1)), min_size=3, max_size=8).map(
    lambda rows: tuple(zip(*rows, strict=True))
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the library goes below 0
@settings(deadline=None, max_examples=40)
@given(studies)
def test_moment_estimators_meet_the_library_and_their_own_equation_cut_at_zero(rows) -> None:
    y, v = np.array(rows[0]), np.array(rows[1])
    assert between_variance(y, v, method="DL") == pytest.approx(
        max(0, combine_effects(y, v, method_re="dl").tau2), abs=1e-12
    )
    found = between_variance(y, v, method="PM")
    w = 1 / (v + found)
    q = w @ (y - w @ y / w.sum()) ** 2
    assert q == pytest.approx(len(y) - 1, rel=1e-9) if found else q <= len(y) - 1


@settings(deadline=None, max_examples=25)
@given(studies)
def test_restricted_likelihood_is_nowhere_higher(rows) -> None:
    y, v = np.array(rows[0]), np.array(rows[1])

    def minus(tau2: float) -> float:
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        return float(np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - mean) ** 2)

    best = optimize.brute(lambda t: minus(float(t[0])), ((0, 10),), Ns=2000, finish=None)
    assert minus(between_variance(y, v)) <= minus(float(best)) + 1e-9


def test_pooled_effects_agree_with_the_library() -> None:
    y, v = np.array(EFFECTS[0]), np.array(EFFECTS[1])
    theirs = combine_effects(y, v, method_re="dl", use_t=False)
    fixed, pooled = fixed_effect(*EFFECTS), random_effects(*EFFECTS, tau2="DL", interval="z")
    assert (fixed.value, fixed.q) == pytest.approx((theirs.mean_effect_fe, theirs.q))
    assert (pooled.value, pooled.standard_error) == pytest.approx((theirs.mean_effect_re, theirs.sd_eff_w_re))
    hartung = random_effects(*EFFECTS, tau2="DL")
    assert hartung.standard_error == pytest.approx(theirs.sd_eff_w_re_hksj)
    assert hartung.df == 4


def test_variance_between_experiments_is_never_negative() -> None:
    assert [between_variance(*ALIKE, method=name) for name in heterogeneity.HETEROGENEITIES] == [0, 0, 0]
    assert random_effects(*ALIKE).i2 == 0


def test_prediction_is_wider_than_the_interval() -> None:
    found = random_effects(*EFFECTS)
    assert found.prediction.low < found.interval.low < found.interval.high < found.prediction.high
    assert found.prediction.method == "prediction, t(3)"
    assert random_effects(*EFFECTS, prediction="k-1").prediction.low > found.prediction.low


def test_two_experiments_allow_no_prediction() -> None:
    found = random_effects([0.1, 0.4], [0.01, 0.02])
    assert "needs 3" in found.prediction.reason
    assert isinstance(found.interval, Interval)


def test_profile_interval_holds_the_estimate_and_reaches_its_quantiles() -> None:
    found = tau2_interval(*EFFECTS)
    assert between_variance(*EFFECTS, method="PM") in found.interval
    y, v = np.array(EFFECTS[0]), np.array(EFFECTS[1])
    w = 1 / (v + found.interval.high)
    q = w @ (y - w @ y / w.sum()) ** 2
    assert stats.chi2.cdf(q, 4) == pytest.approx(0.025, abs=1e-9)
    assert 0 <= found.i2.low <= found.i2.high < 1


def test_a_single_experiment_stands_for_itself_and_cannot_differ() -> None:
    found = fixed_effect([0.3], [0.04])
    assert (found.value, found.standard_error, found.weights) == (0.3, pytest.approx(0.2), (1.0,))
    assert isinstance(found.q, NotEnough)
    assert random_effects([0.3], [0.04]) == NotEnough("1 experiment; 2 needed")
    assert fixed_effect([], []) == NotEnough("there are no experiments")
    assert isinstance(tau2_interval([0.3], [0.04]), NotEnough)


def test_effects_exactly_alike_leave_no_error_by_knapp_and_hartung() -> None:
    found = random_effects([0.3, 0.3, 0.3], [0.01, 0.02, 0.03])
    assert "exactly alike" in found.interval.reason
    assert "exactly alike" in found.prediction.reason
    assert isinstance(found.p_value, NotEnough)
    assert isinstance(random_effects([0.3] * 3, [0.01] * 3, interval="z").interval, Interval)


@pytest.mark.parametrize(
    ("estimates", "variances", "said"),
    [
        ([0.1], [0.1, 0.2], "1 estimates for 2 variances"),
        ([float("nan"), 1], [0.1, 0.2], "finite"),
        ([0.1, 0.2], [0.1, 0], "above 0"),
    ],
)
def test_effects_that_are_none_are_refused(estimates, variances, said) -> None:
    with pytest.raises(UsageError, match=said):
        random_effects(estimates, variances)


@pytest.mark.parametrize("wrong", [{"tau2": "HS"}, {"interval": "t"}, {"prediction": "k"}])
def test_unknown_method_is_refused(wrong) -> None:
    with pytest.raises(UsageError, match="is not known"):
        random_effects(*EFFECTS, **wrong)


def test_empty_cell_gets_a_half_everywhere_and_says_so() -> None:
    found = effect_of_counts(0, 10, 3, 12, measure="OR")
    assert found.corrected
    assert found.value == pytest.approx(np.log((0.5 / 10.5) / (3.5 / 9.5)))
    assert not effect_of_counts(1, 10, 3, 12, measure="OR").corrected


@pytest.mark.parametrize("measure", ["RR", "OR"])
@pytest.mark.parametrize("table", [(0, 10, 0, 12), (10, 10, 12, 12)])
def test_ratio_of_arms_without_both_kinds_is_not_given(measure, table) -> None:
    assert "tells nothing" in effect_of_counts(*table, measure=measure).reason
    assert effect_of_counts(*table, measure="RD").variance > 0


def test_arm_without_units_or_spread_gives_a_reason() -> None:
    assert effect_of_counts(0, 0, 1, 2) == NotEnough("the first arm has no units")
    flat, one = Summary(9, 5.0, 0.0), Summary(1, 5.0, 0.0)
    assert "alike" in effect_of_means(flat, flat, measure="MD").reason
    assert "1 answer" in effect_of_means(one, flat, measure="MD").reason
    assert isinstance(effect_of_means(flat, flat), NotEnough)


def test_mean_difference_keeps_the_unit() -> None:
    found = effect_of_means(Summary(50, 5.5, 1.0), Summary(40, 5.0, 2.0), measure="MD")
    assert (found.value, found.variance) == pytest.approx((0.5, 1 / 50 + 4 / 40))
    assert found.interval().low == pytest.approx(0.5 - 1.959964 * np.sqrt(0.12), rel=1e-6)


def test_study_effects_can_be_pooled_and_shown() -> None:
    rows = [effect_of_counts(51, 56, 40, 51), effect_of_counts(88, 110, 80, 109)]
    found = meta.random_effects([row.value for row in rows], [row.variance for row in rows])
    assert found.to_dict()["k"] == 2
    assert "needs 3" in found.to_dict()["prediction"]["not_enough"]
    assert str(found).startswith("random effects (REML, Knapp–Hartung): value 0.0")
