"""Composes the parts: a `Lab` knows the experiments and the store, and answers senders and readers."""

from amends.lab.assigned import Assignment
from amends.lab.lab import Lab
from amends.lab.process_wide import (
    analyze,
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
from amends.lab.tables import analyze_table

__all__ = [
    "Assignment",
    "Lab",
    "analyze",
    "analyze_table",
    "assign",
    "assign_async",
    "assign_many",
    "configure",
    "default_lab",
    "explain",
    "hand_out",
    "late_now",
    "load",
    "pool",
    "record_delivery",
    "record_event",
    "record_outcome",
    "record_response",
    "warm_up",
]
