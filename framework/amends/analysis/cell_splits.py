"""The split between the arms within each day, channel and sender: the fault of one hides in the total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amends.analysis.formatting import Sentence, p_value

ALERT = 0.001

_DIMENSIONS = {
    "day": Sentence("On day", "Pada hari"),
    "channel": Sentence("In channel", "Di kanal"),
    "sender": Sentence("From sender", "Dari pengirim"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """Units assigned within one day, channel or sender.

    Attributes:
        by: `day`, `channel` or `sender`.
        value: Which one.
        assigned: Units per arm (clusters where clustered).
    """

    by: str
    value: str
    assigned: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CellSplit:
    """A cell and how often chance splits it as unevenly; `p_value` is adjusted over all cells (Holm)."""

    by: str
    value: str
    p_value: float
    assigned: Mapping[str, int]

    @property
    def alert(self) -> bool:
        """Whether its arms were not split as planned."""
        return self.p_value < ALERT

    @property
    def note(self) -> Sentence:
        """What the reader must know."""
        where = _DIMENSIONS[self.by]
        value = {
            locale: self.value or {"en": "(none)", "id": "(tanpa nama)"}[locale] for locale in ("en", "id")
        }
        return Sentence(
            f"{where.en} {value['en']} the arms were not split as planned (SRM, {p_value(self.p_value)} "
            "adjusted): the results are not trustworthy.",
            f"{where.id} {value['id']} pembagian kelompok tidak sesuai rencana (SRM, "
            f"{p_value(self.p_value, 'id')} setelah penyesuaian): hasilnya tidak dapat dipercaya.",
        )


def cell_splits(cells: Sequence[Cell], shares: Mapping[str, float]) -> tuple[CellSplit, ...]:
    """Every cell with the adjusted p-value of its split; chance alerts once in a thousand experiments.

    Cells may hold a handful of units, where a chi-square would alert far too often: each arm's count is
    tested against its share by the exact binomial test, over the arms by Bonferroni, over the cells by Holm.

    Args:
        cells: Of every dimension; a dimension with a single value repeats the total and is left out.
        shares: What each arm was meant to get; they add up to 1.

    >>> fine, broken = Cell("sender", "app", {"a": 52, "b": 48}), Cell("sender", "shop", {"a": 90, "b": 40})
    >>> [cell.value for cell in cell_splits([fine, broken], {"a": 0.5, "b": 0.5}) if cell.alert]
    ['shop']
    """
    from amends.analysis.multiplicity import adjust

    sizes = Counter(cell.by for cell in cells)
    several = [cell for cell in cells if sizes[cell.by] > 1]
    adjusted = adjust(_exact(several, shares), method="holm")
    return tuple(
        CellSplit(cell.by, cell.value, p, cell.assigned)
        for cell, p in zip(several, adjusted, strict=True)
        if isinstance(p, float)
    )


def _exact(cells: Sequence[Cell], shares: Mapping[str, float]) -> list[float]:
    import numpy as np
    from scipy.special import bdtr, bdtrc

    if not cells:
        return []
    seen = np.array([[cell.assigned.get(arm, 0) for arm in shares] for cell in cells])
    totals = seen.sum(axis=1, keepdims=True)
    # Of two arms the second repeats the first.
    tested = 1 if len(shares) == 2 else len(shares)
    seen, share = seen[:, :tested], np.array(list(shares.values())[:tested])
    # The chance of as many or more, and of as few or fewer, whichever is less likely, doubled.
    tails = np.minimum(bdtr(seen, totals, share), bdtrc(seen - 1, totals, share)).min(axis=1)
    found = np.where(totals[:, 0] > 0, np.minimum(1.0, 2 * tails * tested), 1.0)
    return [float(p) for p in found]
