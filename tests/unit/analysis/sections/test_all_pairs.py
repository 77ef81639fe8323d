"""Games and Howell's pairs beside the declared contrasts."""

import numpy as np
import pytest
from scipy import stats

from amends import silence, thank_you
from amends.analysis.clustered_pairs import clustered_pairs
from amends.analysis.sections import all_pairs

GIVEN = {
    "thank_you": [7, 6, 7, 5, 6, 7, 4, 6, 7, 7, 6],
    "sorry": [5, 4, 6, 5, 3, 7, 4, 5, 5],
    "silence": [4, 4, 3, 6, 5, 4, 2, 1, 4, 5, 4, 3],
}


@pytest.fixture
def units(units_of):
    arm = [name for name, ratings in GIVEN.items() for _ in ratings]
    ratings = [float(rating) for given in GIVEN.values() for rating in given]
    return units_of(arm=arm, completed=True, item__satisfaction=ratings)


def test_every_pair_agrees_with_scipy_and_points_as_the_contrasts_do(experiment_of, material_of, units):
    section = all_pairs.section(material_of(experiment_of(contrasts=[("thank_you", "silence")]), units))
    assert section is not None
    material = material_of(experiment_of(), units)
    pairs = all_pairs.section(material).to_dict()["pairs"]
    names = list(GIVEN)
    known = stats.tukey_hsd(*(np.array(GIVEN[name]) for name in names), equal_var=False)
    assert [(item["arm"], item["versus"]) for item in pairs] == list(material.experiment.pairs())
    for item in pairs:
        i, j = names.index(item["arm"]), names.index(item["versus"])
        assert item["difference"] == pytest.approx(known.statistic[i, j])
        assert item["p_value"] == pytest.approx(known.pvalue[i, j], abs=1e-8)
        assert item["interval"]["low"] == pytest.approx(known.confidence_interval().low[i, j], abs=1e-6)


def test_it_decides_nothing_and_says_so(experiment_of, material_of, units, words):
    section = all_pairs.section(material_of(experiment_of(), units))
    assert "The declared contrasts above decide" in words(section)
    assert "Yang memutuskan adalah perbandingan di atas" in words(section, "id")
    assert len(section.charts[0].lines) == 3


def test_two_arms_need_no_such_section(experiment_of):
    assert not all_pairs.wanted(experiment_of(arms=[thank_you("Thank you for waiting."), silence()]))


def test_an_arm_without_answers_is_named(experiment_of, material_of, units, words):
    kept = units[units["arm"] != "silence"].reset_index(drop=True)
    section = all_pairs.section(material_of(experiment_of(), kept))
    assert "silence has no answers yet" in words(section)


def test_clusters_are_compared_by_errors_that_count_them(
    experiment_of, material_of, units_of, words, parties
):
    units = units_of(**parties())
    material = material_of(experiment_of(cluster="party"), units)
    section = all_pairs.section(material)
    rated = units[units["completed"]]
    expected = clustered_pairs(
        rated["item.satisfaction"],
        list(rated["arm"]),
        list(rated["cluster"]),
        names=["silence", "sorry", "thank_you"],
    )
    found = {(item["arm"], item["versus"]): item for item in section.to_dict()["pairs"]}
    assert set(found) == set(material.experiment.pairs())
    last = found["thank_you", "sorry"]
    assert last["test"] == "Games-Howell, clusters"
    assert last["p_value"] == pytest.approx(expected[2].p_value)
    assert last["difference"] == pytest.approx(expected[2].difference)
    assert "Games–Howell, counting clusters" in words(section)
    assert "Games–Howell, menghitung gugus" in words(section, "id")
