"""Units as rows of a data frame, for analyses that need more than counts: what each column means.

One row is one matured unit that is neither a test nor forced, in the order of assignment.

| column | what |
|---|---|
| `unit` | its pseudonym |
| `arm`, `cluster`, `stratum`, `position` | what was drawn, for whom, from which sealed list |
| `block` | the block of the sealed list that held the unit's (the cluster's) arm; missing without one |
| `day`, `assigned_at` | UTC |
| `timezone` | the customer's IANA zone; missing where none was given |
| `channel`, `locale`, `delay_band`, `sender` | as the tally keeps them; `""` where none was given |
| `delay_seconds` | missing where none was given |
| `incidents` | incidents recorded for the unit, 0 where the sender gave none |
| `sent`, `delivered`, `failed` | whether such a delivery is recorded |
| `said` | the arm whose sentence was said last, where a sender recorded it |
| `started`, `completed`, `late` | of the survey; completed means within the response window |
| `covariate.NAME` | what was known before the message |
| `strata.NAME` | the unit's value of one factor of its stratum |
| `item.NAME` | the rating or choice of a unit that completed; a scale's score under the scale's name |
| `late.NAME` | the rating of a unit that finished after the window: it counts for reminders only |
| `outcome.NAME` | what happened without a survey, within the window |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from pandas import DataFrame

    from amends.design.metrics import Metric


def unit_frame(columns: Mapping[str, Sequence[Any]]) -> DataFrame:
    """The columns as a data frame, missing values as pandas has them.

    >>> list(unit_frame({"arm": ["sorry"], "item.satisfaction": [None]}).columns)
    ['arm', 'item.satisfaction']
    """
    from pandas import DataFrame

    return DataFrame(dict(columns))


def values_of(metric: Metric, units: DataFrame) -> Any:
    """The metric's value of every unit: 0 or 1 for a proportion, missing where a mean is not known.

    Absence of an outcome at the end of the window is 0 for a proportion.
    """
    from pandas import Series, to_numeric

    if metric.of is not None:
        return _scored(metric, units)
    if metric.kind == "proportion":
        if metric.source == "survey":
            return units["completed"].astype(float)
        name = f"outcome.{metric.name}"
        found = units[name] if name in units else Series(0.0, index=units.index)
        return (to_numeric(found).fillna(0.0) != 0).astype(float)
    name = f"{'item' if metric.source == 'survey' else 'outcome'}.{metric.name}"
    if name not in units:
        return Series(float("nan"), index=units.index)
    return to_numeric(units[name])


def _scored(metric: Metric, units: DataFrame) -> Any:
    """Each unit's value of a metric worked out from a rating; the silent are 0 where they count."""
    from pandas import Series, to_numeric

    name = f"item.{metric.of}"
    given = to_numeric(units[name]) if name in units else Series(float("nan"), index=units.index)
    points = {point: _value(metric, point) for point in given.dropna().unique()}
    values = given.map(points).astype(float)
    return values if metric.selected else values.fillna(0.0)


def _value(metric: Metric, point: float) -> float:
    """The metric's value of one rating."""
    return float(next(value for value, n in metric.scored({int(point): 1}).items() if n))


def alike(metric: Metric, units: DataFrame) -> tuple[np.ndarray, np.ndarray] | None:
    """How many units with a value each row stands for, and their spread about it; None for single units."""
    if "n" not in units:
        return None
    return spread_about(f"{'outcome' if metric.source == 'outcome' else 'item'}.{metric.name}", units)


def told(metric: Metric, rows: DataFrame) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    """The metric's value of every row, and what `alike` tells of it where a row is a whole cluster.

    Sums over clusters have columns `metric.NAME` (the mean about a centre), `metric.NAME:n` (of how many
    units) and `metric.NAME:within` (their squared distances from it).
    """
    column = f"metric.{metric.name}"
    if column not in rows:
        return values_of(metric, rows).to_numpy(dtype=float), None
    return rows[column].to_numpy(dtype=float), spread_about(column, rows)


def spread_about(column: str, units: DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """How many units with a value each row stands for, and the sum of their squared distances from it.

    A table's groups have a column `n` and, for an amount `NAME`, `NAME:n` and `NAME:within`.

    >>> rows = unit_frame({"n": [3], "outcome.spend:n": [2], "outcome.spend:within": [0.5]})
    >>> [part.tolist() for part in spread_about("outcome.spend", rows)]
    [[2.0], [0.5]]
    >>> [part.tolist() for part in spread_about("item.wait", rows)]
    [[3.0], [0.0]]
    """
    import numpy as np

    times = units_in(units)
    if f"{column}:n" not in units:
        return times, np.zeros(len(units))
    return units[f"{column}:n"].to_numpy(dtype=float), units[f"{column}:within"].to_numpy(dtype=float)


def units_in(rows: DataFrame) -> np.ndarray:
    """How many units each row stands for."""
    import numpy as np

    return rows["n"].to_numpy(dtype=float) if "n" in rows else np.ones(len(rows))


def numbered_clusters(units: DataFrame) -> DataFrame:
    """The frame with every cluster's pseudonym replaced by a number, which is far quicker to compare."""
    from pandas import factorize

    return units.assign(cluster=factorize(units["cluster"].to_numpy())[0])


def first_planned(units: DataFrame, per_arm: Mapping[str, int], *, clustered: bool) -> DataFrame:
    """The rows of the first planned units of every arm, in the order of assignment.

    Clusters are taken whole, in the order in which they were opened, until the number is reached; whole as
    they were on the day on which the last arm reached its number, so that who joins a cluster later changes
    nothing. The same rows that `amends.store.planned` counts.

    >>> rows = unit_frame({"arm": ["a", "a", "b", "a"], "cluster": ["x", "y", "z", "x"]})
    >>> list(first_planned(rows, {"a": 1, "b": 1}, clustered=True).index)
    [0, 2, 3]
    """
    import numpy as np
    from pandas import factorize

    kept = np.zeros(len(units), dtype=bool)
    arms = units["arm"].to_numpy()
    there = _until_planned(units, per_arm) if clustered else np.ones(len(units), dtype=bool)
    for arm, n in per_arm.items():
        places = np.flatnonzero((arms == arm) & there)
        if not clustered:
            kept[places[:n]] = True
            continue
        codes = factorize(units["cluster"].to_numpy()[places])[0]
        sizes = np.bincount(codes)
        kept[places[(np.cumsum(sizes) - sizes < n)[codes]]] = True
    return units[kept]


def _until_planned(units: DataFrame, per_arm: Mapping[str, int]) -> Any:
    """Which rows were assigned by the end of the day on which the last arm reached its number."""
    import numpy as np

    arms = units["arm"].to_numpy()
    own = {arm: np.flatnonzero(arms == arm) for arm in per_arm}
    if "day" not in units or any(len(own[arm]) < n for arm, n in per_arm.items()):
        return np.ones(len(units), dtype=bool)
    days = units["day"].to_numpy()
    return days <= max(days[own[arm][n - 1]] for arm, n in per_arm.items())


def moderator_values(name: str, units: DataFrame) -> Any:
    """A moderator's value of every unit: a number, or a word of several levels; missing where not told.

    A name declared in `moderators=` is a covariate of the call, a factor of the stratum, or one of what
    every call tells: `channel`, `locale`, `delay` (hours), `weekend` (1 on Saturday and
    Sunday by the customer's own clock, by UTC's where no zone was told).

    >>> rows = unit_frame({"delay_seconds": [7200, None], "channel": ["email", ""]})
    >>> list(moderator_values("delay", rows)), list(moderator_values("channel", rows).isna())
    ([2.0, nan], [False, True])
    """
    from pandas import Series, to_numeric

    for kind in ("covariate", "strata"):
        if f"{kind}.{name}" in units:
            return units[f"{kind}.{name}"]
    if name == "delay":
        return to_numeric(units["delay_seconds"]) / 3600
    if name == "weekend":
        return _weekend(units)
    if name in ("channel", "locale", "delay_band", "sender", "stratum"):
        return units[name].where(units[name] != "", None)
    return Series([None] * len(units), index=units.index, dtype=object)


def _weekend(units: DataFrame) -> Any:
    """1 where it was Saturday or Sunday for the customer when the arm was drawn, else 0."""
    from zoneinfo import ZoneInfo

    from pandas import Series, to_datetime

    found = Series([float(day.weekday() >= 5) for day in units["day"]], index=units.index, dtype=float)
    if "timezone" not in units:
        return found
    for zone, mine in units.groupby("timezone"):
        local = to_datetime(mine["assigned_at"], utc=True).dt.tz_convert(ZoneInfo(str(zone)))
        found[mine.index] = (local.dt.day_of_week >= 5).astype(float)
    return found
