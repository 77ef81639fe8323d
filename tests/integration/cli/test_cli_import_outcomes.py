"""`amends import-outcomes`: the account of the rows, as text and as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

DEFINITION = '''"""Does an apology prevent complaints?"""

from amends import Experiment, Proportion, silence, sorry

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[sorry("We are sorry about it."), silence()],
    metrics=[Proportion("completed"), Proportion("complaint", source="outcome", better="lower")],
)
'''
TAKE = ("import-outcomes", "late_refund", "outcomes.csv", "--unit", "id", "--metric", "complaint=c")


@pytest.fixture
def assigned(desk: Any) -> Any:
    desk.define("late_refund", DEFINITION)
    desk("start", "late_refund", "--yes")
    desk.file("customers.csv", "unit_id\nC-1\nC-2\n")
    desk("assign", "late_refund", "customers.csv", "--out", "send.csv")
    return desk


@pytest.mark.both_databases
def test_every_row_is_accounted_for(assigned: Any) -> None:
    assigned.file("outcomes.csv", "id,c\nC-1,1\nC-2,no\nX-1,1\n")
    refused = assigned.refused(*TAKE)
    assert (
        "3 rows read: 2 matched, 1 unknown, 0 duplicate, 0 out of scale, 0 unreadable. Nothing was" in refused
    )
    assert assigned.rows("outcome") == 0
    assert assigned(*TAKE, "--skip-unknown").stdout == (
        "3 rows read: 2 matched, 1 unknown, 0 duplicate, 0 out of scale, 0 unreadable.\n"
        "Stored 2 values of late_refund; 0 were stored already.\n"
    )
    said = json.loads(assigned(*TAKE, "--skip-unknown", "--json").stdout)
    assert (said["matched"], said["out_of_scale"], said["new"], said["values"]) == (2, 0, 0, 2)
    assert assigned.rows("outcome") == 2


def test_half_a_command_is_refused(assigned: Any) -> None:
    assigned.file("outcomes.csv", "id,c\nC-1,1\n")
    assert "--unit COLUMN or by --pseudonym" in assigned.refused(*TAKE[:3], "--metric", "complaint=c")
    assert "no outcome is read" in assigned.refused(*TAKE[:5])
