"""From the store's tally to what researchers read: counts, report, overview."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.design.plan import plan
from amends.design.rated import rated
from amends.errors import StoreUnavailable
from amends.lab import masking
from amends.lab.checking import row_counts
from amends.lab.course import course
from amends.lab.decisive import decisive
from amends.lab.segments import segments
from amends.lab.unit_rows import matured_before, plain_units, units
from amends.lab.verdicts import Key, keep, standing
from amends.store import MetricSpec

if TYPE_CHECKING:
    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.row_counts import RowCounts
    from amends.analysis.course import Course
    from amends.analysis.masking import Mask
    from amends.analysis.preregistration import Preregistration
    from amends.analysis.report import Report
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan
    from amends.lab.lab import Lab
    from amends.tally import Tally


log = logging.getLogger("amends")

_READ = {"plain": plain_units, "described": units}


@dataclass(frozen=True, slots=True)
class Overview:
    """A line of the list of experiments.

    Attributes:
        key: The experiment's key.
        question: What it asks; `questions` the same by language, `en` and `id`.
        status: `draft`, `running`, `paused` or `stopped`.
        arms: Arm names in declaration order; letters while they are masked.
        assigned: Units assigned so far.
        reached: Matured units of the arm furthest behind its share.
        planned: Planned units of the smallest arm; 0 where the data came before any plan.
        started_at: When it started; None for a draft.
        stopped_at: When it was stopped; None before.
        simulated: Whether its customers are invented.
        after_the_fact: Whether finished data were imported.
        changed: Fields in which the file differs from the frozen definition.
    """

    key: str
    question: str
    status: str
    arms: tuple[str, ...]
    assigned: int
    reached: int
    planned: int
    started_at: datetime | None
    simulated: bool
    after_the_fact: bool = False
    changed: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    stopped_at: datetime | None = None


def metric_specs(experiment: Experiment) -> list[MetricSpec]:
    """How the store keeps what the metrics of an experiment are read from."""
    specs = [
        MetricSpec(metric.name, metric.kind, source=metric.source, scale=metric.scale, centre=metric.centre)
        for metric in experiment.metrics
        if metric.of is None
    ]
    named = {spec.name for spec in specs}
    specs += [
        MetricSpec(name, "mean", scale=scale, centre=sum(scale) / 2 if scale else 0.0)
        for name, scale in rated(experiment).items()
        if name not in named
    ]
    return specs


def tally(lab: Lab, key: str) -> Tally:
    """The counts per arm as they stand now; zeros for a draft.

    Finished data were imported after their survey had closed: none of them waits for a window.
    """
    force = lab.in_force(key)
    experiment = force.experiment
    finished = force.state is not None and force.state.after_the_fact
    return lab.store.read_tally(
        key,
        arms=[arm.name for arm in experiment.arms],
        metrics=metric_specs(experiment),
        matured_before=None if finished else matured_before(experiment, lab.clock()),
    )


def analyze(lab: Lab, key: str) -> Report:
    """The report of an experiment as its data stand now.

    The one decision at the planned sample is made on exactly the first planned matured units per
    arm in assignment order. A verdict is written down when it is first made: later units are shown
    and never decide again.
    """
    return read(lab, key, whole=True)


def read(lab: Lab, key: str, *, whole: bool) -> Report:
    """The report as the data stand now: the whole one, or the one that its counts alone give.

    From the counts alone no unit row and no count of rows is read, and no exact test is searched that no
    verdict waits for.
    """
    from amends.analysis.report import build
    from amends.analysis.sections.registry import needs_units
    from amends.importing.storing import arms_not_invited, rows_were_units

    force = lab.in_force(key)
    experiment, state, now = force.experiment, force.state, lab.clock()
    counts = tally(lab, key)
    happened = course(lab, key)
    planned = planned_sample(experiment, happened)
    counted = None
    finished = state is not None and state.after_the_fact
    if state is not None and not finished and _reached(counts, planned.per_arm):
        counted = decisive(
            lab,
            key,
            per_arm=planned.per_arm,
            metrics=metric_specs(experiment),
            matured_before=matured_before(experiment, now),
        )
    settled = {} if state is None or finished else standing(lab, key)
    replayed, turned_away = None if finished else _replayed(lab, key), lab.store.turned_away(key)

    cells = [] if state is None else _cells(lab, key, experiment)
    stored_rows = whole and state is not None
    needed = needs_units(experiment, counts) if stored_rows else None
    frame = _READ[needed](lab, key) if needed else None
    rows = _row_counts(lab, experiment, counts, finished=finished) if stored_rows else None

    within = None
    if stored_rows and not experiment.clustered:
        within = segments(
            lab,
            key,
            experiment,
            metrics=metric_specs(experiment),
            matured_before=None if finished else matured_before(experiment, now),
        )

    masked, letters = masking.masked(lab, key), masking.mask(lab, key)

    def report_with(verdicts: Mapping[Key, Mapping[str, Any]], *, mask: Mask | None = letters) -> Report:
        return build(
            experiment,
            counts,
            status=force.status,
            as_of=now,
            plan=planned,
            decision_tally=counted,
            finished_data=finished,
            after_the_fact=finished,
            unit_rows_only=finished and rows_were_units(lab.store, key),
            not_invited=arms_not_invited(lab.store, key) if finished else (),
            stored_verdicts=verdicts,
            replayed=replayed,
            simulated=bool(state and state.simulated),
            turned_away=turned_away,
            cells=cells,
            units=frame,
            rows=rows,
            masked=masked,
            mask=mask,
            course=happened,
            segments=within,
            search=whole,
        )

    report = report_with(settled)
    stored = settled if letters is None else letters.verdicts(settled)
    if state is None or finished or not report.decisions.keys() - stored.keys():
        return report
    if not whole:
        # What is written down rests on every figure, also on those that are left for later here.
        read(lab, key, whole=True)
        return report_with(standing(lab, key))
    # Verdicts are kept between the arms themselves, whatever letters stand for them now.
    named = report if letters is None else report_with(settled, mask=None)
    made = {pair: decision for pair, decision in named.decisions.items() if pair not in settled}
    try:
        keep(lab, key, made, at=now)
    except StoreUnavailable as error:
        # Whoever may read but not write still sees the report; the next who may write keeps the verdict.
        log.warning("%s: %d verdicts could not be written down: %s", key, len(made), error)
        return report
    return report_with(standing(lab, key))


def _row_counts(lab: Lab, experiment: Experiment, counts: Tally, *, finished: bool) -> RowCounts:
    return row_counts(
        lab,
        experiment,
        assigned=sum(arm.assigned for arm in counts.arms),
        matured_before=None if finished else matured_before(experiment, lab.clock()),
    )


def _cells(lab: Lab, key: str, experiment: Experiment) -> list[Cell]:
    from amends.analysis.cell_splits import Cell

    counted = lab.store.assigned_within(key, clusters=experiment.clustered)
    return [Cell(by, value, arms) for (by, value), arms in counted.items()]


def _replayed(lab: Lab, key: str) -> bool | None:
    """Whether the sealed list, dealt again from its seed, gives every stored arm; None without one."""
    force = lab.in_force(key)
    if force.state is None or not force.experiment.randomize.blocked:
        return None
    dealt = lab.store.dealt(key)
    return all(force.draw(stratum, position) == arm for stratum, position, arm in dealt) if dealt else None


def planned_sample(experiment: Experiment, happened: Course | None) -> Plan:
    """The plan, with the numbers frozen at start where they were: a later version may plan otherwise."""
    planned = plan(experiment)
    frozen = happened.planned if happened is not None else None
    return planned if frozen is None else planned.derived(per_arm=frozen)


def preregistered(lab: Lab, key: str) -> Preregistration:
    """The definition in force as answers to a registry's questions; a draft's as it is now."""
    from amends.analysis.preregistration import preregistration

    force = lab.in_force(key)
    happened = course(lab, key)
    state = force.state
    return preregistration(
        force.experiment,
        planned_sample(force.experiment, happened),
        fingerprint=force.experiment.fingerprint() if state is None else state.fingerprint,
        frozen_at=None if state is None else state.started_at,
        after_the_fact=state is not None and state.after_the_fact,
    )


def _reached(counts: Tally, per_arm: Mapping[str, int]) -> bool:
    return all(counts[arm].matured >= n for arm, n in per_arm.items())


def overview(lab: Lab) -> list[Overview]:
    """A line per experiment: the folder's, then those only the database knows."""
    keys = list(lab.discover().experiments)
    keys += [state.key for state in lab.store.experiments() if state.key not in keys]
    return [_line(lab, key) for key in keys]


def _shown_arms(lab: Lab, key: str) -> tuple[str, ...]:
    names = [arm.name for arm in lab.experiment(key).arms]
    letters = masking.mask(lab, key)
    return tuple(names) if letters is None else letters.arms(names)


def _line(lab: Lab, key: str) -> Overview:
    force = lab.in_force(key)
    counts = tally(lab, key)
    planned = plan(force.experiment)
    after_the_fact = bool(force.state and force.state.after_the_fact)
    # In whole numbers, as the report has it: a share of 30 in 803 times 803 is 29.999….
    reached = [counts[arm].matured * planned.smallest // n for arm, n in planned.per_arm.items() if n]
    return Overview(
        key=key,
        question=force.experiment.question or key,
        questions={locale: force.experiment.question_in(locale) or key for locale in ("en", "id")},
        status=force.status,
        arms=_shown_arms(lab, key),
        assigned=sum(arm.assigned for arm in counts.arms),
        reached=min(reached, default=0),
        planned=0 if after_the_fact else planned.smallest,
        started_at=force.state.started_at if force.state else None,
        stopped_at=force.state.stopped_at if force.state else None,
        simulated=bool(force.state and force.state.simulated),
        after_the_fact=after_the_fact,
        changed=lab.changed(key),
    )
