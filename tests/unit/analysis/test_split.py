"""The split between the arms comes before every figure."""

import pytest

from amends import blocked, sorry, thank_you
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


def test_an_empty_experiment_has_no_split_to_check(two_arms):
    split = check_split(two_arms(), Tally("late_parcel", (ArmTally("thank_you"), ArmTally("sorry"))))
    assert split.ok == NotEnough("no units assigned yet")
    assert split.trustworthy
