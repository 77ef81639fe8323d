"""What was known of every unit before its message, as columns of numbers for a model of who answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amends.errors import UsageError

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    from amends.design.experiment import Experiment

Known = Sequence[float] | Mapping[str, Any]
"""One number a unit, or several columns by name, of numbers or words."""

TOLD = {"channel": "channel", "delay": "delay_seconds"}
"""What every call tells, and its column in a unit frame."""

FEWEST = 10
"""Units that a level of words needs to stand for itself; the rarer ones are taken together."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers for a model.

    Attributes:
        matrix: A row a unit; numbers centred and scaled, a column for every level but one.
        used: The names that any column came of; a constant tells nothing and is left out.
    """

    matrix: np.ndarray
    used: tuple[str, ...]


def design(known: Known, n: int) -> Columns:
    """Columns of numbers from what was known.

    Numbers (also written as text) enter as they are; words by their levels, those of fewer than 10 units
    together. A missing number is put at the mean and marked by a column of its own, a missing word is a
    level: both are allowed because what was known before the draw is alike in every arm.

    >>> design({"channel": ["email"] * 12 + ["sms"] * 12, "same": [1] * 24}, 24).used
    ('channel',)
    """
    named = known if isinstance(known, Mapping) else {"covariate": known}
    parts: list[np.ndarray] = []
    used: list[str] = []
    for name, values in named.items():
        if len(values) != n:
            raise UsageError(
                f"{n} values, {len(values)} of {name}: one of each per unit. Give lists of one length."
            )
        columns = _numbers(values)
        found = _levels(values) if columns is None else columns
        if found.shape[1]:
            parts.append(found)
            used.append(name)
    matrix = np.column_stack(parts) if parts else np.empty((n, 0))
    return Columns(matrix, tuple(used))


def known_before(experiment: Experiment, units: DataFrame) -> dict[str, Any]:
    """The columns of a unit frame that were known before the message, by name.

    The declared covariates and moderators, and what every call tells: channel and delay.
    """
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*experiment.covariates, *experiment.moderators, *TOLD)):
        column = next((held for held in _columns(name) if held in units), None)
        if column is not None and units[column].notna().any():
            found[name] = units[column]
    return found


def _columns(name: str) -> tuple[str, ...]:
    """Where a name may stand in a unit frame."""
    return (f"covariate.{name}", f"strata.{name}", TOLD.get(name, name))


def _numbers(values: Sequence[Any]) -> np.ndarray | None:
    """The column centred and scaled with a mark of what is missing, or None where some value is a word."""
    from pandas import to_numeric

    given = _series(values)
    numbers = to_numeric(given, errors="coerce").astype(float)
    missing = given.isna() | (given == "")
    if missing.all():
        return np.empty((len(given), 0))
    if (numbers.isna() & ~missing).any() or not np.isfinite(numbers[~missing]).all():
        return None
    filled = numbers.where(~missing, numbers[~missing].mean()).to_numpy()
    spread = filled.std()
    columns = [(filled - filled.mean()) / spread] if spread > 0 else []
    if missing.any():
        columns.append(missing.to_numpy(dtype=float))
    return np.column_stack(columns) if columns else np.empty((len(given), 0))


def _levels(values: Sequence[Any]) -> np.ndarray:
    """A column for every level but the commonest, the rare ones together as one."""
    words = _series(values).astype(object)
    words = words.where(words.notna(), "").astype(str)
    counts = words.value_counts()
    rare = counts[counts < FEWEST].index
    words = words.where(~words.isin(rare), "(rare)")
    counts = words.value_counts()
    if "(rare)" in counts and counts["(rare)"] < FEWEST:
        words = words.where(words != "(rare)", counts.index[0])
        counts = words.value_counts()
    levels = sorted(counts.index)
    commonest = counts.index[0]
    columns = [(words == level).to_numpy(dtype=float) for level in levels if level != commonest]
    return np.column_stack(columns) if columns else np.empty((len(words), 0))


def _series(values: Sequence[Any]) -> Series:
    from pandas import Series

    if isinstance(values, Series):
        return values.reset_index(drop=True)
    return Series(list(values), dtype=object)
