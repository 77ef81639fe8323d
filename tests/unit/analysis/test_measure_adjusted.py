"""Covariates declared beforehand: the adjusted mean leads, and what cannot be used is said."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from amends import Proportion
from amends.analysis.adjustment import lin
from amends.analysis.clusters import clustered_difference
from amends.analysis.covariates import Known, known_before
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
from amends.analysis.result import NotEnough
from amends.analysis.risk_adjustment import adjusted_risk_difference

GOLDEN = Path(__file__).parents[2] / "golden"
PAIR = ("thank_you", "sorry")


def customers(n=80, *, seed=2, effect=0.5):
    """Customers of whom the orders before are known, which go with the rating."""
    rng = np.random.default_rng(seed)
    orders = rng.poisson(4, n)
    arm = np.array(PAIR)[np.arange(n) % 2]
    completed = rng.random(n) < 0.8
    rating = np.clip(np.round(2 + 0.6 * orders + effect * (arm == PAIR[0]) + rng.normal(size=n)), 1, 7)
    return DataFrame(
        {
            "arm": arm,
            "cluster": None,
            "completed": completed,
            "delivered": True,
            "item.satisfaction": np.where(completed, rating, np.nan),
            "covariate.orders": orders,
        }
    )


@pytest.fixture
def planned(two_arms):
    return two_arms(covariates=["orders"])


def golden(case):
    cases = json.loads((GOLDEN / "adjustment.json").read_text())
    return next(item["expected"] for item in cases if item["id"] == f"open/{case}")


def golden_units(size, **covariates):
    """The customers of the golden file, their columns under the names of our covariates."""
    with (GOLDEN / f"two_arm_{size}.csv").open() as file:
        rows = list(csv.DictReader(file))
    done = [row["completed"] == "1" for row in rows]
    return DataFrame(
        {
            "arm": [PAIR[0] if row["arm"] == "thanks" else PAIR[1] for row in rows],
            "cluster": None,
            "completed": done,
            "delivered": False,
            "item.satisfaction": [
                float(row["satisfaction"]) if one else None for row, one in zip(rows, done, strict=True)
            ],
            **{f"covariate.{name}": [row[of] for row in rows] for name, of in covariates.items()},
        }
    )


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_report_of_the_golden_customers_has_the_figures_of_r(two_arms, report_of_units, size):
    experiment = two_arms(covariates=["satisfaction_before"])
    report = report_of_units(experiment, golden_units(size, satisfaction_before="pre_sat"))
    expected, contrast = golden(f"lin_{size}"), report["satisfaction", *PAIR]
    assert contrast.test == "Lin HC2"
    assert (contrast.effect, contrast.standard_error, contrast.df) == pytest.approx(
        (expected["ate"], expected["se_hc2"], expected["df"]), rel=1e-7
    )
    assert (contrast.p_value, contrast.low) == pytest.approx((expected["p"], expected["low"]), rel=1e-7)
    cuped = golden(f"cuped_{size}")
    lines = report.to_dict()["sections"]["adjustment"]["lines"]
    line = next(line for line in lines if line["method"].startswith("CUPED"))
    assert (line["value"], line["p_value"], line["low"]) == pytest.approx(
        (cuped["diff"], cuped["p"], cuped["low"]), rel=1e-7
    )


@pytest.mark.parametrize("size", ["small", "large"])
def test_the_adjusted_share_of_the_golden_customers_is_that_of_r(two_arms, report_of_units, size):
    experiment = two_arms(covariates=["before", "weekend_day"], metrics=[Proportion("completed")])
    report = report_of_units(experiment, golden_units(size, before="pre_sat", weekend_day="weekend"))
    line = report.to_dict()["sections"]["adjustment"]["lines"][0]
    expected = golden(f"glmame_{size}")
    assert line["value"] == pytest.approx(expected["rd"], rel=1e-6)
    half = (line["high"] - line["low"]) / 2
    assert half / 1.959964 == pytest.approx(expected["se_delta"], rel=1e-6)


def test_lin_leads_and_welch_stands_beside_it(planned, report_of_units):
    units = customers()
    contrast = report_of_units(planned, units)["satisfaction", *PAIR]
    rated = units.dropna(subset=["item.satisfaction"])
    expected = lin(
        rated["item.satisfaction"].tolist(),
        (rated["arm"] == PAIR[0]).tolist(),
        {"orders": rated["covariate.orders"].tolist()},
    )
    assert contrast.test == contrast.interval == "Lin HC2"
    assert (contrast.effect, contrast.standard_error, contrast.p_value) == pytest.approx(
        (expected.value, expected.standard_error, expected.p_value)
    )
    assert (contrast.low, contrast.high) == pytest.approx((expected.interval.low, expected.interval.high))
    first, second = (rated["item.satisfaction"][rated["arm"] == arm] for arm in PAIR)
    welch = stats.ttest_ind(first, second, equal_var=False)
    assert contrast.tests["welch"]["p_value"] == pytest.approx(welch.pvalue)
    assert contrast.standard_error < abs(first.mean() - second.mean()) / abs(welch.statistic)


def test_beside_the_bounds_stands_the_plain_difference_that_they_are_of(planned, report_of_units):
    units = customers()
    report = report_of_units(planned, units)
    done = units[units["completed"]]
    plain = stats.ttest_ind(
        *(done.loc[done["arm"] == arm, "item.satisfaction"] for arm in PAIR), equal_var=False
    ).confidence_interval()
    assert report["satisfaction", *PAIR].test == "Lin HC2"
    sections = report.to_dict()["sections"]
    naive = sections["nonresponse"]["contrasts"][0]["naive"]
    assert (naive["low"], naive["high"]) == pytest.approx((plain.low, plain.high), rel=1e-9)
    assert sections["weighting"]["contrasts"][0]["naive"] == pytest.approx(naive["difference"])
    assert naive["difference"] != pytest.approx(report["satisfaction", *PAIR].effect)


def test_up_to_fifty_units_the_error_is_hc3(planned, report_of_units):
    assert report_of_units(planned, customers(50))["satisfaction", *PAIR].test == "Lin HC3"


def test_the_reader_is_told_both_differences(planned, report_of_units):
    report = report_of_units(planned, customers(effect=0.0))
    contrast = report["satisfaction", *PAIR]
    plain = contrast.values[0] - contrast.values[1]
    said = next(warning for warning in contrast.warnings if "adjusted for orders" in warning.en)
    assert f"{plain:.2f}".replace("-", "−") in said.en
    assert "an adjusted difference" in report.summary.en
    assert "selisih yang disesuaikan" in report.summary.id


def test_a_share_is_not_adjusted_but_the_adjusted_one_is_shown(planned, report_of_units):
    units = customers(200)
    report = report_of_units(planned, units)
    contrast = report["completed", *PAIR]
    (x1, n1), (x2, n2) = contrast.counts
    plain = contrast_of_proportions("completed", Counts("a", x1, n1), Counts("b", x2, n2))
    assert (contrast.test, contrast.p_value) == (plain.test, plain.p_value)
    line = report.to_dict()["sections"]["adjustment"]["lines"][0]
    expected = adjusted_risk_difference(
        units["completed"].tolist(),
        (units["arm"] == PAIR[0]).tolist(),
        {"orders": units["covariate.orders"].tolist()},
    )
    assert line["value"] == pytest.approx(expected.value)
    assert line["leads"] is False


def test_the_figures_own_past_gives_cuped_with_its_variance_ratio(two_arms, report_of_units):
    units = customers(400).rename(columns={"covariate.orders": "covariate.satisfaction_before"})
    report = report_of_units(two_arms(covariates=["satisfaction_before"]), units)
    lines = report.to_dict()["sections"]["adjustment"]["lines"]
    found = next(line for line in lines if line["method"] == "CUPED, Welch t")
    rated = units.dropna(subset=["item.satisfaction"])
    r = np.corrcoef(rated["item.satisfaction"], rated["covariate.satisfaction_before"])[0, 1]
    assert found["variance_ratio"] == pytest.approx(1 - r**2)
    assert "%" in report.to_text()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, *range(79)], "missing for 1 of"),
        (["x"] * 80, "same for every unit"),
        ([f"word {n}" for n in range(80)], "text with"),
    ],
    ids=["missing", "constant", "text"],
)
def test_a_covariate_that_cannot_be_used_leaves_the_plain_difference(
    planned, report_of_units, values, reason
):
    units = customers()
    units["completed"] = True
    units["item.satisfaction"] = units["item.satisfaction"].fillna(4)
    units["covariate.orders"] = values
    report = report_of_units(planned, units)
    contrast = report["satisfaction", *PAIR]
    assert (contrast.test, contrast.p_value) == ("Welch t", contrast.tests["welch"]["p_value"])
    assert any(reason in note.en and "plain difference stands" in note.en for note in report.notes)
    assert reason in json.dumps(report.to_dict()["sections"]["adjustment"])
    assert "Tidak disesuaikan" in report.to_text(locale="id")


def test_a_covariate_that_nobody_recorded_is_missing_for_all(planned, report_of_units):
    report = report_of_units(planned, customers().drop(columns="covariate.orders"))
    assert report["satisfaction", *PAIR].test == "Welch t"
    assert any("missing for" in note.en for note in report.notes)


def test_a_covariate_measured_after_the_assignment_is_refused(planned, report_of_units):
    units = customers()
    units["assigned_at"] = "2026-03-02T09:00:00Z"
    units["covariate.orders_at"] = "2026-03-01T09:00:00Z"
    assert report_of_units(planned, units)["satisfaction", *PAIR].test == "Lin HC2"
    units.loc[:, "covariate.orders_at"] = "2026-03-02T09:00:00Z"
    report = report_of_units(planned, units)
    assert report["satisfaction", *PAIR].test == "Welch t"
    assert any("not before the assignment" in note.en for note in report.notes)


def test_words_become_columns_and_numbers_in_text_stay_numbers(two_arms):
    experiment = two_arms(covariates=["city", "orders", "country", "member"])
    rows = DataFrame(
        {
            "covariate.city": ["Solo", "Bandung", "Solo", "Ambon"],
            "covariate.orders": ["3", "5", "1", "2"],
            "covariate.country": ["ID"] * 4,
            "covariate.member": [True, False, True, True],
        }
    )
    found = known_before(experiment, rows)
    assert isinstance(found, Known)
    assert {name: column.tolist() for name, column in found.columns.items()} == {
        "city=Bandung": [0, 1, 0, 0],
        "city=Solo": [1, 0, 1, 0],
        "orders": [3, 5, 1, 2],
        "member": [1, 0, 1, 1],
    }
    assert found.constant == ("country",)


def test_a_dropped_covariate_is_said(two_arms, report_of_units):
    units = customers()
    units["covariate.country"] = "ID"
    report = report_of_units(two_arms(covariates=["orders", "country"]), units)
    assert report["satisfaction", *PAIR].test == "Lin HC2"
    assert any("all units are alike: country" in note.en for note in report.notes)


def test_clusters_decide_by_the_plain_difference_and_show_the_adjusted_one(two_arms, report_of_units):
    units = customers(160)
    units["cluster"] = [f"c{place // 2 % 40}{place % 2}" for place in range(160)]
    experiment = two_arms(cluster="party", covariates=["orders"], metrics=[Proportion("completed")])
    report = report_of_units(experiment, units)
    assert report["completed", *PAIR].test == "CR1"
    line = report.to_dict()["sections"]["adjustment"]["lines"][0]
    expected = clustered_difference(
        units["completed"].astype(float),
        units["arm"] == PAIR[0],
        units["cluster"].to_numpy(),
        covariates={"orders": units["covariate.orders"]},
        method="CR1",
    )
    assert (line["method"], line["value"]) == ("CR1", pytest.approx(expected.value))


def test_an_arm_without_answers_keeps_its_reason(planned, report_of_units):
    units = customers()
    units.loc[units["arm"] == "sorry", ["completed"]] = False
    units.loc[units["arm"] == "sorry", ["item.satisfaction"]] = np.nan
    found = report_of_units(planned, units)["satisfaction", *PAIR]
    assert found.p_value == NotEnough("sorry has no answers yet")
