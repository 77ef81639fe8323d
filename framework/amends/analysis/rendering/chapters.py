"""The order in which a report is read: checks, what was done, what happened, how sure, what stays unknown."""

from __future__ import annotations

from dataclasses import dataclass

from amends.analysis.rendering.tables import (
    Table,
    always_valid_table,
    arms_table,
    bounds_table,
    contrasts_table,
    overall_table,
)
from amends.analysis.rendering.words import label
from amends.analysis.reported import Report
from amends.analysis.section import CHAPTERS, Section

OWN = {
    "happened": (arms_table,),
    "sure": (contrasts_table, overall_table, always_valid_table),
    "unknown": (bounds_table,),
}
"""The tables every report has; the sections bring their own."""

TABLES_IN_VIEW = frozenset({"done"})
"""Sections whose table is what a reader looks for first: the words of each arm."""

RESTS_ON_THE_SPLIT = frozenset({"happened", "sure", "unknown"})
"""Chapters that nobody should read before the split between the arms is trusted."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part of the report: its heading, the tables every report has, the sections that belong to it."""

    name: str
    title: str
    tables: tuple[Table, ...]
    sections: tuple[Section, ...]


def chapters(report: Report, locale: str) -> list[Chapter]:
    """The chapters that have something to show."""
    found = []
    for name in CHAPTERS:
        tables = tuple(table for make in OWN.get(name, ()) for table in (make(report, locale),) if table.rows)
        sections = tuple(section for section in report.sections if section.chapter == name)
        if tables or sections:
            found.append(Chapter(name, label(f"chapter_{name}", locale), tables, sections))
    return found
