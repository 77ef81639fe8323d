"""Bounds, weights and tipping points for what only some answered."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from amends.analysis import nonresponse, proportions, weighting
from tests.golden.methods.reading import Got, Inputs, column, matching, method, part, rows_of


def answers_of(inputs: Inputs, folder: Path, arm: str) -> tuple[dict[float, int], int]:
    rows = matching(rows_of(inputs, folder), f"arm=={arm}")
    observed, outcome = inputs.get("observed", "completed"), inputs.get("outcome", "satisfaction")
    return Counter(column(matching(rows, f"{observed}==1"), outcome)), len(rows)


def two_arms(inputs: Inputs, folder: Path) -> tuple[dict[float, int], int, dict[float, int], int]:
    return (*answers_of(inputs, folder, "thanks"), *answers_of(inputs, folder, "sorry"))


@method("lee_and_manski_bounds")
def bounds(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    assert inputs["treat"] == "thanks"
    arms = two_arms(inputs, folder)
    lee = nonresponse.lee_bounds(*arms, names=("thanks", "sorry"))
    manski = nonresponse.manski_bounds(*arms, low=inputs["y_min"], high=inputs["y_max"])
    answered = part(lee, "answered")
    return {
        "completion_thanks": answered[0],
        "completion_sorry": answered[1],
        "trim_share": part(lee, "trim_share"),
        "naive_diff": part(lee, "naive"),
        **{f"lee_{end}": part(lee, end) for end in ("low", "high")},
        **{f"manski_{end}": part(manski, end) for end in ("low", "high")},
        "trimmed_arm": part(lee, "trimmed_arm"),
    }


@method("tipping_point_delta")
def tipping_point(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = nonresponse.tipping_point(*two_arms(inputs, folder))
    return {"delta_thanks_only": part(found, "first_only"), "delta_both_equal": part(found, "both")}


@method("differential_attrition_test")
def attrition(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)
    arms = [matching(rows, f"arm=={name}") for name in ("thanks", "sorry")]
    thanks, sorry = ((len(matching(arm, "completed==1")), len(arm)) for arm in arms)
    test = nonresponse.attrition_test(*thanks, *sorry)
    gap = proportions.difference(*thanks, *sorry)
    return {"chi2": part(test, "statistic"), "p": part(test, "p_value"), "diff": gap}


@method("ipw_hajek_completion")
def weighted(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    assert inputs["model"] == "completed ~ thanks*pre_sat (logit)"
    rows = rows_of(inputs, folder)
    values = [float(row["satisfaction"]) if row["completed"] == "1" else None for row in rows]
    in_first, covariate = [row["arm"] == "thanks" for row in rows], [float(row["pre_sat"]) for row in rows]
    found = weighting.inverse_probability_means(values, in_first, covariate)
    names = {
        "mean_thanks": "first",
        "mean_sorry": "second",
        "diff": "difference",
        "max_weight": "largest_weight",
    }
    return {key: part(found, name) for key, name in names.items()}
