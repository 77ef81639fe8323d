"""The sections about clusters and about the draw replayed, in figures and in words."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from amends import Mean, Proportion, blocked
from amends.analysis.cluster_likeness import intraclass_correlation
from amends.design.randomization import Cluster

GOLDEN = Path(__file__).parents[2] / "golden"
PAIR = ("thank_you", "sorry")
ONE = [Mean("satisfaction", scale=(1, 7), sd=1)]


def golden_units(name, group):
    with (GOLDEN / name).open() as file:
        rows = list(csv.DictReader(file))
    return DataFrame(
        {
            "arm": [PAIR[0] if row["treat"] == "1" else PAIR[1] for row in rows],
            "cluster": [row[group] for row in rows],
            "block": [row[group] for row in rows],
            "completed": True,
            "delivered": False,
            "item.satisfaction": [float(row["y"]) for row in rows],
        }
    )


def golden(case):
    cases = json.loads((GOLDEN / "randomisation.json").read_text())
    return next(item["expected"] for item in cases if item["id"] == f"open/{case}")


def section(report, name):
    return report.to_dict()["sections"][name]


def test_the_sealed_list_is_drawn_anew_within_its_blocks_as_r_counts_it(two_arms, report_of_units):
    units = golden_units("blocked.csv", "block")
    report = report_of_units(two_arms(randomize=blocked(), metrics=ONE), units)
    expected, found = golden("blocked_exact"), section(report, "randomisation")["contrasts"][0]["replayed"]
    assert found["assignments"] == expected["n_assignments"]
    assert found["p_value"] == pytest.approx(expected["p_two_sided"], rel=1e-12)
    assert "all 46,656" in report.to_markdown()


def test_a_guardrail_counts_clusters_as_the_contrast_does(two_arms, report_of_units):
    units = golden_units("cluster_perm.csv", "cluster")
    guarded = [Proportion("completed"), Mean("satisfaction", scale=(1, 7), sd=1, role="guardrail", harm=0.1)]
    report = report_of_units(two_arms(cluster=Cluster("party", size=4), metrics=guarded), units)
    found, contrast = section(report, "guardrails")["guards"][0], report["satisfaction", *PAIR]
    assert found["name"] == contrast.interval == "cluster means"
    assert (found["low"], found["high"]) == pytest.approx((contrast.low, contrast.high), rel=1e-12)


def test_units_drawn_one_by_one_are_replayed_from_their_counts(two_arms, counts, report_of):
    report = report_of(two_arms(), counts, status="stopped", finished_data=True)
    found = section(report, "randomisation")["contrasts"][0]["replayed"]
    assert found["draws"] == 10_000
    assert found["seed"] == 0
    # With two values the difference is hypergeometric: Fisher's tables, as far from 0 on either side.
    hyper = stats.hypergeom(107, 91, 56)
    far = [k for k in range(40, 57) if abs(k / 56 - (91 - k) / 51) >= 51 / 56 - 40 / 51 - 1e-12]
    exact = sum(hyper.pmf(k) for k in far)
    assert found["p_value"] == pytest.approx(exact, abs=4 * (exact * (1 - exact) / 10_000) ** 0.5)
    assert found["p_value"] * 10_001 == pytest.approx(round(found["p_value"] * 10_001))


def test_p_is_never_zero_however_large_the_difference(two_arms, report_of, arm, tally_of):
    apart = tally_of(arm("thank_you", 100, 100), arm("sorry", 0, 100))
    report = report_of(two_arms(metrics=[Proportion("completed")]), apart, status="stopped")
    assert section(report, "randomisation")["contrasts"][0]["replayed"]["p_value"] == pytest.approx(
        1 / 10_001
    )


def test_a_large_experiment_is_not_replayed(two_arms, report_of, arm, tally_of):
    many = tally_of(arm("thank_you", 210, 300), arm("sorry", 190, 300))
    report = report_of(two_arms(metrics=[Proportion("completed")]), many, status="stopped")
    assert "randomisation" not in report.to_dict()["sections"]


def test_blocks_that_nobody_knows_are_said_not_to_be_replayed(two_arms, report_of_units):
    units = golden_units("blocked.csv", "block").drop(columns="block")
    report = report_of_units(two_arms(randomize=blocked(), metrics=ONE), units)
    found = section(report, "randomisation")["contrasts"][0]["replayed"]
    assert "blocks that the data do not tell" in found["not_enough"]
    assert "Not replayed" in report.to_markdown()
    assert "Tidak diulang" in report.to_markdown(locale="id")


def test_an_adjusted_difference_is_replayed_on_what_the_covariates_leave(two_arms, report_of_units):
    rng = np.random.default_rng(3)
    before = rng.normal(size=16)
    treated = np.arange(16) % 2 == 0
    values = np.round(4 + before + 1.2 * treated + 0.3 * rng.normal(size=16), 2)
    units = DataFrame(
        {
            "arm": np.where(treated, *PAIR),
            "cluster": None,
            "completed": True,
            "delivered": False,
            "item.satisfaction": values,
            "covariate.before": before,
        }
    )
    report = report_of_units(two_arms(metrics=ONE, covariates=["before"]), units)
    left = values - np.polyval(np.polyfit(before, values, 1), before)
    theirs = stats.permutation_test(
        (left[treated], left[~treated]),
        lambda x, y: abs(x.mean() - y.mean()),
        n_resamples=np.inf,
        alternative="greater",
    )
    found = section(report, "randomisation")["contrasts"][0]["replayed"]
    assert found["p_value"] == pytest.approx(theirs.pvalue, rel=1e-9)


def test_the_clusters_section_shows_sizes_likeness_and_the_price(two_arms, report_of_units):
    rng = np.random.default_rng(4)
    cluster = np.repeat(np.arange(50), rng.integers(1, 7, 50))
    shared = rng.normal(size=50)[cluster] + rng.normal(size=len(cluster))
    units = DataFrame(
        {
            "arm": np.where(cluster % 2 == 0, *PAIR),
            "cluster": cluster.astype(str),
            "completed": shared > -0.5,
            "delivered": True,
            "item.satisfaction": np.where(shared > -0.5, np.clip(np.round(4 + shared), 1, 7), np.nan),
        }
    )
    experiment = two_arms(cluster=Cluster("party", size=3, icc=0.1))
    report = report_of_units(experiment, units)
    found = section(report, "clusters")
    sizes = units[units["arm"] == "sorry"]["cluster"].value_counts()
    assert found["arms"]["sorry"] == {
        "clusters": 25,
        "units": int(sizes.sum()),
        "mean_size": sizes.mean(),
        "smallest": int(sizes.min()),
        "largest": int(sizes.max()),
    }
    expected = intraclass_correlation(
        units["completed"].astype(float), units["cluster"].to_numpy(), treated=units["arm"] == "thank_you"
    )
    assert found["metrics"]["completed"]["value"] == pytest.approx(expected.value)
    assert found["design_effect_planned"] == pytest.approx(1.2)
    naive, contrast = found["naive"][0], report["completed", *PAIR]
    assert naive["width_ratio"] == pytest.approx(
        (contrast.high - contrast.low) / (naive["high"] - naive["low"])
    )
    assert naive["width_ratio"] > 1
    for locale, words in (("en", "without clusters (wrong)"), ("id", "tanpa gugus (keliru)")):
        assert words in report.to_markdown(locale=locale)
        assert words in report.to_html(locale=locale)


def test_an_experiment_without_clusters_has_no_such_section(two_arms, counts, report_of):
    assert not {"clusters", "adjustment"} & set(report_of(two_arms(), counts).to_dict()["sections"])
