"""Reference values that are off by more than their own tolerance, and what stands in their place.

- `bayes`: a probability or an expected loss of two beta posteriors, found by numerical integration. With
  whole-numbered priors both are finite sums of fractions, made here without any rounding.
- `meta`: a lower limit of I² that was made from a lower limit of tau² found only to 1e-4, the search's own
  tolerance. The search is repeated here by bisection, with the chi-square tail in closed form.

Such a value stands in for the reference only where that is still the known wrong one; the tolerance stays the
case's own.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, exp, factorial
from typing import Any

WRONG = {
    ("beta_binomial_two_arm", "p_arm1_better", 0.0117308318257407),
    ("beta_binomial_two_arm", "expected_loss_choose1", 0.00799893656439665),
    ("beta_binomial_two_arm", "expected_loss_choose2", 0.00799893656439665),
    ("beta_binomial_two_arm", "expected_loss_choose1", 5.76728832296083e-05),
    ("tau2_q_profile_ci", "I2_low", 20.4553438960537),
}


def in_its_place(content: dict[str, Any], key: str, expected: Any) -> Any:
    """The value that a figure is held against: the reference, or the exact one where that is known wrong."""
    if isinstance(expected, list) or (content["method"], key, expected) not in WRONG:
        return expected
    if key == "I2_low":
        return lowest_share(content["inputs"]["yi"], content["inputs"]["vi"])
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


def lowest_share(yi: list[float], vi: list[float]) -> float:
    """The lower 95% limit of I² in percent: at its tau², Q is exceeded with probability .025."""
    k = len(yi)
    assert k % 2, "the chi-square tail below is that of an even number of degrees of freedom"

    def chance_of_more(tau2: float) -> float:
        weights = [1 / (v + tau2) for v in vi]
        mean = sum(w * y for w, y in zip(weights, yi, strict=True)) / sum(weights)
        half = sum(w * (y - mean) ** 2 for w, y in zip(weights, yi, strict=True)) / 2
        return exp(-half) * sum(half**j / factorial(j) for j in range((k - 1) // 2))

    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if chance_of_more(middle) < 0.025 else (low, middle)
    total, squares = sum(1 / v for v in vi), sum(1 / v**2 for v in vi)
    typical = (k - 1) * total / (total**2 - squares)
    return 100 * low / (low + typical)
