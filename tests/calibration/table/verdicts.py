"""The whole verdict rule: looked at after every unit up to the planned sample, then decided once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations

import numpy as np

from amends import Experiment, Proportion, sorry, thank_you
from amends.analysis.multiplicity import adjust
from amends.analysis.proportions import default_test
from amends.analysis.verdict import FIXED_SHARE, Evidence, deciding_rule, verdict
from amends.design.plan import plan
from tests.calibration.table.cells import Cell, Row, Sums, most, rate
from tests.calibration.table.looks import Looks, batches
from tests.calibration.table.tables import default_region, p_of

ALPHA = 0.05
WEIGHTS = ((1, 1), (1, 3), (1, 1, 1), (2, 1, 1))
RATES = (0.05, 0.5, 0.784, 0.95)
PLANNED = (0.911, 0.784)
"""The difference of the source, for which the sample is planned."""

RUNS = {40: 10_000, 100: 10_000, 400: 5_000, 4000: 2_000}


def cells() -> list[Cell]:
    errors = [
        Cell(
            f"verdict rule, {n} per arm, {share:g}, weights {weights}",
            partial(ever_named, n, share, weights),
            partial(rows, n, share, weights),
            runs,
            parts=1 if n < 4000 else 4,
            short=1_000 if (n, share) == (40, 0.784) and weights in {(1, 3), (2, 1, 1)} else 0,
        )
        for n, runs in RUNS.items()
        for share in RATES
        for weights in WEIGHTS
    ]
    power = [
        Cell(
            f"verdict rule, power, weights {weights}",
            partial(ever_named, planned_for(weights), PLANNED, weights),
            partial(power_rows, weights),
            10_000,
            short=1_000 if weights == (1, 3) else 0,
        )
        for weights in ((1, 1), (1, 3))
    ]
    return [*errors, *power]


def planned_for(weights: tuple[int, ...]) -> int:
    """Planned units of the smallest arm, by the package's own plan."""
    arms = [thank_you("Thank you.", weight=weights[0]), sorry("We are sorry.", weight=weights[1])]
    detect = round(PLANNED[0] - PLANNED[1], 6)
    metrics = [Proportion("completed", baseline=PLANNED[1], detect=detect)]
    return plan(Experiment(key="late_parcel", notice="Late.", arms=arms, metrics=metrics)).smallest


def ever_named(
    n: int,
    rates: float | tuple[float, ...],
    weights: tuple[int, ...],
    runs: int,
    rng: np.random.Generator,
) -> Sums:
    """Experiments in which the rule, or an ordinary test, ever names a difference."""
    shares = np.array(weights) / sum(weights)
    per_arm = np.ceil(n * shares / shares.min() - 1e-9).astype(int)
    # Long enough that every arm has its planned units in all but a handful of experiments.
    length = int(per_arm.sum() + 8 * np.sqrt(per_arm.sum() / shares.min()))
    found = {"runs": float(runs), "rule": 0.0, "careless": 0.0, "beyond": 0.0}
    for size in batches(runs, 2 * length):
        arm = rng.choice(len(weights), size=(size, length), p=shares)
        events = (rng.random((size, length)) < np.broadcast_to(rates, len(weights))[arm]).astype(float)
        for name, count in _judged(arm, events, per_arm).items():
            found[name] += count
    return found


def _judged(arm: np.ndarray, events: np.ndarray, per_arm: np.ndarray) -> dict[str, float]:
    seen = np.array([np.cumsum(arm == place, axis=1) for place in range(len(per_arm))])
    complete = (seen >= per_arm[:, None, None]).all(axis=0)
    due = np.where(complete.any(axis=1), complete.argmax(axis=1), arm.shape[1] - 1)
    before = np.arange(arm.shape[1]) < due[:, None]
    named, careless = np.zeros(len(arm), dtype=bool), np.zeros(len(arm), dtype=bool)
    pairs = list(combinations(range(len(per_arm)), 2))
    level = deciding_rule(status="running", alpha=ALPHA, planned=int(per_arm.min())).always_valid_level
    assert level is not None
    for i, j in pairs:
        looks = Looks.of(arm == i, arm == j, events)
        planned = int(per_arm[i] + per_arm[j])
        named |= (looks.outside(0.0, alpha=level / len(pairs), planned_n=planned) & before).any(axis=1)
        careless |= (_ordinary(looks) & before).any(axis=1)
    counted = [
        (events * (arm == place) * (seen[place] <= n)).sum(axis=1).astype(int)
        for place, n in enumerate(per_arm.tolist())
    ]
    named |= rejected(counted, per_arm.tolist(), pairs)
    return {
        "rule": float(named.sum()),
        "careless": float(careless.sum()),
        "beyond": float((~complete.any(axis=1)).sum()),
    }


def rejected(
    counted: Sequence[np.ndarray], per_arm: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Whether the decision at the planned sample names any pair: Holm's first step at the deciding level."""
    level = ALPHA * FIXED_SHARE / len(pairs)
    found = np.zeros(len(counted[0]), dtype=bool)
    for i, j in pairs:
        found |= default_region(per_arm[i], per_arm[j], counted[i], counted[j], level=level)
    return found


def decided(events: Sequence[int], per_arm: Sequence[int], pairs: Sequence[tuple[int, int]]) -> bool:
    """The same by the package's own rule, one experiment at a time."""
    planned = min(per_arm)
    rule = deciding_rule(status="running", alpha=ALPHA, planned=planned, reached=planned, decision_data=True)
    p_values = [p_of(default_test(events[i], per_arm[i], events[j], per_arm[j])) for i, j in pairs]
    adjusted = adjust(list(p_values), method="holm")
    return any(verdict(Evidence(p_value=p), rule) == "difference" for p in adjusted)


def _ordinary(looks: Looks) -> np.ndarray:
    """What a reader of ordinary p-values would call a difference."""
    n1, n2 = looks.n1, looks.n2
    with np.errstate(divide="ignore", invalid="ignore"):
        common = (looks.sum1 + looks.sum2) / (n1 + n2)
        z = looks.effects() / np.sqrt(common * (1 - common) * (1 / n1 + 1 / n2))
    found: np.ndarray = (np.minimum(n1, n2) >= 10) & (np.abs(z) > 1.959964)
    return found


def rows(n: int, share: float, weights: tuple[int, ...], found: Sums) -> list[Row]:
    runs = found["runs"]
    setting = f"{n} in the smallest arm, rate {share:g}, weights {':'.join(map(str, weights))}"
    note = f"{found['beyond']:.0f} without every planned unit" if found["beyond"] else ""
    return [
        rate("whole verdict rule", setting, found["rule"], runs, high=most(ALPHA, int(runs)), note=note),
        rate("ordinary test at every look", setting, found["careless"], runs, low=0.075, kind="check"),
    ]


def power_rows(weights: tuple[int, ...], found: Sums) -> list[Row]:
    setting = f"{PLANNED[0]} and {PLANNED[1]}, the planned sample, weights {':'.join(map(str, weights))}"
    return [rate("whole verdict rule, power", setting, found["rule"], found["runs"], low=0.79)]
