"""Finished experiments pooled through their reports, also where the arms are stored the other way round."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amends import Experiment, Mean, Proportion, sorry, thank_you
from amends.analysis.pooled_rows import EffectRow, row_of_report
from amends.analysis.pooling import PAIR, PooledExperiments, pool_rows
from amends.analysis.report import build
from amends.analysis.reported import Report
from amends.tally import ArmTally, Tally
from tests.golden.methods.reading import Got, Inputs, ends, method, part

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def finished(key: str, arms: dict[str, ArmTally], *, turned: bool) -> Report:
    """The report of imported counts; `turned` declares `sorry` before `thank_you`."""
    declared = [thank_you("Thank you for waiting."), sorry("We are sorry for it.")]
    experiment = Experiment(
        key=key,
        question="A parcel is late: thank or apologise?",
        notice="Your parcel is late.",
        arms=declared[::-1] if turned else declared,
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 5))],
    )
    tally = Tally(key, tuple(arms[arm.name] for arm in experiment.arms))
    return build(experiment, tally, status="stopped", as_of=NOON, finished_data=True, after_the_fact=True)


def counted(name: str, events: int, units: int) -> ArmTally:
    return ArmTally(name, assigned=units, matured=units, finished=events, completed=events)


def rated(name: str, counts: list[int]) -> ArmTally:
    ratings = {"satisfaction": dict(enumerate(counts, start=1))}
    n = sum(counts)
    return ArmTally(name, assigned=n, matured=n, finished=n, completed=n, ratings=ratings)


def pooled(inputs: Inputs, measure: str) -> PooledExperiments:
    """The experiments of a case, through their reports."""
    if "first" in inputs:
        arms = [
            dict(zip(PAIR, (rated(PAIR[0], first), rated(PAIR[1], second)), strict=True))
            for first, second in zip(inputs["first"], inputs["second"], strict=True)
        ]
    else:
        tables = zip(inputs["x1"], inputs["n1"], inputs["x2"], inputs["n2"], strict=True)
        arms = [
            {PAIR[0]: counted(PAIR[0], x1, n1), PAIR[1]: counted(PAIR[1], x2, n2)}
            for x1, n1, x2, n2 in tables
        ]
    metric = "satisfaction" if "first" in inputs else "completed"
    rows = [
        row_of_report(finished(f"e{place}", table, turned=turned), pair=PAIR, metric=metric, measure=measure)
        for place, (table, turned) in enumerate(zip(arms, inputs["turned"], strict=True))
    ]
    taken = [row for row in rows if isinstance(row, EffectRow)]
    return pool_rows(taken, metric=metric, measure=measure)


@method("pooled_experiments")
def pooled_experiments(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = pooled(inputs, params["measure"])
    average, spread = found.pooled, found.heterogeneity
    i2 = part(average, "i2")
    prediction: Any = part(average, "prediction")
    return {
        "yi": [row.effect.value for row in found.rows],
        "vi": [row.effect.variance for row in found.rows],
        "est": part(average, "value"),
        "se": part(average, "standard_error"),
        **ends("ci_", part(average, "interval")),
        "p": part(average, "p_value"),
        "weights": list(found.weights),
        "tau2": part(average, "tau2"),
        "I2": 100 * i2,
        "Q": part(average, "q"),
        "Q_p": part(average, "q_p_value"),
        "pi_low": part(prediction, "low"),
        "pi_high": part(prediction, "high"),
        **ends("tau2_", part(spread, "interval")),
        "fixed": part(found.fixed, "value"),
        **ends("fixed_", part(found.fixed, "interval")),
    }
