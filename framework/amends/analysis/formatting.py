"""Numbers and names as people read them, in English and Indonesian: 78.4% and 78,4%, p < 0.001."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isinf
from typing import TYPE_CHECKING

from amends.analysis.result import NotEnough

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

Figure = float | int | NotEnough | None

MINUS = "−"


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same statement in both languages.

    >>> Sentence("still collecting", "data masih dikumpulkan")["id"]
    'data masih dikumpulkan'
    """

    en: str
    id: str

    def __getitem__(self, locale: str) -> str:
        return self.id if language(locale) == "id" else self.en

    def __str__(self) -> str:
        return self.en

    def to_dict(self) -> dict[str, str]:
        return {"en": self.en, "id": self.id}


def asked_by(experiment: Experiment) -> Sentence | None:
    """What an experiment asks, in both languages; in the one it is written in where it is in one alone."""
    english, indonesian = experiment.question_in("en"), experiment.question_in("id")
    said = english or indonesian
    return None if said is None else Sentence(english or said, indonesian or said)


def language(locale: str) -> str:
    """`"id"` for any Indonesian locale, else `"en"`.

    >>> language("id-ID"), language("en"), language("pt_BR")
    ('id', 'en', 'en')
    """
    return "id" if locale.replace("_", "-").split("-")[0].lower() == "id" else "en"


def number(value: float, *, digits: int = 2, locale: str = "en") -> str:
    """A number with the language's decimal sign and a real minus sign.

    >>> number(-1234.5, digits=1), number(-1234.5, digits=1, locale="id")
    ('−1,234.5', '−1.234,5')
    """
    if isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    written = f"{abs(value):,.{digits}f}"
    if language(locale) == "id":
        written = written.translate(str.maketrans(",.", ".,"))
    negative = value < 0 and any(sign not in "0.," for sign in written)
    return f"{MINUS}{written}" if negative else written


def count(value: int, locale: str = "en") -> str:
    """A whole number with thousands marked.

    >>> count(5593), count(5593, "id")
    ('5,593', '5.593')
    """
    return number(value, digits=0, locale=locale)


def percent(share: Figure, locale: str = "en") -> str:
    """A share as a percentage with one decimal; a dash where there is none.

    >>> percent(40 / 51), percent(40 / 51, "id"), percent(NotEnough("no units"))
    ('78.4%', '78,4%', '–')
    """
    if share is None or isinstance(share, NotEnough):
        return "–"
    return f"{number(100 * share, digits=1, locale=locale)}%"


def decimal(value: Figure, *, digits: int = 2, locale: str = "en") -> str:
    """A figure with fixed decimals; a dash where there is none."""
    if value is None or isinstance(value, NotEnough):
        return "–"
    return number(value, digits=digits, locale=locale)


def amount(value: Figure, kind: str, locale: str = "en") -> str:
    """An effect in its own unit: percentage points of a proportion, scale points of a mean.

    >>> amount(0.1264, "proportion"), amount(-0.3, "mean", "id")
    ('12.6', '−0,30')
    """
    if value is None or isinstance(value, NotEnough):
        return "–"
    if kind == "proportion":
        return number(100 * value, digits=1, locale=locale)
    return number(value, digits=2, locale=locale)


def p_value(value: Figure, locale: str = "en") -> str:
    """A p-value as it is written in a sentence; never `p = 0.000`.

    >>> p_value(0.0671), p_value(0.00002, "id"), p_value(NotEnough("no units"))
    ('p = 0.067', 'p < 0,001', 'p not available')
    """
    if value is None or isinstance(value, NotEnough):
        return "p tidak tersedia" if language(locale) == "id" else "p not available"
    if value < 0.001:
        return f"p < {number(0.001, digits=3, locale=locale)}"
    return f"p = {number(value, digits=3, locale=locale)}"


def moment(at: datetime, locale: str = "en") -> str:
    """A time as people read it, in UTC.

    >>> moment(datetime(2026, 3, 1, 8, 30, tzinfo=UTC)), moment(datetime(2026, 5, 1, tzinfo=UTC), "id")
    ('1 March 2026, 08:30 UTC', '1 Mei 2026 pukul 00.00 UTC')
    """
    universal = at.astimezone(UTC)
    day = f"{universal.day} {_MONTHS[language(locale)][universal.month - 1]} {universal.year}"
    if language(locale) == "id":
        return f"{day} pukul {universal:%H.%M} UTC"
    return f"{day}, {universal:%H:%M} UTC"


_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
}  # fmt: skip


def interval(low: Figure, high: Figure, kind: str, locale: str = "en") -> str:
    """An interval in words: `-1.1 to 26.6`, `−1,1 sampai 26,6`.

    >>> interval(-0.011, 0.266, "proportion"), interval(-0.011, 0.266, "proportion", "id")
    ('−1.1 to 26.6', '−1,1 sampai 26,6')
    """
    word = "sampai" if language(locale) == "id" else "to"
    return f"{amount(low, kind, locale)} {word} {amount(high, kind, locale)}"


_ARMS = {
    "thank_you": Sentence("thank you", "terima kasih"),
    "sorry": Sentence("sorry", "maaf"),
    "thank_and_sorry": Sentence("thank you and sorry", "terima kasih dan maaf"),
    "silence": Sentence("silence", "tanpa pesan"),
    "thank_you_voucher": Sentence("thank you voucher", "terima kasih + voucher"),
    "sorry_voucher": Sentence("sorry voucher", "maaf + voucher"),
}

_METRICS = {
    "completed": Sentence("completed surveys", "survei selesai"),
    "satisfaction": Sentence("satisfaction", "kepuasan"),
    "satisfied": Sentence("finished and satisfied", "selesai dan puas"),
    "csat": Sentence("satisfied answers (CSAT)", "jawaban puas (CSAT)"),
    "recommend": Sentence("recommendation (NPS)", "kesediaan merekomendasikan (NPS)"),
    "complaint": Sentence("complaints", "keluhan"),
    "refund": Sentence("refunds", "pengembalian dana"),
    "attention": Sentence("attention", "perhatian"),
    "understanding": Sentence("understanding", "pemahaman"),
    "responsiveness": Sentence("responsiveness", "ketanggapan"),
}

_UNITS = {
    "customer": Sentence("customers", "pelanggan"),
    "participant": Sentence("participants", "peserta"),
    "party": Sentence("parties", "rombongan"),
    "parcel": Sentence("parcels", "paket"),
    "incident": Sentence("incidents", "kejadian"),
    "e-mail": Sentence("e-mails", "surel"),
    "email": Sentence("e-mails", "surel"),
    "guest": Sentence("guests", "tamu"),
    "household": Sentence("households", "rumah tangga"),
    "legislator": Sentence("legislators", "anggota dewan"),
}

VERDICTS = {
    "still collecting": Sentence("still collecting", "data masih dikumpulkan"),
    "difference": Sentence("difference", "ada perbedaan"),
    "no difference shown": Sentence("no difference shown", "belum terbukti berbeda"),
    "equivalent": Sentence("equivalent", "setara"),
    "cannot tell": Sentence("cannot tell", "tidak dapat disimpulkan"),
    "not trustworthy": Sentence("not trustworthy", "tidak dapat dipercaya"),
}

STATUSES = {
    "draft": Sentence("draft", "rancangan"),
    "running": Sentence("running", "berjalan"),
    "paused": Sentence("paused", "dijeda"),
    "stopped": Sentence("stopped", "dihentikan"),
}


def arm_name(arm: str, locale: str = "en") -> str:
    """An arm as people call it.

    >>> arm_name("thank_you", "id"), arm_name("silence", "id"), arm_name("early_voucher")
    ('terima kasih', 'tanpa pesan', 'early voucher')
    """
    known = _ARMS.get(arm)
    return known[locale] if known else arm.replace("_", " ")


def metric_name(metric: str, locale: str = "en") -> str:
    """A metric as people call it: `completed` is "completed surveys", "survei selesai"."""
    known = _METRICS.get(metric)
    return known[locale] if known else metric.replace("_", " ")


def cluster_name(name: str, locale: str = "en") -> str:
    """What whole groups of units are called: the team's own word, in Indonesian ours where there is one.

    >>> cluster_name("party"), cluster_name("party", "id"), cluster_name("house_hold", "id")
    ('party', 'rombongan', 'house hold')
    """
    known = _UNITS.get(name)
    return known[locale] if known and language(locale) == "id" else name.replace("_", " ")


def unit_names(unit: str, locale: str = "en") -> str:
    """The plural of the unit: customers, parties; `pelanggan`, `rombongan`."""
    known = _UNITS.get(unit)
    if known:
        return known[locale]
    return "unit" if language(locale) == "id" else "units"
