"""Sample sizes and what a sample can show."""

import math
from statistics import NormalDist

import pytest
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from amends.analysis import power
from amends.analysis.result import NotEnough
from amends.design.plan import two_means, two_proportions
from amends.errors import UsageError


def test_size_reaches_its_power_and_one_unit_less_does_not() -> None:
    size = math.ceil(power.sample_size_proportions(0.40, 0.45))
    assert power.power_proportions(0.40, 0.45, size, size) >= 0.8
    assert power.power_proportions(0.40, 0.45, size - 1, size - 1) < 0.8


def test_size_is_the_textbook_formula() -> None:
    normal = NormalDist()
    z, middle = normal.inv_cdf(0.975), (0.40 + 0.45) / 2
    own = math.sqrt(0.40 * 0.60 + 0.45 * 0.55)
    expected = ((z * math.sqrt(2 * middle * (1 - middle)) + normal.inv_cdf(0.8) * own) / 0.05) ** 2
    assert power.sample_size_proportions(0.40, 0.45) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("ratio", [0.5, 1, 2.5])
def test_planning_the_library_and_this_module_name_the_same_size(ratio) -> None:
    size = power.sample_size_proportions(0.45, 0.40, alpha=0.04, ratio=ratio)
    assert two_proportions(0.45, 0.40, level=0.04, power=0.8, ratio=ratio) == pytest.approx(size, rel=1e-9)
    onetail = samplesize_proportions_2indep_onetail(0.05, 0.40, power=0.8, ratio=ratio, alpha=0.04)
    assert onetail == pytest.approx(size, rel=1e-9)


def test_planning_of_means_leaves_out_only_what_t_adds_to_the_normal() -> None:
    planned = two_means(1.4, 0.3, level=0.04, power=0.8)
    assert 0 < power.sample_size_t(0.3 / 1.4, alpha=0.04) - planned < 2


def test_unequal_arms_reach_their_power_too() -> None:
    first = power.sample_size_proportions(0.40, 0.50, ratio=2)
    assert power.power_proportions(0.40, 0.50, math.ceil(first), 2 * math.ceil(first)) == pytest.approx(
        0.8, abs=0.002
    )


@pytest.mark.parametrize("direction", ["up", "down"])
def test_detectable_difference_undoes_the_sample_size(direction) -> None:
    found = power.detectable_difference(0.6, 200, direction=direction)
    other = 0.6 + (found if direction == "up" else -found)
    assert power.sample_size_proportions(0.6, other) == pytest.approx(200, rel=1e-6)


def test_difference_beyond_the_end_of_the_scale_is_not_detectable() -> None:
    assert isinstance(power.detectable_difference(0.98, 20), NotEnough)


def test_enumerated_power_needs_no_approximation_at_the_edge() -> None:
    assert power.power_proportions(0.0, 1.0, 5, 5, method="exact") == 1
    assert power.power_proportions(0.0, 0.0, 5, 5, method="exact") == 0
    assert isinstance(power.power_proportions(0.0, 1.0, 5, 5), NotEnough)
    assert isinstance(power.power_proportions(0.1, 0.2, 10_000, 10_000, method="exact"), NotEnough)


def test_t_sizes_agree_with_each_other_and_the_library() -> None:
    size = power.sample_size_t(0.3)
    assert size == pytest.approx(
        TTestIndPower().solve_power(effect_size=0.3, alpha=0.05, power=0.8), rel=1e-9
    )
    assert power.power_t(0.3, math.ceil(size), math.ceil(size)) >= 0.8
    assert power.detectable_effect_t(100, 100) == pytest.approx(0.3981, abs=1e-4)
    assert power.sample_size_t(-0.3) == size


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: power.sample_size_proportions(0.5, 0.5), "no sample shows a difference of 0"),
        (lambda: power.sample_size_proportions(78.4, 91.1), "Write 78.4% as 0.784"),
        (lambda: power.sample_size_proportions(0.4, 0.5, ratio=0), "ratio 0: it is above 0"),
        (lambda: power.sample_size_proportions(0.4, 0.5, power=80), "power 80"),
        (lambda: power.sample_size_t(0), "no sample shows an effect of 0"),
        (lambda: power.power_t(0.2, 1, 50), "1 answers: an arm needs 2"),
        (lambda: power.power_proportions(0.4, 0.5, 0, 10), "0 units"),
        (lambda: power.power_anova(0.2, 1, 50), "1 arms"),
        (lambda: power.design_effect(0, 0.1), "cluster size 0"),
        (lambda: power.design_effect(3, 2), "icc 2"),
    ],
)
def test_impossible_plan_is_refused_by_name(call, said) -> None:
    with pytest.raises(UsageError, match=said):
        call()
