"""Non-inferiority."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.means import Summary
from amends.analysis.noninferiority import noninferior_means, noninferior_proportions
from tests.golden.methods.reading import Got, Inputs, method, part, table_of


@method("noninferior_proportions")
def of_counts(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    got: Got = {}
    for name in ("score", "newcombe"):
        found = noninferior_proportions(
            *table_of(inputs), margin=params["margin"], alpha=params["alpha"], method=name
        )
        got |= {f"{name}_p": part(found, "p_value"), f"{name}_bound": part(found, "bound")}
    return got


@method("noninferior_means")
def of_means(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (Summary(inputs[f"n{i}"], inputs[f"mean{i}"], inputs[f"sd{i}"]) for i in (1, 2))
    found = noninferior_means(a, b, margin=params["margin"], better=params["better"], alpha=params["alpha"])
    return {"p": part(found, "p_value"), "bound": part(found, "bound")}
