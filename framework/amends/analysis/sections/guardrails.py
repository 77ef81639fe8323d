"""Guardrails and their harm rule: what must not get worse, whoever wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast, known
from amends.analysis.evidence import Looks, cluster_size
from amends.analysis.formatting import Sentence, amount, arm_name, count, interval, metric_name
from amends.analysis.guardrails import Guard, guard
from amends.analysis.material import Material
from amends.analysis.reading import expected_completion
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import DASH, Section, SectionTable, both, effect_cell, span_cell

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "guardrails"
CHAPTER = "happened"
TITLE = Sentence("Guardrails: what must not get worse", "Pagar pengaman: apa yang tidak boleh memburuk")
NEEDS_UNITS = False

FEW = 4
"""As many guardrail comparisons are said one by one."""
STATE_MISSING = Sentence("not enough data", "data belum cukup")
STATES = {
    "harm": Sentence("harm", "merugikan"),
    "no harm": Sentence("no harm beyond the margin", "tidak merugikan melebihi batas"),
    "not excluded": Sentence("harm not excluded", "kerugian belum dapat dikesampingkan"),
    "no rule": Sentence("no harm rule declared", "tanpa aturan kerugian"),
}
RULE = Sentence(
    "Harm means that the whole interval lies beyond the declared margin on the bad side, a one-sided test. "
    "Guardrails are not adjusted for one another and never change the main verdict: an alarm too many "
    "costs a look, a harm overlooked costs customers.",
    "Merugikan berarti seluruh selang berada di luar batas yang ditetapkan pada sisi yang buruk, sebuah uji "
    "satu sisi. Pagar pengaman tidak disesuaikan satu sama lain dan tidak pernah mengubah kesimpulan utama: "
    "satu peringatan berlebih hanya perlu diperiksa, kerugian yang terlewat dibayar oleh pelanggan.",
)
ANY_TIME = Sentence(
    "While data are collected the interval is the always-valid one: it may be looked at any time.",
    "Selama data dikumpulkan, selangnya adalah selang yang selalu berlaku: boleh dilihat kapan saja.",
)

FIRST_PLANNED = Sentence(
    "More units than planned had arrived at the stop: the harm rule reads the same first planned units as "
    "the verdict; figures of all units stand among the contrasts.",
    "Saat dihentikan, jumlah unit melebihi rencana: aturan kerugian membaca unit pertama sesuai rencana, "
    "sama seperti putusan; angka dari semua unit ada di bagian perbandingan.",
)


def wanted(experiment: Experiment) -> bool:
    """Where a metric is a guardrail."""
    return any(metric.role == "guardrail" for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """Every guardrail between every pair, held against its harm rule."""
    held = [item for item in material.contrasts if item.role == "guardrail"]
    if not any(known(item.effect) for item in held):
        return None
    fixed = material.finished_data or (material.status == "stopped" and material.rule.method == "fixed")
    cut = fixed and any(item.basis is not None and item.basis.n != item.n for item in held)
    if cut:
        held = [item.basis or item for item in held]
    guards = guards_of(material, held, always_valid=not fixed)
    said = [_sentence(item, contrast, fixed=fixed) for item, contrast in zip(guards, held, strict=True)]
    shown = brief(guards, said)
    harmful = [sentence for item, sentence in zip(guards, said, strict=True) if item.state == "harm"]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=shown,
        more=() if len(shown) == len(said) else tuple(said),
        tables=(_table(guards, held),),
        notes=(RULE, *([FIRST_PLANNED] if cut else []), *([] if fixed else [ANY_TIME])),
        figures={"guards": guards},
        warnings=tuple(harmful),
    )


def brief(guards: Sequence[Guard], said: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Every sentence where they are few; where they are many, the harms, and how many found what else."""
    if len(said) <= FEW:
        return tuple(said)
    shown = [sentence for item, sentence in zip(guards, said, strict=True) if item.state == "harm"]
    for metric in dict.fromkeys(item.metric for item in guards):
        every = [item.state for item in guards if item.metric == metric]
        states = [state for state in every if state != "harm"]
        names = [STATE_MISSING if isinstance(state, NotEnough) else STATES[state] for state in states]
        counted = {name: names.count(name) for name in names}
        if counted:
            shown.append(both(partial(_counted, metric, counted, len(every))))
    return tuple(shown)


def _counted(metric: str, counted: Mapping[Sentence, int], pairs: int, locale: str) -> str:
    where = "pada {n} dari {all} pasangan" if locale == "id" else "in {n} of {all} pairs"
    found = [
        f"{said[locale]} {where.format(n=count(n, locale), all=count(pairs, locale))}"
        for said, n in counted.items()
    ]
    return f"{_capital(metric_name(metric, locale))}: {'; '.join(found)}."


def guards_of(material: Material, held: Sequence[Contrast], *, always_valid: bool) -> list[Guard]:
    """The guardrails' contrasts held against their harm rules."""
    experiment = material.experiment
    looks = Looks(
        level=experiment.alpha,
        planned=None if material.plan is None or material.finished_data else material.plan.per_arm,
        completion=expected_completion(experiment),
        cluster_size=cluster_size(experiment),
    )
    found = []
    for contrast in held:
        metric = experiment.metric(contrast.metric)
        found.append(
            guard(
                contrast,
                harm=metric.harm,
                better=metric.better,
                alpha=experiment.alpha,
                looks=looks if always_valid else None,
            )
        )
    return found


def _table(guards: Sequence[Guard], held: Sequence[Contrast]) -> SectionTable:
    columns = (
        Sentence("guardrail", "pagar pengaman"),
        Sentence("comparison", "perbandingan"),
        Sentence("difference", "selisih"),
        Sentence("interval", "selang"),
        Sentence("tolerated", "ditoleransi"),
        Sentence("finding", "temuan"),
    )
    rows = tuple(
        (
            both(lambda locale, item=item: metric_name(item.metric, locale)),  # type: ignore[misc]
            both(lambda locale, item=item: _pair(item, locale)),  # type: ignore[misc]
            effect_cell(item.difference, contrast.kind),
            span_cell(item.low, item.high, contrast.kind),
            DASH if item.harm is None else effect_cell(item.harm, contrast.kind),
            DASH if isinstance(item.state, NotEnough) else STATES[item.state],
        )
        for item, contrast in zip(guards, held, strict=True)
    )
    return SectionTable(columns, rows, words=2)


def _pair(item: Guard, locale: str) -> str:
    return f"{arm_name(item.arm, locale)} – {arm_name(item.versus, locale)}"


def _sentence(item: Guard, contrast: Contrast, *, fixed: bool) -> Sentence:
    start = both(lambda locale: f"{_capital(metric_name(item.metric, locale))}, {_pair(item, locale)}")
    if isinstance(item.state, NotEnough):
        why = explained(item.state.reason)
        return Sentence(f"{start.en}: not enough data ({why.en}).", f"{start.id}: belum cukup ({why.id}).")
    if item.state == "no rule" or item.harm is None:
        return Sentence(
            f"{start.en}: no harm rule is declared (harm=), so the figures are there to be read and no more.",
            f"{start.id}: tidak ada aturan kerugian (harm=), jadi angkanya hanya untuk dibaca.",
        )
    size = both(lambda locale: amount(item.harm, contrast.kind, locale))
    span = both(lambda locale: interval(item.low, item.high, contrast.kind, locale))
    if item.state == "harm":
        worse = item.worse or ""
        other = item.versus if worse == item.arm else item.arm
        what = (
            Sentence("Stop and look", "Hentikan dan periksa") if not fixed else Sentence("Harm", "Merugikan")
        )
        return both(
            lambda locale: (
                f"{what.en}: “{arm_name(worse)}” is worse than “{arm_name(other)}” on "
                f"{metric_name(item.metric)} by more than the tolerated {size.en} points (difference "
                f"{amount(item.difference, contrast.kind)}, interval {span.en})."
                if locale == "en"
                else f"{what.id}: “{arm_name(worse, 'id')}” lebih buruk daripada “{arm_name(other, 'id')}” "
                f"untuk {metric_name(item.metric, 'id')} melebihi {size.id} poin yang ditoleransi (selisih "
                f"{amount(item.difference, contrast.kind, 'id')}, selang {span.id})."
            )
        )
    if item.state == "no harm":
        return Sentence(
            f"{start.en}: neither is worse by more than the tolerated {size.en} points (interval {span.en}).",
            f"{start.id}: tidak satu pun lebih buruk melebihi {size.id} poin yang ditoleransi (selang "
            f"{span.id}).",
        )
    return Sentence(
        f"{start.en}: harm beyond the tolerated {size.en} points is neither shown nor excluded "
        f"(interval {span.en}).",
        f"{start.id}: kerugian melebihi {size.id} poin yang ditoleransi belum terbukti dan belum dapat "
        f"dikesampingkan (selang {span.id}).",
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
