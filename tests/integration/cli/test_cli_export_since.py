"""`amends export --since`: what is said, and half a command."""

from __future__ import annotations

import json
from typing import Any

import pytest


def test_what_changed_is_counted(assigned: Any) -> None:
    export = ("export", "late_parcel", "--since", "last", "--to", "sync")
    assert assigned(*export).stdout == (
        "Rows written to sync: 2. Files new or changed: 1; as they were: 0; gone: 0.\n"
    )
    assigned("respond", "late_parcel", "C-1", "--rating", "satisfaction=6")
    said = json.loads(assigned(*export, "--json").stdout)
    assert (said["rows"], said["written"], said["unchanged"]) == (1, {"responses": 1}, 1)


@pytest.mark.parametrize("since", ["2026-03-02", "2026-03-02T20:00:00+07:00", "last"])
def test_a_day_a_time_and_the_last_run_are_understood(assigned: Any, since: str) -> None:
    assigned("export", "late_parcel", "--since", since, "--to", "sync")
    assert len(list((assigned.folder / "sync" / "table=assignments").iterdir())) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "last"), "--since and --to go together"),
        (("--to", "sync"), "--since and --to go together"),
        (("--since", "yesterday", "--to", "sync"), "--since yesterday is neither last, nor a day"),
        (("--since", "2026-03-02T20:00:00", "--to", "sync"), "nor a time with its zone"),
        (("--since", "last", "--to", "sync", "--bundle"), "leave --bundle, --out and --format out"),
        (("--since", "last", "--to", "sync", "--format", "csv"), "leave --bundle, --out and --format out"),
        (("--since", "last", "--to", "experiments/late_parcel.py"), "is a file"),
    ],
)
def test_half_a_command_is_refused(assigned: Any, words: tuple[str, ...], said: str) -> None:
    assert said in assigned.refused("export", "late_parcel", *words)
