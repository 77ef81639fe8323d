"""How far a confidence region reaches beyond the two bounds of an effect that is only known between them."""

from __future__ import annotations

from functools import partial

from amends.analysis.distributions import normal_cdf, normal_quantile, t_cdf, t_quantile


def region_quantile(width: float, error: float, confidence: float, *, df: float | None = None) -> float:
    """The c with F(c + width / error) - F(-c) = confidence: from the two-sided to the one-sided value.

    Args:
        width: Between the bounds.
        error: The larger of their standard errors, above 0.
        confidence: With which the region is to hold the effect, wherever between the bounds it lies.
        df: Degrees of freedom of a t distribution, where the errors rest on few clusters; else normal.

    Source: Imbens & Manski 2004.

    >>> round(region_quantile(0.0, 1.0, 0.95), 3), round(region_quantile(9.0, 1.0, 0.95), 3)
    (1.96, 1.645)
    >>> round(region_quantile(0.0, 1.0, 0.95, df=20), 3)
    2.086
    """
    cdf, quantile = normal_cdf, normal_quantile
    if df is not None:
        cdf, quantile = partial(t_cdf, df=df), partial(t_quantile, df=df)
    low, high = quantile(confidence), quantile((1 + confidence) / 2)
    for _ in range(60):
        middle = (low + high) / 2
        if cdf(middle + width / error) - cdf(-middle) < confidence:
            low = middle
        else:
            high = middle
    return high
