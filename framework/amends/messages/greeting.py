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


def answer_by(locale: str, local_time: datetime, within: timedelta) -> str:
    """By when an answer comes, as words that follow "We will answer" and "Kami akan menjawab".

    Args:
        locale: The customer's locale.
        local_time: Now, in the customer's own zone.
        within: How long an answer takes at most.

    >>> from zoneinfo import ZoneInfo
    >>> now = datetime(2026, 1, 5, 19, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
    >>> answer_by("id", now, timedelta(hours=1)), answer_by("en", now, timedelta(hours=1))
    ('hari ini sebelum pukul 20.00 WIB', 'today by 20:00')
    """
    due = local_time + within
    days = (due.date() - local_time.date()).days
    if locale.replace("-", "_").split("_")[0].lower() == "id":
        day = {0: "hari ini", 1: "besok"}.get(days, f"{days} hari lagi")
        return f"{day} sebelum pukul {due:%H.%M}{_zone(due)}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{day} by {due:%H:%M}"


def _zone(moment: datetime) -> str:
    """WIB, WITA or WIT, in Indonesia's zones only: others share their offsets."""
    offset = moment.utcoffset()
    if offset is None or str(moment.tzinfo) not in _INDONESIAN_ZONES:
        return ""
    return f" {_ZONES[int(offset.total_seconds() // 3600)]}"
