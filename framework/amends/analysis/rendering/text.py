"""The report as aligned plain text, for a terminal."""

from __future__ import annotations

from functools import partial
from textwrap import wrap as broken

from amends.analysis.formatting import STATUSES, count, moment, p_value, unit_names
from amends.analysis.reasons import explained
from amends.analysis.rendering.chapters import TABLES_IN_VIEW, chapters
from amends.analysis.rendering.tables import MANY_ROWS, Table, aligned, cut, section_tables
from amends.analysis.rendering.words import footnotes, label, reasons
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough
from amends.analysis.section import Section

WIDTH = 100
# Indonesian doubles words with a hyphen: "rata-rata" stays in one piece.
wrap = partial(broken, width=WIDTH, break_on_hyphens=False)
LONGER, MOST_ROWS = frozenset({"arms", "contrasts"}), 30
"""Who got what and the verdicts, shown at greater length than the other tables."""


def to_text(report: Report, *, locale: str = "en") -> str:
    """The finding first, then the tables it rests on, then what else was found, in sentences."""
    blocks = [[title(report, locale), *wrap(report.asks[locale] if report.asks else "")]]
    blocks.append(wrap(report.summary[locale]))
    for chapter in chapters(report, locale):
        blocks += [_table(table, locale) for table in chapter.tables]
        for section in chapter.sections:
            blocks += [] if section.folded else _section(section, locale)
    more = [item for item in report.sections if item.folded or item.notes or _left_out(item)]
    left = [section.title[locale] for section in more]
    if left:
        blocks.append(wrap(f"{label('elsewhere', locale)}: {', '.join(left)}."))
    as_of = f"{label('as_of', locale)} {moment(report.as_of, locale)}"
    blocks.append([line for said in (*state_lines(report, locale), as_of) for line in wrap(said)])
    bullets = [line for said in remarks(report, locale) for line in _bullet(said)]
    return "\n\n".join("\n".join(block) for block in [*blocks, bullets])


def _section(section: Section, locale: str) -> list[list[str]]:
    """Its sentences under its title; its tables only where no sentence says what they show."""
    said = [line for sentence in section.said for line in wrap(sentence[locale])]
    blocks = [[section.title[locale], *said]]
    if _left_out(section):
        return blocks
    for table in section_tables(section, locale):
        named = [table.title] if table.title != section.title[locale] else []
        blocks.append([*named, *aligned(table)])
    return blocks


def _left_out(section: Section) -> bool:
    """Whether its tables are for the longer forms."""
    return bool(section.tables and section.said) and section.name not in TABLES_IN_VIEW


def _table(table: Table, locale: str) -> list[str]:
    """A table of every report; a long one is cut."""
    longer = table.title in {label(name, locale) for name in LONGER}
    shown, left = cut(table, locale, most=MOST_ROWS if longer else MANY_ROWS)
    return [table.title, *aligned(shown), *([left] if left else [])]


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
    return wrap(said, initial_indent="· ", subsequent_indent="  ")


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
