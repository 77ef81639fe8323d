"""The engine's cells read by the definition: every different value checked once, and put in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from amends.errors import UsageError, nearest
from amends.importing.finished import read_rating
from amends.importing.values import yes_or_no
from amends.warehouse.columns import (
    Columns,
    amounts,
    choices,
    completing_is_the_outcome,
    counted_ratings,
)

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.warehouse.gathering import Gathered

MOST_SAID = 5
"""Problems named in one refusal; the rest are counted."""


def checked(gathered: Gathered, columns: Columns, experiment: Experiment) -> DataFrame:
    """The cells with every value as the analysis has it, in an order of their own.

    Engines return groups in any order; resampling with a fixed seed must not depend on it.

    Raises:
        UsageError: Values that break a rule: each with its column, its rows, the rule and the remedy.
    """
    return _sorted(as_read(gathered, columns, experiment))


def as_read(gathered: Gathered, columns: Columns, experiment: Experiment) -> DataFrame:
    """The cells with every value as the analysis has it, in the order in which they came."""
    reading = _Reading(gathered.cells, columns, experiment)
    cells = reading.cells
    reading.arms()
    reading.completed()
    for name, column in columns.funnel.items():
        reading.column(name, _flag, column, missing=False)
    reading.ratings()
    summed = amounts(columns, experiment)
    for name, column in columns.outcomes.items():
        if f"outcome.{name}" not in summed:
            reading.column(f"outcome.{name}", lambda value: float(_flag(value)), column)
    for name, (column, scale) in summed.items():
        reading.amount(name, column, scale, summed=name in gathered.summed)
    for name, column in columns.known.items():
        if f"covariate.{name}" in cells:
            reading.column(f"covariate.{name}", _plain, column)
    for name, column in columns.segments.items():
        reading.column(f"strata.{name}", _level, column)
    if "cluster" in cells:
        reading.clusters(str(columns.cluster))
    reading.refuse()
    if (asked := completing_is_the_outcome(columns, experiment)) is not None:
        cells[f"outcome.{asked}"] = cells["completed"].astype(float)
    return cells


def read_clusters(found: DataFrame, columns: Columns, experiment: Experiment) -> DataFrame:
    """Rows of `arm`, `cluster` and their number `n`, in an order of their own.

    Raises:
        UsageError: An empty cluster, or one with units in two arms.
    """
    reading = _Reading(found, columns, experiment)
    reading.arms()
    reading.clusters(str(columns.cluster))
    reading.refuse()
    return reading.cells.sort_values("cluster", key=lambda ids: ids.map(str)).reset_index(drop=True)


def _sorted(cells: DataFrame) -> DataFrame:
    """The cells by their values, first column first, whatever kinds of values a column holds."""
    import numpy as np
    from pandas import factorize

    ranks = []
    for name in map(str, cells):
        if name == "n" or ":" in name:
            continue
        codes, values = factorize(cells[name], use_na_sentinel=True)
        order = sorted(range(len(values)), key=lambda place: _place(values[place]))
        rank = np.empty(len(values) + 1, dtype=int)
        rank[order], rank[-1] = range(len(values)), len(values)
        ranks.append(rank[codes])
    return cells.iloc[np.lexsort(ranks[::-1])].reset_index(drop=True)


class _Reading:
    """The cells while their values are read, and what was wrong with them."""

    def __init__(self, cells: DataFrame, columns: Columns, experiment: Experiment) -> None:
        self.cells, self.columns, self.experiment = cells.copy(), columns, experiment
        self.problems: list[str] = []

    def column(self, name: str, read: Callable[[Any], Any], column: str, *, missing: Any = None) -> None:
        """Reads each different value of a column once; rows without one get `missing`."""
        from pandas import Series, factorize

        codes, values = factorize(self.cells[name], use_na_sentinel=True)
        found: list[Any] = []
        for place, value in enumerate(values):
            try:
                found.append(read(_whole(value)))
            except ValueError as error:
                self.wrong(codes == place, str(error), column)
                found.append(missing)
        made = Series([*found, missing], dtype=object).to_numpy()[codes]
        self.cells[name] = Series(made, index=self.cells.index).infer_objects()

    def wrong(self, where: Any, said: str, column: str) -> None:
        n = int(self.cells.loc[where, "n"].sum())
        self.problems.append(f"{column!r} in {n:,} row{'' if n == 1 else 's'}: {said}")

    def arms(self) -> None:
        names = [arm.name for arm in self.experiment.arms]
        words = {**{name: name for name in names}, **self.columns.words}

        def read(value: Any) -> str:
            if str(value) not in words:
                raise ValueError(
                    f"{str(value)!r} is not an arm. {nearest(str(value), names, what='arms')} "
                    f'Map the table\'s word: arms={{"{value}": ARM}}.'
                )
            return words[str(value)]

        empty = self.cells["arm"].isna()
        if empty.any():
            self.wrong(empty, "the arm is empty; every row is a unit that was given one", self.columns.arm)
        self.column("arm", read, self.columns.arm)

    def completed(self) -> None:
        """0 or 1; empty means no for arms that were not invited, and nothing for the others."""
        name = self.columns.completed
        empty, uninvited = (
            self.cells["completed"].isna(),
            self.cells["arm"].isin(list(self.columns.not_invited)),
        )
        if (empty & ~uninvited).any():
            self.wrong(empty & ~uninvited, "it is empty; who did not complete has 0", name)
        self.column("completed", _flag, name, missing=False)
        self.cells["completed"] = self.cells["completed"].astype(bool)
        if (self.cells["completed"] & uninvited).any():
            self.wrong(
                self.cells["completed"] & uninvited, "completed, although the arm was not invited", name
            )

    def ratings(self) -> None:
        whole, words = counted_ratings(self.experiment), choices(self.experiment)
        for name, column in self.columns.ratings.items():
            if name in whole:
                self.column(f"item.{name}", _rating(name, whole[name]), column)
            elif name in words:
                self.column(f"item.{name}", str, column)
            self._only_completed(f"item.{name}", column)

    def _only_completed(self, name: str, column: str) -> None:
        given = self.cells[name].notna() if name in self.cells else self.cells[f"{name}:n"] > 0
        if (given & ~self.cells["completed"]).any():
            said = f"a rating of a unit that did not complete ({self.columns.completed} is no)"
            self.wrong(given & ~self.cells["completed"], said, column)

    def amount(self, name: str, column: str, scale: tuple[float, float] | None, *, summed: bool) -> None:
        if not summed:
            self.column(name, _amount(scale), column, missing=float("nan"))
            self.cells[name] = self.cells[name].astype(float)
            return
        cells = self.cells
        given = cells[f"{name}:n"] > 0
        cells.loc[~given, [f"{name}:total", f"{name}:squares"]] = 0.0
        strange = given & ~((cells[f"{name}:squares"] - cells[f"{name}:squares"]) == 0)
        if strange.any():
            said = "among them is a value that is not a finite number; what is not known is NULL"
            self.wrong(strange, said, column)
        if scale is not None:
            off = given & ((cells[f"{name}:low"] < scale[0]) | (cells[f"{name}:high"] > scale[1]))
            if off.any():
                low, high = cells.loc[off, f"{name}:low"].min(), cells.loc[off, f"{name}:high"].max()
                said = (
                    f"among them values from {low:g} to {high:g}, off the scale {scale[0]:g} to {scale[1]:g}"
                )
                self.wrong(off, said, column)

    def clusters(self, column: str) -> None:
        cells = self.cells
        if (empty := cells["cluster"].isna()).any():
            self.wrong(empty, "the cluster is empty; every unit has one", column)
        arms = cells.groupby("cluster")["arm"].nunique()
        if (torn := cells["cluster"].isin(arms[arms > 1].index)).any():
            first = sorted(map(str, arms[arms > 1].index))[0]
            said = f"{int((arms > 1).sum()):,} clusters have units in two arms, such as {first!r}"
            self.wrong(torn, said, column)

    def refuse(self) -> None:
        if not self.problems:
            return
        more = len(self.problems) - MOST_SAID
        listed = "\n".join(f"  {problem}" for problem in self.problems[:MOST_SAID])
        rest = f"\n  and {more} more" if more > 0 else ""
        raise UsageError(f"the table was not analysed, because of what stands in it:\n{listed}{rest}")


def _whole(value: Any) -> Any:
    """An engine's 6.0 as 6, a NumPy or decimal number as Python's own."""
    if isinstance(value, str | bool):
        return value
    if hasattr(value, "item"):
        value = value.item()
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return value
    if isinstance(value, bool):
        return value
    return int(number) if number.is_integer() else number


def _flag(value: Any) -> bool:
    return yes_or_no(str(value))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)


def _level(value: Any) -> str:
    from amends.analysis.moderation import level_name

    return level_name(value)


def _rating(name: str, scale: tuple[int, int]) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            return read_rating(str(value), name, scale, column="")
        except ValueError as error:
            raise ValueError(str(error).removeprefix(": ")) from None

    return read


def _amount(scale: tuple[float, float] | None) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        number = float(value)
        if number - number != 0:
            raise ValueError(f"{value} is not a finite number; what is not known is NULL")
        if scale is not None and not scale[0] <= number <= scale[1]:
            raise ValueError(f"{value} is off the scale {scale[0]:g} to {scale[1]:g}")
        return number

    return read


def _place(value: Any) -> tuple[bool, float, str]:
    """Where a value stands among values of several kinds: numbers by size, then words."""
    return (True, 0.0, value) if isinstance(value, str) else (False, float(value), "")
