"""Where the calibration table computes many experiments at once, it gives what the public functions give."""

from itertools import combinations

import numpy as np
import pytest

from amends.analysis import proportions
from amends.analysis.means import summarize
from amends.analysis.pairs import games_howell
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sequential import always_valid_means, always_valid_proportions
from amends.analysis.verdict import Evidence, deciding_rule, verdict
from tests.calibration.table import bounds, means, tables, verdicts
from tests.calibration.table.looks import Looks

SIZES = ((10, 25), (40, 40), (60, 60))


def some_tables(n1: int, n2: int, how_many: int, seed: int = 3) -> list[tuple[int, int, int, int]]:
    rng = np.random.default_rng(seed)
    rates = rng.random(how_many)
    pairs = zip(rng.binomial(n1, rates).tolist(), rng.binomial(n2, rates).tolist(), strict=True)
    return [(a, n1, b, n2) for a, b in pairs]


@pytest.mark.parametrize(("n1", "n2"), SIZES)
@pytest.mark.parametrize("level", [0.05, 0.04])
def test_regions_of_exact_tests_are_those_of_the_public_functions(n1: int, n2: int, level: float) -> None:
    ours = {
        proportions.boschloo: tables.boschloo_region(n1, n2, level),
        proportions.barnard: tables.barnard_region(n1, n2, level),
    }
    for test, region in ours.items():
        # Tables beside the edge, where a wrong step would show, and some anywhere.
        edge = np.argwhere(region[:, 1:] != region[:, :-1])[:: max(1, len(region) // 12)]
        beside = [(int(a), n1, int(b) + step, n2) for a, b in edge for step in (0, 1)]
        for table in [*beside, *some_tables(n1, n2, 8)]:
            assert region[table[0], table[2]] == (tables.p_of(test(*table)) <= level), (test, table)


@pytest.mark.parametrize("side", ["greater", "less"])
def test_one_sided_regions_are_those_of_the_public_function(side: str) -> None:
    region = tables.boschloo_region(15, 40, 0.05, side)
    for table in some_tables(15, 40, 40):
        p = tables.p_of(proportions.boschloo(*table, alternative=side))
        assert region[table[0], table[2]] == (p <= 0.05)


@pytest.mark.parametrize(("n1", "n2"), [(60, 60), (100, 300), (400, 400), (4000, 4000)])
def test_default_region_is_that_of_the_default_test(n1: int, n2: int) -> None:
    few = [(a, n1, b, n2) for a, b in ((0, 0), (0, 3), (2, 1), (0, 7), (n1, n2), (n1, n2 - 4))]
    for a, _, b, _ in [*few, *some_tables(n1, n2, 15)]:
        region = tables.default_region(n1, n2, np.array([[a]]), np.array([[b]]))
        assert bool(region[0, 0]) == (tables.p_of(proportions.default_test(a, n1, b, n2)) <= 0.05), (a, b)


@pytest.mark.parametrize(("n1", "n2"), [(15, 60), (500, 500), (4000, 4000)])
def test_vectorised_limits_are_those_of_the_public_functions(n1: int, n2: int) -> None:
    for a, _, b, _ in [(0, n1, n2, n2), (0, n1, 0, n2), *some_tables(n1, n2, 60)]:
        for form, public in (
            (tables.newcombe_limits, proportions.newcombe),
            (tables.wald_limits, proportions.wald),
        ):
            low, high = form(np.array([a]), n1, np.array([b]), n2)
            interval = public(a, n1, b, n2)
            assert isinstance(interval, Interval)
            expected = (interval.low, interval.high)
            got = (max(-1.0, low[0]), min(1.0, high[0])) if public is proportions.wald else (low[0], high[0])
            assert got == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("first_share", [0.5, 0.2])
def test_looks_of_whole_arrays_are_the_public_intervals(first_share: float) -> None:
    rng = np.random.default_rng(8)
    first = rng.random((3, 160)) < first_share
    events = (rng.random((3, 160)) < 0.3).astype(float)
    looks = Looks.of(first, ~first, events)
    with np.errstate(divide="ignore", invalid="ignore"):
        half, effects = looks.half_widths(alpha=0.01, planned_n=80), looks.effects()
    for run in range(3):
        for look in range(1, 160):
            table = (looks.sum1, looks.n1, looks.sum2, looks.n2)
            interval = always_valid_proportions(
                *(int(part[run, look]) for part in table), alpha=0.01, planned_n=80
            )
            if isinstance(interval, NotEnough):
                assert not np.isfinite(half[run, look])
                continue
            effect = float(effects[run, look])
            limits = max(-1.0, effect - half[run, look]), min(1.0, effect + half[run, look])
            assert limits == pytest.approx((interval.low, interval.high), abs=1e-12)


def test_looks_at_ratings_are_the_public_intervals() -> None:
    rng = np.random.default_rng(9)
    first, values = rng.random((1, 120)) < 0.4, rng.integers(1, 8, (1, 120)).astype(float)
    looks = Looks.of(first, ~first, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = looks.half_widths(alpha=0.05, planned_n=100)
    for look in (55, 80, 119):
        seen = [values[0, : look + 1][arm[0, : look + 1]] for arm in (first, ~first)]
        interval = always_valid_means(*(summarize(each) for each in seen), alpha=0.05, planned_n=100)
        assert isinstance(interval, Interval)
        assert 2 * half[0, look] == pytest.approx(interval.high - interval.low, rel=1e-10)


@pytest.mark.parametrize("weights", [(1, 1), (1, 1, 1)])
def test_decisions_at_the_plan_are_those_of_the_package(weights: tuple[int, ...]) -> None:
    rng, per_arm = np.random.default_rng(4), [40] * len(weights)
    pairs = list(combinations(range(len(weights)), 2))
    counted = list(rng.binomial(40, (0.9, 0.65, 0.75)[: len(weights)], (60, len(weights))).T)
    found = verdicts.rejected(counted, per_arm, pairs)
    assert 5 < found.sum() < 55
    for place in range(60):
        events = [int(arm[place]) for arm in counted]
        assert found[place] == verdicts.decided(events, per_arm, pairs)


def test_the_whole_rule_of_arrays_is_the_package_asked_at_every_look() -> None:
    rng, per_arm, pairs = np.random.default_rng(5), np.array([40, 40]), [(0, 1)]
    arm, events = rng.integers(0, 2, (40, 140)), np.empty((40, 140))
    events[:] = rng.random((40, 140)) < np.where(arm == 0, 0.9, 0.6)
    expected = sum(named_by_the_package(arm[run], events[run], per_arm, pairs) for run in range(40))
    assert verdicts._judged(arm, events, per_arm)["rule"] == expected
    assert 5 < expected < 40


def named_by_the_package(arm, events, per_arm, pairs) -> bool:
    """Looks after every unit until both arms have their planned units, then decides once."""
    seen = [[int(((arm == a)[: look + 1]).sum()) for a in (0, 1)] for look in range(len(arm))]
    due = next(look for look, counts in enumerate(seen) if min(counts) >= 40)
    for look in range(due):
        rule = deciding_rule(status="running", alpha=0.05, planned=40, reached=min(seen[look]))
        x = [int(events[: look + 1][(arm == a)[: look + 1]].sum()) for a in (0, 1)]
        interval = always_valid_proportions(
            x[0], seen[look][0], x[1], seen[look][1], alpha=rule.always_valid_level, planned_n=80
        )
        limits = (interval.low, interval.high) if isinstance(interval, Interval) else None
        if verdict(Evidence(p_value=None, always_valid=limits), rule) == "difference":
            return True
    first = [int(events[arm == a][:40].sum()) for a in (0, 1)]
    return verdicts.decided(first, per_arm.tolist(), pairs)


def test_families_of_three_arms_are_rejected_as_by_the_public_functions() -> None:
    rng = np.random.default_rng(6)
    for _ in range(4):
        arms = [means.of(rng.normal(gap, sd, 40)) for gap, sd in ((0, 1.0), (0.45, 2.0), (0.8, 1.5))]
        public = games_howell(arms)
        assert not isinstance(public, NotEnough)
        assert means.games_howell_rejects(arms) == [pair.p_value <= 0.05 for pair in public]
        assert means.dunnett_rejects(arms) == means.public_dunnett(arms)


def test_analytic_bounds_hold_the_effect_of_those_who_always_answer() -> None:
    for truth in bounds.TRUTHS.values():
        low, high = bounds.analytic(truth)
        assert low - 1e-12 <= bounds.EFFECT <= high + 1e-12
