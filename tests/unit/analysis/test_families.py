"""Holm within each family, and contrasts declared primary tested first."""

import pytest

from amends.analysis.contrasts import Contrast
from amends.analysis.families import adjust_family
from amends.analysis.result import NotEnough


def contrast(arm, p, versus="silence"):
    return Contrast(
        metric="completed", arm=arm, versus=versus, n=(10, 10), effect=0.1, low=0.0, high=0.2,
        interval="Newcombe", test="pooled z", statistic=1.0, df=None, p_value=p, p_adjusted=p,
    )  # fmt: skip


def adjusted(contrasts, **more):
    return [item.p_adjusted for item in adjust_family(contrasts, **more)]


def test_one_contrast_alone_is_not_adjusted():
    (alone,) = adjust_family([contrast("a", 0.03)])
    assert (alone.p_adjusted, alone.adjustment) == (0.03, "none")


def test_three_contrasts_are_adjusted_by_holm():
    found = adjust_family([contrast("a", 0.01), contrast("b", 0.04), contrast("c", 0.03)])
    assert [item.p_adjusted for item in found] == pytest.approx([0.03, 0.06, 0.06])
    assert {item.adjustment for item in found} == {"Holm"}


def test_a_contrast_that_cannot_be_tested_still_counts_as_a_member():
    missing = NotEnough("c has no units yet")
    assert adjusted([contrast("a", 0.02), contrast("c", missing)]) == [pytest.approx(0.04), missing]


def test_a_primary_contrast_is_tested_first_at_the_whole_level():
    family = [contrast("a", 0.03), contrast("b", 0.001), contrast("c", 0.02)]
    found = adjusted(family, first=frozenset({("a", "silence")}))
    assert found[0] == 0.03
    assert found[1:] == pytest.approx([0.03, 0.03])


def test_the_others_cannot_reject_before_the_primary_contrast_does():
    family = [contrast("a", 0.2), contrast("b", 0.001), contrast("c", 0.001)]
    assert adjusted(family, first=frozenset({("a", "silence")})) == pytest.approx([0.2, 0.2, 0.2])


def test_an_untestable_primary_contrast_keeps_the_gate_shut():
    family = [contrast("a", NotEnough("no units")), contrast("b", 0.001)]
    assert adjusted(family, first=frozenset({("a", "silence")}))[1] == 1.0
