"""A log of delays as text: sentences, then targets, waits, who waits now, hours, mailboxes and agents."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, TypeVar

from amends.analysis.durations import duration
from amends.analysis.formatting import Sentence, count, moment, percent
from amends.analysis.rendering.tables import Table, aligned
from amends.analysis.result import Interval, NotEnough
from amends.analysis.service_figures import ALL, Figures, Group, Waiting
from amends.analysis.service_words import DAYS, WEEKDAYS, channel_name, said, spell
from amends.analysis.waiting_times import Spell

if TYPE_CHECKING:
    from amends.analysis.service_log import ServiceLog, Target

WIDTH = 100
_Line = TypeVar("_Line", Group, Waiting)
HOURS_TOGETHER = 3

_WORDS = {
    "title": Sentence("Delays and response times", "Keterlambatan dan waktu tanggap"),
    "targets": Sentence("Targets", "Target"),
    "target": Sentence("target", "target"),
    "set": Sentence("set by", "ditetapkan"),
    "default": Sentence("default", "bawaan"),
    "here": Sentence("here", "di sini"),
    "published": Sentence("published average and source", "rata-rata terbitan dan sumbernya"),
    "times": Sentence("Response times", "Waktu tanggap"),
    "channel": Sentence("channel", "saluran"),
    "days": Sentence("days", "hari"),
    "n": Sentence("n", "n"),
    "answered": Sentence("answered", "dijawab"),
    "waiting": Sentence("waiting", "menunggu"),
    "closed": Sentence("closed unanswered", "ditutup tanpa jawaban"),
    "median": Sentence("median", "median"),
    "interval": Sentence("95% interval", "selang 95%"),
    "p90": Sentence("nine in ten within", "9 dari 10 dalam"),
    "late": Sentence("late of those due", "terlambat dari yang jatuh tempo"),
    "now": Sentence("Waiting now", "Sedang menunggu"),
    "overdue": Sentence("past due", "lewat waktu"),
    "half": Sentence("half by", "separuhnya"),
    "longest": Sentence("longest by", "terlama"),
    "hours": Sentence("When they come in", "Kapan kejadian masuk"),
    "day": Sentence("day", "hari"),
    "mailboxes": Sentence("Mailboxes without a reply in 7 days", "Kotak surat tanpa balasan 7 hari"),
    "mailbox": Sentence("mailbox", "kotak surat"),
    "received": Sentence("received", "diterima"),
    "oldest": Sentence("oldest waits", "terlama menunggu"),
    "last": Sentence("last reply ago", "balasan terakhir"),
    "never": Sentence("never", "belum pernah"),
    "agents": Sentence("Agents with 30 cases or more", "Petugas dengan 30 kasus atau lebih"),
    "agent": Sentence("agent", "petugas"),
}


def text(log: ServiceLog, locale: str) -> str:
    """The whole log as aligned text."""
    lines = [f"{_WORDS['title'][locale]}, {moment(log.as_of, locale)}", ""]
    for sentence in said(log):
        lines += wrap(sentence[locale], WIDTH, break_on_hyphens=False, break_long_words=False)
    for name, table in tables(log, locale).items():
        lines += ["", table.title, *aligned(table, width=WIDTH)]
        if name == "targets":
            for sentence in log.published:
                lines += wrap(sentence[locale], WIDTH, break_on_hyphens=False)
    return "\n".join(lines)


def tables(log: ServiceLog, locale: str) -> dict[str, Table]:
    """The tables that have rows, by name, in the order of the page.

    Names: targets, times, now, hours, mailboxes, agents.
    """
    made = {
        "targets": targets_table(log.targets, locale),
        "times": _times(log, locale),
        "now": waiting_table(log.waiting, locale),
        "hours": _hours(log, locale),
        "mailboxes": _mailboxes(log, locale),
        "agents": _agents(log, locale),
    }
    return {name: table for name, table in made.items() if table.rows or name == "targets"}


def targets_table(targets: tuple[Target, ...], locale: str) -> Table:
    """Each channel's target beside what was published of it, with its source."""
    rows = []
    for target in targets:
        by = _WORDS["default" if target.default else "here"][locale]
        first = (channel_name(target.channel, locale), duration(target.seconds, locale), by)
        said_of = [
            f"{duration(time.seconds, locale)}: {time.source[locale]}" for time in target.published
        ] or ["–"]
        rows.append((*first, said_of[0]))
        rows += [("", "", "", other) for other in said_of[1:]]
    return _table("targets", ("channel", "target", "set", "published"), rows, locale, words=4)


def _table(
    title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], locale: str, words: int
) -> Table:
    names = tuple(_WORDS[name][locale] for name in columns)
    return Table(_WORDS[title][locale], names, tuple(rows), words)


def _times(log: ServiceLog, locale: str) -> Table:
    rows = [
        (channel_name(group.channel, locale), DAYS[group.days][locale], *_figures(group.figures, locale))
        for group in _apart(log.groups)
        if group.figures.n
    ]
    columns = ("channel", "days", "n", "answered", "closed", "median", "interval", "p90", "late", "interval")
    return _table("times", columns, rows, locale, words=2)


def _apart(lines: tuple[_Line, ...]) -> tuple[_Line, ...]:
    """Without the lines of all channels together where there is only one."""
    channels = {line.channel for line in lines} - {ALL}
    return lines if len(channels) > 1 else tuple(line for line in lines if line.channel != ALL)


def _figures(figures: Figures, locale: str) -> tuple[str, ...]:
    limits = figures.median.interval if isinstance(figures.median, Spell) else figures.median
    late = figures.late_interval
    between = Sentence(" to ", " sampai ")[locale]
    return (
        *(count(n, locale) for n in (figures.n, figures.answered, figures.closed)),
        spell(figures.median, locale),
        "–" if isinstance(limits, NotEnough) else _span(limits, locale),
        spell(figures.p90, locale),
        percent(figures.share_late, locale),
        "–"
        if isinstance(late, NotEnough)
        else f"{percent(late.low, locale)}{between}{percent(late.high, locale)}",
    )


def _span(limits: Interval, locale: str) -> str:
    return f"{duration(limits.low, locale)} – {duration(limits.high, locale)}"


def waiting_table(waiting: tuple[Waiting, ...], locale: str) -> Table:
    """Who waits now, and how long past due."""
    rows = [
        (
            channel_name(line.channel, locale),
            count(line.n, locale),
            count(line.overdue, locale),
            duration(line.median_overdue, locale),
            duration(line.longest_overdue, locale),
        )
        for line in _apart(waiting)
        if line.n
    ]
    return _table("now", ("channel", "waiting", "overdue", "half", "longest"), rows, locale, words=1)


def _hours(log: ServiceLog, locale: str) -> Table:
    """Counts of three hours together; the JSON object has every hour."""
    starts = range(0, 24, HOURS_TOGETHER)
    point = Sentence(":", ".")[locale]
    columns = (_WORDS["day"][locale], *(f"{start:02}{point}00" for start in starts))
    rows = [
        (name[locale], *(count(sum(day[start : start + HOURS_TOGETHER]), locale) for start in starts))
        for name, day in zip(WEEKDAYS, log.hours, strict=True)
    ]
    return Table(_WORDS["hours"][locale], columns, tuple(rows) if log.incidents else ())


def _mailboxes(log: ServiceLog, locale: str) -> Table:
    rows = [
        (
            box.mailbox,
            count(box.received, locale),
            count(box.waiting, locale),
            duration(box.oldest, locale),
            _WORDS["never"][locale]
            if isinstance(box.last_answer, NotEnough)
            else duration(box.last_answer, locale),
        )
        for box in log.silent_mailboxes
    ]
    return _table("mailboxes", ("mailbox", "received", "waiting", "oldest", "last"), rows, locale, words=1)


def _agents(log: ServiceLog, locale: str) -> Table:
    rows = [(agent.name or f"{agent.agent[:8]}…", *_figures(agent.figures, locale)) for agent in log.agents]
    columns = ("agent", "n", "answered", "closed", "median", "interval", "p90", "late", "interval")
    return _table("agents", columns, rows, locale, words=1)
