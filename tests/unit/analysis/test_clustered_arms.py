"""Several arms of whole clusters, against scipy on the clusters' means and on single units; R's is golden."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from amends.analysis.cluster_arms import arm_of_clusters
from amends.analysis.clustered_bayes import better_clusters, better_mean_of_clusters
from amends.analysis.clustered_factorial import clustered_factorial_means, clustered_factorial_proportions
from amends.analysis.clustered_ordinal import clustered_proportional_odds
from amends.analysis.clustered_pairs import clustered_pairs
from amends.analysis.clustered_ranks import clustered_brunner_munzel
from amends.analysis.clusters import clustered_difference
from amends.analysis.factorial import factorial_means
from amends.analysis.means import summarize
from amends.analysis.ordinal import proportional_odds
from amends.analysis.result import NotEnough
from amends.errors import UsageError

NAMES = ("a", "b", "c", "d")
FACTORS = {
    name: {"message": message, "voucher": voucher}
    for name, message, voucher in zip(NAMES, "tsts", ("no", "no", "yes", "yes"), strict=True)
}


def parties(seed, *, clusters=48, size=4, arms=4, uneven=False):
    """Outcomes of clusters that alternate between arms, alike within."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, clusters) if uneven else np.full(clusters, size)
    cluster = np.repeat(np.arange(clusters), sizes)
    values = rng.normal(size=clusters)[cluster] * 0.6 + rng.normal(size=len(cluster))
    return values, np.array(NAMES)[cluster % arms], cluster


def means_of(values, arms, cluster, name):
    """The means of an arm's clusters."""
    return np.array([values[cluster == one].mean() for one in np.unique(cluster[arms == name])])


def test_an_arms_error_is_that_of_cr2_for_clusters_of_any_size():
    values, arms, cluster = parties(1, arms=2, uneven=True)
    parts = [arm_of_clusters(values[arms == name], cluster[arms == name]) for name in "ab"]
    whole = clustered_difference(values, arms == "a", cluster, method="CR2")
    assert parts[0].mean - parts[1].mean == pytest.approx(whole.value)
    assert np.hypot(parts[0].error, parts[1].error) == pytest.approx(whole.standard_error, rel=1e-9)


def test_factors_of_clusters_of_one_size_are_those_of_the_clusters_means():
    values, arms, cluster = parties(2)
    found = clustered_factorial_means(values, arms, cluster, FACTORS)
    of_means = {name: summarize(means_of(values, arms, cluster, name).tolist()) for name in NAMES}
    expected = factorial_means(of_means, FACTORS)
    for kind in ("interactions", "simple_effects", "main_effects"):
        for mine, theirs in zip(getattr(found, kind), getattr(expected, kind), strict=True):
            assert mine.value == pytest.approx(theirs.value)
            assert mine.test.p_value == pytest.approx(theirs.test.p_value)
            assert (mine.interval.low, mine.interval.high) == pytest.approx(
                (theirs.interval.low, theirs.interval.high)
            )
    assert found.ns == dict.fromkeys(NAMES, 48)


def test_shares_are_given_in_log_odds_too_by_the_delta_method():
    values, arms, cluster = parties(3, clusters=80)
    done = values > 0
    found = clustered_factorial_proportions(done, arms, cluster, FACTORS)
    shares = np.array([done[arms == name].mean() for name in NAMES])
    odds = np.log(shares / (1 - shares))
    errors = [arm_of_clusters(done[arms == name].astype(float), cluster[arms == name]) for name in NAMES]
    slopes = 1 / (shares * (1 - shares))
    (interaction,) = found.log_odds.interactions
    assert interaction.value == pytest.approx(odds[0] - odds[1] - odds[2] + odds[3])
    assert interaction.standard_error == pytest.approx(
        np.sqrt(sum(part.variance * slope**2 for part, slope in zip(errors, slopes, strict=True)))
    )
    (plain,) = found.risk_difference.interactions
    assert plain.value == pytest.approx(shares @ [1, -1, -1, 1])
    everyone = np.where(arms == "a", 1.0, done)
    refused = clustered_factorial_proportions(everyone, arms, cluster, FACTORS)
    assert "nothing varies between the clusters of an arm" in refused.reason


def test_pairs_of_clusters_of_one_size_are_scipys_games_howell_on_their_means():
    values, arms, cluster = parties(4, arms=3)
    found = clustered_pairs(values, arms, cluster, names="abc")
    groups = [means_of(values, arms, cluster, name) for name in "abc"]
    theirs = stats.tukey_hsd(*groups, equal_var=False)
    limits = theirs.confidence_interval()
    assert [(pair.first, pair.second) for pair in found] == [(j, i) for i, j in combinations(range(3), 2)]
    for pair in found:
        at = pair.first, pair.second
        assert pair.difference == pytest.approx(theirs.statistic[at])
        assert pair.p_value == pytest.approx(theirs.pvalue[at], abs=1e-7)
        assert (pair.interval.low, pair.interval.high) == pytest.approx(
            (limits.low[at], limits.high[at]), abs=1e-6
        )


def test_one_unit_a_cluster_is_brunner_and_munzels_own_test():
    rng = np.random.default_rng(5)
    rating, arm = rng.integers(1, 8, 70), np.arange(70) % 2 == 0
    found = clustered_brunner_munzel(rating, arm, np.arange(70))
    theirs = stats.brunnermunzel(rating[~arm], rating[arm])
    assert (found.statistic, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_doubled_units_of_a_cluster_change_no_rank_test():
    values, arms, cluster = parties(6, arms=2, uneven=True)
    once = clustered_brunner_munzel(values, arms == "a", cluster)
    twice = clustered_brunner_munzel(*(np.tile(given, 2) for given in (values, arms == "a", cluster)))
    assert (once.probability, once.p_value) == pytest.approx((twice.probability, twice.p_value))


def test_the_shift_of_clusters_is_that_of_units_with_an_error_that_doubling_does_not_shrink():
    values, arms, cluster = parties(7, arms=2, clusters=60)
    rating, first = np.clip(np.round(4 + 1.5 * values), 1, 7).astype(int), arms == "a"
    found = clustered_proportional_odds(rating, first, cluster)
    counts = [
        dict(zip(*np.unique(rating[side], return_counts=True), strict=True)) for side in (first, ~first)
    ]
    assert found.value == pytest.approx(proportional_odds(*counts).value, abs=1e-6)
    twice = clustered_proportional_odds(*(np.tile(given, 2) for given in (rating, first, cluster)))
    assert twice.standard_error == pytest.approx(found.standard_error, rel=1e-4)
    assert isinstance(found.proportional_p, NotEnough)


def test_chances_and_losses_of_shares_are_those_of_many_draws():
    values, arms, cluster = parties(8, arms=3, uneven=True)
    found = better_clusters(values > 0, arms, cluster, names="abc")
    rng = np.random.default_rng(1)
    parts = [
        arm_of_clusters((values > 0)[arms == name].astype(float), cluster[arms == name]) for name in "abc"
    ]
    drawn = np.array([part.mean + part.error * rng.standard_t(part.df, 400_000) for part in parts])
    best = [(drawn.argmax(axis=0) == place).mean() for place in range(3)]
    assert found.best == pytest.approx(best, abs=0.003)
    assert sum(found.best) == pytest.approx(1)
    lost = (drawn.max(axis=0) - drawn).mean(axis=1)
    assert found.losses == pytest.approx(lost, abs=0.002)


def test_the_chance_of_a_mean_is_the_one_sided_p_of_the_test_and_its_losses_those_of_many_draws():
    values, arms, cluster = parties(9, arms=2)
    found = better_mean_of_clusters(values, arms, cluster, names=("a", "b"))
    test = stats.ttest_ind(
        means_of(values, arms, cluster, "a"), means_of(values, arms, cluster, "b"), equal_var=False
    )
    assert found.probability_greater == pytest.approx(
        1 - test.pvalue / 2 if test.statistic > 0 else test.pvalue / 2
    )
    drawn = found.value + found.sd * np.random.default_rng(2).standard_t(test.df, 1_000_000)
    assert found.losses == pytest.approx(
        (np.maximum(-drawn, 0).mean(), np.maximum(drawn, 0).mean()), rel=0.01
    )


def test_an_arm_said_to_be_best_with_some_chance_is_so_about_as_often():
    rng, said, true = np.random.default_rng(10), [], []
    for _ in range(600):
        shares = rng.uniform(0.4, 0.8, 3)
        own = rng.beta(4 * shares, 4 * (1 - shares), size=(10, 3))
        done = rng.random((10, 3, 4)) < own[:, :, None]
        cluster = np.repeat(np.arange(30), 4)
        found = better_clusters(
            done.ravel(), np.array(["a", "b", "c"])[cluster % 3], cluster, names=("a", "b", "c")
        )
        place = int(np.argmax(found.best))
        said.append(found.best[place])
        true.append(place == shares.argmax())
    error = np.sqrt(np.mean(np.array(said) * (1 - np.array(said))) / len(said))
    assert np.mean(true) == pytest.approx(np.mean(said), abs=3.5 * error)


FEW = parties(11, clusters=12)


@pytest.mark.parametrize(
    "make",
    [
        lambda y, arm, cluster: clustered_factorial_means(y, arm, cluster, FACTORS),
        lambda y, arm, cluster: clustered_pairs(y, arm, cluster, names=NAMES),
        lambda y, arm, cluster: clustered_brunner_munzel(y, np.isin(arm, ("a", "b")), cluster),
        lambda y, arm, cluster: clustered_proportional_odds(y, np.isin(arm, ("a", "b")), cluster),
        lambda y, arm, cluster: better_clusters(y > 0, arm, cluster, names=NAMES),
        lambda y, arm, cluster: better_mean_of_clusters(
            y, np.where(arm < "c", "a", "b"), cluster, names="ab"
        ),
    ],
)
def test_few_clusters_say_how_many_are_needed(make):
    found = make(*FEW)
    assert isinstance(found, NotEnough)
    assert found.reason.startswith("12 clusters; ")


def test_a_cluster_in_two_arms_and_an_arm_that_is_not_named_are_refused():
    values, arms, cluster = parties(12)
    with pytest.raises(UsageError, match="a cluster has units in two arms"):
        clustered_pairs(values, arms, cluster // 2, names=NAMES)
    with pytest.raises(UsageError, match="arm 'd' is none of a, b, c"):
        clustered_pairs(values, arms, cluster, names="abc")
    with pytest.raises(UsageError, match="give one of each for every unit"):
        clustered_pairs(values, arms[:-1], cluster, names=NAMES)
    assert (
        "1 of 4 arms"
        in clustered_pairs(values[arms != "a"], arms[arms != "a"], cluster[arms != "a"], names=NAMES).reason
    )
