"""Letters on both databases: claimed once whoever tries, settled with a delivery, erased with their unit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from amends.store import Enrolment, Store
from amends.store.mail_values import Letter

KEY = "late_parcel"
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MESSAGE = Letter("u1", "message")


def assigned(store: Store, unit: str = "u1", arm: str = "sorry") -> None:
    store.enrol(KEY, [Enrolment(unit, arm, at=NINE)])


def claim(store: Store, letter: Letter = MESSAGE, *, enrolled: bool = True, at: datetime = NINE) -> bool:
    name = f"<{'.'.join(letter)}@example.com>"
    return store.claim_mail(KEY, letter, message_id=name, enrolled=enrolled, at=at)


def counted(store: Store) -> dict[str, int]:
    cells = store.cells(KEY)
    sums = {name: sum(cell[name] for cell in cells) for name in ("sent", "failed", "withheld")}
    return {name: n for name, n in sums.items() if n}


def test_a_letter_is_claimed_once_and_never_again_once_it_went_out(store: Store) -> None:
    assigned(store)
    assert claim(store)
    assert not claim(store)
    assert store.mail(KEY, ["u1"])[MESSAGE].state == "sending"
    assert store.settle_mail(KEY, MESSAGE, "sent", at=NINE)
    assert not claim(store)
    assert not store.settle_mail(KEY, MESSAGE, "failed", at=NINE)
    assert counted(store) == {"sent": 1}
    assert store.find(KEY, unit="u1").sent  # type: ignore[union-attr]
    assert store.verify() == []


def test_of_many_who_claim_at_once_one_gets_the_letter(store: Store) -> None:
    units = [f"u{number}" for number in range(20)]
    won: list[str] = []
    together = Barrier(8)

    def run() -> None:
        together.wait()
        won.extend(unit for unit in units if claim(store, Letter(unit, "message")))

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(units)


def test_a_letter_that_was_put_off_is_claimed_again_under_its_own_id(store: Store) -> None:
    assigned(store)
    claim(store)
    store.settle_mail(KEY, MESSAGE, "deferred", at=NINE, detail="RCPT 451 4.7.1")
    assert counted(store) == {}
    assert claim(store, at=NINE + timedelta(hours=1))
    found = store.mail(KEY, ["u1"])[MESSAGE]
    assert (found.state, found.attempts) == ("sending", 2)


def test_an_invitation_that_arrives_is_no_delivery_and_one_that_cannot_is_a_failed_one(store: Store) -> None:
    assigned(store)
    invitation = Letter("u1", "invitation")
    claim(store, invitation)
    store.settle_mail(KEY, invitation, "sent", at=NINE)
    assert counted(store) == {}
    assert store.bounce_mail("<u1.invitation.@example.com>", at=NINE, detail="DSN 5.1.1") is True
    assert counted(store) == {"failed": 1}
    assert store.verify() == []


def test_a_letter_comes_back_once_and_a_strange_one_changes_nothing(store: Store) -> None:
    assigned(store)
    claim(store)
    store.settle_mail(KEY, MESSAGE, "sent", at=NINE)
    told = [store.bounce_mail("<u1.message.@example.com>", at=NINE, detail="DSN 5.1.1") for _ in range(2)]
    assert told == [True, False]
    assert store.bounce_mail("<strange@example.com>", at=NINE, detail="DSN 5.1.1") is None
    assert counted(store) == {"sent": 1, "failed": 1}
    assert store.mail(KEY, ["u1"])[MESSAGE].detail == "DSN 5.1.1"


def test_silence_without_a_notice_is_withheld_once(store: Store) -> None:
    assigned(store)
    told = [store.withhold_mail(KEY, MESSAGE, message_id="<1@example.com>", at=NINE) for _ in range(2)]
    assert told == [True, False]
    assert not claim(store)
    assert counted(store) == {"withheld": 1}


def test_the_usual_message_of_somebody_not_enrolled_leaves_no_delivery(store: Store) -> None:
    assert claim(store, enrolled=False)
    assert store.settle_mail(KEY, MESSAGE, "sent", at=NINE)
    assert store.bounce_mail("<u1.message.@example.com>", at=NINE, detail="DSN 5.1.1") is True
    assert store.cells(KEY) == []


@pytest.mark.parametrize(("decided", "sent"), [("sent", 1), ("deferred", 0)])
def test_letters_left_behind_are_settled_by_hand_but_not_those_in_somebodys_hand(
    store: Store, decided: str, sent: int
) -> None:
    for unit in ("u1", "u2"):
        assigned(store, unit)
    claim(store)
    claim(store, Letter("u2", "message"), at=NINE + timedelta(minutes=9))
    now = NINE + timedelta(minutes=11)
    before = now - timedelta(minutes=10)
    assert store.decide_mail(KEY, ["u1", "u2"], decided, claimed_before=before, at=now) == 1
    assert store.mail(KEY, ["u2"])[Letter("u2", "message")].state == "sending"
    assert counted(store).get("sent", 0) == sent
    assert claim(store) is (decided == "deferred")


def test_an_erased_unit_leaves_no_way_to_its_letters(store: Store) -> None:
    assigned(store)
    claim(store)
    store.settle_mail(KEY, MESSAGE, "failed", at=NINE, detail="RCPT 550 5.1.1")
    claim(store, Letter("u2", "message"), enrolled=False)
    for unit in ("u1", "u2"):
        store.forget(unit, at=NINE)
    assert store.mail(KEY, ["u1", "u2"]) == {}
    for name in ("<u1.message.@example.com>", "<u2.message.@example.com>"):
        assert store.bounce_mail(name, at=NINE, detail="DSN 5.1.1") is None
    assert counted(store) == {"failed": 1}


def test_retention_takes_the_servers_codes_and_keeps_who_was_written_to(store: Store) -> None:
    assigned(store)
    claim(store)
    store.settle_mail(KEY, MESSAGE, "failed", at=NINE, detail="RCPT 550 5.1.1")
    store.set_status(KEY, "stopped", at=NINE)
    store.prune(NINE + timedelta(days=1), at=NINE + timedelta(days=2))
    found = store.mail(KEY, ["u1"])[MESSAGE]
    assert (found.state, found.detail) == ("failed", None)
    assert not claim(store)
