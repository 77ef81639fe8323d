"""What a contrast would claim if units of one cluster were independent."""

from __future__ import annotations

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Figure


def naive_limits(contrast: Contrast) -> tuple[Figure, Figure]:
    """What units taken as independent would claim: never to be used, only to show what clusters cost."""
    from amends.analysis.intervals import newcombe
    from amends.analysis.measure_means import mean_limits
    from amends.analysis.measure_proportions import limits

    if contrast.counts is not None:
        (x1, n1), (x2, n2) = contrast.counts
        return limits(newcombe(x1, n1, x2, n2, confidence=contrast.confidence))
    return mean_limits(*contrast.summaries, confidence=contrast.confidence)
