"""How far a confidence region reaches beyond the two bounds of an effect that is only known between them."""

from __future__ import annotations

from amends.analysis.distributions import normal_cdf, normal_quantile


def region_quantile(width: float, error: float, confidence: float) -> float:
    """The c with Phi(c + width / error) - Phi(-c) = confidence: from the two-sided to the one-sided value.

    Args:
        width: Between the bounds.
        error: The larger of their standard errors, above 0.
        confidence: With which the region is to hold the effect, wherever between the bounds it lies.

    Source: Imbens & Manski 2004.

    >>> round(region_quantile(0.0, 1.0, 0.95), 3), round(region_quantile(9.0, 1.0, 0.95), 3)
    (1.96, 1.645)
    """
    low, high = normal_quantile(confidence), normal_quantile((1 + confidence) / 2)
    for _ in range(60):
        middle = (low + high) / 2
        if normal_cdf(middle + width / error) - normal_cdf(-middle) < confidence:
            low = middle
        else:
            high = middle
    return high
