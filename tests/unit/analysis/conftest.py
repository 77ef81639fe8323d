"""An experiment of two arms with the counts of 51/56 against 40/51, and its report in any state."""

from datetime import UTC, datetime

import pytest

from amends import Experiment, Mean, Proportion, sorry, thank_you
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Moments, Tally

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HIGH = {4: 2, 5: 10, 6: 20, 7: 19}
LOW = {2: 2, 4: 8, 5: 10, 6: 15, 7: 5}


@pytest.fixture
def arm():
    """Makes an arm whose units have all matured."""

    def make(name, completed, assigned, ratings=None, **more):
        counts = {"assigned": assigned, "matured": assigned, "started": completed, "finished": completed}
        rated = {"satisfaction": ratings} if ratings else {}
        return ArmTally(name, **{**counts, "completed": completed, "ratings": rated, **more})

    return make


@pytest.fixture
def tally_of():
    return lambda *arms: Tally("late_parcel", arms)


@pytest.fixture
def two_arms():
    def make(**parts):
        given = {
            "key": "late_parcel",
            "question": "A parcel is late: thank or apologise?",
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
            "metrics": [
                Proportion("completed", baseline=0.784, detect=0.127),
                Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
            ],
        }
        return Experiment(**{**given, **parts})

    return make


@pytest.fixture
def counts(arm, tally_of):
    return tally_of(arm("thank_you", 51, 56, HIGH), arm("sorry", 40, 51, LOW))


@pytest.fixture
def report_of():
    def make(experiment, tally, *, status="running", **more):
        given = {"status": status, "as_of": NOON, "plan": plan(experiment)}
        return build(experiment, tally, **{**given, **more})

    return make


@pytest.fixture
def counted():
    """The tally of units given as rows."""

    def make(experiment, units):
        return Tally("late_parcel", tuple(_arm(experiment, arm.name, units) for arm in experiment.arms))

    return make


def _arm(experiment, name, units):
    mine = units[units["arm"] == name]
    completed = int(mine["completed"].sum())
    ratings, moments = {}, {}
    for metric in experiment.metrics:
        given = mine.get(f"item.{metric.name}")
        if metric.kind != "mean" or given is None:
            continue
        given = given.dropna().astype(float)
        if metric.scale and (given % 1 == 0).all():
            ratings[metric.name] = {int(point): int(n) for point, n in given.value_counts().items()}
        else:
            moments[metric.name] = Moments(len(given), float(given.sum()), float((given**2).sum()))
    return ArmTally(
        name,
        assigned=len(mine),
        matured=len(mine),
        started=completed,
        finished=completed,
        completed=completed,
        ratings=ratings,
        moments=moments,
        clusters=mine["cluster"].nunique() if experiment.clustered else None,
    )


WITHOUT = {
    "stratum": "", "day": NOON.date(), "assigned_at": NOON, "channel": "", "locale": "", "delay_band": "",
    "sender": "", "delay_seconds": None, "incidents": 0, "sent": False, "delivered": False, "failed": False,
    "said": None, "started": False, "late": False,
}  # fmt: skip
"""What the columns of a unit hold that a test does not care about."""


@pytest.fixture
def report_of_units(counted, report_of):
    """The report of units given as rows, finished before they reached us unless said otherwise."""

    def make(experiment, units, **more):
        units = units.assign(**{name: value for name, value in WITHOUT.items() if name not in units})
        given = {"status": "stopped", "finished_data": True, "units": units}
        return report_of(experiment, counted(experiment, units), **{**given, **more})

    return make
