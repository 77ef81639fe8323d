"""Intervals that stay valid at any look, and boundaries for planned looks."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import group_sequential, sequential
from tests.golden.methods.reading import Got, Inputs, ends, method, part


@method("asymptotic_confidence_sequence_mean")
def confidence_sequence(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    n, mean, sd, alpha, rho2 = (inputs[key] for key in ("n", "mean", "sd", "alpha", "rho2"))
    half = sequential.half_width(sd, n, alpha=alpha, rho2=rho2)
    log_ratio, p_value = sequential.always_valid_p(mean, sd, n, rho2=rho2)
    return {
        "rho2_opt": sequential.tuned_rho2(alpha, inputs["tuned_for_n"]),
        "half_width": half,
        "low": mean - half,
        "high": mean + half,
        "log_mixture_lr_h0_0": log_ratio,
        "always_valid_p_at_n": p_value,
    }


@method("msprt_two_sample_normal")
def mixture_test(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    variance = inputs["var1"] / inputs["n1"] + inputs["var2"] / inputs["n2"]
    test = sequential.mixture_test(inputs["diff"], variance, tau2=inputs["tau2"], alpha=inputs["alpha"])
    return {
        "log_lr": part(test, "log_ratio"),
        "p_always_valid_single_look": part(test, "p_value"),
        **ends("ci_", part(test, "interval")),
    }


def planned_looks(inputs: Inputs, spending: str) -> Got:
    alpha = inputs["alpha_two_sided"]
    found = group_sequential.spending_boundaries(inputs["info_rates"], alpha=alpha, spending=spending)
    return {
        "z_bounds": list(found.boundaries),
        "cumulative_alpha_one_sided": list(found.spent),
        "nominal_one_sided_p": [p / 2 for p in found.nominal_p],
    }


@method("group_sequential_lan_demets_obrien_fleming")
def obrien_fleming(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return planned_looks(inputs, "obrien-fleming")


@method("group_sequential_lan_demets_pocock")
def pocock(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return planned_looks(inputs, "pocock")
