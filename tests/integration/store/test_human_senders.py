"""People who hand the message out: whoever they judged is on record before they see an arm."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from tests.integration.store.waiter import KEY, open_lab

Script = Callable[..., subprocess.Popen[str]]


def test_a_kill_shows_no_arm_without_its_record_and_loses_nobody_who_qualified(
    url: str, script: Script
) -> None:
    lab = open_lab(url)
    lab.start(KEY)
    codes = [card.code for card in lab.print_cards(KEY, 400)]
    shown: dict[str, tuple[str, str]] = {}
    for kill in range(3):
        waiter = script("waiter.py", url, *codes[len(shown) :])
        assert waiter.stdout is not None
        for line in waiter.stdout:
            code, arm, record = line.split()
            shown[code] = arm, record
            if len(shown) >= 15 * (kill + 1):
                break
        waiter.kill()
        for line in waiter.stdout.read().splitlines()[:-1]:
            code, arm, record = line.split()
            shown[code] = arm, record
        waiter.wait()

    rows = {row["assignment_id"]: row for row in lab.store.export_rows(KEY).assignments}
    assert len(shown) >= 45
    for arm, record in shown.values():
        assert rows[record]["arm"] == arm
        assert rows[record]["delay_seconds"] >= 31 * 60  # why the party qualified
    # A card recorded and not shown, because the kill came in between, is a card recorded: its party
    # counts, and the next look at the card shows the arm that was stored.
    for code in codes[: len(shown) + 3]:
        again = lab.hand_out(KEY, code, delay=timedelta(minutes=90))
        stored = rows.get(again.assignment_id or "")
        assert again.repeat is (stored is not None)
        assert stored is None or stored["arm"] == again.arm
    arms = Counter(row["arm"] for row in lab.store.export_rows(KEY).assignments)
    assert arms == Counter(lab.in_force(KEY).draw("", position) for position in range(arms.total()))
    assert lab.store.verify() == []
    lab.close()
