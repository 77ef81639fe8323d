"""Two means: tests, effect sizes, ranks, equivalence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from amends.analysis import effect_sizes, means, ranks
from amends.analysis.means import Summary
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, both, ends, estimate_ends, method, part


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
