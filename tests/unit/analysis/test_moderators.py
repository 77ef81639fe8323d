"""For whom the arms differ more."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols

from amends.analysis.moderators import binary_interaction, interaction, interactions
from amends.analysis.result import NotEnough
from amends.errors import UsageError


def drawn(seed, slope=0.0, n=200):
    rng = np.random.default_rng(seed)
    wait, treated = rng.normal(20, 6, n), np.arange(n) % 2 == 0
    return 5 + 0.3 * treated + slope * treated * (wait - 20) + rng.normal(0, 1, n), treated, wait


def test_interaction_is_the_library_regression() -> None:
    y, treated, wait = drawn(1, slope=0.1)
    data = pd.DataFrame({"y": y, "t": treated.astype(float), "m": wait - wait.mean()})
    theirs = ols("y ~ t * m", data).fit(cov_type="HC3", use_t=True)
    found = interaction(y, treated, wait, name="wait")
    assert found.value == pytest.approx(theirs.params["t:m"], rel=1e-9)
    assert found.p_value == pytest.approx(theirs.pvalues["t:m"], rel=1e-7)
    assert found.moderator == "wait"


def test_two_valued_moderator_compares_the_two_differences() -> None:
    rng = np.random.default_rng(2)
    y, treated, weekend = rng.normal(5, 1, 80), np.arange(80) % 2 == 0, np.arange(80) % 4 < 2
    gaps = [
        y[treated & (weekend == side)].mean() - y[~treated & (weekend == side)].mean()
        for side in (True, False)
    ]
    assert interaction(y, treated, weekend.astype(float)).value == pytest.approx(gaps[0] - gaps[1])


def test_moderator_that_gives_no_figure_still_counts_in_the_family() -> None:
    y, treated, wait = drawn(3, slope=0.08)
    found = interactions(y, treated, {"wait": wait, "constant": [1.0] * 200, "loyal": wait**2})
    assert "is 1 for every unit" in found["constant"].reason
    ranked = sorted([found["wait"].p_value, found["loyal"].p_value])
    assert min(found["wait"].p_adjusted, found["loyal"].p_adjusted) == pytest.approx(3 * ranked[0])


def test_where_nothing_interacts_no_claim_is_made() -> None:
    claims = 0
    for seed in range(200):
        y, treated, wait = drawn(seed, n=100)
        rng = np.random.default_rng(1000 + seed)
        found = interactions(y, treated, {"wait": wait, "age": rng.normal(40, 9, 100)})
        claims += any(item.p_adjusted < 0.05 for item in found.values())
    assert claims / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_scales_may_disagree_in_sign() -> None:
    found = binary_interaction((990, 1000, 950, 1000), (600, 1000, 450, 1000))
    assert found.risk_difference.value < 0 < found.log_odds_ratio.value
    assert found.ns == (1000,) * 4


def test_empty_cell_leaves_the_risk_scale() -> None:
    found = binary_interaction((20, 20, 15, 20), (18, 20, 11, 20))
    assert "nobody or everybody" in found.log_odds_ratio.reason
    assert found.risk_difference.value == pytest.approx(0.25 - 0.35)
    assert isinstance(binary_interaction((0, 0, 1, 2), (1, 2, 1, 2)), NotEnough)
    assert isinstance(binary_interaction((2, 2, 2, 2), (2, 2, 2, 2)).risk_difference, NotEnough)
    assert binary_interaction((20, 20, 15, 20), (18, 20, 11, 20)).to_dict()["ns"] == [20, 20, 20, 20]


def test_group_of_one_unit_gives_a_reason() -> None:
    found = interaction([1, 2, 4, 3, 5, 7, 6], [1, 1, 1, 0, 0, 0, 0], [1, 0, 0, 1, 1, 0, 0], name="weekend")
    assert found == NotEnough("a group of arm and 'weekend' has 1 unit; 2 needed")


def test_bad_counts_and_words_are_refused() -> None:
    with pytest.raises(UsageError, match="3 of 2"):
        binary_interaction((3, 2, 1, 2), (1, 2, 1, 2))
    with pytest.raises(UsageError, match="family"):
        interactions([1, 2], [0, 1], {}, family="sidak")
