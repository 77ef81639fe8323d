"""The calibration table: how often every method errs, beside how often it may.

One module per family; each lists its cells, which the short tests run with few replications and
`scripts/calibrate.py` with all of them.
"""

from __future__ import annotations

from importlib import import_module

from tests.calibration.table.cells import Cell

FAMILIES = {
    "proportions": "Two shares: exact tests, pooled z, intervals",
    "completion": "Completion over sample sizes and rates: the default test and interval",
    "means": "Means, ratings, ranks, three arms",
    "clusters": "Clusters: ratings and completion",
    "clustered_arms": "Clusters: several arms, ranks, moderators, the funnel",
    "adjustment": "Adjustment: Lin, CUPED",
    "splits": "Sample ratio",
    "sequential": "Looks while data come in",
    "verdicts": "The whole verdict rule",
    "bounds": "Lee bounds",
    "mediation": "Mediation bootstrap",
    "meta": "Several experiments",
    "equivalence": "Equivalence",
    "randomisation": "Randomisation tests and blocks",
    "power": "Power at the planned sample",
    "end_to_end": "A/A through the whole product",
}
"""By module, in the order of the table: the heading."""


def all_cells() -> list[Cell]:
    """Every cell of every family, in the order of the table."""
    return [cell for family in FAMILIES for cell in cells_of(family)]


def cells_of(family: str) -> list[Cell]:
    """The cells of one family."""
    found: list[Cell] = import_module(f"tests.calibration.table.{family}").cells()
    return found
