"""Tests, intervals and ratios of proportions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from amends.analysis import equivalence, multiplicity, omnibus, proportions
from amends.analysis.result import NotEnough
from amends.analysis.sample_ratio import sample_ratio
from tests.golden.methods.reading import Got, Inputs, ends, estimate_ends, method, part, table_of

NO_LIMIT = 10_000
"""The figure is checked here, not how long the product is willing to search for it."""


@method("two_proportion_z_pooled")
def z_pooled(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    test = proportions.z_pooled(*table_of(inputs))
    gap = proportions.difference(*table_of(inputs))
    return {"diff": gap, "z": part(test, "statistic"), "p_two_sided": part(test, "p_value")}


@method("two_proportion_z_pooled_greater")
def z_pooled_greater(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return {"p": part(proportions.z_pooled(*table_of(inputs), alternative="greater"), "p_value")}


@method("two_proportion_z_unpooled_wald")
def z_unpooled(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    table = table_of(inputs)
    test = proportions.z_unpooled(*table)
    return {
        "diff": proportions.difference(*table),
        "se": proportions.unpooled_error(*table),
        "z": part(test, "statistic"),
        "p_two_sided": part(test, "p_value"),
        **ends("ci_", proportions.wald(*table, confidence=params["level"])),
    }


@method("chi2_2x2")
def chi2_2x2(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    plain = proportions.chi2(*table_of(inputs))
    yates = proportions.chi2(*table_of(inputs), yates=True)
    return {
        "chi2": part(plain, "statistic"),
        "p": part(plain, "p_value"),
        "chi2_yates": part(yates, "statistic"),
        "p_yates": part(yates, "p_value"),
    }


@method("g_test_2x2")
def g_test(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    test = proportions.g_test(*table_of(inputs))
    return {"G": part(test, "statistic"), "p": part(test, "p_value")}


def three_sides(test: Callable[..., Any], inputs: Inputs, two_sided: str) -> Got:
    sides = {two_sided: "two-sided", "p_greater": "greater", "p_less": "less"}
    return {key: part(test(*table_of(inputs), alternative=side), "p_value") for key, side in sides.items()}


@method("fisher_exact_2x2")
def fisher(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    ratio = proportions.odds_ratio(*table_of(inputs), method="conditional", confidence=params["level"])
    return {
        **three_sides(proportions.fisher, inputs, "p_two_sided"),
        "or_conditional_mle": part(ratio, "value"),
        **estimate_ends("or_ci_", ratio),
    }


@method("barnard_exact_z_pooled")
def barnard(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return three_sides(partial(proportions.barnard, limit=NO_LIMIT), inputs, "p_two_sided")


@method("boschloo_exact")
def boschloo(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return three_sides(partial(proportions.boschloo, limit=NO_LIMIT), inputs, "p_two_sided_doubled")


@method("one_proportion_ci")
def one_proportion(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    names = {"wilson_cc": "wilson_corrected"}
    got: Got = {}
    for key in ("wilson", "wilson_cc", "clopper_pearson", "jeffreys", "jeffreys_raw", "agresti_coull"):
        interval = proportions.one_proportion(
            inputs["x"], inputs["n"], method=names.get(key, key), confidence=params["level"]
        )
        got |= ends(f"{key}_", interval)
    return got


@method("two_proportion_diff_ci")
def difference_intervals(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    named = {
        "newcombe_": proportions.newcombe,
        "newcombe_cc_": proportions.newcombe_corrected,
        "agresti_caffo_": proportions.agresti_caffo,
        "miettinen_nurminen_": proportions.miettinen_nurminen,
        "mee_": proportions.mee,
    }
    got: Got = {"diff": proportions.difference(*table_of(inputs))}
    for prefix, interval in named.items():
        got |= ends(prefix, interval(*table_of(inputs), confidence=params["level"]))
    return got


@method("tost_two_proportions_score_mn")
def tost_proportions(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    test = equivalence.tost_proportions(*table_of(inputs), low=params["low"], high=params["high"])
    keys = {
        "z_lower": "z_lower",
        "z_upper": "z_upper",
        "p_lower": "p_lower",
        "p_upper": "p_upper",
        "p": "p_value",
    }
    return {key: part(test, name) for key, name in keys.items()}


@method("risk_ratio_odds_ratio_ci")
def ratios(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    table, confidence = table_of(inputs), params["level"]
    got: Got = {"rr": part(proportions.risk_ratio(*table), "value")}
    got |= estimate_ends("rr_log_", proportions.risk_ratio(*table, method="log", confidence=confidence))
    got |= estimate_ends("rr_koopman_", proportions.risk_ratio(*table, confidence=confidence))
    for prefix, name in (("or", "logit"), ("or_haldane", "haldane")):
        ratio = proportions.odds_ratio(*table, method=name, confidence=confidence)
        got[prefix] = part(ratio, "value")
        got |= estimate_ends("or_logit_" if name == "logit" else "or_haldane_", ratio)
    return got


@method("cohens_h_and_nnt")
def h_and_nnt(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    h = proportions.cohens_h(*table_of(inputs), confidence=params["level"])
    needed = proportions.nnt(*table_of(inputs), confidence=params["level"])
    return {
        "h": part(h, "value"),
        **estimate_ends("h_", h),
        "nnt": part(needed, "value"),
        "inv_ci_low": part(needed, "low"),
        "inv_ci_high": part(needed, "high"),
        "ci_disjoint": part(needed, "two_regions"),
    }


@method("chi2_3x2")
def chi2_k(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    table = inputs["x"], inputs["n"]
    test = omnibus.chi2_k(*table)
    return {
        "chi2": part(test, "statistic"),
        "df": part(test, "df"),
        "p": part(test, "p_value"),
        "cramers_v": omnibus.cramers_v(*table),
        "min_expected": omnibus.smallest_expected_k(*table),
    }


@method("fisher_freeman_halton_3x2")
def freeman_halton(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return {"p": part(omnibus.freeman_halton(inputs["x"], inputs["n"]), "p_value")}


@method("pairwise_z_holm_bh")
def pairwise_z(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    x, n = inputs["x"], inputs["n"]
    tests = [proportions.z_pooled(x[i - 1], n[i - 1], x[j - 1], n[j - 1]) for i, j in inputs["pairs"]]
    raw = [part(test, "p_value") for test in tests]
    adjusted = {f"p_{name}": multiplicity.adjust(raw, method=name) for name in ("holm", "bh", "bonferroni")}
    return {"p_raw": raw, **adjusted}


@method("p_adjust")
def p_adjust(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return {name: multiplicity.adjust(inputs["p"], method=name) for name in ("holm", "bh", "by", "hommel")}


@method("srm_chi2")
def srm(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    test = sample_ratio(inputs["counts"], inputs["ratio"], alert_below=params["alert_below"])
    ok = part(test, "ok")
    return {
        "chi2": part(test, "statistic"),
        "p": part(test, "p_value"),
        "srm": ok if isinstance(ok, NotEnough) else not ok,
    }
