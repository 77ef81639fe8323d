"""Reliability of a scale."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.reliability import Reliability, reliability
from amends.analysis.result import Estimate
from tests.golden.methods.reading import Got, Inputs, ends, estimate_ends, method, rows_of


@method("scale_reliability")
def scale(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)
    items = {name: [float(row[name]) if row[name] else None for row in rows] for name in rows[0]}
    found = reliability(items, confidence=params["level"])
    assert isinstance(found, Reliability)
    assert isinstance(found.omega, Estimate)
    return {
        "n": found.n,
        "alpha": found.alpha,
        **ends("alpha_", found.interval),
        "average_r": found.average_correlation,
        "item_rest": [item.item_rest for item in found.items],
        "alpha_drop": [item.alpha_without for item in found.items],
        "omega": found.omega.value,
        **estimate_ends("omega_", found.omega),
    }
