"""What is measured in every arm: a share of units, or a mean."""

from __future__ import annotations

from amends.design.checks import check_choice, check_name, check_number, refuse_unknown
from amends.design.value import Value
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

ROLES = ("primary", "secondary", "guardrail")
SOURCES = ("survey", "outcome")
DIRECTIONS = ("higher", "lower")
COMPLETED = "completed"
CUSTOMARY_RATE = 0.5
CUSTOMARY_DETECT = 0.05
INFINITY = float("inf")


class Metric(Value):
    """What a Proportion and a Mean have in common.

    Attributes:
        kind: `"proportion"` or `"mean"`.
        role: `"primary"`, `"secondary"`, `"guardrail"`, or None until an experiment has settled it.
        source: `"survey"` (from the answers) or `"outcome"` (recorded by `record_outcome`).
        baseline: Value expected in the arm compared with; `baseline_assumed` where customary.
        detect: Smallest difference worth acting on; `detect_assumed` where customary.
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same; None where equivalence is not asked.
    """

    __slots__ = (
        "baseline",
        "baseline_assumed",
        "better",
        "detect",
        "detect_assumed",
        "margin",
        "name",
        "role",
        "source",
    )
    kind = ""

    name: str
    role: str | None
    source: str
    baseline: float | None
    baseline_assumed: bool
    detect: float | None
    detect_assumed: bool
    better: str
    margin: float | None

    def with_role(self, role: str) -> Self:
        """The same metric in another role."""
        return self.from_dict({**self.to_dict(), "role": role})

    @property
    def scale(self) -> tuple[int, int] | None:
        """Ends of the scale that values lie on; None for a Proportion and for an open Mean."""
        return None

    @property
    def sd(self) -> float | None:
        """Standard deviation expected within an arm; None for a Proportion."""
        return None

    @property
    def centre(self) -> float:
        """The fixed point that sums of squares are kept about: mid-scale where there is a scale."""
        return 0.0

    def to_dict(self) -> dict[str, Any]:
        """The declaration as plain JSON types: a customary value is None, so that it is said again."""
        return {
            "kind": self.kind,
            "name": self.name,
            "role": self.role,
            "source": self.source,
            "baseline": None if self.baseline_assumed else self.baseline,
            "detect": None if self.detect_assumed else self.detect,
            "better": self.better,
            "margin": self.margin,
        }

    def __repr__(self) -> str:
        content = {
            key: value
            for key, value in self.to_dict().items()
            if key not in ("kind", "name") and value is not None
        }
        given = [repr(self.name), *(f"{key}={value!r}" for key, value in content.items())]
        return f"{type(self).__name__}({', '.join(given)})"

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        arguments = {key: value for key, value in data.items() if key not in ("kind", "name")}
        return cls(data["name"], **arguments)  # type: ignore[call-arg]

    def _settle(
        self, *, name: str, role: str | None, source: str, better: str, margin: float | None, width: float
    ) -> None:
        what = f"{type(self).__name__}({name!r})"
        if role is not None:
            check_choice(role, f"role of {what}", ROLES)
        check_choice(source, f"source of {what}", SOURCES)
        check_choice(better, f"better of {what}", DIRECTIONS)
        if margin is not None:
            check_number(margin, f"margin of {what}", low=0, high=width)
        self._fill(name=name, role=role, source=source, better=better, margin=margin)


class Proportion(Metric):
    """The share of assigned units with an event, such as a completed survey.

    Args:
        name: `"completed"` is the completed survey; any other name is an outcome that needs no survey
            and is recorded by `record_outcome` (complaint, refund, repeat visit).
        baseline: Share expected in the arm compared with, above 0 and below 1; 0.5 is customary.
        detect: Smallest difference worth acting on, on the same scale (0.05 = 5 percentage points).
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same.
        role: `"primary"`, `"secondary"` or `"guardrail"`; the first metric is primary by default.
        source: `"survey"` for `completed`, `"outcome"` for every other name.

    Raises:
        DefinitionError: An argument breaks its rule.

    >>> Proportion("completed", baseline=0.4, detect=0.05).compared
    (0.4, 0.45)
    """

    __slots__ = ()
    kind = "proportion"
    _arguments = ("baseline", "detect", "better", "margin", "role", "source")

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
        **unknown: object,
    ) -> None:
        refuse_unknown("Proportion", unknown, self._arguments)
        check_name(name, "metric")
        natural = "survey" if name == COMPLETED else "outcome"
        if source in SOURCES and source != natural:
            raise DefinitionError(
                f"source of Proportion({name!r}) is {source!r}; a share that the survey gives is named "
                f"'completed', every other one is an outcome. Leave source out, or rename the metric."
            )
        self._settle(name=name, role=role, source=source or natural, better=better, margin=margin, width=1)
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

    Raises:
        DefinitionError: An argument breaks its rule.

    >>> Mean("satisfaction", scale=(1, 7)).sd
    1.5
    """

    __slots__ = ("_scale", "_sd", "sd_assumed")
    kind = "mean"
    _arguments = ("scale", "sd", "detect", "baseline", "better", "margin", "role", "source")

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
        **unknown: object,
    ) -> None:
        refuse_unknown("Mean", unknown, self._arguments)
        what = f"Mean({check_name(name, 'metric')!r})"
        if name == COMPLETED:
            raise DefinitionError("Mean('completed') is a share, not a mean. Write Proportion('completed').")
        ends = None if scale is None else check_scale(scale, f"scale of {what}")
        low, high = ends or (-INFINITY, INFINITY)
        width = high - low
        self._settle(name=name, role=role, source=source, better=better, margin=margin, width=width)
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
    return Mean.from_dict(data) if data["kind"] == "mean" else Proportion.from_dict(data)


def check_scale(scale: Any, what: str) -> tuple[int, int]:
    """Two whole numbers, the lower first, at most a hundred points apart."""
    if isinstance(scale, (tuple, list)) and len(scale) == 2:
        low, high = scale
        whole = all(isinstance(end, int) and not isinstance(end, bool) for end in scale)
        if whole and low < high <= low + 100:
            return int(low), int(high)
    raise DefinitionError(
        f"{what} is {scale!r}; it must be two whole numbers, the lower first, such as (1, 7)."
    )
