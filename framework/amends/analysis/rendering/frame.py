"""The report's contrasts as a pandas data frame, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.analysis.result import NotEnough

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.contrasts import Contrast
    from amends.analysis.reported import Report

COLUMNS = (
    "metric",
    "arm",
    "versus",
    "effect",
    "low",
    "high",
    "confidence",
    "interval",
    "low_adjusted",
    "high_adjusted",
    "test",
    "statistic",
    "df",
    "p_value",
    "p_adjusted",
    "adjustment",
    "alternative",
    "role",
    "verdict",
)


def to_frame(report: Report) -> DataFrame:
    """One row per contrast; `reason` says why figures are missing where they are."""
    import pandas as pd

    rows = [_row(item) for item in report.contrasts]
    return pd.DataFrame(rows, columns=["experiment", *_names()]).assign(experiment=report.experiment)


def _names() -> list[str]:
    return [*COLUMNS[:3], "n_arm", "n_versus", "value_arm", "value_versus", *COLUMNS[3:], "reason"]


def _row(contrast: Contrast) -> dict[str, Any]:
    reasons = [item.reason for item in (contrast.effect, contrast.p_value) if isinstance(item, NotEnough)]
    return {
        **{name: _cell(getattr(contrast, name)) for name in COLUMNS},
        "n_arm": contrast.n[0],
        "n_versus": contrast.n[1],
        "value_arm": _cell(contrast.values[0]),
        "value_versus": _cell(contrast.values[1]),
        "reason": reasons[0] if reasons else None,
    }


def _cell(value: Any) -> Any:
    return None if isinstance(value, NotEnough) else value
