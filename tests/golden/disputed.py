"""Three reference values that are off by more than their own tolerance, and the exact values in their place.

The cases give a probability or an expected loss of two beta posteriors found by numerical integration. With
whole-numbered priors both are finite sums of fractions, made here without any rounding. Such a value stands
in for the reference only where that is still the known wrong one; the tolerance stays the case's own.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial
from typing import Any

WRONG = {
    ("beta_binomial_two_arm", "p_arm1_better", 0.0117308318257407),
    ("beta_binomial_two_arm", "expected_loss_choose1", 0.00799893656439665),
    ("beta_binomial_two_arm", "expected_loss_choose2", 0.00799893656439665),
    ("beta_binomial_two_arm", "expected_loss_choose1", 5.76728832296083e-05),
}


def in_its_place(content: dict[str, Any], key: str, expected: Any) -> Any:
    """The value that a figure is held against: the reference, or the exact one where that is known wrong."""
    if isinstance(expected, list) or (content["method"], key, expected) not in WRONG:
        return expected
    return float(exact(content["inputs"], content["params"], key))


def exact(inputs: dict[str, Any], params: dict[str, Any], key: str) -> Fraction:
    a, b = params["prior_a"], params["prior_b"]
    one = a + inputs["x1"], b + inputs["n1"] - inputs["x1"]
    two = a + inputs["x2"], b + inputs["n2"] - inputs["x2"]
    return {
        "p_arm1_better": lambda: greater(one, two),
        "expected_loss_choose1": lambda: loss(one, two),
        "expected_loss_choose2": lambda: loss(two, one),
    }[key]()


def greater(one: tuple[int, int], two: tuple[int, int]) -> Fraction:
    """P(p1 > p2): p2 lies below x exactly if at least a2 of a2 + b2 - 1 uniform draws do."""
    (a1, b1), (a2, b2) = one, two
    n = a2 + b2 - 1
    return sum(comb(n, j) * beta(a1 + j, b1 + n - j) for j in range(a2, n + 1)) / beta(a1, b1)


def loss(one: tuple[int, int], two: tuple[int, int]) -> Fraction:
    """E[max(0, p2 - p1)]: p times its own density is the density of one more event."""
    (a1, b1), (a2, b2) = one, two
    gained = Fraction(a2, a2 + b2) * greater((a2 + 1, b2), one)
    return gained - Fraction(a1, a1 + b1) * greater(two, (a1 + 1, b1))


def beta(a: int, b: int) -> Fraction:
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))
