"""Segments of a real experiment on both databases: the counts of its rows, and the report made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import statsmodels.formula.api as smf

from amends import Experiment, Lab, Mean, Proportion, Rating, Scale, blocked, silence, thank_you
from amends.analysis.moderation import moderation
from amends.analysis.units import moderator_values, values_of
from amends.design.randomization import Cluster
from amends.lab.unit_rows import units
from amends.settings import Settings

FRIDAY = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
ZONES = ("Asia/Jakarta", "Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", None)


def define(**parts: Any) -> Experiment:
    return Experiment(
        **{
            "key": "late_parcel",
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), silence()],
            "metrics": [
                Proportion("completed"),
                Mean("satisfaction", scale=(1, 7)),
                Mean("spent", source="outcome", sd=10),
                Proportion("refund"),
                Mean("esteem", scale=(1, 7)),
            ],
            "survey": [Rating("satisfaction"), Scale("esteem", items=["I feel valued.", "I feel heard."])],
            **parts,
        }
    )


@contextmanager
def running(url: str, experiment: Experiment, clock: Any = None) -> Iterator[Lab]:
    settings = Settings(
        experiments=Path("experiments"), database_url=url, secret=b"a secret of the tests", timeout=60
    )
    lab = Lab([experiment], settings=settings, **({"clock": clock} if clock else {}))
    lab.start("late_parcel")
    yield lab
    lab.close()


def collect(lab: Lab, n: int, *, zones: tuple[str | None, ...] = ZONES, **more: Any) -> None:
    """Invented customers over a weekend on which Berlin's clocks go forward."""
    rng = np.random.default_rng(5)
    rows = [
        {
            "unit_id": f"C-{place}",
            "at": FRIDAY + timedelta(minutes=int(rng.integers(0, 5 * 24 * 60))),
            "channel": ("email", "sms", None)[int(rng.integers(3))],
            "delay": timedelta(hours=int(rng.choice([2, 30, 50]))),
            "timezone": zones[int(rng.integers(len(zones)))],
            **{name: make(place) for name, make in more.items()},
        }
        for place in range(n)
    ]
    # In the order of time, as they come.
    for assignment in lab.assign_many("late_parcel", sorted(rows, key=lambda row: row["at"])):
        if rng.random() < 0.6:
            given = {name: int(rng.integers(1, 8)) for name in ("satisfaction", "esteem_1", "esteem_2")}
            lab.record_response("late_parcel", assignment.unit_id, at=assignment.assigned_at, **given)
        if rng.random() < 0.3:
            for metric, value in (("spent", float(rng.normal(20, 5))), ("refund", 1)):
                lab.record_outcome(
                    "late_parcel", assignment.unit_id, metric, value, at=assignment.assigned_at
                )


def found(report: Any, segment: str, metric: str) -> dict[str, Any]:
    listed = report.to_dict()["sections"]["segments"]["segments"]
    return next(item for item in listed if (item["moderator"], item["metric"]) == (segment, metric))


def test_counts_alone_give_what_the_units_give(url: str) -> None:
    with running(url, define(randomize=blocked(by=("site", "shift")))) as lab:
        collect(
            lab, 300, strata=lambda place: {"site": "abc"[place % 3], "shift": ("noon", "night")[place % 2]}
        )
        report = lab.analyze("late_parcel")
        rows = units(lab, "late_parcel")
    for metric in define().metrics:
        values = values_of(metric, rows).to_numpy(dtype=float)
        known = np.isfinite(values)
        for segment in ("channel", "delay_band", "weekend", "site", "shift"):
            expected = moderation(
                values[known],
                (rows["arm"] == "thank_you").to_numpy()[known],
                moderator_values(segment, rows).to_numpy()[known],
                name=segment,
                share=metric.kind == "proportion",
            )
            given = found(report, segment, metric.name)
            assert given["test"]["statistic"] == pytest.approx(expected.test.statistic, rel=1e-6)
            assert given["test"]["p_value"] == pytest.approx(expected.test.p_value, rel=1e-6)
            assert given["left_out"] == expected.left_out
            held = {str(at.level): (at.value, *at.ns) for at in expected.levels}
            assert {at["level"]: (at["value"], *at["ns"]) for at in given["levels"]} == {
                level: pytest.approx(figures) for level, figures in held.items()
            }


def test_the_interaction_of_a_segment_is_the_one_of_statsmodels(url: str) -> None:
    with running(url, define()) as lab:
        collect(lab, 240)
        given = found(lab.analyze("late_parcel"), "channel", "completed")
        rows = units(lab, "late_parcel")
    rows = rows[rows["channel"] != ""].assign(arm=lambda at: (at["arm"] == "thank_you") * 1.0)
    fit = smf.ols("done ~ arm * C(channel)", rows.assign(done=rows["completed"] * 1.0)).fit(
        cov_type="HC3", use_t=True
    )
    wald = fit.f_test("arm:C(channel)[T.sms] = 0")
    assert given["test"]["p_value"] == pytest.approx(float(wald.pvalue), rel=1e-9)
    assert given["test"]["value"] == pytest.approx(fit.params["arm:C(channel)[T.sms]"])


@pytest.mark.parametrize("zones", [ZONES, (None,)])
def test_the_weekend_is_the_customers_own(url: str, zones: tuple[str | None, ...]) -> None:
    with running(url, define()) as lab:
        collect(lab, 400, zones=zones)
        given = found(lab.analyze("late_parcel"), "weekend", "completed")
        rows = units(lab, "late_parcel")
    expected: Counter[tuple[str, str]] = Counter()
    for at, zone, arm in zip(rows["assigned_at"], rows["timezone"], rows["arm"], strict=True):
        local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else UTC)
        expected[str(int(local.weekday() >= 5)), arm] += 1
    assert {at["level"]: at["ns"] for at in given["levels"]} == {
        level: [expected[level, "thank_you"], expected[level, "silence"]] for level in ("0", "1")
    }
    if len(zones) > 1:
        by_utc = sum(day.weekday() >= 5 for day in rows["day"])
        assert by_utc != sum(n for (level, _), n in expected.items() if level == "1")


def test_units_whose_window_is_open_are_in_no_segment(url: str) -> None:
    now = FRIDAY + timedelta(days=6)
    with running(url, define(response_window=timedelta(days=3)), clock=lambda: now) as lab:
        collect(lab, 200)
        report = lab.analyze("late_parcel")
        matured = sum(arm.counts["matured"] for arm in report.arms.values())
        assert 0 < matured < 200
        for segment in ("channel", "weekend"):
            given = found(report, segment, "completed")
            assert sum(sum(at["ns"]) for at in given["levels"]) + given["left_out"] == matured


def test_clusters_are_read_from_the_units_with_errors_that_count_clusters(url: str) -> None:
    with running(url, define(cluster=Cluster("party"))) as lab:
        collect(lab, 360, cluster=lambda place: f"P-{place % 60}")
        given = found(lab.analyze("late_parcel"), "channel", "completed")
    assert given["test"]["name"] == "interaction (CR1)"
    assert given["test"]["df_within"] == 59


def test_a_declared_moderator_is_no_segment_beside_itself(url: str) -> None:
    with running(url, define(moderators=["channel", "delay"])) as lab:
        collect(lab, 120)
        sections = lab.analyze("late_parcel").to_dict()["sections"]
    assert {item["moderator"] for item in sections["moderators"]["moderators"]} == {"channel", "delay"}
    assert {item["moderator"] for item in sections["segments"]["segments"]} == {"locale", "weekend"}


def test_the_live_report_reads_no_segment(url: str) -> None:
    with running(url, define()) as lab:
        collect(lab, 60)
        assert "segments" not in {section.name for section in lab.live("late_parcel").sections}
        assert "segments" in {section.name for section in lab.analyze("late_parcel").sections}
