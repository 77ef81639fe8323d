"""What a verdict rests on: its figures when it was made, which data that come later never replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from amends.analysis.contrasts import Contrast, plain
from amends.analysis.result import NotEnough
from amends.analysis.verdict import Evidence, Rule, rejected_by

OPEN = frozenset({"still collecting", "not trustworthy"})
"""Verdicts that rest on no figures of their own."""


def decision_on(deciding: Contrast, evidence: Evidence, rule: Rule, *, level: float) -> dict[str, Any]:
    """The figures that decide, as `Contrast.decision` carries them.

    Args:
        deciding: The contrast on the data that decide.
        evidence: What it brings to its verdict.
        rule: Who decides.
        level: Of the deciding method, for this contrast.
    """
    return {
        "method": rule.method,
        "level": level,
        "rejected_by": rejected_by(evidence, rule),
        "test": deciding.test,
        "p_adjusted": deciding.p_adjusted,
        "n": deciding.n,
        "values": deciding.values,
        "effect": deciding.effect,
        "low": deciding.low,
        "high": deciding.high,
        "standard_error": deciding.standard_error,
        "always_valid": evidence.always_valid,
        "region": evidence.region,
        "worst_case": _worst_case(deciding),
        "answered": (deciding.bounds or {}).get("answered"),
        "stored": False,
    }


def to_keep(contrast: Contrast) -> dict[str, Any]:
    """A verdict with what it rests on, in JSON's own types, to be stored."""
    kept: dict[str, Any] = plain({**(contrast.decision or {}), "verdict": contrast.verdict})
    return kept


def restored(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The decision of a verdict that was stored, from what `to_keep` gave.

    >>> restored({"verdict": "difference", "effect": 0.1, "low": {"not_enough": "no units"}})["low"]
    NotEnough(reason='no units')
    """
    found = {name: _figure(value) for name, value in kept.items() if name != "verdict"}
    return {**found, "stored": True}


def _figure(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"not_enough"}:
        return NotEnough(value["not_enough"])
    return tuple(_figure(item) for item in value) if isinstance(value, list | tuple) else value


def rests_on_others(contrast: Contrast) -> bool:
    """Whether the verdict rests on fewer units than are shown."""
    made = contrast.decision or {}
    return contrast.verdict not in OPEN and tuple(made.get("n", contrast.n)) != tuple(contrast.n)


def settled(contrast: Contrast) -> Contrast:
    """The contrast with the figures that its verdict rests on in the place of those of all data so far.

    What is said about a verdict must come from these: data that arrive later may even point the other way.
    """
    made = contrast.decision or {}
    if contrast.verdict in OPEN or "effect" not in made:
        return contrast
    always, region = made["always_valid"], made["region"]
    return replace(
        contrast,
        values=made["values"],
        effect=made["effect"],
        low=made["low"],
        high=made["high"],
        p_value=made["p_adjusted"],
        p_adjusted=made["p_adjusted"],
        always_valid=None if always is None else {"low": always[0], "high": always[1]},
        bounds=None if region is None else _bounds(region, made.get("worst_case"), made.get("answered")),
    )


def _worst_case(contrast: Contrast) -> tuple[Any, Any] | None:
    manski = (contrast.bounds or {}).get("manski")
    return None if manski is None else (manski["low"], manski["high"])


def _bounds(
    region: tuple[Any, Any], worst_case: tuple[Any, Any] | None, answered: tuple[Any, Any] | None
) -> dict[str, Any]:
    """What of the bounds is said about a verdict; one stored by an older version has the region alone."""
    found: dict[str, Any] = {"lee": {"ci_low": region[0], "ci_high": region[1]}}
    if worst_case is not None:
        found["manski"] = {"low": worst_case[0], "high": worst_case[1]}
    if answered is not None:
        found["answered"] = answered
    return found
