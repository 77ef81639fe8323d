"""Stopped and imported experiments of a real database pooled with published ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from amends import Experiment, Lab, Proportion, sorry, thank_you
from amends.analysis.study_effects import effect_of_counts
from amends.errors import UnknownExperiment, UsageError
from amends.importing.finished import FinishedRow
from amends.importing.storing import store_finished
from amends.settings import Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
THANKS, APOLOGY = thank_you("Thank you for waiting."), sorry("We are sorry for it.")


def define(key: str, *, turned: bool = False) -> Experiment:
    return Experiment(
        key=key,
        question="A parcel is late: thank or apologise?",
        notice="Your parcel is late.",
        arms=[APOLOGY, THANKS] if turned else [THANKS, APOLOGY],
        metrics=[Proportion("completed", baseline=0.5, detect=0.3)],
        sample=30,
    )


@pytest.fixture
def lab(url: str, tmp_path: Path) -> Lab:
    """One experiment run and stopped, one imported, one still running, one draft, on either database."""
    settings = Settings(experiments=tmp_path, database_url=url, secret=b"a secret of the tests", timeout=60)
    keys = {"ran": False, "imported": True, "running": False, "draft": False}
    made = Lab([define(key, turned=turned) for key, turned in keys.items()], settings=settings)
    made.start("ran")
    made.start("running")
    for number in range(80):
        arm = made.assign("ran", f"C-{number}").arm
        if number % 3 or arm == "thank_you":
            made.record_response("ran", f"C-{number}")
    made.stop("ran")
    rows = [
        FinishedRow(line, str(line), "thank_you" if line < 56 else "sorry", done, {})
        for line, done in enumerate([True] * 51 + [False] * 5 + [True] * 40 + [False] * 11)
    ]
    store_finished(made.store, define("imported", turned=True), rows, at=NOON, units_given=True)
    yield made
    made.close()


def test_two_stopped_experiments_are_pooled_with_published_ones(lab: Lab) -> None:
    found = lab.pool(include_published=True)
    assert [row.name for row in found.rows] == ["ran", "imported", "frederick2009", "broockman2013"]
    ran, imported, *_ = found.rows
    tally = lab.tally("ran")
    counts = [(tally[arm].completed, tally[arm].matured) for arm in ("thank_you", "sorry")]
    assert ran.effect == effect_of_counts(*counts[0], *counts[1])
    assert imported.effect == effect_of_counts(51, 56, 40, 51)
    assert imported.after_the_fact
    assert {item.name: item.reason.en for item in found.left_out if item.source == "own"} == {
        "running": "it is still collecting data",
        "draft": "it has not started",
    }
    assert {item.name for item in found.left_out if item.source == "published"} == {"ggl2008", "you2020"}
    assert found.pooled.k == 4


def test_a_running_experiment_is_not_decided_by_pooling(lab: Lab) -> None:
    before = len(lab.store.audit_log("running"))
    lab.pool()
    assert len(lab.store.audit_log("running")) == before


def test_only_the_experiments_named_are_pooled(lab: Lab) -> None:
    found = lab.pool(["imported"])
    assert ([row.name for row in found.rows], found.left_out) == (["imported"], ())
    assert "Only imported can be used" in found.summary.en
    with pytest.raises(UnknownExperiment, match="Did you mean 'imported'"):
        lab.pool(["importd"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"pair": ("thank_you", "thank_you")}, "two different arms"),
        ({"pair": ("thank_you", "sory")}, "Did you mean 'sorry'"),
        ({"metric": "happiness"}, "Known metrics: completed"),
        ({"measure": "hr"}, "rd, rr, or, md, g"),
        ({"measure": "g"}, "Allowed: rd, rr, or"),
    ],
)
def test_what_no_experiment_has_is_refused_with_what_is_allowed(lab: Lab, asked: dict, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lab.pool(**asked)
