"""The studentized range against scipy's slower integral."""

from itertools import product

import pytest
from scipy.stats import studentized_range

from amends.analysis.studentized_range import range_p, range_quantile


@pytest.mark.parametrize(
    ("k", "df", "q"), list(product((2, 3, 5), (1.3, 2, 8.5, 60, 66_000), (0.3, 2.5, 3.5, 12)))
)
def test_tail_agrees_with_scipy(k, df, q):
    assert range_p(q, k, df) == pytest.approx(studentized_range.sf(q, k, df), abs=1e-9)


@pytest.mark.parametrize(("k", "df"), [(3, 4.2), (3, 66_000), (6, 25)])
def test_quantile_agrees_with_scipy(k, df):
    assert range_quantile(0.95, k, df) == pytest.approx(studentized_range.ppf(0.95, k, df), rel=1e-8)


def test_two_means_have_the_t_distribution_times_the_root_of_two():
    from scipy.stats import t

    assert range_p(3.1, 2, 17) == pytest.approx(2 * t.sf(3.1 / 2**0.5, 17), abs=1e-10)


def test_tails_stay_within_0_and_1():
    assert range_p(0, 3, 12) == 1
    assert range_p(400, 3, 12) == pytest.approx(0, abs=1e-12)
