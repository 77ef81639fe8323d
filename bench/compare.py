"""Holds one run's ratios against the committed ones: python bench/compare.py artifacts/bench.json.

Ratios carry over from one machine to another as times do not, so figures in a unit of time are left out. A
ratio that is worse by more than a quarter is a regression, whether or not its goal is still reached.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
WORSE = 0.25
IN_TIME = ("ms ", "µs ", "s ", "seconds ")


class Change(NamedTuple):
    """A goal's figure then and now.

    Attributes:
        name: Title and goal, without what changes from run to run.
        before: The committed figure.
        now: This run's; None where it has none.
        worse: How many times as bad as before: 1 is as good, 1.3 is worse by 30%.
    """

    name: str
    before: float
    now: float | None
    worse: float

    @property
    def regressed(self) -> bool:
        """Whether it is worse by more than a quarter, or missing."""
        return self.now is None or self.worse > 1 + WORSE


def ratios(found: Mapping[str, Any]) -> dict[str, tuple[float, bool]]:
    """Every ratio of a run by its name, and whether more is better."""
    return {
        _name(one["title"], goal["goal"]): (goal["value"], "≥" in goal["goal"])
        for one in found["benches"]
        for goal in one["goals"]
        if not goal["goal"].startswith(IN_TIME)
    }


def _name(title: str, goal: str) -> str:
    """Without what a run puts in brackets, such as how often the disk flushed, and without the bound.

    >>> _name("64 callers, SQLite (1,204 flushes/s)", "rows a commit, 64 threads ≥ 25")
    '64 callers, SQLite: rows a commit, 64 threads'
    """
    asked = re.split(r"\s*[≥≤]", goal)[0]
    return f"{re.sub(r' [(][^)]*[)]', '', title)}: {re.sub(r' at [0-9,]+ flushes/s', '', asked)}"


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Each ratio of the earlier run beside that of the later one, the worst first."""
    then, found = ratios(before), ratios(now)
    changes = []
    for name, (was, more_is_better) in then.items():
        if name not in found:
            changes.append(Change(name, was, None, float("inf")))
            continue
        value = found[name][0]
        top, bottom = (was, value) if more_is_better else (value, was)
        changes.append(Change(name, was, value, top / bottom if bottom else float("inf")))
    return sorted(changes, key=lambda change: -change.worse)


def main() -> int:
    """0 where nothing regressed, 1 where something did."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="what `make bench` wrote")
    parser.add_argument("baseline", type=Path, nargs="?", default=HERE / "baseline.json")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    chosen = parser.parse_args()
    before, now = (json.loads(path.read_text(encoding="utf-8")) for path in (chosen.baseline, chosen.run))
    changes = compare(before, now)
    regressed = [change for change in changes if change.regressed]
    if chosen.json:
        print(json.dumps([{**change._asdict(), "regressed": change.regressed} for change in changes]))
    else:
        for change in changes:
            value = "none" if change.now is None else f"{change.now:.2f}"
            said = "REGRESSED" if change.regressed else "as good" if change.worse <= 1 else "within a quarter"
            print(f"{change.before:10.2f} {value:>10}  {change.name}: {said}")
    print(f"{len(changes)} ratios, {len(regressed)} worse by more than a quarter.", file=sys.stderr)
    return 1 if regressed else 0


if __name__ == "__main__":
    sys.exit(main())
