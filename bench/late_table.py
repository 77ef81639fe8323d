"""Invented rows of a late parcel in Parquet, made by DuckDB a file at a time, and what reads them."""

from __future__ import annotations

import sys
from pathlib import Path

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you

KEY = "late_parcel"
COLUMNS = {"arm": "arm", "completed": "completed", "rating": "satisfaction"}
PER_FILE = 10_000_000

ROWS = """
    WITH drawn AS (
        SELECT
            (['thank_you', 'sorry', 'silence'])[1 + (hash(range) % 3)::INT] AS arm,
            hash(range + 1000000007) % 1000 AS lot,
            hash(range + 2000000011) % 7 AS point,
            hash(range + 3000000019) % 1000 AS noise
        FROM range({first}, {last})
    )
    SELECT
        arm,
        (lot < CASE arm WHEN 'thank_you' THEN 780 WHEN 'sorry' THEN 750 ELSE 700 END)::INT AS completed,
        CASE WHEN completed = 1 THEN 1 + point::INT END AS satisfaction,
        (exp(noise / 200.0))::DOUBLE AS spend
    FROM drawn
"""


def definition() -> Experiment:
    return Experiment(
        key=KEY,
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        metrics=[
            Proportion("completed", baseline=0.75, detect=0.02),
            Mean("satisfaction", scale=(1, 7), sd=1.6, detect=0.1),
        ],
    )


def write(folder: Path, rows: int) -> str:
    """The rows as Parquet files of at most `PER_FILE` rows; the pattern that names them all."""
    import duckdb

    connection = duckdb.connect()
    for number, first in enumerate(range(0, rows, PER_FILE)):
        query = ROWS.format(first=first, last=min(first + PER_FILE, rows))
        connection.execute(f"COPY ({query}) TO '{folder}/rows_{rows}_{number:03}.parquet' (FORMAT parquet)")
    connection.close()
    return f"{folder}/rows_{rows}_*.parquet"


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), int(sys.argv[2])))
