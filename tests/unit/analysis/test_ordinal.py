"""Ratings as ordered answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from amends.analysis.ordinal import proportional_odds, proportional_odds_adjusted
from amends.analysis.proportions import odds_ratio
from amends.analysis.result import NotEnough
from amends.errors import UsageError

HIGH, LOW = {4: 2, 5: 10, 6: 20, 7: 19}, {2: 2, 4: 8, 5: 10, 6: 15, 7: 5}


def rows_of(counts_a, counts_b):
    values = [value for counts in (counts_a, counts_b) for value, n in counts.items() for _ in range(n)]
    return np.array(values, float), np.repeat([1.0, 0.0], [sum(counts_a.values()), sum(counts_b.values())])


def test_counted_answers_give_what_the_library_gives_row_by_row() -> None:
    values, treated = rows_of(HIGH, LOW)
    theirs = OrderedModel(values, treated[:, None], distr="logit").fit(method="bfgs", disp=False, gtol=1e-8)
    found = proportional_odds(HIGH, LOW)
    assert found.value == pytest.approx(theirs.params[0], rel=1e-5)
    assert found.standard_error == pytest.approx(theirs.bse[0], rel=1e-4)
    assert found.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)


def test_likelihood_is_flat_at_the_solution() -> None:
    found = proportional_odds(HIGH, LOW)
    values, treated = rows_of(HIGH, LOW)
    rank = np.searchsorted(np.unique(values), values)

    def likelihood(shift: float) -> float:
        edges = np.concatenate([[-np.inf], found.thresholds, [np.inf]])
        above, below = edges[rank + 1] - shift * treated, edges[rank] - shift * treated
        return float(np.log(stats.logistic.cdf(above) - stats.logistic.cdf(below)).sum())

    slope = (likelihood(found.value + 1e-5) - likelihood(found.value - 1e-5)) / 2e-5
    assert slope == pytest.approx(0, abs=1e-4)
    assert likelihood(found.value) == pytest.approx(found.log_likelihood, rel=1e-9)


def test_two_answers_are_the_odds_ratio_of_a_table() -> None:
    found = proportional_odds({1: 10, 2: 30}, {1: 20, 2: 20})
    table = odds_ratio(30, 40, 20, 40)
    assert found.odds_ratio.value == pytest.approx(table.value, rel=1e-6)
    assert found.odds_ratio.interval.low == pytest.approx(table.interval.low, rel=1e-4)
    assert "single step" in found.proportional_p.reason


def test_exchanged_arms_mirror_the_shift() -> None:
    one, other = proportional_odds(HIGH, LOW), proportional_odds(LOW, HIGH)
    assert other.value == pytest.approx(-one.value, rel=1e-6)
    assert other.proportional_p == pytest.approx(one.proportional_p, rel=1e-5)


def test_shift_that_differs_between_steps_is_seen() -> None:
    spread = proportional_odds({1: 300, 4: 100, 7: 300}, {1: 100, 4: 500, 7: 100})
    assert spread.value == pytest.approx(0, abs=1e-4)
    assert spread.proportional_p < 1e-10
    assert proportional_odds(HIGH, LOW).proportional_p > 0.05


def test_covariate_on_any_scale_gives_the_same_shift() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 8, 200).astype(float)
    values = np.clip(np.round(3 + 0.4 * x + rng.normal(0, 1.2, 200)), 1, 7)
    treated = np.arange(200) % 2 == 0
    one = proportional_odds_adjusted(values, treated, {"x": x})
    other = proportional_odds_adjusted(values, treated, {"x": 1000 * x})
    assert other.value == pytest.approx(one.value, rel=1e-6)
    assert one.covariates == ("x",)
    assert isinstance(one.proportional_p, NotEnough)


def test_a_hundred_thousand_answers_are_fitted_by_their_counts() -> None:
    many = proportional_odds(
        {value: 1000 * n for value, n in HIGH.items()}, {value: 1000 * n for value, n in LOW.items()}
    )
    assert many.value == pytest.approx(proportional_odds(HIGH, LOW).value, rel=1e-6)
    assert many.ns == (51_000, 40_000)


ratings = st.dictionaries(st.integers(1, 7), st.integers(0, 40), max_size=7)


@settings(deadline=None, max_examples=40)
@given(ratings, ratings)
def test_any_answers_give_finite_figures_or_a_reason(counts_a, counts_b) -> None:
    found = proportional_odds(counts_a, counts_b)
    if not isinstance(found, NotEnough):
        assert np.isfinite([found.value, found.standard_error, found.p_value, *found.thresholds]).all()
        assert found.standard_error > 0


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (({}, {5: 3}), "the first arm has no answers"),
        (({5: 3}, {}), "the second arm has no answers"),
        (({5: 3}, {5: 4}), "alike"),
        (({6: 3, 7: 2}, {4: 3, 5: 9}), "no bound"),
        (({5: 3, 7: 2}, {4: 3, 5: 9}), "no bound"),
    ],
)
def test_answers_that_allow_no_shift_give_a_reason(counts, said) -> None:
    assert said in proportional_odds(*counts).reason


def test_answers_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UsageError, match="value 'seven'"):
        proportional_odds({"seven": 1}, {1: 1})
    with pytest.raises(UsageError, match="is no number"):
        proportional_odds_adjusted(["a", 1], [0, 1], {})
