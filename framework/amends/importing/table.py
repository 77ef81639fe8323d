"""A CSV file as rows with line numbers, or the reason why it cannot be read. Standard library only."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from amends.errors import ImportRefused, nearest

SHOWN = 20
"""Problems listed by line before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: the line it starts on, and its cells by column name.

    `row["unit_id"]` is the cell exactly as written, blanks included: ids are hashed byte for byte.
    """

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str | None) -> str:
        """The cell without surrounding blanks; an empty string where the file has no such column."""
        return "" if column is None else self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns and rows."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def require(self, columns: Iterable[str]) -> None:
        """Refuses the file when it lacks one of `columns`.

        Raises:
            ImportRefused: Naming the missing column and the nearest one the file has.
        """
        problems = tuple(
            f"no column {column!r}. {nearest(column, self.columns, what='columns')}"
            for column in columns
            if column not in self.columns
        )
        refuse(self.path, problems)


def refuse(path: Path, problems: Sequence[str]) -> None:
    """Raises `ImportRefused` with every problem, the first twenty of them written out."""
    if not problems:
        return
    shown = tuple(problems[:SHOWN])
    if len(problems) > SHOWN:
        shown += (f"… and {len(problems) - SHOWN} more",)
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise ImportRefused(f"{path.name}: {count}; nothing was stored.", problems=shown)


def read_table(path: Path) -> Table:
    """Reads a CSV file in UTF-8, separated by commas, semicolons or tabs (whichever its header uses).

    A file whose name ends in `.parquet` is read as Parquet.

    Args:
        path: The file. A byte-order mark, as Excel's "CSV UTF-8" writes it, is accepted.

    Raises:
        ImportRefused: Missing file, another encoding, no rows, a column named twice, or rows with
            more or fewer cells than the header; rows are named by the line they start on.
    """
    if path.suffix == ".parquet":
        from amends.importing.parquet import read_parquet

        return read_parquet(path)
    text = _decoded(path)
    if not text.strip():
        raise ImportRefused(f"{path.name} is empty: a header line and at least one row are needed.")
    lines = StringIO(text, newline="")
    header = next(line for line in lines if line.strip())
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter_of(header), strict=True)
    rows: list[Row] = []
    problems: list[str] = []
    columns: tuple[str, ...] = ()
    starts = 1
    try:
        for cells in reader:
            line, starts = starts, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = columns_of(path, cells)
            elif len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
                problems.append(f"line {line}: {len(cells)} cells, the header has {len(columns)}")
            else:
                rows.append(Row(line, dict(zip(columns, cells, strict=False))))
    except csv.Error as error:
        problems.append(f"line {starts}: not readable as CSV ({error})")
    refuse(path, problems)
    if not rows:
        raise ImportRefused(f"{path.name} has a header but no rows: there is nothing to read.")
    return Table(path=path, columns=columns, rows=tuple(rows))


def _decoded(path: Path) -> str:
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise ImportRefused(f"{path} {what} (looked at {path.absolute()}).")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportRefused(
            f"{path.name} is not UTF-8: byte 0x{data[error.start]:02x} on line {line}. "
            "Save it as CSV UTF-8 (in Excel: Save As, CSV UTF-8) and try again."
        ) from None
    if "\0" in text:
        raise ImportRefused(
            f"{path.name} holds NUL bytes, so it is not a UTF-8 CSV file (a spreadsheet, or UTF-16?). "
            "Save it as CSV UTF-8 and try again."
        )
    return text


def delimiter_of(header: str) -> str:
    """The separator the header uses most; a comma where it has a single column."""
    return max((",", ";", "\t"), key=header.count)


def columns_of(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    """The header's names, each of its own."""
    columns = tuple(cell.strip() for cell in cells)
    while columns and not columns[-1]:
        columns = columns[:-1]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice or not all(columns):
        what = f"names column {twice[0]!r} twice" if twice else "has a column without a name"
        raise ImportRefused(f"{path.name}: the header {what}. Every column needs a name of its own.")
    return columns
