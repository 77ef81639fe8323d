"""How much of an effect passes through a mediator."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import mediation, moderated_mediation
from tests.golden.methods.reading import Got, Inputs, column, ends, matching, method, part, rows_of

DRAWS = 20_000


def measured(inputs: Inputs, folder: Path, *names: str) -> tuple[list[float], list[bool], list[list[float]]]:
    """Outcomes, whether thanked, and the named columns, of the rows the case keeps."""
    rows = matching(rows_of(inputs, folder), inputs["filter"])
    treated = [row["arm"] == inputs["x"] for row in rows]
    return column(rows, inputs["y"]), treated, [column(rows, inputs[name]) for name in names]


@method("process_model_4")
def model_4(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (mediator,) = measured(inputs, folder, "m")
    found = mediation.mediation(values, treated, mediator, resamples=1000)
    return {
        "a": part(found, "a"),
        "b": part(found, "b"),
        **{name: part(part(found, name), "value") for name in ("direct", "total", "indirect")},
        "sobel_se": part(found, "sobel_error"),
        "lavaan_delta_se": part(found, "sobel_error_ml"),
    }


@method("process_model_4_bootstrap_percentile")
def model_4_bootstrap(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (mediator,) = measured(inputs, folder, "m")
    found = part(mediation.mediation(values, treated, mediator, resamples=DRAWS), "indirect")
    return {
        "indirect": part(found, "value"),
        "boot_se": part(found, "standard_error"),
        **ends("ci_", part(found, "interval")),
    }


def moderated(inputs: Inputs, folder: Path, stage: str) -> Got:
    values, treated, (mediator, moderator) = measured(inputs, folder, "m", "w")
    found = moderated_mediation.moderated_mediation(
        values, treated, mediator, moderator, stage=stage, resamples=1000
    )
    return {
        "w_values": list(part(found, "moderator_at")),
        "conditional_indirect": [effect.value for effect in part(found, "conditional")],
        "index_moderated_mediation": part(part(found, "index"), "value"),
    }


@method("process_model_7")
def model_7(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return moderated(inputs, folder, "first")


@method("process_model_14")
def model_14(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return moderated(inputs, folder, "second")


@method("imai_acme_with_interaction")
def by_arm(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, (mediator,) = measured(inputs, folder, "m")
    found = mediation.mediation_by_arm(values, treated, mediator, resamples=1000)
    names = {
        "acme_control": "indirect_second",
        "acme_treated": "indirect_first",
        "ade_control": "direct_second",
        "ade_treated": "direct_first",
        "acme_average": "indirect",
        "total": "total",
    }
    return {key: part(part(found, name), "value") for key, name in names.items()}
