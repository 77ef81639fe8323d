"""Whole clusters as rows: what their tests need of any number of units, summed in the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.warehouse.cells import as_read, read_clusters
from amends.warehouse.columns import Columns, completing_is_the_outcome

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.design.metrics import Metric, Proportion
    from amends.warehouse.gathering import Gathered

MOST_CLUSTERS = 2_000_000
"""Clusters up to which they are read as rows, which takes memory by the cluster."""


def cluster_rows(
    table: ir.Table, columns: Columns, experiment: Experiment, gathered: Gathered
) -> DataFrame | None:
    """A row for each cluster, with the columns that `amends.analysis.units.told` names.

    Which of the table's words and points mean what is known from the cells, so that the engine need only
    count rows with one of them.

    Args:
        table: The table, in its engine.
        columns: Which column holds what.
        experiment: The definition.
        gathered: The cells of the same table, already found to break no rule.

    Returns:
        The rows; None where there are more than `MOST_CLUSTERS`.

    Raises:
        UsageError: An empty cluster, or one with units in two arms.
    """
    metrics = _metrics(experiment)
    read = as_read(gathered, columns, experiment)
    figures: dict[str, Any] = {"n": table.count()}
    known = [metric for metric in metrics if _source(metric, columns, experiment) is not None]
    for place, metric in enumerate(known):
        summed = _summed(metric, table, columns, gathered)
        sums = _counted(metric, table, columns, experiment, gathered, read) if summed is None else summed
        figures |= {
            f"m{place}_{part}": value for part, value in zip(("n", "total", "squares"), sums, strict=True)
        }
    keys = [table[columns.arm].name("arm"), table[str(columns.cluster)].name("cluster")]
    counted = table.group_by(keys).aggregate(**figures).limit(MOST_CLUSTERS + 1).to_pyarrow().to_pandas()
    if len(counted) > MOST_CLUSTERS:
        return None
    rows = read_clusters(counted, columns, experiment)
    for place, metric in enumerate(known):
        _told(rows, metric, f"m{place}", gathered)
    return rows


def _metrics(experiment: Experiment) -> list[Metric | Proportion]:
    """Those of the definition, and completion, which the reading of answers always asks for."""
    from amends.design.metrics import Proportion

    named = {metric.name for metric in experiment.metrics}
    return [*experiment.metrics, *([] if "completed" in named else [Proportion("completed")])]


def _key(metric: Metric | Proportion) -> str:
    """What the cells call the column that a metric is read from."""
    if metric.of is not None:
        return f"item.{metric.of}"
    if metric.source == "outcome":
        return f"outcome.{metric.name}"
    return "completed" if metric.kind == "proportion" else f"item.{metric.name}"


def _source(metric: Metric | Proportion, columns: Columns, experiment: Experiment) -> tuple[str, str] | None:
    """What the raw cells call that column, and the table's name for it; None where none was named."""
    key = _key(metric)
    if key == "completed" or key == f"outcome.{completing_is_the_outcome(columns, experiment)}":
        return "completed", columns.completed
    kind, _, name = key.partition(".")
    column = (columns.ratings if kind == "item" else columns.outcomes).get(name)
    return None if column is None else (key, column)


def _summed(
    metric: Metric | Proportion, table: ir.Table, columns: Columns, gathered: Gathered
) -> tuple[Any, Any, Any] | None:
    key = _key(metric)
    if metric.of is not None or key not in gathered.summed:
        return None
    kind, _, name = key.partition(".")
    value = table[(columns.ratings if kind == "item" else columns.outcomes)[name]].cast("float64")
    away = value - gathered.centres[key]
    return value.count(), away.sum(), (away * away).sum()


def _counted(
    metric: Metric | Proportion,
    table: ir.Table,
    columns: Columns,
    experiment: Experiment,
    gathered: Gathered,
    read: DataFrame,
) -> tuple[Any, Any, Any]:
    """Units with a value, its sum and its squares' sum, by counting rows that hold a word that means it."""
    from amends.analysis.units import values_of

    source = _source(metric, columns, experiment)
    assert source is not None
    raw, column = gathered.cells[source[0]], table[source[1]]
    values = values_of(metric, read)

    def holding(where: Any) -> Any:
        words = [_plain(word) for word in raw[where].dropna().unique()]
        return column.isin(words).ifelse(1, 0).sum() if words else 0 * table.count()

    n = table.count() if values.notna().all() else holding(values.notna())
    total = squares = 0.0 * table.count().cast("float64")
    for value in sorted(values.dropna().unique()):
        if value:
            # PostgreSQL makes decimals of a whole number times a written one.
            times = holding(values == value).cast("float64")
            total, squares = total + value * times, squares + value**2 * times
    return n, total, squares


def _plain(word: Any) -> Any:
    return word.item() if hasattr(word, "item") else word


def _told(rows: DataFrame, metric: Metric | Proportion, figures: str, gathered: Gathered) -> None:
    """The mean, the number and the squared distances under the names that the analysis reads."""
    name = f"metric.{metric.name}"
    n, total, squares = (rows.pop(f"{figures}_{part}").astype(float) for part in ("n", "total", "squares"))
    known = n.where(n > 0)
    rows[name], rows[f"{name}:n"] = total / known, n
    rows[f"{name}:within"] = (squares - total * rows[name]).clip(lower=0).fillna(0.0)
    if metric.of is None and _key(metric) in gathered.summed:
        rows[f"{name}:centre"] = gathered.centres[_key(metric)]
