"""Sample sizes, power and what they depend on."""

from __future__ import annotations

import math
from pathlib import Path

from amends.analysis import power
from tests.golden.methods.reading import Got, Inputs, method


@method("sample_size_two_proportions")
def size_of_proportions(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    got: Got = {}
    for name in ("normal", "arcsine"):
        size = power.sample_size_proportions(
            inputs["p1"],
            inputs["p2"],
            power=inputs["power"],
            alpha=inputs["alpha"],
            ratio=inputs["ratio"],
            method=name,
        )
        got |= {f"n_per_arm_{name}": size, f"n_per_arm_{name}_ceil": math.ceil(size)}
    return got


@method("power_two_proportions")
def power_of_proportions(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    names = {"normal_both_tails": "normal", "arcsine": "arcsine", "exact_enumeration_pooled_z": "exact"}
    arms = inputs["p1"], inputs["p2"], inputs["n1"], inputs["n2"]
    return {
        f"power_{key}": power.power_proportions(*arms, alpha=inputs["alpha"], method=name)
        for key, name in names.items()
    }


@method("mde_two_proportions")
def detectable(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = power.detectable_difference(
        inputs["p1"], inputs["n_per_arm"], power=inputs["power"], alpha=inputs["alpha"]
    )
    return {"mde_abs": found}


@method("sample_size_t")
def size_of_t(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    d, level = inputs["d"], {"alpha": inputs["alpha"]}
    size = power.sample_size_t(d, power=inputs["power"], **level)
    return {
        "n_per_arm": size,
        "ceil": math.ceil(size),
        "power_at_50": power.power_t(d, 50, 50, **level),
        "power_unequal_40_90": power.power_t(d, 40, 90, **level),
        "mde_d_at_50": power.detectable_effect_t(50, 50, power=inputs["power"], **level),
    }


@method("power_anova_3")
def power_of_anova(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    f, arms, alpha = inputs["f"], inputs["k"], inputs["alpha"]
    return {
        "n_per_arm": power.sample_size_anova(f, arms, power=inputs.get("power", 0.8), alpha=alpha),
        "power_at_60": power.power_anova(f, arms, 60, alpha=alpha),
    }


@method("power_chi2_3x2")
def power_of_chi2(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return {"power": power.power_chi2(inputs["w"], inputs["N"], df=inputs["df"], alpha=inputs["alpha"])}


@method("design_effect")
def design_effect(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return {"deff": power.design_effect(inputs["mean_cluster_size"], inputs["icc"])}
