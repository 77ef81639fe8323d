"""Every figure against reference values: each case's every expected key, within the case's own tolerance.

`--golden-dir DIR` runs another folder of the same format. An unknown method, an unknown key and an
unreadable file fail; `null` is met only by `NotEnough`.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from amends.analysis import (
    effect_sizes,
    equivalence,
    means,
    multiplicity,
    nonresponse,
    omnibus,
    power,
    proportions,
    ranks,
    sequential,
    weighting,
)
from amends.analysis.means import Summary
from amends.analysis.result import Estimate, Interval, NotEnough
from amends.analysis.sample_ratio import sample_ratio

Inputs = dict[str, Any]
Got = dict[str, Any]
Method = Callable[[Inputs, Inputs, Path], Got]

NO_LIMIT = 10_000
"""The figure is checked here, not how long the product is willing to search for it."""

ARM_ORDER = ("silence", "sorry", "thanks")
METHODS: dict[str, Method] = {}


def test_figure_agrees_with_the_reference(case: Any) -> None:
    assert case.trouble is None, case.trouble
    content = case.content
    assert content["method"] in METHODS, f"no method {content['method']!r} in the runner"
    got = METHODS[content["method"]](content["inputs"], content.get("params") or {}, case.folder)
    tolerance = content["rtol"], content.get("atol", 0)
    found = [
        f"{key}: {trouble}"
        for key, expected in content["expected"].items()
        if (trouble := disagreement(got, key, expected, *tolerance))
    ]
    assert not found, "\n".join(found)


# Comparison -----------------------------------------------------------------------------------------


def disagreement(got: Got, key: str, expected: Any, rtol: float, atol: float) -> str | None:
    if key == "note":
        return None
    if key not in got:
        return "the runner gives no such figure"
    return difference(got[key], expected, rtol, atol)


def difference(got: Any, expected: Any, rtol: float, atol: float) -> str | None:
    """What separates a figure from the one expected; None where nothing does."""
    wrong = f"got {got!r}, expected {expected!r}"
    if expected is None:
        return None if isinstance(got, NotEnough) and got.reason else wrong
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return wrong
        found = (difference(g, e, rtol, atol) for g, e in zip(got, expected, strict=True))
        return next((item for item in found if item), None)
    if expected in ("inf", "-inf"):
        return None if isinstance(got, float) and got == float(expected) else wrong
    if isinstance(expected, bool | str):
        return None if type(got) is type(expected) and got == expected else wrong
    if isinstance(got, bool) or not isinstance(got, int | float) or not math.isfinite(got):
        return wrong
    slack = rtol * abs(expected) + max(
        atol, 1e-12 if expected == 0 else 0, 1e-300 if abs(expected) < 1e-300 else 0
    )
    return None if abs(got - expected) <= slack else f"{wrong}, off by {got - expected:.3g}"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1.0, None),
        (math.nan, None),
        (None, None),
        (math.nan, 1.0),
        (NotEnough("empty"), 1.0),
        (1.0, "inf"),
        (1, True),
        ([1.0], [1.0, 2.0]),
        (1.1, 1.0),
        (1e-9, 0),
    ],
)
def test_comparison_refuses_what_does_not_agree(got: Any, expected: Any) -> None:
    assert difference(got, expected, 1e-6, 0)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (NotEnough("empty"), None),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (1e-13, 0),
        (0.0, 1e-310),
        (1 + 1e-7, 1),
    ],
)
def test_comparison_accepts_what_agrees(got: Any, expected: Any) -> None:
    assert difference(got, expected, 1e-6, 0) is None


def test_key_that_no_method_gives_is_a_failure() -> None:
    assert disagreement({"p": 0.5}, "q", 0.5, 1e-6, 0)


# Reading inputs -------------------------------------------------------------------------------------


def method(name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register


def rows_of(inputs: Inputs, folder: Path) -> list[dict[str, str]]:
    with (folder / inputs["csv"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def matching(rows: Iterable[dict[str, str]], condition: str) -> list[dict[str, str]]:
    """Rows that meet `arm==thanks & completed==1`."""
    tests = [part.split("==") for part in condition.split("&")]
    return [row for row in rows if all(row[name.strip()] == value.strip() for name, value in tests)]


def column(rows: Iterable[dict[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in rows if row[name] != ""]


def both(inputs: Inputs, folder: Path) -> tuple[list[float], list[float]]:
    if "csv" not in inputs:
        return inputs["x"], inputs["y"]
    rows = rows_of(inputs, folder)
    x, y = (column(matching(rows, inputs[side]), inputs["outcome"]) for side in ("x", "y"))
    return x, y


def by_group(inputs: Inputs, folder: Path) -> tuple[list[str], list[list[float]]]:
    rows = rows_of(inputs, folder)
    names = {row[inputs["group"]] for row in rows}
    order = sorted(names, key=lambda name: (ARM_ORDER.index(name) if name in ARM_ORDER else 99, name))
    return order, [column(matching(rows, f"{inputs['group']}=={name}"), inputs["outcome"]) for name in order]


def table_of(inputs: Inputs) -> tuple[int, int, int, int]:
    return inputs["x1"], inputs["n1"], inputs["x2"], inputs["n2"]


def part(result: Any, name: str) -> Any:
    """A figure of a result, or the reason in its place."""
    return result if isinstance(result, NotEnough) else getattr(result, name)


def ends(prefix: str, interval: Interval | NotEnough) -> Got:
    return {f"{prefix}low": part(interval, "low"), f"{prefix}high": part(interval, "high")}


def estimate_ends(prefix: str, estimate: Estimate | NotEnough) -> Got:
    return ends(prefix, part(estimate, "interval"))


# Proportions ----------------------------------------------------------------------------------------


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


# Means ----------------------------------------------------------------------------------------------


def t_tests(a: Any, b: Any, confidence: float) -> Got:
    got: Got = {"diff": means.difference_of_means(a, b)}
    for prefix, test in (("student", means.student), ("welch", means.welch)):
        result = test(a, b, confidence=confidence)
        got |= {
            f"{prefix}_t": part(result, "statistic"),
            f"{prefix}_df": part(result, "df"),
            f"{prefix}_p": part(result, "p_value"),
            **ends(f"{prefix}_", part(result, "interval")),
        }
    return got


@method("t_student_and_welch")
def t_from_values(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (means.summarize(values) for values in both(inputs, folder))
    return t_tests(a, b, params["level"])


@method("t_from_summary")
def t_from_summary(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (Summary(inputs[f"n{i}"], inputs[f"mean{i}"], inputs[f"sd{i}"]) for i in (1, 2))
    return t_tests(a, b, params["level"])


@method("cohens_d_hedges_g")
def standardized(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (means.summarize(values) for values in both(inputs, folder))
    assert isinstance(a, Summary)
    assert isinstance(b, Summary)
    d = effect_sizes.cohens_d(a, b, confidence=params["level"])
    g = effect_sizes.hedges_g(a, b, confidence=params["level"])
    return {
        "cohens_d": part(d, "value"),
        "hedges_g": part(g, "value"),
        "J": effect_sizes.bias_factor(a.n + b.n - 2),
        **estimate_ends("d_nct_", d),
        **estimate_ends("g_nct_", g),
        "d_approx_se": effect_sizes.approximate_error(a, b),
        "glass_delta_sd_of_y": effect_sizes.glass_delta(a, b),
        "cohens_d_av": effect_sizes.cohens_d_average(a, b),
    }


@method("mann_whitney_u")
def mann_whitney(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    x, y = (Counter(values) for values in both(inputs, folder))
    corrected, plain = ranks.mann_whitney(x, y), ranks.mann_whitney(x, y, continuity=False)
    return {
        "U_x": part(corrected, "statistic"),
        "p_asymptotic_cc": part(corrected, "p_value"),
        "p_asymptotic_no_cc": part(plain, "p_value"),
        "prob_superiority_x_gt_y": part(ranks.probability_superior(x, y), "value"),
        "cliffs_delta": part(ranks.cliffs_delta(x, y), "value"),
        "p_exact_conditional_with_ties": part(ranks.mann_whitney(x, y, method="exact"), "p_value"),
    }


@method("brunner_munzel")
def brunner_munzel(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    # The reference estimates how often y is ahead of x.
    x, y = (Counter(values) for values in both(inputs, folder))
    test = ranks.brunner_munzel(y, x)
    return {
        "statistic": part(test, "statistic"),
        "df": part(test, "df"),
        "p": part(test, "p_value"),
        "est_P_x_lt_y_plus_half_tie": part(test, "probability"),
        **ends("ci_", part(test, "interval")),
    }


@method("yuen_trimmed_20")
def yuen(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    x, y = (Counter(values) for values in both(inputs, folder))
    test = means.yuen(x, y, trim=params["trim"])
    statistic = part(test, "statistic")
    return {
        "abs_t": statistic if isinstance(statistic, NotEnough) else abs(statistic),
        "df": part(test, "df"),
        "p": part(test, "p_value"),
        "diff": part(test, "difference"),
    }


@method("tost_welch")
def tost_welch(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (means.summarize(values) for values in both(inputs, folder))
    assert isinstance(a, Summary)
    assert isinstance(b, Summary)
    test = means.tost_welch(a, b, low=params["low"], high=params["high"])
    return {
        "p_lower": part(test, "p_lower"),
        "p_upper": part(test, "p_upper"),
        "p": part(test, "p_value"),
        **ends("ci90_", part(test, "interval")),
        "equivalent": part(test, "equivalent"),
    }


# Three arms -----------------------------------------------------------------------------------------


@method("anova_classic_welch_kruskal")
def anovas(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    _, groups = by_group(inputs, folder)
    summaries = [means.summarize(values) for values in groups]
    classic, welch = omnibus.anova(summaries), omnibus.welch_anova(summaries)
    rank = omnibus.kruskal([Counter(values) for values in groups])
    return {
        "F": part(classic, "statistic"),
        "df1": part(classic, "df"),
        "df2": part(classic, "df_within"),
        "p": part(classic, "p_value"),
        "welch_F": part(welch, "statistic"),
        "welch_df2": part(welch, "df_within"),
        "welch_p": part(welch, "p_value"),
        "kruskal_H": part(rank, "statistic"),
        "kruskal_p": part(rank, "p_value"),
        "eta2": part(classic, "eta_squared"),
        "omega2": part(classic, "omega_squared"),
    }


@method("anova_classic")
def anova_classic(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    _, groups = by_group(inputs, folder)
    test = omnibus.anova([means.summarize(values) for values in groups])
    names = {"F": "statistic", "df1": "df", "df2": "df_within", "p": "p_value", "R2": "eta_squared"}
    return {key: part(test, name) for key, name in {**names, "resid_sd": "residual_sd"}.items()}


def all_pairs(test: Callable[..., Any], inputs: Inputs, folder: Path) -> Got:
    order, groups = by_group(inputs, folder)
    found = test([means.summarize(values) for values in groups])
    return {
        "pairs": [f"{order[pair.first]}-{order[pair.second]}" for pair in found],
        "diff": [pair.difference for pair in found],
        "df": [pair.df for pair in found],
        "low": [pair.interval.low for pair in found],
        "high": [pair.interval.high for pair in found],
        "p": [pair.p_value for pair in found],
    }


@method("tukey_hsd")
def tukey(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return all_pairs(omnibus.tukey, inputs, folder)


@method("games_howell")
def games_howell(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return all_pairs(omnibus.games_howell, inputs, folder)


@method("dunnett_vs_silence")
def dunnett(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    order, groups = by_group(inputs, folder)
    found = omnibus.dunnett([means.summarize(values) for values in groups], versus=order.index("silence"))
    assert not isinstance(found, NotEnough)
    return {
        "arms": [order[pair.first] for pair in found],
        "t": [pair.statistic for pair in found],
        "p": [pair.p_value for pair in found],
        "crit": (found[0].interval.high - found[0].difference) / found[0].standard_error,
        "low": [pair.interval.low for pair in found],
        "high": [pair.interval.high for pair in found],
    }


@method("pairwise_welch_holm")
def pairwise_welch(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    order, groups = by_group(inputs, folder)
    summaries = [means.summarize(values) for values in groups]
    pairs = list(combinations(range(len(order)), 2))
    raw = [part(means.welch(summaries[j], summaries[i]), "p_value") for i, j in pairs]  # type: ignore[arg-type]
    return {
        "pairs": [f"{order[j]}-{order[i]}" for i, j in pairs],
        "p_raw": raw,
        "p_holm": multiplicity.adjust(raw, method="holm"),
    }


# Who answered ---------------------------------------------------------------------------------------


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


# Planning -------------------------------------------------------------------------------------------


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


# Looking any time -----------------------------------------------------------------------------------


@method("asymptotic_confidence_sequence_mean")
def confidence_sequence(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    n, mean, sd, alpha, rho2 = (inputs[key] for key in ("n", "mean", "sd", "alpha", "rho2"))
    half = sequential.half_width(sd, n, alpha=alpha, rho2=rho2)
    log_ratio, p_value = sequential.always_valid_p(mean, sd, n, rho2=rho2)
    return {
        "rho2_opt": sequential.tuned_rho2(alpha, inputs["tuned_for_n"]),
        "half_width": half,
        "low": mean - half,
        "high": mean + half,
        "log_mixture_lr_h0_0": log_ratio,
        "always_valid_p_at_n": p_value,
    }


@method("msprt_two_sample_normal")
def mixture_test(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    variance = inputs["var1"] / inputs["n1"] + inputs["var2"] / inputs["n2"]
    test = sequential.mixture_test(inputs["diff"], variance, tau2=inputs["tau2"], alpha=inputs["alpha"])
    return {
        "log_lr": part(test, "log_ratio"),
        "p_always_valid_single_look": part(test, "p_value"),
        **ends("ci_", part(test, "interval")),
    }
