"""How often the check of the arms' shares cries wolf."""

from __future__ import annotations

from functools import partial

import numpy as np

from amends.analysis.result import NotEnough
from amends.analysis.sample_ratio import ALERT_BELOW, sample_ratio
from tests.calibration.table.cells import Cell, Row, Sums, band, rate

RUNS = 100_000


def cells() -> list[Cell]:
    settings = [
        *((f"50/50, N = {n:,}", n, (1, 1)) for n in (1_000, 10_000, 100_000, 1_000_000)),
        ("1:3, N = 10,000", 10_000, (1, 3)),
        ("three arms, N = 10,000", 10_000, (1, 1, 1)),
    ]
    split = [
        Cell(
            f"sample ratio, {name}",
            partial(alerts, n, weights, 1),
            partial(rows, name),
            RUNS,
            short=20_000 if n == 10_000 and len(weights) == 2 else 0,
        )
        for name, n, weights in settings
    ]
    return [
        *split,
        Cell("sample ratio, clusters", partial(alerts, 2_500, (1, 1), 4), cluster_rows, RUNS, short=20_000),
    ]


def alerts(n: int, weights: tuple[int, ...], size: int, runs: int, rng: np.random.Generator) -> Sums:
    """Alerts on randomised ids, and on their units where every id stands for `size` of them."""
    shares = np.array(weights) / sum(weights)
    found, on_units = 0, 0
    for counts in rng.multinomial(n, shares, size=runs).tolist():
        test = sample_ratio(counts, weights)
        assert not isinstance(test, NotEnough)
        found += not test.ok
        if size > 1:
            units = sample_ratio([size * count for count in counts], weights)
            assert not isinstance(units, NotEnough)
            on_units += not units.ok
    return {"runs": runs, "alerts": found, "on units": on_units}


def rows(name: str, found: Sums) -> list[Row]:
    low, high = band(ALERT_BELOW, found["runs"])
    return [rate("sample ratio, alerts", name, found["alerts"], found["runs"], low=low, high=high)]


def cluster_rows(found: Sums) -> list[Row]:
    runs = found["runs"]
    low, high = band(ALERT_BELOW, runs)
    setting = "2,500 clusters of 4"
    return [
        rate("sample ratio on clusters, alerts", setting, found["alerts"], runs, low=low, high=high),
        rate("sample ratio on units, alerts", setting, found["on units"], runs, low=0.05, kind="check"),
    ]
