"""Greetings and answer times in the customer's own language and local hour."""

from __future__ import annotations

from datetime import datetime, timedelta

NEUTRAL = {"en": "Hello", "id": "Halo"}
SOON = {"en": "soon", "id": "secepatnya"}

# First hour of each part of the day. Indonesian: pagi 04-10, siang 11-14, sore 15-17, malam 18-03.
_PARTS = {
    "en": ((4, "Good morning"), (12, "Good afternoon"), (18, "Good evening")),
    "id": ((4, "Selamat pagi"), (11, "Selamat siang"), (15, "Selamat sore"), (18, "Selamat malam")),
}
SHORT = timedelta(minutes=15)
"""Below it the clock says less than the length of time."""
_WITHIN = {"en": "within", "id": "dalam"}
_UNITS = {
    "en": (
        (86400, "day", "days"),
        (3600, "hour", "hours"),
        (60, "minute", "minutes"),
        (1, "second", "seconds"),
    ),
    "id": ((86400, "hari", "hari"), (3600, "jam", "jam"), (60, "menit", "menit"), (1, "detik", "detik")),
}
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT"}
_INDONESIAN_ZONES = ("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")


def greeting(locale: str, local_time: datetime | None = None) -> str:
    """What one says at that hour; English where a language has no greeting of ours.

    Args:
        locale: The customer's locale.
        local_time: The moment in the customer's own zone; None gives a greeting right at any hour.

    >>> greeting("id", datetime(2026, 1, 5, 15, 30)), greeting("en_GB", datetime(2026, 1, 5, 2, 0))
    ('Selamat sore', 'Good evening')
    >>> greeting("id")
    'Halo'
    """
    language = locale.replace("-", "_").split("_")[0].lower()
    language = language if language in _PARTS else "en"
    if local_time is None:
        return NEUTRAL[language]
    begun = [words for first, words in _PARTS[language] if local_time.hour >= first]
    return begun[-1] if begun else _PARTS[language][-1][1]


def answer_by(locale: str, local_time: datetime | None, within: timedelta) -> str:
    """By when an answer comes, as words that follow "We will answer" and "Kami akan menjawab".

    The clock is named where we know the customer's; a length of time is right by every clock, and for a
    few minutes it says more.

    Args:
        locale: The customer's locale.
        local_time: Now, in the customer's own zone; None where it is unknown.
        within: How long an answer takes at most.

    >>> from zoneinfo import ZoneInfo
    >>> now = datetime(2026, 1, 5, 19, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    >>> answer_by("id", now, timedelta(hours=1)), answer_by("en", now, timedelta(hours=1))
    ('hari ini sebelum pukul 20.00 WIB', 'today by 20:00')
    >>> answer_by("id", None, timedelta(hours=1)), answer_by("en", now, timedelta(seconds=30))
    ('dalam 1 jam', 'within 30 seconds')
    """
    language = "id" if locale.replace("-", "_").split("_")[0].lower() == "id" else "en"
    if local_time is None or within < SHORT:
        return f"{_WITHIN[language]} {_length(within, language)}"
    due = local_time + within
    if due.second or due.microsecond:  # never earlier than the answer is due
        due = due.replace(second=0, microsecond=0) + timedelta(minutes=1)
    days = (due.date() - local_time.date()).days
    if language == "id":
        day = {0: "hari ini", 1: "besok"}.get(days, f"{days} hari lagi")
        return f"{day} sebelum pukul {due:%H.%M}{_zone(due)}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{day} by {due:%H:%M}"


def _length(length: timedelta, language: str) -> str:
    """A length of time in its largest unit that divides it, rounded up to whole seconds."""
    seconds = -(-length // timedelta(seconds=1))
    for size, one, unit in _UNITS[language]:
        if seconds % size == 0 or size == 1:
            n = seconds // size
            return f"{n} {unit}" if n != 1 else f"1 {one}"
    raise AssertionError("every number of seconds is one of seconds")


def _zone(moment: datetime) -> str:
    """WIB, WITA or WIT, in Indonesia's zones only: others share their offsets."""
    offset = moment.utcoffset()
    if offset is None or str(moment.tzinfo) not in _INDONESIAN_ZONES:
        return ""
    return f" {_ZONES[int(offset.total_seconds() // 3600)]}"
