"""The whole verdict rule over simulated experiments that are looked at all the time: error and power.

The package decides: its plan, its always-valid interval at every look, its fixed test once on exactly the
first planned units of each arm, its families, its verdicts. Seeded, so a run says the same every time.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from amends import Experiment, Proportion, silence, sorry, thank_you
from amends.analysis.multiplicity import adjust
from amends.analysis.proportions import default_test
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sequential import always_valid_proportions
from amends.analysis.verdict import Evidence, deciding_rule, verdict
from amends.design.plan import plan

ALPHA = 0.05
RUNS = 2000
ERROR_OF_2000 = 3 * (ALPHA * (1 - ALPHA) / RUNS) ** 0.5
LOOK_EVERY = 12

Counts = list[tuple[int, int]]


def experiment(weights: tuple[int, ...]) -> Experiment:
    arms = [
        thank_you("Thank you for waiting.", weight=weights[0]),
        sorry("We are sorry for it.", weight=weights[1]),
    ]
    arms += [silence(weight=weights[2])] if len(weights) == 3 else []
    return Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=arms,
        metrics=[Proportion("completed", baseline=0.784, detect=0.127)],
        alpha=ALPHA,
    )


def p_or_missing(first: tuple[int, int], second: tuple[int, int]) -> float | NotEnough:
    found = default_test(*first, *second)
    return found if isinstance(found, NotEnough) else found.p_value


def looked_at(
    weights: tuple[int, ...], rates: tuple[float, ...], *, runs: int, seed: int
) -> dict[str, float]:
    """Shares of experiments in which a rule ever names a difference."""
    rng = np.random.default_rng(seed)
    per_arm = np.array(list(plan(experiment(weights)).per_arm.values()))
    pairs = list(combinations(range(len(weights)), 2))
    found = {"rule": 0, "first pair": 0, "ordinary test at every look": 0}
    for _ in range(runs):
        length = int(per_arm.sum() * 1.5)
        arm = rng.choice(len(weights), size=length, p=np.array(weights) / sum(weights))
        event = rng.random(length) < np.array(rates)[arm]
        seen = np.array([np.cumsum(arm == place) for place in range(len(weights))])
        events = np.array([np.cumsum((arm == place) & event) for place in range(len(weights))])
        due = int((seen >= per_arm[:, None]).all(axis=0).argmax())
        assert (seen[:, due] >= per_arm).all()
        named: set[tuple[int, int]] = set()
        careless = False
        for look in range(LOOK_EVERY, due, LOOK_EVERY):
            counts = [(int(events[place, look]), int(seen[place, look])) for place in range(len(weights))]
            reached = min(
                int(n * per_arm.min() // due_n) for (_, n), due_n in zip(counts, per_arm, strict=True)
            )
            named |= differences(counts, pairs, per_arm, status="running", reached=reached)
            careless |= careless_look(counts[pairs[0][0]], counts[pairs[0][1]])
        first_units = [
            (int(event[arm == place][:n].sum()), int(n)) for place, n in enumerate(per_arm.tolist())
        ]
        named |= differences(
            first_units, pairs, per_arm, status="running", reached=int(per_arm.min()), last=True
        )
        found["rule"] += bool(named)
        found["first pair"] += pairs[0] in named
        found["ordinary test at every look"] += careless
    return {name: count / runs for name, count in found.items()}


def differences(
    counts: Counts,
    pairs: list[tuple[int, int]],
    per_arm: np.ndarray,
    *,
    status: str,
    reached: int,
    last: bool = False,
) -> set[tuple[int, int]]:
    """The pairs that the rule calls different at one look."""
    rule = deciding_rule(
        status=status, alpha=ALPHA, planned=int(per_arm.min()), reached=reached, decision_data=last
    )
    assert rule.method == ("fixed" if last else "always-valid")
    assert rule.always_valid_level is not None
    p_values = [p_or_missing(counts[i], counts[j]) for i, j in pairs] if last else [1.0] * len(pairs)
    adjusted = adjust(p_values, method="holm")
    named = set()
    for (i, j), p in zip(pairs, adjusted, strict=True):
        interval = always_valid_proportions(
            *counts[i],
            *counts[j],
            alpha=rule.always_valid_level / len(pairs),
            planned_n=int(per_arm[i] + per_arm[j]),
        )
        limits = (interval.low, interval.high) if isinstance(interval, Interval) else None
        if verdict(Evidence(p_value=p, always_valid=limits), rule) == "difference":
            named.add((i, j))
    return named


def careless_look(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """What a reader of ordinary p-values would call a difference."""
    (x1, n1), (x2, n2) = first, second
    if min(n1, n2) < 10 or not 0 < x1 + x2 < n1 + n2:
        return False
    common = (x1 + x2) / (n1 + n2)
    return abs(x1 / n1 - x2 / n2) > 1.96 * (common * (1 - common) * (1 / n1 + 1 / n2)) ** 0.5


@pytest.mark.parametrize(
    ("weights", "seed"), [((1, 1), 1), ((1, 3), 2), ((1, 1, 1), 3), ((2, 1, 1), 4)], ids=str
)
def test_no_more_than_alpha_of_experiments_without_a_difference_ever_show_one(weights, seed):
    found = looked_at(weights, (0.784,) * len(weights), runs=RUNS, seed=seed)
    assert found["rule"] <= ALPHA + ERROR_OF_2000
    # The check itself: an ordinary test read at every look breaks the same line.
    assert found["ordinary test at every look"] > 0.1


@pytest.mark.parametrize(("weights", "seed"), [((1, 1), 5), ((1, 3), 6), ((1, 1, 1), 7)], ids=str)
def test_the_planned_sample_finds_the_planned_difference_as_often_as_planned(weights, seed):
    rates = (0.911, 0.784, 0.784)[: len(weights)]
    found = looked_at(weights, rates, runs=1000, seed=seed)
    # Three standard errors at .80 and 1,000 runs are .038.
    assert found["first pair"] >= 0.8 - 0.038
