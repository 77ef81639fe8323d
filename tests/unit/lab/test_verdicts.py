"""A verdict that was made is written down and stands, whatever arrives later."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from amends import Experiment, Lab, Proportion, blocked, sorry, thank_you
from amends.lab.verdicts import keep, standing

PAIR = ("completed", "thank_you", "sorry")


@pytest.fixture
def lab(open_lab):
    experiment = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed", baseline=0.5, detect=0.3)],
        sample=40,
    )
    return open_lab(experiment)


def answer(lab, numbers, *, in_arm):
    """Assigns customers: those of the arms named answer, save the first of each, who does the opposite."""
    seen = set()
    for number in numbers:
        arm = lab.assign("late_parcel", f"C-{number}").arm
        if (arm in in_arm) == (arm in seen):
            lab.record_response("late_parcel", f"C-{number}")
        seen.add(arm)


def contrast(lab):
    return lab.analyze("late_parcel")[PAIR]


def test_a_difference_found_while_collecting_still_stands_when_it_turns(lab):
    answer(lab, range(60), in_arm={"thank_you"})
    first = contrast(lab)
    assert (first.verdict, first.decision["rejected_by"]) == ("difference", "always-valid")
    answer(lab, range(2000, 2200), in_arm={"sorry"})
    later = contrast(lab)
    assert later.effect < 0
    assert later.verdict == "difference"
    assert later.decision["stored"]
    said = lab.analyze("late_parcel").headline.en
    assert said.startswith("“Thank you” did better than “sorry”")
    assert f"decided on the first {first.n[0]} and {first.n[1]} units" in said


def test_a_report_is_shown_also_where_its_verdict_cannot_be_written_down(lab, settings, caplog):
    answer(lab, range(60), in_arm={"thank_you"})
    impatient = Lab([lab.load("late_parcel")], settings=replace(settings, timeout=0.05), clock=lab.clock)
    file = settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        shown = impatient.analyze("late_parcel")[PAIR]
        assert shown.verdict == "difference"
        assert not shown.decision["stored"]
    assert "1 verdicts could not be written down" in caplog.text
    assert impatient.analyze("late_parcel")[PAIR].decision["stored"]
    impatient.close()


def test_answers_after_the_stop_never_decide_again(lab, clock):
    answer(lab, range(130), in_arm=())
    lab.stop("late_parcel")
    for n in range(130):
        if n % 2:
            lab.record_response("late_parcel", f"C-{n}")
    before = lab.analyze("late_parcel")
    assert before[PAIR].verdict == "no difference shown"
    for n in range(130):
        if lab.store.find("late_parcel", unit=lab.store.pseudonym(f"C-{n}")).arm == "thank_you":
            lab.record_response("late_parcel", f"C-{n}")
    clock.pass_by(days=1)
    after = lab.analyze("late_parcel")
    assert after[PAIR].p_value < 0.001
    assert after[PAIR].verdict == "no difference shown"


def test_a_verdict_is_written_down_once(lab):
    answer(lab, range(130), in_arm={"thank_you"})
    lab.stop("late_parcel")
    for _ in range(3):
        lab.analyze("late_parcel")
    entries = [entry for entry in lab.store.audit_log("late_parcel") if entry.action == "verdict"]
    assert len(entries) == 1
    assert entries[0].detail["decision"]["verdict"] == "difference"


def test_looking_at_an_experiment_without_a_verdict_writes_nothing(lab):
    answer(lab, range(20), in_arm={"thank_you"})
    lab.analyze("late_parcel")
    assert [entry.action for entry in lab.store.audit_log("late_parcel")] == ["start"]


def test_the_window_is_waited_for_and_then_the_first_planned_units_decide(open_lab, clock):
    experiment = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed", baseline=0.5, detect=0.3)],
        sample=40,
        response_window=timedelta(days=2),
    )
    lab = open_lab(experiment)
    answer(lab, range(110), in_arm={"thank_you"})
    clock.pass_by(hours=1)
    answer(lab, range(2000, 2300), in_arm={"sorry"})
    lab.stop("late_parcel")
    assert contrast(lab).verdict == "cannot tell"
    assert lab.analyze("late_parcel").decisions == {}
    clock.pass_by(days=4)
    decided = contrast(lab)
    assert (decided.verdict, decided.decision["n"]) == ("difference", (40, 40))
    # Those who came first answered when thanked; the many who came later did not.
    assert decided.decision["effect"] == pytest.approx(38 / 40)
    assert decided.effect < 0
    assert decided.decision["level"] == pytest.approx(0.04)


def test_the_fixed_test_decides_with_the_very_last_planned_unit_and_not_one_before(open_lab, clock):
    experiment = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed", baseline=0.5, detect=0.3)],
        sample=40,
        response_window=timedelta(days=2),
        randomize=blocked(sizes=[2]),
    )
    lab = open_lab(experiment)
    for number in range(79):
        lab.assign("late_parcel", f"C-{number}")
        if number % 4 < 2:
            lab.record_response("late_parcel", f"C-{number}")
    clock.pass_by(days=4)
    assert contrast(lab).verdict == "still collecting"
    lab.assign("late_parcel", "C-79")
    clock.pass_by(days=4)
    decided = contrast(lab)
    assert (decided.verdict, decided.decision["n"]) == ("no difference shown", (40, 40))


def test_of_two_verdicts_written_at_once_the_earlier_stands(lab):
    for verdict in ("difference", "no difference shown"):
        keep(lab, "late_parcel", {PAIR: {"verdict": verdict}}, at=lab.clock())
    assert standing(lab, "late_parcel") == {PAIR: {"verdict": "difference"}}


def test_the_split_is_checked_within_every_sender_day_and_channel(lab, clock):
    for number in range(40):
        lab.assign("late_parcel", f"C-{number}", channel="app" if number % 2 else "web")
    clock.pass_by(days=1)
    for number in range(40, 60):
        lab.assign("late_parcel", f"C-{number}", channel="app")
    within = lab.store.assigned_within("late_parcel")
    assert sorted(by for by, _ in within) == ["channel", "channel", "day", "day", "sender"]
    assert sum(within["channel", "app"].values()) == 40
    assert sum(sum(arms.values()) for (by, _), arms in within.items() if by == "day") == 60
    assert lab.analyze("late_parcel").sample_ratio.cells == ()
