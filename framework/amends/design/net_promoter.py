"""The net promoter score: promoters (9 and 10 of 0 to 10) minus detractors (0 to 6), from -100 to 100."""

from __future__ import annotations

from collections.abc import Mapping

from amends.design.checks import check_name, check_number, refuse_unknown
from amends.design.metrics import Mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROMOTER, PASSIVE = 9, 7
MOST = 100
CUSTOMARY_SD = 80.0
CUSTOMARY_DETECT = 10.0


class NetPromoter(Mean):
    """The net promoter score of those who answered, in its customary points from -100 to 100.

    Every answer counts as 100 (9 or 10), 0 (7 or 8) or -100 (0 to 6); the score is their mean, so its
    variance is the multinomial one and a difference is tested by Welch's t. Known only of those who
    answered: bounds stand beside it.

    Args:
        name: Its name, for instance `"recommend"`.
        of: The rating on a scale of 0 to 10 that it is worked out from; `name` itself by default.
        detect: Smallest difference worth acting on, in points of the score; 10 is customary.
        sd: Standard deviation of the answers in points, at most 100; 80 is customary (half promoters and
            a quarter detractors give 83).
        baseline: Score expected in the arm compared with; not needed for planning.
        better: `"higher"` or `"lower"`.
        margin: Largest difference that still counts as the same.
        role: `"primary"`, `"secondary"` or `"guardrail"`; the first metric is primary by default.
        harm: For a guardrail, the largest worsening that is still tolerated, in points.

    Raises:
        DefinitionError: An argument breaks its rule.

    Source: Reichheld 2003.

    >>> NetPromoter("recommend").scored({10: 30, 9: 20, 8: 25, 5: 10})
    {-100: 10, 0: 25, 100: 50}
    """

    __slots__ = ()
    declared_as = "net_promoter"
    _arguments: tuple[str, ...] = ("of", "detect", "sd", "baseline", "better", "margin", "role", "harm")

    def __init__(
        self,
        name: str,
        *,
        of: str | None = None,
        detect: float | None = None,
        sd: float | None = None,
        baseline: float | None = None,
        better: str = "higher",
        margin: float | None = None,
        role: str | None = None,
        harm: float | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("NetPromoter", unknown, self._arguments)
        what = f"NetPromoter({check_name(name, 'metric')!r})"
        width = 2 * MOST
        self._settle(
            name=name, role=role, source="survey", better=better, margin=margin, harm=harm, width=width
        )
        if baseline is not None:
            check_number(baseline, f"baseline of {what}", low=-MOST, high=MOST, closed=True)
        if sd is not None:
            check_number(sd, f"sd of {what}", low=0, high=MOST + 1e-9)
        if detect is not None:
            check_number(detect, f"detect of {what}", low=0, high=width, remedy="Write 10 for ten points.")
        self._fill(
            of=name if of is None else check_name(of, f"of of {what}"),
            _scale=(-MOST, MOST),
            _sd=CUSTOMARY_SD if sd is None else sd,
            sd_assumed=sd is None,
            baseline=baseline,
            baseline_assumed=baseline is None,
            detect=CUSTOMARY_DETECT if detect is None else detect,
            detect_assumed=detect is None,
        )

    @property
    def rating(self) -> str | None:
        return self.of

    def scored(self, ratings: Mapping[int, int]) -> dict[int, int]:
        promoters = sum(n for point, n in ratings.items() if point >= PROMOTER)
        detractors = sum(n for point, n in ratings.items() if point < PASSIVE)
        return {-MOST: detractors, 0: sum(ratings.values()) - promoters - detractors, MOST: promoters}

    def to_dict(self) -> dict[str, Any]:
        declared = super().to_dict()
        for derived in ("scale", "source"):
            del declared[derived]
        return {**declared, "of": None if self.of == self.name else self.of}
