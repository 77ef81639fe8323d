"""How each method of the reference cases is asked of amends: one module a file of cases."""

from __future__ import annotations

from tests.golden.methods import (
    adjustment,
    bayes,
    cluster,
    means,
    mediation,
    meta,
    nonresponse,
    ordinal,
    power,
    proportions,
    randomisation,
    sequential,
    three_arm,
)
from tests.golden.methods.reading import METHODS

__all__ = [
    "METHODS",
    "adjustment",
    "bayes",
    "cluster",
    "means",
    "mediation",
    "meta",
    "nonresponse",
    "ordinal",
    "power",
    "proportions",
    "randomisation",
    "sequential",
    "three_arm",
]
