"""The database fails while senders call: they get their usual message, and nobody an arm without a record."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from amends import Lab, Proportion
from amends.errors import StoreUnavailable, UnknownExperiment

FACTS = "Hello Sari, your parcel is late."
PATIENCE = 0.05


@pytest.fixture
def file(settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


@pytest.fixture
def impatient(settings):
    return replace(settings, timeout=PATIENCE)


@pytest.fixture
def running(open_lab, define, late):
    """A started experiment on the file, with one assigned customer; its own lab is closed again."""
    lab = open_lab(define(metrics=[Proportion("completed"), Proportion("complaint", source="outcome")]))
    lab.assign("late_parcel", "C-1", **late)
    lab.close()
    return lab


@pytest.fixture
def sender(running, define, impatient, clock):
    """A sender's lab of little patience, which has read the experiment already."""
    lab = Lab([running.load("late_parcel")], settings=impatient, clock=clock)
    lab.warm_up()
    yield lab
    lab.close()


@contextmanager
def locked(file: Path, *, readers_too: bool = False):
    """Another program that holds the file."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        if readers_too:
            other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def is_error_with_the_usual_message(answer) -> bool:
    assert (answer.status, answer.message, answer.notice) == ("error", FACTS, FACTS)
    assert (answer.arm, answer.enrolled, answer.assignment_id, answer.invitation) == (None, False, None, None)
    return True


def assigned(lab) -> int:
    return sum(arm.assigned for arm in lab.tally("late_parcel").arms)


def test_a_locked_database_gives_the_usual_message_and_assigns_nobody(sender, running, file, late):
    with locked(file):
        assert is_error_with_the_usual_message(sender.assign("late_parcel", "C-2", **late))
    assert assigned(running) == 1
    assert sender.assign("late_parcel", "C-2", **late).status == "assigned"


def test_a_sender_that_starts_while_the_database_is_down_gets_the_usual_message(
    running, impatient, clock, file, late
):
    with locked(file, readers_too=True):
        lab = Lab([running.load("late_parcel")], settings=impatient, clock=clock)
        assert is_error_with_the_usual_message(lab.assign("late_parcel", "C-2", **late))
        with pytest.raises(StoreUnavailable):
            lab.record_delivery("late_parcel", "C-1", "sent")
    lab._not_opened = None  # a second later
    assert lab.assign("late_parcel", "C-2", **late).status == "assigned"
    lab.close()


def attempts_of(lab) -> list[object]:
    """The connections a lab tries to make: each may wait as long as the sender is told to."""
    made: list[object] = []
    lab.store.close()
    event.listen(lab.store._database.engine, "do_connect", lambda *connection: made.append(connection))
    return made


def test_a_failed_database_is_waited_for_once_a_call(sender, file, late):
    sender.forget_state("late_parcel")
    attempts = attempts_of(sender)
    with locked(file, readers_too=True):
        assert is_error_with_the_usual_message(sender.assign("late_parcel", "C-2", **late))
    assert len(attempts) == 1


def test_a_failed_database_is_waited_for_once_a_chunk_of_a_long_list(sender, file, late):
    sender.forget_state("late_parcel")
    attempts = attempts_of(sender)
    with locked(file, readers_too=True):
        answers = list(sender.assign_many("late_parcel", range(500), chunk=250, **late))
    assert all(is_error_with_the_usual_message(answer) for answer in answers)
    assert (len(answers), len(attempts)) == (500, 2)


@pytest.mark.parametrize("everything", [False, True])
def test_a_removed_database_file_is_never_written_to_again(sender, running, file, late, everything):
    doomed = [file] if not everything else sorted(file.parent.glob("amends.db*"))
    kept = [(path, path.rename(path.with_name("away-" + path.name))) for path in doomed]
    assert is_error_with_the_usual_message(sender.assign("late_parcel", "C-1", **late))
    for record in (
        lambda: sender.record_delivery("late_parcel", "C-1", "sent"),
        lambda: sender.record_response("late_parcel", "C-1", satisfaction=6),
        lambda: sender.record_outcome("late_parcel", "C-1", "complaint", 1),
    ):
        with pytest.raises(StoreUnavailable, match="removed or replaced"):
            record()
    assert not file.exists(), "no empty database stands in for the lost one"
    for path, away in kept:
        away.rename(path)
    assert sender.assign("late_parcel", "C-1", **late).repeat
    assert assigned(running) == 1


def test_a_database_that_may_only_be_read_gives_the_usual_message(running, impatient, clock, file, late):
    settings = replace(impatient, database_url=f"sqlite:///file:{file}?mode=ro&uri=true")
    lab = Lab([running.load("late_parcel")], settings=settings, clock=clock)
    assert is_error_with_the_usual_message(lab.assign("late_parcel", "C-2", **late))


def test_a_misspelt_experiment_is_told_as_such_while_the_database_is_down(sender, file, late):
    sender.store.close()
    with locked(file, readers_too=True), pytest.raises(UnknownExperiment, match="Did you mean 'late_parcel'"):
        sender.assign("late_parcle", "C-2", **late)


def test_the_log_of_a_failure_holds_no_customer(sender, file, late, caplog):
    with caplog.at_level(logging.DEBUG), locked(file):
        sender.assign("late_parcel", "customer-4711", **late)
    assert "database is locked" in caplog.text
    assert "Sari" not in caplog.text
    assert "4711" not in caplog.text
