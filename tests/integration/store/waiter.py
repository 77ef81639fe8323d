"""Hands out one card after the other and says each arm once it is shown; runs until it is killed."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from amends import Experiment, Lab, Proportion, blocked, delayed_by, sorry, thank_you
from amends.settings import Settings

KEY = "restaurant_wait"


def open_lab(url: str) -> Lab:
    """The lab of a restaurant, on the given database."""
    experiment = Experiment(
        key=KEY,
        owner="restaurants",
        eligible=delayed_by(minutes=30),
        sender="human",
        randomize=blocked(sizes=(4,)),
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it.")],
        metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
    )
    settings = Settings(
        experiments=Path("experiments"), database_url=url, secret=b"a secret of the tests", timeout=60
    )
    return Lab([experiment], settings=settings)


def main(url: str, *codes: str) -> None:
    lab = open_lab(url)
    for minutes, code in enumerate(codes, start=31):
        shown = lab.hand_out(KEY, code, delay=timedelta(minutes=minutes))
        print(code, shown.arm, shown.assignment_id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
