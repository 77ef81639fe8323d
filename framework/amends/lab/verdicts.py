"""Verdicts that were made stand: each is written down once, and later data never decide it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amends.lab.lab import Lab

VERDICT = "verdict"

Key = tuple[str, str, str]
"""Metric, arm and the arm it is compared with."""


def standing(lab: Lab, key: str) -> dict[Key, Mapping[str, Any]]:
    """The verdicts of an experiment with the figures they rest on; of two on the same pair the earlier."""
    found: dict[Key, Mapping[str, Any]] = {}
    for entry in lab.store.audit_log(key):
        if entry.action == VERDICT:
            made = entry.detail
            found.setdefault((made["metric"], made["arm"], made["versus"]), made["decision"])
    return found


def keep(lab: Lab, key: str, decisions: Mapping[Key, Mapping[str, Any]], *, at: datetime) -> None:
    """Writes verdicts into the audit, whose rows the database refuses to change."""
    for (metric, arm, versus), decision in decisions.items():
        detail = {"metric": metric, "arm": arm, "versus": versus, "decision": dict(decision)}
        lab.store.audit(VERDICT, key=key, detail=detail, at=at)
