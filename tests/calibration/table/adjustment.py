"""Lin's regression and CUPED: coverage with a skewed covariate, and what CUPED takes from the variance."""

from __future__ import annotations

from functools import partial
from math import sqrt

import numpy as np
from scipy.special import hyp2f1

from amends.analysis.adjustment import default_error, lin
from amends.analysis.cuped import cuped
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Counter, Row, Sums, rate

RHO = 0.6
SETTINGS = [(n, share) for n in (40, 60, 1000) for share in (0.5, 0.25)]


def cells() -> list[Cell]:
    return [
        Cell(
            f"Lin, N = {n}, share {share}",
            partial(adjusted, n, share),
            partial(adjusted_rows, n, share),
            10_000,
            parts=1 if n < 1000 else 2,
            short=2_000 if (n, share) == (60, 0.25) else 0,
        )
        for n, share in SETTINGS
    ] + [
        Cell(
            f"CUPED, N = {n}",
            partial(taken, n),
            partial(taken_rows, n),
            10_000,
            parts=1 if n < 1000 else 4,
            short=1_000 if n == 60 else 0,
        )
        for n in (60, 1000)
    ]


def adjusted(n: int, share: float, runs: int, rng: np.random.Generator) -> Sums:
    """A skewed covariate that bends the outcome, more so in the first arm.

    The regression speaks of the units at hand, so its interval is asked for their own average effect.
    """
    seen = Counter(runs)
    treated = np.arange(n) < round(n * share)
    for _ in range(runs):
        x = rng.exponential(size=n)
        effects = 0.3 * (x - 1)
        y = 0.8 * x + 0.15 * (x - 1) ** 2 + np.where(treated, effects, 0.0) + rng.normal(size=n)
        for error in ("HC2", "HC3"):
            found = lin(y, treated, {"x": x}, error=error)
            assert not isinstance(found, NotEnough)
            seen.add(error, float(effects.mean()) in found.interval)
    return seen.sums()


def adjusted_rows(n: int, share: float, found: Sums) -> list[Row]:
    setting, runs = f"N = {n}, share {share:g}, skewed x, curved", found["runs"]
    rows = []
    for error in ("HC2", "HC3"):
        default = default_error(n) == error
        kind, low = ("goal", 0.94) if default else ("share", None)
        note = "the default at this N" if default else "beside it"
        note += "; of the units' own average effect"
        rows.append(
            rate(f"Lin {error}, coverage", setting, found[error], runs, low=low, kind=kind, note=note)
        )
    return rows


def taken(n: int, runs: int, rng: np.random.Generator) -> Sums:
    ratios, squares, held = 0.0, 0.0, 0
    treated = np.arange(n) % 2 == 0
    for _ in range(runs):
        x = rng.normal(size=n)
        found = cuped(RHO * x + sqrt(1 - RHO**2) * rng.normal(size=n), treated, x)
        assert not isinstance(found, NotEnough)
        ratios += found.variance_ratio
        squares += found.variance_ratio**2
        held += 0.0 in found.test.interval
    return {"runs": runs, "ratios": ratios, "squares": squares, "held": held}


def taken_rows(n: int, found: Sums) -> list[Row]:
    runs, setting = found["runs"], f"N = {n}, rho {RHO}"
    mean = found["ratios"] / runs
    error = sqrt((found["squares"] / runs - mean**2) / runs)
    # The mean of 1 - r² over samples of N; it nears 1 - rho² as N grows (Olkin & Pratt 1958).
    truth = (1 - RHO**2) * (n - 2) / (n - 1) * float(hyp2f1(1, 1, (n + 1) / 2, RHO**2))
    limit = 1 - RHO**2
    note = f"over samples of N its mean is {truth:.4f} (Olkin and Pratt)"
    return [
        Row("CUPED, variance ratio", setting, mean, limit - 3 * error, limit + 3 * error, runs, error),
        Row(
            "CUPED, variance ratio beside its mean at this N",
            setting,
            mean,
            truth - 3 * error,
            truth + 3 * error,
            runs,
            error,
            note=note,
        ),
        rate("CUPED, coverage", setting, found["held"], runs, low=0.94),
    ]
