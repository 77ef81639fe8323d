"""What a log of delays says, in sentences a manager can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from amends.analysis.durations import duration
from amends.analysis.formatting import Sentence, count, percent
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.service_figures import AGENT_NEEDS, Figures, Waiting
from amends.analysis.waiting_times import Spell

if TYPE_CHECKING:
    from amends.analysis.service_log import ServiceLog

_CHANNELS = {
    "all": Sentence("all channels", "semua saluran"),
    "email": Sentence("e-mail", "surel"),
    "chat": Sentence("chat", "obrolan"),
    "social": Sentence("social media", "media sosial"),
    "phone": Sentence("phone", "telepon"),
    "whatsapp": Sentence("WhatsApp", "WhatsApp"),
    "unsaid": Sentence("channel not said", "saluran tidak disebut"),
}
DAYS = {
    "all": Sentence("all days", "semua hari"),
    "weekday": Sentence("weekdays", "hari kerja"),
    "weekend": Sentence("weekends", "akhir pekan"),
}
WEEKDAYS = (
    Sentence("Monday", "Senin"),
    Sentence("Tuesday", "Selasa"),
    Sentence("Wednesday", "Rabu"),
    Sentence("Thursday", "Kamis"),
    Sentence("Friday", "Jumat"),
    Sentence("Saturday", "Sabtu"),
    Sentence("Sunday", "Minggu"),
)
_LEFT_OUT = {
    "neither received nor promised": Sentence(
        "neither a time of receipt nor a promise is known",
        "waktu diterima dan waktu yang dijanjikan tidak diketahui",
    ),
    "received after now": Sentence("received later than now", "diterima setelah saat ini"),
    "answered or closed before it was received": Sentence(
        "answered or closed before it was received", "dijawab atau ditutup sebelum diterima"
    ),
}


def channel_name(channel: str, locale: str = "en") -> str:
    """A channel as people call it: `email` is "e-mail", "surel".

    >>> channel_name("email", "id"), channel_name("front_desk")
    ('surel', 'front desk')
    """
    known = _CHANNELS.get(channel)
    return known[locale] if known else channel.replace("_", " ")


def left_out_reason(reason: str, locale: str = "en") -> str:
    """Why incidents could not be read."""
    return _LEFT_OUT[reason][locale]


def spell(value: Spell | NotEnough, locale: str = "en") -> str:
    """A wait as it reads in a column; "at least" where it has not ended; a dash where there is none.

    >>> spell(Spell(5400.0, True, "Kaplan-Meier", NotEnough("no wait has ended yet")), "id")
    'sekurangnya 1 jam 30 menit'
    """
    if isinstance(value, NotEnough):
        return "–"
    at_least = Sentence("at least ", "sekurangnya ")[locale] if value.at_least else ""
    return at_least + duration(value.seconds, locale)


def said(log: ServiceLog) -> tuple[Sentence, ...]:
    """Who waits now, how long people wait, which mailboxes nobody reads, and what is said of agents."""
    if not log.incidents:
        return (
            Sentence(
                "The log is empty. Bring events in: amends events import FILE.csv",
                "Catatan masih kosong. Masukkan kejadian: amends events import FILE.csv",
            ),
            *_left_out(log),
        )
    return (_now(log), *_waits(log), *_mailboxes(log), *_agents(log), *_left_out(log))


def _now(log: ServiceLog) -> Sentence:
    everyone = log.waiting[0]
    n = everyone.n
    if not n:
        return Sentence("Nobody is waiting now.", "Saat ini tidak ada yang menunggu.")
    if not everyone.overdue:
        return Sentence(
            f"{count(n)} {'is' if n == 1 else 'are'} waiting now, and none of them is known to be late.",
            f"Saat ini {count(n, 'id')} masih menunggu, dan tidak ada yang diketahui terlambat.",
        )
    en, id_ = (_past_due(everyone, locale) for locale in ("en", "id"))
    return Sentence(
        f"{count(n)} {'is' if n == 1 else 'are'} waiting now; {count(everyone.overdue)} of them past due "
        f"{en}.",
        f"Saat ini {count(n, 'id')} masih menunggu; {count(everyone.overdue, 'id')} di antaranya lewat waktu "
        f"{id_}.",
    )


def _past_due(line: Waiting, locale: str) -> str:
    longest = duration(line.longest_overdue, locale)
    if line.overdue == 1:
        return Sentence(f"by {longest}", f"selama {longest}")[locale]
    middle = duration(line.median_overdue, locale)
    return Sentence(
        f"– half by {middle} or more, the longest by {longest}",
        f"– separuhnya {middle} atau lebih, yang terlama {longest}",
    )[locale]


def _waits(log: ServiceLog) -> Iterator[Sentence]:
    for group in log.groups:
        if group.channel != "all" and group.days == "all":
            en, id_ = (_one_channel(group.channel, group.figures, locale) for locale in ("en", "id"))
            yield Sentence(en, id_)


def _one_channel(channel: str, figures: Figures, locale: str) -> str:
    name = channel_name(channel, locale)
    name = name[0].upper() + name[1:]
    waits = _half(figures.median, locale)
    n = count(figures.n, locale)
    open_ = count(figures.waiting, locale)
    if locale == "id":
        return f"{name}: {n} kejadian, {open_} masih menunggu; {waits}; {_late(figures, locale)}."
    return (
        f"{name}: {n} incident{'' if figures.n == 1 else 's'}, {open_} still waiting; {waits}; "
        f"{_late(figures, locale)}."
    )


def _half(median: Spell | NotEnough, locale: str) -> str:
    if isinstance(median, NotEnough):
        reason = explained(median.reason)[locale]
        return Sentence(f"no median ({reason})", f"median belum ada ({reason})")[locale]
    long = duration(median.seconds, locale)
    if median.at_least:
        return Sentence(f"the median wait is at least {long}", f"median waktu tunggu sekurangnya {long}")[
            locale
        ]
    return Sentence(f"half are answered within {long}", f"separuhnya dijawab dalam {long}")[locale]


def _late(figures: Figures, locale: str) -> str:
    share, limits = figures.share_late, figures.late_interval
    if isinstance(share, NotEnough) or isinstance(limits, NotEnough):
        reason = explained(share.reason if isinstance(share, NotEnough) else "")[locale]
        return Sentence(f"late is not known ({reason})", f"keterlambatan belum diketahui ({reason})")[locale]
    late, judged = count(figures.late, locale), count(figures.judged, locale)
    low, high = percent(limits.low, locale), percent(limits.high, locale)
    return Sentence(
        f"{late} of {judged} that were due came late, {percent(share)} (95% interval {low} to {high})",
        f"{late} dari {judged} yang sudah jatuh tempo terlambat, {percent(share, 'id')} "
        f"(selang kepercayaan 95%: {low} sampai {high})",
    )[locale]


def _mailboxes(log: ServiceLog) -> Iterator[Sentence]:
    if not log.silent_mailboxes:
        return
    names = ", ".join(box.mailbox for box in log.silent_mailboxes)
    yield Sentence(
        f"Nobody seems to read these mailboxes (mail waits for 7 days, no reply in 7 days): {names}.",
        f"Kotak surat ini tampaknya tidak dibaca (surat menunggu 7 hari, tanpa balasan 7 hari): {names}.",
    )


def _agents(log: ServiceLog) -> Iterator[Sentence]:
    if log.agents:
        yield Sentence(
            "Agents are listed in no order of merit: they get different customers and hours, and where "
            "intervals overlap, chance alone may explain the difference.",
            "Daftar petugas bukan peringkat: pelanggan dan jam kerja mereka berbeda, dan bila selangnya "
            "bertumpang tindih, perbedaannya bisa jadi kebetulan saja.",
        )
    fewer = log.agents_with_fewer
    if fewer:
        yield Sentence(
            f"Of {count(fewer)} agent{'' if fewer == 1 else 's'} with fewer than {AGENT_NEEDS} cases nothing "
            "is said.",
            f"Tentang {count(fewer, 'id')} petugas dengan kurang dari {AGENT_NEEDS} kasus tidak ada yang "
            "disimpulkan.",
        )


def _left_out(log: ServiceLog) -> Iterator[Sentence]:
    for reason, n in log.left_out.items():
        yield Sentence(
            f"Left out: {count(n)} ({left_out_reason(reason)}).",
            f"Tidak dihitung: {count(n, 'id')} ({left_out_reason(reason, 'id')}).",
        )
