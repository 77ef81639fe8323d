"""The hash specification: published vectors, allowed ids, exact shares."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from amends import bucket
from amends.assignment.hashing import BUCKETS, chooser, chooser_of_many, share_bound, thresholds
from amends.errors import UsageError

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "assignment.json").read_text())


def test_published_vectors_hold_for_every_route_to_an_arm():
    for case in VECTORS["cases"]:
        bounds = thresholds(case["weights"])
        assert list(bounds) == case["thresholds"]
        assert bucket(case["key"], "arm", case["id"]) == case["bucket"]
        assert chooser(case["key"], case["arms"], bounds)(case["id"]) == case["arm"]
        assert chooser_of_many(case["key"], case["arms"], bounds)([case["id"]]) == [case["arm"]]


def test_published_shares_hold():
    for case in VECTORS["shares"]:
        assert share_bound(case["share"]) == case["bound"]
        position = bucket(case["salt"], case["purpose"], case["id"])
        assert position == case["bucket"]
        assert (position < share_bound(case["share"])) is case["within"]


def test_vectors_cover_what_implementers_get_wrong():
    ids = {case["id"] for case in VECTORS["cases"]}
    assert {"Zoë", "Zoe\u0308"} <= ids, "composed and decomposed accents are two ids"
    assert any(ord(max(unit)) > 0xFFFF for unit in ids if unit), "emoji"
    assert any(len(unit) == 10_000 for unit in ids)
    assert any(len(case["arms"]) == 7 for case in VECTORS["cases"])
    for key in ("uneven", "seven"):
        cases = [case for case in VECTORS["cases"] if case["key"] == key]
        for bound in cases[0]["thresholds"][:-1]:
            near = sorted(case["bucket"] for case in cases if abs(case["bucket"] - bound) < BUCKETS / 20_000)
            assert near[0] < bound <= near[-1], (key, bound)


def test_a_whole_number_is_the_same_id_as_its_decimal_text():
    assert bucket("late_parcel", "arm", 102) == bucket("late_parcel", "arm", "102")
    choose = chooser("late_parcel", ["a", "b"], thresholds([1, 1]))
    assert choose(102) == choose("102")


def test_an_id_is_taken_as_given_without_trimming_folding_or_normalising():
    buckets = [bucket("k", "arm", unit) for unit in ("sari", "Sari", " sari", "Zoë", "Zoe\u0308")]
    assert len(set(buckets)) == 5


@pytest.mark.parametrize("bad", [True, 1.5, None, b"C-1", "", "a\0b", "\ud800", "x" * 10_001, ["C-1"]])
def test_an_id_that_is_no_id_is_refused_by_every_route(bad):
    bounds = thresholds([1, 1, 1])
    for route in (
        lambda unit: bucket("k", "arm", unit),
        chooser("k", ["a", "b", "c"], bounds),
        lambda unit: chooser_of_many("k", ["a", "b", "c"], bounds)([unit]),
    ):
        with pytest.raises(UsageError, match="unit id"):
            route(bad)


def test_an_unknown_purpose_is_refused():
    with pytest.raises(UsageError, match="purpose 'rollout' is unknown"):
        bucket("k", "rollout", "C-1")


def test_thresholds_are_exact_where_doubles_are_not():
    assert thresholds([0.1, 0.2, 0.7]) == (BUCKETS // 10, BUCKETS * 3 // 10, BUCKETS)
    assert thresholds(["1", "1", "1"])[0] == int(BUCKETS * Fraction(1, 3))


def test_comparing_digest_bytes_equals_comparing_the_integer():
    names = ["a", "b", "c", "d", "e"]
    bounds = thresholds([1, 2, 3, 4, 5])
    choose = chooser("k", names, bounds)
    for n in range(2000):
        position = int(hashlib.sha256(f"amends:1:k:arm:u{n}".encode()).hexdigest()[:13], 16)
        assert choose(f"u{n}") == next(
            name for name, bound in zip(names, bounds, strict=True) if position < bound
        )
