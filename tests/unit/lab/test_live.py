"""The report from the counts alone beside the whole one: same figures, and no verdict without its test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis import exact
from amends.analysis.report import build
from amends.analysis.result import BEING_COMPUTED, NotEnough
from amends.design.plan import plan
from amends.lab import Lab
from amends.lab.verdicts import standing
from amends.tally import ArmTally, Tally

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def define(**changed: Any) -> Experiment:
    said: dict[str, Any] = {
        "key": "tea",
        "notice": "Your tea is late.",
        "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        "metrics": [
            Proportion("completed", baseline=0.5, detect=0.2),
            Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
        ],
    }
    return Experiment(**{**said, **changed})


def forget() -> None:
    exact.SEARCHED = exact.Kept(most=4096)


@st.composite
def arms(draw: Any, name: str) -> ArmTally:
    assigned = draw(st.one_of(st.integers(0, 30), st.integers(100, 3000)))
    completed = draw(st.integers(0, assigned))
    points = draw(st.lists(st.integers(0, completed), min_size=7, max_size=7))
    given_: dict[int, int] = {}
    left = completed
    for point, n in enumerate(points, start=1):
        given_[point] = min(n, left)
        left -= given_[point]
    ratings = {"satisfaction": given_}
    return ArmTally(name, assigned=assigned, matured=assigned, completed=completed, ratings=ratings)


def same_or_waited_for(live: Any, whole: Any) -> bool:
    """Whether every figure is the one of the whole report, or says that it is being computed."""
    if live == BEING_COMPUTED.to_dict():
        return True
    if isinstance(live, dict) and isinstance(whole, dict):
        # What warns of a test comes with the test.
        return all(
            set(value) <= set(whole[name]) if name == "warnings" else same_or_waited_for(value, whole[name])
            for name, value in live.items()
        )
    if isinstance(live, list) and isinstance(whole, list) and len(live) == len(whole):
        return all(map(same_or_waited_for, live, whole))
    return bool(live == whole)


def stands_in(note: dict[str, str], notes: list[dict[str, str]]) -> bool:
    """Whether a note is made, of these comparisons at least: others are told of when their test is there."""

    def parts(told: dict[str, str]) -> tuple[str, str, set[str]]:
        of, _, text = told["en"].partition(": ")
        metric, _, pairs = of.rstrip(")").partition(" (")
        return metric, text, set(pairs.split(", ")) if pairs else set()

    metric, text, pairs = parts(note)
    # Of all comparisons: none is named.
    return any(
        (metric, text) == (of, said) and (pairs <= named or not named)
        for of, said, named in map(parts, notes)
    )


TOLD = {"omnibus", "notes", "warnings"}


def answered(name: str, assigned: int, ratings: dict[int, int]) -> ArmTally:
    n = sum(ratings.values())
    return ArmTally(name, assigned=assigned, matured=assigned, completed=n, ratings={"satisfaction": ratings})


@given(arms("thank_you"), arms("sorry"), arms("silence"), st.sampled_from(["running", "stopped"]))
@example(  # two of three comparisons are told of at once, the third when its exact test is there
    answered("thank_you", 1, {6: 1}), answered("sorry", 100, {}), answered("silence", 100, {1: 5}), "running"
)
@settings(max_examples=40, deadline=None)
def test_the_first_look_has_the_figures_of_the_whole_report(
    first: ArmTally, second: ArmTally, third: ArmTally, status: str
) -> None:
    experiment, tally = define(), Tally("tea", (first, second, third))
    how: dict[str, Any] = {"status": status, "as_of": NOON, "plan": plan(experiment)}
    forget()
    looked = build(experiment, tally, search=False, **how).first_look()
    whole = build(experiment, tally, **how).to_dict()
    for name in looked.keys() - TOLD:
        assert same_or_waited_for(looked[name], whole[name]), name
    for name in ("verdict", "headline", "summary", "sample_ratio", "arms", "progress"):
        assert looked[name] == whole[name]
    assert [item["verdict"] for item in looked["contrasts"]] == [
        item["verdict"] for item in whole["contrasts"]
    ]
    assert all(stands_in(note, whole["notes"]) for note in looked["notes"])


SMALL = Tally(
    "tea",
    tuple(
        ArmTally(name, assigned=30, matured=30, completed=done, ratings={"satisfaction": {5: done}})
        for name, done in (("thank_you", 24), ("sorry", 15), ("silence", 13))
    ),
)


def test_an_exact_test_that_no_verdict_needs_is_left_for_later_while_collecting() -> None:
    experiment = define()
    how: dict[str, Any] = {"status": "running", "as_of": NOON, "plan": plan(experiment)}
    forget()
    looked = build(experiment, SMALL, search=False, **how)["completed", "thank_you", "sorry"]
    assert (looked.test, looked.p_value, looked.p_adjusted) == (
        "Boschloo exact",
        BEING_COMPUTED,
        BEING_COMPUTED,
    )
    assert looked.verdict == "still collecting"
    searched = build(experiment, SMALL, **how)["completed", "thank_you", "sorry"]
    assert isinstance(searched.p_value, float)
    again = build(experiment, SMALL, search=False, **how)["completed", "thank_you", "sorry"]
    assert (again.p_value, again.p_adjusted) == (searched.p_value, searched.p_adjusted)


def test_one_test_that_is_missing_leaves_the_whole_family_unadjusted() -> None:
    experiment = define()
    how: dict[str, Any] = {"status": "running", "as_of": NOON, "plan": plan(experiment)}
    forget()
    exact.boschloo(24, 30, 15, 30)
    looked = build(experiment, SMALL, search=False, **how)
    known = looked["completed", "thank_you", "sorry"]
    assert isinstance(known.p_value, float)
    assert {item.p_adjusted for item in looked.primary} == {BEING_COMPUTED}


@pytest.mark.parametrize("change", [{"status": "stopped"}, {"status": "stopped", "finished_data": True}])
def test_a_verdict_that_needs_the_exact_test_waits_for_it(change: dict[str, Any]) -> None:
    experiment = define()
    forget()
    looked = build(experiment, SMALL, search=False, as_of=NOON, plan=plan(experiment), **change)
    assert all(isinstance(item.p_value, float) for item in looked.primary)


def test_a_headline_that_turns_on_who_answered_waits_for_the_exact_test() -> None:
    rated = define(metrics=[Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3), Proportion("completed")])
    forget()
    how: dict[str, Any] = {"status": "running", "as_of": NOON, "plan": plan(rated)}
    looked = build(rated, SMALL, search=False, **how)
    assert looked.headline == build(rated, SMALL, **how).headline
    assert looked["completed", "thank_you", "sorry"].p_value is not BEING_COMPUTED


def answered(lab: Lab, key: str, units: int, satisfied: dict[str, int]) -> None:
    for number in range(units):
        given_ = lab.assign(key, f"unit {number}")
        if number % 4:
            lab.record_response(key, given_.unit_id, satisfaction=satisfied[given_.arm or ""])


def test_a_live_report_of_a_running_experiment_is_the_whole_one_without_what_comes_later() -> None:
    experiment = define(response_window=None)
    lab = Lab.in_memory([experiment])
    answered(lab, "tea", 240, {"thank_you": 6, "sorry": 5, "silence": 4})
    looked = lab.live("tea")
    whole = lab.analyze("tea").to_dict()
    assert looked.beside.ready is False
    first = looked.first_look()
    for name in first.keys() - TOLD - {"as_of"}:
        assert same_or_waited_for(first[name], whole[name]), name


def test_a_verdict_seen_live_is_written_down_like_any_other() -> None:
    lab = Lab.in_memory([define()])
    for number in range(300):
        given_ = lab.assign("tea", f"unit {number}")
        if number % 10 and (given_.arm == "thank_you" or number % 5 == 0):
            lab.record_response("tea", given_.unit_id, satisfaction=6)
    found = lab.live("tea")["completed", "thank_you", "sorry"]
    assert (found.verdict, lab.state("tea").status) == ("difference", "running")
    assert found.decision is not None
    assert found.decision["stored"] is True
    # The figures it rests on are written down with the test that was left for later on the page.
    assert isinstance(standing(lab, "tea")["completed", "thank_you", "sorry"]["p_adjusted"], float)


def test_the_comparisons_of_clusters_read_units_so_their_live_report_is_the_whole_one() -> None:
    experiment = define(cluster="party", metrics=[Proportion("completed")])
    lab = Lab.in_memory([experiment])
    for number in range(90):
        lab.assign("tea", f"unit {number}", cluster=f"party {number // 3}")
    found = lab.live("tea")["completed", "thank_you", "sorry"]
    whole = lab.analyze("tea")["completed", "thank_you", "sorry"]
    assert not isinstance(found.effect, NotEnough)
    assert (found.p_value, found.low) == (whole.p_value, whole.low)
