"""A moderator's levels from the sums of their cells, held against statsmodels on the units themselves."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from amends.analysis.moderated_levels import CellSums, moderation_of_cells
from amends.analysis.result import NotEnough


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(21)
    n = 400
    arm = rng.random(n) < 0.5
    channel = rng.choice(["chat", "email", "post"], n, p=[0.5, 0.4, 0.1])
    rating = np.clip(np.round(rng.normal(4 + 0.8 * arm * (channel == "chat"), 1.3)), 1, 7)
    done = rng.random(n) < 0.4 + 0.2 * arm * (channel == "email")
    return pd.DataFrame({"arm": arm * 1.0, "channel": channel, "rating": rating, "done": done * 1.0})


def summed(rows, outcome):
    return {
        level: tuple(
            CellSums(len(side), float(side.sum()), float(((side - side.mean()) ** 2).sum()))
            for side in (mine.loc[mine["arm"] == arm, outcome] for arm in (1.0, 0.0))
        )
        for level, mine in rows.groupby("channel")
    }


@pytest.mark.parametrize("outcome", ["rating", "done"])
def test_sums_give_the_test_and_the_intervals_that_statsmodels_gives_of_the_units(rows, outcome):
    found = moderation_of_cells(summed(rows, outcome), name="channel", share=outcome == "done")
    fit = smf.ols(f"{outcome} ~ arm * C(channel)", rows).fit(cov_type="HC3", use_t=True)
    wald = fit.f_test("arm:C(channel)[T.email] = 0, arm:C(channel)[T.post] = 0")
    assert found.test.statistic == pytest.approx(float(wald.fvalue), rel=1e-9)
    assert found.test.p_value == pytest.approx(float(wald.pvalue), rel=1e-9)
    at_post = fit.t_test("arm + arm:C(channel)[T.post] = 0")
    low, high = at_post.conf_int()[0]
    post = found.levels[2]
    assert (post.value, post.interval.low, post.interval.high) == pytest.approx(
        (float(at_post.effect[0]), float(low), float(high))
    )


def test_log_odds_of_sums_are_the_saturated_logits(rows):
    found = moderation_of_cells(summed(rows, "done"), share=True)
    fit = smf.logit("done ~ arm * C(channel)", rows).fit(disp=0)
    wald = fit.wald_test("arm:C(channel)[T.email] = 0, arm:C(channel)[T.post] = 0", scalar=True)
    assert found.log_odds.statistic == pytest.approx(float(wald.statistic), rel=1e-6)


def test_a_level_of_one_unit_is_left_out_of_the_test_and_says_why(rows):
    levels = summed(rows, "rating")
    tested = moderation_of_cells(levels)
    levels["sms"] = (CellSums(1, 7.0, 0.0), CellSums(9, 40.0, 6.0))
    found = moderation_of_cells(levels, name="channel")
    assert found.test.statistic == tested.test.statistic
    assert found.levels[-1].value == NotEnough("channel sms: an arm has 1 units; 2 needed")


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ({}, "not known for any unit"),
        ({"email": (CellSums(3, 1, 0.5), CellSums(0, 0, 0))}, "the second arm has no units"),
        ({"email": (CellSums(3, 1, 0.5), CellSums(3, 1, 0.5))}, "is email for every unit"),
        (
            {f"branch {n}": (CellSums(3, 1, 0.5), CellSums(3, 1, 0.5)) for n in range(13)},
            "has 13 levels; at most 12",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(levels, reason):
    found = moderation_of_cells(levels, name="channel")
    assert isinstance(found, NotEnough)
    assert reason in found.reason
