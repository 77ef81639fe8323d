"""What unmeasured confounding does to an indirect effect: algebra, and simulated data of known rho."""

import numpy as np
import pytest

from amends.analysis.mediation import mediation
from amends.analysis.mediation_sensitivity import mediation_sensitivity
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def simulated(seed, n, rho, *, a=0.5, b=0.4, direct=0.2):
    """Linear paths whose two error terms correlate by rho; the indirect effect is a times b."""
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    errors = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], n)
    m = a * arm + errors[:, 0]
    y = direct * arm + b * m + errors[:, 1]
    return y.tolist(), arm.tolist(), m.tolist()


def test_without_confounding_it_is_the_usual_indirect_effect():
    data = simulated(1, 300, 0.0)
    found = mediation_sensitivity(*data, correlations=[0.0], resamples=1000)
    plain = mediation(*data, resamples=1000)
    assert found.indirect[0].value == pytest.approx(plain.indirect.value)
    assert found.indirect[0].interval.low == pytest.approx(plain.indirect.interval.low)
    assert found.correlation_at_zero.value == pytest.approx(plain.correlation_at_zero)


@pytest.mark.parametrize("rho", [-0.5, 0.3, 0.6])
def test_at_the_true_correlation_the_true_effect_comes_out(rho):
    found = mediation_sensitivity(*simulated(2, 10_000, rho), correlations=[0.0, rho], resamples=1000)
    naive, corrected = found.indirect
    assert corrected.value == pytest.approx(0.2, abs=0.03)
    assert abs(naive.value - 0.2) > 0.1


def test_the_effect_is_zero_at_the_correlation_named_and_turns_its_sign_there():
    data = simulated(3, 400, 0.2)
    zero = mediation_sensitivity(*data, correlations=[0.0], resamples=1000).correlation_at_zero.value
    found = mediation_sensitivity(*data, correlations=[zero - 0.05, zero, zero + 0.05], resamples=1000)
    below, at, above = (effect.value for effect in found.indirect)
    assert at == pytest.approx(0, abs=1e-12)
    assert below > 0 > above
    assert found.compatible_with_zero[1] == pytest.approx(zero)


def test_supposing_a_confounder_is_taking_it_out_of_the_regression():
    # With the confounder measured, regression on it gives the effect that rho stands for.
    rng = np.random.default_rng(4)
    n = 20_000
    arm, hidden = np.arange(n) % 2, rng.normal(size=n)
    m = 0.5 * arm + 0.8 * hidden + rng.normal(size=n)
    y = 0.1 * arm + 0.3 * m + 0.6 * hidden + rng.normal(size=n)
    rho = 0.8 * 0.6 / np.sqrt((1 + 0.64) * (1 + 0.36))
    found = mediation_sensitivity(
        y.tolist(), arm.tolist(), m.tolist(), correlations=[float(rho)], resamples=1000
    )
    design = np.column_stack([np.ones(n), arm, m, hidden])
    with_it = np.linalg.lstsq(design, y, rcond=None)[0][2]
    a = m[arm == 1].mean() - m[arm == 0].mean()
    assert found.indirect[0].value == pytest.approx(a * with_it, abs=0.03)


def test_shares_are_rho_squared_and_the_same_of_the_whole_variance():
    y, arm, m = simulated(5, 500, 0.3)
    found = mediation_sensitivity(y, arm, m, correlations=[0.0], resamples=1000)
    rho = found.correlation_at_zero.value
    t = np.array(arm)
    of_m = 1 - np.corrcoef(m, t)[0, 1] ** 2
    fit = np.column_stack([np.ones(500), t, m])
    residual = np.array(y) - fit @ np.linalg.lstsq(fit, np.array(y), rcond=None)[0]
    of_y = residual.var() / np.var(y)
    assert found.unexplained_share == pytest.approx(rho**2)
    assert found.total_share == pytest.approx(rho**2 * of_m * of_y)


def test_the_interval_of_the_correlation_at_zero_covers_it():
    truth = (0.4 + 0.2) / np.sqrt(1 + 0.4**2 + 2 * 0.4 * 0.2)
    covered = sum(
        truth
        in mediation_sensitivity(
            *simulated(100 + seed, 150, 0.2), correlations=[0.0], resamples=1000
        ).correlation_at_zero.interval
        for seed in range(100)
    )
    assert covered / 100 > 0.88


def test_what_leaves_no_error_or_no_arm_gives_a_reason():
    y, arm, m = simulated(6, 20, 0.0)
    assert isinstance(mediation_sensitivity(y, [1] * 20, m), NotEnough)
    assert isinstance(mediation_sensitivity(y, arm, [1.0] * 20), NotEnough)
    assert isinstance(mediation_sensitivity(y, arm, [None, *m[1:]]), NotEnough)


@pytest.mark.parametrize("rho", [-1, 1, 2])
def test_a_correlation_that_cannot_be_is_refused(rho):
    with pytest.raises(UsageError, match="strictly between"):
        mediation_sensitivity(*simulated(7, 20, 0.0), correlations=[rho])
