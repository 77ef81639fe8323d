"""Published comparisons as rows of a pooled reading, where their counts are known."""

from __future__ import annotations

from collections.abc import Sequence

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence
from amends.analysis.pooled_rows import MEASURES, OF_PROPORTIONS, PUBLISHED, EffectRow, LeftOut
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.study_effects import effect_of_counts
from amends.studies.carried import studies
from amends.studies.study import Study


def published_rows(
    *, pair: tuple[str, str], measure: str = "rd", own: Sequence[EffectRow] = ()
) -> tuple[list[EffectRow], list[LeftOut]]:
    """Every published comparison we carry, as a row or with the reason why it is none.

    They compare messages of their own; one that compares the pair asked for is turned to its order.

    Args:
        pair: The arms asked for, first minus second.
        measure: One of `MEASURES`.
        own: The rows of our own experiments: the same counts are never taken twice.

    >>> rows, left_out = published_rows(pair=("thank_you", "sorry"))
    >>> [row.name for row in rows], [item.name for item in left_out]
    (['frederick2009', 'broockman2013'], ['ggl2008', 'you2020'])
    """
    rows: list[EffectRow] = []
    left_out: list[LeftOut] = []
    taken = {_counts(row): row.name for row in own}
    for study in studies():
        found = _row(study, pair, measure)
        same = taken.get(_counts(found)) if isinstance(found, EffectRow) else None
        if same is not None:
            why = Sentence(
                f"{same} holds the same counts, which count once",
                f"{same} berisi hitungan yang sama, yang dihitung satu kali",
            )
            found = LeftOut(study.key, why, PUBLISHED)
        if isinstance(found, EffectRow):
            rows.append(found)
        else:
            left_out.append(found)
    return rows, left_out


def _row(study: Study, pair: tuple[str, str], measure: str) -> EffectRow | LeftOut:
    why = _no_row(study, measure)
    if why is not None:
        return LeftOut(study.key, why, PUBLISHED)
    contrast = study.contrasts[0]
    turned = (contrast.versus, contrast.arm) == pair
    assert contrast.counts is not None
    first, second = contrast.counts[::-1] if turned else contrast.counts
    effect = effect_of_counts(*first, *second, measure=MEASURES[measure])
    if isinstance(effect, NotEnough):
        return LeftOut(study.key, explained(effect.reason), PUBLISHED)
    return EffectRow(
        name=study.key,
        source=PUBLISHED,
        metric=contrast.metric,
        outcome=study.outcome,
        arm=contrast.versus if turned else contrast.arm,
        versus=contrast.arm if turned else contrast.versus,
        effect=effect,
        values=contrast.values[::-1] if turned else contrast.values,
        events=(first[0], second[0]),
    )


def _no_row(study: Study, measure: str) -> Sentence | None:
    if not study.arms or not study.contrasts:
        return Sentence("its counts are not known to us", "hitungannya tidak kami ketahui")
    if measure not in OF_PROPORTIONS:
        return Sentence("its counts give no mean", "hitungannya tidak memberi rata-rata")
    contrast: Contrast = study.contrasts[0]
    if isinstance(contrast.p_value, NotEnough):
        return explained(contrast.p_value.reason)
    if len(study.contrasts) > 1:
        return Sentence(
            "its comparisons share a group, so they are no independent rows",
            "perbandingannya berbagi satu kelompok, sehingga bukan baris yang saling bebas",
        )
    return None


def _counts(row: EffectRow) -> frozenset[tuple[int, int]] | str:
    """Events and units of both arms, whatever their names and order."""
    return row.name if row.events is None else frozenset(zip(row.events, row.effect.ns, strict=True))
