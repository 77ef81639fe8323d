"""Every table of a report as CSV files in one ZIP, for whoever goes on in a spreadsheet.

The cells are those that the report shows, rounded and named in its language; its JSON has the exact figures.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from amends.exporting import safe_cell

if TYPE_CHECKING:
    from amends.analysis.rendering.tables import Table
    from amends.analysis.report import Report

LIST = "00_tables.csv"


def tables_zip(report: Report, *, locale: str = "en") -> bytes:
    """The tables in the order in which the report is read, and a list of them.

    Args:
        report: The report.
        locale: `en` or `id`.

    Returns:
        A ZIP file: `00_tables.csv` with file, chapter and title of each table, then a CSV file per table, in
        UTF-8 with a mark that spreadsheets need. The minus sign is a hyphen there, and what is missing is
        an empty cell. The same report gives the same bytes.
    """
    listed = [("file", "chapter", "table")]
    files: dict[str, Sequence[tuple[str, ...]]] = {LIST: listed}
    for place, (chapter, table) in enumerate(_tables(report, locale), start=1):
        name = f"{place:02}_{_slug(table.title)}.csv"
        listed.append((name, chapter, table.title))
        files[name] = [table.columns, *table.rows]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as folder:
        for name, rows in files.items():
            entry = zipfile.ZipInfo(name, report.as_of.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            folder.writestr(entry, _csv(rows))
    return written.getvalue()


def _tables(report: Report, locale: str) -> Iterator[tuple[str, Table]]:
    from amends.analysis.rendering.chapters import chapters
    from amends.analysis.rendering.tables import section_tables, tests_table
    from amends.analysis.rendering.words import label

    for chapter in chapters(report, locale):
        for table in chapter.tables:
            yield chapter.title, table
        for section in chapter.sections:
            for table in section_tables(section, locale):
                yield chapter.title, table
    for contrast in report.contrasts:
        table = tests_table(contrast, locale)
        if table.rows:
            yield label("other_tests", locale), table


def _csv(rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(shown: str) -> str:
    """A cell as a spreadsheet reads it.

    >>> _cell("−1,1"), _cell("–"), _cell("=1+1"), _cell("0.4 to 20.0")
    ('-1,1', '', "'=1+1", '0.4 to 20.0')
    """
    if shown == "–":
        return ""
    number = re.fullmatch(r"[+−-](\d[\d.,]*)", shown)
    return shown.replace("−", "-") if number else safe_cell(shown)


def _slug(title: str) -> str:
    """A title as part of a file's name.

    >>> _slug("Bounds of the differences: “thank you” – “sorry”")
    'bounds_of_the_differences_thank_you_sorry'
    """
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")[:60].rstrip("_") or "table"
