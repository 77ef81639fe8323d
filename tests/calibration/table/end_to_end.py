"""A/A experiments through the whole product: started, assigned, recorded, stopped, analysed in a real store.

The arms differ in nothing but their words, so every claim is a false one. Each experiment has a new key and
the same customers, as a company's would.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
from scipy.stats import hypergeom, kstest

from amends import Experiment, Lab, Mean, Proportion, blocked, hashed, sorry, thank_you
from amends.analysis.reported import Report
from amends.settings import Settings
from amends.store import StoredResponse
from tests.calibration.table.cells import Cell, Row, Sums, rate

SEEDS = (11, 12, 13)
"""Named before the first run."""

EXPERIMENTS = 4_000
"""A seed: 2,000 hashed and 2,000 blocked."""

PER_ARM = 60
COMPLETION = 0.65
RATINGS = np.array([0.03, 0.05, 0.08, 0.14, 0.22, 0.28, 0.20])
ARMS = ("thank_you", "sorry")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
METHODS = {"completed": "A/A, completion (default test)", "satisfaction": "A/A, satisfaction (Welch)"}
DESIGNS = {"hashed": hashed, "blocked": blocked}


def cells() -> list[Cell]:
    return [
        Cell(
            f"A/A, seed {seed}",
            partial(through, seed),
            partial(rows, seed),
            EXPERIMENTS,
            parts=40,
            short=200 if seed == SEEDS[0] else 0,
        )
        for seed in SEEDS
    ]


def through(seed: int, runs: int, rng: np.random.Generator) -> Sums:
    """The p-values that the reports show, of hashed and blocked experiments in equal numbers."""
    # The part's own numbers and the named seed together, so that seeds and parts never share any.
    rng = np.random.default_rng([seed, *rng.integers(0, 2**32, 4).tolist()])
    found: dict[str, list[float]] = {"broken": []}
    for design in DESIGNS:
        found |= {f"{name}, {design}": [] for name in METHODS}
        found[f"verdicts, {design}"] = []
        for report in reports(design, runs // len(DESIGNS), rng):
            for name in METHODS:
                found[f"{name}, {design}"].append(number(report[name, *ARMS].p_value))
            found[f"verdicts, {design}"].append(float(report["completed", *ARMS].verdict == "difference"))
            found["broken"].append(tie_broken(report, float(rng.random())))
    return {"runs": runs, **found}


def reports(design: str, runs: int, rng: np.random.Generator) -> Iterator[Report]:
    """The report of one experiment after another, all in one database."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        # Keys must not repeat over parts: the hash would give the same arms again.
        stem = f"aa_{design}_{int(rng.integers(2**48))}"
        experiments = [definition(f"{stem}_{place}", design) for place in range(runs)]
        settings = Settings(
            experiments=Path(folder),
            database_url=f"sqlite:///{Path(folder) / 'amends.db'}",
            secret=rng.bytes(32),
            timeout=60,
        )
        lab = Lab(experiments, settings=settings, clock=lambda: NOON)
        for experiment in experiments:
            yield ran(lab, experiment.key or "", rng)
        lab.close()


def definition(key: str, design: str) -> Experiment:
    return Experiment(
        key=key,
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[
            Proportion("completed", baseline=COMPLETION, detect=0.2),
            Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.8),
        ],
        randomize=DESIGNS[design](),
        sample=PER_ARM,
    )


def ran(lab: Lab, key: str, rng: np.random.Generator) -> Report:
    """One experiment from start to report."""
    units = [f"customer-{place}" for place in range(2 * PER_ARM)]
    lab.start(key, simulated=True)
    for assignment in lab.assign_many(key, units):
        assert assignment.status == "assigned"
    answering = rng.random(len(units)) < COMPLETION
    ratings = rng.choice(np.arange(1, 8), size=len(units), p=RATINGS).tolist()
    rows = [
        {"unit_id": unit, "satisfaction": rating}
        for unit, answers, rating in zip(units, answering.tolist(), ratings, strict=True)
        if answers
    ]
    for stored in lab.record_responses(key, rows):
        assert isinstance(stored, StoredResponse), stored
    lab.stop(key)
    return lab.analyze(key)


def number(value: object) -> float:
    assert isinstance(value, float), value
    return value


def tie_broken(report: Report, chance: float) -> float:
    """Fisher's p as reported, less a random share of the tables exactly as likely as the one seen.

    Given the margins, its distribution is then uniform; left as it is, it lives on a few points.
    """
    (x1, n1), (x2, n2) = report["completed", *ARMS].counts
    events = np.arange(max(0, x1 + x2 - n2), min(n1, x1 + x2) + 1)
    chances = hypergeom.pmf(events, n1 + n2, x1 + x2, n1)
    seen = hypergeom.pmf(x1, n1 + n2, x1 + x2, n1)
    alike = float(chances[np.isclose(chances, seen, rtol=1e-7)].sum())
    return number(report["completed", *ARMS].tests["fisher"]["p_value"]) - (1 - chance) * alike


def rows(seed: int, found: Sums) -> list[Row]:
    runs, setting = found["runs"], f"hashed and blocked, {PER_ARM} per arm, seed {seed}"
    both = {
        name: [p for design in DESIGNS for p in found[f"{name}, {design}"]] for name in (*METHODS, "verdicts")
    }
    rejected = {name: sum(p <= 0.05 for p in both[name]) for name in METHODS}
    own = [
        rate(
            f"{METHODS[name]}, {design} alone",
            setting,
            sum(p <= 0.05 for p in values),
            len(values),
            low=0.035 if name == "satisfaction" else None,
            high=0.065,
        )
        for name in METHODS
        for design in DESIGNS
        for values in [found[f"{name}, {design}"]]
    ]
    plain = Row(
        "A/A, KS p of completion p-values as they are",
        setting,
        float(kstest(both["completed"], "uniform").pvalue),
        high=0.001,
        replications=runs,
        kind="check",
        note="discrete, so not uniform",
    )
    return [
        rate(METHODS["completed"], setting, rejected["completed"], runs, high=0.065),
        rate(METHODS["satisfaction"], setting, rejected["satisfaction"], runs, low=0.035, high=0.065),
        *own,
        rate("A/A, verdict “difference” on completion", setting, sum(both["verdicts"]), runs, high=0.065),
        _uniform("A/A, KS p of Welch's p-values", setting, both["satisfaction"]),
        _uniform("A/A, KS p of tie-broken completion p-values", setting, found["broken"]),
        # With few experiments that does not show yet.
        *([plain] if runs >= EXPERIMENTS else []),
    ]


def _uniform(name: str, setting: str, values: list[float]) -> Row:
    return Row(name, setting, float(kstest(values, "uniform").pvalue), low=0.001, replications=len(values))
