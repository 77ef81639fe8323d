"""Fixtures shared by all tests: a clock that stands still, a definition, a lab on a real SQLite file."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, text, thank_you
from amends.settings import Settings

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **spell: float) -> None:
        self.now += timedelta(**spell)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def define():
    """Makes a late-parcel experiment; keyword arguments replace or add parts."""

    def make(key: str = "late_parcel", **parts):
        definition = {
            "key": key,
            "question": "A parcel is late: thank, apologise, or only state the facts?",
            "owner": "delivery-cx",
            "eligible": delayed_by(hours=24),
            "notice": text(
                en="Hello {first_name}, your parcel is late.", id="Halo Kak {first_name}, paketnya terlambat."
            ),
            "arms": [
                thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
                sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
                silence(),
            ],
            "metrics": [
                Proportion("completed", baseline=0.40, detect=0.05),
                Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
            ],
        }
        return Experiment(**{**definition, **parts})

    return make


@pytest.fixture
def settings(tmp_path) -> Settings:
    folder = tmp_path / "experiments"
    folder.mkdir()
    return Settings(
        experiments=folder,
        database_url=f"sqlite:///{tmp_path / 'amends.db'}",
        secret=b"a secret of more than sixteen characters",
        # Patience of a test machine that does much else at once, not a bound under test.
        timeout=60,
    )


@pytest.fixture
def open_lab(settings, clock):
    """Opens labs on one SQLite file and closes them afterwards; `start=False` leaves drafts."""
    from amends import Lab

    opened = []

    def make(*experiments, start: bool = True, **state):
        lab = Lab(list(experiments), settings=settings, clock=clock)
        opened.append(lab)
        if start:
            for experiment in experiments:
                lab.start(experiment.key, **state)
        return lab

    yield make
    for lab in opened:
        lab.close()


@pytest.fixture
def late():
    """Arguments of a call that qualifies for the late-parcel experiment."""
    return {"delay": timedelta(hours=30), "first_name": "Sari"}
