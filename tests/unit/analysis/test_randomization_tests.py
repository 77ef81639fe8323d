"""Tests by the assignments that the design could have drawn."""

import json
from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import stats

from amends.analysis.randomization_tests import randomization_test
from amends.analysis.result import NotEnough
from amends.errors import UsageError

RNG = np.random.default_rng(4)
VALUES = RNG.integers(1, 8, 24).astype(float)
BLOCKS = np.repeat(np.arange(6), 4)
DEALT = np.tile([1, 1, 0, 0], 6)


def difference(values, first):
    return values[first].mean() - values[~first].mean()


def test_free_design_agrees_with_the_library() -> None:
    values, treated = VALUES[:14], np.arange(14) < 6
    theirs = stats.permutation_test(
        (values[treated], values[~treated]), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf
    )
    found = randomization_test(values, treated)
    assert found.assignments == comb(14, 6)
    assert found.p_doubled == pytest.approx(theirs.pvalue, rel=1e-9)


def test_blocks_are_drawn_within_themselves() -> None:
    seen = difference(VALUES[:8], DEALT[:8] == 1)
    choices = [c for c in product([0, 1], repeat=4) if sum(c) == 2]
    all_of_them = [
        difference(VALUES[:8], np.array([*one, *two]) == 1) for one, two in product(choices, choices)
    ]
    found = randomization_test(VALUES[:8], DEALT[:8], blocks=BLOCKS[:8])
    assert found.assignments == len(all_of_them) == 36
    assert found.p_value == pytest.approx(np.mean(np.abs(all_of_them) >= abs(seen) - 1e-12))
    assert found.p_less == pytest.approx(np.mean(np.array(all_of_them) <= seen + 1e-12))


def test_drawing_comes_near_to_counting_in_every_design() -> None:
    designs = [
        {"blocks": BLOCKS},
        {"clusters": np.repeat(np.arange(12), 2)},
        {"clusters": np.repeat(np.arange(12), 2), "blocks": BLOCKS},
        {},
    ]
    for design in designs:
        treated = np.repeat([1, 0] * 6, 2) if "clusters" in design else DEALT
        kept = slice(0, 20) if not design else slice(None)
        given = {name: labels[kept] for name, labels in design.items()}
        counted = randomization_test(VALUES[kept], treated[kept], **given)
        sampled = randomization_test(VALUES[kept], treated[kept], limit=1, seed=7, **given)
        assert counted.draws is None
        assert sampled.draws == 10_000
        assert sampled.p_value == pytest.approx(counted.p_value, abs=0.015)
        assert sampled.p_greater == pytest.approx(counted.p_greater, abs=0.015)


def test_p_is_never_zero() -> None:
    found = randomization_test([1] * 50 + [7] * 50, [1] * 50 + [0] * 50)
    assert (found.p_value, found.p_less) == (1 / 10_001, 1 / 10_001)
    assert found.p_greater == 1


def test_same_seed_draws_the_same() -> None:
    values, treated = RNG.normal(5, 1, 60), np.arange(60) % 2
    one, same, other = (randomization_test(values, treated, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.p_value != other.p_value
    assert one.seed == 1


def test_size_is_exact_over_all_assignments_of_a_blocked_design() -> None:
    values = RNG.normal(5, 1, 8)
    choices = [c for c in product([0, 1], repeat=4) if sum(c) == 2]
    p_values = [
        randomization_test(values, [*one, *two], blocks=BLOCKS[:8]).p_value
        for one, two in product(choices, choices)
    ]
    for level in (0.06, 0.2, 0.5):
        assert np.mean(np.array(p_values) <= level) <= level


def test_offset_and_scale_change_no_p_value() -> None:
    found = randomization_test(VALUES, DEALT, blocks=BLOCKS)
    moved = randomization_test(1e9 + VALUES / 128, DEALT, blocks=BLOCKS)
    assert moved.p_value == found.p_value


def test_clusters_are_drawn_whole() -> None:
    clusters = np.repeat(np.arange(6), 4)
    found = randomization_test(VALUES, np.repeat([1, 0, 1, 0, 1, 0], 4), clusters=clusters)
    assert found.assignments == comb(6, 3)
    assert found.name == "randomisation test, clusters free, all assignments"
    assert found.p_value >= 2 / 20


def test_unequal_blocks_and_one_sided_ones_can_be_drawn() -> None:
    blocks = np.repeat([0, 1, 2], [10, 20, 30])
    treated = np.concatenate([np.ones(10), np.arange(20) % 2, np.arange(30) % 3 == 0])
    found = randomization_test(RNG.normal(5, 1, 60), treated, blocks=blocks)
    assert found.assignments is None
    assert 0 < found.p_value <= 1
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_block_within_one_arm_adds_no_assignment() -> None:
    values, treated = [1.0, 3.0, 4.0, 6.0], [0, 1, 0, 1]
    alone = randomization_test(values, treated, blocks=["x"] * 4)
    beside = randomization_test([*values, 2.0, 5.0], [*treated, 0, 1], blocks=["x"] * 4 + ["none", "all"])
    assert (alone.assignments, beside.assignments) == (6, 6)


def test_design_without_another_assignment_gives_a_reason() -> None:
    assert "no other assignment" in randomization_test([1, 2, 3, 4], [1, 1, 0, 0], blocks="aabb").reason
    assert "alike" in randomization_test([5] * 4, [1, 1, 0, 0]).reason
    assert randomization_test([1, 2], [1, 1]) == NotEnough("the second arm has no units")
    assert isinstance(randomization_test([1, 2, 3], [1, 1, 0], clusters="aab"), NotEnough)


def test_designs_that_cannot_be_are_refused() -> None:
    with pytest.raises(UsageError, match="two blocks"):
        randomization_test([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 0, 0] * 2, clusters="aabbccdd", blocks="xyxxyyyy")
    with pytest.raises(UsageError, match="no clusters"):
        randomization_test([1, 2, 3, 4], [1, 1, 0, 0], statistic="clusters")
    with pytest.raises(UsageError, match="draws 100"):
        randomization_test([1, 2, 3, 4], [1, 1, 0, 0], draws=100)
    with pytest.raises(UsageError, match="blocks: 3 for 4 units"):
        randomization_test([1, 2, 3, 4], [1, 1, 0, 0], blocks="aab")


def test_ratings_of_a_hundred_thousand_units_are_drawn_by_their_counts() -> None:
    values = RNG.integers(1, 8, 100_000)
    found = randomization_test(values, np.arange(100_000) % 2)
    assert found.draws == 10_000
    theirs = stats.ttest_ind(values[1::2], values[::2]).pvalue
    assert found.p_value == pytest.approx(theirs, abs=0.02)
