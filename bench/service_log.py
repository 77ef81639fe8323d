"""The log of delays: taking in an export of 20,000 incidents beside the ORM, and reading 100,000 of them.

The incidents are invented. The ORM's candidate adds the same rows by `Session.add_all`, in the same
durable database; both are counted afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from time import perf_counter

import numpy as np
from sqlalchemy import create_engine
from sqlmodel import Session

from amends import Lab
from amends.settings import Settings
from amends.store import ServiceEvent
from amends.store.tables import ServiceEventRow
from interleaved import measure, options, ratio, show

EVENTS, BATCH = 100_000, 20_000
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECONDS, TIMES_ORM = 2.0, 2.0


def events(n: int, *, seed: int, of: str) -> list[ServiceEvent]:
    rng = np.random.default_rng(seed)
    received = [NOW - timedelta(seconds=float(age)) for age in rng.uniform(0, 90 * 86_400, n)]
    waits, answered = rng.exponential(7200, n).tolist(), (rng.random(n) < 0.95).tolist()
    channels = rng.choice(["email", "chat", "social", "whatsapp"], size=n).tolist()
    return [
        ServiceEvent(
            f"{of} {place}",
            customer=f"customer {place}",
            channel=channels[place],
            received_at=received[place],
            answered_at=received[place] + timedelta(seconds=waits[place]) if answered[place] else None,
            agent=f"agent {place % 40}",
            mailbox=f"mailbox {place % 20}",
            timezone="Asia/Jakarta",
        )
        for place in range(n)
    ]


def timed(work: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        started = perf_counter()
        work()
        return perf_counter() - started

    return run


def main() -> None:
    chosen = options(__doc__.splitlines()[0])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'amends.db'}"
        settings = Settings(
            experiments=Path(folder), database_url=url, secret=b"a secret of more than sixteen characters"
        )
        lab = Lab([], settings=settings, clock=lambda: NOW)
        lab.store.record_events(events(EVENTS, seed=1, of="first"), at=NOW)
        import_module("statsmodels.duration.survfunc")  # loading the libraries is no part of a report
        import_module("scipy.stats")
        seconds = measure({"service_log, text and JSON": timed(lambda: _read(lab))}, rounds=chosen.rounds)
        slowest = max(seconds["service_log, text and JSON"])
        show(
            f"The log read at {EVENTS:,} incidents",
            seconds,
            [("seconds for the slowest", slowest, "≤", SECONDS)],
            unit="ms",
            scale=1000,
            as_json=chosen.json,
        )
        loading(lab, url, rounds=min(chosen.rounds, 3), as_json=chosen.json)
        lab.close()


def _read(lab: Lab) -> None:
    log = lab.service_log(timezone="Asia/Jakarta")
    assert log.incidents == EVENTS, log.incidents
    log.to_text()
    log.to_dict()


def loading(lab: Lab, url: str, *, rounds: int, as_json: bool) -> None:
    """Fresh incidents in every round, for both ways alike."""
    turns, engine = count(), create_engine(url)

    def by_us() -> float:
        told = events(BATCH, seed=2, of=f"ours {next(turns)}")
        started = perf_counter()
        assert lab.store.record_events(told, at=NOW) == BATCH
        return perf_counter() - started

    def by_orm() -> float:
        told = events(BATCH, seed=2, of=f"orm {next(turns)}")
        started = perf_counter()
        with Session(engine) as session:
            session.connection().exec_driver_sql("PRAGMA synchronous = FULL")
            session.add_all(
                ServiceEventRow(
                    **{name: getattr(event, name) for name in ServiceEvent.__slots__},
                    sender="orm",
                    told_at=NOW,
                )
                for event in told
            )
            session.commit()
        return perf_counter() - started

    seconds = measure({"record_events": by_us, "ORM add_all": by_orm}, rounds=rounds)
    found = len(lab.store.service_events()["channel"])
    assert found == EVENTS + 2 * (rounds + 1) * BATCH, found
    show(
        f"Taking in {BATCH:,} new incidents",
        seconds,
        [("times as fast as the ORM", ratio(seconds, "ORM add_all", "record_events"), "≥", TIMES_ORM)],
        unit="ms",
        scale=1000,
        as_json=as_json,
    )
    engine.dispose()


if __name__ == "__main__":
    main()
