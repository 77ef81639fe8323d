"""Declared covariates of a frame of units as columns of numbers, or the reason why they cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.result import NotEnough
from amends.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame, Series

    from amends.design.experiment import Experiment

MOST_LEVELS = 10
"""Words that a covariate may take: each but the first becomes a column of its own."""

MEASURED_AT = "_at"
"""`covariates={"orders": 3, "orders_at": "2026-03-01T08:00:00Z"}` says when `orders` was measured."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before the message, of every unit.

    Attributes:
        columns: Numbers by name; a word's column is named `covariate=word`.
        names: The covariates behind them.
        constant: Covariates that are the same for every unit and were dropped.
    """

    columns: dict[str, np.ndarray]
    names: tuple[str, ...]
    constant: tuple[str, ...] = ()


def known_before(experiment: Experiment, units: DataFrame) -> Known | NotEnough:
    """The declared covariates of these units.

    Numbers stay numbers (also where they came as text, from a file); words become columns of 0 and 1, up to
    ten of them. A covariate that is the same for all is dropped. One that is missing for a unit, or was
    measured after its assignment, makes the whole adjustment impossible: leaving units out would undo the
    randomisation, and another set of covariates would be another analysis than the one declared.

    >>> from pandas import DataFrame
    >>> from types import SimpleNamespace
    >>> rows = DataFrame({"covariate.orders": ["3", "5"], "covariate.city": ["Solo", "Solo"]})
    >>> found = known_before(SimpleNamespace(covariates=("orders", "city")), rows)
    >>> found.names, found.columns["orders"].tolist(), found.constant
    (('orders',), [3.0, 5.0], ('city',))
    """
    columns: dict[str, np.ndarray] = {}
    names, constant = [], []
    for name in experiment.covariates:
        reason = _refused(name, units)
        if reason is not None:
            return reason
        given = units[f"covariate.{name}"]
        if given.nunique() < 2:
            constant.append(name)
            continue
        numbers = _numbers(given)
        found = {name: numbers} if numbers is not None else _dummies(name, given)
        if isinstance(found, NotEnough):
            return found
        columns.update(found)
        names.append(name)
    if not columns:
        what = ", ".join(repr(name) for name in constant)
        return NotEnough(f"covariate {what} is the same for every unit, so there is nothing to adjust for")
    return Known(columns, tuple(names), tuple(constant))


def _refused(name: str, units: DataFrame) -> NotEnough | None:
    column = f"covariate.{name}"
    total = int(units["n"].sum()) if "n" in units else len(units)
    empty = units[units[column].isna()] if column in units else units
    missing = int(empty["n"].sum()) if "n" in units else len(empty)
    if missing or not total:
        return NotEnough(f"covariate {name!r} is missing for {missing} of {total} units")
    measured = f"{column}{MEASURED_AT}"
    if measured not in units:
        return None
    from pandas import to_datetime

    from amends.analysis.adjustment import check_before

    timed = units[units[measured].notna()]
    try:
        then = to_datetime(timed[measured], utc=True, format="ISO8601")
        check_before(name, then, to_datetime(timed["assigned_at"], utc=True))
    except (UsageError, ValueError) as error:
        return NotEnough(str(error))
    return None


def _numbers(given: Series[Any]) -> np.ndarray | None:
    """The values as finite numbers; None where one is a word."""
    import numpy as np
    from pandas import to_numeric

    found: np.ndarray = to_numeric(given, errors="coerce").to_numpy(dtype=float)
    return found if np.isfinite(found).all() else None


def _dummies(name: str, given: Series[Any]) -> dict[str, np.ndarray] | NotEnough:
    words = given.astype(str)
    levels = sorted(words.unique())
    if len(levels) > MOST_LEVELS:
        return NotEnough(
            f"covariate {name!r} is text with {len(levels)} different values; "
            f"{MOST_LEVELS} at most, or numbers"
        )
    return {f"{name}={level}": (words == level).to_numpy(dtype=float) for level in levels[1:]}
