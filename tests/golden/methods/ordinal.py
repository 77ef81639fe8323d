"""Ratings as ordered answers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from amends.analysis import ordinal
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, column, matching, method, part, rows_of


@method("ordinal_logit")
def proportional_odds(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = matching(rows_of(inputs, folder), inputs["filter"])
    values, treated = column(rows, inputs["outcome"]), [row["arm"] == inputs["treat"] for row in rows]
    sides = [
        Counter(value for value, first in zip(values, treated, strict=True) if first == side)
        for side in (True, False)
    ]
    found = ordinal.proportional_odds(*sides)
    adjusted = ordinal.proportional_odds_adjusted(values, treated, {"pre_sat": column(rows, "pre_sat")})
    thresholds = part(found, "thresholds")
    return {
        "log_or": part(found, "value"),
        "se": part(found, "standard_error"),
        "p": part(found, "p_value"),
        "loglik": part(found, "log_likelihood"),
        "thresholds": thresholds if isinstance(thresholds, NotEnough) else list(thresholds),
        "adj_log_or": part(adjusted, "value"),
        "adj_se": part(adjusted, "standard_error"),
        "adj_loglik": part(adjusted, "log_likelihood"),
    }
