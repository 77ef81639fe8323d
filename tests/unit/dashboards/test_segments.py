"""What the page of segments plots and says is what the report has, in either language."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from amends.analysis.report import build
from amends.tally import ArmTally, Tally
from dashboards import segments
from dashboards.sections import intervals
from dashboards.words import Words
from tests.unit.dashboards.conftest import late_parcel

# Completed of matured by channel: thank you helps by e-mail and harms by text message.
COUNTS = {
    "email": {"thank_you": (180, 300), "sorry": (120, 300), "silence": (120, 300)},
    "sms": {"thank_you": (100, 300), "sorry": (160, 300), "silence": (120, 300)},
    "post": {"thank_you": (1, 1), "sorry": (3, 9), "silence": (2, 8)},
}


def told(*, stopped: bool) -> dict[str, Any]:
    experiment = late_parcel()
    levels = {
        channel: Tally(
            "late_parcel",
            tuple(ArmTally(arm, assigned=n, matured=n, completed=x) for arm, (x, n) in arms.items()),
        )
        for channel, arms in COUNTS.items()
    }
    whole = {arm: [sum(COUNTS[at][arm][i] for at in COUNTS) for i in (0, 1)] for arm in COUNTS["email"]}
    tally = Tally(
        "late_parcel",
        tuple(ArmTally(arm, assigned=n, matured=n, completed=x) for arm, (x, n) in whole.items()),
    )
    report = build(
        experiment,
        tally,
        status="stopped" if stopped else "running",
        as_of=datetime(2026, 3, 1, tzinfo=UTC),
        finished_data=stopped,
        weights_declared=stopped,
        segments={"channel": levels},
    )
    sections: dict[str, Any] = report.to_dict()["sections"]
    return sections


@pytest.fixture(scope="module")
def sections() -> dict[str, Any]:
    return told(stopped=True)


def completed(sections: dict[str, Any]) -> list[Any]:
    return [item for item in segments.of_segment(sections, "channel") if item["metric"] == "completed"]


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_level_with_an_interval_is_plotted_as_the_report_has_it(
    sections: dict[str, Any], language: str
) -> None:
    items = completed(sections)
    texts = Words(language)
    drawn = intervals(segments.picture(items, "proportion", texts), texts).to_dict()
    rows = next(
        layer["data"]["values"] for layer in drawn["layer"] if layer.get("mark", {}).get("type") == "point"
    )
    expected = [
        (100 * level["value"], 100 * level["interval"]["low"], 100 * level["interval"]["high"])
        for item in items
        for level in item["levels"]
        if isinstance(level["value"], float)
    ]
    assert [(row["value"], row["low"], row["high"]) for row in rows] == expected
    first = rows[0]
    assert first["value"] == pytest.approx(20)  # 180 of 300 against 120 of 300
    assert texts.arm("thank_you") in first["label"]
    assert "email" in first["label"]
    assert "n = 300 / 300" in first["detail"]


def test_a_level_with_too_few_units_has_no_point_and_says_why(sections: dict[str, Any]) -> None:
    texts = Words("id")
    items = completed(sections)
    post = [level for item in items for level in item["levels"] if level["level"] == "post"]
    assert post[0]["value"] == {"not_enough": "channel post: an arm has 1 units; 2 needed"}
    drawn = segments.picture(items[:1], "proportion", texts)
    assert len(drawn.lines) == 2
    assert "post" not in "".join(line.name.id for line in drawn.lines)


def test_the_finding_is_the_reports_own_and_called_exploratory(sections: dict[str, Any]) -> None:
    (first, *_) = segments.findings(sections, completed(sections), Words("en"))
    assert first.startswith("Explored, to be confirmed by new data: Completed surveys")
    assert "depends on channel" in first
    (ditto, *_) = segments.findings(sections, completed(sections), Words("id"))
    assert ditto.startswith("Temuan eksploratif")


def test_while_collecting_nothing_is_called_a_finding() -> None:
    running = told(stopped=False)
    (only,) = segments.findings(running, completed(running), Words("en"))
    assert only.startswith("Still collecting")


def test_no_level_is_given_a_p_value_of_its_own(sections: dict[str, Any]) -> None:
    for item in segments.of_segment(sections, "channel"):
        assert all(set(level) == {"level", "value", "interval", "ns"} for level in item.get("levels", []))


def test_a_segment_that_nobody_told_is_not_in_the_report(sections: dict[str, Any]) -> None:
    assert segments.of_segment(sections, "site") == []
