"""Composite, CSAT and net promoter score in a report: against hand enumeration over the single units."""

import csv
import itertools
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from amends import Mean, NetPromoter, Proportion
from amends.analysis.result import NotEnough

SATISFIED = Proportion("satisfied", of="satisfaction", at_least=6, baseline=0.3, detect=0.1)
CSAT = Proportion("csat", of="satisfaction", at_least=6, among="answered", role="secondary")
NPS = NetPromoter("recommend", role="secondary")
FIRST = {
    "satisfaction": {3: 20, 5: 30, 6: 60, 7: 50},
    "recommend": {2: 10, 6: 15, 7: 20, 8: 35, 9: 30, 10: 50},
}
SECOND = {"satisfaction": {2: 30, 5: 40, 6: 30, 7: 20}, "recommend": {0: 25, 5: 15, 8: 40, 9: 25, 10: 15}}
PAIR = ("thank_you", "sorry")


def values_of(ratings, score):
    return np.array([score(point) for point, n in ratings.items() for _ in range(n)], dtype=float)


def promoter(point):
    return 100 if point >= 9 else -100 if point <= 6 else 0


@pytest.fixture
def tally(arm, tally_of):
    """Two arms with their own ratings, as (completed, assigned, ratings by question)."""

    def make(*held):
        names = ("thank_you", "sorry")
        return tally_of(
            *(
                replace(arm(name, completed, assigned), ratings=ratings)
                for name, (completed, assigned, ratings) in zip(names, held, strict=True)
            )
        )

    return make


@pytest.fixture
def report(two_arms, tally, report_of):
    counted = tally((160, 220, FIRST), (120, 210, SECOND))
    return report_of(two_arms(metrics=[SATISFIED, CSAT, NPS]), counted, status="stopped", finished_data=True)


def test_the_composite_counts_the_silent_as_not_satisfied(report):
    found = report["satisfied", *PAIR]
    assert found.counts == ((110, 220), (50, 210))
    assert found.n == (220, 210)
    assert found.effect == pytest.approx(110 / 220 - 50 / 210)
    _, p = proportions_ztest([110, 50], [220, 210])
    assert found.p_value == pytest.approx(p, abs=1e-12)
    low, high = confint_proportions_2indep(110, 220, 50, 210, compare="diff", method="newcomb")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert found.bounds is None
    assert found.headline
    assert report.arms["thank_you"].metrics["satisfied"]["n"] == 220


def test_csat_is_of_those_who_answered_with_bounds_beside_it(report):
    found = report["csat", *PAIR]
    assert found.counts == ((110, 160), (50, 120))
    _, p = proportions_ztest([110, 50], [160, 120])
    assert found.p_value == pytest.approx(p, abs=1e-12)
    worst_low = Fraction(110, 220) - Fraction(50 + 90, 210)
    worst_high = Fraction(110 + 60, 220) - Fraction(50, 210)
    assert found.bounds["manski"]["low"] == pytest.approx(float(worst_low))
    assert found.bounds["manski"]["high"] == pytest.approx(float(worst_high))
    low, high = trimmed(values_of(FIRST["satisfaction"], lambda point: point >= 6), 220,
                        values_of(SECOND["satisfaction"], lambda point: point >= 6), 210)  # fmt: skip
    assert (found.bounds["lee"]["low"], found.bounds["lee"]["high"]) == pytest.approx((low, high))
    assert any("not randomised" in warning.en for warning in found.warnings)


def test_the_score_is_the_mean_of_hundreds_with_the_multinomial_variance(report):
    found = report["recommend", *PAIR]
    first, second = values_of(FIRST["recommend"], promoter), values_of(SECOND["recommend"], promoter)
    assert found.values == pytest.approx((first.mean(), second.mean()))
    assert found.values[0] == pytest.approx(100 * (80 / 160 - 25 / 160))
    test = stats.ttest_ind(first, second, equal_var=False)
    assert found.p_value == pytest.approx(test.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval()), rel=1e-9)
    shares = np.array([80 / 160, 25 / 160])
    variance = 100**2 * (shares.sum() - (shares[0] - shares[1]) ** 2) / 159
    assert found.summaries[0].sd ** 2 / 160 == pytest.approx(variance)
    low, high = trimmed(first, 220, second, 210)
    assert (found.bounds["lee"]["low"], found.bounds["lee"]["high"]) == pytest.approx((low, high))


def trimmed(first, assigned_first, second, assigned_second):
    """Lee's bounds the naive way: every answer many times over, the excess cut from a sorted list."""
    keep = Fraction(len(second) * assigned_first, assigned_second * len(first))
    assert keep < 1
    copies = keep.denominator
    spread = np.sort(np.repeat(first, copies))
    kept = int(len(first) * keep.numerator)
    return spread[:kept].mean() - second.mean(), spread[-kept:].mean() - second.mean()


def test_the_worst_case_of_the_score_is_the_worst_of_every_filling(two_arms, tally, report_of):
    """Three silent units: each of the 27 ways in which they might have answered, tried one by one."""
    counted = tally((4, 6, {"recommend": {10: 3, 7: 1}}), (4, 5, {"recommend": {10: 1, 8: 1, 2: 2}}))
    experiment = two_arms(metrics=[NPS.with_role("primary")])
    report = report_of(experiment, counted, status="stopped", finished_data=True)
    differences = [
        np.mean([100, 100, 100, 0, a, b]) - np.mean([100, 0, -100, -100, c])
        for a, b, c in itertools.product((-100, 0, 100), repeat=3)
    ]
    worst = report["recommend", *PAIR].bounds["manski"]
    assert (worst["low"], worst["high"]) == pytest.approx((min(differences), max(differences)))


def test_an_arm_without_answers_gives_reasons_and_the_composite_a_figure(two_arms, arm, tally_of, report_of):
    experiment = two_arms(metrics=[SATISFIED, CSAT, NPS])
    counted = tally_of(arm("thank_you", 0, 40), arm("sorry", 20, 40, {7: 20}))
    report = report_of(experiment, counted, status="stopped", finished_data=True)
    assert report["satisfied", *PAIR].effect == -0.5
    for metric in ("csat", "recommend"):
        found = report[metric, *PAIR]
        assert isinstance(found.effect, NotEnough)
        assert "no answers" in found.effect.reason
        assert found.verdict == "cannot tell"


def test_of_a_share_that_only_answers_count_it_is_said_that_nobody_answered(
    two_arms, arm, tally_of, report_of
):
    counted = tally_of(arm("thank_you", 0, 40), arm("sorry", 0, 40))
    report = report_of(two_arms(metrics=[CSAT, SATISFIED]), counted, status="stopped", finished_data=True)
    found = report["csat", *PAIR]
    nobody = NotEnough("nobody has answered yet")
    assert (found.effect, found.p_value, found.low, found.tests["fisher"]["p_value"]) == (nobody,) * 4
    assert found.bounds["manski"]["low"] == -1
    assert report.arms["sorry"].metrics["csat"]["rate"] == NotEnough("sorry has no answers yet")
    assert "no units" not in report.to_markdown()
    assert "belum ada yang menjawab" in report.to_markdown(locale="id")


def test_the_first_rating_describes_the_arms_where_no_mean_is_declared(report):
    assert report.arms["thank_you"].rated == 160
    assert report.arms["thank_you"].mean == pytest.approx((3 * 20 + 5 * 30 + 6 * 60 + 7 * 50) / 160)
    assert report.arms["thank_you"].ratings[7] == 50


def test_trap_8_satisfaction_of_completers_is_never_called_a_win(two_arms, arm, tally_of, report_of):
    """The large golden data: naive .208, Lee from -.129 to .569, and a test that would reject."""
    folder = Path(__file__).parents[2] / "golden"
    with (folder / "two_arm_large.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    arms = []
    for name, ours in (("thanks", "thank_you"), ("sorry", "sorry")):
        mine = [row for row in rows if row["arm"] == name]
        answered = [row for row in mine if row["completed"] == "1"]
        given = Counter(int(float(row["satisfaction"])) for row in answered)
        arms.append(arm(ours, len(answered), len(mine), dict(given)))
    experiment = two_arms(metrics=[Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3)])
    report = report_of(experiment, tally_of(*arms), status="stopped", finished_data=True)
    found = report["satisfaction", *PAIR]
    assert found.effect == pytest.approx(0.207874429695274)
    assert found.bounds["lee"]["low"] == pytest.approx(-0.12863070539419)
    assert found.bounds["lee"]["high"] == pytest.approx(0.568464730290456)
    assert found.p_value < 0.05
    assert found.verdict == "cannot tell"
    assert not found.headline
    assert report.verdict != "difference"
    for text in (report.summary.en, report.headline.en, report.to_text(), report.to_markdown()):
        assert "did better" not in text
    assert "cannot be the headline" in report.headline.en
