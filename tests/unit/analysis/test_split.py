"""The split between the arms comes before every figure."""

import numpy as np
import pytest
from scipy import stats

from amends import blocked, sorry, thank_you
from amends.analysis.cell_splits import Cell
from amends.analysis.checks.row_counts import RowCounts
from amends.analysis.measure_clusters import BLOCKS_UNKNOWN
from amends.analysis.result import NotEnough
from amends.analysis.split import check_split
from amends.tally import ArmTally, Tally


def test_a_fair_split_is_ok(two_arms, counts):
    split = check_split(two_arms(), counts)
    assert split.p_value == pytest.approx(0.6288, abs=5e-5)
    assert split.ok is True
    assert split.trustworthy


def test_a_lopsided_split_makes_every_contrast_untrustworthy(two_arms, report_of, arm, tally_of):
    found = report_of(two_arms(), tally_of(arm("thank_you", 500, 560), arm("sorry", 300, 400)))
    assert found.sample_ratio.ok is False
    assert {item.verdict for item in found.contrasts} == {"not trustworthy"}
    assert found.verdict == "not trustworthy"
    assert found.summary.en.startswith("These results are not trustworthy")
    assert "pembagian kelompok tidak sesuai rencana" in found.summary.id
    assert any("SRM" in warning for warning in found.warnings)


def test_weights_are_what_the_split_is_compared_with(two_arms, arm, tally_of):
    weighted = two_arms(arms=[thank_you("Thank you so much.", weight=2), sorry("We are sorry for it.")])
    assert check_split(weighted, tally_of(arm("thank_you", 0, 2000), arm("sorry", 0, 1000))).ok is True
    assert check_split(weighted, tally_of(arm("thank_you", 0, 1500), arm("sorry", 0, 1500))).ok is False


def test_clusters_are_counted_where_units_share_an_arm(two_arms, arm, tally_of):
    parties = two_arms(cluster="party")
    uneven = tally_of(arm("thank_you", 0, 600, clusters=100), arm("sorry", 0, 400, clusters=100))
    assert check_split(parties, uneven).ok is True


def test_imports_without_declared_weights_have_no_planned_split(two_arms, counts, report_of):
    found = report_of(two_arms(), counts, status="stopped", finished_data=True)
    assert isinstance(found.sample_ratio.ok, NotEnough)
    assert found.sample_ratio.trustworthy
    assert (
        report_of(
            two_arms(), counts, status="stopped", finished_data=True, weights_declared=True
        ).sample_ratio.ok
        is True
    )


@pytest.mark.parametrize(("replayed", "trusted"), [(None, True), (True, True), (False, False)])
def test_blocks_are_checked_by_replaying_the_sealed_list(two_arms, counts, report_of, replayed, trusted):
    found = report_of(two_arms(randomize=blocked()), counts, replayed=replayed)
    assert found.sample_ratio.trustworthy is trusted
    assert "sealed list" in found.sample_ratio.p_value.reason
    assert (found.verdict == "not trustworthy") is not trusted


def test_deliveries_lost_in_one_arm_are_noticed(two_arms, arm, tally_of):
    lost = tally_of(arm("thank_you", 0, 500, delivered=495), arm("sorry", 0, 500, delivered=400))
    split = check_split(two_arms(), lost)
    assert split.ok is True
    assert not split.trustworthy
    assert "not delivered equally often" in split.notes[0].en


def test_deliveries_are_not_compared_where_none_are_recorded(two_arms, counts):
    assert dict(check_split(two_arms(), counts).exclusions)["delivered"] == NotEnough(
        "no deliveries are recorded"
    )


def of_clusters(two_arms, tally_of, arm, waiting, **parts):
    """The exclusions of clusters, each given as its arm, its units and those that have matured."""
    names = ("thank_you", "sorry")
    counts = [[sum(row[place] for row in waiting if row[0] == name) for place in (1, 2)] for name in names]
    counted = [
        arm(name, 0, matured, assigned_in_all=n) for name, (n, matured) in zip(names, counts, strict=True)
    ]
    split = check_split(
        two_arms(cluster="party", **parts), tally_of(*counted), rows=RowCounts(waiting=waiting), replayed=True
    )
    return split, dict(split.exclusions)["analysed"]


def test_units_that_wait_are_compared_by_whole_clusters(two_arms, tally_of, waiting_arm):
    rng = np.random.default_rng(1)
    alike = [(("thank_you", "sorry")[i % 2], 4, 4 * int(rng.random() < 0.7)) for i in range(60)]
    split, p = of_clusters(two_arms, tally_of, waiting_arm, alike)
    kept = [[matured // 4 for name, _, matured in alike if name == one] for one in ("thank_you", "sorry")]
    exact = stats.fisher_exact([[sum(k), 30 - sum(k)] for k in kept]).pvalue
    assert split.trustworthy
    assert p == pytest.approx(exact, abs=0.03)

    uneven = [(name, 4, 4 if name == "sorry" else 4 * (i % 3 == 0)) for i, (name, _, _) in enumerate(alike)]
    split, p = of_clusters(two_arms, tally_of, waiting_arm, uneven)
    assert p < 0.001
    assert not split.trustworthy
    assert "Units were not analysed equally often" in split.notes[-1].en


def test_clusters_that_wait_together_alert_seldom_where_units_would_alert_often(
    two_arms, tally_of, waiting_arm
):
    rng, ours, units = np.random.default_rng(2), [], []
    for _ in range(60):
        waiting = [(("thank_you", "sorry")[i % 2], 8, 8 * int(rng.random() < 0.6)) for i in range(500)]
        ours.append(of_clusters(two_arms, tally_of, waiting_arm, waiting)[1])
        kept = [sum(m for name, _, m in waiting if name == one) for one in ("thank_you", "sorry")]
        units.append(stats.chi2_contingency([[k, 2000 - k] for k in kept], correction=False).pvalue)
    assert np.mean(np.array(ours) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert np.mean(np.array(units) < 0.05) > 0.3


def test_waiting_clusters_that_were_drawn_in_blocks_are_not_shuffled_freely(two_arms, tally_of, waiting_arm):
    waiting = [(("thank_you", "sorry")[i % 2], 4, 4 * (i % 3 > 0)) for i in range(30)]
    _, p = of_clusters(two_arms, tally_of, waiting_arm, waiting, randomize=blocked())
    assert p == NotEnough(BLOCKS_UNKNOWN)
    arms = [
        waiting_arm("thank_you", 0, 9, assigned_in_all=12),
        waiting_arm("sorry", 0, 12, assigned_in_all=12),
    ]
    without = check_split(two_arms(cluster="party"), tally_of(*arms))
    assert "still wait" in dict(without.exclusions)["analysed"].reason


@pytest.fixture
def waiting_arm():
    """An arm some of whose units have not matured."""

    def make(name, completed, matured, *, assigned_in_all):
        return ArmTally(name, assigned=assigned_in_all, matured=matured, completed=completed, clusters=30)

    return make


def test_an_empty_experiment_has_no_split_to_check(two_arms):
    split = check_split(two_arms(), Tally("late_parcel", (ArmTally("thank_you"), ArmTally("sorry"))))
    assert split.ok == NotEnough("no units assigned yet")
    assert split.trustworthy


def fair_and(*broken):
    """Twenty fair days, and cells with counts of their own."""
    return [Cell("day", f"2026-03-{day:02}", {"thank_you": 9, "sorry": 11}) for day in range(1, 21)] + [
        Cell(by, value, {"thank_you": first, "sorry": second}) for by, value, first, second in broken
    ]


def test_a_sender_that_splits_wrongly_is_found_although_the_total_is_fair(two_arms, arm, tally_of, report_of):
    cells = fair_and(("sender", "app", 140, 260), ("sender", "shop", 260, 140))
    found = report_of(two_arms(), tally_of(arm("thank_you", 51, 400), arm("sorry", 40, 400)), cells=cells)
    assert found.sample_ratio.p_value == pytest.approx(1.0)
    assert found.sample_ratio.ok is False
    assert {(cell.by, cell.value) for cell in found.sample_ratio.cells} == {
        ("sender", "app"),
        ("sender", "shop"),
    }
    assert found.verdict == "not trustworthy"
    assert "From sender app the arms were not split as planned (SRM, p" in found.warnings[0]
    assert "Dari pengirim app pembagian kelompok tidak sesuai rencana" in found.notes[0].id
    assert found.to_dict()["sample_ratio"]["cells"][0]["by"] == "sender"


def test_a_single_channel_repeats_the_total_and_is_not_tested_twice(two_arms, counts):
    assert check_split(two_arms(), counts, cells=fair_and(("channel", "", 90, 10))).trustworthy


def test_few_units_of_a_small_arm_raise_no_alarm(two_arms, arm, tally_of):
    small = two_arms(
        arms=[thank_you("Thank you so much.", weight=1), sorry("We are sorry for it.", weight=9)]
    )
    counted = tally_of(arm("thank_you", 0, 100), arm("sorry", 0, 900))
    # Four of five in an arm of one tenth: chi-square would say p = 2e-7, chance says once in 2,000 days.
    cells = [
        Cell("day", str(day), {"thank_you": 4, "sorry": 1} if day == 7 else {"sorry": 5}) for day in range(60)
    ]
    assert check_split(small, counted, cells=cells).trustworthy


def test_blocks_and_undeclared_weights_have_no_cells_to_check(two_arms, counts):
    cells = fair_and(("sender", "app", 140, 260), ("sender", "shop", 260, 140))
    assert not check_split(two_arms(randomize=blocked()), counts, cells=cells, replayed=True).cells
    assert not check_split(two_arms(), counts, cells=cells, weights_declared=False).cells
    assert check_split(two_arms(), counts, cells=cells).cells
