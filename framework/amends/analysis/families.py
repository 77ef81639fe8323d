"""Many contrasts, one error rate: Holm over each family, and the overall test of three arms or more.

The primary metric's contrasts are one family, those of the secondary metrics a second, guardrails a
third. A contrast that cannot be tested still counts as a member: a family does not shrink because
data are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amends.analysis.contrasts import Contrast
from amends.analysis.result import NotEnough


def adjust_family(
    contrasts: Sequence[Contrast], *, first: frozenset[tuple[str, str]] = frozenset()
) -> list[Contrast]:
    """The contrasts of one family with `p_adjusted` and the method's name.

    Args:
        contrasts: All contrasts of the family.
        first: Pairs `(arm, versus)` declared primary: tested alone at the level, and only when all of
            them reject are the others tested, by Holm at the same level. The adjusted p of the others is
            therefore never below the largest of the first.
    """
    if len(contrasts) < 2:
        return [replace(item, p_adjusted=item.p_value, adjustment="none") for item in contrasts]
    gate = [item for item in contrasts if (item.arm, item.versus) in first]
    rest = [item for item in contrasts if (item.arm, item.versus) not in first]
    if not gate or not rest:
        return _holm(contrasts)
    opened = _holm(gate)
    floor = max(_number(item) for item in opened)
    later = [_at_least(item, floor) for item in _holm(rest)]
    adjusted = {item.key: item for item in (*opened, *later)}
    return [replace(adjusted[item.key], adjustment="primary first, then Holm") for item in contrasts]


def _holm(contrasts: Sequence[Contrast]) -> list[Contrast]:
    from amends.analysis.multiplicity import adjust

    if len(contrasts) == 1:
        return [replace(contrasts[0], p_adjusted=contrasts[0].p_value, adjustment="none")]
    family = [
        item.p_value if isinstance(item.p_value, NotEnough) else float(item.p_value or 0.0)
        for item in contrasts
    ]
    return [
        replace(item, p_adjusted=value, adjustment="Holm")
        for item, value in zip(contrasts, adjust(family, method="holm"), strict=True)
    ]


def _number(contrast: Contrast) -> float:
    value = contrast.p_adjusted
    return float(value) if isinstance(value, float | int) else 1.0


def _at_least(contrast: Contrast, floor: float) -> Contrast:
    value = contrast.p_adjusted
    if isinstance(value, float | int):
        return replace(contrast, p_adjusted=max(float(value), floor))
    return contrast
