"""What a message does to those who get it because they were assigned to it, where its receipt is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Figure, Sentence, amount, arm_name, percent
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    Cells,
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    both,
    effect_cell,
    p_cell,
    share_cell,
)
from amends.analysis.sections.comparing import reference_arm
from amends.analysis.sections.naming import capital, columns, metric_cell, no_figure, once, pair_cell
from amends.analysis.units import values_of

if TYPE_CHECKING:
    from amends.analysis.compliance import AndersonRubinSet, ComplierEffect
    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric
    from amends.tally import Tally

NAME = "compliance"
CHAPTER = "sure"
TITLE = Sentence("Among those whom the message reached", "Di antara yang menerima pesannya")
NEEDS_UNITS = True
PLAIN_UNITS = True
FOLDED = True
TELLS_ARMS = True

HEADLINE = Sentence(
    "The comparison of everyone assigned stays the headline; this is the effect among those who get the "
    "message exactly when assigned to it. Leaving out whom it did not reach would break the randomisation.",
    "Perbandingan semua yang diundi tetap menjadi temuan utama; ini efek di antara yang menerima pesan hanya "
    "bila diundi untuk menerimanya. Membuang yang tidak menerima akan merusak pengacakan.",
)
EVERYBODY = Sentence(
    "Everybody received what they were assigned, so the effect among those reached is the effect over all.",
    "Semua menerima sesuai undian, sehingga efek di antara yang menerima sama dengan efek atas semua.",
)
METHOD = Sentence(
    "Complier average causal effect: assignment as instrument, Wald ratio (Imbens & Angrist 1994) with the "
    "Anderson–Rubin interval, which keeps its level however weak the instrument. It takes for granted that "
    "the draw acts only through the message and that nobody gets it because of being drawn for the other "
    "arm.",
    "Efek rata-rata pada yang patuh: undian sebagai instrumen, rasio Wald (Imbens & Angrist 1994) dengan "
    "selang Anderson–Rubin, yang tetap berlaku meski instrumennya lemah. Anggapannya: undian hanya bekerja "
    "lewat pesan, dan tidak ada yang menerima pesan karena diundi untuk kelompok lain.",
)


@dataclass(frozen=True, slots=True)
class _Read:
    metric: Metric
    arm: str
    versus: str
    found: ComplierEffect | NotEnough

    @property
    def about(self) -> Sentence:
        metric, pair = capital(metric_cell(self.metric.name)), pair_cell(self.arm, self.versus)
        return both(lambda locale: f"{metric[locale]}, {pair[locale]}")


def wanted(experiment: Experiment) -> bool:
    """Where some arm speaks; whether its receipt was recorded, the units tell."""
    return bool(experiment.speaking_arms)


def recorded(tally: Tally) -> bool:
    """Whether anybody recorded what became of the messages; without that no unit need be read."""
    return any(arm.sent or arm.delivered or arm.failed for arm in tally.arms)


def section(material: Material) -> Section | None:
    """Every speaking arm against the reference, over everyone assigned; none where no receipt is recorded."""
    read = list(_read(material))
    if not read:
        return None
    known = [item for item in read if not isinstance(item.found, NotEnough)]
    if known and all(_whole(item.found) for item in known):
        said = [EVERYBODY]
    else:
        said = [HEADLINE, *(sentence for item in read for sentence in _said(item))]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(said),
        tables=_table(known),
        charts=_chart(known),
        notes=(METHOD,),
        figures={
            "exposure": "said" if _by_mouth(material) else "delivered",
            "effects": [
                {"metric": item.metric.name, "arm": item.arm, "versus": item.versus, **_figures(item.found)}
                for item in read
            ],
        },
    )


def _figures(found: ComplierEffect | NotEnough) -> dict[str, Any]:
    return {"not_enough": found.reason} if isinstance(found, NotEnough) else exported(found)


def _whole(found: ComplierEffect | NotEnough) -> bool:
    return not isinstance(found, NotEnough) and found.non_compliance == "none"


def _by_mouth(material: Material) -> bool:
    """Whether somebody wrote down which sentence was really said."""
    return material.units is not None and bool(material.units["said"].notna().any())


def _read(material: Material) -> Iterator[_Read]:
    import numpy as np

    from amends.analysis.compliance import complier_effect

    units, experiment = material.units, material.experiment
    if units is None or not len(units):
        return
    versus = reference_arm(experiment)
    arms = units["arm"].to_numpy(dtype=object)
    for metric in experiment.metrics:
        values = np.asarray(values_of(metric, units), dtype=float)
        if metric.selected or not np.isfinite(values).all():
            # Ratings are known only of those who answered: assignment is no instrument among them.
            continue
        for arm in [item.name for item in experiment.speaking_arms if item.name != versus]:
            received = _received(material, arm)
            inside = (arms == arm) | (arms == versus)
            if received is None or not (arms == arm).any() or not (arms == versus).any():
                continue
            if metric.source == "survey" and {arm, versus} & set(material.not_invited):
                continue
            clusters: Any = units["cluster"].to_numpy(dtype=object)[inside] if experiment.clustered else None
            given: Any = values[inside], arms[inside] == arm, received[inside]
            yield _Read(metric, arm, versus, complier_effect(*given, clusters=clusters))


def _received(material: Material, arm: str) -> Any:
    """Whether every unit got this arm's message; None where nobody recorded any receipt.

    A sentence that a person said counts where it was written down. A sender's message counts where its
    delivery is recorded, or, where only failures are, where it did not fail; no unit of another arm got it.
    """
    units = material.units
    assert units is not None
    if _by_mouth(material):
        return (units["said"] == arm).to_numpy(dtype=bool)
    mine = (units["arm"] == arm).to_numpy(dtype=bool)
    delivered, failed = (units[name].to_numpy(dtype=bool) for name in ("delivered", "failed"))
    if delivered.any():
        return mine & delivered
    return mine & ~failed if failed.any() else None


def _said(item: _Read) -> list[Sentence]:
    found = item.found
    if isinstance(found, NotEnough):
        return [no_figure(item.about, found)]
    arm = {"en": arm_name(item.arm), "id": arm_name(item.arm, "id")}
    shares = [count / n for count, n in zip(found.received, found.ns, strict=True)]
    size = Sentence(
        f"{amount(found.value, item.metric.kind)} points ({_set_said(found.interval, item, 'en')})",
        f"{amount(found.value, item.metric.kind, 'id')} poin ({_set_said(found.interval, item, 'id')})",
    )
    if found.weak or not found.interval.bounded:
        # The ratio of a small difference by a smaller one is no figure to quote.
        size = both(lambda locale: _set_said(found.interval, item, locale))
    said = [
        Sentence(
            f"{item.about.en}: “{arm['en']}” reached {percent(shares[0])} of those assigned to it and "
            f"{percent(shares[1])} of the others; the difference among those whom it reached so is "
            f"{size.en}.",
            f"{item.about.id}: “{arm['id']}” diterima {percent(shares[0], 'id')} dari yang diundi untuknya "
            f"dan {percent(shares[1], 'id')} dari yang lain; selisih di antara yang menerima karena itu: "
            f"{size.id}.",
        )
    ]
    if found.weak:
        said.append(
            Sentence(
                f"{item.about.en}: the draw hardly moved who got the message (F below 10). Read only the "
                "interval.",
                f"{item.about.id}: undian hampir tidak mengubah siapa yang menerima pesan (F di bawah 10). "
                "Baca selangnya saja.",
            )
        )
    elif not found.interval.bounded:
        said.append(
            Sentence(
                f"{item.about.en}: the units are too few to bound the effect of a message that not all "
                "received. Read only the interval.",
                f"{item.about.id}: unitnya terlalu sedikit untuk membatasi pengaruh pesan yang tidak "
                "diterima semuanya. Baca selangnya saja.",
            )
        )
    return said


def _set_said(found: AndersonRubinSet, item: _Read, locale: str) -> str:
    word = {"en": "95% interval", "id": "selang kepercayaan 95%"}[locale]
    return f"{word}: {_regions(found, item.metric.kind, locale)}"


def _regions(found: AndersonRubinSet, kind: str, locale: str) -> str:
    """The parts of the set, for instance `−∞ to −4.0 or 2.1 to ∞`."""
    to, either = {"en": ("to", "or"), "id": ("sampai", "atau")}[locale]
    parts = [f"{amount(low, kind, locale)} {to} {amount(high, kind, locale)}" for low, high in found.regions]
    return f" {either} ".join(parts)


def _table(read: Sequence[_Read]) -> tuple[SectionTable, ...]:
    rows = [_row(item, item.found) for item in read if not isinstance(item.found, NotEnough)]
    heading = columns(
        ("metric", "ukuran"),
        ("contrast", "perbandingan"),
        ("over all assigned", "atas semua yang diundi"),
        ("reached, first arm", "menerima, kelompok pertama"),
        ("reached, second arm", "menerima, kelompok kedua"),
        ("among compliers", "di antara yang patuh"),
        ("95% interval (Anderson–Rubin)", "selang kepercayaan 95% (Anderson–Rubin)"),
        ("p", "p"),
    )
    return (SectionTable(heading, tuple(rows), words=2),) if rows else ()


def _row(item: _Read, found: ComplierEffect) -> Cells:
    kind = item.metric.kind
    shares: list[Figure] = [count / n for count, n in zip(found.received, found.ns, strict=True)]
    return (
        metric_cell(item.metric.name),
        pair_cell(item.arm, item.versus),
        effect_cell(found.assigned_effect, kind),
        share_cell(shares[0]),
        share_cell(shares[1]),
        effect_cell(found.value, kind),
        both(lambda locale: _regions(found.interval, kind, locale)),
        p_cell(found.p_value),
    )


def _chart(read: Sequence[_Read]) -> tuple[SectionChart, ...]:
    """The bounded intervals; a set without an end has none to draw."""
    lines = []
    for item in read:
        if isinstance(item.found, NotEnough) or not item.found.interval.bounded:
            continue
        ((low, high),) = item.found.interval.regions
        times = 100 if item.metric.kind == "proportion" else 1
        if isfinite(low) and isfinite(high):
            said = effect_cell(item.found.value, item.metric.kind)
            lines.append(ChartLine(item.about, times * item.found.value, times * low, times * high, said))
    if not lines:
        return ()
    unit = Sentence("difference among compliers", "selisih di antara yang patuh")
    return (SectionChart(TITLE, unit, tuple(lines)),)
