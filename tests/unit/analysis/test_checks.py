"""Data checks: their figures against a second source, their words in both languages."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from amends import Cluster, Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.cell_splits import Cell, cell_splits
from amends.analysis.checks.balance import category_balance, independence, number_balance
from amends.analysis.checks.check import alike, graded
from amends.analysis.checks.collecting import missed_weekdays, unexpected_gaps
from amends.analysis.checks.row_counts import RowCounts
from amends.analysis.means import Summary
from amends.analysis.result import NotEnough
from amends.tally import ArmTally

MONDAY = date(2026, 3, 2)


def checks_of(report):
    return next(section for section in report.sections if section.name == "checks")


def test_shares_are_compared_by_chi_square_and_exactly_where_few_are_expected():
    assert alike([12, 30], [400, 410]) == pytest.approx(
        stats.chi2_contingency([[12, 30], [388, 380]], correction=False).pvalue, abs=1e-12
    )
    assert alike([0, 4], [40, 30]) == pytest.approx(stats.fisher_exact([[0, 4], [40, 26]]).pvalue, abs=1e-9)
    # The exact test of the others says the same, whichever of the two is counted.
    assert alike([40, 26], [40, 30]) == pytest.approx(alike([0, 4], [40, 30]), abs=1e-12)


def test_shares_of_clustered_units_are_not_tested():
    assert alike([1, 30], [40, 40], clustered=True) == NotEnough("clustered")
    assert isinstance(alike([1, 0], [40, 0]), NotEnough)


def test_categories_are_compared_as_scipy_does():
    table = {"a": {"x": 60, "y": 40, "z": 21}, "b": {"x": 45, "y": 55, "z": 30}}
    rows = [list(row.values()) for row in table.values()]
    assert independence(table) == pytest.approx(stats.chi2_contingency(rows).pvalue, abs=1e-12)


def test_rare_categories_are_put_together():
    rare = {"a": {"x": 60, "y": 40, "p": 2, "q": 3, "r": 2}, "b": {"x": 45, "y": 55, "p": 4, "q": 1, "r": 1}}
    assert independence(rare) == pytest.approx(
        stats.chi2_contingency([[60, 40, 7], [45, 55, 6]]).pvalue, abs=1e-12
    )


def test_the_standardised_difference_of_a_category_is_the_largest_of_its_values():
    found = category_balance("tier", {"a": {"x": 30, "y": 70}, "b": {"x": 50, "y": 50}})
    by_hand = 0.2 / ((0.3 * 0.7 + 0.5 * 0.5) / 2) ** 0.5
    assert found.largest == pytest.approx(by_hand, abs=1e-12)


def test_numbers_are_compared_by_welch():
    rng = np.random.default_rng(5)
    arms = [rng.normal(3, 1, 40), rng.normal(3.4, 2, 50), rng.normal(3.1, 1.5, 30)]
    summaries = {
        str(place): Summary(len(arm), float(arm.mean()), float(arm.std(ddof=1)))
        for place, arm in enumerate(arms)
    }
    found = number_balance("orders", summaries)
    assert found.p_value == pytest.approx(stats.f_oneway(*arms, equal_var=False).pvalue, abs=1e-9)
    pooled = ((arms[0].var(ddof=1) + arms[1].var(ddof=1)) / 2) ** 0.5
    assert found.largest == pytest.approx(abs(arms[0].mean() - arms[1].mean()) / pooled, abs=1e-9)


@pytest.mark.parametrize("arms", [{"a": None, "b": Summary(20, 3.0, 1.0)}, {"a": Summary(3, 3.0, 1.0)}])
def test_numbers_that_few_have_are_not_compared(arms):
    assert isinstance(number_balance("orders", arms).p_value, NotEnough)


def test_cells_are_tested_as_the_binomial_test_of_scipy_doubles_its_tails():
    cells = [Cell("sender", "app", {"a": 30, "b": 50}), Cell("sender", "shop", {"a": 47, "b": 40})]
    found = {cell.value: cell.p_value for cell in cell_splits(cells, {"a": 0.5, "b": 0.5})}
    one, other = (
        2 * min(stats.binom.cdf(k, n, 0.5), stats.binom.sf(k - 1, n, 0.5)) for k, n in ((30, 80), (47, 87))
    )
    assert found["app"] == pytest.approx(min(1, 2 * one), abs=1e-12)
    assert found["shop"] == pytest.approx(min(1, max(2 * one, other)), abs=1e-12)


def test_a_missed_weekday_is_judged_by_what_the_shares_promised():
    shares = {"a": 0.5, "b": 0.5}
    few = {MONDAY: {"a": 5}, MONDAY + timedelta(days=1): {"a": 9, "b": 9}}
    assert missed_weekdays(few, shares).state == "ok"
    # Two arms on two weekdays are four questions: 4 / 2^20 for the arm without anybody on Monday.
    many = {MONDAY: {"a": 20}, MONDAY + timedelta(days=1): {"a": 9, "b": 9}}
    found = missed_weekdays(many, shares)
    assert found.state == "broken"
    assert found.figures["p_value"] == pytest.approx(4 / 2**20)


def test_a_quiet_day_of_a_small_experiment_is_no_outage():
    days = {MONDAY + timedelta(days=day): {"a": 1} for day in range(0, 28, 2)}
    assert unexpected_gaps(days).state == "ok"
    busy = {MONDAY + timedelta(days=day): {"a": 20} for day in range(28) if day != 8}
    assert unexpected_gaps(busy).figures["unexpected"] == ["2026-03-10"]


def test_levels_of_alarm():
    assert graded(NotEnough("clustered"), broken=0.001) == "ok"
    assert [graded(p, broken=0.001, look=0.01) for p in (0.0009, 0.001, 0.02)] == [
        "broken",
        "look at this",
        "ok",
    ]


def test_the_checks_stand_first_in_every_form_and_both_languages(two_arms, counts, report_of):
    report = report_of(two_arms(), counts)
    assert report.sections[0].name == "checks"
    for locale, title in (("en", "Data checks"), ("id", "Pemeriksaan data")):
        for shown in (report.to_text(locale=locale), report.to_markdown(locale=locale)):
            assert title in shown
            assert checks_of(report).said[0][locale] in " ".join(shown.split())
        assert title in report.to_html(locale=locale)


def test_what_is_not_ok_is_said_with_its_remedy(two_arms, arm, tally_of, report_of):
    report = report_of(two_arms(), tally_of(arm("thank_you", 500, 560), arm("sorry", 300, 400)))
    said = [sentence.en for sentence in checks_of(report).said]
    assert any(
        sentence.startswith("Broken: arms' shares") and "Trust no result" in sentence for sentence in said
    )
    # The split has a warning of its own already.
    assert sum("not split as planned" in note.en for note in report.notes) == 1
    assert not checks_of(report).warnings


def test_a_broken_weekday_is_among_the_reports_warnings(two_arms, arm, tally_of, report_of):
    cells = [
        Cell("day", "2026-03-02", {"thank_you": 30, "sorry": 0}),
        Cell("day", "2026-03-03", {"thank_you": 30, "sorry": 60}),
    ]
    tally = tally_of(arm("thank_you", 30, 60), arm("sorry", 30, 60))
    report = report_of(two_arms(), tally, cells=cells)
    assert any("missed a weekday" in note.en and "Monday" in note.en for note in report.notes)
    assert any("Senin" in note.id for note in report.notes)


def test_only_the_arms_of_the_definition_are_named(two_arms, arm, tally_of, report_of):
    masked = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    rows = RowCounts(incidents={"thank_you": 40}, fast={"sorry": 3}, timed={"sorry": 30}).renamed(
        {"thank_you": "A", "sorry": "B"}
    )
    assert rows.incidents == {"A": 40}
    assert rows.timed == {"B": 30}
    report = report_of(masked, tally_of(arm("thank_you", 30, 60), arm("sorry", 30, 60)), rows=rows)
    found = checks_of(report).to_dict()["found"]
    assert set(found["repeats"]["units"]) == {"thank_you", "sorry"}


def test_clustered_units_show_their_shares_without_a_test(two_arms, arm, tally_of, report_of):
    experiment = two_arms(cluster=Cluster("household", size=2, icc=0.1))
    tally = tally_of(arm("thank_you", 30, 60, clusters=30), arm("sorry", 30, 60, clusters=30))
    found = checks_of(report_of(experiment, tally, rows=RowCounts(apart=0))).to_dict()["found"]
    assert found["split"]["assigned"] == {"thank_you": 30, "sorry": 30}
    assert found["late_answers"]["p_value"] == {"not_enough": "clustered"}
    assert found["clusters_apart"]["state"] == "ok"


def test_steps_of_the_coverage_are_shown_with_the_share_that_came_after(two_arms, arm, tally_of, report_of):
    cells = [Cell("day", f"2026-03-{day:02}", {"thank_you": 10, "sorry": 10}) for day in range(2, 10)]
    rows = RowCounts(ramps=((datetime(2026, 3, 8, tzinfo=UTC), "0.1", "0.5"),))
    tally = tally_of(arm("thank_you", 40, 80), arm("sorry", 40, 80))
    found = checks_of(report_of(two_arms(), tally, cells=cells, rows=rows)).to_dict()["found"]["ramps"]
    assert found["found"]["id"].startswith("0.1 → 0.5; 25,0% unit datang setelah langkah terakhir")
    assert found["periods"][1] == {"thank_you": 20, "sorry": 20}


def test_an_experiment_without_anybody_has_no_split_to_check(two_arms, tally_of, report_of):
    experiment = two_arms(arms=[thank_you("Thank you for waiting."), silence()])
    empty = tally_of(ArmTally("thank_you"), ArmTally("silence"))
    section = checks_of(report_of(experiment, empty, status="draft"))
    assert section.said[0].id == "Belum ada yang ditetapkan ke kelompok pesan."
    assert section.to_dict()["found"] == {}
