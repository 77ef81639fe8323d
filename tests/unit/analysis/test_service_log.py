"""The log of delays: who is late, on whose clock, and what is not said for want of cases."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amends.analysis.result import NotEnough
from amends.analysis.service_events import DEFAULT_TARGETS, due_at, read_incidents
from amends.analysis.service_log import read_service_log
from amends.analysis.service_words import said

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)  # a Monday
NAMES = ("received_at", "promised_at", "answered_at", "closed_at", "channel", "agent", "mailbox", "timezone")


def ago(**spell) -> datetime:
    return NOW - timedelta(**spell)


def event(received_at=None, answered_at=None, **facts):
    return {"channel": "email", "received_at": received_at, "answered_at": answered_at, **facts}


def columns(*events):
    return {name: [given.get(name) for given in events] for name in NAMES}


def read(*events, **options):
    return read_service_log(columns(*events), as_of=NOW, set_here=options.pop("set_here", {}), **options)


def judged(*events):
    return read_incidents(columns(*events), as_of=NOW, targets=DEFAULT_TARGETS, timezone="UTC")


@pytest.mark.parametrize(
    ("given", "due", "late"),
    [
        (event(ago(hours=3), ago(hours=2)), True, False),  # at the very minute
        (event(ago(hours=3), ago(hours=1, minutes=59)), True, True),
        (event(ago(hours=3)), True, True),  # still waits
        (event(ago(minutes=30)), False, False),  # not due yet
        (event(ago(minutes=30), ago(minutes=20)), False, False),  # quick, but its time is not up either
        (event(ago(hours=3), promised_at=ago(hours=-1)), False, False),  # promised for later
        (event(ago(hours=3), ago(hours=2, minutes=30), promised_at=ago(hours=2, minutes=45)), True, True),
        (event(ago(hours=3), closed_at=ago(hours=2, minutes=30)), False, False),  # closed before it was due
        (event(ago(hours=3), closed_at=ago(hours=1)), True, True),
        (event(ago(hours=3), channel="fax"), False, False),  # no target
        (event(promised_at=ago(days=1), channel="parcel"), True, True),
        (event(promised_at=ago(days=1), answered_at=ago(days=2), channel="parcel"), True, False),
        (event(ago(hours=3), ago(hours=-1)), True, True),  # an answer of later is not known yet
    ],
)
def test_an_incident_is_late_when_it_was_due_and_not_answered_by_then(given, due, late):
    found = judged(given)
    assert (bool(found.judged[0]), bool(found.late[0])) == (due, late)


def test_one_incident_is_due_when_the_whole_log_says_so():
    rng = np.random.default_rng(8)
    events = [
        event(
            ago(hours=float(rng.uniform(0, 9))) if rng.random() < 0.8 else None,
            promised_at=ago(hours=float(rng.uniform(-5, 5))) if rng.random() < 0.5 else None,
            channel=["email", "chat", "fax"][rng.integers(3)],
        )
        for _ in range(200)
    ]
    events = [given for given in events if given["received_at"] or given["promised_at"]]
    due = judged(*events).due
    one_by_one = [due_at(given, DEFAULT_TARGETS) for given in events]
    assert [None if np.isnan(at) else at for at in due] == [
        None if at is None else pytest.approx(at.timestamp()) for at in one_by_one
    ]


def test_the_open_ones_are_not_dropped_from_the_median():
    answered = [event(ago(days=2), ago(days=2) + timedelta(minutes=10)) for _ in range(3)]
    waiting = [event(ago(days=2)) for _ in range(4)]
    alone, both = (read(*events)["email"].figures.median for events in (answered, answered + waiting))
    assert alone.seconds == 600
    assert (both.seconds, both.at_least) == (2 * 86400, True)


def test_share_late_has_wilsons_interval():
    events = [event(ago(days=1), ago(days=1) + timedelta(minutes=m)) for m in (10, 20, 90, 100, 300)]
    figures = read(*events)["email"].figures
    assert (figures.late, figures.judged, figures.share_late) == (3, 5, 0.6)
    assert figures.late_interval.low == pytest.approx(0.2307, abs=1e-4)  # Brown, Cai & DasGupta's formula
    assert figures.late_interval.high == pytest.approx(0.8824, abs=1e-4)


def test_weekend_and_hour_are_those_of_the_customers_clock():
    friday_night = datetime(2026, 3, 6, 20, 30, tzinfo=UTC)  # Saturday 03:30 in Jakarta, 05:30 in Jayapura
    log = read(event(friday_night, timezone="Asia/Jayapura"), event(friday_night), timezone="Asia/Jakarta")
    assert log["email", "weekend"].figures.n == 2
    assert (log.hours[5][3], log.hours[5][5]) == (1, 1)
    assert read(event(friday_night))["email", "weekday"].figures.n == 1


def test_a_changed_target_judges_the_whole_log_anew():
    events = [event(ago(hours=5), ago(hours=3))]
    assert read(*events)["email"].figures.late == 1
    assert read(*events, set_here={"email": 7200.0})["email"].figures.late == 0


@pytest.mark.parametrize(
    ("events", "silent"),
    [
        ([event(ago(days=8), mailbox="info")], True),
        ([event(ago(days=6), mailbox="info")], False),  # not for so long
        ([event(ago(days=8), mailbox="info"), event(ago(days=9), ago(days=2), mailbox="info")], False),
        ([event(ago(days=8), mailbox="info"), event(ago(days=30), ago(days=20), mailbox="info")], True),
        ([event(ago(days=30), ago(days=20), mailbox="info")], False),  # nothing waits: nothing to answer
    ],
)
def test_a_mailbox_is_silent_when_mail_waits_and_no_reply_went_out_in_7_days(events, silent):
    assert [box.mailbox for box in read(*events).silent_mailboxes] == (["info"] if silent else [])


def cases(agent, n, minutes=30):
    return [event(ago(days=3), ago(days=3) + timedelta(minutes=minutes), agent=agent) for _ in range(n)]


def test_nothing_is_said_of_an_agent_with_29_cases():
    log = read(*cases("bb", 30), *cases("aa", 29, minutes=500))
    assert [agent.agent for agent in log.agents] == ["bb"]
    assert log.agents_with_fewer == 1
    assert '"aa"' not in json.dumps(log.to_dict())
    assert "fewer than 30 cases" in log.to_text()


def test_agents_stand_in_no_order_of_merit_and_the_text_says_so():
    log = read(*cases("cc", 30, 10), *cases("aa", 40, 500), *cases("bb", 50, 200))
    assert [agent.agent for agent in log.agents] == ["aa", "bb", "cc"]
    assert "no order of merit" in log.to_text()
    assert "bukan peringkat" in log.to_text(locale="id")


def test_an_agent_whose_cases_are_not_due_has_no_share():
    later = [event(ago(minutes=5), ago(minutes=4), agent="aa") for _ in range(30)]
    figures = read(*later).agents[0].figures
    assert isinstance(figures.share_late, NotEnough)
    assert figures.median.seconds == 60


def test_what_contradicts_itself_is_left_out_and_said():
    log = read(
        event(ago(hours=2), ago(hours=3)),
        event(ago(hours=-2)),
        event(answered_at=ago(hours=1)),
        event(ago(hours=2)),
    )
    assert log.incidents == 1
    assert sum(log.left_out.values()) == 3
    assert "Left out: 1 (answered or closed before it was received)." in log.to_text()


def test_an_empty_log_says_how_to_fill_it():
    log = read()
    assert "amends events import" in log.to_text()
    assert "amends events import" in log.to_text(locale="id")
    assert log.to_frame().empty
    json.dumps(log.to_dict(), allow_nan=False)


def test_every_form_holds_the_same_figures():
    log = read(
        event(ago(days=8), mailbox="info"),
        event(ago(hours=5), ago(hours=3)),
        event(ago(hours=5), channel="chat"),
        event(promised_at=ago(days=1), channel="parcel"),
    )
    document = json.loads(json.dumps(log.to_dict(), allow_nan=False))
    frame = log.to_frame().set_index(["channel", "days"])
    for group in document["groups"]:
        assert frame.loc[(group["channel"], group["days"]), "n"] == group["n"]
    assert sum(map(sum, document["hours"])) == document["incidents"] == 4
    assert document["groups"][0]["waiting"] == 3
    for locale in ("en", "id"):
        text = log.to_text(locale=locale)
        assert "info" in text
        assert "nan" not in text.lower().split()
    assert [sentence["en"] for sentence in document["said"]] == [sentence.en for sentence in said(log)]


def test_an_unknown_group_names_those_there_are():
    with pytest.raises(KeyError, match="channels: all, email"):
        read(event(ago(hours=5)))["fax"]
