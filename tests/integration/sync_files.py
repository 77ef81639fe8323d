"""Runs an export by day to its end, and compares its files with the database row by row."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet

from amends.lab.syncing import Synced, sync
from amends.partition_columns import TABLES

KEY = "late_parcel"


def run(lab: Any, folder: Path, since: date | None = None) -> Synced:
    steps = sync(lab, KEY, folder, since=since)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def exported(folder: Path, table: str) -> list[dict[str, Any]]:
    files = sorted(folder.glob(f"table={table}/day=*/rows.parquet"))
    return [row for path in files for row in pyarrow.parquet.ParquetFile(path).read().to_pylist()]


def stored(lab: Any, table: str) -> list[dict[str, Any]]:
    """The rows as the whole export has them, in the form of the files."""
    kinds = {column.name: column.type for column in TABLES[table]}

    def plain(name: str, value: Any) -> Any:
        if kinds[name] == "json" and value is not None:
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        return list(value.items()) if kinds[name] == "ratings" else value

    rows = getattr(lab.store.export_rows(KEY), table)
    return [{name: plain(name, row[name]) for name in kinds} for row in rows]


def agree(lab: Any, folder: Path) -> bool:
    return all(
        sorted(exported(folder, table), key=str) == sorted(stored(lab, table), key=str) for table in TABLES
    )
