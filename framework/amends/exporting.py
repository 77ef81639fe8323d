"""An experiment's records as files other tools read: CSV or Parquet, with a data dictionary.

Cells that a spreadsheet would run as a formula are written with a leading apostrophe. Ids leave as
the pseudonyms they are stored under.
"""

from __future__ import annotations

import csv
import json
import os
import threading
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from amends.errors import UsageError

DICTIONARY = "data_dictionary.csv"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")

MEANING = {
    "experiment": "Key of the experiment.",
    "assignment_id": "Identifier of one unit's assignment; joins the tables.",
    "unit": "Pseudonym of the unit: HMAC-SHA256 of its id under the installation's secret.",
    "cluster": "Pseudonym of the unit's cluster, blank where the experiment is not clustered.",
    "arm": "Arm the unit was assigned to (intention to treat: whatever was delivered afterwards).",
    "assigned_at": "When the arm was drawn and recorded, UTC.",
    "invite_at": "When the survey invitation was due, UTC; blank where none was.",
    "channel": "Channel of the message, as the sender gave it.",
    "locale": "Language of the message.",
    "timezone": "The customer's time zone, where the sender gave it.",
    "delay_seconds": "How late the service was when the arm was drawn, in seconds.",
    "delay_band": "The delay's class, as the tally counts it.",
    "stratum": "Values of the blocking factors, joined by '/'.",
    "strata": "Values of the blocking factors, JSON.",
    "position": "Position on the stratum's sealed list, where the arms are drawn in blocks.",
    "covariates": "What was known before assignment, JSON.",
    "sender": "API key's name, or python or cli.",
    "test": "True for test and forced assignments, which no figure counts.",
    "day": "UTC day of assignment, the day a unit is counted under.",
    "status": "What happened: sent, delivered, failed or withheld.",
    "at": "When it happened, UTC.",
    "said": "What was said, where the sender recorded it.",
    "detail": "What the sender added about the delivery.",
    "started": "Whether the survey was begun.",
    "started_at": "When the survey was begun, UTC.",
    "finished": "Whether the survey was finished (completed).",
    "finished_at": "When the survey was finished, UTC.",
    "late": "Whether the answer came after the response window; late answers are kept, not counted.",
    "ratings": "Value per rating, JSON.",
    "answers": "Answers to the other survey items, JSON.",
    "version": "Version of the consent text that was read: first digits of its SHA-256, all languages.",
    "agreed_at": "When the unit agreed to take part, UTC.",
    "refused_at": "When the unit refused to take part, UTC; it may have agreed later.",
    "withdrawn_at": "When the unit withdrew, UTC: its answers were deleted, and are in no figure.",
    "debrief_version": "Version of the debriefing that was shown after the survey, like the consent text's.",
    "debriefed_at": "When the debriefing was shown first, UTC.",
    "metric": "Name of the outcome metric.",
    "value": "Value of the outcome, in the metric's own unit.",
    "token_nonce": "Random part of the survey link.",
    "incident": "Pseudonym of the incident, where the sender gave one.",
    "incident_number": "1 for the unit's first incident, 2 for the second, and so on.",
}


_WHOSE = ("assignment_id", "unit", "arm", "test")
EVEN_WHEN_EMPTY: Mapping[str, tuple[str, ...]] = {
    "assignments": ("assignment_id", "unit", "arm", "assigned_at"),
    "deliveries": (*_WHOSE, "status", "at", "said", "detail"),
    "responses": (*_WHOSE, "started_at", "finished_at", "late", "answers", "ratings"),
    "outcomes": (*_WHOSE, "metric", "value", "at", "late"),
    "consents": (
        *(*_WHOSE, "version", "locale", "agreed_at", "refused_at", "withdrawn_at"),
        *("debrief_version", "debriefed_at"),
    ),
}
"""Columns of a table that has no rows, so that every export has the same shape."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file written: its path and its number of rows."""

    path: Path
    rows: int


def safe_cell(value: object) -> str:
    """A value as one CSV cell that no spreadsheet runs as a formula.

    Plain numbers, telephone numbers among them, stay as they are: they are data, not formulas.

    >>> safe_cell("=1+1"), safe_cell(-0.5), safe_cell("+6281234567"), safe_cell(None), safe_cell(True)
    ("'=1+1", '-0.5', '+6281234567', '', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    text = str(value)
    if text.startswith(DANGEROUS) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] in "+-" and digits.isascii() and digits.isdigit()


def write_csv(
    path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]], *, as_given: bool = False
) -> int:
    """Writes rows as CSV in UTF-8, whole or not at all, and returns their number.

    The file is written beside its place and moved there at the end, so that a run that breaks off
    leaves no half file.

    Args:
        path: Where to.
        columns: Their names.
        rows: Their cells by column.
        as_given: The cells are texts of the reader's own file and go back unchanged: ids are read
            byte for byte, and a mark before a formula's sign would make another customer of them.
    """
    names = list(columns)
    cell = str if as_given else safe_cell
    count = 0
    with _whole(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([cell(row.get(name, "")) for name in names])
            count += 1
    return count


@contextmanager
def _whole(path: Path) -> Generator[IO[str], None, None]:
    """A text file that takes its place only when the block ends well."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text file in UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def part_of(path: Path) -> Path:
    """Where a file is written before it takes its place: beside it, and nobody else's at this moment."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a file, whole or not at all; of two that write it at once the later stands."""
    part = part_of(path)
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def export_tables(
    tables: Iterable[tuple[str, Iterable[Mapping[str, object]]]], folder: Path, *, format: str = "csv"
) -> list[Written]:
    """Writes one file per table and a data dictionary that explains every column.

    Args:
        tables: Name and rows of each, for instance `("assignments", rows)`.
        folder: Where they go; made where it is missing.
        format: `csv`, or `parquet` where pyarrow is installed.

    Raises:
        UsageError: Another format, Parquet without pyarrow, or a path that is not a folder.
    """
    if format not in ("csv", "parquet"):
        raise UsageError(f"format {format!r} is not known: csv or parquet.")
    if format == "parquet":
        _pyarrow()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; --out needs a folder.")
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Written] = []
    dictionary: list[dict[str, str]] = []
    for name, rows in tables:
        kept = list(rows)
        columns = _columns(kept) or list(EVEN_WHEN_EMPTY.get(name, ()))
        path = folder / f"{name}.{format}"
        if format == "csv":
            write_csv(path, columns, kept)
        else:
            _write_parquet(path, columns, kept)
        written.append(Written(path, len(kept)))
        dictionary += [
            {"file": path.name, "column": column, "meaning": MEANING.get(column, column.replace("_", " "))}
            for column in columns
        ]
    count = write_csv(folder / DICTIONARY, ("file", "column", "meaning"), dictionary)
    return [*written, Written(folder / DICTIONARY, count)]


def _columns(rows: list[Mapping[str, object]]) -> list[str]:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names)


def _pyarrow() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise UsageError(
            "Parquet needs the package pyarrow, which is not installed: pip install pyarrow, or export CSV."
        ) from None


def _write_parquet(path: Path, columns: list[str], rows: list[Mapping[str, object]]) -> None:
    import pyarrow
    import pyarrow.parquet

    def plain(value: object) -> object:
        return safe_cell(value) if isinstance(value, (dict, list, tuple)) else value

    table = pyarrow.table({name: [plain(row.get(name)) for row in rows] for name in columns})
    part = path.with_name(f".{path.name}.part")
    pyarrow.parquet.write_table(table, part)
    part.replace(path)
