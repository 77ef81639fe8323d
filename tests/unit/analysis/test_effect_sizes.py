"""The noncentral t distribution is inverted, also where the library's own function has holes."""

from math import inf, sqrt

import pytest
from scipy import integrate, stats

from amends.analysis.effect_sizes import noncentrality


def reached(t, df, delta):
    """P(T <= t) by integrating the normal over the spread's chi-square: no code shared with the library's."""
    inner = lambda w: stats.norm.cdf(t * sqrt(w / df) - delta) * stats.chi2.pdf(w, df)  # noqa: E731
    return integrate.quad(inner, 0, inf, limit=400)[0]


@pytest.mark.parametrize(
    ("t", "df", "p"),
    [
        (17.670807694857956, 2.0, 0.975),
        (16.767450944860908, 3.0, 0.975),
        (13.470436127685838, 2.0, 0.995),
        (2.5, 40.0, 0.025),
    ],
)
def test_a_noncentrality_is_found_past_the_holes_of_the_tail(t, df, p):
    assert reached(t, df, noncentrality(t, df, p)) == pytest.approx(p, abs=1e-6)
