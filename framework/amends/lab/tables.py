"""The report of a whole table, counted by the engine where it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from amends.design.experiment import Experiment
from amends.design.plan import plan
from amends.design.rated import rated
from amends.errors import UsageError
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from amends.analysis.formatting import Sentence
    from amends.analysis.report import Report
    from amends.lab.lab import Lab
    from amends.warehouse.columns import Columns

    Named = Mapping[str, str] | Sequence[str]
    Progress = Callable[[float | None], None]

MOST_UNITS = 2_000_000
"""Rows up to which analyses that read units get them; beyond, the report says what it is without."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """The definition a table is read by, and how it stands with it.

    Attributes:
        experiment: The definition in force, or as given.
        about: What else the report says and obeys: its status, mask and kept simulations.
    """

    experiment: Experiment
    about: dict[str, Any] = field(default_factory=dict)


def analyze_table(
    experiment: Experiment | str,
    table: Any,
    *,
    arm: str,
    completed: str,
    rating: str | Mapping[str, str] | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    outcomes: Named = (),
    covariates: Named = (),
    moderators: Named = (),
    segments: Named = (),
    sent: str | None = None,
    delivered: str | None = None,
    failed: str | None = None,
    started: str | None = None,
    arms: Mapping[str, str] | None = None,
    not_invited: Sequence[str] = (),
    at: datetime | None = None,
    most_units: int = MOST_UNITS,
    progress: Progress | None = None,
    lab: Lab | None = None,
) -> Report:
    """The report of an experiment whose units are the rows of a table, counted inside its engine.

    The engine groups the rows by arm, completion and what else is named, once; no row leaves it unless an
    analysis needs units, and then up to `most_units` of them; covariates and moderators of more rows are
    read from groups of units that are alike.
    The report is the one that `analyze` gives of the same rows. Every row is taken as matured.

    Args:
        experiment: The definition, or the key of one in the experiments folder, read as it is in force: while
            it runs the table decides nothing that a running experiment may not, and masks stay.
        table: A pandas, polars, Arrow or Ibis table, or an address such as `parquet:late.parquet`.
        arm: Column of the arm, in the definition's words or in those that `arms` maps.
        completed: Column that says whether the survey was completed: 0 or 1, true or false, yes or no.
        rating: Column of the first rating that a metric is read from; or columns by rating.
        unit: Column of the unit's id, checked to name every unit once; without it the report says that each
            row was taken as a unit.
        cluster: Column of the cluster's id, where the definition declares clusters.
        outcomes: Columns by metric of what needs no survey; or metrics whose columns have their names.
        covariates: Columns by declared covariate, likewise.
        moderators: Columns by declared moderator, likewise.
        segments: Columns by segment that nobody declared: `channel`, `locale` (language), `delay_band`,
            `weekend`, and the factors of the blocks.
        sent: Column with 1 for units whose message was sent; `delivered`, `failed`, `started` likewise.
        arms: The table's own words for the arms, for instance `{"Thanked": "thank_you"}`.
        not_invited: Arms that got no invitation to the survey.
        at: When the rows were read; now by default.
        most_units: Rows up to which analyses that read units get them, which takes memory by the row.
        progress: Called now and then with the share that is done, None where the engine does not say.
        lab: Where a key is looked up; the process's own by default.

    Raises:
        UsageError: A column or a value that breaks a rule, with the value, its rows, the rule and the remedy.

    >>> import pandas
    >>> from amends import Proportion, silence, thank_you
    >>> study = Experiment(key="late", notice="Late.", arms=[thank_you("Thank you."), silence()],
    ...                    metrics=[Proportion("completed")])
    >>> group, done = ["thank_you"] * 4 + ["silence"] * 4, [1, 1, 1, 0, 0, 1, 0, 0]
    >>> rows = pandas.DataFrame({"group": group, "done": done})
    >>> report = analyze_table(study, rows, arm="group", completed="done")
    >>> report["completed", "thank_you", "silence"].effect
    0.5
    """
    from amends.warehouse.cells import checked
    from amends.warehouse.clusters import cluster_rows
    from amends.warehouse.columns import Columns, check_columns, check_kinds
    from amends.warehouse.counts import (
        group_rows,
        segment_tallies,
        tally_of,
        unit_rows,
        with_clusters,
    )
    from amends.warehouse.gathering import check_units, count_rows, gather
    from amends.warehouse.sources import as_table, open_table, reading

    standing = _standing(experiment, lab)
    definition = standing.experiment
    steps = {"sent": sent, "delivered": delivered, "failed": failed, "started": started}
    columns = Columns(
        arm=arm,
        completed=completed,
        unit=unit,
        cluster=cluster,
        ratings=_ratings(definition, rating),
        outcomes=_by_name(outcomes),
        known=_by_name(covariates) | _by_name(moderators),
        segments=_by_name(segments),
        funnel={step: column for step, column in steps.items() if column is not None},
        words=dict(arms or {}),
        not_invited=tuple(not_invited),
    )
    rows: ir.Table = open_table(table) if isinstance(table, str) else as_table(table)
    check_columns(columns, definition, rows.columns)
    check_kinds(columns, rows.schema())
    needs = _needs_units(definition, columns)
    with reading():
        n = count_rows(rows) if needs or unit is not None else 0
        by_unit = needs and n <= most_units
        if unit is not None:
            check_units(rows, unit, rows=n)
        by_group = needs and not by_unit and not definition.clustered
        gathered = gather(rows, columns, definition, by_unit=by_unit, by_known=by_group, progress=progress)
        cells = checked(gathered, columns, definition)
        counts = tally_of(cells, gathered, columns, definition)
        clusters = None
        if definition.clustered and not by_unit:
            clusters = cluster_rows(rows, columns, definition, gathered)
            counts = with_clusters(counts, clusters)
    now = at or datetime.now(UTC)
    from amends.analysis.report import build

    return build(
        definition,
        counts,
        as_of=now,
        plan=standing.about.pop("plan", None) or plan(definition),
        units=unit_rows(cells, definition, at=now) if by_unit else None,
        groups=group_rows(cells, gathered) if by_group else clusters,
        segments=segment_tallies(cells, gathered, columns, definition),
        unit_rows_only=unit is None,
        not_invited=columns.not_invited,
        remarks=(
            *_remarks(definition, columns, counts, limit=None if by_unit else most_units, rows=n),
            *([_too_many_clusters()] if definition.clustered and not by_unit and clusters is None else []),
        ),
        **standing.about,
    )


def _standing(experiment: Experiment | str, lab: Lab | None) -> _Standing:
    """A key is read as it is in force: its frozen definition, its status, its mask."""
    if isinstance(experiment, Experiment):
        return _Standing(experiment, {"status": "stopped", "finished_data": True, "after_the_fact": True})
    if not isinstance(experiment, str):
        raise UsageError(
            f"experiment is a {type(experiment).__name__}; it must be an Experiment or the key of one."
        )
    from amends.lab.process_wide import default_lab

    return _in_force(lab or default_lab(), experiment)


def _in_force(lab: Lab, key: str) -> _Standing:
    from amends.lab import masking
    from amends.lab.course import course
    from amends.lab.reading import planned_sample

    force = lab.in_force(key)
    state = force.state
    finished = state is None or state.after_the_fact
    about: dict[str, Any] = {
        "status": "stopped" if state is None else force.status,
        "finished_data": finished,
        "after_the_fact": finished,
        "simulated": bool(state and state.simulated),
        "masked": masking.masked(lab, key),
        "mask": masking.mask(lab, key),
        "plan": planned_sample(force.experiment, course(lab, key)),
    }
    return _Standing(force.experiment, about)


def _ratings(experiment: Experiment, rating: str | Mapping[str, str] | None) -> dict[str, str]:
    if rating is None:
        return {}
    if not isinstance(rating, str):
        return dict(rating)
    for name in rated(experiment):
        return {name: rating}
    raise UsageError(
        f"{experiment.key or 'the experiment'} has no rating metric, so column {rating!r} has nowhere to go. "
        'Add Mean("satisfaction", scale=(1, 7), …) to its metrics, or leave rating out.'
    )


def _by_name(named: Named) -> dict[str, str]:
    """Columns by name; names alone are their columns' too."""
    if isinstance(named, Mapping):
        return dict(named)
    names = (named,) if isinstance(named, str) else named
    return {name: name for name in names}


def _too_many_clusters() -> Sentence:
    from amends.analysis.formatting import Sentence, count
    from amends.warehouse.clusters import MOST_CLUSTERS

    return Sentence(
        f"The table has more than {count(MOST_CLUSTERS)} clusters, which are not read one by one: tests and "
        "intervals that count clusters are missing.",
        f"Tabel memiliki lebih dari {count(MOST_CLUSTERS, 'id')} gugus, yang tidak dibaca satu per satu: uji "
        "dan selang yang menghitung gugus tidak tersedia.",
    )


def _needs_units(experiment: Experiment, columns: Columns) -> bool:
    """Whether some analysis of the definition reads units, as far as the columns allow one."""
    from amends.analysis.sections.registry import needs_units

    receipts = int(bool(columns.funnel.keys() - {"started"}))
    # Blocks that the table does not hold cannot be drawn anew: many units stand for none to replay.
    imagined = Tally("", tuple(ArmTally(arm.name, assigned=10**9, sent=receipts) for arm in experiment.arms))
    return needs_units(experiment, imagined) is not None


def _remarks(
    experiment: Experiment, columns: Columns, counts: Tally, *, limit: int | None, rows: int
) -> list[Sentence]:
    """What the definition asks for and the table does not give."""
    from amends.analysis.formatting import Sentence, count
    from amends.analysis.sections.registry import left_out

    found = []
    declared = [metric.name for metric in experiment.metrics]
    means = [m.name for m in experiment.metrics if m.kind == "mean" and m.of is None]
    held = {*columns.ratings, *columns.outcomes}
    before = dict.fromkeys([*experiment.covariates, *experiment.moderators])
    missing = [name for name in declared if name in means and name not in held]
    missing += [name for name in before if name not in columns.known]
    if missing:
        names = ", ".join(missing)
        found.append(
            Sentence(
                f"No column of the table was named for {names}: nothing here rests on it.",
                f"Tidak ada kolom tabel yang ditunjuk untuk {names}: hasil di sini tidak memakainya.",
            )
        )
    titles = () if limit is None else left_out(experiment, counts, groups=not experiment.clustered)
    if titles and limit is not None:
        found.append(
            Sentence(
                f"The table has {count(rows)} rows, more than the {count(limit)} that analyses of "
                f"single units read. Not made: {'; '.join(title.en for title in titles)}.",
                f"Tabel memiliki {count(rows, 'id')} baris, lebih dari {count(limit, 'id')} yang dibaca "
                f"oleh analisis per unit. Tidak dibuat: {'; '.join(title.id for title in titles)}.",
            )
        )
    return found
