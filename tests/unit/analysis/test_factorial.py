"""Crossed factors: against the plain contrasts, Welch's tests, and what algebra demands."""

from itertools import product

import numpy as np
import pytest

from amends.analysis.crossed_effects import CellEstimates, joint_test
from amends.analysis.crossing import crossing, effects, interaction_basis
from amends.analysis.factorial import factorial_means, factorial_proportions
from amends.analysis.means import Summary, welch
from amends.analysis.moderators import binary_interaction
from amends.analysis.omnibus import welch_anova
from amends.analysis.proportions import default_test, newcombe
from amends.analysis.result import NotEnough
from amends.errors import UsageError

TWO = {
    "a": {"message": "thanks", "voucher": "no"},
    "b": {"message": "sorry", "voucher": "no"},
    "c": {"message": "thanks", "voucher": "yes"},
    "d": {"message": "sorry", "voucher": "yes"},
}
COUNTS = {"a": (45, 60), "b": (30, 62), "c": (50, 58), "d": (48, 70)}
MEANS = {"a": Summary(40, 5.5, 1.1), "b": Summary(35, 4.8, 1.3), "c": Summary(52, 5.9, 0.9),
         "d": Summary(44, 5.6, 1.4)}  # fmt: skip


def crossed(*sizes):
    """Arms that cross factors of these sizes, named after their levels."""
    names = "abc"[: len(sizes)]
    return {
        "".join(map(str, cell)): {name: f"{name}{level}" for name, level in zip(names, cell, strict=True)}
        for cell in product(*(range(size) for size in sizes))
    }


def test_simple_effects_are_the_plain_comparisons_of_two_arms():
    found = factorial_proportions(COUNTS, TWO).risk_difference.simple_effects[0]
    assert (found.factors, found.at) == (("message",), {"voucher": "no"})
    assert found.levels == (("thanks", "sorry"),)
    table = 45, 60, 30, 62
    assert found.test == default_test(*table)
    plain = newcombe(*table)
    assert (found.interval.low, found.interval.high) == pytest.approx((plain.low, plain.high))


def test_simple_effects_of_means_are_welchs():
    found = factorial_means(MEANS, TWO).simple_effects[0]
    plain = welch(MEANS["a"], MEANS["b"])
    assert found.test.p_value == pytest.approx(plain.p_value)
    assert found.test.df == pytest.approx(plain.df)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high)
    )


def test_interaction_is_the_difference_of_simple_effects_and_main_effect_their_mean():
    for found in (factorial_proportions(COUNTS, TWO).risk_difference, factorial_means(MEANS, TWO)):
        without, with_voucher = (effect.value for effect in found.simple_effects[:2])
        assert found.interactions[0].value == pytest.approx(without - with_voucher)
        assert found.main_effects[0].value == pytest.approx((without + with_voucher) / 2)


def test_main_effects_weigh_levels_equally_whatever_their_number_of_units():
    many = {**COUNTS, "a": (450, 600), "b": (300, 620)}
    there, here = (factorial_proportions(c, TWO).risk_difference.main_effects[0] for c in (many, COUNTS))
    assert there.value == pytest.approx(here.value)


def test_the_log_odds_interaction_is_that_of_the_saturated_model():
    found = factorial_proportions(COUNTS, TWO)
    plain = binary_interaction((45, 60, 30, 62), (50, 58, 48, 70))
    assert found.log_odds.interactions[0].value == pytest.approx(plain.log_odds_ratio.value)
    assert found.log_odds.interactions[0].test.p_value == pytest.approx(plain.log_odds_ratio.p_value)
    assert found.risk_difference.interactions[0].value == pytest.approx(plain.risk_difference.value)


def test_two_levels_have_one_interaction_test_whichever_way_it_is_asked():
    found = factorial_means(MEANS, TWO)
    joint = found.interaction_tests["message x voucher"]
    single = found.interactions[0].test
    assert joint.statistic == pytest.approx(single.statistic**2)
    assert joint.p_value == pytest.approx(single.p_value)


def test_the_joint_test_of_one_factor_is_welchs_analysis_of_variance():
    arms = [Summary(20, 5.0, 1.0), Summary(30, 5.5, 1.4), Summary(40, 6.0, 0.8)]

    scale = CellEstimates(
        "means",
        np.array([arm.mean for arm in arms]),
        np.array([arm.sd**2 / arm.n for arm in arms]),
        np.array([arm.n - 1.0 for arm in arms]),
    )
    found, plain = joint_test(np.array([[1.0, 0, -1], [0, 1, -1]]), scale), welch_anova(arms)
    assert (found.statistic, found.p_value) == pytest.approx((plain.statistic, plain.p_value))


def test_three_factors_give_every_effect_once():
    factors = crossed(2, 3, 2)
    rng = np.random.default_rng(1)
    found = factorial_means({arm: Summary(30, rng.normal(5, 1), 1.0) for arm in factors}, factors)
    kinds = [(effect.kind, len(effect.factors)) for effect in effects(crossing(factors))]
    assert kinds.count(("interaction", 3)) == 3
    assert kinds.count(("interaction", 2)) == 3 + 1 + 3
    assert kinds.count(("main effect", 1)) == 1 + 3 + 1
    assert kinds.count(("simple effect", 1)) == 6 + 3 * 4 + 6
    assert set(found.interaction_tests) == {"a x b x c", "a x b", "a x c", "b x c"}


def test_every_effect_is_a_contrast_and_every_basis_is_independent():
    found = crossing(crossed(3, 2, 3))
    for effect in effects(found):
        assert effect.weights.sum() == pytest.approx(0)
        assert np.abs(effect.weights).sum() == pytest.approx(2 ** len(effect.factors))
    assert np.linalg.matrix_rank(interaction_basis(found, ("a", "c"))) == 4
    assert np.linalg.matrix_rank(interaction_basis(found, ("a", "b", "c"))) == 4


def test_without_interaction_in_the_cells_none_is_found():
    factors = crossed(3, 3)
    arms = {arm: Summary(25, 4.0 + int(arm[0]) + 0.5 * int(arm[1]), 1.2) for arm in factors}
    found = factorial_means(arms, factors)
    assert found.interaction_tests["a x b"].statistic == pytest.approx(0, abs=1e-12)
    assert all(effect.value == pytest.approx(0) for effect in found.interactions)
    assert found.main_effects_alone == {"a": True, "b": True}


def test_main_effects_are_not_to_be_read_alone_where_factors_interact():
    counts = {"a": (55, 60), "b": (20, 60), "c": (20, 60), "d": (55, 60)}
    found = factorial_proportions(counts, TWO).risk_difference
    assert found.main_effects[0].value == pytest.approx(0)
    assert found.interaction_tests["message x voucher"].p_value < 1e-6
    assert found.main_effects_alone == {"message": False, "voucher": False}


def test_the_interaction_test_keeps_its_level_where_arms_differ_in_spread_and_size():
    rng, factors = np.random.default_rng(2), crossed(3, 2)
    sizes, sds = [12, 40, 15, 25, 30, 10], [3.0, 1.0, 2.0, 1.0, 1.5, 3.0]
    rejected = 0
    for _ in range(2000):
        arms = {}
        for arm, n, sd in zip(factors, sizes, sds, strict=True):
            drawn = rng.normal(0, sd, n)
            arms[arm] = Summary(n, float(drawn.mean()), float(drawn.std(ddof=1)))
        scale = factorial_means(arms, factors)
        rejected += scale.interaction_tests["a x b"].p_value < 0.05
    assert 0.035 <= rejected / 2000 <= 0.065


def test_arms_that_do_not_cross_give_a_reason():
    part = {arm: TWO[arm] for arm in "abc"}
    assert "do not cross" in factorial_proportions({a: COUNTS[a] for a in part}, part).reason
    one = {"a": {"message": "thanks"}, "b": {"message": "sorry"}}
    assert "1 factor; 2 needed" in factorial_means({a: MEANS[a] for a in one}, one).reason
    flat = {arm: {**levels, "voucher": "no"} for arm, levels in TWO.items() if arm in "ab"}
    assert "1 level" in factorial_means({a: MEANS[a] for a in flat}, flat).reason


def test_empty_arms_single_answers_and_arms_without_spread_give_a_reason():
    assert "a has no units" in factorial_proportions({**COUNTS, "a": (0, 0)}, TWO).reason
    assert "a has 1 unit" in factorial_proportions({**COUNTS, "a": (1, 1)}, TWO).reason
    assert "1 answer" in factorial_means({**MEANS, "a": Summary(1, 5, 0)}, TWO).reason
    everyone = factorial_proportions(dict.fromkeys(COUNTS, (50, 50)), TWO)
    assert isinstance(everyone.log_odds, NotEnough)
    assert isinstance(everyone.risk_difference.interactions[0].test, NotEnough)
    assert everyone.risk_difference.interactions[0].interval.low < 0
    assert everyone.risk_difference.main_effects_alone == {"message": False, "voucher": False}
    flat = factorial_means({arm: Summary(9, 5.0, 0.0) for arm in TWO}, TWO)
    assert isinstance(flat.main_effects[0].test, NotEnough)
    assert isinstance(flat.interaction_tests["message x voucher"], NotEnough)


def test_arms_written_wrongly_are_refused():
    with pytest.raises(UsageError, match="the same levels"):
        crossing({"a": TWO["a"], "b": TWO["a"]})
    with pytest.raises(UsageError, match="level of the same factors"):
        crossing({"a": TWO["a"], "b": {"message": "sorry"}})
    with pytest.raises(UsageError, match="not both"):
        factorial_proportions({"a": (1, 2)}, TWO)
    with pytest.raises(UsageError, match="alpha"):
        factorial_means(MEANS, TWO, alpha=5)


def test_the_result_prints_and_exports():
    found = factorial_proportions(COUNTS, TWO)
    exported = found.to_dict()["risk_difference"]
    assert exported["interactions"][0]["levels"] == [["thanks", "sorry"], ["no", "yes"]]
    assert list(exported).index("interactions") < list(exported).index("main_effects")
    assert "main effects" in str(found.risk_difference)
