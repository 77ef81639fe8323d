"""Reminder designs."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.double_sampling import DoubleSample, Reminded, double_sample
from tests.golden.methods.reading import Got, Inputs, method


@method("double_sample")
def reminded(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    early, late = ({int(value): n for value, n in inputs[name].items()} for name in ("early", "late"))
    low, high = params["scale"]
    found = double_sample(
        Reminded(inputs["assigned"], early, inputs["reminded"], late),
        scale=(low, high),
        confidence=params["level"],
    )
    assert isinstance(found, DoubleSample)
    return {
        "value": found.value,
        "se": found.standard_error,
        "low_95": found.interval.low,
        "high_95": found.interval.high,
        "low": found.low,
        "high": found.high,
        "low_se": found.low_error,
        "high_se": found.high_error,
        "unknown": found.unknown,
    }
