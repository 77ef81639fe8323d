"""A Parquet file as rows of texts, so that every importer reads it as it reads CSV."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from amends.errors import ImportRefused
from amends.importing.table import Row, Table


def read_parquet(path: Path) -> Table:
    """Reads a Parquet file; a row's `line` is its number, beginning with 1.

    Raises:
        ImportRefused: Missing, not Parquet, or without rows; pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ImportRefused(
            f"{path.name}: Parquet needs pyarrow, which is not installed: pip install pyarrow, or use CSV."
        ) from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
        columns = tuple(file.schema_arrow.names)
        rows: list[Row] = []
        for batch in file.iter_batches():
            rows += (
                Row(number, {name: cell(value) for name, value in row.items()})
                for number, row in enumerate(batch.to_pylist(), start=len(rows) + 1)
            )
    except FileNotFoundError:
        raise ImportRefused(f"{path} does not exist (looked at {path.absolute()}).") from None
    except (OSError, pyarrow.ArrowException) as error:
        raise ImportRefused(f"{path.name} cannot be read as Parquet: {error}") from error
    if not rows:
        raise ImportRefused(f"{path.name} has no rows: there is nothing to read.")
    return Table(path=path, columns=columns, rows=tuple(rows))


def cell(value: Any) -> str:
    """A value as the cell of a CSV file would have it.

    >>> from datetime import UTC
    >>> cell(None), cell(True), cell(6), cell(datetime(2026, 3, 2, 12, tzinfo=UTC))
    ('', 'true', '6', '2026-03-02T12:00:00+00:00')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
