"""Goals that a correct implementation misses, each with the evidence and the goal that it supports."""

from __future__ import annotations

from tests.calibration.table.cells import Row

EVIDENCE: dict[tuple[str, str], str] = {}
"""By method and part of the setting. A missed goal that is not here makes the run fail."""


def evidence(row: Row) -> str | None:
    """Why this goal is missed, where that is understood."""
    for (method, setting), why in EVIDENCE.items():
        if row.method == method and setting in row.setting:
            return why
    return None
