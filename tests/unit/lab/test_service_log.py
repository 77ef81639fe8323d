"""Telling the log by Python: checked at the door, kept as pseudonyms, and joined to the sender's own rows."""

from datetime import UTC, datetime, timedelta

import pytest

import amends
from amends.errors import UsageError
from tests.conftest import NOON


def ago(**spell):
    return NOON - timedelta(**spell)


@pytest.fixture
def lab(open_lab, define):
    return open_lab(define())


def test_an_incident_is_told_twice_and_read_once(lab):
    assert lab.record_event("T-1", channel="Email", received_at=ago(hours=3), customer="C-1")
    assert not lab.record_event("T-1", answered_at=ago(hours=2, minutes=30), agent=7)
    figures = lab.service_log()["email"].figures
    assert (figures.n, figures.answered, figures.median.seconds) == (1, 1, 1800)


def test_no_id_reaches_the_database(lab, settings):
    lab.record_event("incident-4711", customer="customer-4712", agent="agent-4713", received_at=ago(hours=3))
    lab.store.close()
    folder = settings.experiments.parent
    written = b"".join(path.read_bytes() for path in folder.glob("amends.db*"))
    assert lab.store.pseudonym("incident-4711").encode() in written
    assert b"-471" not in written


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "has no time"),
        ({"channel": "email"}, "has no time"),
        ({"received_at": datetime(2026, 3, 2)}, "a time with its zone is needed"),
        ({"received_at": "2026-03-02T09:00:00Z"}, "a time with its zone is needed"),
        ({"received_at": ago(hours=1), "answered_at": ago(hours=2)}, "is before received_at"),
        ({"received_at": ago(hours=1), "closed_at": ago(hours=2)}, "is before received_at"),
        ({"answered_at": NOON, "arrived_at": NOON}, "pass one of them"),
        ({"received_at": NOON, "timezone": "Jakarta"}, "pass an IANA name"),
        ({"received_at": NOON, "customer": ""}, "customer"),
        ({"received_at": NOON, "agent": True}, "agent"),
        ({"received_at": NOON, "channel": "e\0mail"}, "control character"),
        ({"received_at": NOON, "mailbox": "m" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_an_event_is_refused(lab, told, said):
    with pytest.raises(UsageError, match=said):
        lab.record_event("T-1", **told)
    assert lab.service_log().incidents == 0


def test_a_misspelt_fact_is_told_the_nearest_name(lab):
    from amends.lab.service_log import record_events

    with pytest.raises(UsageError, match="row 2: recieved_at=.*Did you mean 'received_at'"):
        record_events(
            lab, [{"incident": "T-1", "received_at": NOON}, {"incident": "T-2", "recieved_at": NOON}]
        )
    assert lab.service_log().incidents == 0


def test_who_is_late_now_comes_back_ready_for_assigning(lab, clock):
    lab.record_event("P-1", channel="parcel", promised_at=ago(hours=30))
    lab.record_event("P-2", channel="parcel", promised_at=ago(hours=30), arrived_at=ago(hours=1))
    lab.record_event("P-3", channel="parcel", promised_at=ago(hours=-2))
    lab.record_event("P-4", channel="parcel", promised_at=ago(hours=3))
    lab.record_event("T-5", channel="email", received_at=ago(hours=40), closed_at=ago(hours=1))
    rows = [{"unit_id": f"C-{n}", "incident": f"P-{n}", "first_name": "Sari"} for n in (1, 2, 3, 4, 9)]

    late = list(lab.late_now(rows, by=timedelta(hours=24)))
    assert [(row["unit_id"], row["promised_at"]) for row in late] == [("C-1", ago(hours=30))]
    assert [row["unit_id"] for row in lab.late_now(rows)] == ["C-1", "C-4"]
    assert list(lab.late_now(rows, channel="email")) == []
    assert [row["unit_id"] for row in lab.late_now(["P-1", "P-2"])] == ["P-1"]

    answers = list(lab.assign_many("late_parcel", lab.late_now(rows)))
    assert [answer.status for answer in answers] == ["assigned", "not_eligible"]
    assert answers[1].reason == "delay below 24 h"


def test_the_delay_of_one_incident_grows_until_it_is_answered(lab, clock):
    lab.record_event("T-1", channel="email", received_at=NOON)
    assert lab.delay_of("T-1") is None  # an hour is the target
    clock.pass_by(hours=5)
    assert lab.delay_of("T-1") == timedelta(hours=4)
    lab.set_response_targets({"email": timedelta(hours=2)})
    assert lab.delay_of("T-1") == timedelta(hours=3)
    lab.record_event("T-1", answered_at=clock.now)
    assert lab.delay_of("T-1") is None
    assert lab.delay_of("never told") is None


def test_a_row_without_its_incident_is_named(lab):
    with pytest.raises(UsageError, match="row 2: no incident among"):
        list(lab.late_now([{"incident": "P-1"}, {"unit_id": "C-2"}]))


@pytest.mark.parametrize("target", [timedelta(0), timedelta(days=400), 3600])
def test_a_target_that_is_no_length_of_time_is_refused(lab, target):
    with pytest.raises(UsageError, match="a timedelta of more than nothing"):
        lab.set_response_targets({"email": target})


def test_targets_stand_beside_published_averages_with_their_source(lab):
    lab.set_response_targets({"WhatsApp": timedelta(minutes=10)})
    found = {target.channel: target for target in lab.response_targets()}
    assert found["whatsapp"].seconds == 600
    assert [time.seconds / 3600 for time in found["email"].published] == [36, 12, 17]
    assert all(time.source.en and time.source.id for target in found.values() for time in target.published)
    assert "70% of the rest never replied" in lab.service_log().published[0].en


def test_the_verbs_of_the_public_door_are_those_of_the_process_wide_lab(lab):
    amends.configure(lab)
    try:
        amends.record_event("P-1", promised_at=ago(hours=30))
        assert [row["unit_id"] for row in amends.late_now(["P-1"])] == ["P-1"]
    finally:
        amends.configure(None)


def test_agents_are_named_only_by_who_brings_their_ids(lab):
    for n in range(30):
        lab.record_event(f"T-{n}", received_at=ago(hours=9), answered_at=ago(hours=8), agent="anna")
    assert lab.service_log().agents[0].name is None
    assert "anna" not in lab.service_log().to_text()
    assert "anna" in lab.service_log(agents=["anna", "budi"]).to_text()


def test_the_log_is_read_as_it_stood(lab):
    lab.record_event("T-1", channel="email", received_at=ago(hours=9), answered_at=ago(hours=1))
    assert lab.service_log(at=ago(hours=4))["email"].figures.waiting == 1
    assert lab.service_log()["email"].figures.waiting == 0
    assert lab.service_log(at=datetime(2026, 1, 1, tzinfo=UTC)).incidents == 0


def test_the_late_of_the_last_four_weeks_are_counted_by_day(lab):
    from amends.lab.service_log import late_per_day

    assert late_per_day(lab) is None, "an empty log says nothing, not zero"
    for day in (1, 2, 3, 40):  # e-mail's target is an hour
        lab.record_event(f"late {day}", channel="email", received_at=ago(days=day))
    lab.record_event("in time", channel="email", received_at=ago(days=2), answered_at=ago(days=2))
    assert late_per_day(lab) == pytest.approx(3 / 28)
