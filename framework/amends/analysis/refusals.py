"""Figures that must not be shown although they could be computed: clusters, arms that were not invited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from amends.analysis.contrasts import Contrast
from amends.analysis.result import NotEnough

CLUSTERED = "clustered"
"""The reason of every figure that takes units as independent where they are not."""


def refuse(contrast: Contrast, reason: str, *, effect: bool = False) -> Contrast:
    """The contrast with the reason in place of every figure that rests on independent units.

    Args:
        contrast: The contrast as measured.
        reason: Why, in words for the reader.
        effect: Refuse the difference and the bounds too, because the arms cannot be compared at all.
    """
    missing = NotEnough(reason)
    return replace(
        contrast,
        effect=missing if effect else contrast.effect,
        low=missing,
        high=missing,
        statistic=missing,
        df=missing,
        p_value=missing,
        p_adjusted=missing,
        standard_error=missing,
        spread=None,
        tests={name: dict.fromkeys(figures, missing) for name, figures in contrast.tests.items()},
        effect_sizes=dict.fromkeys(contrast.effect_sizes, missing),
        effect_intervals={
            name: {**figures, "low": missing, "high": missing}
            for name, figures in contrast.effect_intervals.items()
        },
        bounds=_refused_bounds(contrast.bounds, missing, everything=effect),
        warnings=(),
    )


def _refused_bounds(
    bounds: Mapping[str, Any] | None, missing: NotEnough, *, everything: bool
) -> Mapping[str, Any] | None:
    if bounds is None:
        return None
    inferred = {"ci_low", "ci_high"}
    lee = {
        name: missing if everything or name in inferred else value for name, value in bounds["lee"].items()
    }
    manski = dict.fromkeys(bounds["manski"], missing) if everything else bounds["manski"]
    tipping = dict.fromkeys(bounds["tipping_points"], missing)
    return {**bounds, "lee": lee, "manski": manski, "tipping_point": missing, "tipping_points": tipping}
