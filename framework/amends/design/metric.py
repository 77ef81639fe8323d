"""What every metric has in common: its role, its source, which direction is good, what is worth acting on."""

from __future__ import annotations

from collections.abc import Mapping

from amends.design.checks import check_choice, check_number
from amends.design.value import Value
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

ROLES = ("primary", "secondary", "guardrail")
SOURCES = ("survey", "outcome")
DIRECTIONS = ("higher", "lower")
COMPLETED = "completed"


class Metric(Value):
    """What every metric has, whether it compares shares or means.

    Attributes:
        kind: `"proportion"` or `"mean"`.
        role: `"primary"`, `"secondary"`, `"guardrail"`, or None until an experiment has settled it.
        source: `"survey"` (from the answers) or `"outcome"` (recorded by `record_outcome`).
        baseline: Value expected in the arm compared with; `baseline_assumed` where customary.
        detect: Smallest difference worth acting on; `detect_assumed` where customary.
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same; None where equivalence is not asked.
        harm: For a guardrail, the largest worsening that is still tolerated; None where none is declared.
        of: The survey rating it is worked out from, where that has another meaning; else None.
    """

    __slots__ = (
        "baseline",
        "baseline_assumed",
        "better",
        "detect",
        "detect_assumed",
        "harm",
        "margin",
        "name",
        "of",
        "role",
        "source",
    )
    kind = ""
    declared_as = ""

    name: str
    role: str | None
    source: str
    baseline: float | None
    baseline_assumed: bool
    detect: float | None
    detect_assumed: bool
    better: str
    margin: float | None
    harm: float | None
    of: str | None

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

    @property
    def rating(self) -> str | None:
        """The survey rating whose counts it is read from; None for completion and for outcomes."""
        return self.of

    @property
    def selected(self) -> bool:
        """Whether it is known only of those who answered, so that bounds are owed beside every test."""
        return False

    def scored(self, ratings: Mapping[int, int]) -> dict[int, int]:
        """How often each of the metric's values occurs, from how often each rating was given."""
        return dict(ratings)

    def to_dict(self) -> dict[str, Any]:
        """The declaration as plain JSON types: a customary value is None, so that it is said again.

        What was added later is left out where it is not used, so that fingerprints stay.
        """
        declared = {
            "kind": self.declared_as or self.kind,
            "name": self.name,
            "role": self.role,
            "source": self.source,
            "baseline": None if self.baseline_assumed else self.baseline,
            "detect": None if self.detect_assumed else self.detect,
            "better": self.better,
            "margin": self.margin,
        }
        if self.harm is not None:
            declared["harm"] = self.harm
        return declared

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
        self,
        *,
        name: str,
        role: str | None,
        source: str,
        better: str,
        margin: float | None,
        harm: float | None,
        width: float,
    ) -> None:
        what = f"{type(self).__name__}({name!r})"
        if role is not None:
            check_choice(role, f"role of {what}", ROLES)
        check_choice(source, f"source of {what}", SOURCES)
        check_choice(better, f"better of {what}", DIRECTIONS)
        if margin is not None:
            check_number(margin, f"margin of {what}", low=0, high=width)
        if harm is not None:
            check_number(harm, f"harm of {what}", low=0, high=width)
            if role != "guardrail":
                raise DefinitionError(
                    f"{what} has harm={harm!r} and is no guardrail: only a guardrail has a harm rule, which "
                    'stops nothing but the experiment. Write role="guardrail", or leave harm out.'
                )
        self._fill(name=name, role=role, source=source, better=better, margin=margin, harm=harm, of=None)


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
