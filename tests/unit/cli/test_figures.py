"""Figures typed on the command line: read as meant, or refused with figure and rule."""

import pytest

from amends.cli.figures import counts, figures, imagined, percentage
from amends.design.plan import plan
from amends.errors import DefinitionError, UsageError


def test_counts_are_completed_of_assigned():
    assert counts(" 51 / 56 ") == (51, 56)
    assert counts("0/1") == (0, 1)


def test_more_completed_than_assigned_is_impossible():
    with pytest.raises(UsageError, match="60 completed of 56 assigned is impossible"):
        counts("60/56")


@pytest.mark.parametrize(
    "text", ["51", "51/", "/56", "a/b", "51.5/56", "-1/56", "51/56/2", "", "٥/٦", "1e3/2000"]
)
def test_anything_but_two_whole_numbers_is_no_count(text):
    with pytest.raises(UsageError, match="write for instance 51/56"):
        counts(text)


def test_nobody_assigned_is_no_count():
    with pytest.raises(UsageError, match="nobody was assigned"):
        counts("0/0")


def test_figures_are_mean_sd_and_number():
    summary = figures("5.9, 0.9, 51")
    assert (summary.mean, summary.sd, summary.n) == (5.9, 0.9, 51)


@pytest.mark.parametrize(
    "text",
    [
        "5.9,0.9",
        "5.9,0.9,51,2",
        "5.9,0.9,x",
        "high,0.9,51",
        "nan,0.9,51",
        "inf,1,5",
        "5.9,-0.9,51",
        "5.9,0.9,1",
    ],
)
def test_other_figures_are_refused_with_the_rule(text):
    with pytest.raises(UsageError, match=r"write MEAN,SD,N|2 answers"):
        figures(text)


@pytest.mark.parametrize(
    ("text", "read"), [("91.1", "91.1"), ("78,4 %", "78.4"), ("100", "100"), ("0.0", "0.0")]
)
def test_a_percentage_keeps_the_decimals_it_was_published_with(text, read):
    assert percentage(text) == read


@pytest.mark.parametrize("text", ["100.1", "-1", "ninety", "", "9.1.1", "1e1", "."])
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(UsageError, match="is not a percentage"):
        percentage(text)


def test_a_plan_from_flags_is_the_plan_of_such_an_experiment(define):
    flags = imagined(baseline=0.40, detect=0.05, sd=None, power=0.8, alpha=0.05, arms=3)
    assert plan(flags).smallest == plan(define()).smallest
    means = imagined(baseline=None, detect=0.3, sd=1.4, power=0.8, alpha=0.05, arms=2)
    assert plan(means).smallest > 100


def test_a_plan_with_one_arm_or_impossible_figures_is_refused():
    with pytest.raises(UsageError, match="from 2 to 20 arms"):
        imagined(baseline=0.4, detect=0.05, sd=None, power=0.8, alpha=0.05, arms=1)
    with pytest.raises(DefinitionError, match="baseline"):
        imagined(baseline=1.4, detect=0.05, sd=None, power=0.8, alpha=0.05, arms=2)
