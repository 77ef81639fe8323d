"""A finished experiment from a file: each row a unit, its arm, whether it completed, its rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amends.assignment.hashing import id_bytes
from amends.design.rated import rated
from amends.design.survey import Rating
from amends.errors import AmendsError, ImportRefused, nearest
from amends.importing.table import Row, Table, refuse
from amends.importing.values import whole_or_decimal, yes_or_no

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


@dataclass(frozen=True, slots=True)
class FinishedRow:
    """One unit of a finished experiment.

    Attributes:
        line: Where it stands in the file.
        unit: Its id, or `row N` where the file has no ids.
        arm: The arm's name in the definition.
        completed: Whether the survey (or the asked-for reply) was completed.
        ratings: Value per rating metric, for those who gave one.
        cluster: The id of its cluster, where one is declared.
    """

    line: int
    unit: str
    arm: str
    completed: bool
    ratings: dict[str, int]
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what. `rating` maps a column to the metric it fills.

    `not_invited` names arms that got no invitation to the survey: their cells under `completed` say no
    or are blank.
    """

    arm: str
    completed: str
    unit: str | None = None
    rating: str | None = None
    cluster: str | None = None
    not_invited: tuple[str, ...] = ()


def read_finished(
    table: Table, experiment: Experiment, columns: Columns, *, mapping: Mapping[str, str] | None = None
) -> tuple[FinishedRow, ...]:
    """Reads a finished experiment, all rows or none.

    Args:
        table: The file.
        experiment: Its arms, and the scale of its rating, say what is allowed.
        columns: Which column holds what.
        mapping: The file's own words for the arms, for instance `{"Thanked": "thank_you"}`.

    Raises:
        ImportRefused: A missing column, an unknown arm, a word that is neither yes nor no, a rating
            off the scale, a rating of someone who did not complete, a unit that stands there twice.
    """
    mapping = dict(mapping or {})
    names = tuple(arm.name for arm in experiment.arms)
    wrong = [
        f"--map {word}={arm}: {_unknown_arm(arm, names)}" for word, arm in mapping.items() if arm not in names
    ]
    wrong += [
        f"--not-invited {arm}: {_unknown_arm(arm, names)}" for arm in columns.not_invited if arm not in names
    ]
    refuse(table.path, wrong)
    table.require(
        name
        for name in (columns.arm, columns.completed, columns.unit, columns.rating, columns.cluster)
        if name is not None
    )
    _check_cluster(table, experiment, columns)
    metric = _rating_metric(table, experiment) if columns.rating else None
    rows: list[FinishedRow] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    arms_of_clusters: dict[str, str] = {}
    for number, row in enumerate(table.rows, start=1):
        try:
            found = _read(
                row, experiment, columns, names=names, mapping=mapping, number=number, metric=metric
            )
            _once(found, columns, seen)
            _one_arm_per_cluster(found, arms_of_clusters)
        except (ValueError, AmendsError) as error:
            problems.append(f"line {row.line}: {error}")
        else:
            rows.append(found)
    refuse(table.path, problems)
    return tuple(rows)


def _read(
    row: Row,
    experiment: Experiment,
    columns: Columns,
    *,
    names: tuple[str, ...],
    mapping: Mapping[str, str],
    number: int,
    metric: str | None,
) -> FinishedRow:
    unit = f"row {number}"
    if columns.unit is not None:
        if not row.get(columns.unit):
            raise ValueError(f"{columns.unit} is blank")
        unit = row[columns.unit]
        id_bytes(unit)
    word = row.get(columns.arm)
    arm = mapping.get(word, word)
    if arm not in names:
        raise ValueError(f"{columns.arm}: {_unknown_arm(word, names)}")
    completed = _completed(row, columns, arm)
    ratings: dict[str, int] = {}
    if metric is not None and row.get(columns.rating):
        if not completed:
            raise ValueError(
                f"{columns.rating}: a rating of a unit that did not complete ({columns.completed} is no)"
            )
        scale = rating_scales(experiment)[metric]
        ratings[metric] = read_rating(row.get(columns.rating), metric, scale, column=str(columns.rating))
    cluster = row.get(columns.cluster) or None
    if columns.cluster is not None and cluster is None:
        raise ValueError(f"{columns.cluster} is blank")
    return FinishedRow(row.line, unit, arm, completed, ratings, cluster)


def _completed(row: Row, columns: Columns, arm: str) -> bool:
    cell = row.get(columns.completed)
    if arm in columns.not_invited and not cell:
        return False
    try:
        completed = yes_or_no(cell)
    except ValueError as error:
        raise ValueError(f"{columns.completed}: {error}") from None
    if completed and arm in columns.not_invited:
        raise ValueError(f"{columns.completed}: yes, although {arm} was not invited (--not-invited {arm})")
    return completed


def rating_scales(experiment: Experiment) -> dict[str, tuple[int, int]]:
    """Every rating a survey gives, by name, with the ends of its scale."""
    return {item.name: item.scale for item in experiment.items if isinstance(item, Rating)}


def read_rating(cell: str, name: str, scale: tuple[int, int], *, column: str) -> int:
    """Reads a rating and holds it against its scale.

    Raises:
        ValueError: Naming the column, the value and the scale.

    >>> read_rating("6", "satisfaction", (1, 7), column="Q1")
    6
    """
    try:
        value = whole_or_decimal(cell)
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from None
    if not scale[0] <= value <= scale[1]:
        raise ValueError(f"{column}: {cell} is off the scale of {name}, {scale[0]} to {scale[1]}")
    if not isinstance(value, int):
        raise ValueError(
            f"{column}: {cell} is between the points of the scale of {name}; ratings are whole numbers"
        )
    return value


def _unknown_arm(word: str, names: tuple[str, ...]) -> str:
    return (
        f'{word!r} is not an arm. {nearest(word, names, what="arms")} Map the file\'s word: --map "{word}=…"'
    )


def _check_cluster(table: Table, experiment: Experiment, columns: Columns) -> None:
    if experiment.cluster is not None and columns.cluster is None:
        raise ImportRefused(
            f"{experiment.key} is randomised by cluster, so the file must say which: add --cluster COLUMN."
        )
    if experiment.cluster is None and columns.cluster is not None:
        raise ImportRefused(
            f"{experiment.key} declares no cluster=, so --cluster {columns.cluster} is refused."
        )


def _rating_metric(table: Table, experiment: Experiment) -> str:
    """The rating that the column fills: the first one that a metric is read from."""
    for name in rated(experiment):
        return name
    raise ImportRefused(
        f"{experiment.key} has no rating metric, so a rating column has nowhere to go. "
        'Add Mean("satisfaction", scale=(1, 7), …) to its metrics, or leave --rating out.'
    )


def _once(found: FinishedRow, columns: Columns, seen: dict[str, int]) -> None:
    line = seen.setdefault(found.unit, found.line)
    if line != found.line:
        raise ValueError(
            f"{columns.unit} {found.unit!r} already stands on line {line}; each unit counts once"
        )


def _one_arm_per_cluster(found: FinishedRow, arms: dict[str, str]) -> None:
    if found.cluster is None:
        return
    arm = arms.setdefault(found.cluster, found.arm)
    if arm != found.arm:
        raise ValueError(f"cluster {found.cluster!r} is in arm {arm!r} above and in {found.arm!r} here")
