"""PostgreSQL is stopped, killed, cut off and made read-only under load: nobody waits, nothing is lost."""

from __future__ import annotations

import time
from itertools import cycle, islice

import pytest

from amends.store.idle import RESTED

BETWEEN = 40
"""Acknowledged assignments, or refusals, before the next stop or start."""


@pytest.mark.parametrize("fail_open", ["error", "spool"])
def test_senders_go_on_while_postgresql_is_stopped_and_started(
    postgresql, lab_of, crew, what_was_lost, at_size, found, fail_open
):
    lab = lab_of(postgresql.url, fail_open=fail_open)
    times = at_size(small=3, full=20)
    while_away = "error" if fail_open == "error" else "assigned"
    with crew(lab, name=fail_open) as senders:
        for how in islice(cycle(["immediate", "fast"]), times):
            senders.wait_for_more("assigned", BETWEEN)
            postgresql.stop(how)
            senders.wait_for_more(while_away, BETWEEN)
            postgresql.start()
        senders.wait_for_more("assigned", BETWEEN)
    if fail_open == "spool":
        lab.spooling.replay()
        assert lab.spooling.spool.empty

    assert senders.wrong == []
    assert set(senders.statuses) <= {"assigned", while_away}
    assert what_was_lost(lab, [senders]) == []
    found(
        f"PostgreSQL stopped {times} times under 8 senders, every other time as by a crash "
        f"(fail open: {fail_open}): {senders.statuses['assigned']:,} assignments and "
        f"{len(senders.answered):,} answers acknowledged, all stored once; "
        f"{senders.statuses['error']:,} calls got the usual message; no exception"
    )


def test_a_connection_that_the_server_ended_is_opened_again_without_the_sender_noticing(postgresql, lab_of):
    lab = lab_of(postgresql.url)
    for number in range(20):
        postgresql.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert lab.assign("late_parcel", f"C-{number}").status == "assigned"
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 20


def test_an_export_after_the_server_was_restarted_finds_a_live_connection(postgresql, lab_of):
    lab = lab_of(postgresql.url)
    lab.assign("late_parcel", "C-1")
    postgresql.stop("fast")
    postgresql.start()
    time.sleep(RESTED)
    assert len(list(lab.store.export_rows("late_parcel").assignments)) == 1


def test_a_server_that_turns_read_only_gives_the_usual_message_until_it_may_be_written_to_again(
    postgresql, lab_of, crew, what_was_lost
):
    lab = lab_of(postgresql.url)
    with crew(lab, name="read-only", threads=4) as senders:
        senders.wait_for_more("assigned", BETWEEN)
        postgresql.run("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        senders.wait_for_more("error", BETWEEN)
        postgresql.run(
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        )
        senders.wait_for_more("assigned", BETWEEN)

    assert senders.wrong == []
    assert set(senders.statuses) == {"assigned", "error"}
    assert what_was_lost(lab, [senders]) == []


def test_a_row_that_somebody_holds_is_waited_for_no_longer_than_the_timeout(postgresql, lab_of):
    import psycopg

    lab = lab_of(postgresql.url, timeout=0.5)
    with psycopg.connect(postgresql.url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE assignment IN ACCESS EXCLUSIVE MODE")
        answer = lab.assign("late_parcel", "C-1")
        assert (answer.status, answer.arm, answer.message) == ("error", None, "Your parcel is late.")
        other.rollback()
    assert lab.assign("late_parcel", "C-1").status == "assigned"
