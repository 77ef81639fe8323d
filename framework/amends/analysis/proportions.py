"""Tests of whether two proportions differ: the customary ones, the exact ones, and which is the default.

Group 1 minus group 2 throughout; `greater` means that the first proportion is the larger. A table in
which nobody or everybody has the event can show no difference and gives `NotEnough`, never p = 1.
Intervals live in `intervals`, ratios in `ratios`; both are importable from here too.
"""

from __future__ import annotations

from math import log, sqrt

from amends.analysis.counts import ALTERNATIVES, check_choice, check_counts, empty_arm, untestable
from amends.analysis.distributions import chi2_p, normal_p
from amends.analysis.exact import BOSCHLOO_LIMIT, barnard, boschloo, fisher
from amends.analysis.intervals import (
    agresti_caffo,
    mee,
    miettinen_nurminen,
    newcombe,
    newcombe_corrected,
    one_proportion,
    unpooled_error,
    wald,
    wilson,
)
from amends.analysis.ratios import NumberNeeded, cohens_h, nnt, odds_ratio, risk_ratio
from amends.analysis.result import NotEnough, TestResult

__all__ = [
    "BOSCHLOO_LIMIT",
    "NumberNeeded",
    "agresti_caffo",
    "barnard",
    "boschloo",
    "chi2",
    "cohens_h",
    "customary_tests",
    "default_test",
    "difference",
    "fisher",
    "g_test",
    "mee",
    "miettinen_nurminen",
    "newcombe",
    "newcombe_corrected",
    "nnt",
    "odds_ratio",
    "one_proportion",
    "risk_ratio",
    "smallest_expected",
    "unpooled_error",
    "wald",
    "wilson",
    "z_pooled",
    "z_unpooled",
]

EXACT_UP_TO = 200
"""Units in all up to which the exact test is the default whatever the counts."""


def difference(x1: int, n1: int, x2: int, n2: int) -> float | NotEnough:
    """The first proportion minus the second, as a share (0.127 is 12.7 percentage points).

    >>> round(difference(911, 1000, 784, 1000), 3)
    0.127
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if not n1 or not n2:
        return empty_arm(n1)
    return (x1 * n2 - x2 * n1) / (n1 * n2)


def z_pooled(x1: int, n1: int, x2: int, n2: int, *, alternative: str = "two-sided") -> TestResult | NotEnough:
    """The z test with the pooled variance; squared, it is the chi-square test without Yates.

    Raises:
        UsageError: Counts that cannot be (60 of 56), or an unknown alternative.

    >>> round(z_pooled(911, 1000, 784, 1000).statistic, 3)
    7.899
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    events, units = x1 + x2, n1 + n2
    # Whole numbers up to the one division, so that exchanging the arms only changes the sign.
    z = (x1 * n2 - x2 * n1) * sqrt(units / (n1 * n2 * events * (units - events)))
    return TestResult("pooled z", normal_p(z, alternative), statistic=z, alternative=alternative)


def z_unpooled(
    x1: int, n1: int, x2: int, n2: int, *, alternative: str = "two-sided"
) -> TestResult | NotEnough:
    """The z test with each arm's own variance (Wald). Listed for comparison: it is too liberal as a default.

    >>> round(z_unpooled(911, 1000, 784, 1000).statistic, 3)
    8.025
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    check_choice(alternative, ALTERNATIVES, "alternative")
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    error = unpooled_error(x1, n1, x2, n2)
    if not error:
        return NotEnough(
            "everybody in one arm and nobody in the other had the event: no variance to divide by"
        )
    z = (x1 * n2 - x2 * n1) / (n1 * n2) / error
    return TestResult("unpooled z", normal_p(z, alternative), statistic=z, alternative=alternative)


def chi2(x1: int, n1: int, x2: int, n2: int, *, yates: bool = False) -> TestResult | NotEnough:
    """Pearson's chi-square test of the 2 x 2 table, with Yates' correction only where asked.

    Yates makes the test conservative (Campbell 2007): it is here to match published figures.

    >>> round(chi2(911, 1000, 784, 1000, yates=True).statistic, 2)
    61.42
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    events, units = x1 + x2, n1 + n2
    gap = float(abs(x1 * n2 - x2 * n1))
    if yates:
        gap = max(0.0, gap - units / 2)
    statistic = gap**2 * units / (n1 * n2 * events * (units - events))
    name = "chi-square with Yates" if yates else "chi-square"
    return TestResult(name, chi2_p(statistic, 1), statistic=statistic, df=1)


def g_test(x1: int, n1: int, x2: int, n2: int) -> TestResult | NotEnough:
    """The likelihood-ratio (G) test of the 2 x 2 table.

    >>> round(g_test(911, 1000, 784, 1000).statistic, 2)
    64.05
    """
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if (reason := untestable(x1, n1, x2, n2)) is not None:
        return reason
    events, units = x1 + x2, n1 + n2
    cells = ((x1, n1, events), (x2, n2, events), (n1 - x1, n1, units - events), (n2 - x2, n2, units - events))
    terms = (seen * log(seen * units / (arm * row)) for seen, arm, row in cells if seen)
    statistic = max(0.0, 2 * sum(terms))
    return TestResult("G", chi2_p(statistic, 1), statistic=statistic, df=1)


def smallest_expected(x1: int, n1: int, x2: int, n2: int) -> float | NotEnough:
    """The smallest count expected in a cell if the arms did not differ."""
    x1, n1, x2, n2 = check_counts(x1, n1, x2, n2)
    if not n1 or not n2:
        return empty_arm(n1)
    events, units = x1 + x2, n1 + n2
    return min(n1, n2) * min(events, units - events) / units


def default_test(x1: int, n1: int, x2: int, n2: int, *, search: bool = True) -> TestResult | NotEnough:
    """The two-sided test that decides: exact where counts are small, pooled z elsewhere.

    Boschloo's exact test up to 200 units in all, or up to 400 where a count below 5 is expected; beyond
    400 with such a count Fisher's; else the pooled z (Lydersen, Fagerland & Laake 2009; Campbell 2007).

    Args:
        x1: Events in the first arm, of `n1`; likewise `x2` of `n2`.
        n1: Units in the first arm.
        x2: Events in the second arm.
        n2: Units in the second arm.
        search: False where Boschloo's test may take the result of an earlier search but start none:
            then `BEING_COMPUTED` stands in its place.

    >>> default_test(51, 56, 44, 56).name
    'Boschloo exact'
    >>> default_test(911, 1000, 784, 1000).name
    'pooled z'
    """
    expected = smallest_expected(x1, n1, x2, n2)
    if isinstance(expected, NotEnough):
        return expected
    units = n1 + n2
    if units <= EXACT_UP_TO or (expected < 5 and units <= BOSCHLOO_LIMIT):
        return boschloo(x1, n1, x2, n2, search=search)
    return fisher(x1, n1, x2, n2) if expected < 5 else z_pooled(x1, n1, x2, n2)


def customary_tests(x1: int, n1: int, x2: int, n2: int) -> dict[str, TestResult | NotEnough]:
    """The tests that publications use, side by side, so that a published p-value can be found again.

    >>> {name: round(test.p_value, 3) for name, test in customary_tests(51, 56, 44, 56).items()}
    {'z_pooled': 0.065, 'chi2': 0.065, 'chi2_yates': 0.114, 'fisher': 0.112, 'boschloo': 0.078}
    """
    return {
        "z_pooled": z_pooled(x1, n1, x2, n2),
        "chi2": chi2(x1, n1, x2, n2),
        "chi2_yates": chi2(x1, n1, x2, n2, yates=True),
        "fisher": fisher(x1, n1, x2, n2),
        "boschloo": boschloo(x1, n1, x2, n2),
    }
