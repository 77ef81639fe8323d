"""How the pages speak English and Indonesian: the texts of words.toml, names, numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from amends.analysis.durations import duration
from amends.analysis.formatting import (
    STATUSES,
    VERDICTS,
    amount,
    arm_name,
    count,
    decimal,
    interval,
    metric_name,
    p_value,
    percent,
)
from amends.analysis.result import BEING_COMPUTED

LANGUAGES = {"en": "English", "id": "Indonesia"}

# The sign stands beside the words wherever a verdict is shown: never colour alone.
SIGNS = {
    "still collecting": "◔",
    "difference": "✓",
    "no difference shown": "=",
    "equivalent": "≈",
    "cannot tell": "?",
    "not trustworthy": "⚠",
}

_REASONS = (
    (r"^delay below (.+) h$", r"keterlambatan di bawah \1 jam"),
    (r"^delay below (.+) min$", r"keterlambatan di bawah \1 menit"),
    (r"^quiet hours, (\d\d):(\d\d) to (\d\d):(\d\d)$", r"jam tenang, pukul \1 sampai \3"),
    (r"^delay unknown$", "keterlambatan tidak diketahui"),
    (r"^opted out of experiments$", "tidak mau ikut eksperimen"),
    (r"^no text in language", "tidak ada teks dalam bahasa"),
    (r"^in holdout", "dalam kelompok cadangan"),
    (r"^outside the (\S+) of units covered so far$", r"di luar \1 unit yang sudah tercakup"),
    (r"^belongs to another experiment of layer", "milik eksperimen lain pada lapisan"),
)

TEXTS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)


class Words:
    """The texts in one language.

    >>> Words("id").say("not_enough")
    'belum cukup data'
    >>> Words("en").arm("thank_you")
    'Thank you'
    """

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def say(self, key: str, **values: object) -> str:
        """The text of that key, with its values filled in."""
        text = TEXTS[key][self.language]
        return text.format(**values) if values else text

    def arm(self, name: str) -> str:
        """How an arm is called at the beginning of a line or a table's row."""
        return capital(arm_name(name, self.language))

    def metric(self, name: str) -> str:
        return capital(metric_name(name, self.language))

    def status(self, name: str) -> str:
        return capital(STATUSES[name][self.language])

    def stage(self, name: str) -> str:
        return self.say(f"stage_{name}")

    def effect(self, name: str) -> str:
        """How an effect size is called; one that only statisticians know keeps its name."""
        return self.say(f"effect_{name}") if f"effect_{name}" in TEXTS else title(name)

    def verdict(self, name: str) -> str:
        """A verdict with its sign, so that it never rests on colour.

        >>> Words("id").verdict("difference")
        '✓ Ada perbedaan'
        """
        return f"{SIGNS[name]} {capital(VERDICTS[name][self.language])}"

    def pair(self, arm: str, versus: str) -> str:
        """Two arms compared.

        >>> Words("en").pair("thank_you", "silence")
        'Thank you versus silence'
        """
        return f"{self.arm(arm)} {self.say('versus')} {arm_name(versus, self.language)}"

    def reason(self, text: str) -> str:
        """Why a customer was turned away; stored in English, said in the page's language.

        >>> Words("id").reason("delay below 24 h")
        'keterlambatan di bawah 24 jam'
        """
        if self.language == "id":
            for english, indonesian in _REASONS:
                text = re.sub(english, indonesian, text)
            text = re.sub(r"(?<=\d)\.(?=\d)", ",", text)
        return text

    # Numbers as the language writes them; a figure that cannot be computed says so.

    def count(self, value: int) -> str:
        return count(value, self.language)

    def percent(self, share: object) -> str:
        return percent(_figure(share), self.language)

    def amount(self, value: object, kind: str, *, signed: bool = False) -> str:
        """An effect in percentage points or in points of the scale.

        >>> Words("id").amount(0.1264, "proportion", signed=True)
        '+12,6'
        """
        figure = _figure(value)
        written = amount(figure, kind, self.language)
        return f"+{written}" if signed and figure is not None and figure > 0 else written

    def decimal(self, value: object, digits: int = 2) -> str:
        return decimal(_figure(value), digits=digits, locale=self.language)

    def between(self, low: object, high: object, kind: str) -> str:
        """An interval in words, or a dash where there is none."""
        if _figure(low) is None or _figure(high) is None:
            return "–"
        return interval(_figure(low), _figure(high), kind, self.language)

    def date(self, day: date) -> str:
        """A day as it is written.

        >>> Words("id").date(date(2026, 3, 2)), Words("en").date(date(2026, 3, 2))
        ('2 Mar 2026', '2 Mar 2026')
        """
        months = self.say("months").split()
        return f"{day.day} {months[day.month - 1]} {day.year}"

    def duration(self, span: timedelta) -> str:
        """A length of time in its two largest units.

        >>> Words("id").duration(timedelta(hours=36))
        '1 hari 12 jam'
        """
        return duration(span.total_seconds(), self.language)

    def p(self, value: object) -> str:
        """`p = 0.067`, `p < 0.001`; in a table's cell the sign alone is left out by `p_cell`."""
        return p_value(_figure(value), self.language)

    def p_cell(self, value: object) -> str:
        """A p-value for a column that is headed so.

        >>> Words("en").p_cell(0.0671), Words("en").p_cell(0.00001), Words("en").p_cell(None)
        ('0.067', '< 0.001', '–')
        """
        if value == BEING_COMPUTED.to_dict():
            return self.say("being_computed_cell")
        if _figure(value) is None:
            return "–"
        return self.p(value).removeprefix("p ").removeprefix("= ")


def _figure(value: object) -> float | None:
    """The number, or None for None and for `{"not_enough": …}`."""
    return value if isinstance(value, (int, float)) else None


def capital(words: str) -> str:
    """The words with a capital at the front, the rest as it is."""
    return words[:1].upper() + words[1:]


def title(key: str) -> str:
    """An experiment's key as a person reads it.

    >>> title("late_parcel")
    'Late parcel'
    """
    return capital(key.replace("_", " ").strip())
