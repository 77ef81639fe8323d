"""What a check of a published figure found: whether it can arise, from what, and what is next to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amends.analysis.formatting import Sentence, count


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """Whether a published figure can arise.

    Attributes:
        name: What was checked: `percentage`, `mean` (GRIM) or `standard deviation` (GRIMMER).
        shown: The figure as published, with its decimals.
        n: Answers it was made from.
        possible: Whether n whole answers can give it.
        sources: What gives it: counts of n for a percentage, sums of the answers for a mean, and sums of
            squares for a standard deviation; twenty are listed at most.
        nearest: The figures next to it, below and above, that can arise, at the same decimals.
        scale: Lowest and highest answer; None where any whole number was allowed.
    """

    name: str
    shown: str
    n: int
    possible: bool
    sources: tuple[int, ...]
    nearest: tuple[str, ...]
    scale: tuple[int, int] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "figure": self.name,
            "shown": self.shown,
            "n": self.n,
            "scale": None if self.scale is None else list(self.scale),
            "possible": self.possible,
            "sources": list(self.sources),
            "nearest": list(self.nearest),
            "rounding": "half up",
            "summary": self.sentence.to_dict(),
        }

    @property
    def sentence(self) -> Sentence:
        """The finding in one sentence."""
        unit, nearest = "%" if self.name == "percentage" else "", ", ".join(self.nearest)
        n, n_id = count(self.n), count(self.n, "id")
        named, shown_id = _NAMES[self.name], self.shown.replace(".", ",") + unit
        if self.possible:
            return Sentence(
                f"The {named.en} {self.shown}{unit} can arise from {n} whole answers.",
                f"{named.id.capitalize()} {shown_id} dapat muncul dari {n_id} jawaban bulat.",
            )
        near = [value + unit for value in self.nearest]
        return Sentence(
            f"The {named.en} {self.shown}{unit} cannot arise from {n} whole answers; "
            f"the nearest that can: {' and '.join(near) or 'none'}.",
            f"{named.id.capitalize()} {shown_id} tidak mungkin muncul dari {n_id} jawaban bulat; "
            f"yang terdekat: {' dan '.join(near).replace('.', ',') if nearest else 'tidak ada'}.",
        )

    def __str__(self) -> str:
        return self.sentence.en


_NAMES = {
    "percentage": Sentence("percentage", "persentase"),
    "mean": Sentence("mean", "rata-rata"),
    "standard deviation": Sentence("standard deviation", "simpangan baku"),
}
