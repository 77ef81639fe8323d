"""Weighting answers by how unlikely they were: against closed forms, a bootstrap and invented worlds."""

import numpy as np
import pytest

from amends.analysis.known_before import design
from amends.analysis.result import NotEnough
from amends.analysis.weighting import inverse_probability_means
from amends.errors import UsageError


def world(rng, n, *, effect=0.0):
    """Two arms in which orders and channel drive answering and rating alike."""
    orders, phone, first = rng.normal(size=n), rng.random(n) < 0.4, rng.random(n) < 0.5
    truth = 4 + 0.8 * orders + 0.5 * phone + effect * first + rng.normal(size=n)
    chance = 1 / (1 + np.exp(-(0.2 + 0.9 * orders + 0.6 * phone + 0.5 * first)))
    values = np.where(rng.random(n) < chance, truth, np.nan)
    known = {"orders": orders.tolist(), "channel": np.where(phone, "phone", "email").tolist()}
    return values.tolist(), first.tolist(), known, truth


def test_weights_of_one_word_are_poststratification_with_its_own_error():
    """One column of levels: the mean is the strata's means by their sizes, the error Cochran's."""
    rng = np.random.default_rng(5)
    n, means, variances = 400, [], []
    channel = np.where(rng.random(n) < 0.3, "sms", "email")
    first = np.arange(n) < 200
    values = np.where(rng.random(n) < np.where(channel == "sms", 0.5, 0.8), rng.integers(1, 8, n), np.nan)
    found = inverse_probability_means(values.tolist(), first.tolist(), {"channel": channel.tolist()})
    for arm in (first, ~first):
        strata = [values[arm & (channel == name)] for name in ("sms", "email")]
        shares = [len(held) / arm.sum() for held in strata]
        given = [held[~np.isnan(held)] for held in strata]
        mean = sum(share * held.mean() for share, held in zip(shares, given, strict=True))
        inside = sum(share**2 * held.var() / len(held) for share, held in zip(shares, given, strict=True))
        between = (
            sum(share * (held.mean() - mean) ** 2 for share, held in zip(shares, given, strict=True))
            / arm.sum()
        )
        means.append(mean)
        variances.append((inside + between) * arm.sum() / (arm.sum() - 2))
    assert found.first == pytest.approx(means[0], abs=1e-9)
    assert found.second == pytest.approx(means[1], abs=1e-9)
    assert found.standard_error == pytest.approx(np.sqrt(sum(variances)), rel=1e-6)


def test_the_error_is_that_of_a_bootstrap_of_weights_and_means():
    rng = np.random.default_rng(11)
    values, first, known, _ = world(rng, 500)
    found = inverse_probability_means(values, first, known)
    held, arms = np.array(values), np.array(first)
    drawn = []
    for _ in range(250):
        again = np.concatenate([rng.choice(np.flatnonzero(arm), arm.sum()) for arm in (arms, ~arms)])
        columns = {name: [column[place] for place in again] for name, column in known.items()}
        drawn.append(
            inverse_probability_means(held[again].tolist(), arms[again].tolist(), columns).difference
        )
    assert found.standard_error == pytest.approx(np.std(drawn, ddof=1), rel=0.15)


def test_the_interval_covers_where_the_covariates_tell_all_and_the_naive_difference_does_not():
    rng = np.random.default_rng(3)
    covered, naive = 0, []
    for _ in range(200):
        values, first, known, _ = world(rng, 500, effect=0.3)
        found = inverse_probability_means(values, first, known)
        covered += found.interval.low <= 0.3 <= found.interval.high
        held, arms = np.array(values), np.array(first)
        naive.append(np.nanmean(held[arms]) - np.nanmean(held[~arms]))
    assert covered >= 181  # 190 expected, 3 standard errors
    assert np.mean(naive) < 0.25


def test_clusters_of_one_give_nearly_the_error_of_units_and_alike_members_a_larger_one():
    rng = np.random.default_rng(8)
    values, first, known, _ = world(rng, 300)
    alone = inverse_probability_means(values, first, known)
    single = inverse_probability_means(values, first, known, clusters=list(range(300)))
    assert single.standard_error == pytest.approx(alone.standard_error, rel=0.02)
    doubled = {name: list(column) * 2 for name, column in known.items()}
    twice = inverse_probability_means(values * 2, first * 2, doubled, clusters=list(range(300)) * 2)
    assert twice.difference == pytest.approx(alone.difference)
    assert twice.standard_error == pytest.approx(single.standard_error, rel=1e-6)


def test_missing_values_are_marked_and_constants_left_out():
    found = design({"age": [30, None, 40, ""], "same": [1, 1, 1, 1], "channel": [None] * 4}, 4)
    assert found.used == ("age",)
    assert found.matrix[:, 1].tolist() == [0, 1, 0, 1]
    assert found.matrix[1, 0] == pytest.approx(0)


def test_numbers_written_as_text_are_numbers_and_rare_words_are_taken_together():
    assert design({"orders": ["1", "2.5", "4"]}, 3).matrix.shape == (3, 1)
    words = ["email"] * 40 + ["sms"] * 20 + ["fax"] * 6 + ["letter"] * 5
    matrix = design({"channel": words}, 71).matrix
    assert sorted(matrix.sum(axis=0).tolist()) == [11, 20]
    few = ["email"] * 40 + ["fax"] * 3
    assert design({"channel": few}, 43).used == ()


def test_one_sided_answers_give_a_reason_instead_of_a_huge_weight():
    values = [5.0 if place % 20 >= 10 else None for place in range(40)]
    first = [place < 20 for place in range(40)]
    found = inverse_probability_means(values, first, {"orders": [place % 20 for place in range(40)]})
    assert isinstance(found, NotEnough)
    assert "who answers" in found.reason


def test_alike_answers_have_no_error_and_say_so():
    found = inverse_probability_means([5.0] * 8, [True] * 4 + [False] * 4, {"orders": [1, 2, 3, 4] * 2})
    assert found.difference == 0
    assert "alike" in found.interval.reason


def test_columns_of_another_length_are_refused():
    with pytest.raises(UsageError, match="2 of orders"):
        inverse_probability_means([5.0, 6.0, 7.0], [True, False, True], {"orders": [1, 2]})
