"""Sharper differences by what was known before the message."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import glm, ols
from statsmodels.genmod.families import Binomial

from amends.analysis.adjustment import ancova, check_before, default_error, lin, lin_several
from amends.analysis.cuped import cuped
from amends.analysis.means import summarize, welch
from amends.analysis.result import NotEnough
from amends.analysis.risk_adjustment import adjusted_risk_difference
from amends.errors import UsageError


def drawn(seed, n=80, share=0.4):
    rng = np.random.default_rng(seed)
    x, treated = rng.normal(3, 1, n), rng.permutation(n) < share * n
    return 4 + 0.5 * treated + 0.8 * x + rng.normal(0, 1, n), treated, x


@pytest.mark.parametrize("seed", range(3))
def test_lin_is_the_library_regression_with_centred_covariate(seed) -> None:
    y, treated, x = drawn(seed)
    data = pd.DataFrame({"y": y, "t": treated.astype(float), "xc": x - x.mean()})
    theirs = ols("y ~ t * xc", data).fit(cov_type="HC2", use_t=True)
    found = lin(y, treated, {"x": x})
    assert (found.value, found.standard_error) == pytest.approx((theirs.params["t"], theirs.bse["t"]))
    assert found.p_value == pytest.approx(theirs.pvalues["t"], rel=1e-9)
    assert found.ns == (treated.sum(), (~treated).sum())


def test_lin_is_the_difference_of_the_arms_own_regressions_at_the_common_mean() -> None:
    y, treated, x = drawn(5)
    at = [np.polyval(np.polyfit(x[side], y[side], 1), x.mean()) for side in (treated, ~treated)]
    assert lin(y, treated, {"x": x}).value == pytest.approx(at[0] - at[1], rel=1e-9)


def test_several_arms_of_which_one_is_left_over_are_the_two_arm_regression() -> None:
    y, treated, x = drawn(6)
    names = np.where(treated, "thank_you", "silence")
    several = lin_several(y, names, {"x": x}, control="silence")
    assert several["thank_you"].value == pytest.approx(lin(y, treated, {"x": x}).value, rel=1e-9)
    assert several["thank_you"].arm == "thank_you"


def test_without_covariates_ancova_is_welch() -> None:
    y, treated, _ = drawn(7)
    found, test = ancova(y, treated, {}), welch(summarize(y[treated]), summarize(y[~treated]))
    assert (found.value, found.standard_error) == pytest.approx((test.difference, test.standard_error))


def test_cuped_takes_off_what_correlation_promises() -> None:
    y, treated, x = drawn(8, n=4000)
    found = cuped(y, treated, x)
    assert found.variance_ratio == pytest.approx(1 - np.corrcoef(x, y)[0, 1] ** 2, rel=1e-9)
    plain = welch(summarize(y[treated]), summarize(y[~treated]))
    assert found.test.standard_error < 0.85 * plain.standard_error
    shifted = cuped(y, treated, 10 * x + 7)
    assert shifted.test.difference == pytest.approx(found.test.difference, rel=1e-9)


def test_adjusted_intervals_cover_an_effect_of_zero() -> None:
    rng, missed = np.random.default_rng(9), {"lin": 0, "cuped": 0}
    for _ in range(400):
        x = rng.exponential(1, 60)
        y, treated = 2 + x + rng.normal(0, 1, 60), rng.permutation(60) < 20
        missed["lin"] += 0 not in lin(y, treated, {"x": x}, error="HC3").interval
        missed["cuped"] += 0 not in cuped(y, treated, x).test.interval
    assert max(missed.values()) / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


@pytest.mark.parametrize("seed", range(3))
def test_adjusted_risk_agrees_with_the_library_formula(seed) -> None:
    rng = np.random.default_rng(seed)
    x, treated = rng.normal(0, 1, 300), np.arange(300) % 2 == 0
    events = rng.random(300) < 1 / (1 + np.exp(-(0.4 + 0.5 * treated + 0.6 * x)))
    data = pd.DataFrame({"y": events.astype(float), "t": treated.astype(float), "x": x})
    theirs = glm("y ~ t + x", data, family=Binomial()).fit()
    rates = [theirs.predict(data.assign(t=arm)).mean() for arm in (1.0, 0.0)]
    found = adjusted_risk_difference(events, treated, {"x": x})
    assert found.rates == pytest.approx(rates, rel=1e-7)
    assert found.value == pytest.approx(rates[0] - rates[1], rel=1e-6)


def test_without_covariates_adjusted_risk_is_the_plain_difference() -> None:
    events, treated = [1] * 30 + [0] * 10 + [1] * 20 + [0] * 20, [1] * 40 + [0] * 40
    found = adjusted_risk_difference(events, treated, {})
    assert found.value == pytest.approx(0.25, rel=1e-9)
    assert found.standard_error == pytest.approx(np.sqrt(0.75 * 0.25 / 40 + 0.25 / 40), rel=1e-6)


def test_separated_events_give_a_reason() -> None:
    events, treated = [1] * 10 + [1] * 5 + [0] * 5, [1] * 10 + [0] * 10
    assert "for certain" in adjusted_risk_difference(events, treated, {}).reason
    assert "everybody of 4" in adjusted_risk_difference([1] * 4, [1, 1, 0, 0], {}).reason
    copied = {"x": [2.0] * 10 + [1.0] * 10}
    assert "told apart" in adjusted_risk_difference([1, 0] * 10, treated, copied).reason
    with pytest.raises(UsageError, match="events"):
        adjusted_risk_difference([1, 2, 0, 1], [1, 1, 0, 0], {})


@pytest.mark.parametrize("method", [lin, ancova])
def test_what_cannot_be_adjusted_gives_a_reason(method) -> None:
    y, treated, x = drawn(1, n=20)
    cases = {
        "is missing for 2 of 20 units": (y, treated, {"x": [None, float("nan"), *x[2:]]}),
        "is 1 for every unit": (y, treated, {"x": np.ones(20)}),
        "the second arm has no units": (y, np.ones(20), {"x": x}),
        "told apart": (y, treated, {"x": x, "twice": 2 * x}),
        "leaves no error": (np.full(20, 5.0), treated, {"x": x}),
        "for 3 coefficients": (y[:3], [1, 0, 1], {"x": x[:3]}),
    }
    if method is lin:
        cases["for 4 coefficients"] = cases.pop("for 3 coefficients")
    for said, given in cases.items():
        assert said in method(*given).reason


def test_arm_of_one_unit_leaves_no_error() -> None:
    found = ancova([3, 4, 5, 6, 9], [0, 0, 0, 0, 1], {})
    assert found == NotEnough("1 of 5 units determine a coefficient alone, which leaves no error")
    assert isinstance(cuped([3, 4, 5, 6, 9], [0, 0, 0, 0, 1], [1, 2, 3, 4, 5]), NotEnough)
    assert isinstance(cuped([5] * 4, [0, 0, 1, 1], [1, 2, 3, 4]), NotEnough)


def test_text_and_unknown_words_are_refused() -> None:
    y, treated, x = drawn(2, n=20)
    with pytest.raises(UsageError, match="covariate 'x': 'north' is no number"):
        lin(y, treated, {"x": ["north", *x[1:]]})
    with pytest.raises(UsageError, match="error 'HC9' is not known"):
        lin(y, treated, {"x": x}, error="HC9")
    with pytest.raises(UsageError, match="control 'hush'"):
        lin_several(y, ["silence"] * 20, {"x": x}, control="hush")


def test_covariate_measured_after_the_message_is_refused() -> None:
    day = [datetime(2026, 3, d, tzinfo=UTC) for d in (1, 2, 3)]
    check_before("stars", day[:2], day[1:])
    with pytest.raises(UsageError, match="covariate 'stars' was measured at 2026-03-02.* \\(1 units\\)"):
        check_before("stars", [day[0], day[1]], [day[1], day[1]])


def test_error_is_wider_for_few_units() -> None:
    y, treated, x = drawn(3, n=40)
    assert lin(y, treated, {"x": x}).name == "Lin (HC3)"
    errors = [lin(y, treated, {"x": x}, error=kind).standard_error for kind in ("HC0", "HC2", "HC3")]
    assert errors == sorted(errors)
    assert default_error(51) == "HC2"


def test_amounts_far_from_zero_give_the_difference_of_the_same_amounts_near_it() -> None:
    rng = np.random.default_rng(39)
    wait, treated = rng.normal(size=1_500).round(2), rng.integers(0, 2, 1_500)
    near = np.round(64 * (wait + rng.normal(size=1_500) + 0.1 * treated)) / 64  # exact, wherever they stand
    far = near + 2.0**20
    one, other = (lin(values, treated, {"wait": wait}) for values in (near, far))
    assert other.value == pytest.approx(one.value, rel=1e-12)
    assert other.standard_error == pytest.approx(one.standard_error, rel=1e-12)
