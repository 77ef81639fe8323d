"""A report where whole clusters were assigned: what it shows is what clusters allow, and no more."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from amends import Experiment, Mean, Proportion, blocked, silence, sorry, thank_you
from amends.analysis.clusters import clustered_difference
from amends.analysis.intervals import wilson
from amends.analysis.measure_clusters import BLOCKS_UNKNOWN, MEANS_OF_CLUSTERS, ONE_EACH, REPLAYED
from amends.analysis.result import NotEnough
from amends.analysis.units import first_planned
from amends.analysis.verdict import FIXED_SHARE
from amends.design.plan import plan
from amends.design.randomization import Cluster
from amends.design.survey import Rating
from amends.errors import UsageError
from amends.lab import Lab

GOLDEN = Path(__file__).parents[2] / "golden"
METRICS = [Proportion("completed", baseline=0.6, detect=0.2), Mean("satisfaction", scale=(1, 7), sd=1.4)]


def golden(name, case):
    cases = json.loads((GOLDEN / name).read_text())
    return next(item["expected"] for item in cases if item["id"] == f"open/{case}")


def parties(n, m, *, seed=1, effect=0.0, alike=0.3, arms=("thank_you", "sorry")):
    """`n` clusters of `m` units, every cluster in one arm in turn; units of a cluster are alike."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n), m)
    arm = np.array(arms)[cluster % len(arms)]
    shared = rng.normal(size=(2, n))[:, cluster] * alike**0.5
    own = rng.normal(size=(2, n * m)) * (1 - alike) ** 0.5
    inclined, mood = shared + own
    completed = inclined < 0.4 + effect * (arm == "thank_you")
    rating = np.clip(np.round(5 + 1.2 * mood + effect * (arm == "thank_you")), 1, 7)
    return DataFrame(
        {
            "unit": [f"u{place}" for place in range(n * m)],
            "arm": arm,
            "cluster": [f"c{one}" for one in cluster],
            "completed": completed,
            "delivered": True,
            "item.satisfaction": np.where(completed, rating, np.nan),
        }
    )


@pytest.fixture
def party(two_arms):
    return two_arms(unit="guest", cluster=Cluster("party", size=4, icc=0.3), metrics=METRICS)


def test_the_report_of_the_golden_tables_has_the_figures_of_r(report_of_units):
    with (GOLDEN / "clustered.csv").open() as file:
        rows = list(csv.DictReader(file))
    units = DataFrame(
        {
            "arm": ["thank_you" if row["thanks"] == "1" else "sorry" for row in rows],
            "cluster": [row["table_id"] for row in rows],
            "completed": [row["completed"] == "1" for row in rows],
            "delivered": False,
            "item.score": [float(row["score"]) if row["score"] else None for row in rows],
        }
    )
    experiment = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed"), Mean("score", sd=1.2, scale=(1, 7))],
        survey=[Rating("score", "How was it?", scale=(1, 7))],
        cluster="table",
    )
    found = report_of_units(experiment, units)
    for metric in ("completed", "score"):
        expected, contrast = golden("cluster.json", f"crse_{metric}"), found[metric, "thank_you", "sorry"]
        assert contrast.test == contrast.interval == "CR1"
        assert contrast.effect == pytest.approx(expected["est"], rel=1e-7)
        assert contrast.standard_error == pytest.approx(expected["se_cr1_stata"], rel=1e-7)
        assert contrast.p_value == pytest.approx(expected["p_cr1_t_Gm1"], rel=1e-7)
        assert contrast.df == expected["G"] - 1
        half = stats.t(contrast.df).ppf(0.975) * expected["se_cr1_stata"]
        assert (contrast.low, contrast.high) == pytest.approx(
            (contrast.effect - half, contrast.effect + half)
        )


def test_few_clusters_are_replayed_as_r_counts_them(party, report_of_units):
    with (GOLDEN / "cluster_perm.csv").open() as file:
        rows = list(csv.DictReader(file))
    units = DataFrame(
        {
            "arm": ["thank_you" if row["treat"] == "1" else "sorry" for row in rows],
            "cluster": [row["cluster"] for row in rows],
            "completed": True,
            "delivered": False,
            "item.satisfaction": [float(row["y"]) for row in rows],
        }
    )
    contrast = report_of_units(party, units)["satisfaction", "thank_you", "sorry"]
    expected = golden("randomisation.json", "cluster_exact")
    assert (contrast.test, contrast.interval) == (REPLAYED, MEANS_OF_CLUSTERS)
    assert contrast.p_value == pytest.approx(expected["p_individual_mean"], rel=1e-12)
    assert contrast.effect == pytest.approx(expected["individual_mean_stat"])
    means = units.groupby("cluster").agg(arm=("arm", "first"), y=("item.satisfaction", "mean"))
    first, second = (means["y"][means["arm"] == arm] for arm in ("thank_you", "sorry"))
    theirs = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    assert (contrast.low, contrast.high) == pytest.approx((theirs.low, theirs.high))
    assert any("10 clusters" in warning.en for warning in contrast.warnings)
    assert any("10 gugus" in warning.id for warning in contrast.warnings)


@pytest.mark.parametrize(("clusters", "method"), [(14, REPLAYED), (16, "CR2"), (38, "CR2"), (40, "CR1")])
def test_the_number_of_clusters_chooses_the_method(party, report_of_units, clusters, method):
    found = report_of_units(party, parties(clusters, 4))
    assert found["completed", "thank_you", "sorry"].test == method


def test_clusters_of_one_size_under_cr2_are_welch_on_their_means(party, report_of_units):
    units = parties(24, 4, effect=0.5)
    contrast = report_of_units(party, units)["completed", "thank_you", "sorry"]
    means = units.groupby("cluster").agg(arm=("arm", "first"), y=("completed", "mean"))
    first, second = (means["y"][means["arm"] == arm] for arm in ("thank_you", "sorry"))
    assert contrast.statistic == pytest.approx(stats.ttest_ind(first, second, equal_var=False).statistic)


def test_units_that_are_their_own_cluster_have_the_limits_of_hc1(party, report_of_units):
    units = parties(90, 1)
    contrast = report_of_units(party, units)["completed", "thank_you", "sorry"]
    n, shares = 45, contrast.values
    hc1 = sum(p * (1 - p) / n for p in shares) ** 0.5 * (90 / 88) ** 0.5
    assert contrast.standard_error == pytest.approx(hc1)
    half = stats.t(89).ppf(0.975) * hc1
    assert (contrast.low, contrast.high) == pytest.approx((contrast.effect - half, contrast.effect + half))


@pytest.mark.parametrize("clusters", [10, 20, 50])
def test_every_row_twice_shrinks_no_interval(party, report_of_units, clusters):
    once = parties(clusters, 3, effect=0.4)
    twice = once.loc[once.index.repeat(2)].reset_index(drop=True)
    for one, two in zip(
        report_of_units(party, once).contrasts, report_of_units(party, twice).contrasts, strict=True
    ):
        # CR1's (n - 1)/(n - k) is a little smaller with more rows: at most 1 in n.
        assert two.high - two.low > (one.high - one.low) * (1 - 1 / len(once))
        assert two.p_value > one.p_value * (1 - 1e-9) - 1 / len(once)
        assert two.effect == pytest.approx(one.effect)


def test_rows_taken_as_units_would_claim_more_than_the_clusters_do(party, report_of_units):
    contrast = report_of_units(party, parties(72, 4))["completed", "thank_you", "sorry"]
    (x1, n1), (x2, n2) = contrast.counts
    naive = sum(x * (n - x) / n**3 for x, n in ((x1, n1), (x2, n2))) ** 0.5
    assert naive < contrast.standard_error


def test_customary_tests_and_intervals_of_effect_sizes_stay_refused(party, report_of_units):
    for contrast in report_of_units(party, parties(50, 4)).contrasts:
        refused = NotEnough("clustered")
        assert all(set(figures.values()) == {refused} for figures in contrast.tests.values())
        assert all(figures["low"] == refused for figures in contrast.effect_intervals.values())
        assert all(isinstance(value, float) for value in contrast.effect_sizes.values())


def test_without_the_units_nothing_is_tested(party, counted, report_of):
    counts = counted(party, parties(50, 4))
    found = report_of(party, counts, status="stopped", finished_data=True)
    assert found["completed", "thank_you", "sorry"].p_value == NotEnough("clustered")
    assert found.arms["sorry"].rate_low == NotEnough("clustered")


def test_one_cluster_an_arm_is_refused_with_the_reason(party, report_of_units):
    found = report_of_units(party, parties(2, 40))
    assert found["completed", "thank_you", "sorry"].p_value == NotEnough(ONE_EACH)
    assert "cannot be told apart" in found.summary.en
    assert "satu gugus" in found.summary.id
    few = report_of_units(party, parties(2, 9, arms=("thank_you", "sorry")).iloc[:0])
    assert isinstance(few["completed", "thank_you", "sorry"].p_value, NotEnough)


def test_an_arm_of_one_cluster_is_named(party, report_of_units):
    units = parties(9, 5)
    units["arm"] = np.where(units["cluster"] == "c0", "sorry", "thank_you")
    assert report_of_units(party, units)["completed", "thank_you", "sorry"].p_value == NotEnough(
        "sorry has 1 cluster; 2 needed"
    )


@pytest.mark.parametrize("completed", [True, False])
def test_everybody_or_nobody_completed_gives_a_reason(party, report_of_units, completed):
    units = parties(50, 4)
    units["completed"] = completed
    units["item.satisfaction"] = np.nan
    found = report_of_units(party, units)
    assert isinstance(found["completed", "thank_you", "sorry"].p_value, NotEnough)
    assert isinstance(found["satisfaction", "thank_you", "sorry"].effect, NotEnough)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_cluster_in_both_arms_is_an_error_that_names_it(party, report_of_units):
    units = parties(50, 4)
    units.loc[0, "arm"] = "sorry"
    with pytest.raises(UsageError, match="units in both arms"):
        report_of_units(party, units)


def test_blocks_that_nobody_knows_are_not_replayed_freely(two_arms, report_of_units):
    dealt = two_arms(cluster="party", metrics=METRICS, randomize=blocked())
    units = parties(12, 4, effect=0.6, seed=4)
    contrast = report_of_units(dealt, units)["completed", "thank_you", "sorry"]
    assert contrast.p_value == NotEnough(BLOCKS_UNKNOWN)
    units["block"] = [f"#{int(name[1:]) // 4}" for name in units["cluster"]]
    within = report_of_units(dealt, units)["completed", "thank_you", "sorry"]
    free = report_of_units(two_arms(cluster="party", metrics=METRICS), units)
    # Three blocks of two and two: 6³ assignments instead of 924.
    assert within.p_value * 216 == pytest.approx(round(within.p_value * 216))
    assert within.p_value != free["completed", "thank_you", "sorry"].p_value


def test_the_always_valid_interval_counts_clusters(party, report_of_units):
    live = {"finished_data": False, "status": "running"}
    few = report_of_units(party, parties(48, 20), **live)["completed", "thank_you", "sorry"]
    assert "only 48 clusters have matured" in few.always_valid["low"].reason
    singles = parties(300, 1)
    alone = report_of_units(party, singles, **live)["completed", "thank_you", "sorry"]
    copied = singles.loc[singles.index.repeat(4)]
    four = report_of_units(party, copied, **live)["completed", "thank_you", "sorry"]
    assert four.always_valid["low"] == pytest.approx(alone.always_valid["low"])


def test_the_decision_rests_on_the_first_whole_clusters(two_arms, report_of_units, counted):
    party = two_arms(
        cluster=Cluster("party", size=4, icc=0.3), metrics=METRICS, response_window=timedelta(hours=72)
    )
    more = parties(300, 4, effect=0.5, seed=5)
    planned = plan(party).per_arm
    assert len(more) > 1.5 * sum(planned.values())
    first = first_planned(more, planned, clustered=True)
    found = report_of_units(
        party, more, finished_data=False, status="running", decision_tally=counted(party, first)
    )
    decision = found["completed", "thank_you", "sorry"].decision
    values = first["completed"].to_numpy(dtype=float)
    expected = clustered_difference(
        values, (first["arm"] == "thank_you").to_numpy(), first["cluster"].to_numpy(), method="CR1"
    )
    assert decision["p_adjusted"] == pytest.approx(expected.p_value)
    assert decision["level"] == pytest.approx(FIXED_SHARE * 0.05)
    assert decision["n"] == (len(first) // 2, len(first) // 2)


def test_the_harm_rule_after_a_stop_rests_on_the_first_whole_clusters_too(two_arms, report_of_units, counted):
    guarded = [
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.6),
        Proportion("completed", role="guardrail", harm=0.05, baseline=0.7),
    ]
    party = two_arms(
        cluster=Cluster("party", size=4, icc=0.3), metrics=guarded, response_window=timedelta(hours=72)
    )
    more = parties(300, 4, effect=0.5, seed=5)
    planned = plan(party).per_arm
    first = first_planned(more, planned, clustered=True)
    assert len(first) < len(more)
    found = report_of_units(
        party, more, finished_data=False, status="stopped", decision_tally=counted(party, first)
    )
    section = next(item for item in found.sections if item.name == "guardrails")
    (guard,) = section.figures["guards"]
    expected = clustered_difference(
        first["completed"].to_numpy(dtype=float),
        (first["arm"] == "thank_you").to_numpy(),
        first["cluster"].to_numpy(),
        method=guard.name,
    )
    assert (guard.low, guard.high) == pytest.approx((expected.interval.low, expected.interval.high))


def test_whether_completion_differs_is_judged_by_clusters(two_arms, report_of_units):
    """Ratings alone are declared: a completion difference that clusters explain may not take the headline."""
    experiment = two_arms(cluster="party", metrics=[Mean("satisfaction", scale=(1, 7), sd=1.4)])
    units = parties(60, 10, alike=0.8, seed=3)
    shares = units.groupby("arm")["completed"].mean()
    assert abs(shares.diff().iloc[1]) < 0.05
    contrast = report_of_units(experiment, units)["satisfaction", "thank_you", "sorry"]
    assert contrast.headline


def test_three_arms_have_an_overall_test_by_clusters(two_arms, report_of_units):
    three = two_arms(
        cluster="party",
        metrics=METRICS,
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
    )
    units = parties(60, 4, arms=("thank_you", "sorry", "silence"))
    found = report_of_units(three, units)
    assert found.omnibus[0]["test"] == "Welch F, clusters"
    assert 0 < found.omnibus[0]["p_value"] < 1
    assert {item.adjustment for item in found.contrasts} == {"Holm"}
    assert all(item.low_adjusted < item.low for item in found.contrasts)
    few = report_of_units(three, parties(12, 4, arms=("thank_you", "sorry", "silence")))
    assert "needed for an overall test" in few.omnibus[0]["p_value"].reason


def test_losses_between_message_arms_are_tested_by_clusters(party, report_of_units):
    units = parties(60, 4)
    units["delivered"] = (units["arm"] == "sorry") | (np.arange(len(units)) % 4 > 0)
    assert dict(report_of_units(party, units).sample_ratio.exclusions)["delivered"] < 0.001
    units["delivered"] = np.arange(len(units)) % 20 > 0
    assert dict(report_of_units(party, units).sample_ratio.exclusions)["delivered"] > 0.1


def test_limits_of_an_arms_rate_count_clusters(party, report_of_units):
    units = parties(40, 5, alike=0.9)
    shown = report_of_units(party, units).arms["sorry"]
    naive = wilson(shown.counts["completed"], shown.counts["matured"])
    assert shown.rate_high - shown.rate_low > 1.3 * (naive.high - naive.low)
    assert shown.metrics["completed"]["low"] == shown.rate_low


def test_incidents_of_one_customer_are_a_cluster():
    """`on_repeat="new_unit"` makes every parcel a unit; the parcels of a customer share an arm."""
    experiment = Experiment(
        key="parcels",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed", baseline=0.5, detect=0.2)],
        on_repeat="new_unit",
    )
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    lab = Lab.in_memory([experiment], clock=lambda: monday + timedelta(days=9))
    for number in range(90):
        at = monday + timedelta(minutes=number)
        parcel = lab.assign("parcels", f"C-{number % 45}", incident=f"P-{number}", at=at)
        if (number % 45) % 3 or parcel.arm == "thank_you":
            lab.record_response("parcels", f"P-{number}", at=at + timedelta(hours=1))
    lab.stop("parcels")
    report = lab.analyze("parcels")
    contrast = report["completed", "thank_you", "sorry"]
    assert contrast.test == "CR1"
    assert contrast.df == 44
    assert sum(arm["clusters"] for arm in report.to_dict()["sections"]["clusters"]["arms"].values()) == 45
    lab.close()
