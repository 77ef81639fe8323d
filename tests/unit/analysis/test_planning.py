"""Planning with silence and clusters: exact power against scipy's test, and what algebra demands."""

from math import ceil, isclose, sqrt

import numpy as np
import pytest

from amends import Experiment, Proportion, sorry, thank_you
from amends.analysis.exact import boschloo
from amends.analysis.exact_power import power_boschloo, two_sided_p
from amends.analysis.means import Summary, welch
from amends.analysis.planning import (
    Conditions,
    Means,
    Rates,
    power_of_sample,
    sample_size,
    smallest_detectable,
)
from amends.analysis.power import design_effect, power_anova, power_t, sample_size_anova
from amends.analysis.result import NotEnough, TestResult
from amends.design.plan import plan
from amends.errors import UsageError


@pytest.mark.parametrize(("n1", "n2"), [(6, 7), (9, 4)])
def test_every_table_has_the_p_value_of_boschloos_test(n1, n2):
    p = two_sided_p(n1, n2)
    for x1 in range(n1 + 1):
        for x2 in range(n2 + 1):
            found = boschloo(x1, n1, x2, n2)
            expected = found.p_value if isinstance(found, TestResult) else 1.0
            assert p[x1, x2] == pytest.approx(expected, abs=2e-4)


def test_the_exact_test_never_rejects_a_true_null_too_often():
    for n1, n2 in ((20, 20), (12, 31)):
        sizes = [power_boschloo(p, p, n1, n2) for p in np.linspace(0.02, 0.98, 49)]
        assert max(sizes) <= 0.05


def test_enumerated_power_is_reached_where_the_formula_alone_falls_short():
    found = sample_size(Rates(0.5, 0.9))
    assert found.exact
    assert found.power >= 0.8
    assert power_boschloo(0.5, 0.9, found.answers[0], found.answers[1]) == found.power
    assert sample_size(Rates(0.88, 0.98), alpha=0.05).answers[0] > 100


def test_the_plan_of_an_experiment_is_the_same_number():
    experiment = Experiment(
        key="late_parcel",
        arms=[thank_you("Thank you."), sorry("Sorry.")],
        notice="Late.",
        metrics=[Proportion("completed", baseline=0.784, detect=0.127)],
    )
    planned = plan(experiment)
    found = sample_size(Rates(0.784, 0.911), alpha=planned.level, power=planned.power)
    assert found.assigned[0] == planned.smallest


def test_silence_and_clusters_multiply_what_must_be_assigned():
    plain = sample_size(Means(1.4, 0.3))
    conditions = Conditions(completion=0.4, cluster_size=3, icc=0.1, cluster_cv=0.5)
    found = sample_size(Means(1.4, 0.3), conditions=conditions)
    assert found.answers == plain.answers
    assert found.assigned[0] == ceil(plain.answers[0] * (1 + (1.25 * 3 - 1) * 0.1) / 0.4)
    assert found.clusters == (ceil(found.assigned[0] / 3),) * 2


def test_the_three_questions_answer_each_other():
    conditions = Conditions(completion=0.5, cluster_size=2, icc=0.1)
    size = sample_size(Means(1.2, 0.4), conditions=conditions)
    assert power_of_sample(Means(1.2, 0.4), size.assigned, conditions=conditions).power >= 0.8
    assert smallest_detectable(Means(1.2), size.assigned, conditions=conditions).difference <= 0.4
    rates = sample_size(Rates(0.4, 0.45))
    found = smallest_detectable(Rates(0.4), rates.assigned)
    assert found.difference == pytest.approx(-0.05, abs=2e-4)
    assert smallest_detectable(Rates(0.4), rates.assigned, direction="down").difference > 0


def test_unequal_arms_keep_their_ratio():
    found = sample_size(Rates(0.4, 0.45), ratio=2)
    assert found.assigned[1] == pytest.approx(2 * found.assigned[0], abs=1)


def test_unequal_clusters_cost_what_weighing_their_means_costs():
    # The variance of a mean over all units of clusters of these sizes, against independent units.
    sizes, icc = np.array([1, 2, 2, 3, 7]), 0.2
    variance = sum(m + m * (m - 1) * icc for m in sizes) / sizes.sum() ** 2
    expected = variance * sizes.sum()
    cv = sizes.std() / sizes.mean()
    assert design_effect(sizes.mean(), icc, cv=cv) == pytest.approx(expected)


def test_the_planned_power_of_clusters_is_there_when_simulated():
    rng, conditions = np.random.default_rng(12), Conditions(cluster_size=4, icc=0.2)
    size = sample_size(Means(1.0, 0.5), conditions=conditions)
    clusters = size.clusters[0]
    rejected = 0
    for _ in range(1500):
        means = []
        for shift in (0.5, 0.0):
            shared = rng.normal(0, sqrt(0.2), clusters)[:, None]
            means.append((shift + shared + rng.normal(0, sqrt(0.8), (clusters, 4))).mean(axis=1))
        a, b = (Summary(clusters, float(m.mean()), float(m.std(ddof=1))) for m in means)
        rejected += welch(a, b).p_value < 0.05
    assert rejected / 1500 == pytest.approx(size.power, abs=3 * sqrt(0.16 / 1500) + 0.02)


def test_analysis_of_variance_counts_units_per_arm_not_in_all():
    # Two arms make it the t test, whose numbers are per arm beyond doubt.
    assert power_anova(0.25, 2, 50) == pytest.approx(power_t(0.5, 50, 50), abs=1e-9)
    assert isclose(sample_size_anova(0.25, 2), 63.77, abs_tol=0.01)


def test_a_sample_worth_nothing_gives_a_reason():
    few = Conditions(completion=0.1)
    assert "less than one" in power_of_sample(Rates(0.4, 0.5), (5, 5), conditions=few).reason
    assert "2 needed" in power_of_sample(Means(1, 1), (10, 10), conditions=few).reason
    assert "2 needed" in smallest_detectable(Means(1), (10, 10), conditions=few).reason
    assert isinstance(smallest_detectable(Rates(0.99), (10, 10)), NotEnough)
    assert "no units" in power_boschloo(0.4, 0.5, 0, 5).reason
    assert "up to 200" in power_boschloo(0.4, 0.5, 150, 150).reason


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: sample_size(Rates(0.4)), "no second proportion"),
        (lambda: sample_size(Rates(0.4, 0.4)), "difference of 0"),
        (lambda: sample_size(Means(1.4)), "no difference"),
        (lambda: sample_size(Means(1.4, 0.0)), "effect of 0"),
        (lambda: Means(0.0, 1.0), "above 0"),
        (lambda: Conditions(completion=0), "Write 40% as 0.4"),
        (lambda: Conditions(cluster_cv=0.4), "cluster_size="),
        (lambda: Conditions(cluster_size=3, icc=2), "icc 2"),
        (lambda: Conditions(cluster_size=3, icc=0.1, cluster_cv=-1), "cv -1"),
        (lambda: power_boschloo(1.4, 0.5, 5, 5), "proportion 1.4"),
        (lambda: smallest_detectable(Rates(0.4), (50, 50), power=80), "power 80"),
    ],
)
def test_what_cannot_be_planned_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        wrong()
