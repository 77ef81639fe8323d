"""The overall tests of three arms or more, one per metric. They open no gate: the contrasts stand alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally, counted
from amends.analysis.formatting import Figure
from amends.analysis.measure_means import sample
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough, TestResult
from amends.analysis.units import values_of
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric

SMALL_EXPECTED = 5


def overall_tests(
    experiment: Experiment,
    tally: Tally,
    *,
    units: DataFrame | None = None,
    not_invited: Collection[str] = (),
) -> tuple[Mapping[str, Any], ...]:
    """One object per metric: metric, test, statistic, df, df_within, p_value.

    Arms that were not invited to the survey have no part in what it measures.
    """
    found = []
    for metric in experiment.metrics:
        left_out = () if metric.source == "outcome" else not_invited
        if experiment.clustered:
            found.append(_of_clusters(experiment, metric, units, left_out))
        else:
            found.append(_overall(experiment, metric, tally, left_out))
    return tuple(found)


def _overall(
    experiment: Experiment, metric: Metric, tally: Tally, left_out: Collection[str]
) -> dict[str, Any]:
    arms = [arm_tally(tally, arm.name) for arm in experiment.arms if arm.name not in left_out]
    if metric.kind == "proportion":
        found = [counted(metric, item) for item in arms]
        return _of_proportions(metric, [item.events for item in found], [item.units for item in found])
    from amends.analysis.omnibus import welch_anova

    anova = welch_anova([sample(metric, item).summary for item in arms])
    if isinstance(anova, NotEnough):
        return _object(metric, "Welch ANOVA", anova, anova, anova, anova)
    return _object(metric, anova.name, anova.statistic, anova.df, anova.df_within, anova.p_value)


def _of_proportions(metric: Metric, xs: Sequence[int], ns: Sequence[int]) -> dict[str, Any]:
    """Chi-square; the exact test by enumeration where a count below 5 is expected and it can be listed."""
    from amends.analysis.omnibus import chi2_k, freeman_halton, smallest_expected_k

    found: TestResult | NotEnough = chi2_k(xs, ns)
    expected = smallest_expected_k(xs, ns)
    if isinstance(found, TestResult) and not isinstance(expected, NotEnough) and expected < SMALL_EXPECTED:
        exact = freeman_halton(xs, ns)
        found = exact if isinstance(exact, TestResult) else found
    if isinstance(found, NotEnough):
        return _object(metric, "chi-square", found, found, None, found)
    return _object(metric, found.name, found.statistic, found.df, None, found.p_value)


def _of_clusters(
    experiment: Experiment, metric: Metric, units: DataFrame | None, left_out: Collection[str]
) -> dict[str, Any]:
    """Welch's test on errors that count clusters."""
    from pandas import factorize

    from amends.analysis.cluster_overall import NAME, clustered_overall

    if units is None:
        missing = NotEnough(CLUSTERED)
        return _object(metric, NAME, missing, missing, None, missing)
    names = [arm.name for arm in experiment.arms if arm.name not in left_out]
    units = units[units["arm"].isin(names)]
    values = values_of(metric, units).to_numpy(dtype=float)
    known = values == values
    found = clustered_overall(
        values[known],
        factorize(units["arm"].to_numpy()[known])[0],
        factorize(units["cluster"].to_numpy()[known])[0],
        arms=len(names),
    )
    if isinstance(found, NotEnough):
        return _object(metric, NAME, found, found, None, found)
    return _object(metric, NAME, found.statistic, found.df, found.df_within, found.p_value)


def _object(
    metric: Metric, test: str, statistic: Figure, df: Figure, df_within: Figure, p_value: Figure
) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "test": test,
        "statistic": statistic,
        "df": df,
        "df_within": df_within,
        "p_value": p_value,
    }
