"""The gate closes for a fork only when nobody is inside, and opens again on both sides."""

from __future__ import annotations

import threading

from amends.store.gate import Gate


def test_a_fork_waits_for_those_inside_and_lets_nobody_in() -> None:
    events: list[str] = []
    gate = Gate(timeout=10, empty_out=lambda: events.append("emptied"))
    inside, may_leave, closed = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        with gate:
            inside.set()
            may_leave.wait()
            events.append("left")

    def fork() -> None:
        gate.close_for_fork()
        closed.set()

    def come_late() -> None:
        closed.wait()
        with gate:
            events.append("came in")

    # Daemons: a gate that does not hold fails the test instead of keeping the run from ending.
    threads = [threading.Thread(target=target, daemon=True) for target in (work, fork, come_late)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    threads[2].start()
    assert not closed.is_set()
    may_leave.set()
    assert closed.wait(30)
    events.append("forked")
    gate.open_in_parent()
    for thread in threads:
        thread.join(30)
    assert events == ["left", "emptied", "forked", "came in"]


def test_a_fork_does_not_wait_for_ever() -> None:
    emptied: list[bool] = []
    gate = Gate(timeout=0.01, empty_out=lambda: emptied.append(True))
    with gate:
        gate.close_for_fork()
    assert emptied == [True]
    gate.open_in_parent()
    with gate:
        pass


def test_the_child_starts_with_an_open_gate_and_nobody_inside() -> None:
    gate = Gate(timeout=0.01, empty_out=lambda: None)
    gate.__enter__()  # a thread of the parent, which the child does not have
    gate.close_for_fork()
    gate.open_in_child()
    with gate:
        pass
    gate.close_for_fork()
    gate.open_in_parent()
