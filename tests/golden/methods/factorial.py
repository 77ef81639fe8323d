"""Arms that cross factors."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

from amends.analysis.crossed_effects import Factorial
from amends.analysis.factorial import FactorialProportions, factorial_means, factorial_proportions
from amends.analysis.means import Summary
from tests.golden.methods.reading import Got, Inputs, ends, method, part


def crossed(levels: list[int]) -> dict[str, dict[str, str]]:
    return {
        " ".join(map(str, cell)): {f"f{place}": f"l{level}" for place, level in enumerate(cell)}
        for cell in product(*(range(count) for count in levels))
    }


def figures(prefix: str, effect: Any) -> Got:
    return {
        prefix: effect.value,
        f"{prefix}_se": effect.standard_error,
        f"{prefix}_p": part(effect.test, "p_value"),
        f"{prefix}_df": part(effect.test, "df"),
        **ends(f"{prefix}_", effect.interval),
    }


@method("factorial_proportions")
def of_counts(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    factors = crossed(params["levels"])
    counts = dict(zip(factors, zip(inputs["x"], inputs["n"], strict=True), strict=True))
    found = factorial_proportions(counts, factors, confidence=params["level"])
    assert isinstance(found, FactorialProportions)
    assert isinstance(found.log_odds, Factorial)
    risk, odds = found.risk_difference, found.log_odds.interactions[0]
    main = {effect.factors[0]: effect for effect in risk.main_effects}
    return {
        **figures("interaction", risk.interactions[0]),
        **figures("main_a", main["f0"]),
        **figures("main_b", main["f1"]),
        "log_odds": odds.value,
        "log_odds_se": odds.standard_error,
    }


@method("factorial_means")
def of_means(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    factors = crossed(params["levels"])
    arms = {
        arm: Summary(n, mean, sd)
        for arm, n, mean, sd in zip(factors, inputs["n"], inputs["mean"], inputs["sd"], strict=True)
    }
    found = factorial_means(arms, factors, confidence=params["level"])
    assert isinstance(found, Factorial)
    highest = next(iter(found.interaction_tests.values()))
    return {
        "interaction_f": part(highest, "statistic"),
        "interaction_p": part(highest, "p_value"),
        **figures("main", found.main_effects[0]),
    }
