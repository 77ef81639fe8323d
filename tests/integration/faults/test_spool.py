"""AMENDS_FAIL_OPEN=spool: hashed arms are served while the database is away, and stored once it is back."""

from __future__ import annotations

import fcntl
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from amends import Lab, Mean, Proportion
from amends.design.randomization import blocked
from amends.errors import StoreUnavailable

KEY = "late_parcel"


@pytest.fixture
def file(settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


@pytest.fixture
def definition(define):
    return define(
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("complaint", source="outcome"),
        ]
    )


@pytest.fixture
def spooling(settings, tmp_path):
    return replace(settings, timeout=0.05, fail_open="spool", spool=tmp_path / "amends.db.spool")


@pytest.fixture
def sender(definition, open_lab, spooling, clock):
    """A lab that spools, of little patience, which has read the started experiment."""
    open_lab(definition).close()
    lab = Lab([definition], settings=spooling, clock=clock)
    lab.warm_up()
    yield lab
    lab.close()


@contextmanager
def locked(file: Path):
    """Another program that lets nobody write."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def back(lab: Lab) -> None:
    """The database answers again, and what waited is stored."""
    lab.spooling.replay()


def test_the_arm_served_from_the_spool_is_the_one_that_is_stored_later(sender, file, late, definition):
    with locked(file):
        served = [sender.assign(KEY, f"C-{n}", **late) for n in range(20)]
        assert [answer.status for answer in served] == ["assigned"] * 20
        assert {answer.unit_id: answer.arm for answer in served} == {
            f"C-{n}": definition.arm_of(f"C-{n}") for n in range(20)
        }
        assert sender.spooling.spool.count() == 20
    back(sender)

    assert sender.spooling.spool.empty
    again = [sender.assign(KEY, f"C-{n}", **late) for n in range(20)]
    assert all(answer.repeat for answer in again)
    for before, after in zip(served, again, strict=True):
        assert (before.arm, before.message, before.survey_url) == (after.arm, after.message, after.survey_url)
        assert (before.assignment_id, before.assigned_at) == (after.assignment_id, after.assigned_at)
    assert sender.store.verify() == []
    assert sum(arm.assigned for arm in sender.tally(KEY).arms) == 20


def test_a_retry_while_the_database_is_away_is_kept_once(sender, file, late):
    with locked(file):
        first = sender.assign(KEY, "C-1", **late)
        second = sender.assign(KEY, "C-1", **late)
        assert (first.repeat, second.repeat) == (False, True)
        assert first.assignment_id == second.assignment_id
        assert sender.spooling.spool.count() == 1


def test_who_was_assigned_before_keeps_arm_record_and_link(sender, file, late):
    before = sender.assign(KEY, "C-1", **late)
    with locked(file):
        sender.spooling.trouble = StoreUnavailable("for this test: do not even read")
        away = sender.assign(KEY, "C-1", **late)
    back(sender)

    assert (away.arm, away.assignment_id, away.survey_url) == (
        before.arm,
        before.assignment_id,
        before.survey_url,
    )
    assert sender.store.verify() == []


def test_a_customer_who_does_not_qualify_is_not_given_an_arm(sender, file, late):
    with locked(file):
        answer = sender.assign(KEY, "C-1", **late | {"delay": late["delay"] / 10})
    assert (answer.status, answer.arm) == ("not_eligible", None)
    assert sender.spooling.spool.empty


def test_what_comes_after_is_kept_too_and_stored_in_order(sender, file, late):
    with locked(file):
        answer = sender.assign(KEY, "C-1", **late)
        assert sender.record_delivery(KEY, "C-1", "sent")
        stored = sender.record_response(KEY, token=answer.survey_url.rsplit("/", 1)[1], satisfaction=6)
        assert stored.finished
        assert sender.record_outcome(KEY, "C-1", "complaint", 1)
    back(sender)

    (arm,) = [arm for arm in sender.tally(KEY).arms if arm.assigned]
    assert (arm.arm, arm.sent, arm.completed) == (answer.arm, 1, 1)
    assert sender.store.verify() == []


def test_a_wrong_answer_is_refused_also_while_the_database_is_away(sender, file, late):
    from amends.errors import RecordRefused

    with locked(file):
        sender.assign(KEY, "C-1", **late)
        with pytest.raises(RecordRefused, match="1 to 7"):
            sender.record_response(KEY, "C-1", satisfaction=9)
        with pytest.raises(RecordRefused, match="not genuine"):
            sender.record_response(KEY, token="A" * 24, satisfaction=5)
        assert sender.spooling.spool.count() == 1


def test_nothing_in_the_file_leads_to_a_customer(sender, file, late):
    with locked(file):
        sender.assign(KEY, "customer-4711", **late | {"first_name": "Sari"}, incident="parcel-9")
    written = sender.spooling.spool.path.read_text()
    assert not any(word in written for word in ("4711", "Sari", "parcel-9"))
    assert sender.spooling.spool.path.stat().st_mode & 0o777 == 0o600


def test_sealed_lists_never_spool(define, open_lab, spooling, clock, file, late):
    definition = define(randomize=blocked())
    open_lab(definition).close()
    lab = Lab([definition], settings=spooling, clock=clock)
    lab.warm_up()
    with locked(file):
        assert lab.assign(KEY, "C-1", **late).status == "error"
    assert lab.spooling.spool.empty
    lab.close()


def test_a_process_that_never_read_the_experiment_gives_the_usual_message(definition, sender, file, late):
    stranger = Lab([definition], settings=sender.settings)
    with locked(file):
        stranger.spooling.trouble = StoreUnavailable("for this test")
        stranger._in_force.clear()
        stranger._store = None
        stranger._not_opened = (float("inf"), "for this test")
        assert stranger.assign(KEY, "C-1", **late).status == "error"


def test_a_line_that_was_cut_off_is_left_out_and_the_next_one_begins_anew(sender, file, late):
    with locked(file):
        sender.assign(KEY, "C-1", **late)
        with sender.spooling.spool.path.open("ab") as spool:
            spool.write(b'0badc0de {"kind":"assign')
        sender.assign(KEY, "C-2", **late)
    back(sender)

    assert sum(arm.assigned for arm in sender.tally(KEY).arms) == 2


def test_a_disk_that_takes_nothing_more_is_the_usual_message(sender, file, late, monkeypatch):
    monkeypatch.setattr("amends.store.spool.LARGEST", 10)
    with locked(file):
        assert sender.assign(KEY, "C-1", **late).status == "error"


def test_erasing_reaches_the_spool(sender, file, late):
    with locked(file):
        sender.assign(KEY, "C-1", **late)
    sender.spooling.replay()
    assert sender.store.forget(sender.pseudonym("C-1")) == 1
    sender.spooling.replay()
    assert sender.store.find(KEY, unit=sender.pseudonym("C-1")) is None
    assert sum(arm.assigned for arm in sender.tally(KEY).arms) == 1


CRASHING = """
    import os, signal, sys
    from pathlib import Path
    from amends import Lab
    from amends.settings import Settings

    url, secret, spool = sys.argv[1:]
    lab = Lab(
        [],
        settings=Settings(Path("."), url, secret.encode(), fail_open="spool", spool=None),
    )
    lab.spooling.spool.path = Path(spool)
    enrol = lab.store.enrol

    def then_die(key, enrolments):
        enrol(key, enrolments)
        os.kill(os.getpid(), signal.SIGKILL)

    lab.store.enrol = then_die
    lab.spooling.replay()
"""


def test_a_crash_between_storing_and_taking_away_stores_nothing_twice(sender, file, late, settings, tmp_path):
    with locked(file):
        served = [sender.assign(KEY, f"C-{n}", **late) for n in range(5)]
    script = tmp_path / "crashing.py"
    script.write_text(textwrap.dedent(CRASHING))
    arguments = [settings.database_url, settings.secret.decode(), str(sender.spooling.spool.path)]

    died = subprocess.run([sys.executable, script, *arguments], timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    assert sender.spooling.spool.count() == 5
    back(sender)

    assert sender.spooling.spool.empty
    assert sender.store.verify() == []
    assert [sender.assign(KEY, answer.unit_id, **late).arm for answer in served] == [a.arm for a in served]
    assert sum(arm.assigned for arm in sender.tally(KEY).arms) == 5


def test_many_records_out_of_the_spool_share_transactions_and_each_unit_keeps_its_order(
    sender, definition, file, late, settings, clock
):
    with locked(file):
        for number in range(60):
            answer = sender.assign(KEY, f"C-{number}", **late)
            token = answer.survey_url.rsplit("/", 1)[1]
            sender.record_delivery(KEY, f"C-{number}", "sent")
            # The same person, named once by the link and once by the id: the first response stands.
            sender.record_response(KEY, token=token, satisfaction=2)
            sender.record_response(KEY, f"C-{number}", satisfaction=7)
    patient = Lab([definition], settings=replace(settings, fail_open="spool"), clock=clock)
    patient.spooling.spool.path = sender.spooling.spool.path
    commits, write = [], patient.store._database.write
    patient.store._database.write = lambda work: commits.append(1) or write(work)

    assert patient.spooling.replay() == 240

    assert len(commits) < 90, "180 records and 60 assignments"
    assert sum(arm.completed for arm in patient.tally(KEY).arms) == 60
    answered = [row["ratings"] for row in patient.store.export_rows(KEY).responses]
    assert answered == [{"satisfaction": 2.0}] * 60
    assert patient.store.verify() == []
    patient.close()


def test_nobody_waits_for_a_spool_in_use_longer_than_the_timeout(sender, file, late):
    with locked(file):
        sender.assign(KEY, "C-0", **late)
        with sender.spooling.spool.path.open("r+b") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            answer = sender.assign(KEY, "C-1", **late)
            with pytest.raises(StoreUnavailable, match="in use"):
                sender.record_delivery(KEY, "C-0", "sent")
        assert (answer.status, answer.arm) == ("error", None)
        assert answer.message
        assert sender.assign(KEY, "C-1", **late).status == "assigned"
    back(sender)
    assert sender.store.verify() == []


def test_senders_go_on_while_what_waits_is_being_stored(sender, file, late):
    with locked(file):
        sender.assign(KEY, "C-0", **late)
        with sender.spooling.spool.taken() as records:
            assert len(records) == 1
            assert sender.assign(KEY, "C-1", **late).status == "assigned"
            assert sender.spooling.spool.count() == 2
        assert sender.spooling.spool.count() == 1


def test_what_a_failed_replay_leaves_comes_before_what_waits(sender, file, late):
    with locked(file):
        sender.assign(KEY, "C-0", **late)
        with pytest.raises(StoreUnavailable):
            sender.spooling.replay()
        sender.assign(KEY, "C-1", **late)
        with sender.spooling.spool.taken() as records:
            units = [record["unit"] for record in records]
    assert units == [sender.pseudonym("C-0"), sender.pseudonym("C-1")]
