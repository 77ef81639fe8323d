"""Net promoter scores."""

from __future__ import annotations

from pathlib import Path

from amends.analysis.net_promoter import NetPromoter, ScoreDifference, net_promoter, net_promoter_difference
from tests.golden.methods.reading import Got, Inputs, ends, method, part


@method("net_promoter_two_arms")
def two_scores(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    a, b = (dict(zip((10, 8, 3), inputs[side], strict=True)) for side in ("a", "b"))
    one = net_promoter(a, confidence=params["level"])
    found = net_promoter_difference(a, b, confidence=params["level"])
    assert isinstance(one, NetPromoter)
    assert isinstance(found, ScoreDifference)
    return {
        "value_a": one.value,
        "se_a": one.standard_error,
        "low_a": one.interval.low,
        "high_a": one.interval.high,
        "diff": found.value,
        **ends("", found.interval),
        "t": part(found.test, "statistic"),
        "df": part(found.test, "df"),
        "p": part(found.test, "p_value"),
    }
