"""Shares of the arms lie within binomial bounds, whatever the key, the weights and the kind of id."""

from collections import Counter
from math import sqrt

from hypothesis import given, settings
from hypothesis import strategies as st

from amends.assignment.blocks import SealedList, default_sizes, integer_weights
from amends.assignment.hashing import bucket, chooser, chooser_of_many, share_bound, thresholds

weights = st.lists(st.integers(1, 9), min_size=2, max_size=6)
keys = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
# Six standard deviations: a true 1-in-a-thousand-million event, so a failure is a fault.
SIGMAS = 6


@settings(max_examples=30, deadline=None)
@given(
    key=keys, weights=weights, prefix=st.text(max_size=5).filter(lambda t: "\0" not in t and t.isprintable())
)
def test_shares_of_arms_are_within_binomial_bounds(key, weights, prefix):
    names = [f"arm_{k}" for k in range(len(weights))]
    n = 4000
    counts = Counter(chooser_of_many(key, names, thresholds(weights))(f"{prefix}{i}" for i in range(n)))
    for name, weight in zip(names, weights, strict=True):
        share = weight / sum(weights)
        assert abs(counts[name] - n * share) <= SIGMAS * sqrt(n * share * (1 - share)) + 1


@settings(max_examples=30, deadline=None)
@given(key=keys, share=st.floats(0.01, 1))
def test_covered_share_is_within_binomial_bounds(key, share):
    n = 4000
    covered = sum(bucket(key, "coverage", i) < share_bound(share) for i in range(n))
    assert abs(covered - n * share) <= SIGMAS * sqrt(n * share * (1 - share)) + 1


@settings(max_examples=20, deadline=None)
@given(key=keys, seed=st.integers(0, 10**6))
def test_raising_coverage_never_drops_a_unit_and_never_changes_its_arm(key, seed):
    choose = chooser(key, ["a", "b"], thresholds([1, 1]))
    for unit in range(seed, seed + 200):
        position = bucket(key, "coverage", unit)
        assert not position < share_bound("0.1") or position < share_bound("0.5")
        assert choose(unit) == choose(str(unit))


@settings(max_examples=20, deadline=None)
@given(key=keys)
def test_arm_is_independent_of_coverage(key):
    choose = chooser(key, ["a", "b"], thresholds([1, 1]))
    covered = [unit for unit in range(4000) if bucket(key, "coverage", unit) < share_bound("0.5")]
    in_a = sum(choose(unit) == "a" for unit in covered)
    assert abs(in_a - len(covered) / 2) <= SIGMAS * sqrt(len(covered) / 4) + 1


@settings(max_examples=30, deadline=None)
@given(weights=weights, seed=st.integers(0, 2**64), stratum=st.text(max_size=8))
def test_sealed_lists_are_exact_after_every_block(weights, seed, stratum):
    names = [f"arm_{k}" for k in range(len(weights))]
    whole = integer_weights(weights)
    size = default_sizes(weights)[0]
    envelopes = SealedList(f"{seed:x}", stratum, names, weights, [size])
    dealt = Counter(envelopes.arm_at(position) for position in range(3 * size))
    assert dealt == {name: 6 * weight for name, weight in zip(names, whole, strict=True)}
