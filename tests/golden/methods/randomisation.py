"""Every assignment that the design could have drawn."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import randomization_tests
from tests.golden.methods.reading import Got, Inputs, column, method, part, rows_of


def trial(inputs: Inputs, folder: Path, group: str) -> tuple[list[float], list[bool], list[str]]:
    rows = rows_of(inputs, folder)
    treated = [row[inputs["treat"]] == "1" for row in rows]
    return column(rows, inputs["outcome"]), treated, [row[inputs[group]] for row in rows]


@method("permutation_blocked_exact")
def blocked(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, blocks = trial(inputs, folder, "block")
    test = randomization_tests.randomization_test(values, treated, blocks=blocks)
    return {
        "stat": part(test, "value"),
        "n_assignments": part(test, "assignments"),
        "p_two_sided": part(test, "p_value"),
        "p_greater": part(test, "p_greater"),
    }


@method("permutation_cluster_exact")
def clustered(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    values, treated, clusters = trial(inputs, folder, "cluster")
    units, means = (
        randomization_tests.randomization_test(values, treated, clusters=clusters, statistic=statistic)
        for statistic in ("units", "clusters")
    )
    return {
        "n_assignments": part(units, "assignments"),
        "individual_mean_stat": part(units, "value"),
        "p_individual_mean": part(units, "p_value"),
        "cluster_mean_stat": part(means, "value"),
        "p_cluster_mean": part(means, "p_value"),
    }


@method("permutation_diff_means_exact")
def free(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    x, y = inputs["x"], inputs["y"]
    test = randomization_tests.randomization_test([*x, *y], [True] * len(x) + [False] * len(y))
    return {
        "stat": part(test, "value"),
        "n_perm": part(test, "assignments"),
        "p_two_sided": part(test, "p_value"),
        "p_greater": part(test, "p_greater"),
        "p_two_sided_doubled": part(test, "p_doubled"),
    }
