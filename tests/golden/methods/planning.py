"""Planned samples with silence and clusters, and the power of the exact test."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.exact_power import power_boschloo
from amends.analysis.planning import Conditions, Means, PlannedSample, Rates, sample_size
from tests.golden.methods.reading import Got, Inputs, method


@method("boschloo_power")
def exact(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    arms = inputs["p1"], inputs["p2"], inputs["n1"], inputs["n2"]
    return {"power": power_boschloo(*arms, alpha=params["alpha"])}


@method("planned_sample")
def planned(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    if "sd" in inputs:
        effect: Rates | Means = Means(inputs["sd"], inputs["difference"])
    else:
        effect = Rates(inputs["p1"], inputs["p2"])
    names = ("completion", "cluster_size", "icc", "cluster_cv")
    conditions = Conditions(**{name: inputs[name] for name in names})
    found = sample_size(effect, power=params["power"], alpha=params["alpha"], conditions=conditions)
    assert isinstance(found, PlannedSample)
    return {"answers": found.answers[0], "assigned": found.assigned[0], "power": found.power}
