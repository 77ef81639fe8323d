"""What every adapter needs: registering a method, reading a case's inputs, taking figures from a result."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from amends.analysis.means import Summary, summarize
from amends.analysis.result import Estimate, Interval, NotEnough

Inputs = dict[str, Any]
Got = dict[str, Any]
Method = Callable[[Inputs, Inputs, Path], Got]

METHODS: dict[str, Method] = {}
"""By the name that a case gives: from inputs, parameters and the case's folder to figures."""

ARM_ORDER = ("silence", "sorry", "thanks")


def method(name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register


def rows_of(inputs: Inputs, folder: Path) -> list[dict[str, str]]:
    with (folder / inputs["csv"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def matching(rows: Iterable[dict[str, str]], condition: str) -> list[dict[str, str]]:
    """Rows that meet `arm==thanks & completed==1`."""
    tests = [part.split("==") for part in condition.split("&")]
    return [row for row in rows if all(row[name.strip()] == value.strip() for name, value in tests)]


def column(rows: Iterable[dict[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in rows if row[name] != ""]


def both(inputs: Inputs, folder: Path) -> tuple[list[float], list[float]]:
    if "csv" not in inputs:
        return inputs["x"], inputs["y"]
    rows = rows_of(inputs, folder)
    x, y = (column(matching(rows, inputs[side]), inputs["outcome"]) for side in ("x", "y"))
    return x, y


def by_group(inputs: Inputs, folder: Path) -> tuple[list[str], list[list[float]]]:
    rows = rows_of(inputs, folder)
    names = {row[inputs["group"]] for row in rows}
    order = sorted(names, key=lambda name: (ARM_ORDER.index(name) if name in ARM_ORDER else 99, name))
    return order, [column(matching(rows, f"{inputs['group']}=={name}"), inputs["outcome"]) for name in order]


def table_of(inputs: Inputs) -> tuple[int, int, int, int]:
    return inputs["x1"], inputs["n1"], inputs["x2"], inputs["n2"]


def part(result: Any, name: str) -> Any:
    """A figure of a result, or the reason in its place."""
    return result if isinstance(result, NotEnough) else getattr(result, name)


def ends(prefix: str, interval: Interval | NotEnough) -> Got:
    return {f"{prefix}low": part(interval, "low"), f"{prefix}high": part(interval, "high")}


def estimate_ends(prefix: str, estimate: Estimate | NotEnough) -> Got:
    return ends(prefix, part(estimate, "interval"))


def summaries_of(inputs: Inputs, folder: Path) -> tuple[Summary, Summary]:
    a, b = (summarize(values) for values in both(inputs, folder))
    assert isinstance(a, Summary)
    assert isinstance(b, Summary)
    return a, b
