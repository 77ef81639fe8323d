"""The newest report and the whole one behind it, over a real lab whose counts go on changing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from amends import Experiment, Mean, Proportion, sorry, thank_you
from amends.lab import Lab
from dashboards import filling
from dashboards.filling import Filling

KEY = "tea"


@pytest.fixture
def lab() -> Iterator[Lab]:
    experiment = Experiment(
        key=KEY,
        notice="Your tea is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    opened = Lab.in_memory([experiment])
    answer(opened, "first", 60)
    yield opened
    opened.close()


def answer(lab: Lab, name: str, units: int) -> None:
    for number in range(units):
        unit = lab.assign(KEY, f"{name} {number}").unit_id
        if number % 3:
            lab.record_response(KEY, unit, satisfaction=1 + number % 7)


def arrived(held: Filling) -> Any:
    """The whole report once it is of the newest counts."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        report, current = held.whole(KEY)
        if current:
            return report
    raise AssertionError("the whole report has not come in 30 s")


def test_the_whole_report_arrives_with_everything_worked_out(lab: Lab) -> None:
    report = arrived(Filling(lab))
    assert report.beside.ready
    assert report.overall.ready
    asked_for = lab.analyze(KEY).to_dict()
    assert {**report.to_dict(), "as_of": ""} == {**asked_for, "as_of": ""}


def test_until_the_next_is_there_the_last_whole_report_stays_and_is_not_called_current(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Filling(lab)
    before = arrived(held)
    answer(lab, "second", 30)
    monkeypatch.setattr(filling, "WAIT", 0.0)
    assert held.whole(KEY) == (before, False)
    newest = held.newest(KEY)
    assert sum(arm.counts["assigned"] for arm in newest.arms.values()) == 90
    after = arrived(held)
    assert sum(arm.counts["assigned"] for arm in after.arms.values()) == 90


def test_counts_that_did_not_change_are_not_read_into_a_report_again(lab: Lab) -> None:
    held = Filling(lab)
    report = arrived(held)
    assert held.newest(KEY).beside is report.beside
    assert held.all_of_it(KEY).beside is report.beside
    answer(lab, "second", 1)
    assert held.newest(KEY).beside is not report.beside


def test_what_goes_wrong_in_the_thread_is_told_to_the_page_and_tried_again(lab: Lab) -> None:
    held = Filling(lab)
    answer(lab, "second", 1)
    analyze = lab.analyze

    class Broken(Exception):
        pass

    def fail(key: str) -> Any:
        raise Broken(key)

    lab.analyze = fail  # type: ignore[method-assign]
    with pytest.raises(Broken):
        held.whole(KEY)
    lab.analyze = analyze  # type: ignore[method-assign]
    assert arrived(held) is not None


def test_a_report_that_takes_long_leaves_the_processor_to_others_before_the_next(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Filling(lab)
    monkeypatch.setattr(filling, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(filling, "REST", 1_000.0)
    before = arrived(held)
    answer(lab, "second", 1)
    assert held.whole(KEY) == (before, False)
    assert held._coming == {}, "none was begun"
    newest = held.newest(KEY)
    assert sum(arm.counts["assigned"] for arm in newest.arms.values()) == 61, "the counts go on"


def test_a_report_is_waited_for_once_and_not_by_everybody_who_asks(lab: Lab) -> None:
    held = Filling(lab)
    analyze, may_end = lab.analyze, threading.Event()

    def slow(key: str) -> Any:
        may_end.wait(30)
        return analyze(key)

    lab.analyze = slow  # type: ignore[method-assign]
    started = time.monotonic()
    assert held.whole(KEY) == (None, False)
    first = time.monotonic() - started
    assert held.whole(KEY) == (None, False)
    second = time.monotonic() - started - first
    may_end.set()
    assert first >= filling.FIRST_WAIT
    assert second < filling.FIRST_WAIT / 2
    assert arrived(held) is not None


def test_the_dictionary_of_a_report_is_made_once(lab: Lab) -> None:
    held = Filling(lab)
    report = arrived(held)
    told = held.told(KEY, report)
    assert told == report.to_dict()
    assert held.told(KEY, report) is told
    answer(lab, "second", 3)
    assert held.told(KEY, arrived(held)) is not told
