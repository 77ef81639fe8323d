"""The funnel: every step against scipy, adjusted together, and what is left out with its reason."""

from dataclasses import replace

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats
from statsmodels.stats.multitest import multipletests

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.cluster_overall import clustered_overall
from amends.analysis.funnel import funnel, sends
from amends.analysis.result import NotEnough
from amends.analysis.taking_part import taking_part
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


def parties(rng, *, clusters=20, size=4, shares=(0.5, 0.5, 0.5), spread=0.6):
    """Units of whole clusters as rows, and their counts: who starts is alike within a party."""
    arms = ["thank_you", "sorry", "silence"]
    cluster = np.repeat(np.arange(clusters * len(arms)), size)
    code = cluster % len(arms)
    common = rng.random(clusters * len(arms))[cluster]
    own = rng.random(len(cluster))
    draw = np.where(rng.random(len(cluster)) < spread, common, own)
    started = draw < np.array(shares)[code]
    done = started & (rng.random(len(cluster)) < 0.7)
    rows = DataFrame(
        {
            "arm": np.array(arms)[code],
            "cluster": cluster.astype(str),
            "sent": True,
            "delivered": True,
            "started": started,
            "completed": done,
            "late": False,
            "item.satisfaction": np.where(done, 6.0, np.nan),
        }
    )
    counted = tuple(
        arm(
            name, n := int((code == i).sum()), n, n, int(started[code == i].sum()), int(done[code == i].sum())
        )
        for i, name in enumerate(arms)
    )
    return rows, Tally("tea", counted)


def test_clusters_are_tested_as_whole_clusters():
    rows, counted = parties(np.random.default_rng(3), shares=(0.8, 0.3, 0.3))
    found = funnel(three(cluster="party"), counted, units=rows)

    by_step = {(step.step, step.of): step for step in found.steps}
    started = by_step["started", "assigned"]
    assert started.counts == {item.arm: (item.started, item.assigned) for item in counted.arms}
    # Clusters of one size: Welch's test on their shares, from scipy, is near; ours takes a common centre.
    shares = rows.assign(started=rows["started"].astype(float)).groupby(["arm", "cluster"])["started"].mean()
    groups = [shares[name].to_numpy() for name in ("thank_you", "sorry", "silence")]
    near = stats.alexandergovern(*groups).pvalue
    assert started.test.name == "Welch F, clusters"
    assert started.test.p_value < 0.01
    assert near < 0.01
    assert by_step["delivered", "sent"].test == NotEnough("nothing varies")
    begun = rows[rows["started"]]
    expected = clustered_overall(
        begun["completed"].to_numpy(dtype=float),
        begun["arm"].map({"thank_you": 0, "sorry": 1, "silence": 2}).to_numpy(),
        begun["cluster"].astype(int).to_numpy(),
        arms=3,
        pooled=True,
    )
    assert by_step["finished", "started"].test == expected


def test_clusters_before_any_unit_has_matured_are_not_tested():
    found = funnel(three(cluster="party"), COUNTED)
    assert found.steps
    assert all(step.test == NotEnough("no unit has matured") for step in found.steps)


@pytest.mark.parametrize("clusters", [12, 30])
def test_the_test_of_clusters_errs_as_often_as_it_may_and_one_of_units_does_not(clusters):
    rng, runs = np.random.default_rng(20260), 300
    ours = units = 0
    for _ in range(runs):
        rows, counted = parties(rng, clusters=clusters)
        step = next(
            step
            for step in funnel(three(cluster="party"), counted, units=rows).steps
            if (step.step, step.of) == ("started", "assigned")
        )
        ours += step.test.p_value <= 0.05
        table = [[arm.started, arm.assigned - arm.started] for arm in counted.arms]
        units += stats.chi2_contingency(table, correction=False).pvalue <= 0.05
    assert ours / runs <= 0.0878, "0.05 and three standard errors of 300 runs"
    assert units / runs > 0.10


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


def test_refusals_are_of_those_asked_and_withdrawals_of_those_who_began_tested_as_scipy_does():
    decided = {"thank_you": (90, 10, 4), "sorry": (70, 30, 8), "silence": (80, 20, 6)}
    arms = tuple(
        replace(
            item, agreed=decided[item.arm][0], refused=decided[item.arm][1], withdrawn=decided[item.arm][2]
        )
        for item in COUNTED.arms
    )
    refused, withdrawn = taking_part(three(consent="Voluntary."), replace(COUNTED, arms=arms))

    assert refused.counts == {"thank_you": (10, 100), "sorry": (30, 100), "silence": (20, 100)}
    assert withdrawn.counts == {"thank_you": (4, 120), "sorry": (8, 90), "silence": (6, 100)}
    expected = [
        stats.chi2_contingency([[x, n - x] for x, n in step.counts.values()], correction=False).pvalue
        for step in (refused, withdrawn)
    ]
    assert [refused.test.p_value, withdrawn.test.p_value] == pytest.approx(expected)
    assert [refused.p_adjusted, withdrawn.p_adjusted] == pytest.approx(
        list(multipletests(expected, method="holm")[1])
    )


def test_where_nobody_was_asked_nothing_is_said_of_it_and_an_uninvited_arm_is_left_out():
    assert taking_part(three(), COUNTED) == ()
    arms = tuple(replace(item, agreed=9, refused=1) for item in COUNTED.arms)
    [step] = taking_part(three(), replace(COUNTED, arms=arms), not_invited=["silence"])
    assert set(step.counts) == {"thank_you", "sorry"}


def test_decisions_of_clusters_are_counted_and_not_tested():
    arms = tuple(replace(item, agreed=9, refused=1) for item in COUNTED.arms)
    [step] = taking_part(three(cluster="party"), replace(COUNTED, arms=arms))
    assert step.counts["sorry"] == (1, 10)
    assert step.test == NotEnough("clustered")
