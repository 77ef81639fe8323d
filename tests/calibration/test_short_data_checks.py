"""Sound experiments hardly ever raise a data check: under one report in a hundred calls anything broken."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amends import Experiment, Mean, Proportion, blocked, silence, sorry, thank_you
from amends.analysis.cell_splits import Cell
from amends.analysis.checks.row_counts import RowCounts
from amends.analysis.material import Material
from amends.analysis.sections.checks import section
from amends.analysis.split import check_split
from amends.analysis.verdict import deciding_rule
from amends.cli.playing import Clock, Staging, stage
from amends.simulation import Effects
from amends.tally import ArmTally, Tally

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REPORTS = 1_000
ALLOWED = 0.01


def definition(weights):
    arms = [
        thank_you("Thank you for waiting.", weight=weights[0]),
        sorry("We are sorry for it.", weight=weights[1]),
        silence(weight=weights[2]),
    ]
    return Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=arms,
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
        covariates=["orders", "tier"],
    )


def counted(units, by, value, names):
    return Cell(by, value, {name: int((units == place).sum()) for place, name in enumerate(names)})


def sound(experiment, n, rng):
    """Units drawn by the weights, everything else independent of the arm."""
    names = [arm.name for arm in experiment.arms]
    arm = rng.choice(3, size=n, p=experiment.shares)
    day, channel, sender = rng.integers(21, size=n), rng.integers(3, size=n), rng.integers(2, size=n)
    delivered, finished, late = rng.random(n) < 0.97, rng.random(n) < 0.5, rng.random(n) < 0.1
    rating, orders, tier = rng.integers(1, 8, size=n), rng.poisson(3, size=n), rng.integers(4, size=n)
    dates = {place: (MONDAY + timedelta(days=int(place))).date().isoformat() for place in range(21)}
    cells = [counted(arm[day == d], "day", dates[d], names) for d in np.unique(day)]
    cells += [counted(arm[channel == c], "channel", f"channel {c}", names) for c in range(3)]
    cells += [counted(arm[sender == s], "sender", f"sender {s}", names) for s in range(2)]
    tallies, covariates = [], {"orders": {}, "tier": {}}
    for place, name in enumerate(names):
        mine = arm == place
        done = mine & finished & ~late
        points = {point: int((done & (rating == point)).sum()) for point in range(1, 8)}
        tallies.append(
            ArmTally(
                name,
                assigned=int(mine.sum()),
                matured=int(mine.sum()),
                delivered=int((mine & delivered).sum()),
                started=int((mine & finished).sum()),
                finished=int((mine & finished).sum()),
                late=int((mine & finished & late).sum()),
                completed=int(done.sum()),
                ratings={"satisfaction": points},
            )
        )
        for covariate, values in (("orders", orders), ("tier", tier)):
            found, times = np.unique(values[mine], return_counts=True)
            covariates[covariate][name] = {str(value): int(m) for value, m in zip(found, times, strict=True)}
    rows = RowCounts(covariates=covariates, ramps=((MONDAY + timedelta(days=9), "0.5", "1"),))
    return Tally("late_parcel", tuple(tallies)), cells, rows


def states(experiment, n, rng):
    tally, cells, rows = sound(experiment, n, rng)
    material = Material(
        experiment=experiment,
        tally=tally,
        status="running",
        rule=deciding_rule(status="running", alpha=0.05, planned=n, reached=0),
        contrasts=(),
        split=check_split(experiment, tally, cells=cells),
        cells=cells,
        rows=rows,
    )
    return section(material).figures["counts"]


@pytest.mark.parametrize(("n", "weights", "seed"), [(60, (1, 1, 1), 11), (600, (1, 2, 2), 12)])
def test_sound_experiments_are_hardly_ever_called_broken(n, weights, seed):
    rng, experiment = np.random.default_rng(seed), definition(weights)
    found = [states(experiment, n, rng) for _ in range(REPORTS)]
    assert sum(bool(counts["broken"]) for counts in found) / REPORTS < ALLOWED
    # The other level is for looking, not for mistrust: it may be raised more often, but seldom.
    assert sum(bool(counts["look at this"]) for counts in found) / REPORTS < 0.10


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("randomize", ["hashed", "blocked"])
def test_simulated_customers_raise_nothing(open_lab, define, clock, seed, randomize):
    experiment = define(**({"randomize": blocked()} if randomize == "blocked" else {}))
    lab = open_lab(experiment, start=False)
    moves = Clock(clock.now)
    lab.clock = moves
    staging = Staging(experiment.key, n=150, seed=seed, effects=Effects({"thank_you": 0.1}, {}), stops=True)
    stage(lab, moves, staging, now=clock.now)
    found = lab.analyze(experiment.key).to_dict()["sections"]["checks"]
    assert found["counts"]["broken"] == 0
