"""Who takes part, at the very edges: a bound belongs to the share above it, and a cluster is drawn whole."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Cluster, Holdout, Layer
from amends.assignment.hashing import BUCKETS, bucket, share_bound
from amends.lab.calling import Call
from amends.lab.deciding import delay_band, turned_away

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def called(unit_id, cluster=None):
    return Call(
        unit_id=unit_id,
        cluster=cluster,
        at=NOON,
        locale="en",
        slots={},
        delay=timedelta(hours=30),
        channel="",
    )


def judged(experiment, unit_id, *, coverage="1"):
    answer = turned_away(experiment, called(unit_id), coverage=coverage, opted_out=False)
    return None if answer is None else answer.status


def on_a_bound(salt, purpose):
    """An id whose bucket is exactly the bound of a share, and that share."""
    for unit_id in map(str, range(1000)):
        position = bucket(salt, purpose, unit_id)
        if share_bound(position / BUCKETS) == position:
            return unit_id, position / BUCKETS
    raise AssertionError("no id has a bucket that a share can name")


def test_coverage_takes_in_what_lies_below_its_bound_and_not_the_bound_itself(define):
    position = bucket("late_parcel", "coverage", "C-1")
    assert judged(define(), "C-1", coverage=f"{position}/{BUCKETS}") == "not_covered"
    assert judged(define(), "C-1", coverage=f"{position + 1}/{BUCKETS}") is None


def test_the_bound_between_two_layers_belongs_to_the_upper_one_alone(define):
    unit_id, share = on_a_bound("delays", "layer")
    assert judged(define(layer=Layer("delays", 0, share)), unit_id) == "not_covered"
    assert judged(define(layer=Layer("delays", share, 1)), unit_id) is None


def test_a_holdout_keeps_out_what_lies_below_its_bound_and_not_the_bound_itself(define):
    unit_id, share = on_a_bound("untouched", "holdout")
    assert judged(define(holdout=Holdout("untouched", share)), unit_id) is None
    assert judged(define(holdout=Holdout("untouched", share + 2**-50)), unit_id) == "holdout"


@pytest.mark.parametrize(
    ("parts", "coverage"),
    [
        ({"holdout": Holdout("untouched", 0.5)}, "1"),
        ({"layer": Layer("delays", 0.0, 0.5)}, "1"),
        ({}, "0.5"),
    ],
    ids=["holdout", "layer", "coverage"],
)
def test_a_cluster_takes_part_whole_or_not_at_all(define, parts, coverage):
    experiment = define(cluster=Cluster("household", size=8, icc=0.1), **parts)
    seen = set()
    for household in map(str, range(12)):
        answers = {
            turned_away(experiment, called(str(n), household), coverage=coverage, opted_out=False) is None
            for n in range(8)
        }
        assert len(answers) == 1
        seen |= answers
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("hours", "band"),
    [
        (0, "under 1 h"),
        (1, "1-24 h"),
        (24, "24-48 h"),
        (48, "48-72 h"),
        (72, "3-7 days"),
        (168, "over 7 days"),
    ],
)
def test_a_delay_that_reaches_a_bound_is_in_the_band_above(hours, band):
    assert delay_band(timedelta(hours=hours)) == band
