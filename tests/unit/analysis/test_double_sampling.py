"""Reminders to a random share of the silent: estimate and variance against every possible sample."""

from itertools import product
from math import comb, factorial, prod, sqrt

import numpy as np
import pytest

from amends.analysis.double_sampling import Reminded, double_sample, double_sample_difference
from amends.analysis.means import Summary, welch
from amends.analysis.result import NotEnough
from amends.errors import UsageError

SCALE = (1, 7)
KINDS = {("early", 7): 0.35, ("early", 2): 0.2, ("silent", 4): 0.3, ("silent", 1): 0.15}
"""A made-up population: whether a unit answers at once, and its answer."""


def reminded_of(silent):
    """The rule of the design: half of the silent, at least two where there are two."""
    return max(min(2, silent), (silent + 1) // 2)


def every_sample(n):
    """Every draw of n units and every choice of whom to remind, with its probability."""
    for counts in product(range(n + 1), repeat=4):
        if sum(counts) != n:
            continue
        ways = factorial(n) // prod(factorial(count) for count in counts)
        chance = ways * prod(share**count for share, count in zip(KINDS.values(), counts, strict=True))
        high, low, four, one = counts
        silent = four + one
        drawn = reminded_of(silent)
        for fours in range(max(0, drawn - one), min(four, drawn) + 1):
            picked = comb(four, fours) * comb(one, drawn - fours) / comb(silent, drawn)
            late = {4: fours, 1: drawn - fours}
            yield Reminded(n, {7: high, 2: low}, drawn, late), chance * picked


def test_estimate_and_variance_are_without_bias_over_every_possible_sample():
    truth = sum(value * share for (_, value), share in KINDS.items())
    mean = square = estimated = total = 0.0
    for arm, chance in every_sample(6):
        found = double_sample(arm, scale=SCALE)
        if isinstance(found, NotEnough):
            # All answers alike: the mean is that answer and its variance is estimated as 0.
            value, error = next(v for v, n in {**arm.early, **arm.late}.items() if n), 0.0
        else:
            value, error = found.value, found.standard_error
        total += chance
        mean += chance * value
        square += chance * value**2
        estimated += chance * error**2
    assert total == pytest.approx(1)
    assert mean == pytest.approx(truth)
    assert estimated == pytest.approx(square - mean**2)


def test_without_silence_it_is_the_plain_mean():
    found = double_sample(Reminded(50, {7: 30, 5: 20}, 0, {}), scale=SCALE)
    plain = Summary.from_counts({7: 30, 5: 20})
    assert (found.value, found.low, found.high) == pytest.approx((plain.mean,) * 3)
    assert found.standard_error == pytest.approx(plain.sd / sqrt(50))
    assert isinstance(found.answered_reminder, NotEnough)
    assert found.unknown == 0


def test_reminding_everybody_who_then_answers_is_the_plain_mean_too():
    found = double_sample(Reminded(50, {7: 30}, 20, {5: 12, 3: 8}), scale=SCALE)
    plain = Summary.from_counts({7: 30, 5: 12, 3: 8})
    assert found.value == pytest.approx(plain.mean)
    assert found.standard_error == pytest.approx(plain.sd / sqrt(50))


def test_late_answers_are_not_treated_as_on_time():
    found = double_sample(Reminded(100, {7: 50}, 10, {1: 5, 3: 5}), scale=SCALE)
    assert found.value == pytest.approx(0.5 * 7 + 0.5 * 2)
    assert Summary.from_counts({7: 50, 1: 5, 3: 5}).mean > 6


def test_bounds_put_whoever_stayed_silent_at_the_ends_of_the_scale():
    found = double_sample(Reminded(100, {7: 30, 5: 20}, 20, {5: 8, 3: 8}), scale=SCALE)
    assert found.answered_reminder == 0.8
    assert found.unknown == pytest.approx(0.1)
    assert found.high - found.low == pytest.approx(0.1 * 6)
    assert found.low < found.value < found.high


def test_the_difference_is_welchs_where_nobody_was_silent():
    a, b = {7: 30, 5: 20}, {7: 20, 4: 20}
    found = double_sample_difference(Reminded(50, a, 0, {}), Reminded(40, b, 0, {}), scale=SCALE)
    plain = welch(Summary.from_counts(a), Summary.from_counts(b))
    assert found.value == pytest.approx(plain.difference)
    assert found.standard_error == pytest.approx(plain.standard_error)
    assert (found.low, found.high) == pytest.approx((plain.difference,) * 2)
    assert found.region.low == pytest.approx(found.interval.low)


def test_swapping_the_arms_changes_the_sign():
    a, b = Reminded(90, {7: 30, 5: 20}, 20, {5: 8, 3: 8}), Reminded(80, {6: 40}, 25, {4: 10, 2: 5})
    there, back = (double_sample_difference(*pair, scale=SCALE) for pair in ((a, b), (b, a)))
    assert back.value == pytest.approx(-there.value)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p_value == pytest.approx(there.p_value)


def test_the_interval_covers_as_often_as_it_says():
    rng, covered = np.random.default_rng(3), 0
    truth = sum(value * share for (_, value), share in KINDS.items())
    for _ in range(1500):
        high, low, four, one = rng.multinomial(120, list(KINDS.values()))
        drawn = (four + one) // 3
        fours = rng.hypergeometric(four, one, drawn)
        arm = Reminded(120, {7: int(high), 2: int(low)}, int(drawn), {4: int(fours), 1: int(drawn - fours)})
        covered += truth in double_sample(arm, scale=SCALE).interval
    assert 0.93 <= covered / 1500 <= 0.967


def test_what_cannot_be_estimated_gives_a_reason():
    def reason(*arm):
        return double_sample(Reminded(*arm), scale=SCALE).reason

    assert "no units" in reason(0, {}, 0, {})
    assert "1 unit" in reason(1, {5: 1}, 0, {})
    assert "none was reminded" in reason(10, {5: 4}, 0, {})
    assert "none of 3" in reason(10, {5: 4}, 3, {})
    assert "2 needed" in reason(10, {5: 4}, 3, {2: 1})
    assert "alike" in reason(10, {5: 10}, 0, {})
    pair = Reminded(10, {5: 4}, 0, {}), Reminded(10, {5: 5, 6: 5}, 0, {})
    assert "the first arm" in double_sample_difference(*pair, scale=SCALE).reason


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        ((10, {5: 11}, 0, {}), "cannot outnumber"),
        ((10, {5: 5}, 6, {}), "of 5 silent"),
        ((10, {5: 5}, 2, {5: 3}), "late answers come from the reminded"),
        ((10, {"good": 5}, 2, {}), "finite number"),
        ((-1, {}, 0, {}), "never negative"),
    ],
)
def test_counts_that_cannot_be_are_refused(arm, said):
    with pytest.raises(UsageError, match=said):
        Reminded(*arm)


def test_answers_off_the_scale_are_refused():
    with pytest.raises(UsageError, match="off the scale"):
        double_sample(Reminded(10, {9: 10}, 0, {}), scale=SCALE)
    with pytest.raises(UsageError, match="lowest answer comes first"):
        double_sample(Reminded(10, {5: 10}, 0, {}), scale=(7, 1))
