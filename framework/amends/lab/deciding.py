"""Whether a unit takes part, before its arm is drawn: eligibility, layer, holdout, coverage. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from amends.assignment.hashing import bucket, share_bound

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.calling import Call


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why a unit does not take part this time; it may qualify later."""

    status: str
    reason: str


def turned_away(experiment: Experiment, call: Call, *, coverage: str, opted_out: bool) -> TurnedAway | None:
    """Judges a unit that has no arm yet; None when an arm may be drawn.

    Eligibility comes before randomisation, so that the arms stay comparable. Layer, holdout and
    coverage are drawn for the cluster where the experiment is clustered.

    Args:
        experiment: The definition in force.
        call: The checked call.
        coverage: Share of the eligible units that take part, as decimal text.
        opted_out: Whether the customer asked to be left out of experiments.
    """
    if opted_out:
        return TurnedAway("not_eligible", "opted out of experiments")
    reason = experiment.eligible.judge(call.delay, call.local_time)
    if reason:
        return TurnedAway("not_eligible", reason)
    if experiment.locale_for(call.locale) is None:
        return TurnedAway("not_eligible", f"no text in language {call.locale!r}")
    layer = experiment.layer
    if layer is not None:
        position = bucket(layer.name, "layer", call.drawn_for)
        if not share_bound(layer.low) <= position < share_bound(layer.high):
            return TurnedAway("not_covered", f"belongs to another experiment of layer {layer.name}")
    holdout = experiment.holdout
    if holdout is not None and bucket(holdout.name, "holdout", call.drawn_for) < share_bound(holdout.share):
        return TurnedAway("holdout", f"in holdout {holdout.name}")
    if bucket(experiment.key or "", "coverage", call.drawn_for) >= _bound(coverage):
        return TurnedAway("not_covered", f"outside the {coverage} of units covered so far")
    return None


@lru_cache(maxsize=256)
def _bound(coverage: str) -> int:
    return share_bound(coverage)


def delay_band(delay: timedelta | None) -> str:
    """The delay's class in the tally.

    >>> delay_band(timedelta(hours=30)), delay_band(None)
    ('24-48 h', '')
    """
    if delay is None:
        return ""
    hours = delay / timedelta(hours=1)
    for limit, band in (
        (1, "under 1 h"),
        (24, "1-24 h"),
        (48, "24-48 h"),
        (72, "48-72 h"),
        (168, "3-7 days"),
    ):
        if hours < limit:
            return band
    return "over 7 days"
