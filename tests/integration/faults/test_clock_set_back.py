"""The server's clock is set back while an experiment runs: nothing is refused, lost or counted twice."""

from __future__ import annotations

import pytest

from amends import Lab, Mean, Proportion
from amends.design.randomization import blocked, hashed

KEY = "late_parcel"


@pytest.mark.parametrize("randomize", [hashed(), blocked()], ids=["hashed", "blocked"])
@pytest.mark.parametrize("hours", [1, 48], ids=["to before the first message", "to before the start"])
def test_work_goes_on_after_the_clock_was_set_back_and_once_more_after_it_was_put_right(
    define, open_lab, settings, clock, late, randomize, hours
):
    definition = define(
        randomize=randomize,
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("complaint", source="outcome"),
        ],
    )
    lab = open_lab(definition)
    clock.pass_by(hours=12)
    ahead = lab.assign(KEY, "C-1", **late)
    lab.record_delivery(KEY, "C-1", "sent")
    lab.record_response(KEY, "C-1", finished=False)

    clock.pass_by(hours=-hours)
    behind = lab.assign(KEY, "C-2", **late)
    again = lab.assign(KEY, "C-1", **late)
    assert (behind.status, again.status, again.repeat) == ("assigned", "assigned", True)
    assert (again.arm, again.assignment_id) == (ahead.arm, ahead.assignment_id)
    assert lab.survey(ahead.survey_url.rpartition("/")[2]) is not None
    lab.record_delivery(KEY, "C-2", "sent")
    answered = lab.record_response(KEY, "C-1", satisfaction=6)
    kept = lab.store.find(KEY, unit=lab.pseudonym("C-1"))
    assert answered.finished_at >= kept.assigned_at, "no answer is stored as older than its message"
    lab.record_response(KEY, "C-2", satisfaction=5)
    lab.record_outcome(KEY, "C-2", "complaint", 1)

    # Another process, which never saw the later time.
    other = Lab([definition], settings=settings, clock=clock)
    assert other.assign(KEY, "C-3", **late).status == "assigned"
    other.close()

    clock.pass_by(hours=hours)
    assert lab.assign(KEY, "C-4", **late).status == "assigned"
    arms = lab.tally(KEY).arms
    assert [sum(getattr(arm, name) for arm in arms) for name in ("assigned", "sent", "completed")] == [
        4,
        2,
        2,
    ]
    assert lab.store.verify() == []
    report = lab.analyze(KEY)
    assert report.to_text(locale="en")
    lab.stop(KEY)
    assert lab.analyze(KEY).to_text(locale="id")
