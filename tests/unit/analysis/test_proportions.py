"""Tests of two proportions: which is the default, what is refused, what cannot be said."""

from math import comb

import pytest

from amends.analysis import proportions
from amends.analysis.result import NotEnough, TestResult
from amends.errors import UsageError

TESTS = [
    proportions.z_pooled,
    proportions.z_unpooled,
    proportions.chi2,
    proportions.g_test,
    proportions.fisher,
    proportions.barnard,
    proportions.boschloo,
    proportions.default_test,
]


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ((0, 50, 0, 50), "nobody of 50 and 50 had the event"),
        ((60, 60, 60, 60), "everybody of 60 and 60 had the event"),
        ((0, 0, 5, 10), "the first arm has no units"),
        ((5, 10, 0, 0), "the second arm has no units"),
        ((0, 0, 0, 0), "the first arm has no units"),
    ],
)
def test_table_that_shows_nothing_gives_a_reason(test, table, reason) -> None:
    found = test(*table)
    assert isinstance(found, NotEnough)
    assert reason in found.reason


@pytest.mark.parametrize("test", [*TESTS, proportions.newcombe, proportions.risk_ratio, proportions.nnt])
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ((60, 56, 40, 51), "60 of 56: the events cannot outnumber the units"),
        ((40, 51, 60, 56), "60 of 56"),
        ((-1, 56, 40, 51), "-1 events: a count is never negative"),
        ((5, -2, 40, 51), "-2 units"),
        ((51.5, 56, 40, 51), "51.5 events: a count is a whole number"),
        ((True, 56, 40, 51), "True events"),
        (("51", 56, 40, 51), "'51' events"),
    ],
)
def test_impossible_counts_are_refused_by_name(test, table, said) -> None:
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        test(*table)


def test_unknown_alternative_lists_those_allowed() -> None:
    with pytest.raises(UsageError, match=r"'bigger' is not known\. Choose one of: two-sided, greater, less"):
        proportions.z_pooled(1, 2, 1, 2, alternative="bigger")


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ((51, 56, 40, 51), "Boschloo exact"),
        ((50, 100, 60, 100), "Boschloo exact"),
        ((50, 100, 60, 101), "pooled z"),
        ((2, 200, 7, 200), "Boschloo exact"),
        ((2, 200, 8, 200), "pooled z"),
        ((2, 201, 7, 200), "Fisher exact"),
        ((911, 1000, 784, 1000), "pooled z"),
    ],
)
def test_default_is_exact_where_counts_are_small(table, name) -> None:
    assert proportions.default_test(*table).name == name


def test_boschloo_beyond_its_limit_says_so_instead_of_running_for_minutes() -> None:
    found = proportions.boschloo(300, 400, 310, 400)
    assert found == NotEnough("Boschloo's exact test is computed up to 400 units in all; here are 800")


def test_yates_is_only_applied_where_asked() -> None:
    assert proportions.chi2(51, 56, 44, 56).p_value == pytest.approx(
        proportions.z_pooled(51, 56, 44, 56).p_value, rel=1e-12
    )
    assert proportions.chi2(51, 56, 44, 56, yates=True).p_value > proportions.chi2(51, 56, 44, 56).p_value


def test_boschloo_is_sharper_than_fisher() -> None:
    assert proportions.boschloo(51, 56, 44, 56).p_value < proportions.fisher(51, 56, 44, 56).p_value


def test_everybody_against_nobody_is_a_clear_difference_but_no_unpooled_z() -> None:
    assert proportions.default_test(20, 20, 0, 20).p_value < 1e-9
    assert isinstance(proportions.z_unpooled(20, 20, 0, 20), NotEnough)


def test_customary_tests_come_in_the_order_and_under_the_names_of_the_contract() -> None:
    found = proportions.customary_tests(51, 56, 40, 51)
    assert list(found) == ["z_pooled", "chi2", "chi2_yates", "fisher", "boschloo"]
    assert all(isinstance(test, TestResult) for test in found.values())


def test_interval_keeps_a_width_where_everybody_completed() -> None:
    interval = proportions.newcombe(60, 60, 60, 60)
    assert interval.low < 0 < interval.high
    assert proportions.wald(60, 60, 60, 60).low == proportions.wald(60, 60, 60, 60).high == 0


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_confidence_off_its_range_is_refused(confidence) -> None:
    with pytest.raises(UsageError, match="strictly between 0 and 1"):
        proportions.newcombe(51, 56, 40, 51, confidence=confidence)


def test_number_needed_crosses_infinity_where_the_difference_may_be_zero() -> None:
    needed = proportions.nnt(51, 56, 44, 56)
    assert needed.two_regions
    assert needed.high < 0 < needed.low
    assert isinstance(needed.interval, NotEnough)
    assert not proportions.nnt(911, 1000, 784, 1000).two_regions


def test_ratio_of_nothing_to_nothing_is_no_ratio() -> None:
    assert isinstance(proportions.risk_ratio(0, 50, 0, 50), NotEnough)
    assert proportions.risk_ratio(5, 50, 0, 50).value == float("inf")
    assert isinstance(proportions.risk_ratio(5, 50, 0, 50, method="log").interval, NotEnough)
    assert proportions.risk_ratio(0, 50, 5, 50).interval.low == 0


def test_odds_ratio_with_an_empty_cell_says_so_unless_half_a_unit_is_added() -> None:
    assert isinstance(proportions.odds_ratio(40, 40, 33, 40), NotEnough)
    assert proportions.odds_ratio(40, 40, 33, 40, method="haldane").name == "odds ratio (Haldane)"
    assert proportions.odds_ratio(40, 40, 33, 40, method="conditional").value == float("inf")
    assert isinstance(proportions.odds_ratio(40, 40, 40, 40, method="conditional"), NotEnough)


def test_barnard_counts_every_table_exactly_as_extreme_as_the_one_seen() -> None:
    # 1 of 3 against 3 of 5: of 256 equally likely outcomes at one half 164 have a z as far from 0. scipy 1.17
    # drops those whose z differs in the last digit, and gives .573.
    found = proportions.barnard(1, 3, 3, 5)
    assert found.p_value == pytest.approx(164 / 256, abs=1e-9)
    tables = [(a, b) for a in range(4) for b in range(6) if 0 < a + b < 8]
    z = {table: proportions.z_pooled(table[0], 3, table[1], 5).statistic for table in tables}
    extreme = [table for table in tables if abs(z[table]) >= abs(z[1, 3]) - 1e-12]
    assert sum(comb(3, a) * comb(5, b) for a, b in extreme) == 164
