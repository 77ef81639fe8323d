"""A report from counts, as the pages get it: nothing made up but the counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from amends import Experiment, Mean, Proportion, silence, sorry, text, thank_you
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Tally

RATINGS = {
    "thank_you": {1: 5, 2: 8, 3: 20, 4: 60, 5: 100, 6: 80, 7: 47},
    "sorry": {1: 10, 2: 20, 3: 30, 4: 60, 5: 70, 6: 40, 7: 20},
    "silence": {1: 20, 2: 30, 3: 30, 4: 50, 5: 40, 6: 20, 7: 10},
}
ASSIGNED = {"thank_you": 560, "sorry": 555, "silence": 558}


def late_parcel() -> Experiment:
    return Experiment(
        key="late_parcel",
        question="A parcel is late: thank, apologise, or only state the facts?",
        notice=text(en="Hello {first_name}, it is late.", id="Halo {first_name}, pesanan terlambat."),
        arms=[
            thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
            sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
            silence(),
        ],
        metrics=[
            Proportion("completed", baseline=0.40, detect=0.05),
            Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
        ],
    )


def counted(arm: str) -> ArmTally:
    finished = sum(RATINGS[arm].values())
    return ArmTally(
        arm,
        assigned=ASSIGNED[arm],
        sent=ASSIGNED[arm],
        delivered=ASSIGNED[arm] - 2,
        started=finished + 4,
        finished=finished,
        matured=ASSIGNED[arm],
        completed=finished,
        ratings={"satisfaction": RATINGS[arm]},
    )


def read(experiment: Experiment, tally: Tally, status: str = "running") -> dict[str, Any]:
    return build(
        experiment, tally, status=status, as_of=datetime(2026, 3, 1, 8, 30, tzinfo=UTC), plan=plan(experiment)
    ).to_dict()


@pytest.fixture(scope="session")
def figures() -> dict[str, Any]:
    """Three arms with data."""
    experiment = late_parcel()
    return read(experiment, Tally("late_parcel", tuple(counted(arm) for arm in RATINGS)))


@pytest.fixture(scope="session")
def empty_figures() -> dict[str, Any]:
    """The same experiment before anybody was assigned."""
    experiment = late_parcel()
    return read(experiment, Tally("late_parcel", tuple(ArmTally(arm) for arm in RATINGS)), status="draft")
