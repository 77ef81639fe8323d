"""What a person is due now: message, invitation, reminder; and who is due nothing, by the reason why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amends.errors import StoreUnavailable
from amends.lab.reminding import reminders
from amends.mailing.letter import message_id
from amends.mailing.recipients import Recipient
from amends.messages.greeting import greeting
from amends.messages.render import render
from amends.store.mail_values import Letter, StoredMail

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab import Assignment, Lab

Counts = Counter[tuple[str, str]]
"""How many letters of a kind came to what."""


@dataclass(slots=True)
class ToSend:
    """A letter to hand over."""

    letter: Letter
    text: str
    enrolled: bool
    attempts: int = 0


@dataclass(slots=True)
class Task:
    """What one person is due, in this order: an invitation follows its message."""

    recipient: Recipient
    letters: deque[ToSend] = field(default_factory=deque)


class Desk:
    """Looks through the list of one experiment.

    Args:
        lab: The lab.
        key: The experiment's key.
        domain: What the letters' ids end in.
        at_once: People assigned together: few, so that a message goes out soon after its arm is drawn.

    Attributes:
        counts: How many letters came to what, of those that are not handed over now.
        unclear: Ids of those whom an ended process may have written to, with the letter and since when.
    """

    def __init__(self, lab: Lab, key: str, *, domain: str, at_once: int = 1) -> None:
        self.lab, self.key, self.at_once = lab, key, at_once
        self.experiment: Experiment = lab.experiment(key)
        self.domain = domain
        self.counts: Counts = Counter()
        self.unclear: list[tuple[str, str, datetime]] = []

    def message_id(self, letter: Letter) -> str:
        """The letter's own id, the same on every attempt."""
        return message_id(self.lab.settings.secret, self.key, letter, self.domain)

    def quiet(self, recipient: Recipient) -> bool:
        """Whether nobody is written to at this hour by the person's clock."""
        zone = recipient.call.timezone
        return self.experiment.eligible.quiet(self.lab.clock().astimezone(ZoneInfo(zone)) if zone else None)

    def messages(self, people: Iterable[Recipient]) -> Iterator[Task]:
        """Assigns the people, some at a time, and gives who is due a message or an invitation.

        Raises:
            StoreUnavailable: The database does not answer; whoever was not given yet is not assigned.
        """
        remaining = iter(people)
        while some := list(islice(remaining, self.at_once)):
            known = self.lab.store.mail(self.key, [person.unit for person in some])
            left_alone = self.lab.store.opted_out_of({person.customer for person in some})
            to_assign = [person for person in some if not self._done_outside(person, known)]
            answers = self.lab.assign_many(self.key, [person.row for person in to_assign], sender="cli")
            for person, answer in zip(to_assign, answers, strict=True):
                if answer.status == "error":
                    raise StoreUnavailable("the database did not answer.")
                task = Task(person)
                if self._message(task, answer, known):
                    self._invitation(task, answer, known, opted_out=person.customer in left_alone)
                yield task

    def _done_outside(self, person: Recipient, known: Mapping[Letter, StoredMail]) -> bool:
        """Whether somebody got the usual message: not enrolled then, they stay out of later draws."""
        stored = known.get(Letter(person.unit, "message", person.incident))
        if stored is None or stored.enrolled or stored.state == "deferred":
            return False
        self._count_known(person, "message", stored)
        return True

    def _message(self, task: Task, answer: Assignment, known: Mapping[Letter, StoredMail]) -> bool:
        """Adds the message where it is due; whether an invitation may follow."""
        person = task.recipient
        letter = Letter(person.unit, "message", person.incident)
        stored = known.get(letter)
        if stored is not None and stored.state != "deferred":
            self._count_known(person, "message", stored)
            return stored.state in ("sent", "withheld") or (
                stored.state == "failed" and not fails_by_address(stored.detail)
            )
        if answer.sent:
            self.counts["message", "sent before"] += 1
        elif self.quiet(person) or _judged_quiet(person, answer):
            self.counts["message", "quiet hours"] += 1
            return False
        elif answer.message is not None:
            task.letters.append(ToSend(letter, answer.message, answer.assignment_id is not None))
        elif answer.arm is not None and self.experiment.arm(answer.arm).silent:
            self.lab.store.withhold_mail(
                self.key, letter, message_id=self.message_id(letter), at=self.lab.clock()
            )
            self.counts["message", "withheld"] += 1
        else:
            self.counts["message", "nothing to say"] += 1
        return True

    def _invitation(
        self, task: Task, answer: Assignment, known: Mapping[Letter, StoredMail], *, opted_out: bool
    ) -> None:
        if answer.invitation is None or answer.invite_at is None:
            return
        person = task.recipient
        letter = Letter(person.unit, "invitation")
        stored = known.get(letter)
        if stored is not None and stored.state != "deferred":
            self._count_known(person, "invitation", stored)
        elif opted_out:
            self.counts["invitation", "opted out"] += 1
        elif answer.invite_at > self.lab.clock():
            self.counts["invitation", "later"] += 1
        elif self.quiet(person):
            self.counts["invitation", "quiet hours"] += 1
        else:
            task.letters.append(ToSend(letter, answer.invitation, True))

    def reminders(self, people: Sequence[Recipient]) -> Iterator[Task]:
        """Who is due a reminder: the invitation once more, the same for everybody.

        Raises:
            UsageError: The experiment declares no reminder.
            StateError: It has not started.
        """
        of = {person.call.unit_id: person for person in people}
        due = reminders(self.lab, self.key, of).due
        known = self.lab.store.mail(self.key, [of[one.unit].unit for one in due])
        left_alone = self.lab.store.opted_out_of({of[one.unit].customer for one in due})
        for one in due:
            person = of[one.unit]
            letter = Letter(person.unit, "reminder")
            stored = known.get(letter)
            task = Task(person)
            if stored is not None and stored.state != "deferred":
                self._count_known(person, "reminder", stored)
            elif person.customer in left_alone:
                self.counts["reminder", "opted out"] += 1
            elif self.quiet(person):
                self.counts["reminder", "quiet hours"] += 1
            else:
                task.letters.append(ToSend(letter, self._reminder(person, one.link), True))
            yield task

    def _reminder(self, person: Recipient, link: str) -> str:
        words = render(
            self.experiment,
            arm=None,
            locale=person.locale,
            slots=person.call.slots,
            survey_url=link,
            greeting=greeting(person.locale, person.call.local_time),
        )
        return words.invitation or link

    def _count_known(self, person: Recipient, kind: str, stored: StoredMail) -> None:
        if stored.state == "sending":
            self.counts[kind, "unclear"] += 1
            self.unclear.append((person.call.unit_id, kind, stored.at))
        else:
            self.counts[kind, {"failed": "failed before"}.get(stored.state, "sent before")] += 1


def _judged_quiet(person: Recipient, answer: Assignment) -> bool:
    """Whether the hour became a loud one between the judging and now: it is judged again in the next run."""
    return "at" not in person.row and (answer.reason or "").startswith("quiet hours")


def fails_by_address(detail: str | None) -> bool:
    """Whether a letter failed because nobody lives at its address: the next one would, too.

    Another refusal, of the words for instance, may differ by arm, and the invitation must not.

    >>> fails_by_address("RCPT 550 5.7.1"), fails_by_address("DATA 554 5.7.1"), fails_by_address("DSN 5.1.1")
    (True, False, True)
    """
    return detail is not None and (detail.startswith("RCPT") or " 5.1." in detail)
