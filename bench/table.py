"""A report of 10 million rows where they lie, beside pandas with scipy and beside tea-tasting on DuckDB.

Every candidate reads the same Parquet file, or holds the same table in memory already, compares completion
and the rating between all pairs of three arms, and is first asserted to find the same differences. Ours makes
the whole report. Then the memory that DuckDB and Spark need at a tenth of the rows and at all of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from math import isclose
from pathlib import Path
from time import perf_counter
from typing import Any

from amends import analyze_table
from interleaved import measure, options, ratio, show
from late_table import COLUMNS, definition, write

PAIRS = [("thank_you", "sorry"), ("thank_you", "silence"), ("sorry", "silence")]
FLAT = 1.25
Found = dict[tuple[str, str, str], float]


def ours(table: Any) -> Found:
    report = analyze_table(definition(), table, **COLUMNS)
    report.to_dict()
    return {item.key: float(item.effect) for item in report.contrasts if isinstance(item.effect, float)}


def with_pandas(frame: Any) -> Found:
    """Counts by `groupby`, Welch's test on the answers of every pair."""
    from scipy import stats

    done = frame.groupby("arm")["completed"].agg(["sum", "size"])
    answers = {arm: given.dropna().to_numpy() for arm, given in frame.groupby("arm")["satisfaction"]}
    found: Found = {}
    for one, other in PAIRS:
        events = [(done["sum"][arm], done["size"][arm] - done["sum"][arm]) for arm in (one, other)]
        stats.chi2_contingency(events, correction=False)
        stats.ttest_ind(answers[one], answers[other], equal_var=False)
        rate, mean = done["sum"] / done["size"], {arm: values.mean() for arm, values in answers.items()}
        found["completed", one, other] = float(rate[one] - rate[other])
        found["satisfaction", one, other] = float(mean[one] - mean[other])
    return found


def from_parquet(address: str) -> Found:
    import pandas

    return with_pandas(pandas.read_parquet(Path(address).parent, columns=list(COLUMNS.values())))


def tea_tasting(table: Any) -> Found:
    import tea_tasting as tt

    asked = {"completed": tt.Mean("completed"), "satisfaction": tt.RatioOfMeans("satisfaction", "completed")}
    given = table.mutate(satisfaction=table.satisfaction.fill_null(0))
    found: Found = {}
    for (second, first), result in (
        tt.Experiment(asked, variant="arm").analyze(given, all_variants=True).items()
    ):
        sign = 1 if (first, second) in PAIRS else -1
        pair = (first, second) if sign == 1 else (second, first)
        for name in asked:
            found[(name, *pair)] = sign * (result[name].treatment - result[name].control)
    return found


def by_tea_tasting(address: str) -> Found:
    import ibis

    return tea_tasting(ibis.duckdb.connect().read_parquet(address))


def peak(engine: str, address: str) -> float:
    """The most memory, in MB, that a process of its own needs for the report; of Spark also the JVM's."""
    command = [sys.executable, __file__, "--peak", engine, address]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )
    return float(json.loads(done.stdout.splitlines()[-1])["megabytes"])


def tell_peak(engine: str, address: str) -> None:
    if engine == "spark":
        from pyspark.sql import SparkSession

        # A JVM fills its memory before it tidies up: with little room for new objects it shows its need.
        builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "1g")
        builder = builder.config("spark.driver.extraJavaOptions", "-XX:+UseSerialGC -Xmn64m")
        builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2")
        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate().sparkContext.setLogLevel("OFF")
    ours(f"{'spark' if engine == 'spark' else 'parquet'}:{address}")
    used = high_water("self")
    if engine == "spark":
        from pyspark import SparkContext

        gateway = SparkContext._active_spark_context._gateway
        used += high_water(str(gateway.proc.pid))
    print(json.dumps({"megabytes": used}))


def high_water(process: str) -> float:
    """The most memory a process has held, in MB; `getrusage` would count what stood before `exec`."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def timed(work: Callable[[], Found]) -> Callable[[], float]:
    def run() -> float:
        started = perf_counter()
        work()
        return perf_counter() - started

    return run


def agree(candidates: dict[str, Callable[[], Found]]) -> None:
    """Asserts that all find the same differences."""
    results = {name: work() for name, work in candidates.items()}
    first = next(iter(results.values()))
    for name, found in results.items():
        assert found.keys() == first.keys(), (name, found.keys())
        assert all(isclose(found[key], first[key], rel_tol=1e-9, abs_tol=1e-12) for key in first), name


def main() -> None:
    import pandas
    import pyarrow.parquet

    asked = options(__doc__ or "", rounds=5, rows=10_000_000)
    with tempfile.TemporaryDirectory(prefix="amends-table-") as folder:
        large, small = Path(folder, "large"), Path(folder, "small")
        for place in (large, small):
            place.mkdir()
        address, tenth = write(large, asked.rows), write(small, asked.rows // 10)
        arrow = pyarrow.parquet.read_table(large)
        frame: pandas.DataFrame = arrow.to_pandas()
        candidates: dict[str, Callable[[], Found]] = {
            "whole report, Parquet by DuckDB": lambda: ours(f"parquet:{address}"),
            "whole report, Arrow in memory": lambda: ours(arrow),
            "whole report, pandas in memory": lambda: ours(frame),
            "tea-tasting, Parquet by DuckDB": lambda: by_tea_tasting(address),
            "pandas + scipy, Parquet": lambda: from_parquet(address),
            "pandas + scipy, in memory": lambda: with_pandas(frame),
        }
        agree(candidates)
        seconds = measure({name: timed(work) for name, work in candidates.items()}, rounds=asked.rounds)
        memory = {engine: (peak(engine, tenth), peak(engine, address)) for engine in ("duckdb", "spark")}
    report = "whole report, Parquet by DuckDB"
    goals = [
        (
            "pandas + scipy / whole report, from Parquet",
            ratio(seconds, "pandas + scipy, Parquet", report),
            "≥",
            5.0,
        ),
        (
            "whole report / tea-tasting, from Parquet",
            ratio(seconds, report, "tea-tasting, Parquet by DuckDB"),
            "≤",
            1.0,
        ),
        *(
            (
                f"{engine}: {few:.0f} MB of memory at a tenth of the rows, {all_:.0f} at all; ratio",
                all_ / few,
                "≤",
                FLAT,
            )
            for engine, (few, all_) in memory.items()
        ),
    ]
    show(f"A report of {asked.rows:,} rows", seconds, goals, unit="ms", scale=1000, as_json=asked.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        tell_peak(*sys.argv[2:])
    else:
        main()
