"""The survey ratings that metrics are read from, and what a metric asks of its rating."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amends.design.metric import Metric
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.survey import Choice, Rating, Scale, Text

    Item = Rating | Scale | Choice | Text

CUSTOMARY = (1, 7)
LIKELY = (0, 10)


def rated(experiment: Experiment) -> dict[str, tuple[int, int] | None]:
    """The ratings whose counts have to be kept, by name, with the ends of their scale.

    >>> from amends.design.arm import silence, thank_you
    >>> from amends.design.experiment import Experiment
    >>> from amends.design.metrics import Proportion
    >>> metrics = [Proportion("completed"), Proportion("satisfied", of="satisfaction", at_least=6)]
    >>> rated(Experiment(notice="Late.", arms=[thank_you("Thank you."), silence()], metrics=metrics))
    {'satisfaction': (1, 7)}
    """
    scales = {item.name: item.scale for item in experiment.items if hasattr(item, "scale")}
    found: dict[str, tuple[int, int] | None] = {}
    for metric in experiment.metrics:
        if metric.rating is not None:
            own = metric.scale if metric.of is None else None
            found[metric.rating] = own or scales.get(metric.rating) or found.get(metric.rating)
    return found


def scale_of(metric: Metric, metrics: Iterable[Metric], items: Sequence[Item]) -> tuple[int, int]:
    """The scale of the rating a metric is read from: declared with it, asked with it, or customary.

    Raises:
        DefinitionError: The rating is asked as something else.
    """
    if metric.of is None:
        return metric.scale or CUSTOMARY
    from amends.design.survey import Rating, questions

    for item in [*questions(items), *items]:
        if item.name == metric.of:
            if isinstance(item, Rating):
                return item.scale
            raise DefinitionError(
                f"{_what(metric)} is worked out from {metric.of!r}, which is asked as "
                f"{type(item).__name__}; it needs the count at each point, which only a Rating has."
            )
    own = (other.scale for other in metrics if other.name == metric.of and other.of is None)
    return next((scale for scale in own if scale), LIKELY if metric.declared_as else CUSTOMARY)


def check_rated(metric: Metric, scale: tuple[int, int]) -> None:
    """What a metric asks of the rating it is worked out from.

    Raises:
        DefinitionError: The threshold is off the scale, or the scale is not the net promoter score's.
    """
    low, high = scale
    threshold = getattr(metric, "at_least", None)
    if threshold is not None and not low < threshold <= high:
        raise DefinitionError(
            f"at_least of {_what(metric)} is {threshold}; {metric.of!r} is rated from {low} to {high}, so it "
            f"must be from {low + 1} to {high}."
        )
    if metric.declared_as == "net_promoter" and scale != LIKELY:
        raise DefinitionError(
            f"{_what(metric)} is worked out from {metric.of!r}, which is rated from {low} to {high}; the net "
            "promoter score needs 0 to 10. Give the rating scale=(0, 10)."
        )


def _what(metric: Metric) -> str:
    return f"{type(metric).__name__}({metric.name!r})"
