"""Hours by the customer's own clock: quiet ones before an arm is drawn, and by when an answer comes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Lab, delayed_by, everyone, silence, text, thank_you
from amends.errors import UsageError
from amends.lab.explaining import explain

LATE_EVENING = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)  # 21:30 in Jakarta, 22:30 in Makassar
CALL = {"delay": timedelta(hours=30), "first_name": "Sari"}


@pytest.fixture
def quiet(define):
    return define(eligible=delayed_by(hours=24, quiet_hours=(21, 8)))


def test_in_quiet_hours_nobody_is_drawn_and_the_usual_message_is_left_to_the_sender(open_lab, quiet, clock):
    lab = open_lab(quiet)
    clock.now = LATE_EVENING
    answer = lab.assign("late_parcel", "C-1", timezone="Asia/Jakarta", **CALL)
    assert (answer.status, answer.reason) == ("not_eligible", "quiet hours, 21:00 to 08:00")
    assert (answer.arm, answer.message) == (None, answer.notice)
    assert lab.turned_away("late_parcel") == [("not_eligible", "quiet hours, 21:00 to 08:00", 1)]
    assert lab.tally("late_parcel")["sorry"].assigned == 0


def test_the_same_moment_is_quiet_by_one_clock_and_not_by_another(open_lab, quiet, clock):
    lab = open_lab(quiet)
    clock.now = LATE_EVENING
    said = {
        zone: lab.assign("late_parcel", f"C-{zone}", timezone=zone, **CALL).status
        for zone in ("Asia/Makassar", "Europe/London", "America/Los_Angeles")
    }
    assert said == {
        "Asia/Makassar": "not_eligible",
        "Europe/London": "assigned",
        "America/Los_Angeles": "not_eligible",  # 06:30
    }


def test_whoever_was_turned_away_at_night_is_drawn_in_the_morning_and_keeps_the_arm_at_night(
    open_lab, quiet, clock
):
    lab = open_lab(quiet)
    clock.now = LATE_EVENING
    lab.assign("late_parcel", "C-1", timezone="Asia/Jakarta", **CALL)
    clock.pass_by(hours=10, minutes=30)  # 08:00
    morning = lab.assign("late_parcel", "C-1", timezone="Asia/Jakarta", **CALL)
    assert (morning.status, morning.arm) == ("assigned", quiet.arm_of("C-1"))
    clock.pass_by(hours=14)
    again = lab.assign("late_parcel", "C-1", timezone="Asia/Jakarta", **CALL)
    assert (again.status, again.arm, again.repeat) == ("assigned", morning.arm, True)


def test_a_call_without_a_zone_is_refused_where_hours_are_quiet(open_lab, quiet, define):
    with pytest.raises(UsageError, match="pass timezone=…"):
        open_lab(quiet).assign("late_parcel", "C-1", **CALL)


def test_the_rule_is_part_of_what_is_frozen_and_absent_where_it_is_not_declared(open_lab, quiet, define):
    assert quiet.to_dict()["eligible"]["quiet_hours"] == [21, 8]
    assert Experiment.from_dict(quiet.to_dict()) == quiet
    assert "quiet_hours" not in define().to_dict()["eligible"]


def test_explain_and_report_tell_the_rule_in_both_languages(open_lab, quiet):
    lab = open_lab(quiet)
    explained = explain(lab, "late_parcel", "C-1")
    assert "but not from 21:00 to 08:00 by the customer's clock" in explained.to_text(locale="en")
    assert "kecuali pukul 21.00 sampai 08.00 waktu pelanggan" in explained.to_text(locale="id")
    report = lab.analyze("late_parcel")
    assert "but nobody from 21:00 to 08:00 by their own clock" in report.to_markdown(locale="en")
    assert "kecuali pada pukul 21.00 sampai 08.00 waktu setempat" in report.to_markdown(locale="id")


PROMISE = text(en="We will answer {answer_by}.", id="Kami akan menjawab {answer_by}.")


@pytest.fixture
def answering():
    return Experiment(
        key="answer",
        eligible=everyone(),
        notice=PROMISE,
        arms=[thank_you(en="Thank you.", id="Terima kasih."), silence()],
    )


def notice(lab, **asked) -> str:
    return lab.assign("answer", "C-1", **asked).notice


def test_the_channels_target_says_by_when_the_answer_comes(open_lab, answering, clock):
    lab = open_lab(answering)
    assert notice(lab, channel="email") == "We will answer within 1 hour."
    assert notice(lab, channel="email", locale="id", timezone="Asia/Jakarta") == (
        "Kami akan menjawab hari ini sebelum pukul 20.00 WIB."
    )
    assert notice(lab, channel="Chat") == "We will answer within 30 seconds."
    assert notice(lab, channel="post", locale="id") == "Kami akan menjawab secepatnya."


def test_a_target_set_here_takes_the_defaults_place(open_lab, answering):
    lab = open_lab(answering)
    lab.set_response_targets({"email": timedelta(hours=26)})
    assert notice(lab, channel="email", timezone="UTC") == "We will answer tomorrow by 14:00."


def test_whoever_is_not_enrolled_is_told_too(open_lab, answering):
    lab = open_lab(answering, start=False)
    answer = lab.assign("answer", "C-1", channel="email")
    assert (answer.status, answer.message) == ("not_started", "We will answer within 1 hour.")


def test_while_the_database_is_away_no_time_is_promised(answering, settings):
    nowhere = replace(settings, database_url="postgresql://127.0.0.1:1/none", timeout=5)
    lab = Lab([answering], settings=nowhere)
    answer = lab.assign("answer", "C-2", channel="email")
    lab.close()
    assert (answer.status, answer.message) == ("error", "We will answer soon.")
