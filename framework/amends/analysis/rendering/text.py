"""The report as aligned plain text, for a terminal."""

from __future__ import annotations

from textwrap import wrap

from amends.analysis.formatting import STATUSES, count, moment, p_value, unit_names
from amends.analysis.reasons import explained
from amends.analysis.rendering.chapters import chapters
from amends.analysis.rendering.tables import aligned, section_tables
from amends.analysis.rendering.words import footnotes, label, reasons
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough
from amends.analysis.section import Section

WIDTH = 100
IN_SENTENCES = frozenset({"checks", "plan"})
"""Chapters whose sentences name everything that is not as it should be."""


def to_text(report: Report, *, locale: str = "en") -> str:
    """The finding first, then the tables it rests on, then what else was found, in sentences."""
    blocks = [[title(report, locale), *([report.question] if report.question else [])]]
    blocks.append(wrap(report.summary[locale], WIDTH))
    for chapter in chapters(report, locale):
        blocks += [[table.title, *aligned(table)] for table in chapter.tables]
        for section in chapter.sections:
            blocks += [] if section.folded else _section(section, locale)
    left = [section.title[locale] for section in report.sections if section.folded or section.notes]
    if left:
        blocks.append(wrap(f"{label('elsewhere', locale)}: {', '.join(left)}.", WIDTH))
    as_of = f"{label('as_of', locale)} {moment(report.as_of, locale)}"
    blocks.append([*state_lines(report, locale), as_of])
    bullets = [line for said in remarks(report, locale) for line in _bullet(said)]
    return "\n\n".join("\n".join(block) for block in [*blocks, bullets])


def _section(section: Section, locale: str) -> list[list[str]]:
    """Its sentences under its title, then its tables where they are more than what the sentences say."""
    said = [line for sentence in section.said for line in wrap(sentence[locale], WIDTH)]
    blocks = [[section.title[locale], *said]]
    for table in section_tables(section, locale) if section.chapter not in IN_SENTENCES else ():
        named = [table.title] if table.title != section.title[locale] else []
        blocks.append([*named, *aligned(table)])
    return blocks


def title(report: Report, locale: str) -> str:
    """The key and its state, and that the data are simulated where they are."""
    status = STATUSES[report.status][locale] if report.status in STATUSES else report.status
    simulated = f" · {label('simulated', locale)}" if report.simulated else ""
    return f"{report.experiment} · {status}{simulated}"


def remarks(report: Report, locale: str) -> list[str]:
    """Notes, reasons for missing figures, and what the tables rest on."""
    said = [note[locale] for note in report.notes]
    said += [f"{label('not_enough', locale)}: {reason}" for reason in reasons(report, locale)]
    return said + footnotes(report, locale)


def _bullet(said: str) -> list[str]:
    return wrap(said, WIDTH, initial_indent="· ", subsequent_indent="  ")


def state_lines(report: Report, locale: str) -> list[str]:
    """The split between the arms, and the progress where data are collected and not merely read."""
    finished = report.rule.always_valid_level is None
    return [split_line(report, locale), *([] if finished else [progress_line(report, locale)])]


def split_line(report: Report, locale: str) -> str:
    """Whether the arms were split as planned, in one line."""
    split = report.sample_ratio
    if isinstance(split.ok, NotEnough):
        why = explained(split.ok.reason)[locale]
        return f"{label('sample_ratio', locale)}: {label('not_enough', locale)} ({why})"
    word = label("split_ok" if split.ok else "split_bad", locale)
    p = "" if isinstance(split.p_value, NotEnough) else f" ({p_value(split.p_value, locale)})"
    return f"{label('sample_ratio', locale)}: {word}{p}"


def progress_line(report: Report, locale: str) -> str:
    """How many of the planned units are there, in one line."""
    planned = report.progress.planned_per_arm
    reached = count(report.progress.reached, locale)
    units = unit_names(report.unit, locale)
    if isinstance(planned, NotEnough):
        return f"{label('progress', locale)}: {reached} {units}"
    share = f"{reached} / {count(planned, locale)} {units} {label('of_planned', locale)}"
    return f"{label('progress', locale)}: {share}"
