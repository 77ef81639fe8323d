"""What must be known before believing a pooled average, each remark only where it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence
from amends.analysis.pooled_rows import PUBLISHED, EffectRow
from amends.analysis.pooled_words import other_questions, paired
from amends.analysis.result import NotEnough

if TYPE_CHECKING:
    from amends.analysis.meta import Pooled

FEW = 5
"""Below this many experiments the variance between them is hardly known."""


def notes(
    rows: Sequence[EffectRow],
    pooled: Pooled | NotEnough,
    *,
    pair: tuple[str, str],
    metric: str,
) -> tuple[Sentence, ...]:
    """What a reader must know, each only where it holds."""
    found = [
        (EARLY, [row for row in rows if row.early]),
        (CORRECTED, [row for row in rows if row.effect.corrected]),
        (SELECTED, [row for row in rows if row.selected]),
        (AFTER_THE_FACT, [row for row in rows if row.after_the_fact]),
        (CLUSTERED, [row for row in rows if row.clustered]),
        (INVENTED, [row for row in rows if row.simulated]),
    ]
    said = [_named(note, marked) for note, marked in found if marked]
    said += [
        _other(row) for row in other_questions(rows, pair=pair, metric=metric) if row.source == PUBLISHED
    ]
    if not isinstance(pooled, NotEnough) and pooled.k < FEW:
        said.append(
            Sentence(
                f"With {pooled.k} experiments it is hardly known how much their effects differ.",
                f"Dengan {pooled.k} eksperimen, seberapa jauh efeknya berbeda hampir tidak diketahui.",
            )
        )
    return tuple(said)


EARLY = Sentence(
    "Stopped early on a difference, so the effect is likely too large",
    "Dihentikan lebih awal karena ada perbedaan, sehingga efeknya cenderung terlalu besar",
)
CORRECTED = Sentence(
    "An empty cell: a half was added to all four counts",
    "Ada sel kosong: keempat hitungannya ditambah setengah",
)
SELECTED = Sentence(
    "Known only for those who answered, not for everyone randomised",
    "Hanya diketahui dari yang menjawab, bukan dari semua yang diacak",
)
AFTER_THE_FACT = Sentence("Defined after the data were there", "Didefinisikan setelah datanya sudah ada")
CLUSTERED = Sentence(
    "Arms were given by cluster: cluster-robust error",
    "Kelompok dibagi per gugus: galatnya memperhitungkan gugus",
)
INVENTED = Sentence("Simulated customers", "Pelanggan simulasi")


def _named(note: Sentence, rows: Sequence[EffectRow]) -> Sentence:
    names = ", ".join(row.name for row in rows)
    return Sentence(f"{note.en}: {names}.", f"{note.id}: {names}.")


def _other(row: EffectRow) -> Sentence:
    return Sentence(
        f"{row.name} compares {paired((row.arm, row.versus), 'en')}; counted: {row.outcome.en}.",
        f"{row.name} membandingkan {paired((row.arm, row.versus), 'id')}; yang dihitung: {row.outcome.id}.",
    )
