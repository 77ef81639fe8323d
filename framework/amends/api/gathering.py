"""Calls that wait for the database at the same time are recorded together, each answered by its own record.

The batch is whoever came while the batch before was being written: a lone caller waits for nobody, and
many callers share one transaction and one flush. Nobody is answered before that transaction is durable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Any

from amends.api.visit import current_id
from amends.errors import UsageError
from amends.lab import Assignment

MOST_TOGETHER = 500
"""Calls in one transaction; the rest are the next one's."""

Arguments = dict[str, Any]
Record = Callable[[str, Sequence[Arguments], str], Awaitable[list[Assignment | UsageError]]]
"""From an experiment's key, calls and the sender to one answer a call, all in one transaction."""


class _Waiting:
    __slots__ = ("answer", "arguments", "request_id")

    def __init__(self, arguments: Arguments, answer: asyncio.Future[Assignment]) -> None:
        self.arguments = arguments
        self.answer = answer
        self.request_id = current_id.get()


class Gathering:
    """The calls of one process that wait, by experiment and sender. Used from one event loop.

    Args:
        record: Records many calls at once.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._waiting: dict[tuple[str, str], list[_Waiting]] = {}
        self._writers: set[asyncio.Task[None]] = set()

    def waiting(self) -> int:
        """Calls that wait for the transaction after the one being written."""
        return sum(len(queue) for queue in list(self._waiting.values()))

    async def assign(self, key: str, arguments: Arguments, *, sender: str) -> Assignment:
        """The answer to one call, once it is recorded.

        Args:
            key: The experiment's key.
            arguments: `unit_id`, any argument of `assign` and the slots.
            sender: Who sends.

        Raises:
            UnknownExperiment, UsageError: as `Lab.assign` does.
        """
        call = _Waiting(arguments, asyncio.get_running_loop().create_future())
        place = (key, sender)
        queue = self._waiting.get(place)
        if queue is not None:  # somebody writes already, and takes this one along next
            queue.append(call)
            return await call.answer
        self._waiting[place] = [call]
        # A context of its own: what is logged belongs to all whose calls are written, not to the first.
        writer = asyncio.create_task(self._write(place), context=Context())
        self._writers.add(writer)
        writer.add_done_callback(self._writers.discard)
        return await call.answer

    async def _write(self, place: tuple[str, str]) -> None:
        while calls := self._waiting[place][:MOST_TOGETHER]:
            del self._waiting[place][: len(calls)]
            await self._answer(place, calls)
        del self._waiting[place]

    async def _answer(self, place: tuple[str, str], calls: Sequence[_Waiting]) -> None:
        key, sender = place
        first, others = calls[0].request_id, len(calls) - 1
        current_id.set(f"{first} and {others} more" if others else first)
        try:
            answers = await self._record(key, [call.arguments for call in calls], sender)
        except Exception as error:
            if others:  # one of them may be to blame: each for itself then
                for call in calls:
                    await self._answer(place, [call])
            else:
                _settle(calls[0].answer, error)
            return
        for call, answer in zip(calls, answers, strict=True):
            _settle(call.answer, answer)


def _settle(future: asyncio.Future[Assignment], answer: Assignment | Exception) -> None:
    if future.done():  # whoever asked has gone
        return
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
