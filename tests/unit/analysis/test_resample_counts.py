"""Counts of resamples against the multinomial distribution."""

from itertools import product
from math import factorial

import numpy as np
import pytest
from scipy import stats

from amends.analysis.resample_counts import counts_of_repeated, counts_of_single


def drawn(n: int, resamples: int, seed: int = 1) -> np.ndarray:
    return np.concatenate(list(counts_of_single(n, resamples, np.random.default_rng(seed))))


@pytest.mark.parametrize("n", [1, 2, 3, 17, 100, 1000])
def test_every_resample_holds_as_many_units_as_there_are(n) -> None:
    counts = drawn(n, 500)
    assert counts.shape == (500, n)
    assert (counts.sum(axis=1, dtype=int) == n).all()


def test_every_possible_resample_comes_as_often_as_it_should() -> None:
    counts, n = drawn(4, 200_000), 4
    possible = [each for each in product(range(n + 1), repeat=n) if sum(each) == n]
    expected = [
        len(counts) * factorial(n) / np.prod([factorial(k) for k in each]) / n**n for each in possible
    ]
    seen = [int((counts == each).all(axis=1).sum()) for each in possible]
    assert stats.chisquare(seen, expected).pvalue > 0.001


@pytest.mark.parametrize("n", [50, 1000])
def test_a_unit_counts_as_often_as_a_binomial_variable(n) -> None:
    counts = drawn(n, 3_000_000 // n)
    found = np.bincount(counts.ravel().astype(int), minlength=9)[:9]
    expected = counts.size * stats.binom.pmf(np.arange(9), n, 1 / n)
    # Cells of one resample are all but independent; ten standard errors would show a wrong share of 1 in 300.
    assert np.abs(found - expected).max() <= 4 * np.sqrt(expected.max())
    assert np.abs((found - expected) / np.sqrt(expected)).max() < 5


def test_repeated_units_count_by_how_often_they_occur() -> None:
    times = np.array([1, 9, 90])
    counts = np.concatenate(list(counts_of_repeated(times, 20_000, np.random.default_rng(2))))
    assert (counts.sum(axis=1) == 100).all()
    assert np.abs(counts.mean(axis=0) - times).max() < 5 * np.sqrt(9 / 20_000)


def test_a_seed_gives_the_same_counts_again() -> None:
    assert (drawn(30, 4000, seed=5) == drawn(30, 4000, seed=5)).all()
    assert (drawn(30, 4000, seed=5) != drawn(30, 4000, seed=6)).any()
