"""Every figure against reference values: each case's every expected key, within the case's own tolerance.

`--golden-dir DIR` runs another folder of the same format. An unknown method, an unknown key and an
unreadable file fail; `null` is met only by `NotEnough`. How a method is asked stands in `methods/`.
"""

from __future__ import annotations

import math
from typing import Any

import pytest

from amends.analysis.result import NotEnough
from tests.golden.conftest import HERE, read_file
from tests.golden.disputed import WRONG, exact, in_its_place, lowest_share
from tests.golden.methods import METHODS
from tests.golden.methods.reading import Got


def test_figure_agrees_with_the_reference(case: Any) -> None:
    assert case.trouble is None, case.trouble
    content = case.content
    assert content["method"] in METHODS, f"no method {content['method']!r} in the runner"
    got = METHODS[content["method"]](content["inputs"], content.get("params") or {}, case.folder)
    tolerance = content["rtol"], content.get("atol", 0)
    found = [
        f"{key}: {trouble}"
        for key, expected in content["expected"].items()
        if (trouble := disagreement(got, key, in_its_place(content, key, expected), *tolerance))
    ]
    assert not found, "\n".join(found)


def disagreement(got: Got, key: str, expected: Any, rtol: float, atol: float) -> str | None:
    if key == "note":
        return None
    if key not in got:
        return "the runner gives no such figure"
    return difference(got[key], expected, rtol, atol)


def difference(got: Any, expected: Any, rtol: float, atol: float) -> str | None:
    """What separates a figure from the one expected; None where nothing does."""
    wrong = f"got {got!r}, expected {expected!r}"
    if expected is None:
        return None if isinstance(got, NotEnough) and got.reason else wrong
    if isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            return wrong
        found = (difference(g, e, rtol, atol) for g, e in zip(got, expected, strict=True))
        return next((item for item in found if item), None)
    if expected in ("inf", "-inf"):
        return None if isinstance(got, float) and got == float(expected) else wrong
    if isinstance(expected, bool | str):
        return None if type(got) is type(expected) and got == expected else wrong
    if isinstance(got, bool) or not isinstance(got, int | float) or not math.isfinite(got):
        return wrong
    slack = rtol * abs(expected) + max(
        atol, 1e-12 if expected == 0 else 0, 1e-300 if abs(expected) < 1e-300 else 0
    )
    return None if abs(got - expected) <= slack else f"{wrong}, off by {got - expected:.3g}"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (1.0, None),
        (math.nan, None),
        (None, None),
        (math.nan, 1.0),
        (NotEnough("empty"), 1.0),
        (1.0, "inf"),
        (1, True),
        ([1.0], [1.0, 2.0]),
        (1.1, 1.0),
        (1e-9, 0),
    ],
)
def test_comparison_refuses_what_does_not_agree(got: Any, expected: Any) -> None:
    assert difference(got, expected, 1e-6, 0)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (NotEnough("empty"), None),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (1e-13, 0),
        (0.0, 1e-310),
        (1 + 1e-7, 1),
    ],
)
def test_comparison_accepts_what_agrees(got: Any, expected: Any) -> None:
    assert difference(got, expected, 1e-6, 0) is None


def test_key_that_no_method_gives_is_a_failure() -> None:
    assert disagreement({"p": 0.5}, "q", 0.5, 1e-6, 0)


def test_disputed_reference_is_wrong_by_exact_fractions_where_its_neighbours_are_right() -> None:
    cases = [case.content for case in read_file(HERE / "bayes.json")]
    judged = {}
    for content in cases:
        if content["method"] != "beta_binomial_two_arm" or content["inputs"]["n1"] > 2000:
            continue
        for key in ("p_arm1_better", "expected_loss_choose1", "expected_loss_choose2"):
            value = content["expected"][key]
            found = float(exact(content["inputs"], content["params"], key))
            judged[key, value] = difference(found, value, content["rtol"], content["atol"])
    wrong = {pair for pair, trouble in judged.items() if trouble}
    assert wrong == {(key, value) for method, key, value in WRONG if method == "beta_binomial_two_arm"}


def test_disputed_limit_of_heterogeneity_is_wrong_by_bisection_where_the_others_are_right() -> None:
    cases = [case.content for case in read_file(HERE / "meta.json")]
    profiles = [content for content in cases if content["method"] == "tau2_q_profile_ci"]
    wrong = {
        content["expected"]["I2_low"]
        for content in profiles
        if difference(
            lowest_share(content["inputs"]["yi"], content["inputs"]["vi"]),
            content["expected"]["I2_low"],
            content["rtol"],
            content["atol"],
        )
    }
    assert len(profiles) > len(wrong)
    assert wrong == {value for method, _, value in WRONG if method == "tau2_q_profile_ci"}


def test_corrected_reference_is_held_as_it_stands() -> None:
    content = {"method": "beta_binomial_two_arm", "inputs": {}, "params": {}}
    assert in_its_place(content, "p_arm1_better", 0.0117308735756918) == 0.0117308735756918
