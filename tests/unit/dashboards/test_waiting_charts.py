"""What is plotted of the log of delays equals what the log says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.analysis.formatting import Sentence
from amends.analysis.service_log import PublishedTime, ServiceLog, read_service_log
from dashboards import waiting_charts
from dashboards.look import DARK
from dashboards.words import Words
from tests.unit.dashboards.test_charts import rows_with

EN, ID = Words("en"), Words("id")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@pytest.fixture
def log() -> ServiceLog:
    """Ten e-mails answered after 1 to 10 h, an answered chat, one that waits; all received at 01:00."""
    received = [NOW.replace(hour=1)] * 12
    waits = [timedelta(hours=hours) for hours in range(1, 11)]
    answered = [start + wait for start, wait in zip(received, waits, strict=False)]
    return read_service_log(
        {
            "received_at": received,
            "answered_at": [*answered, received[0], None],
            "promised_at": [None] * 12,
            "closed_at": [None] * 12,
            "channel": ["email"] * 10 + ["chat"] * 2,
            "agent": [None] * 12,
            "mailbox": [None] * 12,
            "timezone": [None] * 12,
        },
        as_of=NOW,
        set_here={"email": 7_200.0},
        published=[PublishedTime("email", 129_600.0, Sentence("An audit", "Sebuah audit"))],
    )


def test_each_channel_is_drawn_at_its_quantiles_beside_target_and_published_average(log: ServiceLog) -> None:
    drawn = rows_with(waiting_charts.waits(log, EN), "seconds")
    email = {row["kind"]: row for row in drawn if row["channel"] == "email"}
    figures = log["email"].figures
    assert email[EN.say("wait_median")]["seconds"] == figures.median.seconds
    assert email[EN.say("wait_p90")]["seconds"] == figures.p90.seconds
    assert email[EN.say("wait_target")]["seconds"] == 7_200
    assert email[EN.say("wait_published")]["shown"] == "1 day 12 h: An audit"


def test_channels_say_how_many_were_answered_and_all_together_stand_first(log: ServiceLog) -> None:
    labels = [row["label"] for row in rows_with(waiting_charts.waits(log, ID), "label") if "kind" not in row]
    assert list(dict.fromkeys(labels)) == [
        "Semua saluran (11 dari 12 dijawab)",
        "Obrolan (1 dari 2 dijawab)",
        "Surel (10 dari 10 dijawab)",
    ]


def test_an_answer_at_once_is_drawn_at_the_axis_and_said_as_it_was(log: ServiceLog) -> None:
    chat = [row for row in rows_with(waiting_charts.waits(log, EN), "seconds") if row["channel"] == "chat"]
    median = next(row for row in chat if row["kind"] == EN.say("wait_median"))
    assert median["seconds"] == log["chat"].figures.median.seconds
    assert median["at"] >= 1


def test_the_axis_speaks_the_pages_language(log: ServiceLog) -> None:
    expression = waiting_charts.waits(log, ID).to_json()
    assert "' mnt'" in expression
    assert "' min'" not in expression


def test_every_event_is_in_the_square_of_its_weekday_and_hour(log: ServiceLog) -> None:
    for look in (waiting_charts.LIGHT, DARK):
        squares = rows_with(waiting_charts.hours(log, EN, look=look), "hour")
        assert len(squares) == 7 * 24
        assert {(row["day"], row["hour"], row["n"]) for row in squares if row["n"]} == {("Monday", 1, 12)}
    late = sum(row["late"] for row in squares)
    assert late == sum(map(sum, log.late_hours)) > 0
