"""Adjusting for what was known before, and for whom the arms differ more."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import adjustment, cuped, means, moderators, risk_adjustment
from amends.analysis.means import Summary
from tests.golden.methods.reading import Got, Inputs, column, ends, matching, method, part, rows_of


def two_arm(inputs: Inputs, folder: Path, *names: str) -> tuple[list[float], list[bool], list[list[float]]]:
    """Outcomes, whether thanked, and the named columns, of the rows the case keeps."""
    rows = rows_of(inputs, folder)
    if "filter" in inputs:
        rows = matching(rows, inputs["filter"])
    treated = [row["arm"] == inputs["treat"] for row in rows]
    return column(rows, inputs["outcome"]), treated, [column(rows, name) for name in names]


@method("ancova_hc")
def ancova(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (before,) = two_arm(inputs, folder, inputs["covariate"])
    found = {
        error: adjustment.ancova(values, treated, {"before": before}, error=error)
        for error in adjustment.ERRORS
    }
    return {
        "est": part(found["OLS"], "value"),
        **{f"se_{error.lower()}": part(item, "standard_error") for error, item in found.items()},
    }


@method("difference_in_means_hc2")
def plain_difference(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, _ = two_arm(inputs, folder)
    found = adjustment.ancova(values, treated, {}, error="HC2")
    a, b = (
        means.summarize([value for value, first in zip(values, treated, strict=True) if first == side])
        for side in (True, False)
    )
    assert isinstance(a, Summary)
    assert isinstance(b, Summary)
    return {
        "est": part(found, "value"),
        "se_hc2": part(found, "standard_error"),
        "se_welch": part(means.welch(a, b), "standard_error"),
    }


@method("lin2013")
def lin(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (before,) = two_arm(inputs, folder, inputs["covariate"])
    found, wider = (
        adjustment.lin(values, treated, {"before": before}, error=error) for error in ("HC2", "HC3")
    )
    return {
        "ate": part(found, "value"),
        "se_hc2": part(found, "standard_error"),
        "se_hc3": part(wider, "standard_error"),
        "df": part(found, "df"),
        "p": part(found, "p_value"),
        **ends("", part(found, "interval")),
    }


@method("lin_three_arm_hc2")
def lin_several(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)
    found = adjustment.lin_several(
        column(rows, inputs["outcome"]),
        [row[inputs["group"]] for row in rows],
        {"before": column(rows, inputs["covariate"])},
        control=inputs["control"],
        error="HC2",
    )
    assert isinstance(found, dict)
    names = {"est": "value", "se": "standard_error", "p": "p_value"}
    got: Got = {key: [part(item, name) for item in found.values()] for key, name in names.items()}
    return {**got, "terms": list(found), "df": part(next(iter(found.values())), "df")}


@method("cuped_pooled_theta_welch")
def cuped_welch(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (before,) = two_arm(inputs, folder, inputs["covariate"])
    found = cuped.cuped(values, treated, before)
    test = part(found, "test")
    return {
        "theta": part(found, "theta"),
        "diff": part(test, "difference"),
        "t": part(test, "statistic"),
        "df": part(test, "df"),
        "p": part(test, "p_value"),
        **ends("", part(test, "interval")),
        "variance_ratio": part(found, "variance_ratio"),
    }


@method("interaction_ols_hc3_holm")
def interactions(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    names = [name.removesuffix(" (centred)") for name in inputs["moderators"]]
    values, treated, columns = two_arm(inputs, folder, *names)
    given = dict(zip(names, columns, strict=True))
    holm, bh = (
        moderators.interactions(values, treated, given, family=family).values() for family in ("holm", "bh")
    )
    return {
        "est": [part(item, "value") for item in holm],
        "se": [part(item, "standard_error") for item in holm],
        "p": [part(item, "p_value") for item in holm],
        "p_holm": [part(item, "p_adjusted") for item in holm],
        "p_bh": [part(item, "p_adjusted") for item in bh],
    }


@method("binary_interaction_two_scales")
def two_scales(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)

    def cells(moderator: str) -> tuple[int, int, int, int]:
        kept = matching(rows, f"{inputs['moderator']}=={moderator}")
        sides = [[row for row in kept if (row["arm"] == inputs["treat"]) == first] for first in (True, False)]
        first, second = ((len(matching(side, f"{inputs['outcome']}==1")), len(side)) for side in sides)
        return *first, *second

    found = moderators.binary_interaction(cells("1"), cells("0"))
    odds, risk = part(found, "log_odds_ratio"), part(found, "risk_difference")
    return {
        "log_or_interaction": part(odds, "value"),
        "se_log_or": part(odds, "standard_error"),
        "p_log_or": part(odds, "p_value"),
        "risk_diff_interaction": part(risk, "value"),
        "se_risk_diff": part(risk, "standard_error"),
        "p_risk_diff": part(risk, "p_value"),
    }


@method("logit_g_computation_risk_difference")
def adjusted_risk(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    events, treated, columns = two_arm(inputs, folder, *inputs["covariates"])
    given = dict(zip(inputs["covariates"], columns, strict=True))
    found = risk_adjustment.adjusted_risk_difference(events, treated, given)  # type: ignore[arg-type]
    rates = part(found, "rates")
    return {
        "rd": part(found, "value"),
        "se_delta": part(found, "standard_error"),
        "risk1": rates[0],
        "risk0": rates[1],
    }
