"""The units of an experiment as others may see them: numbered afresh, with what the definition declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from amends.analysis.units import first_planned, values_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment

KEPT = ("arm", "stratum", "day", "channel", "locale", "delay_band", "started", "completed", "late")

MEANINGS = {
    "unit": "Number of the unit in the order of assignment; it leads back to nobody.",
    "cluster": "Number of the unit's cluster, in the order of appearance.",
    "block": "Number of the block of the sealed list that held the cluster's arm, by appearance.",
    "arm": "Arm the unit was assigned to, whatever was delivered afterwards (intention to treat).",
    "stratum": "Values of the blocking factors, joined by '/'.",
    "day": "UTC day of assignment.",
    "channel": "Channel of the message, as the sender gave it.",
    "locale": "Language of the message.",
    "delay_band": "How late the service was when the arm was drawn, in classes.",
    "started": "1 where the survey was begun.",
    "completed": "1 where the survey was finished within the response window.",
    "late": "1 where it was finished after the window; kept, not counted.",
    "in_decision": "1 for the first planned units of each arm, on which the fixed test decides once.",
}


def published_units(experiment: Experiment, units: DataFrame, *, per_arm: Mapping[str, int]) -> DataFrame:
    """One row a matured unit: what was drawn, what was measured, what the definition declares; no ids.

    Pseudonyms stay at home, times are cut to the day and delays to their class, so that two bundles
    cannot be joined by them. Covariates leave only where the definition declares them.

    Args:
        experiment: The frozen definition.
        units: From `amends.lab.unit_rows.units`.
        per_arm: Planned units of each arm.
    """
    from pandas import DataFrame

    found: dict[str, object] = {"unit": range(1, len(units) + 1)}
    if experiment.clustered:
        numbers: dict[str, int] = {}
        found["cluster"] = [numbers.setdefault(name, len(numbers) + 1) for name in units["cluster"]]
    if experiment.clustered and "block" in units and units["block"].notna().all():
        blocks: dict[str, int] = {}
        found["block"] = [blocks.setdefault(name, len(blocks) + 1) for name in units["block"]]
    for name in KEPT:
        column = units[name]
        found[name] = column.astype(int) if column.dtype == bool else column
    first = first_planned(units, per_arm, clustered=experiment.clustered)
    found["in_decision"] = units.index.isin(first.index).astype(int)
    for metric in experiment.metrics:
        found[f"metric.{metric.name}"] = values_of(metric, units)
    for name in experiment.covariates:
        if f"covariate.{name}" in units:
            found[f"covariate.{name}"] = units[f"covariate.{name}"]
    for item in experiment.items:
        name = f"item.{item.name}"
        if name in units and f"metric.{item.name}" not in found:
            found[name] = units[name]
    return DataFrame(found)


def codebook(experiment: Experiment, published: DataFrame) -> list[dict[str, str]]:
    """What each column of `published_units` means."""
    asked = {item.name: item for item in experiment.items}
    rows = []
    for column in published.columns:
        part, _, name = column.partition(".")
        if part == "metric":
            meaning = _metric_meaning(experiment, name)
        elif part == "covariate":
            meaning = f"{name}: known before the message was drawn."
        elif part == "item":
            meaning = f"Answer to: {_question(asked[name].question.texts)}"
        else:
            meaning = MEANINGS[column]
        rows.append({"file": "units.csv", "column": column, "meaning": meaning})
    return rows


def _question(texts: Mapping[str, str]) -> str:
    return texts.get("en") or next(iter(texts.values()))


def _metric_meaning(experiment: Experiment, name: str) -> str:
    metric = experiment.metric(name)
    if metric.kind == "proportion" and metric.selected:
        return f"1 where the answer counts as {name}, else 0; known only of those who answered."
    if metric.kind == "proportion":
        return f"1 where the unit has the event {name}, else 0; known of every unit."
    scale = f" on {metric.scale[0]} to {metric.scale[1]}" if metric.scale else ""
    known = "known only of those who answered" if metric.source == "survey" else "blank where not recorded"
    return f"{name}{scale}; {known}."
