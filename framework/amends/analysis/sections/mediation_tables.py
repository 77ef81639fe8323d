"""One mediator between two arms in tables and drawn: its paths, both sides of it, its moderators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence, number
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    figure_cell,
)
from amends.analysis.sections.moderator_tables import moderator_cell
from amends.analysis.sections.naming import capital, columns, metric_cell, own_word, pair_cell, span_of

if TYPE_CHECKING:
    from amends.analysis.mediation import Mediation, MediationByArm
    from amends.analysis.mediation_sensitivity import MediationSensitivity
    from amends.analysis.moderated_mediation import ModeratedMediation
    from amends.analysis.resampling import ResampledEffect


@dataclass(frozen=True, slots=True)
class Through:
    """One mediator of one metric between an arm and the reference.

    Attributes:
        metric: The outcome; `kind` whether it is a share or a mean.
        mediator: What was measured in between.
        arm: The first arm; `versus` the reference.
        simple: Indirect and direct effect with one effect of the mediator in both arms.
        by_arm: The same where the mediator may matter differently in either arm.
        sensitivity: What unmeasured confounding would do.
        relative: With one effect of the mediator in all arms; None where there are two arms.
    """

    metric: str
    kind: str
    mediator: str
    arm: str
    versus: str
    simple: Mediation | NotEnough
    by_arm: MediationByArm | NotEnough
    sensitivity: MediationSensitivity | NotEnough
    relative: ResampledEffect | NotEnough | None

    @property
    def about(self) -> Sentence:
        return _about(self.metric, self.mediator, self.arm, self.versus)

    def figures(self) -> dict[str, Any]:
        """The exact figures."""
        return {
            "metric": self.metric,
            "mediator": self.mediator,
            "arm": self.arm,
            "versus": self.versus,
            "simple": exported(self.simple),
            "by_arm": exported(self.by_arm),
            "relative": exported(self.relative),
            "sensitivity": exported(self.sensitivity),
        }


@dataclass(frozen=True, slots=True)
class Moderated:
    """One mediator between two arms whose way is moderated at one stage."""

    metric: str
    kind: str
    mediator: str
    arm: str
    versus: str
    moderator: str
    stage: str
    found: ModeratedMediation | NotEnough

    @property
    def about(self) -> Sentence:
        given, name = (
            _about(self.metric, self.mediator, self.arm, self.versus),
            moderator_cell(self.moderator),
        )
        return both(lambda locale: f"{given[locale]}, {name[locale]}")

    def figures(self) -> dict[str, Any]:
        """The exact figures."""
        return {
            "metric": self.metric,
            "mediator": self.mediator,
            "arm": self.arm,
            "versus": self.versus,
            "moderator": self.moderator,
            "stage": self.stage,
            "found": exported(self.found),
        }


def _about(metric: str, mediator: str, arm: str, versus: str) -> Sentence:
    name, pair, through = capital(metric_cell(metric)), pair_cell(arm, versus), own_word(mediator)
    return Sentence(
        f"{name.en} through {through.en}, {pair.en}", f"{name.id} melalui {through.id}, {pair.id}"
    )


def paths_table(given: Sequence[Through]) -> list[SectionTable]:
    """Arm to mediator, mediator to outcome, and their product."""
    rows = [
        (
            _way(item.metric, item.mediator),
            pair_cell(item.arm, item.versus),
            figure_cell(simple.a),
            figure_cell(simple.b),
            effect_cell(simple.indirect.value, item.kind),
            span_of(simple.indirect.interval, item.kind),
            effect_cell(simple.direct.value, item.kind),
            span_of(simple.direct.interval, item.kind),
            figure_cell(simple.correlation_at_zero),
        )
        for item in given
        if not isinstance(simple := item.simple, NotEnough)
    ]
    heading = columns(
        ("outcome through mediator", "hasil melalui mediator"),
        ("contrast", "perbandingan"),
        ("arm → mediator", "kelompok → mediator"),
        ("mediator → outcome", "mediator → hasil"),
        ("indirect effect", "efek tidak langsung"),
        ("95% interval", "selang kepercayaan 95%"),
        ("direct effect", "efek langsung"),
        ("95% interval", "selang kepercayaan 95%"),
        ("rho that cancels it", "rho yang meniadakannya"),
    )
    caption = Sentence(
        "One effect of the mediator in both arms; rho: how strongly something unmeasured would have to drive "
        "mediator and outcome together for the indirect effect to be 0",
        "Pengaruh mediator dianggap sama di kedua kelompok; rho: seberapa kuat hal lain yang tidak diukur "
        "harus memengaruhi mediator dan hasil agar efek tidak langsungnya 0",
    )
    return [SectionTable(heading, tuple(rows), words=2, caption=caption)] if rows else []


def _way(metric: str, mediator: str) -> Sentence:
    name, through = metric_cell(metric), own_word(mediator)
    return Sentence(f"{name.en} ← {through.en}", f"{name.id} ← {through.id}")


def sides_tables(given: Sequence[Through]) -> list[SectionTable]:
    """Where the mediator may matter differently in either arm; and one effect of it for all arms."""
    rows = [
        (
            _way(item.metric, item.mediator),
            pair_cell(item.arm, item.versus),
            _with(found.indirect_first, item.kind),
            _with(found.indirect_second, item.kind),
            _with(found.direct_first, item.kind),
            _with(found.direct_second, item.kind),
        )
        for item in given
        if not isinstance(found := item.by_arm, NotEnough)
    ]
    heading = columns(
        ("outcome through mediator", "hasil melalui mediator"),
        ("contrast", "perbandingan"),
        ("indirect, first arm (ACME)", "tidak langsung, kelompok pertama (ACME)"),
        ("indirect, second arm (ACME)", "tidak langsung, kelompok kedua (ACME)"),
        ("direct, first arm (ADE)", "langsung, kelompok pertama (ADE)"),
        ("direct, second arm (ADE)", "langsung, kelompok kedua (ADE)"),
    )
    caption = Sentence(
        "The mediator may matter differently in either arm (95% intervals)",
        "Pengaruh mediator boleh berbeda di tiap kelompok (selang kepercayaan 95%)",
    )
    tables = [SectionTable(heading, tuple(rows), words=2, caption=caption)] if rows else []
    return [*tables, *_relative_table(given)]


def _with(effect: ResampledEffect, kind: str) -> Sentence:
    value, span = effect_cell(effect.value, kind), span_of(effect.interval, kind)
    return both(lambda locale: f"{value[locale]} ({span[locale]})")


def _relative_table(given: Sequence[Through]) -> list[SectionTable]:
    rows = [
        (
            _way(item.metric, item.mediator),
            pair_cell(item.arm, item.versus),
            effect_cell(found.value, item.kind),
            span_of(found.interval, item.kind),
        )
        for item in given
        if not isinstance(found := item.relative, NotEnough) and found is not None
    ]
    heading = columns(
        ("outcome through mediator", "hasil melalui mediator"),
        ("contrast", "perbandingan"),
        ("relative indirect effect", "efek tidak langsung relatif"),
        ("95% interval", "selang kepercayaan 95%"),
    )
    caption = Sentence(
        "All arms in one model, one effect of the mediator for all (Hayes & Preacher 2014)",
        "Semua kelompok dalam satu model, satu pengaruh mediator untuk semua (Hayes & Preacher 2014)",
    )
    return [SectionTable(heading, tuple(rows), words=2, caption=caption)] if rows else []


def moderated_tables(given: Sequence[Moderated]) -> list[SectionTable]:
    """The index of moderated mediation and the indirect effect at three values."""
    rows: list[Cells] = []
    for item in given:
        if isinstance(found := item.found, NotEnough):
            continue
        stage = (
            Sentence("arm → mediator", "kelompok → mediator")
            if item.stage == "first"
            else Sentence("mediator → outcome", "mediator → hasil")
        )
        rows.append(
            (
                _way(item.metric, item.mediator),
                pair_cell(item.arm, item.versus),
                moderator_cell(item.moderator),
                stage,
                figure_cell(found.index.value, digits=3),
                span_of(found.index.interval, "mean"),
                *(_at(value, effect, item.kind) for value, effect in _three(found)),
            )
        )
    heading = columns(
        ("outcome through mediator", "hasil melalui mediator"),
        ("contrast", "perbandingan"),
        ("moderator", "moderator"),
        ("of the step", "pada langkah"),
        ("index", "indeks"),
        ("95% interval", "selang kepercayaan 95%"),
        ("at a low value", "pada nilai rendah"),
        ("at the mean", "pada rata-rata"),
        ("at a high value", "pada nilai tinggi"),
    )
    caption = Sentence(
        "Whether the indirect effect changes with a moderator: per unit of it, and at the mean and one sd to "
        "either side, or at its two levels",
        "Apakah efek tidak langsung berubah menurut moderator: per satuannya, serta pada rata-rata dan satu "
        "sd di kedua sisinya, atau pada kedua tingkatnya",
    )
    return [SectionTable(heading, tuple(rows), words=4, caption=caption)] if rows else []


def _three(found: ModeratedMediation) -> list[tuple[float, ResampledEffect]]:
    return list(zip(found.moderator_at, found.conditional, strict=True))


def _at(value: float, effect: ResampledEffect, kind: str) -> Sentence:
    said = _with(effect, kind)
    return both(lambda locale: f"{number(value, digits=1, locale=locale)}: {said[locale]}")


def charts(given: Sequence[Through]) -> tuple[SectionChart, ...]:
    """Indirect effects with their intervals."""
    lines = []
    for item in given:
        if isinstance(item.simple, NotEnough):
            continue
        effect, times = item.simple.indirect, 100 if item.kind == "proportion" else 1
        low, high = times * effect.interval.low, times * effect.interval.high
        said = effect_cell(effect.value, item.kind)
        lines.append(ChartLine(item.about, times * effect.value, low, high, said))
    if not lines:
        return ()
    title = Sentence("Indirect effects", "Efek tidak langsung")
    unit = Sentence("points of the outcome", "poin pada hasil")
    return (SectionChart(title, unit, tuple(lines)),)
