"""The report as Markdown, for a wiki or a pull request."""

from __future__ import annotations

from amends.analysis.formatting import moment
from amends.analysis.rendering.chapters import chapters
from amends.analysis.rendering.tables import Table, section_tables, tests_table
from amends.analysis.rendering.text import remarks, state_lines, title
from amends.analysis.rendering.words import label
from amends.analysis.reported import Report
from amends.analysis.section import Section


def to_markdown(report: Report, *, locale: str = "en") -> str:
    """The whole report, headings in order, the customary tests folded to the end."""
    parts = [f"# {safe(title(report, locale))}"]
    if report.asks:
        parts.append(f"*{safe(report.asks[locale])}*")
    parts.append(f"**{safe(report.summary[locale])}**")
    for chapter in chapters(report, locale):
        parts.append(f"## {chapter.title}")
        parts += [f"### {table.title}\n\n{grid(table)}" for table in chapter.tables]
        parts += [_section(section, locale) for section in chapter.sections]
    lines = [*state_lines(report, locale), f"{label('as_of', locale)} {moment(report.as_of, locale)}"]
    parts.append("\n".join(f"- {safe(line)}" for line in lines))
    parts.append(
        f"## {label('warnings', locale)}\n\n"
        + "\n".join(f"- {safe(line)}" for line in remarks(report, locale))
    )
    customary = [tests_table(item, locale) for item in report.contrasts]
    if customary:
        folded = "\n\n".join(f"### {table.title}\n\n{grid(table)}" for table in customary)
        parts.append(f"## {label('other_tests', locale)}\n\n{label('several_tests', locale)}\n\n{folded}")
    return "\n\n".join(parts) + "\n"


def _section(section: Section, locale: str) -> str:
    parts = [f"### {safe(section.title[locale])}", *(safe(said[locale]) for said in section.said)]
    for table in section_tables(section, locale):
        named = [f"#### {safe(table.title)}"] if table.title != section.title[locale] else []
        parts += [*named, grid(table)]
    parts.append("\n".join(f"- {safe(line[locale])}" for line in (*section.more, *section.notes)))
    return "\n\n".join(part for part in parts if part)


def grid(table: Table) -> str:
    rule = (
        "| "
        + " | ".join(":--" if place < table.words else "--:" for place in range(len(table.columns)))
        + " |"
    )
    head, *rows = (f"| {' | '.join(map(safe, row))} |" for row in (table.columns, *table.rows))
    return "\n".join([head, rule, *rows])


def safe(text: str) -> str:
    """Text that Markdown and the page it ends on take literally."""
    for sign in "\\`*_[]|":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "&lt;").replace(">", "&gt;")
