"""The report: everything a default one holds at 100,000 responses, and the live one over 90 days of cells.

The rows are invented, with known rates: three arms, 90 days, four channels, in a real SQLite store whose
tally is what the reports read; once imported as they are, once with a sending, a delivery and the answers to
a survey of each. Each step of the default report is timed alone, so that none hides behind another; the live
one is timed in processor time, and sees new counts every time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import numpy as np
from sqlalchemy import create_engine, text

from amends import Experiment, Lab, Mean, Proportion, service_quality, silence, sorry, thank_you
from amends.analysis.cell_splits import Cell
from amends.analysis.report import build
from amends.design.plan import plan
from amends.lab.reading import metric_specs
from amends.settings import Settings
from amends.store.values import Finished
from amends.tally import Tally
from interleaved import measure, options, show

RESPONSES = 100_000
DAYS, CHANNELS = 90, ("email", "chat", "whatsapp", "app")
RATES = {"thank_you": 0.78, "sorry": 0.75, "silence": 0.70}
RATINGS = np.array([0.03, 0.05, 0.08, 0.14, 0.22, 0.28, 0.20])
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECONDS, LIVE_MS = 2.0, 5.0
KEY = "late_parcel"


def definition(*, survey: bool = False) -> Experiment:
    return Experiment(
        key=KEY,
        survey=service_quality() if survey else None,
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        metrics=[
            Proportion("completed", baseline=0.75, detect=0.02),
            Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.1),
        ],
    )


def rows(*, survey: bool = False) -> list[Finished]:
    rng = np.random.default_rng(1)
    n = round(RESPONSES / np.mean(list(RATES.values())))
    arms = rng.choice(list(RATES), size=n).tolist()
    finished = rng.random(n) < np.array([RATES[arm] for arm in arms])
    ratings = rng.choice(np.arange(1, 8), size=n, p=RATINGS).tolist()
    said = rng.integers(1, 8, (n, 3)).tolist()
    names = [item.name for item in service_quality()] if survey else []
    days, channels = rng.integers(0, DAYS, n).tolist(), rng.choice(CHANNELS, size=n).tolist()
    return [
        Finished(
            f"unit {place}",
            arms[place],
            bool(finished[place]),
            at=NOW - timedelta(days=1 + days[place]),
            ratings={"satisfaction": float(ratings[place])} if finished[place] else {},
            channel=channels[place],
            answers=dict(zip(names, said[place], strict=False)) if finished[place] else {},
        )
        for place in range(n)
    ]


def timed(work: Callable[[], object], clock: Callable[[], float] = perf_counter) -> Callable[[], float]:
    def run() -> float:
        started = clock()
        work()
        return clock() - started

    return run


def deliver(url: str) -> None:
    """A sending and a delivery of every unit, in rows and tally, as `record_delivery` leaves them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for status in ("sent", "delivered"):
            connection.execute(
                text(
                    "INSERT INTO delivery (assignment, status, at) "
                    f"SELECT number, '{status}', assigned_at FROM assignment"
                )
            )
        connection.execute(text("UPDATE tally SET sent = assigned, delivered = assigned"))
    engine.dispose()


def world(folder: Path, *, delivered: bool) -> Lab:
    """A lab over the rows, each with its delivery and survey answers where these are asked for."""
    url = f"sqlite:///{folder / f'delivered_{delivered}.db'}"
    settings = Settings(
        experiments=folder, database_url=url, secret=b"a secret of more than sixteen characters"
    )
    experiment = definition(survey=delivered)
    lab = Lab([experiment], settings=settings, clock=lambda: NOW)
    lab.store.import_finished(
        KEY,
        rows(survey=delivered),
        snapshot=experiment.snapshot(),
        fingerprint=experiment.fingerprint(),
        seed="0" * 32,
        at=NOW,
    )
    if delivered:
        deliver(url)
        assert lab.store.verify(KEY) == []
    return lab


def main() -> None:
    chosen = options(__doc__.splitlines()[0])
    # Loading the libraries is no part of a report.
    import_module("scipy.stats")
    import_module("statsmodels.api")
    with tempfile.TemporaryDirectory() as folder:
        for delivered in (False, True):
            lab = world(Path(folder), delivered=delivered)
            what = "with deliveries and survey answers" if delivered else "imported"
            default(lab, what, chosen.rounds, as_json=chosen.json)
            if not delivered:
                live(lab, definition(), chosen.rounds, as_json=chosen.json)
            lab.close()


def default(lab: Lab, what: str, rounds: int, *, as_json: bool) -> None:
    """Everything that a default report holds, and every form of it, step by step."""
    first = timed(lambda: lab.analyze(KEY).fill())()
    report = lab.analyze(KEY)
    answered = sum(figures.counts["completed"] for figures in report.arms.values())
    assert abs(answered / RESPONSES - 1) < 0.02, answered
    seconds = measure(
        {
            "analyze and fill: from the store to all figures": timed(lambda: lab.analyze(KEY).fill()),
            "to_dict": timed(report.to_dict),
            "to_frame": timed(report.to_frame),
            "to_markdown": timed(report.to_markdown),
            "to_html": timed(report.to_html),
            "to_apa": timed(report.to_apa),
            "str": timed(lambda: str(report)),
        },
        rounds=rounds,
    )
    slowest = max(first, *(max(taken) for taken in seconds.values()))
    show(
        f"A default report at {RESPONSES:,} responses, {what} (the first one: {first * 1000:.0f} ms)",
        seconds,
        [("seconds for the slowest step, the first report included", slowest, "≤", SECONDS)],
        unit="ms",
        scale=1000,
        as_json=as_json,
    )


def grown(counts: Tally, answers: int) -> Tally:
    """The counts with so many more answers in every arm, all of them 6."""
    arms = []
    for arm in counts.arms:
        ratings = {"satisfaction": {**arm.ratings["satisfaction"]}}
        ratings["satisfaction"][6] = ratings["satisfaction"].get(6, 0) + answers
        more = {
            name: getattr(arm, name) + answers for name in ("assigned", "matured", "finished", "completed")
        }
        arms.append(replace(arm, **more, ratings=ratings))
    return replace(counts, arms=tuple(arms))


def live(lab: Lab, experiment: Experiment, rounds: int, *, as_json: bool) -> None:
    """The running experiment's report from its counts; reading them from the store is shown beside it."""
    planned, counts = plan(experiment), lab.tally(KEY)
    within = lab.store.assigned_within(KEY)
    cells = [Cell(by, value, arms) for (by, value), arms in within.items()]
    days = {value for by, value in within if by == "day"}
    assert len(days) == DAYS, len(days)

    # One more answer every time: then nothing remembered from the report before helps.
    arrived = count(1)

    def report() -> dict[str, Any]:
        seen = build(
            experiment,
            grown(counts, next(arrived)),
            status="running",
            as_of=NOW,
            plan=planned,
            cells=cells,
            search=False,
        )
        assert seen["completed", "thank_you", "sorry"].always_valid is not None
        return seen.first_look()

    name = "counts, rates, tests, always-valid, SRM, bounds"
    seconds = measure(
        {
            name: timed(report, thread_time),
            "read_tally: 1,080 cells to counts": timed(
                lambda: lab.store.read_tally(KEY, arms=list(RATES), metrics=metric_specs(experiment)),
                thread_time,
            ),
            "assigned_within: 1,080 cells to splits": timed(
                lambda: lab.store.assigned_within(KEY), thread_time
            ),
            "Lab.live: all of it from the store": timed(lambda: lab.live(KEY).first_look(), thread_time),
        },
        rounds=10 * rounds,
    )
    show(
        f"The live report on new counts, {DAYS} days × {len(RATES)} arms × {len(CHANNELS)} channels",
        seconds,
        [
            (
                "ms from new counts to every figure of the first look, median",
                median(seconds[name]) * 1000,
                "≤",
                LIVE_MS,
            )
        ],
        unit="ms of CPU",
        scale=1000,
        as_json=as_json,
    )


if __name__ == "__main__":
    main()
