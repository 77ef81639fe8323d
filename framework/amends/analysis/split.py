"""Whether the arms were split, and kept, as planned: what must hold before any figure is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally
from amends.analysis.cell_splits import Cell, CellSplit, cell_splits
from amends.analysis.contrasts import plain
from amends.analysis.formatting import Figure, Sentence, p_value
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough, TestResult
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.checks.row_counts import RowCounts
    from amends.design.experiment import Experiment

ALERT = 0.001


@dataclass(frozen=True, slots=True)
class Split:
    """The sample ratio and what it means for the report.

    Attributes:
        p_value: Of the chi-square test of assigned units (clusters where clustered) against the shares.
        ok: False when the split cannot be trusted; `NotEnough` where it cannot be checked.
        method: What was checked.
        statistic: The chi-square statistic.
        trustworthy: False only on an alert, of the split or of the exclusions.
        exclusions: Tests of delivered units among the speaking arms, and of analysed among assigned.
        notes: What the reader must know.
        tested: Every day, channel and sender with the adjusted p-value of its split.
    """

    p_value: Figure
    ok: bool | NotEnough
    method: str
    statistic: Figure = None
    trustworthy: bool = True
    exclusions: tuple[tuple[str, Figure], ...] = ()
    notes: tuple[Sentence, ...] = ()
    tested: tuple[CellSplit, ...] = ()

    @property
    def cells(self) -> tuple[CellSplit, ...]:
        """Days, channels and senders within which the arms were not split as planned."""
        return tuple(cell for cell in self.tested if cell.alert)

    def to_dict(self) -> dict[str, Any]:
        return {
            "p_value": plain(self.p_value),
            "ok": plain(self.ok),
            "method": self.method,
            "statistic": plain(self.statistic),
            "exclusions": {name: plain(p) for name, p in self.exclusions},
            "cells": [{"by": cell.by, "value": cell.value, "p_value": cell.p_value} for cell in self.cells],
        }


def check_split(
    experiment: Experiment,
    tally: Tally,
    *,
    weights_declared: bool = True,
    replayed: bool | None = None,
    cells: Sequence[Cell] = (),
    units: DataFrame | None = None,
    rows: RowCounts | None = None,
) -> Split:
    """Checks the arms' shares, in all and by cells, then whether units were lost from one arm more often.

    Args:
        experiment: The frozen definition.
        tally: Counts per arm; test and forced rows are not in it.
        weights_declared: False for imported data whose intended shares nobody has stated.
        replayed: For blocked experiments, whether the sealed list gave every stored arm again.
        cells: Units per arm within each day, channel and sender.
        units: Matured units as rows, for deliveries lost in clustered experiments.
        rows: What was counted of the rows, for the clusters whose units wait.
    """
    counted = [arm_tally(tally, arm.name) for arm in experiment.arms]
    split = _ratio(experiment, counted, weights_declared=weights_declared, replayed=replayed)
    lost = _exclusions(experiment, counted, units, rows)
    alerts = [(name, p) for name, p in lost if isinstance(p, float) and p < ALERT]
    tested: tuple[CellSplit, ...] = ()
    if weights_declared and not experiment.randomize.blocked:
        names = [arm.name for arm in experiment.arms]
        tested = cell_splits(cells, dict(zip(names, experiment.shares, strict=True)))
    strayed = [cell for cell in tested if cell.alert]
    notes = [
        *split.notes,
        *(cell.note for cell in strayed),
        *(_lost_note(name, p) for name, p in alerts),
    ]
    return Split(
        p_value=split.p_value,
        ok=False if strayed else split.ok,
        method=split.method,
        statistic=split.statistic,
        trustworthy=split.ok is not False and not strayed and not alerts,
        exclusions=lost,
        notes=tuple(notes),
        tested=tested,
    )


def _ratio(
    experiment: Experiment, counted: Sequence[ArmTally], *, weights_declared: bool, replayed: bool | None
) -> Split:
    from amends.analysis.sample_ratio import sample_ratio

    if not weights_declared:
        missing = NotEnough(
            "the data came without declared weights, so there is no planned split to compare with"
        )
        return Split(missing, missing, "chi-square")
    if experiment.randomize.blocked:
        return _replay(replayed)
    units = [item.assigned if item.clusters is None else item.clusters for item in counted]
    found = sample_ratio(units, experiment.shares)
    if isinstance(found, NotEnough):
        return Split(found, found, "chi-square")
    note = Sentence(
        f"The arms were not split as planned (SRM, {p_value(found.p_value)}): "
        "the results are not trustworthy.",
        f"Pembagian kelompok tidak sesuai rencana (SRM, {p_value(found.p_value, 'id')}): "
        "hasilnya tidak dapat dipercaya.",
    )
    return Split(found.p_value, found.ok, "chi-square", found.statistic, notes=() if found.ok else (note,))


def _replay(replayed: bool | None) -> Split:
    """Blocks keep the split by construction, so a chi-square could never alert: the list is replayed."""
    no_p = NotEnough("drawn in blocks: checked by replaying the sealed list, not by a test")
    if replayed is None:
        return Split(no_p, NotEnough("the sealed list has not been replayed"), "replay of the sealed list")
    note = Sentence(
        "The stored arms do not follow the sealed list: the results are not trustworthy.",
        "Kelompok yang tersimpan tidak mengikuti daftar tersegel: hasilnya tidak dapat dipercaya.",
    )
    return Split(no_p, replayed, "replay of the sealed list", notes=() if replayed else (note,))


def _exclusions(
    experiment: Experiment,
    counted: Sequence[ArmTally],
    units: DataFrame | None,
    rows: RowCounts | None,
) -> tuple[tuple[str, Figure], ...]:
    """Losses after assignment, compared between arms: they would undo the randomisation."""
    if experiment.clustered:
        return (
            ("delivered", _lost_in_clusters(experiment, units)),
            ("analysed", _analysed(experiment, counted, rows)),
        )
    speaking = {arm.name for arm in experiment.speaking_arms}
    told = [item for item in counted if item.arm in speaking]
    delivered: Figure = NotEnough("no deliveries are recorded")
    if any(item.delivered for item in told):
        delivered = _loss([item.delivered for item in told], [item.assigned for item in told])
    return (
        ("delivered", delivered),
        ("analysed", _loss([item.matured for item in counted], [item.assigned for item in counted])),
    )


def _lost_in_clusters(experiment: Experiment, units: DataFrame | None) -> Figure:
    if units is None:
        return NotEnough(CLUSTERED)
    from amends.analysis.cluster_losses import clustered_loss

    return clustered_loss(experiment, units)


def _analysed(experiment: Experiment, counted: Sequence[ArmTally], rows: RowCounts | None) -> Figure:
    """Units wait for their day, never for their arm; those of one cluster often wait together."""
    if all(item.matured == item.assigned for item in counted):
        return NotEnough("no unit was lost")
    if rows is None or not rows.waiting:
        return NotEnough("units still wait for their response window, and those of one cluster wait together")
    from amends.analysis.cluster_losses import clustered_waiting

    return clustered_waiting(experiment, rows.waiting)


def _loss(kept: Sequence[int], assigned: Sequence[int]) -> Figure:
    from amends.analysis.omnibus import chi2_k

    if len(kept) < 2:
        return NotEnough("one arm alone; 2 needed")
    if list(kept) == list(assigned):
        return NotEnough("no unit was lost")
    found = chi2_k(kept, assigned)
    return found.p_value if isinstance(found, TestResult) else found


def _lost_note(name: str, p: Figure) -> Sentence:
    said = {"delivered": "terkirim", "analysed": "dianalisis"}[name]
    return Sentence(
        f"Units were not {name} equally often in the arms ({p_value(p)}): the results are not trustworthy.",
        f"Unit tidak sama sering {said} antarkelompok ({p_value(p, 'id')}): hasilnya tidak dapat dipercaya.",
    )
