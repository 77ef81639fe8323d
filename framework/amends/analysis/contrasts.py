"""One metric compared between two arms: the figures, their methods, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite, isnan
from typing import Any

from amends.analysis.formatting import Figure, Sentence
from amends.analysis.result import NotEnough

INNER = frozenset({"summaries", "spread", "basis"})
"""What a contrast carries for its own later use and never shows."""
READ_LATER = frozenset({"tests", "effect_sizes", "effect_intervals", "headline"})
"""What is worked out when somebody reads it, or turns on a test that may be filled in after."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A difference with its error, from which limits follow at any confidence.

    Attributes:
        centre: The difference that the limits lie around.
        standard_error: Its error.
        df: Degrees of freedom of the t distribution.
        scores: Where clusters were assigned, the standard deviation of the clusters' scores in either arm.
        clusters: Clusters of either arm with a value.
    """

    centre: float
    standard_error: float
    df: float
    scores: tuple[float, float] | None = None
    clusters: tuple[int, int] | None = None

    def limits(self, confidence: float, *, within: float = float("inf")) -> tuple[float, float]:
        """Lower and upper limit, neither beyond `within` on its side of 0.

        >>> low, high = Spread(0.2, 0.1, 20).limits(0.95)
        >>> round(low, 3), round(high, 3)
        (-0.009, 0.409)
        """
        from amends.analysis.distributions import t_quantile

        half = t_quantile((1 + confidence) / 2, self.df) * self.standard_error
        return max(-within, self.centre - half), min(within, self.centre + half)


@dataclass(frozen=True, slots=True)
class Contrast:
    """Arm minus versus on one metric. Attributes up to `verdict` are the published contract.

    Attributes:
        metric: The metric's name.
        arm: The arm declared first; `versus` the one it is compared with (silence always is).
        n: Units behind the figures: randomised and matured for a proportion, rated for a mean.
        effect: Difference in rates (0.126 is 12.6 percentage points) or in means (scale points); of means
            adjusted for the declared covariates where `test` is Lin's.
        low: Lower limit of the unadjusted interval at `confidence`; `high` likewise.
        interval: The interval's method.
        test: The default test, whose `statistic`, `df` and `p_value` follow.
        p_adjusted: The p-value adjusted over its family as `adjustment` names.
        tests: The other customary tests, for matching published comparisons.
        always_valid: The interval that may be looked at any time; None for finished data.
        effect_sizes: Standardised effects, by name.
        bounds: Lee and worst-case bounds of a metric known only for those who answered; else None.
        verdict: One of `amends.analysis.verdict.VERDICT_ORDER`.
        low_adjusted: Lower limit at the confidence that holds for the whole family together.
        kind: `"proportion"` or `"mean"`.
        values: The two rates or means, `arm` first.
        counts: Events and units of each arm for a proportion; None for a mean.
        effect_intervals: Intervals of the standardised effects.
        warnings: What a reader must know before believing the figures.
        decision: What decided: method, level, p-value, units.
        headline: False where the arms differ in who answered and the metric is known only for those.
        standard_error: Of the effect, as its interval's method takes it; unpooled for a proportion.
        summaries: The two `means.Summary` a mean's figures come from (not part of the JSON object).
        spread: What limits at any confidence are made of, where the units are not simply independent
            (not part of the JSON object).
        basis: The same contrast as measured on the first planned units, where it was these that decided and
            not all that are shown (not part of the JSON object).
    """

    metric: str
    arm: str
    versus: str
    n: tuple[int, int]
    effect: Figure
    low: Figure
    high: Figure
    interval: str
    test: str
    statistic: Figure
    df: Figure
    p_value: Figure
    p_adjusted: Figure
    adjustment: str = "none"
    confidence: float = 0.95
    alternative: str = "two-sided"
    tests: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    always_valid: Mapping[str, Figure] | None = None
    effect_sizes: Mapping[str, Figure] = field(default_factory=dict)
    bounds: Mapping[str, Any] | None = None
    verdict: str = "still collecting"
    low_adjusted: Figure = None
    high_adjusted: Figure = None
    kind: str = "proportion"
    role: str = "primary"
    values: tuple[Figure, Figure] = (None, None)
    counts: tuple[tuple[int, int], tuple[int, int]] | None = None
    effect_intervals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[Sentence, ...] = ()
    decision: Mapping[str, Any] | None = None
    headline: bool = True
    standard_error: Figure = None
    summaries: tuple[Any, Any] = (None, None)
    spread: Spread | None = None
    basis: Contrast | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """`(metric, arm, versus)`, by which a report finds the contrast."""
        return (self.metric, self.arm, self.versus)

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object: every key always there, never NaN or infinity."""
        return {item.name: plain(getattr(self, item.name)) for item in fields(self) if item.name not in INNER}

    def first_look(self) -> dict[str, Any]:
        """The JSON object without what comes later; of `warnings`, those that wait for no test."""
        left_out = INNER | READ_LATER
        return {
            item.name: plain(getattr(self, item.name)) for item in fields(self) if item.name not in left_out
        }


def plain(value: Any) -> Any:
    """JSON's own types. A figure that does not exist becomes `{"not_enough": reason}`.

    >>> plain((1, NotEnough("no units"))), plain(float("inf"))
    ([1, {'not_enough': 'no units'}], {'not_enough': 'unbounded above'})
    """
    if isinstance(value, NotEnough | Sentence):
        return value.to_dict() if isinstance(value, NotEnough) else value.en
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return _plain_float(float(value))


def _plain_float(value: float) -> Any:
    if isfinite(value):
        return value
    if isnan(value):
        return {"not_enough": "undefined"}
    return {"not_enough": "unbounded above" if value > 0 else "unbounded below"}


def known(value: Figure) -> bool:
    """Whether a figure exists.

    >>> known(0.0), known(None), known(NotEnough("no units"))
    (True, False, False)
    """
    return value is not None and not isinstance(value, NotEnough)


def disagreement(p_value: Figure, low: Figure, high: Figure, *, alpha: float = 0.05) -> Sentence | None:
    """The warning owed when the test and the 95% interval say different things at .05.

    Both are compared at .05 whatever level decides: the interval printed is the 95% one.

    >>> disagreement(0.06, 0.001, 0.2) is None, disagreement(0.04, 0.001, 0.2) is None
    (False, True)
    """
    if p_value is None or low is None or high is None:
        return None
    if isinstance(p_value, NotEnough) or isinstance(low, NotEnough) or isinstance(high, NotEnough):
        return None
    rejects, excludes = p_value <= alpha, low > 0 or high < 0
    if rejects == excludes:
        return None
    if rejects:
        return Sentence(
            "The test rejects at .05 but the 95% interval holds 0: "
            "the two methods disagree, the test decides.",
            "Uji menolak pada taraf 0,05 tetapi selang kepercayaan 95% memuat 0: "
            "kedua metode tidak sejalan, uji yang memutuskan.",
        )
    return Sentence(
        "The test does not reject at .05 but the 95% interval leaves out 0: "
        "the two methods disagree, the test decides.",
        "Uji tidak menolak pada taraf 0,05 tetapi selang kepercayaan 95% tidak memuat 0: "
        "kedua metode tidak sejalan, uji yang memutuskan.",
    )
