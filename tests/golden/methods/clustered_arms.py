"""Several arms of whole clusters: crossed factors, pairs, ordered answers, joint interactions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from amends.analysis.clustered_factorial import clustered_factorial_means
from amends.analysis.clustered_moderation import clustered_moderation
from amends.analysis.clustered_ordinal import clustered_proportional_odds
from amends.analysis.clustered_pairs import clustered_pairs
from amends.analysis.clustered_ranks import clustered_brunner_munzel
from amends.analysis.crossed_effects import Factorial
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, column, ends, method, part, rows_of

FACTORS = {
    "a": {"m": "first", "v": "no"},
    "b": {"m": "second", "v": "no"},
    "c": {"m": "first", "v": "yes"},
    "d": {"m": "second", "v": "yes"},
}


def read(inputs: Inputs, folder: Path) -> tuple[Any, Any, Any, Any]:
    """Answers, arms, clusters and levels."""
    rows = rows_of(inputs, folder)
    arms, levels = (np.array([row[name] for row in rows]) for name in ("arm", "level"))
    return np.array(column(rows, "y")), arms, np.array(column(rows, "cluster"), dtype=int), levels


@method("clustered_factorial")
def crossed(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    y, arms, clusters, _ = read(inputs, folder)
    found = clustered_factorial_means(y, arms, clusters, FACTORS)
    assert isinstance(found, Factorial)
    main = next(effect for effect in found.main_effects if effect.factors == ("m",))
    simple = next(e for e in found.simple_effects if e.factors == ("m",) and e.at == {"v": "no"})
    got: Got = {}
    for name, effect in (("interaction", found.interactions[0]), ("main_m", main), ("simple", simple)):
        got |= {f"{name}_value": effect.value, f"{name}_se": effect.standard_error}
        got |= {f"{name}_df": part(effect.test, "df"), f"{name}_p": part(effect.test, "p_value")}
        got |= ends(f"{name}_", effect.interval)
    return got


@method("clustered_pairs")
def pairs(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    y, arms, clusters, _ = read(inputs, folder)
    found = clustered_pairs(y, arms, clusters, names=inputs["names"])
    assert not isinstance(found, NotEnough)
    return {
        "difference": [pair.difference for pair in found],
        "df": [pair.df for pair in found],
        "p": [pair.p_value for pair in found],
        "low": [pair.interval.low for pair in found],
        "high": [pair.interval.high for pair in found],
    }


@method("clustered_ranks")
def ranks(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    y, arms, clusters, _ = read(inputs, folder)
    here = np.isin(arms, [inputs["first"], inputs["second"]])
    found = clustered_brunner_munzel(y[here], arms[here] == inputs["first"], clusters[here])
    assert not isinstance(found, NotEnough)
    figures = {"probability": found.probability, "statistic": found.statistic, "df": found.df}
    return {**figures, "p": found.p_value, **ends("", found.interval)}


@method("clustered_ordinal")
def ordinal(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    y, arms, clusters, _ = read(inputs, folder)
    found = clustered_proportional_odds(y, np.isin(arms, inputs["first"]), clusters)
    assert not isinstance(found, NotEnough)
    figures = {"log_odds": found.value, "se": found.standard_error, "p": found.p_value}
    return {**figures, **ends("", found.interval)}


@method("clustered_hotelling")
def hotelling(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    y, arms, clusters, levels = read(inputs, folder)
    here = clusters <= inputs["clusters"]
    treated = np.isin(arms[here], inputs["first"])
    found = clustered_moderation(y[here], treated, levels[here], clusters[here])
    assert not isinstance(found, NotEnough)
    names = {"f": "statistic", "df_within": "df_within", "p": "p_value"}
    return {key: part(found.test, name) for key, name in names.items()}
