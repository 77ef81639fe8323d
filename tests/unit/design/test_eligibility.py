from datetime import datetime, timedelta

import pytest

from amends.design.eligibility import Eligibility, delayed_by, everyone
from amends.errors import DefinitionError


def test_everyone_needs_no_delay_and_takes_all():
    assert everyone().needs_delay is False
    assert everyone().judge(None) is None


def test_a_delay_at_the_limit_qualifies_and_one_below_says_why():
    rule = delayed_by(days=1, hours=6)
    assert rule.judge(timedelta(hours=30)) is None
    assert rule.judge(timedelta(hours=29, minutes=59)) == "delay below 30 h"
    assert delayed_by(minutes=30).judge(timedelta(minutes=5)) == "delay below 30 min"


def test_an_unknown_delay_does_not_qualify():
    assert delayed_by(hours=1).judge(None) == "delay unknown"


@pytest.mark.parametrize("spell", [{}, {"hours": 0}, {"hours": -1}, {"hours": "24"}])
def test_a_delay_that_is_not_positive_is_refused(spell):
    with pytest.raises(DefinitionError, match="is not a positive delay. Write delayed_by"):
        delayed_by(**spell)


def test_rules_are_read_back_from_json():
    for rule in (everyone(), delayed_by(hours=24)):
        assert Eligibility.from_dict(rule.to_dict()) == rule


@pytest.mark.parametrize("hours", [(21,), (21, 21), (21, 24), (-1, 8), (21.5, 8), "21-8", (True, 8), 21])
def test_quiet_hours_that_are_no_two_hours_are_refused(hours):
    with pytest.raises(DefinitionError, match=r"Write quiet_hours=\(21, 8\)"):
        everyone(quiet_hours=hours)


def test_quiet_hours_may_lie_within_a_day_or_over_midnight():
    noon, night = everyone(quiet_hours=(12, 14)), everyone(quiet_hours=(22, 6))
    day = [datetime(2026, 3, 2, hour, 59) for hour in range(24)]
    assert [moment.hour for moment in day if noon.quiet(moment)] == [12, 13]
    assert [moment.hour for moment in day if night.quiet(moment)] == [*range(6), 22, 23]
    assert not night.quiet(None)
