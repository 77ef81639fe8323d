"""Calls that wait together: one batch, one answer each, and no neighbour harmed."""

import asyncio

import pytest

from amends.api.gathering import Gathering
from amends.api.visit import current_id
from amends.errors import UsageError
from amends.lab import Assignment


class Book:
    """Records calls in memory; the first batch is held until told to go on."""

    def __init__(self, *, poison: str = "") -> None:
        self.batches: list[list[str]] = []
        self.logged: list[str] = []
        self.go = asyncio.Event()
        self.poison = poison

    async def record(self, key, calls, sender):
        units = [call["unit_id"] for call in calls]
        self.batches.append(units)
        self.logged.append(current_id.get())
        await self.go.wait()
        if self.poison in units:
            raise ZeroDivisionError(self.poison)
        return [
            UsageError(f"{unit}: wrong") if unit.startswith("bad") else Assignment(key, unit, "assigned")
            for unit in units
        ]


async def send(
    book: Book, *units: str, gathering: Gathering | None = None, key: str = "late"
) -> list[object]:
    """Sends the first call, the others while it is being written, and then lets it go."""
    gathering = gathering or Gathering(book.record)
    tasks = []
    for number, unit in enumerate(units):
        current_id.set(f"r{number}")
        tasks.append(asyncio.create_task(gathering.assign(key, {"unit_id": unit}, sender="shop")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    book.go.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_whoever_comes_while_one_is_written_goes_together_next():
    async def play():
        book = Book()
        answers = await send(book, "a", "b", "c", "d")
        return book, answers

    book, answers = asyncio.run(play())

    assert book.batches == [["a"], ["b", "c", "d"]]
    assert [answer.unit_id for answer in answers] == ["a", "b", "c", "d"]
    assert book.logged == ["r0", "r1 and 2 more"]


def test_it_says_how_many_wait():
    async def play():
        book = Book()
        gathering = Gathering(book.record)
        depths, tasks = [], []
        for unit in "abc":
            tasks.append(asyncio.create_task(gathering.assign("late", {"unit_id": unit}, sender="shop")))
            for _ in range(3):
                await asyncio.sleep(0)
            depths.append(gathering.waiting())
        book.go.set()
        await asyncio.gather(*tasks)
        return [*depths, gathering.waiting()]

    assert asyncio.run(play()) == [0, 1, 2, 0]


def test_a_lone_caller_waits_for_nobody():
    async def play():
        book = Book()
        book.go.set()
        gathering = Gathering(book.record)
        for unit in "abc":
            await gathering.assign("late", {"unit_id": unit}, sender="shop")
        return book.batches, gathering._waiting, gathering._writers

    batches, waiting, writers = asyncio.run(play())

    assert batches == [["a"], ["b"], ["c"]]
    assert (waiting, writers) == ({}, set()), "nothing is kept of what was answered"


def test_a_call_that_breaks_a_rule_harms_no_neighbour():
    async def play():
        return await send(Book(), "a", "b", "bad-c", "d")

    a, b, c, d = asyncio.run(play())

    assert [a.unit_id, b.unit_id, d.unit_id] == ["a", "b", "d"]
    assert isinstance(c, UsageError)


def test_a_call_that_breaks_the_batch_fails_alone():
    async def play():
        book = Book(poison="c")
        return book, await send(book, "a", "b", "c", "d")

    book, (a, b, c, d) = asyncio.run(play())

    assert [a.unit_id, b.unit_id, d.unit_id] == ["a", "b", "d"]
    assert isinstance(c, ZeroDivisionError)
    assert book.batches == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]]


def test_a_caller_that_gave_up_leaves_the_others_their_answers():
    async def play():
        book = Book()
        gathering = Gathering(book.record)
        tasks = [
            asyncio.create_task(gathering.assign("late", {"unit_id": unit}, sender="shop")) for unit in "abc"
        ]
        for _ in range(3):
            await asyncio.sleep(0)
        tasks[1].cancel()
        book.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    a, b, c = asyncio.run(play())

    assert (a.unit_id, c.unit_id) == ("a", "c")
    assert isinstance(b, asyncio.CancelledError)


def test_experiments_and_senders_are_written_apart():
    async def play():
        book = Book()
        gathering = Gathering(book.record)
        first, second = await asyncio.gather(
            send(book, "a", gathering=gathering), send(book, "b", gathering=gathering, key="other")
        )
        return [answer.experiment for answer in [*first, *second]]

    assert asyncio.run(play()) == ["late", "other"]


@pytest.mark.parametrize("waiting", [1, 600])
def test_no_more_than_five_hundred_share_a_transaction(waiting):
    async def play():
        book = Book()
        await send(book, "first", *map(str, range(waiting)))
        return [len(batch) for batch in book.batches]

    assert asyncio.run(play()) == ([1, 1] if waiting == 1 else [1, 500, 100])
