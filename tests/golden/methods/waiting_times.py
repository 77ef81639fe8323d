"""Quantiles of waits, some of which go on."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.waiting_times import Spell, quantile_of_waits
from tests.golden.methods.reading import Got, Inputs, ends, method


@method("quantile_of_waits")
def waits(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    ended = inputs.get("ended", [True] * len(inputs["waits"]))
    found = quantile_of_waits(inputs["waits"], [bool(over) for over in ended], share=params["share"])
    if not isinstance(found, Spell):
        return dict.fromkeys(("seconds", "low", "high", "at_least"), found)
    seconds = float("nan") if found.at_least else found.seconds
    return {"seconds": seconds, "at_least": int(found.at_least), **ends("", found.interval)}
