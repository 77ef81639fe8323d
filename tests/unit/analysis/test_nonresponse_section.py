"""What the report says of those who did not answer: the bounds in words, in both languages."""

from dataclasses import replace

import pytest

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.settled import restored, settled, to_keep
from amends.analysis.silent import over_everyone
from amends.tally import Tally


def section_of(report):
    return next(item for item in report.sections if item.name == "nonresponse")


@pytest.fixture
def report(two_arms, counts, report_of):
    return report_of(two_arms(), counts, status="stopped", finished_data=True)


def test_every_figure_of_the_bounds_is_said_and_drawn_on_one_axis(report):
    section, contrast = section_of(report), report["satisfaction", "thank_you", "sorry"]
    (chart,) = section.charts
    assert [line.name.en for line in chart.lines] == [
        "those who answered",
        "Lee bounds",
        "Lee bounds, 95% region",
        "worst case",
    ]
    lee, worst = contrast.bounds["lee"], contrast.bounds["manski"]
    assert [(line.low, line.high) for line in chart.lines] == [
        (contrast.low, contrast.high),
        (lee["low"], lee["high"]),
        (lee["ci_low"], lee["ci_high"]),
        (worst["low"], worst["high"]),
    ]
    assert {line.value for line in chart.lines} == {contrast.effect}
    for line in chart.lines:
        assert line.low <= line.value <= line.high
    said = section.said[0]
    for value in (contrast.effect, lee["low"], lee["high"], worst["low"], worst["high"]):
        assert f"{abs(value):.2f}" in said.en
        assert f"{abs(value):.2f}".replace(".", ",") in said.id


def test_the_assumption_of_one_direction_names_who_answered_more(report):
    said = section_of(report).said[0]
    assert (
        "if “thank you” makes nobody less willing to answer than “sorry” does (91.1% against 78.4%" in said.en
    )
    assert "bila “terima kasih” tidak membuat seorang pun lebih enggan menjawab daripada “maaf”" in said.id


def test_the_other_direction_and_equal_answering_are_said_as_they_are(two_arms, arm, tally_of, report_of):
    high, low = {6: 20, 7: 20}, {4: 20, 5: 20}
    fewer = tally_of(arm("thank_you", 40, 60, high), arm("sorry", 40, 50, low))
    said = section_of(report_of(two_arms(), fewer, finished_data=True, status="stopped")).said[0]
    assert (
        "if “sorry” makes nobody less willing to answer than “thank you” does (80.0% against 66.7%" in said.en
    )
    even = tally_of(arm("thank_you", 40, 50, high), arm("sorry", 40, 50, low))
    said = section_of(report_of(two_arms(), even, finished_data=True, status="stopped")).said[0]
    assert "both arms answered equally often" in said.en


def test_a_shift_that_the_scale_has_no_room_for_is_called_impossible(two_arms, arm, tally_of, report_of):
    counted = tally_of(arm("thank_you", 95, 100, {7: 90, 6: 5}), arm("sorry", 95, 100, {1: 90, 2: 5}))
    said = section_of(report_of(two_arms(), counted, finished_data=True, status="stopped")).said[0]
    assert "Nothing that the silent of “thank you” alone could have said would make it vanish" in said.en
    assert "tidak akan hilang" in said.id


def test_three_arms_have_three_assumptions_of_their_own(arm, report_of):
    experiment = Experiment(
        key="tea",
        notice="Late.",
        arms=[thank_you("Thank you."), sorry("Sorry."), silence()],
        metrics=[Mean("satisfaction", scale=(1, 7))],
    )
    counted = Tally(
        "tea",
        (
            arm("thank_you", 45, 50, {6: 30, 7: 15}),
            arm("sorry", 40, 50, {5: 30, 6: 10}),
            arm("silence", 42, 50, {4: 30, 5: 12}),
        ),
    )
    section = section_of(report_of(experiment, counted, status="stopped", finished_data=True))
    more = [said.en.split("if “")[1].split("”")[0] for said in section.more]
    assert more == ["thank you", "thank you", "silence"]
    assert any("cannot be added up" in note.en for note in section.notes)
    assert len(section.charts) == 3
    assert [said.en[:42] for said in section.said] == ["Only those who answered gave a value, and "]


def test_without_covariates_it_says_why_nothing_is_weighted(two_arms, counts, report_of):
    plain = section_of(report_of(two_arms(), counts))
    assert any("Not weighted" in note.en for note in plain.notes)
    known = section_of(report_of(two_arms(covariates=["orders"]), counts))
    assert not any("Not weighted" in note.en for note in known.notes)


def test_metrics_of_everyone_have_no_such_section(two_arms, counts, report_of):
    report = report_of(two_arms(metrics=[Proportion("completed")]), counts)
    assert "nonresponse" not in report.to_dict()["sections"]


@pytest.fixture
def undecided(two_arms, arm, tally_of, report_of):
    counted = tally_of(arm("thank_you", 40, 50, {4: 20, 6: 20}), arm("sorry", 40, 50, {4: 22, 6: 18}))
    return report_of(
        two_arms(metrics=[Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3)]),
        counted,
        status="stopped",
        finished_data=True,
    )


def test_no_difference_shown_says_how_far_the_effect_over_everyone_may_reach(undecided):
    contrast = undecided["satisfaction", "thank_you", "sorry"]
    assert contrast.verdict == "no difference shown"
    worst = contrast.bounds["manski"]
    # By hand: 8 of 10 answered, so a fifth of either arm may have said 1 or 7.
    assert worst["high"] == pytest.approx((5 * 40 + 7 * 10) / 50 - (4.9 * 40 + 1 * 10) / 50)
    assert "was shown among those who answered" in undecided.headline.en
    assert (
        "Because 20.0% did not answer, the effect over everyone may lie anywhere from "
        f"−{abs(worst['low']):.2f} to {worst['high']:.2f}."
    ) in undecided.headline.en
    assert "Karena 20,0% tidak menjawab, pengaruhnya untuk semua orang" in undecided.headline.id


def test_where_everybody_answered_nothing_stays_hidden(two_arms, arm, tally_of, report_of):
    counted = tally_of(arm("thank_you", 40, 40, {4: 20, 6: 20}), arm("sorry", 40, 40, {4: 22, 6: 18}))
    report = report_of(
        two_arms(metrics=[Mean("satisfaction", scale=(1, 7))]), counted, status="stopped", finished_data=True
    )
    assert "did not answer" not in report.headline.en


def test_a_verdict_kept_by_an_older_version_is_told_without_the_reach(undecided):
    contrast = undecided["satisfaction", "thank_you", "sorry"]
    kept = to_keep(contrast)
    assert over_everyone([settled(replace(contrast, decision=restored(kept)))]) is not None
    older = {name: value for name, value in kept.items() if name not in ("worst_case", "answered")}
    assert over_everyone([settled(replace(contrast, decision=restored(older)))]) is None
