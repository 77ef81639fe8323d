"""Figures typed on the command line: 51/56, 5.9,0.9,51, 91.1. Each error names figure and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.errors import UsageError

if TYPE_CHECKING:
    from amends.analysis.means import Summary
    from amends.design.experiment import Experiment


def counts(text: str) -> tuple[int, int]:
    """Reads completed of assigned.

    Raises:
        UsageError: Not two whole numbers, none assigned, or more completed than assigned.

    >>> counts("51/56")
    (51, 56)
    """
    done, slash, assigned = (part.strip() for part in text.partition("/"))
    if not slash or not _whole(done) or not _whole(assigned):
        raise UsageError(f"{text!r} is not COMPLETED/ASSIGNED in whole numbers; write for instance 51/56.")
    x, n = int(done), int(assigned)
    if n == 0:
        raise UsageError(f"{text!r}: nobody was assigned; the second number must be 1 or more.")
    if x > n:
        raise UsageError(
            f"{text!r}: {x} completed of {n} assigned is impossible; write COMPLETED/ASSIGNED, 51/56."
        )
    return x, n


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def figures(text: str) -> Summary:
    """Reads mean, standard deviation and number.

    Raises:
        UsageError: Not three numbers, a negative standard deviation, or fewer than two answers.
    """
    from amends.analysis.means import Summary
    from amends.importing.values import number

    parts = [part.strip() for part in text.split(",")]
    rule = "write MEAN,SD,N with decimal points, for instance 5.9,0.9,51."
    if len(parts) != 3 or not _whole(parts[2]):
        raise UsageError(f"{text!r} is not a mean, a standard deviation and a whole number; {rule}")
    try:
        mean, sd = number(parts[0]), number(parts[1])
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}; {rule}") from None
    if sd < 0:
        raise UsageError(f"{text!r}: the standard deviation {parts[1]} is negative; {rule}")
    if int(parts[2]) < 2:
        raise UsageError(f"{text!r}: {parts[2]} answers; a mean is compared from 2 answers on.")
    return Summary(n=int(parts[2]), mean=mean, sd=sd)


def percentage(text: str) -> str:
    """Reads a percentage as published: its decimals say how it was rounded.

    >>> percentage("91.1"), percentage("78,4%")
    ('91.1', '78.4')
    """
    plain = text.strip().rstrip("%").strip().replace(",", ".")
    whole, _, decimals = plain.partition(".")
    if not _whole(whole) or (decimals and not _whole(decimals)) or float(plain) > 100:
        raise UsageError(
            f"{text!r} is not a percentage from 0 to 100; write it as published, for instance 91.1."
        )
    return plain


def imagined(
    *, baseline: float | None, detect: float, sd: float | None, power: float, alpha: float, arms: int
) -> Experiment:
    """An experiment that exists only to be planned.

    Raises:
        UsageError: Fewer than two arms, or more than twenty.
        DefinitionError: A figure out of its range.
    """
    from amends.design.arm import Arm
    from amends.design.experiment import Experiment
    from amends.design.metrics import Mean, Proportion

    if not 2 <= arms <= 20:
        raise UsageError(f"--arms {arms}: from 2 to 20 arms can be planned.")
    metric = (
        Mean("rating", sd=sd, detect=detect, source="outcome")
        if baseline is None
        else Proportion("completed", baseline=baseline, detect=detect)
    )
    return Experiment(
        key="plan",
        question="How many are needed?",
        owner="plan",
        arms=[Arm(f"arm_{number}", f"Wording {number}.") for number in range(1, arms + 1)],
        metrics=[metric],
        power=power,
        alpha=alpha,
    )
