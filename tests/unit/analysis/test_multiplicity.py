"""Adjusted p-values."""

import pytest
from statsmodels.stats.multitest import multipletests

from amends.analysis.multiplicity import adjust
from amends.analysis.result import NotEnough
from amends.errors import UsageError

NAMES = {"holm": "holm", "bonferroni": "bonferroni", "bh": "fdr_bh", "by": "fdr_by", "hommel": "hommel"}


@pytest.mark.parametrize("method", NAMES)
def test_adjustment_agrees_with_the_library(method) -> None:
    family = [0.013, 0.4, 0.0004, 0.049, 0.05, 0.9, 0.013]
    expected = multipletests(family, method=NAMES[method])[1]
    assert adjust(family, method=method) == pytest.approx(list(expected), rel=1e-12)


def test_question_without_an_answer_still_counts_in_the_family() -> None:
    missing = NotEnough("silence has 1 answer; 2 needed")
    assert adjust([0.01, missing, 0.04]) == [pytest.approx(0.03), missing, pytest.approx(0.08)]


def test_lone_and_empty_families_are_left_as_they_are() -> None:
    assert adjust([0.04]) == [0.04]
    assert adjust([]) == []
    assert adjust([0.04, 0.01], method="none") == [0.04, 0.01]


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_value_is_refused(p) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        adjust([p])


def test_unknown_method_lists_those_allowed() -> None:
    with pytest.raises(UsageError, match="holm, bonferroni"):
        adjust([0.1], method="sidak")
