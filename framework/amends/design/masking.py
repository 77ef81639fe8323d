"""Masked arms: which designs can hide the arms behind letters, and the definition that has letters alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amends.design.arm import Arm
from amends.design.contrasts import Contrast
from amends.errors import DefinitionError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from amends.design.experiment import Experiment


def check_maskable(arms: Sequence[Arm], contrasts: Sequence[Contrast]) -> None:
    """Letters hide which arm is which only where the design treats the arms alike."""
    from amends.assignment.blocks import integer_weights

    whole = integer_weights([arm.weight for arm in arms])
    if len(set(whole)) > 1:
        raise DefinitionError(
            f"masked=True with the weights {':'.join(map(str, whole))}: the numbers assigned would tell "
            "which letter is which arm. Give every arm the same weight, or leave masked out."
        )
    pairs = len(arms) * (len(arms) - 1) // 2
    if contrasts and len(contrasts) < pairs:
        raise DefinitionError(
            f"masked=True with {len(contrasts)} of {pairs} contrasts: the pairs that are compared would tell "
            "which letter is which arm. Leave contrasts out, so that every pair is compared, or leave masked "
            "out."
        )
    if pairs > 1 and any(item.primary for item in contrasts):
        raise DefinitionError(
            "masked=True with a primary contrast: the pair that is tested first would tell which letter is "
            "which arm. Declare contrast(…) for every pair alike, or leave masked out."
        )


def lettered(experiment: Experiment, letters: Mapping[str, str]) -> Experiment:
    """The definition with letters for arms, in the order of the letters, and nothing that tells them apart.

    Texts and levels of factors are gone, and every pair is compared in the order of the letters: silence,
    which is otherwise always the arm that others are compared with, could be told by that.

    Args:
        experiment: A masked experiment.
        letters: Per arm its letter.

    >>> from amends.design.arm import silence, sorry
    >>> from amends.design.experiment import Experiment
    >>> tea = Experiment(key="tea", notice="Late.", arms=[sorry("Sorry."), silence()], masked=True)
    >>> lettered(tea, {"sorry": "B", "silence": "A"}).pairs()
    (('A', 'B'),)
    """
    arms = sorted(experiment.arms, key=lambda arm: letters[arm.name])
    names = [letters[arm.name] for arm in arms]
    first = any(item.primary for item in experiment.contrasts)
    pairs = [(arm, versus) for place, arm in enumerate(names) for versus in names[place + 1 :]]

    def no_arm(_: object) -> NoReturn:
        raise UsageError(f"{experiment.key!r} is masked: no arm of a unit can be asked for until the stop.")

    return experiment.derived(
        arms=tuple(Arm("arm").derived(name=name) for name in names),
        contrasts=tuple(Contrast("arm", "versus", primary=first).derived(arm=a, versus=b) for a, b in pairs),
        warnings=(),
        arm_of=no_arm,
        arms_of=no_arm,
    )
