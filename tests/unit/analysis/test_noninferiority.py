"""Not worse by the margin: test and bound of one method, in either direction."""

from itertools import product

import pytest

from amends.analysis.equivalence import equivalent_means, equivalent_proportions
from amends.analysis.means import Summary
from amends.analysis.noninferiority import noninferior_means, noninferior_proportions
from amends.analysis.result import NotEnough
from amends.errors import UsageError

TABLES = [(180, 200, 176, 200), (51, 56, 44, 56), (0, 20, 0, 30), (20, 20, 30, 30), (3, 20, 9, 15)]


@pytest.mark.parametrize(("table", "method"), list(product(TABLES, ["newcombe", "score"])))
def test_p_value_meets_alpha_exactly_where_the_bound_meets_the_margin(table, method):
    for alpha in (0.025, 0.05):
        bound = noninferior_proportions(*table, margin=0.5, alpha=alpha, method=method).bound
        if not -1 < bound < -1e-6:
            continue
        at_the_bound = noninferior_proportions(*table, margin=-bound, alpha=alpha, method=method)
        assert at_the_bound.p_value == pytest.approx(alpha, rel=1e-6)


@pytest.mark.parametrize("method", ["newcombe", "score"])
def test_lower_is_better_mirrors_higher_is_better_on_the_other_answers(method):
    for x1, n1, x2, n2 in TABLES:
        higher = noninferior_proportions(x1, n1, x2, n2, margin=0.1, method=method)
        lower = noninferior_proportions(n1 - x1, n1, n2 - x2, n2, margin=0.1, better="lower", method=method)
        assert lower.p_value == pytest.approx(higher.p_value, abs=1e-9)
        assert lower.bound == pytest.approx(-higher.bound, abs=1e-9)
        assert lower.non_inferior == higher.non_inferior


def test_a_clearly_worse_arm_has_a_p_value_near_one():
    for method in ("newcombe", "score"):
        assert noninferior_proportions(50, 100, 90, 100, margin=0.05, method=method).p_value > 0.999


@pytest.mark.parametrize("method", ["newcombe", "score"])
def test_equivalence_holds_where_both_one_sided_tests_hold(method):
    for table in TABLES:
        both = equivalent_proportions(*table, margin=0.2, method=method)
        worse = noninferior_proportions(*table, margin=0.2, alpha=0.05, method=method)
        better = noninferior_proportions(*table, margin=0.2, better="lower", alpha=0.05, method=method)
        assert both.p_value == max(worse.p_value, better.p_value)
        assert both.equivalent == (worse.non_inferior and better.non_inferior)
        assert both.equivalent == (both.interval.low > -0.2 and both.interval.high < 0.2)


def test_means_are_tested_against_the_margin_in_both_directions():
    a, b = Summary(60, 5.8, 1.1), Summary(60, 5.7, 1.2)
    there = noninferior_means(a, b, margin=0.4)
    back = noninferior_means(b, a, margin=0.4, better="lower")
    assert back.p_value == pytest.approx(there.p_value)
    assert back.bound == pytest.approx(-there.bound)
    both = equivalent_means(a, b, margin=0.4)
    assert both.p_lower == pytest.approx(there.p_value)


def test_results_carry_margin_bound_and_level_and_print():
    found = noninferior_proportions(180, 200, 176, 200, margin=0.05)
    exported = found.to_dict()
    assert {"margin", "bound", "p_value", "alpha", "ns", "better"} <= set(exported)
    assert str(found).startswith("non-inferiority, Newcombe: ")


def test_empty_arms_and_single_answers_give_a_reason():
    assert isinstance(noninferior_proportions(0, 0, 1, 2, margin=0.1), NotEnough)
    assert isinstance(noninferior_means(Summary(1, 5, 0), Summary(9, 5, 1), margin=0.1), NotEnough)
    assert isinstance(equivalent_means(Summary(9, 5, 0), Summary(9, 5, 0), margin=0.1), NotEnough)


@pytest.mark.parametrize("margin", [0, -0.1, 5, float("nan")])
def test_a_margin_that_is_none_is_refused(margin):
    with pytest.raises(UsageError, match="margin"):
        noninferior_proportions(1, 2, 1, 2, margin=margin)


def test_an_unknown_direction_and_a_two_sided_level_are_refused():
    with pytest.raises(UsageError, match="better 'up'"):
        noninferior_proportions(1, 2, 1, 2, margin=0.1, better="up")
    with pytest.raises(UsageError, match="one-sided"):
        noninferior_proportions(1, 2, 1, 2, margin=0.1, alpha=0.5)
