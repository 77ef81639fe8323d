"""A list too long for memory, read some rows at a time: CSV with a header, or bare ids, one a line."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from amends.errors import ImportRefused
from amends.importing.table import Row, Table, columns_of, delimiter_of

BARE_IDS = ".txt"
"""Files of this ending have no header: each line is an id, exactly as it stands."""


def read_parts(path: Path, *, rows: int, unit: str = "unit_id") -> Iterator[Table]:
    """Yields the file's rows, so many at a time, each with the line it starts on.

    Args:
        path: A UTF-8 file.
        rows: Rows of a part; the last may have fewer.
        unit: The column that bare ids belong to.

    Raises:
        ImportRefused: Missing file, another encoding, a row with more or fewer cells than the header;
            only when the part is reached, the parts before it were yielded by then.
    """
    with _opened(path) as file:
        yield from _ids(path, file, rows, unit) if path.suffix == BARE_IDS else _records(path, file, rows)


def _ids(path: Path, file: IO[str], rows: int, unit: str) -> Iterator[Table]:
    part: list[Row] = []
    for line, text in enumerate(file, start=1):
        name = text.rstrip("\r\n")
        if not name:
            continue
        part.append(Row(line, {unit: name}))
        if len(part) == rows:
            yield Table(path, (unit,), tuple(part))
            part = []
    if part:
        yield Table(path, (unit,), tuple(part))


def _records(path: Path, file: IO[str], rows: int) -> Iterator[Table]:
    header = file.readline()
    while header and not header.strip():
        header = file.readline()
    file.seek(0)
    reader = csv.reader(file, delimiter=delimiter_of(header), strict=True)
    columns: tuple[str, ...] = ()
    part: list[Row] = []
    starts = 1
    try:
        for cells in reader:
            line, starts = starts, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = columns_of(path, cells)
                continue
            if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
                raise ImportRefused(
                    f"{path.name}, line {line}: {len(cells)} cells, the header has {len(columns)}."
                )
            part.append(Row(line, dict(zip(columns, cells, strict=False))))
            if len(part) == rows:
                yield Table(path, columns, tuple(part))
                part = []
    except csv.Error as error:
        raise ImportRefused(f"{path.name}, line {starts}: not readable as CSV ({error}).") from error
    if part:
        yield Table(path, columns, tuple(part))


@contextmanager
def _opened(path: Path) -> Generator[IO[str], None, None]:
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ImportRefused(f"{path} {what} (looked at {path.absolute()}).")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"{path.name} is not UTF-8 (byte 0x{error.object[error.start]:02x}). Save it as CSV UTF-8."
        ) from None
