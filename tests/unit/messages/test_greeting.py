from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from amends.messages.greeting import answer_by, greeting


def at(hour: int, zone: str = "Asia/Jakarta") -> datetime:
    return datetime(2026, 3, 2, hour, 0, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (range(4, 11), "Selamat pagi"),
        (range(11, 15), "Selamat siang"),
        (range(15, 18), "Selamat sore"),
        ([*range(18, 24), *range(4)], "Selamat malam"),
    ],
)
def test_indonesian_greets_by_four_parts_of_the_day(hours, words):
    assert {greeting("id", at(hour)) for hour in hours} == {words}


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (range(4, 12), "Good morning"),
        (range(12, 18), "Good afternoon"),
        ([*range(18, 24), *range(4)], "Good evening"),
    ],
)
def test_english_greets_by_three_parts_of_the_day(hours, words):
    assert {greeting("en-GB", at(hour)) for hour in hours} == {words}


def test_every_hour_has_a_greeting_in_both_languages():
    assert all(greeting(locale, at(hour)) for locale in ("en", "id") for hour in range(24))


def test_an_unknown_hour_gets_a_greeting_right_at_any_hour():
    assert (greeting("id"), greeting("en_US"), greeting("fr")) == ("Halo", "Hello", "Hello")


@pytest.mark.parametrize(
    ("zone", "short"), [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")]
)
def test_indonesian_answer_times_name_the_zone(zone, short):
    assert answer_by("id", at(19, zone), timedelta(hours=1)) == f"hari ini sebelum pukul 20.00 {short}"


def test_a_zone_outside_indonesia_is_not_given_an_indonesian_name():
    assert answer_by("id", at(19, "Asia/Bangkok"), timedelta(hours=1)) == "hari ini sebelum pukul 20.00"
    assert answer_by("id", datetime(2026, 3, 2, 19), timedelta(hours=1)) == "hari ini sebelum pukul 20.00"


def test_answer_times_name_the_day():
    now = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
    assert answer_by("en", now, timedelta(hours=1)) == "tomorrow by 00:30"
    assert answer_by("id", now, timedelta(hours=1)) == "besok sebelum pukul 00.30"
    assert answer_by("en", now, timedelta(days=3)) == "in 3 days by 23:30"
    assert answer_by("id", now, timedelta(days=3)) == "3 hari lagi sebelum pukul 23.30"


@pytest.mark.parametrize(
    ("within", "english", "indonesian"),
    [
        (timedelta(seconds=30), "within 30 seconds", "dalam 30 detik"),
        (timedelta(seconds=1), "within 1 second", "dalam 1 detik"),
        (timedelta(minutes=10), "within 10 minutes", "dalam 10 menit"),
        (timedelta(hours=1), "within 1 hour", "dalam 1 jam"),
        (timedelta(hours=36), "within 36 hours", "dalam 36 jam"),
        (timedelta(days=2), "within 2 days", "dalam 2 hari"),
        (timedelta(minutes=90), "within 90 minutes", "dalam 90 menit"),
    ],
)
def test_where_the_clock_is_unknown_the_length_of_time_is_told(within, english, indonesian):
    assert answer_by("en_GB", None, within) == english
    assert answer_by("id", None, within) == indonesian


def test_a_few_minutes_are_told_as_such_and_the_clock_never_runs_ahead_of_the_answer():
    now = datetime(2026, 3, 2, 19, 0, 20, tzinfo=UTC)
    assert answer_by("en", now, timedelta(minutes=5)) == "within 5 minutes"
    assert answer_by("en", now, timedelta(hours=1)) == "today by 20:01"
