"""Arms given to whole clusters."""

from __future__ import annotations

from pathlib import Path

from amends.analysis import cluster_likeness, clusters
from amends.analysis.result import NotEnough
from tests.golden.methods.reading import Got, Inputs, column, method, part, rows_of


def clustered(inputs: Inputs, folder: Path, names: list[str]) -> tuple[list[list[float]], list[str]]:
    """The named columns and the clusters, of the rows where all of them are known."""
    rows = [row for row in rows_of(inputs, folder) if all(row[name] for name in names)]
    return [column(rows, name) for name in names], [row[inputs["cluster"]] for row in rows]


@method("cluster_robust_se")
def cluster_robust(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    outcome, model = inputs["model"].split(" ~ ")
    terms = model.split(" + ")
    (values, treated, *others), groups = clustered(inputs, folder, [outcome, *terms])
    given = dict(zip(terms[1:], others, strict=True))
    found = {
        kind: clusters.clustered_difference(values, treated, groups, covariates=given, method=kind)
        for kind in ("CR0", "CR1", "CR2", "CR3")
    }
    counts = part(found["CR2"], "clusters")
    return {
        "est": part(found["CR2"], "value"),
        "se_naive_ols": part(found["CR2"], "naive_standard_error"),
        "se_cr0": part(found["CR0"], "standard_error"),
        "se_cr1_stata": part(found["CR1"], "standard_error"),
        "se_cr2": part(found["CR2"], "standard_error"),
        "se_cr3": part(found["CR3"], "standard_error"),
        "df_cr2_satterthwaite": part(found["CR2"], "df"),
        "p_cr2": part(found["CR2"], "p_value"),
        "p_cr1_t_Gm1": part(found["CR1"], "p_value"),
        "G": counts if isinstance(counts, NotEnough) else sum(counts),
    }


@method("cluster_level_welch")
def cluster_level(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    (values, treated), groups = clustered(inputs, folder, [inputs["outcome"], "thanks"])
    test = clusters.cluster_means(values, treated, groups)
    likeness = cluster_likeness.intraclass_correlation(values, groups)
    return {
        "diff": part(test, "difference"),
        "t": part(test, "statistic"),
        "df": part(test, "df"),
        "p": part(test, "p_value"),
        "icc_anova": part(likeness, "value"),
        "m0": part(likeness, "mean_size"),
    }


@method("random_intercept_reml")
def random_intercept(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    assert inputs["model"] == "score ~ thanks + (1|table_id)"
    (values, treated), groups = clustered({**inputs, "cluster": "table_id"}, folder, ["score", "thanks"])
    found = cluster_likeness.random_intercept(values, treated, groups)
    names = {"est": "value", "se": "standard_error", "var_table": "between", "var_resid": "within"}
    return {key: part(found, name) for key, name in names.items()}
