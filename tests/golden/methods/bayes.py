"""The probability of being best and the expected loss."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import bayes
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, ends, method, part, summaries_of, table_of


@method("beta_binomial_two_arm")
def beta_binomial(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = bayes.better_of_two(*table_of(inputs), prior=(params["prior_a"], params["prior_b"]))
    if isinstance(found, NotEnough):
        return dict.fromkeys(("post_mean1", "post_mean2", "p_arm1_better"), found)
    return {
        "post_mean1": found.means[0],
        "post_mean2": found.means[1],
        "p_arm1_better": found.best[0],
        "expected_loss_choose1": found.losses[0],
        "expected_loss_choose2": found.losses[1],
        **ends("ci1_", found.intervals[0]),
    }


@method("beta_binomial_p_best")
def best_of_several(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    prior = params["prior_a"], params["prior_b"]
    best = part(bayes.better_proportion(inputs["x"], inputs["n"], prior=prior), "best")
    return {"p_best": best if isinstance(best, NotEnough) else list(best)}


@method("normal_flat_prior_diff")
def flat_prior(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    found = bayes.better_mean(*summaries_of(inputs, folder))
    return {
        "mean": part(found, "value"),
        "sd": part(found, "sd"),
        "p_x_greater": part(found, "probability_greater"),
        "expected_loss_choose_x": part(found, "losses")[0],
        "expected_loss_choose_y": part(found, "losses")[1],
    }


@method("normal_normal_prior_on_diff")
def normal_prior(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    prior = params["prior_mean"], params["prior_sd"]
    found = bayes.better_mean(*summaries_of(inputs, folder), prior=prior)
    return {
        "post_mean": part(found, "value"),
        "post_sd": part(found, "sd"),
        "p_gt_0": part(found, "probability_greater"),
        **ends("", part(found, "interval")),
    }
