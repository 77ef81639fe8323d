"""Which column of a table holds what, held against the definition before any row is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amends.analysis import segments
from amends.design.rated import rated
from amends.design.survey import Choice, Rating, Scale
from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

RECEIPTS = ("sent", "delivered", "failed")
"""What became of a message; together with `started` the funnel's steps that a table may hold."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The table's columns by what they hold; every value is a column's name.

    Attributes:
        arm: The arm, in the definition's words or in those that `words` maps to them.
        completed: 0 or 1, true or false, yes or no.
        unit: The unit's id; None where each row is taken as a unit.
        cluster: The cluster's id, where the definition has one.
        ratings: By the name of a rating, choice or score of the survey.
        outcomes: By the name of a metric that needs no survey.
        known: By the name of a covariate or moderator.
        segments: By the name of a segment that nobody declared, such as `channel`.
        funnel: By `sent`, `delivered`, `failed`, `started`.
        words: The table's own words for the arms, for instance `{"Thanked": "thank_you"}`.
        not_invited: Arms that got no invitation to the survey.
    """

    arm: str
    completed: str
    unit: str | None = None
    cluster: str | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    funnel: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    not_invited: tuple[str, ...] = ()

    def named(self) -> Iterator[tuple[str, str]]:
        """Every column named, with what it was named for."""
        yield "arm", self.arm
        yield "completed", self.completed
        for what in ("unit", "cluster"):
            if (name := getattr(self, what)) is not None:
                yield what, name
        for group in (self.ratings, self.outcomes, self.known, self.segments, self.funnel):
            yield from group.items()


def check_columns(columns: Columns, experiment: Experiment, present: Collection[str]) -> None:
    """Holds the columns against the definition and the table.

    Args:
        columns: As the caller named them.
        experiment: The definition.
        present: The table's columns.

    Raises:
        UsageError: A column that the table lacks, a name that the definition does not know, or a column
            without which a figure of the definition would be wrong.
    """
    for what, column in columns.named():
        if column not in present:
            raise UsageError(f"the table has no column {column!r} ({what}). {_nearest(column, present)}")
    items = [item.name for item in experiment.items] + list(rated(experiment))
    outcomes = [metric.name for metric in experiment.metrics if metric.source == "outcome"]
    before = [*experiment.covariates, *(str(name) for name in experiment.moderators)]
    for what, given, known in (
        ("rating", columns.ratings, items),
        ("outcomes", columns.outcomes, outcomes),
        ("covariates and moderators", columns.known, before),
        ("segments", columns.segments, segments.names(experiment)),
        ("the funnel", columns.funnel, [*RECEIPTS, "started"]),
    ):
        for name in given:
            if name not in known:
                if what == "segments":
                    raise _no_segment(name, known, experiment)
                raise UsageError(
                    f"{what}: {name!r} is nothing that {_key(experiment)} declares there. "
                    f"{_nearest(name, known)} Declare it, or leave the column out."
                )
    _check_arms(columns, experiment)
    _check_cluster(columns, experiment)
    _check_complete(columns, experiment)


def check_kinds(columns: Columns, kinds: Mapping[str, Any]) -> None:
    """Sees that every column named holds single values.

    Args:
        columns: As the caller named them.
        kinds: The table's columns with their Ibis types.

    Raises:
        UsageError: A column of lists, records or maps.
    """
    for what, column in columns.named():
        if kinds[column].is_nested():
            raise UsageError(
                f"column {column!r} ({what}) holds {kinds[column]}, not one value a row. Take out of it what "
                "is meant as a column of its own."
            )


def _no_segment(name: str, known: Collection[str], experiment: Experiment) -> UsageError:
    if name in experiment.moderators:
        return UsageError(f"segments: {name!r} is a declared moderator of {_key(experiment)}: name it there.")
    return UsageError(
        f"segments: {name!r} is none of {', '.join(known)}. {_nearest(name, known)} What else may matter is "
        "declared as a moderator."
    )


def counted_ratings(experiment: Experiment) -> dict[str, tuple[int, int]]:
    """The ratings that are whole points of a scale, by name, with its ends."""
    return {item.name: item.scale for item in experiment.items if isinstance(item, Rating)}


def choices(experiment: Experiment) -> set[str]:
    """The questions answered by one of several words."""
    return {item.name for item in experiment.items if isinstance(item, Choice)}


def amounts(columns: Columns, experiment: Experiment) -> dict[str, tuple[str, tuple[float, float] | None]]:
    """What is summed, not counted: by `item.NAME` or `outcome.NAME` its column and the ends of its scale."""
    whole = {*counted_ratings(experiment), *choices(experiment)}
    scales = {item.name: item.scale for item in _declared(experiment) if isinstance(item, Scale)}
    scales |= {name: scale for name, scale in rated(experiment).items() if scale is not None}
    found: dict[str, tuple[str, tuple[float, float] | None]] = {
        f"item.{name}": (column, scales.get(name))
        for name, column in columns.ratings.items()
        if name not in whole
    }
    for metric in experiment.metrics:
        if metric.source == "outcome" and metric.kind == "mean" and metric.name in columns.outcomes:
            found[f"outcome.{metric.name}"] = columns.outcomes[metric.name], metric.scale
    return found


def completing_is_the_outcome(columns: Columns, experiment: Experiment) -> str | None:
    """The outcome that completing stands for where no survey is measured, such as a reply asked for."""
    if any(metric.name == "completed" or metric.of is not None for metric in experiment.metrics):
        return None
    asked = (m.name for m in experiment.metrics if m.kind == "proportion" and m.source == "outcome")
    first = next(asked, None)
    return None if first in columns.outcomes else first


def _declared(experiment: Experiment) -> tuple[object, ...]:
    return experiment.survey if isinstance(experiment.survey, tuple) else ()


def _check_arms(columns: Columns, experiment: Experiment) -> None:
    arms = [arm.name for arm in experiment.arms]
    given = [("arms", name) for name in columns.words.values()]
    given += [("not_invited", name) for name in columns.not_invited]
    for what, name in given:
        if name not in arms:
            raise UsageError(f"{what}: {name!r} is no arm of {_key(experiment)}. {_nearest(name, arms)}")


def _check_cluster(columns: Columns, experiment: Experiment) -> None:
    if experiment.cluster is not None and columns.cluster is None:
        raise UsageError(
            f"{_key(experiment)} is randomised by cluster, so the table must say which: add cluster=COLUMN."
        )
    if experiment.cluster is None and columns.cluster is not None:
        raise UsageError(
            f"{_key(experiment)} declares no cluster=, so cluster={columns.cluster!r} is refused."
        )


def _check_complete(columns: Columns, experiment: Experiment) -> None:
    """A share whose events are in no column would come out as 0 of all."""
    stands_for = completing_is_the_outcome(columns, experiment)
    for metric in experiment.metrics:
        if metric.kind == "proportion" and metric.source == "outcome":
            if metric.name not in columns.outcomes and metric.name != stands_for:
                raise UsageError(
                    f"{metric.name} is a share of {_key(experiment)} and no column holds it: add "
                    f'outcomes={{"{metric.name}": COLUMN}}.'
                )
        elif metric.of is not None and metric.of not in columns.ratings:
            raise UsageError(
                f"{metric.name} is read from {metric.of!r} and no column holds it: add "
                f'rating={{"{metric.of}": COLUMN}}.'
            )


def _key(experiment: Experiment) -> str:
    return experiment.key or "the experiment"


def _nearest(name: str, known: Collection[str]) -> str:
    return nearest(str(name), [str(one) for one in known], what="names")
