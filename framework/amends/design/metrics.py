"""What is measured in every arm: a share of units, or a mean."""

from __future__ import annotations

from collections.abc import Mapping

from amends.design.checks import check_choice, check_name, check_number, refuse_unknown
from amends.design.metric import COMPLETED, SOURCES, Metric, check_scale
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["COMPLETED", "CUSTOMARY_RATE", "Mean", "Metric", "Proportion", "check_scale", "metric_from_dict"]

AMONG = ("assigned", "answered")
CUSTOMARY_RATE = 0.5
CUSTOMARY_DETECT = 0.05
INFINITY = float("inf")


class Proportion(Metric):
    """The share of assigned units with an event, such as a completed survey.

    Args:
        name: `"completed"` is the completed survey; any other name is an outcome that needs no survey
            and is recorded by `record_outcome` (complaint, refund, repeat visit), unless `of` names a rating.
        baseline: Share expected in the arm compared with, above 0 and below 1; 0.5 is customary.
        detect: Smallest difference worth acting on, on the same scale (0.05 = 5 percentage points).
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same.
        role: `"primary"`, `"secondary"` or `"guardrail"`; the first metric is primary by default.
        source: `"survey"` for `completed` and where `of` is given, `"outcome"` for every other name.
        of: A rating of the survey: the event is a rating of `at_least` that much.
        at_least: The lowest rating that counts as the event.
        among: `"assigned"`: of everyone assigned, the silent counting as no event, so that it always
            exists and needs no bounds. `"answered"`: of those who answered (CSAT, top box), which the arms
            may change, so that bounds stand beside it.
        harm: For a guardrail, the largest worsening that is still tolerated, on the same scale.

    Raises:
        DefinitionError: An argument breaks its rule.

    >>> Proportion("completed", baseline=0.4, detect=0.05).compared
    (0.4, 0.45)
    >>> Proportion("satisfied", of="satisfaction", at_least=6).scored({4: 10, 6: 20, 7: 5})
    {0: 10, 1: 25}
    """

    __slots__ = ("among", "at_least")
    kind = "proportion"
    _arguments: tuple[str, ...] = (
        "baseline", "detect", "better", "margin", "role", "source", "of", "at_least", "among", "harm",
    )  # fmt: skip

    at_least: int | None
    among: str

    def __init__(
        self,
        name: str,
        *,
        baseline: float | None = None,
        detect: float | None = None,
        better: str = "higher",
        margin: float | None = None,
        role: str | None = None,
        source: str | None = None,
        of: str | None = None,
        at_least: int | None = None,
        among: str = "assigned",
        harm: float | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("Proportion", unknown, self._arguments)
        check_name(name, "metric")
        natural = "survey" if name == COMPLETED or of is not None else "outcome"
        if source in SOURCES and source != natural:
            raise DefinitionError(
                f"source of Proportion({name!r}) is {source!r}; a share that the survey gives is named "
                f"'completed' or says of=…, every other one is an outcome. Leave source out, or rename the "
                f"metric."
            )
        source = source or natural
        self._settle(name=name, role=role, source=source, better=better, margin=margin, harm=harm, width=1)
        self._rate(of, at_least, among)
        if baseline is not None:
            check_number(
                baseline, f"baseline of Proportion({name!r})", low=0, high=1, remedy="Write 40% as 0.40."
            )
        if detect is not None:
            check_number(
                detect,
                f"detect of Proportion({name!r})",
                low=0,
                high=1,
                remedy="Write 5 percentage points as 0.05.",
            )
        self._fill(
            baseline=CUSTOMARY_RATE if baseline is None else baseline,
            baseline_assumed=baseline is None,
            detect=CUSTOMARY_DETECT if detect is None else detect,
            detect_assumed=detect is None,
        )
        _ = self.compared

    def _rate(self, of: str | None, at_least: int | None, among: str) -> None:
        """The rating it is worked out from, checked as far as the survey need not be known."""
        what = f"Proportion({self.name!r})"
        check_choice(among, f"among of {what}", AMONG)
        if of is None:
            if at_least is not None or among != AMONG[0]:
                given = f"at_least={at_least!r}" if at_least is not None else f"among={among!r}"
                raise DefinitionError(
                    f"{what} has {given} and no of: it counts ratings of a survey question. "
                    'Name the question, for instance of="satisfaction".'
                )
        elif self.name == COMPLETED:
            raise DefinitionError(
                "Proportion('completed') is the completed survey whatever the answers. "
                'Give a share of ratings a name of its own, such as "satisfied".'
            )
        elif not isinstance(at_least, int) or isinstance(at_least, bool):
            raise DefinitionError(
                f"at_least of {what} is {at_least!r}; it must be the lowest rating that counts, a whole "
                "number such as 6 of 7."
            )
        self._fill(of=None if of is None else check_name(of, f"of of {what}"), at_least=at_least, among=among)

    @property
    def selected(self) -> bool:
        return self.among == "answered"

    def scored(self, ratings: Mapping[int, int]) -> dict[int, int]:
        if self.at_least is None:
            return dict(ratings)
        events = sum(n for point, n in ratings.items() if point >= self.at_least)
        return {0: sum(ratings.values()) - events, 1: events}

    def to_dict(self) -> dict[str, Any]:
        declared = super().to_dict()
        if self.of is not None:
            declared |= {"of": self.of, "at_least": self.at_least, "among": self.among}
        return declared

    @property
    def compared(self) -> tuple[float, float]:
        """The two shares that planning compares: the baseline, and the baseline moved by `detect`.

        It moves to the better side, or to the other one where the better side leaves 0 … 1.
        """
        base, step = self.baseline or 0.0, self.detect or 0.0
        sides = (base + step, base - step) if self.better == "higher" else (base - step, base + step)
        for other in sides:
            if 0 < other < 1:
                return base, round(other, 12)
        raise DefinitionError(
            f"detect of Proportion({self.name!r}) is {step!r}; from a baseline of {base:g} neither "
            f"{base:g} + {step:g} nor {base:g} - {step:g} is a share between 0 and 1. Use a smaller detect."
        )


class Mean(Metric):
    """The mean of a rating or an amount.

    Args:
        name: For a survey metric, the rating's name (`"satisfaction"` has a default question).
        scale: Lowest and highest rating, whole numbers; None for an open amount.
        sd: Standard deviation expected within an arm; a quarter of the scale is customary.
        detect: Smallest difference worth acting on, in the metric's unit; half the sd is customary.
        baseline: Mean expected in the arm compared with; not needed for planning.
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same.
        role: `"primary"`, `"secondary"` or `"guardrail"`; the first metric is primary by default.
        source: `"survey"` (known only of those who answered) or `"outcome"`.
        harm: For a guardrail, the largest worsening that is still tolerated, in the metric's unit.

    Raises:
        DefinitionError: An argument breaks its rule.

    >>> Mean("satisfaction", scale=(1, 7)).sd
    1.5
    """

    __slots__ = ("_scale", "_sd", "sd_assumed")
    kind = "mean"
    _arguments: tuple[str, ...] = (
        "scale",
        "sd",
        "detect",
        "baseline",
        "better",
        "margin",
        "role",
        "source",
        "harm",
    )

    _scale: tuple[int, int] | None
    _sd: float | None
    sd_assumed: bool

    def __init__(
        self,
        name: str,
        *,
        scale: tuple[int, int] | None = None,
        sd: float | None = None,
        detect: float | None = None,
        baseline: float | None = None,
        better: str = "higher",
        margin: float | None = None,
        role: str | None = None,
        source: str = "survey",
        harm: float | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("Mean", unknown, self._arguments)
        what = f"Mean({check_name(name, 'metric')!r})"
        if name == COMPLETED:
            raise DefinitionError("Mean('completed') is a share, not a mean. Write Proportion('completed').")
        ends = None if scale is None else check_scale(scale, f"scale of {what}")
        low, high = ends or (-INFINITY, INFINITY)
        width = high - low
        self._settle(
            name=name, role=role, source=source, better=better, margin=margin, harm=harm, width=width
        )
        if baseline is not None:
            check_number(baseline, f"baseline of {what}", low=low, high=high, closed=ends is not None)
        if sd is not None:
            check_number(sd, f"sd of {what}", low=0, high=width)
        if detect is not None:
            remedy = "" if ends is None else "It is a difference between two means on the scale."
            check_number(detect, f"detect of {what}", low=0, high=width, remedy=remedy)
        spread = sd if sd is not None else width / 4 if ends else None
        customary = spread / 2 if spread is not None else None
        self._fill(
            _scale=ends,
            _sd=spread,
            sd_assumed=sd is None,
            baseline=baseline,
            baseline_assumed=baseline is None,
            detect=customary if detect is None else detect,
            detect_assumed=detect is None,
        )

    @property
    def rating(self) -> str | None:
        return self.name if self.source == "survey" else None

    @property
    def selected(self) -> bool:
        return self.source == "survey"

    @property
    def scale(self) -> tuple[int, int] | None:
        return self._scale

    @property
    def sd(self) -> float | None:
        return self._sd

    @property
    def centre(self) -> float:
        return sum(self._scale) / 2 if self._scale else 0.0

    def to_dict(self) -> dict[str, Any]:
        declared = super().to_dict()
        declared["scale"] = None if self._scale is None else list(self._scale)
        declared["sd"] = None if self.sd_assumed else self._sd
        return declared


def metric_from_dict(data: Any) -> Proportion | Mean:
    """A metric read back from `to_dict()`."""
    if data["kind"] == "net_promoter":
        from amends.design.net_promoter import NetPromoter

        return NetPromoter.from_dict(data)
    return Mean.from_dict(data) if data["kind"] == "mean" else Proportion.from_dict(data)
