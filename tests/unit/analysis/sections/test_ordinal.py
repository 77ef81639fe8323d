"""Ratings read by their order: always beside the means, with emphasis where the scale's end is crowded."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from amends import Mean, Proportion, silence, thank_you
from amends.analysis.clustered_ranks import clustered_brunner_munzel
from amends.analysis.sections import ordinal

FIRST = [7] * 41 + [6] * 6 + [5] * 4 + [3] * 2
SECOND = [7] * 22 + [6] * 12 + [5] * 9 + [4] * 5 + [2] * 2


@pytest.fixture
def shown(experiment_of, material_of, units_of):
    def make(first=FIRST, second=SECOND, **parts):
        units = units_of(
            arm=["thank_you"] * len(first) + ["silence"] * len(second),
            completed=True,
            item__satisfaction=[float(value) for value in [*first, *second]],
        )
        two = [thank_you("Thank you for waiting."), silence()]
        return ordinal.section(material_of(experiment_of(**{"arms": two, **parts}), units))

    return make


def test_both_tests_agree_with_scipy_and_statsmodels(shown):
    (found,) = shown().to_dict()["contrasts"]
    test = stats.brunnermunzel(SECOND, FIRST)
    assert found["brunner_munzel"]["p_value"] == pytest.approx(test.pvalue)
    model = OrderedModel([*FIRST, *SECOND], np.array([[1.0]] * 53 + [[0.0]] * 50), distr="logit")
    fit = model.fit(method="bfgs", disp=False, gtol=1e-8)
    assert found["proportional_odds"]["value"] == pytest.approx(float(fit.params[0]), abs=1e-5)


def test_ratings_crowded_at_the_top_are_said_first(shown, words):
    section = shown()
    assert section.said[0].en.startswith(
        "Satisfaction: more than 60% chose the best answer (“thank you” 77.4%)"
    )
    assert "lebih dari 60% memilih jawaban terbaik (“terima kasih” 77,4%)" in words(section, "id")
    assert section.to_dict()["ceiling"]["satisfaction"]["silence"] == pytest.approx(0.44)


def test_ratings_spread_over_the_scale_are_shown_without_that_warning(shown, words):
    section = shown(first=[1, 2, 3, 4, 5, 6, 7, 7] * 5, second=[1, 2, 3, 3, 4, 5, 6, 7] * 5)
    assert "more than 60%" not in words(section)
    assert "odds ratio of a higher answer" in words(section)


def test_where_lower_is_better_the_low_end_is_the_crowded_one(shown, words):
    lower = [Proportion("completed"), Mean("satisfaction", scale=(1, 7), better="lower")]
    assert "more than 60%" not in words(shown(metrics=lower))


def test_a_shift_that_differs_between_steps_is_named(shown, words):
    section = shown(first=[1] * 30 + [4] * 10 + [7] * 30, second=[1] * 8 + [4] * 54 + [7] * 8)
    assert "the shift is not the same at every step" in words(section)


def test_ties_never_get_the_exact_test_that_ignores_them(shown):
    first, second = [5] + [6] * 2 + [7] * 38, [3, 4, 5, 5] + [6] * 3 + [7] * 23
    (found,) = shown(first, second).to_dict()["contrasts"]
    assert found["brunner_munzel"]["p_value"] == pytest.approx(0.0697, abs=5e-5)
    wrong = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert wrong == pytest.approx(0.239, abs=5e-4)


def test_answers_that_are_all_alike_say_why(shown, words):
    assert "all answers are alike" in words(shown(first=[7] * 10, second=[7] * 10))
    assert "semua jawaban sama" in words(shown(first=[7] * 10, second=[7] * 10), "id")


def test_without_ratings_there_is_no_such_section(shown):
    assert shown(first=[], second=[]) is None


def test_clusters_are_compared_by_tests_that_count_them(experiment_of, material_of, units_of, words, parties):
    units = units_of(**parties())
    section = ordinal.section(material_of(experiment_of(cluster="party"), units))
    found = section.to_dict()["contrasts"][0]
    two = units[units["arm"].isin(["thank_you", "sorry"]) & units["completed"]]
    given = two["item.satisfaction"], (two["arm"] == "thank_you").to_numpy(), list(two["cluster"])
    expected = clustered_brunner_munzel(*given)
    assert found["brunner_munzel"]["p_value"] == pytest.approx(expected.p_value)
    assert found["proportional_odds"]["name"] == "proportional odds, clusters"
    assert "not_enough" in found["brant"]
    assert "both tests count clusters" in words(section)
    assert "menghitung gugus" in words(section, "id")


def test_few_clusters_leave_the_test_of_order_that_needs_fewer(
    experiment_of, material_of, units_of, words, parties
):
    units = units_of(**parties(clusters=45))
    section = ordinal.section(material_of(experiment_of(cluster="party"), units))
    found = section.to_dict()["contrasts"][0]
    assert "needed for proportional odds" in found["proportional_odds"]["not_enough"]
    assert 0 < found["brunner_munzel"]["p_value"] <= 1
    assert "gugus masih terlalu sedikit untuk odds proporsional" in words(section, "id")
