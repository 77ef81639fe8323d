"""The counts within segments that a report compares: what every assignment tells anyway."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from amends.tally import ArmTally, Tally, merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab
    from amends.store import MetricSpec


def segments(
    lab: Lab,
    key: str,
    experiment: Experiment,
    *,
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
) -> dict[str, dict[str, Tally]]:
    """Counts of matured units per segment and level.

    Args:
        lab: Where they are.
        key: The experiment's key.
        experiment: The definition in force.
        metrics: How the store keeps its metrics.
        matured_before: The first day that has not matured; None where every day counts.

    Returns:
        By segment (`amends.analysis.segments.names`) and level; a level `""` holds units of which the
        segment is not known.
    """
    from amends.analysis.segments import names

    wanted = names(experiment)
    factors = [name for name in experiment.strata if name in wanted]
    parts = [name for name in ("channel", "locale", "delay_band") if name in wanted and name not in factors]
    found = lab.store.segments(
        key,
        parts=[*parts, "stratum"] if factors else parts,
        weekend="weekend" in wanted,
        arms=[arm.name for arm in experiment.arms],
        metrics=metrics,
        matured_before=matured_before,
    )
    strata = found.pop("stratum", {})
    for name in factors:
        found[name] = _of_factor(strata, experiment.strata.index(name))
    return found


def _of_factor(strata: Mapping[str, Tally], place: int) -> dict[str, Tally]:
    """The strata that share a value of one factor, added up."""
    held: dict[str, list[ArmTally]] = defaultdict(list)
    for stratum, tally in strata.items():
        values = stratum.split("/")
        held[values[place] if place < len(values) else ""] += tally.arms
    key = next((tally.experiment for tally in strata.values()), "")
    return {value: Tally(key, merge(tallies)) for value, tallies in held.items()}
