"""The effect among compliers."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.compliance import ComplierEffect, complier_effect
from tests.golden.methods.reading import Got, Inputs, column, method, rows_of


@method("complier_effect")
def complier(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)
    y, z, d, g = (column(rows, name) for name in "yzdg")
    found = complier_effect(
        y,
        [value == 1 for value in z],
        [value == 1 for value in d],
        clusters=g if inputs["clustered"] else None,
        confidence=params["level"],
    )
    assert isinstance(found, ComplierEffect)
    ends = [end for region in found.interval.regions for end in region]
    return {
        "value": found.value,
        "se": found.standard_error,
        "assigned_effect": found.assigned_effect,
        "compliers": found.compliers,
        "first_stage_f": found.first_stage_f,
        "p": found.p_value,
        "edges": ends,
        "weak": found.weak,
    }
