"""Arms that cross factors: which cell every arm is, and which weights of cells make which effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from math import prod

import numpy as np

from amends.analysis.result import NotEnough
from amends.errors import UsageError


@dataclass(frozen=True, slots=True)
class Crossing:
    """A full crossing: every combination of levels is one arm.

    Attributes:
        levels: Of every factor, in order of appearance.
        arms: The arm of every combination of levels, in the order of `cells`.
    """

    levels: Mapping[str, tuple[str, ...]]
    arms: tuple[str, ...]

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """Every combination of levels, the last factor's changing fastest."""
        return list(product(*self.levels.values()))


@dataclass(frozen=True, slots=True)
class CellWeights:
    """An effect as weights of the cells, adding up to 0.

    Attributes:
        kind: `interaction`, `simple effect` or `main effect`.
        factors: Those that the effect is of.
        levels: For each of them the two levels compared, first minus second.
        at: The level of each other factor, for a simple effect.
        weights: One a cell, in the crossing's order.
    """

    kind: str
    factors: tuple[str, ...]
    levels: tuple[tuple[str, str], ...]
    at: Mapping[str, str]
    weights: np.ndarray


def crossing(factors: Mapping[str, Mapping[str, str]]) -> Crossing | NotEnough:
    """The crossing that arms form, from each arm's level of every factor.

    Args:
        factors: By arm, the level of each factor.

    Raises:
        UsageError: Arms that name different factors, or two arms of the same levels.

    >>> cells = {"a": {"message": "thanks", "voucher": "no"}, "b": {"message": "sorry", "voucher": "no"},
    ...          "c": {"message": "thanks", "voucher": "yes"}, "d": {"message": "sorry", "voucher": "yes"}}
    >>> crossing(cells).arms
    ('a', 'c', 'b', 'd')
    """
    names = list(next(iter(factors.values()), {}))
    by_cell: dict[tuple[str, ...], str] = {}
    for arm, given in factors.items():
        if set(given) != set(names):
            raise UsageError(
                f"arm {arm!r} has the factors {', '.join(given) or 'none'}, "
                f"others {', '.join(names) or 'none'}. Give every arm a level of the same factors."
            )
        cell = tuple(given[name] for name in names)
        if cell in by_cell:
            raise UsageError(f"arms {by_cell[cell]!r} and {arm!r} have the same levels. Give each its own.")
        by_cell[cell] = arm
    if len(names) < 2:
        return NotEnough(f"{len(names)} factor; 2 needed for a crossing")
    levels = {name: tuple(dict.fromkeys(cell[place] for cell in by_cell)) for place, name in enumerate(names)}
    for name, found in levels.items():
        if len(found) < 2:
            return NotEnough(f"factor {name!r} has 1 level; 2 needed")
    for cell in product(*levels.values()):
        if cell not in by_cell:
            said = ", ".join(f"{name} {level}" for name, level in zip(names, cell, strict=True))
            return NotEnough(f"no arm has {said}, so the factors do not cross")
    return Crossing(levels, tuple(by_cell[cell] for cell in product(*levels.values())))


def effects(crossed: Crossing) -> list[CellWeights]:
    """Interactions first, from the highest order down, then simple effects, then main effects."""
    names = list(crossed.levels)
    found = []
    for order in range(len(names), 1, -1):
        for chosen in combinations(names, order):
            found += _compared(crossed, "interaction", chosen, {})
    for name in names:
        others = [other for other in names if other != name]
        for fixed in product(*(crossed.levels[other] for other in others)):
            found += _compared(crossed, "simple effect", (name,), dict(zip(others, fixed, strict=True)))
    for name in names:
        found += _compared(crossed, "main effect", (name,), {})
    return found


def interaction_basis(crossed: Crossing, chosen: tuple[str, ...]) -> np.ndarray:
    """Independent weights whose being 0 altogether means that the factors do not interact."""
    parts = [
        _differences_from_last(len(levels)) if name in chosen else np.full((1, len(levels)), 1 / len(levels))
        for name, levels in crossed.levels.items()
    ]
    basis = np.ones((1, 1))
    for part in parts:
        basis = np.kron(basis, part)
    return basis


def interactions_of(crossed: Crossing) -> list[tuple[str, ...]]:
    """Every set of two or more factors, the largest first."""
    names = list(crossed.levels)
    return [chosen for order in range(len(names), 1, -1) for chosen in combinations(names, order)]


def _compared(
    crossed: Crossing, kind: str, chosen: tuple[str, ...], at: Mapping[str, str]
) -> list[CellWeights]:
    """The effects of the chosen factors, one for each choice of two levels of each."""
    pairs = [list(combinations(crossed.levels[name], 2)) for name in chosen]
    averaged = prod(
        len(levels) for name, levels in crossed.levels.items() if name not in chosen and name not in at
    )
    names, found = list(crossed.levels), []
    for levels in product(*pairs):
        weights = np.zeros(len(crossed.arms))
        for place, cell in enumerate(crossed.cells):
            here = dict(zip(names, cell, strict=True))
            if any(here[name] != level for name, level in at.items()):
                continue
            sign = prod(
                1 if here[name] == first else (-1 if here[name] == second else 0)
                for name, (first, second) in zip(chosen, levels, strict=True)
            )
            weights[place] = sign / averaged
        found.append(CellWeights(kind, chosen, levels, dict(at), weights))
    return found


def _differences_from_last(count: int) -> np.ndarray:
    return np.hstack([np.eye(count - 1), -np.ones((count - 1, 1))])
