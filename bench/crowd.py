"""A running experiment with as many customers as are asked for, all invented, loaded by the bulk path."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from amends.lab import Lab
from amends.lab.deciding import delay_band
from amends.settings import load_settings
from amends.store import Enrolment
from amends.store.responses import NewResponse

KEY = "crowd"
DAYS, CHANNELS, LOCALES = 30, ("email", "chat", "whatsapp", "app"), ("en", "id")
RATES = {"thank_you": 0.46, "sorry": 0.44, "silence": 0.41}
RATINGS = (0.03, 0.05, 0.08, 0.14, 0.22, 0.28, 0.20)
CHUNK = 20_000

EXPERIMENT = '''"""A parcel is late: thank, apologise, or only state the facts?"""

from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, text, thank_you

experiment = Experiment(
    owner="bench",
    eligible=delayed_by(hours=24),
    notice=text(en="Hello {first_name}, it is late.", id="Halo Kak {first_name}, paketnya terlambat."),
    arms=[
        thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
        sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
        silence(),
    ],
    metrics=[
        Proportion("completed", baseline=0.4, detect=0.002),
        Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.01),
    ],
)
'''


def settings_of(folder: Path, n: int) -> dict[str, str]:
    """The environment in which `amends` finds the experiment with `n` customers of that folder."""
    return {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / f'{n}.db'}",
        "AMENDS_RATE": "1000000",
    }


def gather(folder: Path, n: int) -> dict[str, str]:
    """Starts the experiment a month ago and gives it `n` customers, a good four in ten with an answer.

    Returns:
        The environment, as `settings_of` has it.
    """
    experiments = folder / "experiments"
    experiments.mkdir(parents=True, exist_ok=True)
    (experiments / f"{KEY}.py").write_text(EXPERIMENT, encoding="utf-8")
    now = datetime.now(UTC)
    began = now - timedelta(days=DAYS)
    settings = settings_of(folder, n)
    lab = Lab(settings=load_settings(settings), clock=lambda: began)
    lab.start(KEY, simulated=True)
    rng = np.random.default_rng(1)
    for first in range(0, n, CHUNK):
        _load(lab, rng, range(first, min(n, first + CHUNK)), now=now)
    lab.close()
    return settings


def _load(lab: Lab, rng: np.random.Generator, numbers: range, *, now: datetime) -> None:
    size = len(numbers)
    arms = rng.choice(list(RATES), size=size).tolist()
    # The last day's customers are still within the time they have for their answer.
    ages = rng.integers(0, DAYS * 24 - 1, size).tolist()
    late = rng.choice([26, 40, 60], size=size).tolist()
    channels, locales = rng.choice(CHANNELS, size=size).tolist(), rng.choice(LOCALES, size=size).tolist()
    answered = (rng.random(size) < np.array([RATES[arm] for arm in arms])).tolist()
    ratings = rng.choice(np.arange(1, 8), size=size, p=RATINGS).tolist()
    enrolments, responses = [], []
    for place, number in enumerate(numbers):
        at = now - timedelta(hours=1 + ages[place])
        delay = timedelta(hours=late[place])
        name = f"{number:032d}"
        enrolments.append(
            Enrolment(
                *(name, arms[place]), at=at, channel=channels[place], locale=locales[place],
                delay_seconds=delay.total_seconds(), delay_band=delay_band(delay),
                assignment_id=name, token_nonce=name,
            )
        )  # fmt: skip
        if answered[place]:
            rating: dict[str, Any] = {"satisfaction": float(ratings[place])}
            responses.append(NewResponse(name, True, rating, {}, at + timedelta(minutes=30), False))
    lab.store.enrol(KEY, enrolments)
    lab.store.record_responses(KEY, responses)
