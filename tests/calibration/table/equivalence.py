"""Claims of equivalence where the true difference is the margin."""

from __future__ import annotations

from functools import partial

import numpy as np

from amends.analysis.equivalence import equivalent_proportions, tost_proportions
from amends.analysis.means import tost_welch
from amends.analysis.result import NotEnough
from tests.calibration.table.cells import Cell, Row, Sums, most, rate
from tests.calibration.table.means import of
from tests.calibration.table.tables import likely, p_of

MARGIN = 0.1
SHARES = (0.2, 0.5, 0.784, 0.85)
MARGIN_SD = 0.5


def cells() -> list[Cell]:
    return [
        *(
            Cell(f"equivalent shares, {n} per arm", partial(claimed, n), partial(claim_rows, n), long=n > 100)
            for n in (100, 400)
        ),
        *(
            Cell(
                f"equivalent means, {n} per arm",
                partial(means, n),
                partial(mean_rows, n),
                10_000,
                short=2_000 if n == 100 else 0,
            )
            for n in (40, 100, 400)
        ),
    ]


def claimed(n: int, _: int, rng: np.random.Generator) -> Sums:
    score, newcombe = [], []
    for share in SHARES:
        (a, chance_a), (b, chance_b) = likely(n, share + MARGIN), likely(n, share)
        by_score, by_limits = np.zeros((len(a), len(b))), np.zeros((len(a), len(b)))
        for i, x1 in enumerate(a.tolist()):
            for j, x2 in enumerate(b.tolist()):
                # The claim needs a difference within the margin: everything else is no claim.
                if abs(x1 - x2) < MARGIN * n:
                    by_score[i, j] = p_of(tost_proportions(x1, n, x2, n, low=-MARGIN, high=MARGIN)) <= 0.05  # type: ignore[arg-type]
                    limits = equivalent_proportions(x1, n, x2, n, margin=MARGIN)
                    assert not isinstance(limits, NotEnough)
                    by_limits[i, j] = limits.equivalent
        score.append(float(chance_a @ by_score @ chance_b))
        newcombe.append(float(chance_a @ by_limits @ chance_b))
    return {"score": score, "Newcombe": newcombe}


def claim_rows(n: int, found: Sums) -> list[Row]:
    setting = f"{n} per arm, difference = margin = {MARGIN:g}, rates .2 to .85"
    return [
        Row("90% Newcombe interval within the margin", setting, max(found["Newcombe"]), high=0.05),
        Row("score TOST", setting, max(found["score"]), high=0.05),
    ]


def means(n: int, runs: int, rng: np.random.Generator) -> Sums:
    claims = 0
    for _ in range(runs):
        arms = of(rng.normal(MARGIN_SD, 1.0, n)), of(rng.normal(0, 1.3, n))
        test = tost_welch(*arms, low=-MARGIN_SD, high=MARGIN_SD)
        assert not isinstance(test, NotEnough)
        claims += test.equivalent
    return {"runs": runs, "claims": claims}


def mean_rows(n: int, found: Sums) -> list[Row]:
    runs, setting = found["runs"], f"{n} per arm, difference = margin = {MARGIN_SD:g}, sd 1/1.3"
    return [rate("Welch TOST", setting, found["claims"], runs, high=most(0.05, runs))]
