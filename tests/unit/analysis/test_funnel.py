"""The funnel: every step against scipy, adjusted together, and what is left out with its reason."""

from dataclasses import replace

import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.funnel import funnel, sends
from amends.analysis.result import NotEnough
from amends.tally import ArmTally, Tally


def three(**parts):
    given = {
        "key": "tea",
        "notice": "Late.",
        "arms": [thank_you("Thank you."), sorry("Sorry."), silence()],
        "metrics": [Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    }
    return Experiment(**{**given, **parts})


def arm(name, *steps, rated=None):
    assigned, sent, delivered, started, finished = steps
    return ArmTally(
        name,
        assigned=assigned,
        matured=assigned,
        sent=sent,
        delivered=delivered,
        started=started,
        finished=finished,
        completed=finished,
        ratings={"satisfaction": {6: finished if rated is None else rated}},
    )


COUNTED = Tally(
    "tea",
    (
        arm("thank_you", 200, 190, 180, 120, 100),
        arm("sorry", 210, 200, 170, 90, 80, rated=55),
        arm("silence", 190, 180, 175, 100, 60),
    ),
)


def test_every_step_has_the_chi_square_of_scipy_and_holm_of_statsmodels():
    found = funnel(three(), COUNTED)
    assert [(step.step, step.of) for step in found.steps] == [
        ("sent", "assigned"),
        ("delivered", "sent"),
        ("delivered", "assigned"),
        ("started", "assigned"),
        ("finished", "started"),
        ("finished", "assigned"),
        ("rated", "completed"),
        ("rated", "matured"),
    ]
    expected = []
    for step in found.steps:
        table = [[x, n - x] for x, n in step.counts.values()]
        expected.append(stats.chi2_contingency(table, correction=False).pvalue)
        assert step.test.p_value == pytest.approx(expected[-1], rel=1e-9)
    adjusted = multipletests(expected, method="holm")[1]
    assert [step.p_adjusted for step in found.steps] == pytest.approx(list(adjusted))
    assert found.steps[6].counts["sorry"] == (55, 80)


def test_few_expected_take_the_exact_test():
    counted = Tally("tea", (arm("thank_you", 20, 20, 20, 9, 9), arm("sorry", 20, 20, 19, 2, 2)))
    experiment = three(arms=[thank_you("Thank you."), sorry("Sorry.")])
    step = next(step for step in funnel(experiment, counted).steps if step.step == "delivered")
    assert step.test.name == "Fisher exact"
    assert step.test.p_value == pytest.approx(stats.fisher_exact([[20, 0], [19, 1]]).pvalue)


def test_silence_without_facts_is_not_compared_in_sending():
    experiment = three(notice=None)
    assert [sends(experiment, name) for name in ("thank_you", "sorry", "silence")] == [True, True, False]
    quiet = replace(COUNTED.arms[2], sent=0, delivered=0)
    found = funnel(experiment, replace(COUNTED, arms=(*COUNTED.arms[:2], quiet)))
    by = {(step.step, step.of): step for step in found.steps}
    assert set(by["sent", "assigned"].counts) == {"thank_you", "sorry"}
    assert set(by["started", "assigned"].counts) == {"thank_you", "sorry", "silence"}


def test_steps_that_nobody_recorded_are_left_out_with_a_reason():
    arms = tuple(replace(item, sent=0, delivered=0, started=0) for item in COUNTED.arms)
    found = funnel(three(), replace(COUNTED, arms=arms))
    assert found.left_out == dict.fromkeys(("sent", "delivered", "started"), "nobody recorded it")
    assert [(step.step, step.of) for step in found.steps[:1]] == [("finished", "assigned")]


def test_an_arm_that_was_not_invited_is_not_compared_in_answering():
    found = funnel(three(), COUNTED, not_invited=["silence"])
    for step in found.steps:
        assert ("silence" in step.counts) == (step.step in ("sent", "delivered"))
    alone = funnel(three(), COUNTED, not_invited=["silence", "sorry"])
    assert alone.left_out["finished"] == "fewer than two arms were invited to the survey"


def test_counts_that_cannot_be_a_share_give_a_reason_and_no_test():
    odd = replace(COUNTED.arms[0], sent=100)
    found = funnel(three(), replace(COUNTED, arms=(odd, *COUNTED.arms[1:])))
    step = next(step for step in found.steps if (step.step, step.of) == ("delivered", "sent"))
    assert isinstance(step.test, NotEnough)
    assert step.test.reason == "more units of thank you are recorded as delivered than as sent"


def test_clusters_are_shown_and_not_tested():
    found = funnel(three(cluster="party"), COUNTED)
    assert found.steps
    assert all(step.test == NotEnough("clustered") for step in found.steps)


def test_the_report_says_where_the_arms_differ_in_both_languages(report_of):
    report = report_of(three(), COUNTED, status="stopped", finished_data=True)
    section = next(item for item in report.sections if item.name == "funnel")
    finished = "The arms differ in how many finished the survey, of those assigned: “thank you” 50.0%"
    place = next(place for place, said in enumerate(section.said) if said.en.startswith(finished))
    assert "yang menyelesaikan survei, dari yang ditetapkan: “terima kasih” 50,0%" in section.said[place].id
    assert section.figures["steps"][0]["arms"]["thank_you"] == {"n": 190, "of": 200, "share": 0.95}
    assert "50.0% (100/200)" in report.to_markdown()
    assert "descriptive, adjusted together (Holm)" in report.to_markdown()


def test_a_start_that_is_only_known_from_the_finish_is_said_once(report_of):
    tally = Tally("tea", tuple(replace(arm, started=arm.finished) for arm in COUNTED.arms))
    report = report_of(three(), tally, status="stopped", finished_data=True)
    section = next(item for item in report.sections if item.name == "funnel")
    assert sum("50.0%" in said.en for said in section.said if "of those assigned:" in said.en) == 1


def test_no_step_is_said_to_differ_while_collecting(report_of):
    section = next(item for item in report_of(three(), COUNTED).sections if item.name == "funnel")
    assert [said.en[:17] for said in section.said] == ["Still collecting:"]


def test_a_draft_has_no_funnel_and_even_steps_say_so(report_of):
    empty = Tally("tea", tuple(ArmTally(name) for name in ("thank_you", "sorry", "silence")))
    assert not [item for item in report_of(three(), empty, status="draft").sections if item.name == "funnel"]
    even = Tally("tea", tuple(arm(name, 100, 90, 80, 50, 40) for name in ("thank_you", "sorry", "silence")))
    stopped = report_of(three(), even, status="stopped", finished_data=True)
    section = next(item for item in stopped.sections if item.name == "funnel")
    assert section.said[0].en == "At no step was a difference between the arms shown."
