"""Thank, apologise, or stay silent? Run that experiment on delayed-service customers, read it honestly.

The public door. Everything here is loaded when first used, so that a message sender who writes
`import amends` waits for nothing it does not need.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from amends.assignment.hashing import bucket
    from amends.design.arm import Arm, silence, sorry, thank_and_sorry, thank_you
    from amends.design.contrasts import contrast, primary
    from amends.design.eligibility import delayed_by, everyone
    from amends.design.experiment import Experiment
    from amends.design.invitation import invite
    from amends.design.metrics import Mean, Proportion
    from amends.design.moderators import exploratory
    from amends.design.net_promoter import NetPromoter
    from amends.design.randomization import Cluster, Holdout, Layer, blocked, hashed
    from amends.design.reminder import Reminder
    from amends.design.survey import Choice, Rating, Scale, Text, service_quality
    from amends.design.wording import text
    from amends.errors import AmendsError, StoreUnavailable
    from amends.lab import (
        Assignment,
        Lab,
        analyze,
        analyze_table,
        assign,
        assign_async,
        assign_many,
        configure,
        default_lab,
        explain,
        hand_out,
        late_now,
        load,
        pool,
        record_delivery,
        record_event,
        record_outcome,
        record_response,
        warm_up,
    )

_HOME = {
    "AmendsError": "errors",
    "Arm": "design.arm",
    "Assignment": "lab",
    "Choice": "design.survey",
    "Cluster": "design.randomization",
    "Experiment": "design.experiment",
    "Holdout": "design.randomization",
    "Lab": "lab",
    "Layer": "design.randomization",
    "Mean": "design.metrics",
    "NetPromoter": "design.net_promoter",
    "Proportion": "design.metrics",
    "Rating": "design.survey",
    "Reminder": "design.reminder",
    "Scale": "design.survey",
    "StoreUnavailable": "errors",
    "Text": "design.survey",
    "analyze": "lab",
    "analyze_table": "lab",
    "assign": "lab",
    "assign_async": "lab",
    "assign_many": "lab",
    "blocked": "design.randomization",
    "bucket": "assignment.hashing",
    "configure": "lab",
    "contrast": "design.contrasts",
    "default_lab": "lab",
    "delayed_by": "design.eligibility",
    "everyone": "design.eligibility",
    "explain": "lab",
    "exploratory": "design.moderators",
    "hand_out": "lab",
    "hashed": "design.randomization",
    "invite": "design.invitation",
    "late_now": "lab",
    "load": "lab",
    "pool": "lab",
    "primary": "design.contrasts",
    "record_delivery": "lab",
    "record_event": "lab",
    "record_outcome": "lab",
    "record_response": "lab",
    "service_quality": "design.survey",
    "silence": "design.arm",
    "sorry": "design.arm",
    "text": "design.wording",
    "thank_and_sorry": "design.arm",
    "thank_you": "design.arm",
    "warm_up": "lab",
}

__all__ = [
    "AmendsError",
    "Arm",
    "Assignment",
    "Choice",
    "Cluster",
    "Experiment",
    "Holdout",
    "Lab",
    "Layer",
    "Mean",
    "NetPromoter",
    "Proportion",
    "Rating",
    "Reminder",
    "Scale",
    "StoreUnavailable",
    "Text",
    "analyze",
    "analyze_table",
    "assign",
    "assign_async",
    "assign_many",
    "blocked",
    "bucket",
    "configure",
    "contrast",
    "default_lab",
    "delayed_by",
    "everyone",
    "explain",
    "exploratory",
    "hand_out",
    "hashed",
    "invite",
    "late_now",
    "load",
    "pool",
    "primary",
    "record_delivery",
    "record_event",
    "record_outcome",
    "record_response",
    "service_quality",
    "silence",
    "sorry",
    "text",
    "thank_and_sorry",
    "thank_you",
    "warm_up",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'amends' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"amends.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
