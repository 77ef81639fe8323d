"""Attention checks: questions with a right answer, and who is declared to be left out by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from amends.design.experiment import Experiment
    from amends.design.items import Choice, Rating


def check_correct(item: Rating | Choice, correct: Any, what: str, *, allowed: Collection[Any]) -> Any:
    """The right answer of an attention check, or the answer of a choice that a manipulation check counts.

    Raises:
        DefinitionError: It is none of the answers, belongs to no check, or is missing where answers that are
            words leave nothing else to compare.
    """
    counted = item.kind == "choice" and item.role == "manipulation_check"
    if correct is None and counted:
        raise DefinitionError(
            f"{what} is a manipulation check without correct=…: answers that are words have no mean. Name "
            f"the one whose share the arms are compared by, of {', '.join(map(str, allowed))}."
        )
    if correct is None:
        return None
    if item.role != "attention_check" and not counted:
        raise DefinitionError(
            f"{what} has correct={correct!r} and role={item.role!r}: only an attention check has a right "
            "answer, and a choice that is a manipulation check one that is counted. Write "
            'role="attention_check", or leave correct out.'
        )
    if isinstance(correct, bool) or correct not in allowed:
        raise DefinitionError(
            f"correct of {what} is {correct!r}; it must be one of the answers: "
            f"{', '.join(str(answer) for answer in allowed)}."
        )
    return correct


def check_exclusions(exclusions: Sequence[str], items: Iterable[Any]) -> None:
    """An exclusion that is a question's name means those who answered it wrongly: it needs a right answer."""
    asked = {item.name: item for item in items}
    for said in exclusions:
        item = asked.get(said)
        if item is None:
            continue
        if getattr(item, "role", None) != "attention_check" or getattr(item, "correct", None) is None:
            raise DefinitionError(
                f"exclusion {said!r} is the name of a survey item, which leaves out those who answered it "
                f"wrongly, but {said!r} is no attention check with a right answer. Give the item "
                'role="attention_check" and correct=…, or write the exclusion as a sentence.'
            )


def attention_checks(experiment: Experiment) -> tuple[Rating | Choice, ...]:
    """The questions asked as attention checks, in the order in which they are asked."""
    from amends.design.items import Choice, Rating

    return tuple(
        item
        for item in experiment.items
        if isinstance(item, (Rating, Choice)) and item.role == "attention_check"
    )


def excluding_checks(experiment: Experiment) -> tuple[Rating | Choice, ...]:
    """The attention checks whose failure is a declared exclusion: `exclusions=` has their names."""
    return tuple(item for item in attention_checks(experiment) if item.name in experiment.exclusions)
