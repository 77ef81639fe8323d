"""Counts into a report: reads a tally by the frozen definition, decides nothing that was decided before.

Nothing heavy is imported until a figure needs it, so that a page can be drawn before scipy is loaded.
The forms of a report (text, page, frame, APA) live in `amends.analysis.rendering`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_figures, arm_tally
from amends.analysis.contrasts import Contrast
from amends.analysis.course import Course
from amends.analysis.deviation import Done
from amends.analysis.deviations import deviations as find_deviations
from amends.analysis.formatting import Sentence, arm_name, asked_by, metric_name
from amends.analysis.later import Later
from amends.analysis.masking import HIDDEN_COUNTS, MASKED, MASKED_NOTE, Mask
from amends.analysis.material import Material
from amends.analysis.reading import Reading, expected_completion, read_contrasts
from amends.analysis.report_notes import (
    CLUSTERED_NOTE,
    CLUSTERS_COUNT,
    DECIDED_BEFORE,
    MORE_THAN_PLANNED,
    ROWS_AS_UNITS,
)
from amends.analysis.reported import Progress, Report, rfc3339
from amends.analysis.result import NotEnough
from amends.analysis.sections.registry import make_sections
from amends.analysis.settled import rests_on_others
from amends.analysis.split import check_split
from amends.analysis.summary import Setting, headline, summarize
from amends.analysis.units import numbered_clusters
from amends.analysis.verdict import Rule, deciding_rule
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.row_counts import RowCounts
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan

__all__ = ["Progress", "Report", "build", "rfc3339"]


def build(
    experiment: Experiment,
    tally: Tally,
    *,
    status: str,
    as_of: datetime,
    plan: Plan | None = None,
    decision_tally: Tally | None = None,
    finished_data: bool = False,
    simulated: bool = False,
    after_the_fact: bool = False,
    masked: bool = False,
    turned_away: Sequence[tuple[str, str, int]] = (),
    unit_rows_only: bool = False,
    stored_verdicts: Mapping[tuple[str, str, str], Mapping[str, Any]] | None = None,
    not_invited: Collection[str] = (),
    replayed: bool | None = None,
    weights_declared: bool | None = None,
    cells: Sequence[Cell] = (),
    units: DataFrame | None = None,
    rows: RowCounts | None = None,
    mask: Mask | None = None,
    course: Course | None = None,
    segments: Mapping[str, Mapping[str, Tally]] | None = None,
    search: bool = True,
    groups: DataFrame | None = None,
    remarks: Sequence[Sentence] = (),
) -> Report:
    """Reads the counts of an experiment into its report.

    What takes long and decides nothing is worked out when it is read.

    Args:
        experiment: The frozen (or, as a draft, the present) definition, bound to its key.
        tally: Counts per arm, matured days only where the definition has a response window.
        status: `draft`, `running`, `paused` or `stopped`.
        as_of: When the counts were read.
        plan: The planned sample, from `amends.design.plan`.
        decision_tally: Exactly the first planned matured units of every arm, once they are there:
            the fixed test decides on these, once. Ignored while an experiment without a response
            window runs.
        finished_data: Imported or tabled data: one fixed test at alpha on all rows.
        simulated: The customers are invented; said first of all.
        after_the_fact: The definition was written when the data were already there.
        masked: Nobody could see which arm was which until the stop.
        turned_away: Units not enrolled, as `(status, reason, n)`.
        unit_rows_only: The imported file named no unit, so each row was taken as one.
        stored_verdicts: Verdicts made earlier with their figures (`Report.decisions`); they stand.
        not_invited: Arms that got no invitation; their survey contrasts are refused.
        replayed: For blocked experiments, whether the sealed list gave every stored arm again.
        weights_declared: Whether the intended shares are known; by default so, except for finished data
            whose weights are all 1, where nobody has stated them.
        cells: Units per arm within each day, channel and sender, whose split is checked too.
        units: Matured units as rows (`amends.analysis.units`), for what counts alone do not show.
        rows: What the database counted of the rows for the data checks.
        mask: Letters that stand for the arms in every form of the report.
        course: What was done with it, for the deviations from the plan; None for a draft.
        segments: Counts of matured units within segments, by segment and level.
        search: False to leave an exact test that has not been searched yet as "being computed" while the
            always-valid interval decides; where a verdict or the headline needs the test, it is searched.
        groups: In the place of units that are too many, those alike as one row with their number `n`; where
            clusters were assigned, each as a row (`units.told`).
        remarks: What else a reader must know of where the counts come from.
    """
    if weights_declared is None:
        weights_declared = not finished_data or any(str(weight) != "1" for weight in experiment.weights)
    if units is not None and experiment.clustered:
        units = numbered_clusters(units)
    # The split is checked on the arms themselves: which of them speak matters there, and it names none.
    split = check_split(
        experiment,
        tally,
        weights_declared=weights_declared,
        replayed=replayed,
        cells=cells,
        units=units,
        rows=rows,
    )
    if mask is not None:
        experiment, tally = mask.definition(experiment), mask.tally(tally)
        plan = None if plan is None else mask.plan(plan)
        decision_tally = None if decision_tally is None else mask.tally(decision_tally)
        stored_verdicts = mask.verdicts(stored_verdicts or {})
        not_invited = mask.arms(not_invited)
        units = None if units is None else mask.units(units)
        groups = None if groups is None else mask.units(groups)
        split, cells = mask.split(split), mask.cells(cells)
        rows = None if rows is None else mask.row_counts(rows)
        course = None if course is None else mask.course(course)
        segments = mask.segments(segments or {})
    progress = _progress(experiment, tally, plan)
    planned = progress.planned_per_arm if isinstance(progress.planned_per_arm, int) else None
    if experiment.response_window is None and status != "stopped":
        # Without a window late answers go on changing the first units, so nothing is settled before the stop.
        decision_tally = None
    rule = deciding_rule(
        status=status,
        alpha=experiment.alpha,
        planned=planned,
        reached=progress.reached,
        finished_data=finished_data,
        decision_data=decision_tally is not None,
        masked=masked,
        waiting=sum(arm_tally(tally, arm.name).waiting for arm in experiment.arms),
    )
    reading = Reading(
        rule=rule,
        planned=progress.planned or None,
        completion=expected_completion(experiment),
        decision_tally=decision_tally,
        trustworthy=split.trustworthy,
        stored=stored_verdicts,
        not_invited=not_invited,
        units=groups if units is None else units,
        search=search or not rule.collecting or experiment.primary_metric.selected,
    )
    contrasts = read_contrasts(experiment, tally, reading)
    hidden = dict.fromkeys(HIDDEN_COUNTS, MASKED) if mask else {}
    arms = arm_figures(experiment, tally, units=reading.units, not_invited=not_invited, hidden=hidden)
    setting = Setting(
        unit=experiment.unit,
        planned=planned,
        reached=progress.reached,
        better={metric.name: metric.better for metric in experiment.metrics},
        margins={metric.name: metric.margin for metric in experiment.metrics},
        simulated=simulated,
        after_the_fact=after_the_fact,
        status=status,
        lost=split.ok is not False and not split.trustworthy,
        answered={name: figures.rate for name, figures in arms.items()},
    )
    known = {
        MASKED_NOTE: mask is not None,
        MORE_THAN_PLANNED: _beyond_plan(rule, decision_tally, planned=planned, reached=progress.reached),
        ROWS_AS_UNITS: unit_rows_only,
        CLUSTERED_NOTE: experiment.clustered and reading.units is None,
        CLUSTERS_COUNT: experiment.clustered and reading.units is not None,
        DECIDED_BEFORE: any(rests_on_others(item) for item in contrasts),
    }
    done = Done(
        experiment, tally, status, rule, contrasts, planned, progress.reached, not_invited=not_invited
    )
    found = () if course is None else find_deviations(course, done)
    material = Material(
        experiment=experiment,
        tally=tally,
        status=status,
        rule=rule,
        contrasts=contrasts,
        units=units,
        groups=None if experiment.clustered else groups,
        not_invited=not_invited,
        finished_data=finished_data,
        split=split,
        cells=cells,
        rows=rows,
        turned_away=turned_away,
        masked=mask is not None,
        plan=plan,
        planned=planned,
        reached=progress.reached,
        course=course,
        deviations=found,
        segments=segments or {},
    )
    notes = (
        *split.notes,
        *([rule.note] if rule.note else []),
        *(note for note, said in known.items() if said),
        *remarks,
    )
    return Report(
        experiment=experiment.key or "",
        question=experiment.question,
        asks=asked_by(experiment),
        unit=experiment.unit,
        status=status,
        as_of=as_of,
        simulated=simulated,
        after_the_fact=after_the_fact,
        masked=masked,
        alpha=experiment.alpha,
        arms=arms,
        contrasts=contrasts,
        sample_ratio=split,
        progress=progress,
        rule=rule,
        deviations=found,
        told=(notes, tuple(_placed(contrasts))),
        turned_away=tuple(turned_away),
        summary=summarize(contrasts, setting),
        headline=headline(contrasts, setting),
        overall=Later(lambda: _omnibus(experiment, tally, units, not_invited)),
        beside=Later(lambda: make_sections(material)),
    )


def _progress(experiment: Experiment, tally: Tally, plan: Plan | None) -> Progress:
    matured = {arm.name: arm_tally(tally, arm.name).matured for arm in experiment.arms}
    if plan is None:
        return Progress(NotEnough("no planned sample"), min(matured.values()), {})
    smallest = plan.smallest
    # In whole numbers, so that a full plan is never missed by a rounding of shares.
    reached = min(matured[name] * smallest // due for name, due in plan.per_arm.items())
    return Progress(smallest, reached, dict(plan.per_arm))


def _beyond_plan(rule: Rule, decision_tally: Tally | None, *, planned: int | None, reached: int) -> bool:
    """Whether the fixed test had to be read on more units than planned, for want of the first ones."""
    at_stop = rule.method == "fixed" and rule.always_valid_level is not None and decision_tally is None
    return at_stop and planned is not None and reached > planned


def _placed(contrasts: Sequence[Contrast]) -> list[Sentence]:
    """The contrasts' warnings, each once: after the metric's name, and the pair's where not all share it."""
    found: list[Sentence] = []
    for metric in dict.fromkeys(item.metric for item in contrasts):
        family = [item for item in contrasts if item.metric == metric]
        for warning in dict.fromkeys(warning for item in family for warning in item.warnings):
            where = [item for item in family if warning in item.warnings]
            named = [] if len(where) == len(family) else where
            found.append(Sentence(*(_prefixed(metric, named, warning, locale) for locale in ("en", "id"))))
    return found


def _prefixed(metric: str, named: Sequence[Contrast], warning: Sentence, locale: str) -> str:
    pairs = ", ".join(f"{arm_name(item.arm, locale)} – {arm_name(item.versus, locale)}" for item in named)
    name = metric_name(metric, locale)
    return f"{name[:1].upper()}{name[1:]}{f' ({pairs})' if pairs else ''}: {warning[locale]}"


def _omnibus(
    experiment: Experiment, tally: Tally, units: DataFrame | None, not_invited: Collection[str]
) -> tuple[Mapping[str, Any], ...]:
    if len(experiment.arms) < 3:
        return ()
    from amends.analysis.overall import overall_tests

    return overall_tests(experiment, tally, units=units, not_invited=not_invited)
