"""Times candidates in turn, round after round, so that a busy machine slows each of them alike."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from random import Random
from statistics import median


def measure(candidates: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, list[float]]:
    """Seconds of each candidate in each round; a first round that only warms up is thrown away.

    Each round has an order of its own, the same in every run: whoever came always after the same one would
    find the caches as that one leaves them.
    """
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    order = list(candidates)
    for turn in range(rounds + 1):
        Random(turn).shuffle(order)
        for name in order:
            taken = candidates[name]()
            if turn:
                seconds[name].append(taken)
    return seconds


def ratio(seconds: Mapping[str, list[float]], slow: str, fast: str) -> float:
    """How many times as long `slow` took as `fast`: the median over rounds of the two times side by side."""
    return median(a / b for a, b in zip(seconds[slow], seconds[fast], strict=True))


def options(description: str, *, rounds: int = 11, rows: int | None = None) -> argparse.Namespace:
    """The arguments of every benchmark here; `--rows` where a number of rows is given."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--rounds", type=int, default=rounds, help=f"turns of every candidate (default {rounds})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    if rows is not None:
        parser.add_argument("--rows", type=int, default=rows, help=f"rows of the table (default {rows:,})")
    return parser.parse_args()


def show(
    title: str,
    seconds: Mapping[str, list[float]],
    goals: list[tuple[str, float, str, float]],
    *,
    unit: str,
    scale: float,
    as_json: bool,
) -> None:
    """Prints each candidate's fastest and median time, then each goal as (text, value, "≥" or "≤", bound)."""
    rows = [
        {"name": name, "fastest": min(taken) * scale, "median": median(taken) * scale}
        for name, taken in sorted(seconds.items(), key=lambda item: median(item[1]))
    ]
    judged = [
        {
            "goal": f"{text} {sign} {bound:g}",
            "value": value,
            "reached": value >= bound if sign == "≥" else value <= bound,
        }
        for text, value, sign, bound in goals
    ]
    if as_json:
        print(json.dumps({"title": title, "unit": unit, "rows": rows, "goals": judged}, ensure_ascii=False))
        return
    print(f"\n{title}\n{'':44}{'fastest':>10}{'median':>10}  {unit}")
    for row in rows:
        print(f"{row['name']:44}{row['fastest']:10.2f}{row['median']:10.2f}")
    for goal in judged:
        print(f"{goal['value']:8.2f}  {goal['goal']}: {'reached' if goal['reached'] else 'MISSED'}")
