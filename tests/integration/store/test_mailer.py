"""The mailer on both databases: put off, held back, cut off, reminded, and as quick as it may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amends import Experiment, Lab, Reminder, everyone, silence, sorry, text, thank_you
from amends.assignment.reminding import needs_reminder
from amends.design.wording import Wording
from amends.mailing.letter import Letterhead, read_mailbox
from amends.mailing.mailer import Run, send
from amends.mailing.plan import plan, plan_reminders
from amends.mailing.post import Post
from amends.mailing.recipients import INVITED, REMINDED, read_recipients
from amends.mailing.server import read_server
from amends.mailing.tasks import Desk
from amends.store import Store
from tests.integration import mail_server
from tests.integration.store.conftest import SECRET

FROM = "Parcel desk <desk@example.com>"
SUBJECTS = {"message": text("Late"), "invitation": Wording(INVITED), "reminder": Wording(REMINDED)}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Time:
    """Seconds that go on only while somebody sleeps, and the wall clock beside them."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.start = NOON

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)


@pytest.fixture
def server() -> Iterator[mail_server.Post]:
    with mail_server.serving() as made:
        yield made


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def lab(url: str, settings, passing: Time) -> Iterator[Lab]:
    late = Experiment(
        key="late",
        eligible=everyone(quiet_hours=(21, 8)),
        notice="{greeting} {first_name}, your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
        response_window=timedelta(days=1),
        reminder=Reminder(share=0.5, within=timedelta(days=7)),
    )
    store = Store.open(url, secret=SECRET, clock=passing.now)
    made = Lab([late], store=store, settings=replace(settings, secret=SECRET), clock=passing.now)
    made.start("late")
    yield made
    made.close()


class Mailing:
    """A run of the mailer over a list, in a time of its own."""

    def __init__(self, lab: Lab, server: mail_server.Post, passing: Time, folder: Path) -> None:
        self.lab, self.server, self.passing, self.folder = lab, server, passing, folder

    def listed(self, n: int, *, timezone: str = "Europe/London"):
        rows = [f"C-{i},c{i}@example.com,Sari,{timezone}" for i in range(n)]
        path = self.folder / "customers.csv"
        path.write_text("\n".join(["unit_id,email,first_name,timezone", *rows]) + "\n", encoding="utf-8")
        return read_recipients(self.lab, "late", path, subjects=SUBJECTS, shared={}).people

    def desk(self) -> Desk:
        return Desk(self.lab, "late", domain="example.com")

    def run(self, people, *, reminders: bool = False, per_minute: float = 1e6, attempts: int = 4) -> Run:
        head = Letterhead(read_mailbox("--from", FROM))
        post = Post(
            read_server(self.server.url),
            head,
            per_minute=per_minute,
            attempts=attempts,
            clock=self.passing.monotonic,
            sleep=self.passing.sleep,
        )
        desk = self.desk()
        return send(desk, post, (desk.reminders if reminders else desk.messages)(people))

    def sums(self) -> dict[str, int]:
        assert self.lab.store.verify() == []
        cells = self.lab.store.cells("late")
        return {name: sum(cell[name] for cell in cells) for name in ("sent", "failed", "withheld")}


@pytest.fixture
def mailing(lab: Lab, server: mail_server.Post, passing: Time, tmp_path: Path) -> Mailing:
    return Mailing(lab, server, passing, tmp_path)


def test_what_is_put_off_waits_longer_each_time_while_the_others_go_on(mailing, server, passing):
    people = mailing.listed(4)
    server.at_rcpt["c0@example.com"] = ["451 4.7.1 later"] * 3
    run = mailing.run(people)
    assert run.counts == Counter({("message", "sent"): 4, ("invitation", "sent"): 4})
    assert [to for to, _ in server.accepted][-2:] == ["c0@example.com", "c0@example.com"]
    assert passing.seconds == pytest.approx(2 + 8 + 32, abs=0.1)
    assert server.most() == 1
    assert mailing.sums()["sent"] == 4


def test_what_stays_put_off_is_left_for_the_next_run_and_is_no_failure(mailing, server):
    people = mailing.listed(2)
    server.at_rcpt["c0@example.com"] = ["451 4.7.1 later"] * 5
    run = mailing.run(people)
    assert run.counts == Counter(
        {("message", "sent"): 1, ("invitation", "sent"): 1, ("message", "put off"): 1}
    )
    assert mailing.sums() == {"sent": 1, "failed": 0, "withheld": 0}
    assert mailing.run(people).counts["message", "sent"] == 1
    assert server.most() == 1


def test_a_rate_is_kept_over_the_whole_run(mailing, server, passing):
    mailing.run(mailing.listed(6), per_minute=30)
    assert len(server.accepted) == 12
    assert passing.seconds == pytest.approx(11 * 2.0)


def test_a_connection_that_closes_before_the_end_is_opened_again(mailing, server):
    people = mailing.listed(3)
    server.at_rcpt["c1@example.com"] = ["421 4.3.2 closing"]
    run = mailing.run(people)
    assert run.stopped is None
    assert run.counts == Counter({("message", "sent"): 3, ("invitation", "sent"): 3})
    assert server.most() == 1


def test_connections_closed_in_a_row_end_the_run_and_nobody_is_lost(mailing, server):
    people = mailing.listed(6)
    for i in range(6):
        server.at_rcpt[f"c{i}@example.com"] = ["421 4.3.2 closing"] * 2
    run = mailing.run(people)
    assert "closed 4 connections in a row" in (run.stopped or "")
    for _ in range(3):
        run = mailing.run(people)
    assert run.stopped is None
    assert len(server.accepted) == 12
    assert server.most() == 1
    assert mailing.sums() == {"sent": 6, "failed": 0, "withheld": 0}


def test_a_run_into_the_night_leaves_the_rest_for_the_morning(mailing, server, passing):
    people = mailing.listed(20)
    passing.start = NOON + timedelta(hours=8, minutes=52)  # 20:52 in London
    run = mailing.run(people, per_minute=2)
    assert passing.now().astimezone(UTC).hour == 21
    sent, quiet = run.counts["message", "sent"], run.counts["message", "quiet hours"]
    assert sent + quiet == 20
    assert sent == 8, "two letters a minute, two letters a person, until 21:00"
    assert sum(arm.assigned for arm in mailing.lab.tally("late").arms) <= sent + 1
    assert {letter["Date"].datetime.hour for _, letter in server.accepted} == {20}
    passing.start += timedelta(hours=12)
    morning = mailing.run(people)
    assert morning.counts["message", "sent"] == quiet
    assert server.most() == 1
    assert len(server.accepted) == 40
    assert {letter.get_content()[:12] for _, letter in server.accepted if letter["Subject"] == "Late"} == {
        "Good evening",
        "Good morning",
    }


def test_reminders_go_to_those_drawn_among_the_silent_once_and_say_nothing_of_the_arm(
    mailing, server, passing, lab
):
    people = mailing.listed(14)
    mailing.run(people)
    lab.record_response("late", "C-0", satisfaction=6)
    drawn = {
        person.address
        for person in people[1:]
        if needs_reminder("late", lab.store.pseudonym(person.call.unit_id), 0.5)
    }
    assert mailing.run(people, reminders=True).counts == Counter()
    passing.start += timedelta(days=2)
    lab.store.opt_out(lab.store.pseudonym("C-2"))
    left_alone = {"c2@example.com"} & drawn
    assert plan_reminders(mailing.desk(), people) == Counter({("reminder", "due"): len(drawn)})
    server.accepted.clear()
    run = mailing.run(people, reminders=True)
    assert run.counts["reminder", "sent"] == len(drawn - left_alone)
    assert run.counts["reminder", "opted out"] == len(left_alone)
    assert {to for to, _ in server.accepted} == drawn - left_alone
    assert {letter["Subject"] for _, letter in server.accepted} == {"Reminder: a short survey"}
    links = [letter.get_content().split()[-1] for _, letter in server.accepted]
    assert len(set(links)) == len(links)
    assert all(lab.survey(link.rpartition("/")[2]).state == "open" for link in links)
    server.accepted.clear()
    again = mailing.run(people, reminders=True)
    assert again.counts["reminder", "sent before"] == len(drawn - left_alone)
    assert server.accepted == []


def test_the_dry_run_knows_what_every_letter_has_come_to(mailing, server, passing, lab):
    people = mailing.listed(6)
    assert plan(mailing.desk(), people) == Counter({("message", "due"): 6})
    server.at_rcpt["c0@example.com"] = ["550 5.1.1 gone"]
    server.at_data["c1@example.com"] = ["lost"]
    server.at_rcpt["c2@example.com"] = ["451 4.7.1 later"]
    mailing.run(people, attempts=1)
    desk = mailing.desk()
    assert plan(desk, people) == Counter(
        {
            ("message", "failed before"): 1,
            ("message", "unclear"): 1,
            ("message", "due"): 1,
            ("message", "sent before"): 3,
            ("invitation", "due"): 3,
            ("invitation", "sent before"): 3,
        }
    )
    assert [(unit, kind) for unit, kind, _ in desk.unclear] == [("C-1", "message")]


def test_whoever_was_written_to_elsewhere_gets_the_invitation_alone(mailing, server, lab):
    people = mailing.listed(2)
    lab.assign("late", "C-0", first_name="Sari", timezone="Europe/London")
    lab.record_delivery("late", "C-0", "sent")
    run = mailing.run(people)
    assert run.counts["message", "sent before"] == 1
    assert [letter["Subject"] for letter in server.letters("c0@example.com")] == ["A short survey"]
