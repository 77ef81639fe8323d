"""Three arms at once, and every pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

from amends.analysis import means, multiplicity, omnibus
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, by_group, method, part


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
