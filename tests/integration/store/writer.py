"""Enrols units and acknowledges each on stdout once it is stored; runs until it is killed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count

from amends.store import Enrolment, Store

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def main(url: str) -> None:
    store = Store.open(url, secret=b"a secret of the tests")
    for number in count():
        enrolments = [
            Enrolment(f"unit{number}-{part}", draw=lambda _, position: "ab"[position % 2], at=NOON)
            for part in range(3)
        ]
        for stored in store.enrol("late_parcel", enrolments):
            print(stored.unit, stored.arm, flush=True)
        store.record_delivery("late_parcel", unit=f"unit{number}-0", status="sent", at=NOON)
        store.record_response(
            "late_parcel",
            unit=f"unit{number}-1",
            finished=True,
            ratings={"satisfaction": number % 7 + 1},
            at=NOON,
        )


if __name__ == "__main__":
    main(sys.argv[1])
