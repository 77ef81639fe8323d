"""Jobs that wait together: one batch, one answer each, no neighbour harmed, nobody waiting for ever."""

import asyncio
import os
import threading

import pytest

from amends.errors import StoreUnavailable, UsageError
from amends.store.recorder import Recorder


class Book:
    """Writes jobs into a list; the first batch is held until told to go on."""

    def __init__(self, *, poison: str = "", down: str = "") -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Event()
        self.go = threading.Event()
        self.poison, self.down = poison, down

    def write(self, jobs):
        self.batches.append(list(jobs))
        self.begun.set()
        assert self.go.wait(10)
        if self.poison in jobs:
            raise ZeroDivisionError(self.poison)
        if self.down in jobs:
            raise StoreUnavailable("down")
        return [UsageError(job) if job.startswith("bad") else job.upper() for job in jobs]


def call(recorder, job):
    """Records in a thread; gives the thread and where its answer or error will be."""
    heard = []

    def run():
        try:
            heard.append(recorder.record(job))
        except Exception as error:
            heard.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, heard


def together(book, *jobs, **options):
    """The first job is being written when the others come; the answers of all, in order."""
    recorder = Recorder(book.write, timeout=10, **options)
    calls = [call(recorder, jobs[0])]
    assert book.begun.wait(10)
    for number, job in enumerate(jobs[1:], start=1):
        calls.append(call(recorder, job))
        while recorder.waiting < number:
            pass
    book.go.set()
    for thread, _ in calls:
        thread.join(10)
    return [heard[0] for _, heard in calls]


def test_whoever_comes_while_one_is_written_goes_together_next():
    book = Book()

    assert together(book, "a", "b", "c", "d") == ["A", "B", "C", "D"]
    assert book.batches == [["a"], ["b", "c", "d"]]


def test_a_lone_caller_writes_in_its_own_thread_and_waits_for_nobody():
    threads = []
    recorder = Recorder(lambda jobs: [threads.append(threading.current_thread()) or jobs[0]], timeout=10)

    assert [recorder.record(job) for job in "abc"] == ["a", "b", "c"]
    assert set(threads) == {threading.current_thread()}


def test_a_job_that_breaks_a_rule_harms_no_neighbour():
    a, b, bad, d = together(Book(), "a", "b", "bad-c", "d")

    assert (a, b, d) == ("A", "B", "D")
    assert isinstance(bad, UsageError)


def test_a_job_that_breaks_the_batch_fails_alone():
    book = Book(poison="c")

    a, b, c, d = together(book, "a", "b", "c", "d")

    assert (a, b, d) == ("A", "B", "D")
    assert isinstance(c, ZeroDivisionError)
    assert book.batches == [["a"], ["b", "c", "d"], ["b"], ["c"], ["d"]]


def test_a_database_that_is_down_is_not_asked_again_for_every_job_of_the_batch():
    book = Book(down="c")

    a, *others = together(book, "a", "b", "c", "d")

    assert a == "A"
    assert [type(error) for error in others] == [StoreUnavailable] * 3
    assert len({id(error) for error in others}) == 3, "each caller raises an error of its own"
    assert book.batches == [["a"], ["b", "c", "d"]]


def test_a_batch_has_a_largest_size():
    book = Book()

    together(book, *map(str, range(8)), together=3)

    assert [len(batch) for batch in book.batches] == [1, 3, 3, 1]


def test_whoever_waits_too_long_is_told_so_and_nothing_of_it_is_written():
    book = Book()
    recorder = Recorder(book.write, timeout=0.05)
    first, heard = call(recorder, "a")
    assert book.begun.wait(10)

    with pytest.raises(StoreUnavailable, match="did not come"):
        recorder.record("late")
    book.go.set()
    first.join(10)
    recorder.drain()

    assert heard == ["A"]
    assert book.batches == [["a"]]


def test_more_than_there_is_room_for_are_refused_so_that_memory_does_not_grow():
    book = Book()
    recorder = Recorder(book.write, timeout=0.2, room=2)
    calls = [call(recorder, "a")]
    assert book.begun.wait(10)
    calls += [call(recorder, "b"), call(recorder, "c")]
    while recorder.waiting < 2:
        pass

    with pytest.raises(StoreUnavailable, match="2 records wait"):
        recorder.record("d")
    with pytest.raises(StoreUnavailable, match="2 records wait"):
        asyncio.run(recorder.record_async("e"))
    book.go.set()
    for thread, _ in calls:
        thread.join(10)


def test_tasks_and_threads_share_a_batch():
    book = Book()
    recorder = Recorder(book.write, timeout=10)
    first, heard = call(recorder, "a")
    assert book.begun.wait(10)

    async def tasks():
        waiting = [asyncio.create_task(recorder.record_async(job)) for job in "bc"]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        thread, other = call(recorder, "d")
        while recorder.waiting < 3:
            await asyncio.sleep(0)
        book.go.set()
        answers = await asyncio.gather(*waiting)
        await asyncio.to_thread(thread.join, 10)
        return [*answers, *other]

    assert asyncio.run(tasks()) == ["B", "C", "D"]
    first.join(10)
    assert heard == ["A"]
    assert book.batches == [["a"], ["b", "c", "d"]]


def test_a_task_that_gave_up_leaves_the_others_their_answers_and_is_not_written():
    book = Book()
    recorder = Recorder(book.write, timeout=10)
    first, _ = call(recorder, "a")
    assert book.begun.wait(10)

    async def tasks():
        waiting = [asyncio.create_task(recorder.record_async(job)) for job in "bcd"]
        while recorder.waiting < 3:
            await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
        book.go.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    b, c, d = asyncio.run(tasks())

    assert (b, d) == ("B", "D")
    assert isinstance(c, asyncio.CancelledError)
    assert book.batches == [["a"], ["b", "d"]]
    first.join(10)


def test_draining_waits_until_everything_taken_is_written():
    book = Book()
    recorder = Recorder(book.write, timeout=10)
    calls = [call(recorder, "a")]
    assert book.begun.wait(10)
    calls.append(call(recorder, "b"))
    while recorder.waiting < 1:
        pass
    threading.Timer(0.05, book.go.set).start()

    recorder.drain()

    assert book.batches == [["a"], ["b"]]
    for thread, _ in calls:
        thread.join(10)


def test_a_child_forked_while_others_wait_begins_anew_and_leaves_them_to_the_parent():
    book = Book()
    recorder = Recorder(book.write, timeout=10)
    calls = [call(recorder, "a")]
    assert book.begun.wait(10)
    calls.append(call(recorder, "b"))
    while recorder.waiting < 1:
        pass
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        book.go.set()
        own = Recorder(book.write, timeout=10)
        os.write(write, f"{recorder.waiting} {recorder.record('x')} {own.record('y')}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    book.go.set()
    for thread, _ in calls:
        thread.join(10)

    assert os.read(read, 100) == b"0 X Y"
    assert [heard for _, heard in calls] == [["A"], ["B"]]


def test_tasks_for_which_there_is_no_room_come_in_as_soon_as_there_is():
    recorder = Recorder(lambda jobs: [job * 2 for job in jobs], timeout=10, together=3, room=5)

    async def tasks():
        return await asyncio.gather(*(recorder.record_async(job) for job in range(200)))

    assert asyncio.run(tasks()) == [job * 2 for job in range(200)]
    assert not recorder._outside


def test_a_task_that_gives_up_outside_holds_up_nobody():
    book = Book()
    recorder = Recorder(book.write, timeout=10, room=1)
    first, _ = call(recorder, "a")
    assert book.begun.wait(10)

    async def tasks():
        waiting = [asyncio.create_task(recorder.record_async(job)) for job in "bcd"]
        while len(recorder._outside) < 2:
            await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
        book.go.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    b, c, d = asyncio.run(tasks())

    assert (b, d) == ("B", "D")
    assert isinstance(c, asyncio.CancelledError)
    assert [job for batch in book.batches for job in batch] == ["a", "b", "d"]
    first.join(10)


def test_a_place_given_to_a_task_that_gives_up_in_that_moment_is_the_next_ones():
    book = Book()
    recorder = Recorder(book.write, timeout=10, room=1)
    first, _ = call(recorder, "a")
    assert book.begun.wait(10)

    async def tasks():
        waiting = [asyncio.create_task(recorder.record_async(job)) for job in "bcd"]
        while len(recorder._outside) < 2:
            await asyncio.sleep(0)
        waiting[1].cancel()
        book.go.set()
        while len(recorder._outside) == 2:
            pass  # the event loop is held, so that the place is given before it learns of the cancelling
        return await asyncio.gather(*waiting, return_exceptions=True)

    b, c, d = asyncio.run(tasks())

    assert (b, d) == ("B", "D")
    assert isinstance(c, asyncio.CancelledError)
    first.join(10)


def test_after_a_crowd_a_lone_caller_soon_writes_in_its_own_thread_again():
    threads = []
    recorder = Recorder(
        lambda jobs: [threads.append(threading.current_thread()) or job for job in jobs], timeout=10
    )

    async def crowd():
        await asyncio.gather(*(recorder.record_async(job) for job in range(20)))

    asyncio.run(crowd())
    for job in range(3):
        recorder.record(job)

    assert threads[-1] is threading.current_thread()
