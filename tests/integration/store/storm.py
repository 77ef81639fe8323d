"""Many processes enrol the same units at once: prints, as JSON, every arm that was returned and every error.

Run as a script, so that `spawn` can load it again in its children. The store is opened before the
processes start: under `fork` they inherit it, while a thread of the parent goes on writing.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from amends.store import Enrolment, Store

SECRET = b"a secret of the tests"
KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
ARMS = ("thank_you", "sorry", "silence")

inherited: Store | None = None


def draw(stratum: str, position: int) -> str:
    return ARMS[(position + len(stratum)) % 3]


def enrolment(unit: str, design: str) -> Enrolment:
    number = int(unit.removeprefix("unit"))
    if design == "blocked":
        return Enrolment(unit, draw=draw, at=NOON, stratum="day" if number % 2 else "night")
    if design == "clustered":
        return Enrolment(unit, draw=draw, at=NOON, cluster=f"party{number // 3}")
    return Enrolment(unit, ARMS[number % 3], at=NOON)


def work(task: tuple[str, str, int, int]) -> dict[str, Any]:
    """Enrols every unit, in an order of its own, one by one or in small batches."""
    url, design, units, seed = task
    rng = random.Random(seed)
    store = inherited or Store.open(url, secret=SECRET, timeout=20)
    names = [f"unit{number}" for number in range(units)]
    rng.shuffle(names)
    arms: list[tuple[str, str]] = []
    errors: list[str] = []
    size = (1, 5, 20, 50)[seed % 4]
    for start in range(0, units, size):
        batch = names[start : start + size]
        try:
            stored = store.enrol(KEY, [enrolment(unit, design) for unit in batch])
            arms += [(one.unit, one.arm) for one in stored]
        except Exception as error:
            errors.append(repr(error))
    store.close()
    return {"arms": arms, "errors": errors}


def keep_writing(store: Store, stop: threading.Event) -> None:
    number = 0
    while not stop.is_set():
        store.count_turned_away(KEY, {("not_eligible", "delay below 24 h", NOON.date()): 1})
        number += 1


def main(method: str, url: str, design: str, processes: int, units: int) -> None:
    global inherited
    tasks = [(url, design, units, seed) for seed in range(processes)]
    store = Store.open(url, secret=SECRET, timeout=20)
    stop = threading.Event()
    writer = threading.Thread(target=keep_writing, args=(store, stop))
    if method == "fork":
        inherited = store
        writer.start()
    with multiprocessing.get_context(method).Pool(processes) as pool:
        results = pool.map(work, tasks, chunksize=1)
    stop.set()
    if method == "fork":
        writer.join()
    store.close()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
