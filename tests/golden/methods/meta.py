"""Pooling experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amends.analysis import heterogeneity, meta, study_effects
from amends.analysis.means import Summary
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, ends, method, part, rows_of


@method("effect_size_table")
def effect_sizes_of_studies(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows, measure = rows_of(inputs, folder), params["measure"]
    found = [
        study_effects.effect_of_means(
            *(Summary(int(row[f"n{i}"]), float(row[f"m{i}"]), float(row[f"sd{i}"])) for i in (1, 2))
        )
        if measure == "SMD"
        else study_effects.effect_of_counts(
            *(int(row[key]) for key in ("x1", "n1", "x2", "n2")), measure=measure
        )
        for row in rows
    ]
    return {
        "study": [row["study"] for row in rows],
        "yi": [part(effect, "value") for effect in found],
        "vi": [part(effect, "variance") for effect in found],
    }


@method("fixed_effect")
def fixed(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = meta.fixed_effect(inputs["yi"], inputs["vi"])
    return {
        "est": part(found, "value"),
        "se": part(found, "standard_error"),
        **ends("ci_", part(found, "interval")),
        "Q": part(found, "q"),
        "Q_p": part(found, "q_p_value"),
    }


@method("random_effects")
def random(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    interval = {"knha": "knapp-hartung"}.get(params["ci"], params["ci"])

    def pooled(prediction: str) -> Any:
        return meta.random_effects(
            inputs["yi"], inputs["vi"], tau2=params["tau2"], interval=interval, prediction=prediction
        )

    found, theirs = pooled("k-2"), pooled("z" if interval == "z" else "k-1")
    i2 = part(found, "i2")
    return {
        "est": part(found, "value"),
        "se": part(found, "standard_error"),
        **ends("ci_", part(found, "interval")),
        "p": part(found, "p_value"),
        "tau2": part(found, "tau2"),
        "I2": i2 if isinstance(i2, NotEnough) else 100 * i2,
        "H2": part(found, "h2"),
        **{f"pi_{end}_metafor": part(part(theirs, "prediction"), end) for end in ("low", "high")},
        **{f"pi_{end}_higgins_t_km2": part(part(found, "prediction"), end) for end in ("low", "high")},
    }


@method("tau2_q_profile_ci")
def q_profile(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = heterogeneity.tau2_interval(inputs["yi"], inputs["vi"])
    i2 = part(found, "i2")
    return {
        **ends("tau2_", part(found, "interval")),
        **{
            f"I2_{end}": i2 if isinstance(i2, NotEnough) else 100 * getattr(i2, end)
            for end in ("low", "high")
        },
    }
