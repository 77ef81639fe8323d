"""Records that wait for the database at the same time are written together, each caller answered by its own.

The batch is whoever came while the batch before was being written. A lone caller waits for nobody and
writes in its own thread; many callers share one transaction and one flush. Nobody is answered before
that transaction is durable.

Tried and left: a permanent writer thread (a lone caller then pays two thread switches, and every fork
has to start it anew), and callers that hand leadership on to each other (a caller that gives up at that
moment takes the leadership with it, and the others wait for ever).
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar

from amends.errors import StoreUnavailable

Job = TypeVar("Job")
Answer = TypeVar("Answer")

MOST_TOGETHER = 500
"""Jobs in one batch; the rest are the next one's."""

MOST_WAITING = 10_000
"""Jobs that may wait. Whoever comes then waits outside, so that memory does not grow with trouble."""

GATHER = 0.001
"""Seconds at most for which a batch waits for those who were in the one before: they are waking just now."""

LINGER = 1.0
"""Seconds that the writing thread stays for more work before it ends."""


class Recorder(Generic[Job, Answer]):
    """Takes jobs from any thread or event loop and writes those that wait together.

    Args:
        write: Writes jobs durably and returns an answer or an error for each, in order. An error that it
            raises is every job's; unless the database is to blame, each is then tried alone.
        timeout: Seconds that a job may wait for its turn; writing has its own limit.
        together: Jobs in one batch.
        room: Jobs that may wait.

    >>> recorder = Recorder(lambda jobs: [job * 2 for job in jobs], timeout=5)
    >>> recorder.record(21)
    42
    """

    def __init__(
        self,
        write: Callable[[Sequence[Job]], Sequence[Answer | Exception]],
        *,
        timeout: float,
        together: int = MOST_TOGETHER,
        room: int = MOST_WAITING,
    ) -> None:
        self._write = write
        self._timeout = timeout
        self._together = together
        self._room = room
        self._begin_anew()
        _recorders.add(self)

    def _begin_anew(self) -> None:
        """The state without callers; in a forked child, whose parent answers those who wait."""
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting[Job, Answer]] = deque()
        self._outside: deque[Future[None]] = deque()
        self._writing = False
        self._lately = 1
        self._writer: threading.Thread | None = None

    def record(self, job: Job) -> Answer:
        """Writes a job and returns its answer once that is durable.

        Raises:
            StoreUnavailable: Its turn did not come in time, or the database failed; nothing was stored.
            Exception: Whatever else `write` has for this job.
        """
        deadline = time.monotonic() + self._timeout
        with self._changed:
            at_once = not self._writing and not self._waiting and self._lately == 1
            if at_once:
                self._writing = True
            else:
                self._wait_for_room(deadline)
                waiting = self._queue(job, deadline)
        if at_once:
            try:
                return _unwrap(self._write([job])[0])
            finally:
                self._step_back()
        try:
            return waiting.answer.result(timeout=max(deadline - time.monotonic(), 0))
        except NotInTime:
            if waiting.answer.cancel():
                raise self._too_late() from None
            return waiting.answer.result()  # it is being written: the database's own limit holds

    async def record_async(self, job: Job) -> Answer:
        """The same for an event loop, which goes on meanwhile; a task that is cancelled withdraws its job."""
        deadline = time.monotonic() + self._timeout
        while True:
            with self._changed:
                if len(self._waiting) < self._room:
                    waiting = self._queue(job, deadline)
                    break
                let_in: Future[None] = Future()
                self._outside.append(let_in)
            try:
                await asyncio.wait_for(asyncio.wrap_future(let_in), max(deadline - time.monotonic(), 0))
            except NotInTime:
                self._leave_outside(let_in)
                raise self._full() from None
            except asyncio.CancelledError:
                self._leave_outside(let_in)
                raise
        return await asyncio.wrap_future(waiting.answer)

    def drain(self) -> None:
        """Waits until everything that was taken is written and answered."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._writing, timeout=2 * self._timeout)

    @property
    def waiting(self) -> int:
        """How many jobs wait for their turn."""
        return len(self._waiting)

    def _wait_for_room(self, deadline: float) -> None:
        there_is = self._changed.wait_for(
            lambda: len(self._waiting) < self._room, timeout=max(deadline - time.monotonic(), 0)
        )
        if not there_is:
            raise self._full()

    def _queue(self, job: Job, deadline: float) -> _Waiting[Job, Answer]:
        waiting = _Waiting[Job, Answer](job, deadline)
        self._waiting.append(waiting)
        self._see_to_a_writer()
        return waiting

    def _see_to_a_writer(self) -> None:
        if self._writer is None:
            self._writer = threading.Thread(target=self._keep_writing, name="amends-recorder", daemon=True)
            self._writer.start()
        elif not self._writing:
            self._changed.notify_all()

    def _step_back(self) -> None:
        with self._changed:
            self._writing = False
            if self._waiting:
                self._see_to_a_writer()
            self._changed.notify_all()

    def _keep_writing(self) -> None:
        changed = self._changed
        while True:
            with changed:
                if not changed.wait_for(lambda: self._waiting and not self._writing, timeout=LINGER):
                    self._writer = None
                    return
            self._gather()
            with changed:
                if self._writing or not self._waiting:
                    continue
                batch = [self._waiting.popleft() for _ in range(min(self._together, len(self._waiting)))]
                self._writing, self._lately = True, len(batch)
                self._let_in()
            try:
                self._answer(batch)
            finally:
                self._step_back()

    def _let_in(self) -> None:
        """Tells as many tasks as there is room for; whoever was quicker sends them outside again."""
        room = self._room - len(self._waiting)
        while room > 0 and self._outside:
            let_in = self._outside.popleft()
            if let_in.set_running_or_notify_cancel():
                let_in.set_result(None)
                room -= 1
        self._changed.notify_all()

    def _leave_outside(self, let_in: Future[None]) -> None:
        """Passes on the place that was given in the moment of giving up: the next would wait for ever."""
        if not let_in.cancel():
            with self._changed:
                self._let_in()

    def _gather(self) -> None:
        """After a batch of many lets them come again; whoever came alone last time waits for nobody."""
        until, seen = time.monotonic() + GATHER, 0
        while seen < len(self._waiting) < self._lately and time.monotonic() < until:
            seen = len(self._waiting)
            time.sleep(GATHER / 10)

    def _answer(self, batch: list[_Waiting[Job, Answer]]) -> None:
        live = []
        for waiting in batch:
            if not waiting.answer.set_running_or_notify_cancel():
                continue  # whoever asked has gone: nothing is written that nobody hears of
            if time.monotonic() >= waiting.deadline:
                waiting.answer.set_exception(self._too_late())
            else:
                live.append(waiting)
        if live:
            self._answer_live(live)

    def _answer_live(self, live: list[_Waiting[Job, Answer]]) -> None:
        # What is logged for several callers belongs to none of them alone.
        context = live[0].context if len(live) == 1 else Context()
        try:
            answers = context.run(self._write, [waiting.job for waiting in live])
        except Exception as error:
            if len(live) == 1 or isinstance(error, StoreUnavailable):
                for waiting in live:
                    waiting.answer.set_exception(_copy(error))
            else:  # one of them may be to blame: each for itself then
                for waiting in live:
                    self._answer_live([waiting])
            return
        for waiting, answer in zip(live, answers, strict=True):
            if isinstance(answer, Exception):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    def _too_late(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"the record's turn did not come within {self._timeout:g} s: too many wait for the database. "
            "Nothing was stored; try again."
        )

    def _full(self) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._room:,} records wait for the database already. Nothing was stored; try again."
        )


class _Waiting(Generic[Job, Answer]):
    __slots__ = ("answer", "context", "deadline", "job")

    def __init__(self, job: Job, deadline: float) -> None:
        self.job = job
        self.deadline = deadline
        self.answer: Future[Answer] = Future()
        self.context = copy_context()


def _unwrap(answer: Answer | Exception) -> Answer:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _copy(error: Exception) -> Exception:
    """An error of one's own: raised in several threads, one object would collect all their tracebacks."""
    return StoreUnavailable(*error.args) if type(error) is StoreUnavailable else error


_recorders: weakref.WeakSet[Recorder[Any, Any]] = weakref.WeakSet()


def _drain_all() -> None:
    for recorder in list(_recorders):
        recorder.drain()


def _begin_anew_in_child() -> None:
    for recorder in list(_recorders):
        recorder._begin_anew()


atexit.register(_drain_all)
if hasattr(os, "register_at_fork"):  # there is no fork on Windows
    os.register_at_fork(after_in_child=_begin_anew_in_child)
