"""What a run would do now, seen without assigning anybody: the dry run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from amends.lab.reminding import reminders
from amends.mailing.recipients import Recipient
from amends.mailing.tasks import Counts, Desk
from amends.store.mail_values import Letter, StoredMail

AT_ONCE = 1_000


def plan(desk: Desk, people: Sequence[Recipient]) -> Counts:
    """Letters by kind and what is to come of them; nothing is stored and nobody is assigned."""
    found: Counts = Counter()
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        known = desk.lab.store.mail(desk.key, [person.unit for person in some])
        wanted = [(person.unit, person.incident or None) for person in some]
        assigned = desk.lab.store.find_many(desk.key, wanted)
        for person, stored in zip(some, assigned, strict=True):
            message = known.get(Letter(person.unit, "message", person.incident))
            if message is None and stored is not None and stored.sent and stored.incident_number:
                found["message", "sent before"] += 1
            else:
                found["message", _state(desk, person, message, "message")] += 1
            if stored is None or stored.invite_at is None or desk.experiment.invitation is None:
                continue
            invitation = known.get(Letter(person.unit, "invitation"))
            later = invitation is None and stored.invite_at > desk.lab.clock()
            found["invitation", "later" if later else _state(desk, person, invitation, "invitation")] += 1
    return found


def plan_reminders(desk: Desk, people: Sequence[Recipient]) -> Counts:
    """The same for a run of reminders."""
    of = {person.call.unit_id: person for person in people}
    due = [of[one.unit] for one in reminders(desk.lab, desk.key, of).due]
    known = desk.lab.store.mail(desk.key, [person.unit for person in due])
    return Counter(
        ("reminder", _state(desk, person, known.get(Letter(person.unit, "reminder")), "reminder"))
        for person in due
    )


def _state(desk: Desk, person: Recipient, stored: StoredMail | None, kind: str) -> str:
    if stored is not None and stored.state == "sending":
        desk.unclear.append((person.call.unit_id, kind, stored.at))
        return "unclear"
    if stored is not None and stored.state != "deferred":
        return "failed before" if stored.state == "failed" else "sent before"
    return "quiet hours" if desk.quiet(person) else "due"
