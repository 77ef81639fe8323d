"""Masked arms: letters in the place of names before anything is computed, so that no form can tell them.

Masking the finished report would have to find every name in every sentence. Instead the definition, the
counts and the unit rows are given letters at the door, and all that is made of them carries letters only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from amends.analysis.course import Course, EarlyVerdict
from amends.analysis.formatting import Sentence
from amends.analysis.result import NotEnough
from amends.design.masking import lettered
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.cell_splits import Cell
    from amends.analysis.checks.row_counts import RowCounts
    from amends.analysis.split import Split
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan

HIDDEN_COUNTS = ("sent", "delivered", "failed")
"""Silence is sent less, or nothing at all, and would give itself away by these."""

HIDDEN_COLUMNS: Mapping[str, Any] = {"sent": False, "delivered": False, "failed": False, "said": None}

MASKED = NotEnough("masked until the stop")

MASKED_NOTE = Sentence(
    "The arms are masked until the stop: letters stand for them, in an order drawn for this experiment "
    "alone, and what was sent is not shown.",
    "Kelompok pesan disamarkan sampai eksperimen dihentikan: huruf menggantikan namanya, dengan urutan yang "
    "diacak khusus untuk eksperimen ini, dan jumlah yang dikirim tidak ditampilkan.",
)

Pair = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mask:
    """Letters for the arms of one experiment.

    Attributes:
        letters: Per arm its letter.
    """

    letters: Mapping[str, str]

    def definition(self, experiment: Experiment) -> Experiment:
        """The definition with letters and without texts; see `amends.design.masking.lettered`."""
        return lettered(experiment, self.letters)

    def tally(self, tally: Tally) -> Tally:
        """The counts per letter, in the order of the letters, without what was sent."""
        arms = (
            replace(item, arm=self.letters[item.arm], sent=0, delivered=0, failed=0) for item in tally.arms
        )
        return replace(tally, arms=tuple(sorted(arms, key=lambda item: item.arm)))

    def segments(self, segments: Mapping[str, Mapping[str, Tally]]) -> dict[str, dict[str, Tally]]:
        """The counts within segments per letter."""
        return {
            name: {level: self.tally(tally) for level, tally in levels.items()}
            for name, levels in segments.items()
        }

    def plan(self, plan: Plan) -> Plan:
        """The plan per letter."""
        return plan.derived(per_arm=self.per_arm(plan.per_arm))

    def per_arm(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values per letter, in the order of the letters."""
        return dict(sorted((self.letters[arm], value) for arm, value in values.items()))

    def arms(self, names: Collection[str]) -> tuple[str, ...]:
        """The letters of some arms, in their order."""
        return tuple(sorted(self.letters[name] for name in names))

    def units(self, units: DataFrame) -> DataFrame:
        """Unit rows per letter, without what was sent or said."""
        return units.assign(arm=units["arm"].map(dict(self.letters)), **HIDDEN_COLUMNS)

    def course(self, course: Course) -> Course:
        """The course with letters in the verdicts and the plan."""
        made = (self._verdict(item) for item in course.verdicts)
        planned = None if course.planned is None else self.per_arm(course.planned)
        return replace(course, verdicts=tuple(made), planned=planned)

    def _verdict(self, made: EarlyVerdict) -> EarlyVerdict:
        arm, versus = self.letters[made.arm], self.letters[made.versus]
        if arm > versus:
            return replace(made, arm=versus, versus=arm, n=(made.n[1], made.n[0]))
        return replace(made, arm=arm, versus=versus)

    def cells(self, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """Units within days, channels and senders per letter."""
        return tuple(replace(cell, assigned=self.per_arm(cell.assigned)) for cell in cells)

    def split(self, split: Split) -> Split:
        """The check of the split, its cells per letter."""
        tested = tuple(replace(cell, assigned=self.per_arm(cell.assigned)) for cell in split.tested)
        return replace(split, tested=tested)

    def row_counts(self, rows: RowCounts) -> RowCounts:
        """The counts of the data checks per letter; answers before a sending would tell who got none."""
        return replace(rows.renamed(self.letters), early={})

    def verdicts(self, stored: Mapping[Pair, Mapping[str, Any]]) -> dict[Pair, dict[str, Any]]:
        """Stored verdicts between letters, turned round where the pair is.

        >>> mask = Mask({"sorry": "B", "silence": "A"})
        >>> mask.verdicts({("completed", "sorry", "silence"): {"verdict": "difference", "effect": 0.2}})
        {('completed', 'A', 'B'): {'verdict': 'difference', 'effect': -0.2}}
        """
        found = {}
        for (metric, arm, versus), made in stored.items():
            first, second = self.letters[arm], self.letters[versus]
            turned = first > second
            pair = (second, first) if turned else (first, second)
            found[(metric, *pair)] = {
                name: _figure(name, value, turned) for name, value in _ends(made, turned)
            }
        return found


def mask_of(arms: Sequence[str], *, key: str, secret: str) -> Mask:
    """Letters for arms, in an order that follows from a secret and cannot be guessed from the key.

    The order is that of HMAC-SHA256 of key and arm under the secret, so it is the same at every look and
    another one in every experiment.

    Args:
        arms: Their names.
        key: The experiment's key.
        secret: The experiment's own secret seed, as the store keeps it.

    >>> sorted(mask_of(["thank_you", "silence"], key="tea", secret="5eed").letters.values())
    ['A', 'B']
    """
    import hashlib
    import hmac

    def place(arm: str) -> bytes:
        return hmac.new(secret.encode(), f"amends:mask:1:{key}:{arm}".encode(), hashlib.sha256).digest()

    width = 1 if len(arms) <= 26 else 2
    return Mask({arm: _letter(number, width) for number, arm in enumerate(sorted(arms, key=place))})


def _letter(number: int, width: int) -> str:
    return chr(ord("A") + number) if width == 1 else _letter(number // 26, 1) + _letter(number % 26, 1)


def _ends(made: Mapping[str, Any], turned: bool) -> list[tuple[str, Any]]:
    """The fields, a lower limit standing as the upper one where the pair is turned."""
    swapped = {"low": "high", "high": "low"} if turned else {}
    return [(name, made.get(swapped.get(name, name))) for name in made]


def _figure(name: str, value: Any, turned: bool) -> Any:
    if isinstance(value, Mapping):
        # The reason of a missing figure may name an arm.
        return MASKED.to_dict()
    if isinstance(value, list | tuple):
        parts = [
            _figure("effect" if name in ("always_valid", "region") else "", part, turned) for part in value
        ]
        return parts[::-1] if turned else parts
    if turned and name in ("effect", "low", "high") and isinstance(value, int | float):
        return -value
    return value
