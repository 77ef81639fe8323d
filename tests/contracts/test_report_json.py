"""The published JSON of a report: keys are never renamed, and nothing in it is NaN."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.compare import compare_counts, compare_means
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Tally

REPORT = [
    "experiment", "status", "as_of", "simulated", "alpha", "masked", "arms", "omnibus", "contrasts",
    "sample_ratio", "progress", "deviations", "warnings", "summary",
]  # fmt: skip
ARM = [
    "assigned", "sent", "delivered", "started", "finished", "completed", "rated", "matured", "waiting",
    "rate", "mean", "sd", "ratings",
]  # fmt: skip
CONTRAST = [
    "metric", "arm", "versus", "n", "effect", "low", "high", "confidence", "interval", "test", "statistic",
    "df", "p_value", "p_adjusted", "adjustment", "alternative", "tests", "always_valid", "effect_sizes",
    "bounds", "verdict", "low_adjusted", "high_adjusted",
]  # fmt: skip
PROPORTION_TESTS = ["z_pooled", "chi2", "chi2_yates", "fisher", "boschloo"]

EXPERIMENT = Experiment(
    key="late_parcel",
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05), Mean("satisfaction", scale=(1, 7))],
)
FULL = Tally(
    "late_parcel",
    (
        ArmTally(
            "thank_you", assigned=56, matured=56, completed=51, ratings={"satisfaction": {5: 20, 7: 31}}
        ),
        ArmTally("sorry", assigned=51, matured=51, completed=40, ratings={"satisfaction": {4: 20, 7: 20}}),
        ArmTally("silence", assigned=53, matured=53, completed=1, ratings={"satisfaction": {4: 1}}),
    ),
)
EMPTY = Tally("late_parcel", ())
ONE_SIDED = Tally("late_parcel", (ArmTally("thank_you", assigned=3, matured=3, completed=3),))


def document(tally, status, **more):
    at = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    report = build(EXPERIMENT, tally, status=status, as_of=at, plan=plan(EXPERIMENT), **more)
    return json.loads(json.dumps(report.to_dict(), allow_nan=False))


@pytest.fixture(
    params=[
        (FULL, "running", {}),
        (FULL, "stopped", {"finished_data": True}),
        (EMPTY, "draft", {}),
        (ONE_SIDED, "running", {}),
        (FULL, "running", {"not_invited": ("silence",)}),
    ],
    ids=["running", "finished", "draft", "one-sided", "not-invited"],
)
def shown(request):
    tally, status, more = request.param
    return document(tally, status, **more)


def test_every_key_of_the_contract_is_always_there(shown):
    assert set(REPORT) <= set(shown)
    assert list(shown["arms"]) == ["thank_you", "sorry", "silence"]
    for arm in shown["arms"].values():
        assert set(ARM) <= set(arm)
        assert list(arm["ratings"]) == [str(point) for point in range(1, 8)]
    assert len(shown["contrasts"]) == 6
    for contrast in shown["contrasts"]:
        assert set(CONTRAST) <= set(contrast)
    assert set(shown["summary"]) == {"en", "id"}
    assert {"p_value", "ok"} <= set(shown["sample_ratio"])
    assert {"planned_per_arm", "reached"} <= set(shown["progress"])
    assert [item["metric"] for item in shown["omnibus"]] == ["completed", "satisfaction"]


def test_tests_effects_and_bounds_keep_every_key(shown):
    for contrast in shown["contrasts"]:
        completed = contrast["metric"] == "completed"
        assert list(contrast["tests"]) == (
            PROPORTION_TESTS if completed else ["welch", "student", "mann_whitney"]
        )
        assert all({"statistic", "p_value"} <= set(test) for test in contrast["tests"].values())
        sizes = {"cohens_h", "risk_ratio", "odds_ratio", "nnt"} if completed else {"hedges_g", "cohens_d"}
        assert sizes <= set(contrast["effect_sizes"])
        if completed:
            assert contrast["bounds"] is None
        else:
            assert {"low", "high", "ci_low", "ci_high", "trimmed_arm"} == set(contrast["bounds"]["lee"])
            assert {"low", "high"} == set(contrast["bounds"]["manski"])
            assert "tipping_point" in contrast["bounds"]


def test_a_missing_figure_is_its_reason_and_never_a_number(shown):
    def reasons(value):
        if isinstance(value, dict):
            if "not_enough" in value:
                assert list(value) == ["not_enough"]
                yield value["not_enough"]
            else:
                for item in value.values():
                    yield from reasons(item)
        elif isinstance(value, list):
            for item in value:
                yield from reasons(item)

    assert all(isinstance(reason, str) and reason for reason in reasons(shown))


def test_a_draft_shows_zeros_and_reasons():
    shown = document(EMPTY, "draft")
    assert all(arm["assigned"] == 0 for arm in shown["arms"].values())
    assert all("not_enough" in contrast["p_value"] for contrast in shown["contrasts"])
    assert "not_enough" in shown["sample_ratio"]["p_value"]


def test_time_is_rfc_3339_in_utc():
    assert document(FULL, "running")["as_of"] == "2026-03-02T12:30:00Z"


def test_finished_data_have_no_always_valid_interval():
    finished = document(FULL, "stopped", finished_data=True)
    assert all(contrast["always_valid"] is None for contrast in finished["contrasts"])
    running = document(FULL, "running")
    assert all(set(contrast["always_valid"]) == {"low", "high"} for contrast in running["contrasts"])


def test_still_collecting_exists_only_while_running():
    assert {item["verdict"] for item in document(FULL, "stopped")["contrasts"]}.isdisjoint(
        {"still collecting"}
    )


@pytest.mark.parametrize(
    "found",
    [
        compare_counts(51, 56, 40, 51),
        compare_counts(0, 0, 0, 0),
        compare_means((5.9, 0.9, 51), (5.4, 1.1, 40)),
    ],
)
def test_typed_in_figures_give_the_same_contrast_object(found):
    shown = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(CONTRAST) <= set(shown)
    assert shown["always_valid"] is None


def test_the_report_is_imported_without_scipy():
    code = (
        "import sys, amends.analysis.report, amends.analysis.compare, amends.analysis.possible_counts\n"
        "import amends.studies\n"
        "heavy = ('scipy', 'statsmodels', 'pandas', 'numpy', 'sqlmodel')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
