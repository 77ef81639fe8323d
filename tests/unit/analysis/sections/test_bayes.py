"""Probabilities of being best beside the verdict, with the price of stopping at them said."""

import numpy as np
import pytest
from scipy import stats

from amends import Mean, Proportion
from amends.analysis.sections import bayes


@pytest.fixture
def units(units_of):
    """100 units an arm: 70, 85 and 93 completed; ratings follow the order of the arms."""

    arm, done, rating = [], [], []
    for place, (name, x) in enumerate((("thank_you", 93), ("sorry", 85), ("silence", 70))):
        arm += [name] * 100
        done += [True] * x + [False] * (100 - x)
        rating += [6.0 - place + (unit % 3 - 1) for unit in range(x)] + [None] * (100 - x)
    return units_of(arm=arm, completed=done, item__satisfaction=rating)


@pytest.fixture
def shown(experiment_of, material_of, units):
    def make(**parts):
        return bayes.section(material_of(experiment_of(**parts), units))

    return make


def test_chances_of_being_best_are_those_of_the_beta_posteriors(shown):
    found = shown().to_dict()["metrics"][0]
    draws = np.random.default_rng(3).beta([94, 86, 71], [8, 16, 31], (400_000, 3))
    first = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    assert found["arms"] == ["thank_you", "sorry", "silence"]
    assert found["best"] == pytest.approx(list(first), abs=0.003)
    assert found["losses"] == pytest.approx(
        list((draws.max(axis=1)[:, None] - draws).mean(axis=0)), abs=0.001
    )


def test_where_lower_is_better_the_lowest_share_is_best(shown):
    found = shown(metrics=[Proportion("completed", better="lower")]).to_dict()["metrics"][0]
    assert found["best"][2] > 0.99


def test_chances_of_means_are_normal_with_the_arms_own_spreads(shown, units):
    found = next(item for item in shown().to_dict()["metrics"] if item.get("versus") == "sorry")
    ratings = units.groupby("arm")["item.satisfaction"]
    gap = ratings.mean()["thank_you"] - ratings.mean()["sorry"]
    error = (ratings.var() / ratings.count())[["thank_you", "sorry"]].sum() ** 0.5
    assert found["probability_better"] == pytest.approx(stats.norm.cdf(gap / error))


def test_where_a_lower_mean_is_better_chance_and_loss_change_sides(shown):
    plain = shown().to_dict()["metrics"][1]
    turned = shown(metrics=[Mean("satisfaction", scale=(1, 7), better="lower")]).to_dict()["metrics"][0]
    assert turned["probability_better"] == pytest.approx(1 - plain["probability_better"])
    assert turned["expected_losses"] == plain["expected_losses"][::-1]


def test_it_is_said_that_this_is_no_licence_to_stop(shown, words):
    assert "no licence to stop early" in words(shown())
    assert "bukan izin untuk berhenti lebih awal" in words(shown(), "id")
    assert "among those who answered" in words(shown())


def test_the_error_quoted_for_stopping_at_95_percent_is_what_happens():
    # Arms alike, twenty looks at equal steps: the posterior chance passes .95 where |z| passes 1.645.
    steps = np.random.default_rng(8).normal(size=(200_000, 20)).cumsum(axis=1)
    z = np.abs(steps / np.sqrt(np.arange(1, 21)))
    stopped = (z > stats.norm.ppf(0.95)).any(axis=1).mean()
    assert round(100 * stopped) == 42
    assert "42 of 100" in bayes.NO_LICENCE.en


def test_certainty_is_never_printed(shown, words):
    assert "100.0%" not in words(shown())
    assert "over 99.9%" in words(shown())
    assert "lebih dari 99,9%" in words(shown(), "id")


def test_without_units_there_is_no_such_section(experiment_of, material_of, units):
    assert bayes.section(material_of(experiment_of(), units.iloc[:0])) is None


def test_an_arm_without_units_is_named(experiment_of, material_of, units, words):
    kept = units[units["arm"] != "silence"].reset_index(drop=True)
    section = bayes.section(material_of(experiment_of(), kept))
    assert "not enough, because silence has no answers yet" in words(section)
    assert section.to_dict()["metrics"][0]["arms"] == ["thank_you", "sorry"]


def test_clusters_have_chances_as_wide_as_their_clusters_say(
    experiment_of, material_of, units_of, words, parties
):
    material = material_of(experiment_of(cluster="party"), units_of(**parties()))
    section = bayes.section(material)
    shares = section.to_dict()["metrics"][0]
    assert shares["name"] == "t approximation, clusters, flat prior"
    assert sum(shares["best"]) == pytest.approx(1)
    means = section.to_dict()["metrics"][1]
    test = next(item for item in material.contrasts if item.metric == "satisfaction")
    assert means["value"] == pytest.approx(test.effect)
    assert "An approximation that counts clusters" in words(section)
    assert "Pendekatan yang menghitung gugus" in words(section, "id")


def test_few_clusters_say_how_many_are_needed(experiment_of, material_of, units_of, words, parties):
    section = bayes.section(material_of(experiment_of(cluster="party"), units_of(**parties(clusters=9))))
    assert "9 clusters; 15 needed for probabilities" in words(section)
    assert "gugus masih terlalu sedikit untuk probabilitas" in words(section, "id")
    assert section.tables == ()
