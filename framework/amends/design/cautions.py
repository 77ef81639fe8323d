"""What is allowed but doubtful in a definition, as warnings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from amends.design.arm import Arm
from amends.design.moderators import TOLD
from amends.design.wording import Wording

LENGTH_SHARE = 0.2
REQUESTS = ("mohon pengertian", "mohon dimaklumi", "mohon maklum", "harap maklum", "mohon dimengerti")


def length_cautions(arms: Sequence[Arm]) -> list[str]:
    """Pairs of sentences that differ by more than a fifth of the longer, per locale."""
    found = []
    for left, right, locale, shorter, longer in sentence_lengths(arms):
        if too_uneven(shorter, longer):
            where = f" in {locale!r}" if locale else ""
            found.append(
                f"arms {left!r} and {right!r} differ in length by more than a fifth{where} "
                f"({shorter} and {longer} characters): a longer message may work by its "
                "length alone."
            )
    return found


def too_uneven(shorter: int, longer: int) -> bool:
    """Whether two sentences differ by more than a fifth of the longer."""
    return longer - shorter > LENGTH_SHARE * longer


def sentence_lengths(arms: Sequence[Arm]) -> list[tuple[str, str, str, int, int]]:
    """Pairs of speaking arms with the locale (`""` for every one) and the shorter and longer length.

    Where arms cross factors, only arms that differ in the first factor alone are compared: a later
    factor, such as a voucher, adds facts of its own.
    """
    found = []
    for left, right in combinations([arm for arm in arms if arm.text is not None], 2):
        if not _differ_in_wording_only(left, right):
            continue
        for locale, sentence in left.text.texts.items() if left.text else ():
            lengths = sorted((len(sentence), len((right.text.get(locale) if right.text else "") or "")))
            found.append((left.name, right.name, locale, lengths[0], lengths[1]))
    return found


def _differ_in_wording_only(left: Arm, right: Arm) -> bool:
    later = list(left.factors)[1:]
    return all(left.factors[name] == right.factors[name] for name in later)


def request_cautions(texts: Iterable[tuple[str, Wording]]) -> list[str]:
    """Indonesian phrases that ask for understanding: a request is neither thanks nor apology."""
    found = []
    for what, wording in texts:
        for value in wording.texts.values():
            for phrase in REQUESTS:
                if phrase in value.lower():
                    found.append(
                        f"{what} says {phrase!r}: that is a request, neither thanks nor apology, so the arm "
                        "would test something else. Write for instance 'Terima kasih atas pengertian Anda.'"
                    )
    return found


def unsaid_cautions(arms: Sequence[Arm], notice: Wording | None, otherwise: Wording | None) -> list[str]:
    """An experiment whose customers outside it would get no message at all."""
    if notice is None and otherwise is None and any(arm.text is not None for arm in arms):
        return [
            "there is neither notice nor otherwise: a customer who is not enrolled gets no message from us. "
            "Add notice=text(…) with the facts."
        ]
    return []


def moderator_cautions(moderators: Iterable[str], declared: Iterable[str]) -> list[str]:
    """Moderators that nothing declares, so that only the calls can tell them: perhaps a slip of the pen."""
    from amends.errors import nearest

    allowed = [*declared, *TOLD]
    return [
        f"moderator {name!r} is no declared covariate or stratum, nor one of {', '.join(TOLD)}: unless every "
        f"call passes covariates={{{name!r}: …}}, nothing will be known of it. "
        f"{nearest(name, allowed, what='moderators')}"
        for name in moderators
        if name not in allowed
    ]
