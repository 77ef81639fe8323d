"""Drawn sums of many units against the bootstrap that counts every unit."""

import numpy as np
import pytest

from amends.analysis import resampling
from amends.analysis.mediation import mediation
from amends.analysis.moderated_mediation import moderated_mediation
from amends.analysis.moment_draws import MANY


@pytest.fixture(scope="module")
def units():
    rng = np.random.default_rng(4)
    n = MANY
    arm = rng.random(n) < 0.5
    wait = rng.gamma(2, 8, n)
    esteem = 4 + 0.2 * arm + 0.01 * wait * arm + rng.normal(0, 1.2, n)
    liked = 2 + 0.5 * esteem + rng.gamma(2, 1, n)
    return liked, arm, esteem, wait


def test_indirect_effects_agree_with_counted_resamples_within_monte_carlo_error(units, monkeypatch):
    liked, arm, esteem, _ = units
    drawn = mediation(liked, arm, esteem, seed=1)
    monkeypatch.setattr(resampling, "MANY", 10**9)
    counted = mediation(liked, arm, esteem, seed=1)
    # An interval's end is .038 standard errors off by chance; four times that of their difference.
    within = 4 * 0.038 * 2**0.5 * counted.indirect.standard_error
    assert drawn.indirect.value == counted.indirect.value
    assert drawn.indirect.standard_error == pytest.approx(counted.indirect.standard_error, rel=0.05)
    assert drawn.indirect.interval.low == pytest.approx(counted.indirect.interval.low, abs=within)
    assert drawn.indirect.interval.high == pytest.approx(counted.indirect.interval.high, abs=within)
    assert drawn.direct.interval.low == pytest.approx(counted.direct.interval.low, abs=4 * within)


def test_a_skewed_moderator_agrees_too(units, monkeypatch):
    drawn = moderated_mediation(*units, seed=2).index
    monkeypatch.setattr(resampling, "MANY", 10**9)
    counted = moderated_mediation(*units, seed=2).index
    within = 4 * 0.038 * 2**0.5 * counted.standard_error
    assert drawn.interval.low == pytest.approx(counted.interval.low, abs=within)
    assert drawn.interval.high == pytest.approx(counted.interval.high, abs=within)


def test_columns_of_very_different_size_lose_nothing(units):
    liked, arm, esteem, _ = units
    plain, large = mediation(liked, arm, esteem), mediation(1e7 * liked, arm, 1e-6 * esteem)
    assert large.indirect.interval.low == pytest.approx(1e7 * plain.indirect.interval.low, rel=1e-6)


def test_the_seed_gives_the_same_draws(units):
    liked, arm, esteem, _ = units
    assert mediation(liked, arm, esteem, seed=7) == mediation(liked, arm, esteem, seed=7)
