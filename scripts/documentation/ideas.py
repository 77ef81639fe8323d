"""The figures behind the pictures of the statistics, each from the product's own functions.

What is invented (counts of an example, simulated customers) is invented here, with its seed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from amends.analysis.distributions import normal_cdf
from amends.analysis.equivalence import equivalent_proportions
from amends.analysis.intervals import newcombe, wald, wilson
from amends.analysis.means import Summary, student, welch
from amends.analysis.multiplicity import adjust
from amends.analysis.nonresponse import lee_bounds, manski_bounds
from amends.analysis.power import design_effect
from amends.analysis.proportions import z_pooled
from amends.analysis.sample_ratio import sample_ratio
from amends.analysis.sequential import always_valid_proportions

Rows = list[dict[str, Any]]
SEED = 7
MARGIN = 0.05


def proportions() -> Rows:
    """Wilson's interval of about the same share among ever more customers, and of everybody."""
    rows = []
    for x, n in ((10, 10), (8, 10), (40, 51), (157, 200), (785, 1000)):
        interval = wilson(x, n)
        rows.append({"case": f"{x} of {n:,}", "value": x / n, "low": interval.low, "high": interval.high})
    return rows


def unequal_variances() -> Rows:
    """How often each t-test calls a difference where there is none: simulated, 2,000 times a point."""
    rng, rows = np.random.default_rng(SEED), []
    for first in (10, 20, 35, 50, 65, 80, 90):
        called = {"Welch": 0, "Student": 0}
        for _ in range(2000):
            a, b = rng.normal(5, 2, first), rng.normal(5, 1, 100 - first)
            two = _summary(a), _summary(b)
            called["Welch"] += welch(*two).p_value < 0.05
            called["Student"] += student(*two).p_value < 0.05
        rows += [{"first": first, "test": name, "share": n / 2000} for name, n in called.items()]
    return rows


def _summary(values: np.ndarray[Any, Any]) -> Summary:
    return Summary(len(values), float(values.mean()), float(values.std(ddof=1)))


def nonresponse() -> Rows:
    """One satisfaction difference read three ways, from invented answers of two arms of 1,000."""
    thanked = {1: 10, 2: 20, 3: 50, 4: 100, 5: 130, 6: 110, 7: 60}
    sorry = {1: 15, 2: 30, 3: 60, 4: 95, 5: 100, 6: 75, 7: 35}
    naive = welch(Summary.from_counts(thanked), Summary.from_counts(sorry))
    lee = lee_bounds(thanked, 1000, sorry, 1000)
    worst = manski_bounds(thanked, 1000, sorry, 1000, low=1, high=7)
    between = {"low": naive.interval.low, "high": naive.interval.high, "value": naive.difference}
    return [
        {"reading": "those who answered", **between},
        {"reading": "Lee bounds", "low": lee.low, "high": lee.high, "value": None},
        {"reading": "region of the bounds", "low": lee.ci_low, "high": lee.ci_high, "value": None},
        {"reading": "worst case", "low": worst.low, "high": worst.high, "value": None},
    ]


def looking() -> Rows:
    """Experiments without any effect, looked at 20 times: how many have shown a difference by then."""
    rng, runs, step, looks = np.random.default_rng(SEED), 1000, 100, 20
    ever = {
        "p < 0.05 at some look": np.zeros((runs, looks)),
        "always-valid interval": np.zeros((runs, looks)),
    }
    first, second = (rng.binomial(step, 0.4, (runs, looks)).cumsum(axis=1) for _ in range(2))
    for run in range(runs):
        for look in range(looks):
            n = step * (look + 1)
            counts = int(first[run, look]), n, int(second[run, look]), n
            ever["p < 0.05 at some look"][run, look] = z_pooled(*counts).p_value < 0.05
            interval = always_valid_proportions(*counts, alpha=0.05, planned_n=2 * step * looks)
            ever["always-valid interval"][run, look] = 0 not in interval
    shares = {name: np.maximum.accumulate(called, axis=1).mean(axis=0) for name, called in ever.items()}
    return [
        {"look": look + 1, "rule": name, "share": float(share[look])}
        for look in range(looks)
        for name, share in shares.items()
    ]


def split() -> Rows:
    """The p-value of an even split, by how many of 3,000 customers the first arm got."""
    found = [(n, sample_ratio([n, 3000 - n], [1, 1])) for n in range(1380, 1621, 10)]
    return [{"first": n, "p_value": one.p_value, "ok": one.ok} for n, one in found]


def everyone_assigned() -> Rows:
    """Two arms of 5,000 without any effect; 500 letters come back. Invented counts."""
    rows = []
    for reading, counts in (
        ("everyone assigned", (1800, 5000, 1800, 5000)),
        ("delivered letters against all in silence", (1800, 4500, 1800, 5000)),
    ):
        interval = newcombe(*counts)
        value = counts[0] / counts[1] - counts[2] / counts[3]
        rows.append({"reading": reading, "value": value, "low": interval.low, "high": interval.high})
    return rows


def clusters() -> Rows:
    """How often a test that takes clustered units as independent calls a difference, by their likeness."""
    return [
        {
            "size": size,
            "icc": f"icc {icc}",
            "share": 2 * (1 - normal_cdf(1.96 / design_effect(size, icc) ** 0.5)),
        }
        for icc in (0.01, 0.05, 0.2)
        for size in range(1, 31)
    ]


def many_questions() -> Rows:
    """Six p-values and what Holm makes of them."""
    alone = [0.004, 0.012, 0.019, 0.03, 0.21, 0.64]
    return [
        {"question": f"question {place}", "alone": p, "together": float(together)}
        for place, (p, together) in enumerate(zip(alone, adjust(alone), strict=True), start=1)
    ]


def alike() -> Rows:
    """Four pairs of arms, their 90% interval beside a margin of 5 points, and what each shows."""
    rows = []
    for counts in (
        (410, 1000, 400, 1000),
        (41, 100, 40, 100),
        (480, 1000, 400, 1000),
        (4150, 10_000, 4000, 10_000),
    ):
        found, differs = equivalent_proportions(*counts, margin=MARGIN), 0 not in wald(*counts)
        shown = {
            (True, False): "equivalent",
            (False, False): "neither: too few",
            (False, True): "difference",
            (True, True): "difference, and a small one",
        }[found.equivalent, differs]
        rows.append(
            {
                "case": f"{counts[0]:,} of {counts[1]:,} – {counts[2]:,} of {counts[3]:,}",
                "value": found.difference,
                "low": found.interval.low,
                "high": found.interval.high,
                "shown": shown,
            }
        )
    return rows


IDEAS: dict[str, Callable[[], Rows]] = {
    "proportions": proportions,
    "unequal-variances": unequal_variances,
    "nonresponse": nonresponse,
    "looking": looking,
    "split": split,
    "everyone-assigned": everyone_assigned,
    "clusters": clusters,
    "many-questions": many_questions,
    "alike": alike,
}


def figures() -> dict[str, Rows]:
    """The figures of every picture, by its name."""
    return {name: made() for name, made in IDEAS.items()}
