"""From the store's finished experiments to one pooled reading."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    from amends.analysis.pooled_rows import LeftOut
    from amends.analysis.pooling import PooledExperiments
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab


def pool(
    lab: Lab,
    keys: Iterable[str] | None = None,
    *,
    pair: tuple[str, str] = ("thank_you", "sorry"),
    metric: str = "completed",
    measure: str | None = None,
    include_published: bool = False,
    include_simulated: bool = False,
    confidence: float = 0.95,
) -> PooledExperiments:
    """Pools the stopped and imported experiments on one pair of arms and one metric.

    Args:
        lab: The experiments and their store.
        keys: Which experiments; all of the folder and the database where none is named.
        pair: The arms, in the order in which the effect is wanted: first minus second.
        metric: The metric's name.
        measure: `rd`, `rr` or `or` of a proportion, `md` or `g` of a mean; by default the plain difference.
        include_published: Whether published comparisons with known counts are rows, too.
        include_simulated: Whether experiments on invented customers are.
        confidence: The level of every interval.

    Raises:
        UnknownExperiment: naming the nearest key.
        UsageError: An arm, metric or measure that no experiment has, with what is allowed.
        StoreUnavailable: when the database does not answer.
    """
    from amends.analysis.pooled_rows import EffectRow, not_finished, row_of_report
    from amends.analysis.pooling import pool_rows
    from amends.studies.rows import published_rows

    chosen = list(dict.fromkeys(keys)) if keys is not None else _every_key(lab)
    experiments = {key: lab.experiment(key) for key in chosen}
    pair = _checked_pair(pair, experiments)
    how = _checked_measure(metric, measure, experiments)
    rows: list[EffectRow] = []
    left_out = [] if keys is not None else _unreadable(lab, chosen)
    for key in chosen:
        # A running experiment is not even read: reading would decide it.
        found: EffectRow | LeftOut | None = not_finished(key, lab.status(key))
        if found is None:
            report = lab.analyze(key)
            found = row_of_report(
                report, pair=pair, metric=metric, measure=how, include_simulated=include_simulated
            )
        if isinstance(found, EffectRow):
            rows.append(found)
        else:
            left_out.append(found)
    if include_published:
        more, without = published_rows(pair=pair, measure=how, own=rows)
        rows, left_out = [*rows, *more], [*left_out, *without]
    return pool_rows(rows, pair=pair, metric=metric, measure=how, left_out=left_out, confidence=confidence)


def _every_key(lab: Lab) -> list[str]:
    keys = list(lab.discover().experiments)
    return keys + [state.key for state in lab.store.experiments() if state.key not in keys]


def _unreadable(lab: Lab, read: list[str]) -> list[LeftOut]:
    """Files that define no experiment: named too, for a result of theirs may be missing."""
    from amends.analysis.formatting import Sentence
    from amends.analysis.pooled_rows import LeftOut

    why = Sentence(
        "its file cannot be read: see amends check", "berkasnya tidak dapat dibaca: lihat amends check"
    )
    return [
        LeftOut(problem.path.stem, why)
        for problem in lab.discover().problems
        if problem.path.stem not in read
    ]


def _checked_pair(pair: tuple[str, str], experiments: dict[str, Experiment]) -> tuple[str, str]:
    names = tuple(pair)
    if len(names) != 2 or names[0] == names[1]:
        raise UsageError(
            f"pair {', '.join(map(str, names))!r}: two different arms are needed, first minus second."
        )
    known = {"thank_you", "sorry", *(arm.name for item in experiments.values() for arm in item.arms)}
    for name in names:
        if name not in known:
            raise UsageError(
                f"no experiment has an arm {name!r}. {nearest(name, sorted(known), what='arms')}"
            )
    return names[0], names[1]


def _checked_measure(metric: str, measure: str | None, experiments: dict[str, Experiment]) -> str:
    from amends.analysis.counts import check_choice
    from amends.analysis.pooled_rows import MEASURES, OF_MEANS, OF_PROPORTIONS
    from amends.analysis.pooling import default_measure

    kinds = {item.name: item.kind for one in experiments.values() for item in one.metrics}
    kinds.setdefault("completed", "proportion")
    if metric not in kinds:
        raise UsageError(
            f"no experiment has a metric {metric!r}. {nearest(metric, sorted(kinds), what='metrics')}"
        )
    if measure is None:
        return default_measure(kinds[metric])
    check_choice(measure, tuple(MEASURES), "measure")
    there = {item.kind for one in experiments.values() for item in one.metrics if item.name == metric}
    fitting = {"proportion": OF_PROPORTIONS, "mean": OF_MEANS}
    allowed = [name for kind in sorted(there or {kinds[metric]}) for name in fitting[kind]]
    if measure not in allowed:
        raise UsageError(f"measure {measure!r} does not suit {metric}. Allowed: {', '.join(allowed)}.")
    return measure
