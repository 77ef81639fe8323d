"""Bounds for who answered."""

import pytest

from amends.analysis import nonresponse
from amends.analysis.means import Summary, welch
from amends.analysis.result import Interval, NotEnough
from amends.errors import UsageError

MORE, LESS = {1: 10, 4: 20, 7: 60}, {1: 10, 4: 20, 7: 50}


def test_bounds_hold_the_naive_difference_and_say_who_was_trimmed() -> None:
    bounds = nonresponse.lee_bounds(MORE, 100, LESS, 100, names=("thank_you", "sorry"))
    assert bounds.low < bounds.naive < bounds.high
    assert bounds.trimmed_arm == "thank_you"
    assert bounds.trim_share == pytest.approx(1 - 80 / 90)
    assert bounds.ci_low < bounds.low
    assert bounds.high < bounds.ci_high


def test_second_arm_is_trimmed_where_it_answers_more() -> None:
    assert nonresponse.lee_bounds(LESS, 100, MORE, 100, names=("thank_you", "sorry")).trimmed_arm == "sorry"


def test_equal_answering_leaves_one_point_with_a_full_region() -> None:
    bounds = nonresponse.lee_bounds(MORE, 100, {1: 20, 4: 10, 7: 60}, 100)
    assert bounds.low == bounds.high == bounds.naive
    assert bounds.trimmed_arm is None
    # Who would have answered is uncertain even so: the region is wider than the interval of the means.
    plain = welch(Summary.from_counts(MORE), Summary.from_counts({1: 20, 4: 10, 7: 60})).interval
    assert bounds.ci_low < plain.low
    assert plain.high < bounds.ci_high
    assert bounds.region.method == "Imbens-Manski"


def test_border_value_is_cut_in_part() -> None:
    # 8 of 10 are kept: without the top two of the three sevens, without the two lowest.
    bounds = nonresponse.lee_bounds({1: 2, 5: 5, 7: 3}, 10, {4: 8}, 10)
    assert bounds.low == pytest.approx((1 * 2 + 5 * 5 + 7 * 1) / 8 - 4)
    assert bounds.high == pytest.approx((5 * 5 + 7 * 3) / 8 - 4)
    # 5 / 6 of 10 answers: 8.33 of them, so one seven is cut to a third.
    bounds = nonresponse.lee_bounds({1: 2, 5: 5, 7: 3}, 12, {4: 10}, 14)
    keep = (10 / 14) / (10 / 12) * 10
    assert bounds.low == pytest.approx((2 + 25 + 7 * (keep - 7)) / keep - 4)


def test_arm_without_answers_has_manski_bounds_only() -> None:
    assert nonresponse.lee_bounds({}, 10, LESS, 100) == NotEnough("the first arm has no answers")
    assert nonresponse.lee_bounds(LESS, 100, {}, 0) == NotEnough("the second arm has no units")
    worst = nonresponse.manski_bounds({}, 10, {7: 10}, 10, low=1, high=7)
    assert (worst.low, worst.high) == (-6, 0)
    assert isinstance(nonresponse.manski_bounds({}, 0, {7: 10}, 10, low=1, high=7), NotEnough)


def test_bounds_of_one_or_of_uniform_answers_have_no_region() -> None:
    lone = nonresponse.lee_bounds({7: 1}, 2, {5: 3}, 4)
    assert lone.ci_low == lone.ci_high == NotEnough("the first arm has 1 answer; 2 needed for the region")
    uniform = nonresponse.lee_bounds({7: 3}, 4, {5: 3}, 4)
    assert isinstance(uniform.region, NotEnough)
    assert uniform.low == uniform.high == 2


def test_region_shrinks_towards_the_one_sided_quantile_as_the_bounds_part() -> None:
    wide = nonresponse.lee_bounds({1: 400, 7: 500}, 1000, {1: 200, 7: 300}, 1000)
    assert isinstance(wide.region, Interval)
    strict = nonresponse.lee_bounds({1: 400, 7: 500}, 1000, {1: 200, 7: 300}, 1000, confidence=0.90)
    ratio = (wide.low - wide.ci_low) / (strict.low - strict.ci_low)
    assert ratio == pytest.approx(1.644854 / 1.281552, rel=1e-5)


def test_complete_answers_have_no_tipping_point() -> None:
    found = nonresponse.tipping_point({7: 10}, 10, {5: 10}, 10)
    assert [type(part) for part in (found.first_only, found.second_only, found.both)] == [NotEnough] * 3
    found = nonresponse.tipping_point({7: 8}, 10, {5: 4}, 10)
    assert found.first_only == pytest.approx(10)
    assert found.second_only == pytest.approx(-2 / 0.6)
    assert found.both == pytest.approx(-5)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: nonresponse.lee_bounds({7: 12}, 10, LESS, 100), "12 answers of 10 assigned"),
        (lambda: nonresponse.lee_bounds({7: -1}, 10, LESS, 100), "-1 answers of 7"),
        (
            lambda: nonresponse.manski_bounds(LESS, 100, {8: 1}, 100, low=1, high=7),
            "8 lies off the scale 1 to 7",
        ),
        (lambda: nonresponse.manski_bounds(LESS, 100, LESS, 100, low=7, high=1), "the lower end comes first"),
        (lambda: nonresponse.attrition_test(60, 56, 40, 51), "60 of 56"),
    ],
)
def test_impossible_answers_are_refused_by_name(call, said) -> None:
    with pytest.raises(UsageError, match=said):
        call()
