"""A gate that everybody inside has left before the process forks.

A database connection must not cross a fork: with SQLite the child would believe that it holds
locks it does not hold (https://www.sqlite.org/howtocorrupt.html, section 2.6), with PostgreSQL both
would talk over one socket. So before a fork the gate closes, waits until nobody is inside, drops the
connections, and opens again in parent and child; both then connect anew.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from types import TracebackType


class Gate:
    """Counts who is inside; closes for a fork.

    Args:
        timeout: Seconds that a fork waits for those inside.
        empty_out: Called before a fork once nobody is inside.
    """

    def __init__(self, *, timeout: float, empty_out: Callable[[], None]) -> None:
        self._timeout = timeout
        self._empty_out = empty_out
        self._open_anew()
        _gates.add(self)

    def _open_anew(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    def __enter__(self) -> None:
        with self._changed:
            while self._closed:
                self._changed.wait()
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._inside -= 1
            if not self._inside:
                self._changed.notify_all()

    def close_for_fork(self) -> None:
        """Lets nobody in, waits for those inside, drops the connections."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._inside, timeout=self._timeout)
        self._empty_out()

    def open_in_parent(self) -> None:
        """Lets everybody in again."""
        with self._changed:
            self._closed = False
            self._changed.notify_all()

    def open_in_child(self) -> None:
        """Starts afresh: the threads that were inside do not exist in the child."""
        self._open_anew()


_gates: weakref.WeakSet[Gate] = weakref.WeakSet()


def _before() -> None:
    for gate in list(_gates):
        gate.close_for_fork()


def _in_parent() -> None:
    for gate in list(_gates):
        gate.open_in_parent()


def _in_child() -> None:
    for gate in list(_gates):
        gate.open_in_child()


if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
