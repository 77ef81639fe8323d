"""Net promoter score and satisfied share (CSAT), from how often each rating was given.

The score is a difference of two shares of the same answers (promoters 9–10 minus detractors 0–6), so its
variance is the multinomial one, not that of two proportions; read as a mean of +1, 0 and -1 it is the same.
Both describe those who answered and nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from amends.analysis.counts import ALTERNATIVES, Answers, check_choice, check_share, check_values
from amends.analysis.distributions import normal_quantile
from amends.analysis.exported import Exported
from amends.analysis.intervals import newcombe, wilson
from amends.analysis.means import MeanDifference, Summary, welch
from amends.analysis.proportions import default_test
from amends.analysis.result import Interval, NotEnough, TestResult
from amends.errors import UsageError

PROMOTERS, DETRACTORS = (9, 10), tuple(range(7))


@dataclass(frozen=True, slots=True)
class NetPromoter(Exported):
    """One arm's score, as a share from -1 to 1; times 100 it is the usual number.

    Attributes:
        name: The method.
        value: Promoters minus detractors, as shares of the answers.
        standard_error: Multinomial, without bias (dividing by n - 1); `NotEnough` for one answer.
        interval: Tango's score interval, which has a width even where all are promoters.
        promoters: Answers of 9 or 10.
        passives: Answers of 7 or 8.
        detractors: Answers of 0 to 6.
        n: Answers.
    """

    name: str
    value: float
    standard_error: float | NotEnough
    interval: Interval
    promoters: int
    passives: int
    detractors: int
    n: int


@dataclass(frozen=True, slots=True)
class ScoreDifference(Exported):
    """Two scores or two satisfied shares compared, first minus second.

    Attributes:
        name: What is compared, and by which interval.
        value: The difference, as a share.
        interval: From the two arms' own intervals.
        test: Of no difference.
        shares: The two arms' own figures.
        ns: Answers of either arm.
    """

    name: str
    value: float
    interval: Interval | NotEnough
    test: TestResult | NotEnough
    shares: tuple[float, float]
    ns: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SatisfiedShare(Exported):
    """The share of answers at or above a rating (CSAT, top box).

    Attributes:
        name: The method.
        value: The share, of those who answered.
        interval: Wilson's.
        at_least: The lowest rating that counts as satisfied.
        satisfied: Answers at or above it.
        n: Answers.
    """

    name: str
    value: float
    interval: Interval | NotEnough
    at_least: float
    satisfied: int
    n: int


def net_promoter(counts: Answers, *, confidence: float = 0.95) -> NetPromoter | NotEnough:
    """The net promoter score from answers on the scale 0 to 10, as `{rating: how often}`.

    Source: Reichheld 2003; interval: Tango 1998 (a difference of two shares of one sample).

    Raises:
        UsageError: A rating that is not a whole number from 0 to 10.

    >>> found = net_promoter({10: 30, 9: 20, 8: 25, 7: 10, 5: 10, 2: 5})
    >>> round(found.value, 2), round(found.standard_error, 4)
    (0.35, 0.073)
    """
    check_share(confidence, "confidence")
    groups = _grouped(counts)
    if isinstance(groups, NotEnough):
        return groups
    promoters, passives, detractors = groups
    n = sum(groups)
    error: float | NotEnough = NotEnough("1 answer has no spread; 2 needed")
    if n > 1:
        error = sqrt((promoters + detractors - (promoters - detractors) ** 2 / n) / (n * (n - 1)))
    return NetPromoter(
        name="net promoter score",
        value=(promoters - detractors) / n,
        standard_error=error,
        interval=score_interval(promoters, detractors, n, confidence=confidence),
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        n=n,
    )


def net_promoter_difference(
    counts_a: Answers, counts_b: Answers, *, confidence: float = 0.95, alternative: str = "two-sided"
) -> ScoreDifference | NotEnough:
    """Two net promoter scores compared: interval from the two score intervals, test by Welch.

    Args:
        counts_a: Answers of the first arm, 0 to 10, as `{rating: how often}`.
        counts_b: Answers of the second arm.
        confidence: The level of the interval.
        alternative: `two-sided`, `greater` or `less`.

    Source: interval by recovering variances: Zou & Donner 2008; test: Welch 1947 on +1, 0, -1, whose
    variance is the multinomial one.

    >>> found = net_promoter_difference({10: 60, 8: 25, 3: 15}, {10: 40, 8: 30, 3: 30})
    >>> round(found.value, 2), round(found.test.p_value, 4)
    (0.35, 0.002)
    """
    check_choice(alternative, ALTERNATIVES, "alternative")
    found = [net_promoter(counts, confidence=confidence) for counts in (counts_a, counts_b)]
    known = [item for item in found if isinstance(item, NetPromoter)]
    if len(known) < 2:
        which = "second" if isinstance(found[0], NetPromoter) else "first"
        return NotEnough(f"the {which} arm has no answers")
    a, b = known
    gap = a.value - b.value
    low = gap - sqrt((a.value - a.interval.low) ** 2 + (b.interval.high - b.value) ** 2)
    high = gap + sqrt((a.interval.high - a.value) ** 2 + (b.value - b.interval.low) ** 2)
    method = "Tango score, variances recovered"
    return ScoreDifference(
        name=f"difference of net promoter scores ({method})",
        value=gap,
        interval=Interval(max(-2.0, low), min(2.0, high), method, confidence),
        test=_welch_test(a, b, alternative),
        shares=(a.value, b.value),
        ns=(a.n, b.n),
    )


def satisfied_share(
    counts: Answers, *, at_least: float, confidence: float = 0.95
) -> SatisfiedShare | NotEnough:
    """The share of answers at or above a rating, of those who answered.

    >>> found = satisfied_share({7: 20, 6: 20, 4: 10}, at_least=6)
    >>> found.value, round(found.interval.low, 3)
    (0.8, 0.67)
    """
    answers = check_values(counts)
    n = sum(answers.values())
    if not n:
        return NotEnough("there are no answers")
    satisfied = sum(count for value, count in answers.items() if value >= at_least)
    return SatisfiedShare(
        name=f"share of answers of at least {at_least:g}",
        value=satisfied / n,
        interval=wilson(satisfied, n, confidence=confidence),
        at_least=at_least,
        satisfied=satisfied,
        n=n,
    )


def satisfied_difference(
    counts_a: Answers, counts_b: Answers, *, at_least: float, confidence: float = 0.95
) -> ScoreDifference | NotEnough:
    """Two satisfied shares compared: Newcombe's interval and the default test of two proportions.

    >>> found = satisfied_difference({7: 20, 6: 20, 4: 10}, {7: 15, 6: 15, 4: 20}, at_least=6)
    >>> round(found.value, 2), found.test.name
    (0.2, 'Boschloo exact')
    """
    found = [satisfied_share(counts, at_least=at_least) for counts in (counts_a, counts_b)]
    known = [item for item in found if isinstance(item, SatisfiedShare)]
    if len(known) < 2:
        which = "second" if isinstance(found[0], SatisfiedShare) else "first"
        return NotEnough(f"the {which} arm has no answers")
    a, b = known
    table = a.satisfied, a.n, b.satisfied, b.n
    return ScoreDifference(
        name=f"difference of shares of at least {at_least:g} (Newcombe)",
        value=(a.satisfied * b.n - b.satisfied * a.n) / (a.n * b.n),
        interval=newcombe(*table, confidence=confidence),
        test=default_test(*table),
        shares=(a.value, b.value),
        ns=(a.n, b.n),
    )


def score_interval(ups: int, downs: int, n: int, *, confidence: float = 0.95) -> Interval:
    """Tango's score interval for (ups - downs) / n, where both are shares of the same n answers.

    Source: Tango 1998; the constrained share is the positive root of a quadratic.
    """
    z = normal_quantile((1 + confidence) / 2)
    gap = (ups - downs) / n

    def beyond(supposed: float) -> bool:
        b = (2 * n - ups + downs) * supposed - ups - downs
        c = -downs * supposed * (1 - supposed)
        share = (sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
        variance = n * (2 * share + supposed * (1 - supposed))
        distance = ups - downs - n * supposed
        return distance**2 > z * z * max(0.0, variance) + 1e-12 * n

    ends = []
    for end in (-1.0, 1.0):
        inside, outside = gap, end
        if not beyond(end):
            inside = end
        for _ in range(60 if inside != end else 0):
            middle = (inside + outside) / 2
            inside, outside = (inside, middle) if beyond(middle) else (middle, outside)
        ends.append(inside)
    return Interval(ends[0], ends[1], "Tango score", confidence)


def _grouped(counts: Answers) -> tuple[int, int, int] | NotEnough:
    answers = check_values(counts)
    for value in answers:
        if value not in range(11):
            raise UsageError(
                f"rating {value!r}: the net promoter question is answered from 0 to 10 in whole numbers. "
                "Use satisfied_share for another scale."
            )
    n = sum(answers.values())
    if not n:
        return NotEnough("there are no answers")
    promoters = sum(answers.get(value, 0) for value in PROMOTERS)
    detractors = sum(answers.get(value, 0) for value in DETRACTORS)
    return promoters, n - promoters - detractors, detractors


def _welch_test(a: NetPromoter, b: NetPromoter, alternative: str) -> TestResult | NotEnough:
    both = [
        Summary.from_counts({1: item.promoters, 0: item.passives, -1: item.detractors}) for item in (a, b)
    ]
    first, second = (item for item in both if isinstance(item, Summary))
    found = welch(first, second, alternative=alternative)
    if not isinstance(found, MeanDifference):
        return found
    return TestResult(found.name, found.p_value, found.statistic, found.df, alternative)
