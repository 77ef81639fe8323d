"""Hands over what people are due: each letter claimed first, tried again when it is put off, then settled."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from amends.errors import StoreUnavailable
from amends.mailing.letter import compose
from amends.mailing.post import Post
from amends.mailing.server import RunEnds, ServerRefuses
from amends.mailing.tasks import Counts, Desk, Task, ToSend, fails_by_address

SETTLED = {"taken": "sent", "refused": "failed", "put off": "deferred", "unwelcome": "deferred"}
STORE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Run:
    """What a run did.

    Attributes:
        counts: How many letters of a kind came to what.
        unclear: Unit, kind and time of letters of which nobody knows whether they went out.
        stopped: Why it ended before everybody's turn; None where it did not.
    """

    counts: Counts
    unclear: tuple[tuple[str, str, datetime], ...]
    stopped: str | None = None


def send(desk: Desk, post: Post, tasks: Iterable[Task]) -> Run:
    """Works through the tasks; those that a server puts off wait, while others have their turn.

    Args:
        desk: Where the tasks come from; counts those who are due nothing.
        post: The way to the server.
        tasks: What people are due.
    """
    return _Mailer(desk, post).run(tasks)


class _Mailer:
    def __init__(self, desk: Desk, post: Post) -> None:
        self.desk, self.post = desk, post
        self.counts: Counts = Counter()
        self.unclear: list[tuple[str, str, datetime]] = []
        self._waiting: list[tuple[float, int, Task]] = []
        self._numbers = count()

    def run(self, tasks: Iterable[Task]) -> Run:
        stopped = None
        try:
            for task in tasks:
                self._work(task)
                self._work_waiting(until=self.post.clock())
            self._work_waiting(until=None)
        except (RunEnds, StoreUnavailable) as error:
            stopped = str(error)
        finally:
            self.post.close()
        for _, _, task in self._waiting:
            self.counts[task.letters[0].letter.kind, "put off"] += 1
        unclear = (*self.desk.unclear, *self.unclear)
        return Run(self.counts + self.desk.counts, unclear, stopped)

    def _work_waiting(self, *, until: float | None) -> None:
        """Takes up again those whose wait is over; without `until` it waits for all of them."""
        while self._waiting and (until is None or self._waiting[0][0] <= until):
            due, _, task = heapq.heappop(self._waiting)
            if due > self.post.clock():
                self.post.sleep(due - self.post.clock())
            self._work(task)

    def _work(self, task: Task) -> None:
        while task.letters:
            item = task.letters[0]
            self.post.give_up_if_lost()
            try:
                state, detail = self._deliver(task, item)
            except RunEnds:
                self.counts[item.letter.kind, "put off"] += 1 if item.attempts else 0
                raise
            if state == "put off" and item.attempts < self.post.attempts:
                due = self.post.clock() + self.post.wait_before(item.attempts)
                heapq.heappush(self._waiting, (due, next(self._numbers), task))
                return
            self.counts[item.letter.kind, {"taken": "sent", "refused": "failed"}.get(state, state)] += 1
            task.letters.popleft()
            if state != "taken" and not (state == "refused" and not fails_by_address(detail)):
                return  # what follows would not arrive either, or waits for this one

    def _deliver(self, task: Task, item: ToSend) -> tuple[str, str | None]:
        """Claims, hands over, settles. After a crash in between it is not sent again."""
        desk, person = self.desk, task.recipient
        name = desk.message_id(item.letter)
        self.post.ready()
        if desk.quiet(person):  # the hour came while the letter waited for its turn
            return "quiet hours", None
        now = desk.lab.clock()
        letter = compose(
            self.post.head,
            to=person.address,
            subject=person.subjects[item.letter.kind],
            text=item.text,
            message_id=name,
            at=now,
            locale=person.locale,
        )
        if not desk.lab.store.claim_mail(
            desk.key, item.letter, message_id=name, enrolled=item.enrolled, at=now
        ):
            return "taken by another run", None
        item.attempts += 1
        outcome = self.post.hand_over(letter, to=person.address, message_id=name)
        if outcome.state == "unknown":
            self.unclear.append((person.call.unit_id, item.letter.kind, now))
            return "unclear", None
        self._settle(item, SETTLED[outcome.state], outcome.detail)
        if outcome.state == "unwelcome":
            raise ServerRefuses(
                f"{self.post.server.host} takes nothing from {self.post.head.sender.addr_spec} "
                f"({outcome.detail})."
            )
        return outcome.state, outcome.detail

    def _settle(self, item: ToSend, state: str, detail: str | None) -> None:
        """Keeps trying for a moment: a letter that is not settled is one that somebody must decide on."""
        desk = self.desk
        for attempt in range(1, STORE_TRIES + 1):
            try:
                desk.lab.store.settle_mail(desk.key, item.letter, state, at=desk.lab.clock(), detail=detail)
                return
            except StoreUnavailable:
                if attempt == STORE_TRIES:
                    raise
                self.post.sleep(1.0)
