"""Gives a lab the messages of a file, one a line, and says of each what came of it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amends import Experiment, Lab, Mean, Proportion, everyone, silence, sorry, thank_you
from amends.importing.vendors import VENDORS
from amends.lab.webhook_messages import receive
from amends.settings import Settings

KEY = "late_parcel"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def make_lab(url: str, clock: Clock) -> Lab:
    experiment = Experiment(
        key=KEY,
        owner="delivery-cx",
        eligible=everyone(),
        survey="https://forms.example/late?t={token}",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    settings = Settings(
        experiments=Path("experiments"), database_url=url, secret=b"a secret of the tests", timeout=60
    )
    return Lab([experiment], settings=settings, clock=clock)


def tell(lab: Lab, request: dict[str, Any]) -> tuple[bool, bool]:
    received = receive(lab, VENDORS["typeform"], lab.store.webhooks("typeform"), **request)
    return received.recorded, received.repeat


def main(url: str, file: str) -> None:
    lab = make_lab(url, Clock())
    for line in Path(file).read_text().splitlines():
        signature, _, body = line.partition(" ")
        print(*tell(lab, {"headers": {"typeform-signature": signature}, "body": body.encode()}))
    lab.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
