"""The effect day by day: its last day is the report's own, and it hides what is masked."""

from datetime import timedelta

import pytest

from amends.analysis.result import NotEnough
from amends.design.randomization import Cluster
from amends.lab.over_time import effect_over_time, planned_end

KEY = "late_parcel"


def collect(lab, clock, late, *, days=4, each=40):
    for day in range(days):
        for n in range(each):
            unit = f"{day}-{n}"
            lab.assign(KEY, unit, **late)
            if n % 3:
                lab.record_response(KEY, unit, satisfaction=5)
        clock.pass_by(days=1)


def test_the_last_day_is_the_reports_effect_and_always_valid_interval(define, open_lab, clock, late):
    lab = open_lab(define(response_window=None))
    collect(lab, clock, late)
    found = effect_over_time(lab, KEY)
    report = lab.analyze(KEY)
    last = {(one.arm, one.versus): one for one in found}
    assert len(found) == 4 * 3
    for contrast in report.contrasts:
        if contrast.metric == "completed":
            one = last[contrast.arm, contrast.versus]
            assert one.n == sum(contrast.n)
            assert one.effect == pytest.approx(contrast.effect, abs=1e-12)
            assert (one.low, one.high) == pytest.approx(
                (contrast.always_valid["low"], contrast.always_valid["high"]), abs=1e-12
            )


def test_days_whose_window_is_open_are_left_out(define, open_lab, clock, late):
    lab = open_lab(define(response_window=timedelta(days=7)))
    collect(lab, clock, late)
    assert effect_over_time(lab, KEY) == ()


def test_masked_arms_are_letters(define, open_lab, clock, late):
    lab = open_lab(define(masked=True, response_window=None))
    collect(lab, clock, late, days=2)
    assert {(one.arm, one.versus) for one in effect_over_time(lab, KEY)} == {
        (item.arm, item.versus) for item in lab.analyze(KEY).contrasts
    }
    assert {one.arm for one in effect_over_time(lab, KEY)} <= {"A", "B", "C"}


def test_what_has_no_days_says_why(define, open_lab):
    drafted = open_lab(define(), start=False)
    assert isinstance(effect_over_time(drafted, KEY), NotEnough)
    clustered = open_lab(define("parties", cluster=Cluster("party")))
    assert effect_over_time(clustered, "parties").reason == "whole clusters were assigned"


def test_the_planned_end_follows_from_the_pace(define, open_lab, clock, late):
    lab = open_lab(define(sample=100))
    assert planned_end(lab, KEY) is None, "nobody was assigned yet"
    collect(lab, clock, late, days=2, each=50)
    # 100 of 300 in three days begun (the third has nobody yet): 200 more take six days.
    assert (planned_end(lab, KEY) - clock().date()).days == 6
    collect(lab, clock, late, days=1, each=300)
    assert planned_end(lab, KEY) is None, "the planned sample is assigned"
