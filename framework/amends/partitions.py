"""Parquet files by table and day, each replaced whole, each carrying the mark of the rows it was made from.

What was exported last is read from the files themselves, so that no list of it can disagree with them: a
file and its mark take their place in one step. A run that breaks off leaves every file readable, old or new.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from amends.errors import UsageError
from amends.exporting import part_of, write_text
from amends.partition_columns import SCHEMA_VERSION, TABLES, dictionary, dictionary_page

FILE = "rows.parquet"
ABOUT = "_about.json"
"""What the folder holds; engines pass over names that begin with an underscore."""

ABANDONED = timedelta(hours=1)
"""After so long without a change a part of a file is what a run left that was killed."""

AT_ONCE = 50_000
"""Rows in memory at a time."""

Place = tuple[str, date]
"""A table and a day."""


def path_of(folder: Path, place: Place) -> Path:
    """Where the rows of a table and day stand, as Hive names partitions.

    >>> path_of(Path("sync"), ("responses", date(2026, 3, 2))).as_posix()
    'sync/table=responses/day=2026-03-02/rows.parquet'
    """
    table, day = place
    return folder / f"table={table}" / f"day={day.isoformat()}" / FILE


def places(folder: Path) -> dict[Place, str | None]:
    """The files that stand in a folder, with their marks; None for one that cannot be read."""
    return {
        (path.parts[-3].removeprefix("table="), date.fromisoformat(path.parts[-2].removeprefix("day="))): (
            _mark(path)
        )
        for table in TABLES
        for path in sorted(folder.glob(f"table={table}/day=????-??-??/{FILE}"))
    }


def refuse_another(folder: Path, experiment: str) -> None:
    """Keeps two experiments from one folder, and this version from a later one's.

    Raises:
        UsageError: The folder is a file, holds another experiment, or files of a newer schema.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--to {folder} is a file; a folder is needed.")
    about = folder / ABOUT
    if not about.exists():
        return
    try:
        said = json.loads(about.read_text(encoding="utf-8"))
        name, version = said["experiment"], int(said["schema_version"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{about} is not what an export wrote there: use another folder.") from None
    if name != experiment:
        raise UsageError(f"--to {folder} holds {name}: give {experiment} a folder of its own.")
    if version > SCHEMA_VERSION:
        raise UsageError(
            f"--to {folder} was written under schema version {version}, this program knows {SCHEMA_VERSION}: "
            "update it, pip install --upgrade amends, or use another folder."
        )


def write_rows(
    folder: Path, place: Place, rows: Iterable[Mapping[str, Any]], *, experiment: str, mark: str
) -> int:
    """Writes the rows of a table and day in the place of what stood there; returns their number."""
    import pyarrow
    import pyarrow.parquet

    columns = TABLES[place[0]]
    about = {"amends.experiment": experiment, "amends.mark": mark, "amends.schema": str(SCHEMA_VERSION)}
    schema = pyarrow.schema([(column.name, _type(column.type)) for column in columns]).with_metadata(about)
    path = path_of(folder, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    remaining, count = iter(rows), 0
    try:
        with pyarrow.parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            while some := list(islice(remaining, AT_ONCE)):
                values = {c.name: [_value(c.type, row[c.name]) for row in some] for c in columns}
                writer.write_table(pyarrow.Table.from_pydict(values, schema=schema))
                count += len(some)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def remove(folder: Path, place: Place) -> None:
    """Takes away the file of a day that has no rows any more, unless another run was quicker.

    Its folder stays: another run may be about to write there.
    """
    path_of(folder, place).unlink(missing_ok=True)


def sweep(folder: Path, *, at: datetime) -> None:
    """Takes away the parts that killed runs left: an erased customer may stand in them."""
    for table in TABLES:
        for part in folder.glob(f"table={table}/day=*/.{FILE}.*.part"):
            try:
                if part.stat().st_mtime < (at - ABANDONED).timestamp():
                    part.unlink()
            except FileNotFoundError:  # another run was quicker
                continue


def describe(folder: Path, experiment: str, *, about: Mapping[str, object]) -> None:
    """Writes the data dictionary beside the files, and what the folder holds."""
    folder.mkdir(parents=True, exist_ok=True)
    words = dictionary(experiment)
    write_text(folder / "data_dictionary.json", json.dumps(words, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "data_dictionary.md", dictionary_page(experiment))
    said = {"experiment": experiment, "schema_version": SCHEMA_VERSION, **about}
    write_text(folder / ABOUT, json.dumps(said, ensure_ascii=False, indent=1) + "\n")


def _mark(path: Path) -> str | None:
    import pyarrow
    import pyarrow.parquet

    try:
        metadata = pyarrow.parquet.read_schema(path).metadata or {}
    except (OSError, pyarrow.ArrowInvalid):
        return None
    mark: bytes | None = metadata.get(b"amends.mark")
    return None if mark is None else mark.decode()


def _type(name: str) -> Any:
    import pyarrow

    return {
        "text": pyarrow.string(),
        "json": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "yes/no": pyarrow.bool_(),
        "time": pyarrow.timestamp("us", tz="UTC"),
        "ratings": pyarrow.map_(pyarrow.string(), pyarrow.float64()),
    }[name]


def _value(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "json":
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return list(value.items()) if kind == "ratings" else value
