"""How each method of the reference cases is asked of amends: one module a file of cases."""

from __future__ import annotations

from tests.golden.methods import (
    adjustment,
    bayes,
    brant,
    cluster,
    compliance,
    double_sampling,
    factorial,
    margins,
    means,
    mediation,
    meta,
    net_promoter,
    nonresponse,
    ordinal,
    power,
    proportions,
    randomisation,
    rare_events,
    reliability,
    sequential,
    three_arm,
)
from tests.golden.methods.reading import METHODS

__all__ = [
    "METHODS",
    "adjustment",
    "bayes",
    "brant",
    "cluster",
    "compliance",
    "double_sampling",
    "factorial",
    "margins",
    "means",
    "mediation",
    "meta",
    "net_promoter",
    "nonresponse",
    "ordinal",
    "power",
    "proportions",
    "randomisation",
    "rare_events",
    "reliability",
    "sequential",
    "three_arm",
]
