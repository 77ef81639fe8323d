"""The funnel of every arm, and whether the arms differ at a step. Pure counts; nothing is decided here.

Each step is read twice: of those who took the step before, and of all assigned. Only the second is a
comparison of randomised groups throughout; the first says where along the way the difference arose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import arm_tally
from amends.analysis.exported import Exported
from amends.analysis.formatting import arm_name
from amends.analysis.multiplicity import adjust
from amends.analysis.result import NotEnough, TestResult
from amends.tally import ArmTally, Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.analysis.omnibus import Anova
    from amends.design.experiment import Experiment

SMALL_EXPECTED = 5
SENDING = ("sent", "delivered")
ANSWERING = ("started", "finished", "rated")


@dataclass(frozen=True, slots=True)
class FunnelStep(Exported):
    """One step against another, in every arm that can be compared.

    Attributes:
        step: `sent`, `delivered`, `started`, `finished` or `rated`.
        of: What it is a share of: the step before, or `assigned` (`matured` for ratings, which are
            counted of matured days only).
        counts: Per arm, who took the step and of how many.
        test: Whether the arms differ: chi-square, or Fisher's exact test (Freeman–Halton for three arms)
            where fewer than 5 are expected in a cell; of clusters Welch's test that counts clusters, over the
            matured units.
        p_adjusted: By Holm over all steps of the funnel.
    """

    step: str
    of: str
    counts: Mapping[str, tuple[int, int]]
    test: TestResult | Anova | NotEnough
    p_adjusted: float | NotEnough


@dataclass(frozen=True, slots=True)
class Funnel:
    """The steps that were recorded, and why the others are left out."""

    steps: tuple[FunnelStep, ...]
    left_out: Mapping[str, str]


def funnel(
    experiment: Experiment,
    tally: Tally,
    *,
    not_invited: Collection[str] = (),
    units: DataFrame | None = None,
) -> Funnel:
    """The funnel with a test at every step.

    Sending is compared among arms that have something to send; answering among arms that were invited.
    The survey's invitation is a message of its own, so starting is a share of all assigned, whatever
    became of the arm's message.

    Args:
        experiment: Its arms and metrics.
        tally: Counts per arm.
        not_invited: Arms that got no invitation.
        units: Matured units as rows, for a clustered experiment: its tests rest on clusters' sums.

    Source: chi-square and Freeman & Halton 1951; clusters: Welch 1951, Bell & McCaffrey 2002; Holm 1979.
    """
    arms = {arm.name: arm_tally(tally, arm.name) for arm in experiment.arms}
    sending = {name: arm for name, arm in arms.items() if sends(experiment, name)}
    invited = {name: arm for name, arm in arms.items() if name not in not_invited}
    found: list[FunnelStep] = []
    left_out: dict[str, str] = {}
    before = {"sending": "assigned", "answering": "assigned"}
    for step in (*SENDING, *ANSWERING):
        group, among = ("sending", sending) if step in SENDING else ("answering", invited)
        reason = _left_out(experiment, step, among)
        if reason is not None:
            left_out[step] = reason
            continue
        whole = "matured" if step == "rated" else "assigned"
        previous = "completed" if step == "rated" else before[group]
        for of in dict.fromkeys((previous, whole)):
            found.append(_step(experiment, step, of, among, units))
        before[group] = step
    tests = [item.test if isinstance(item.test, NotEnough) else item.test.p_value for item in found]
    return Funnel(
        tuple(
            FunnelStep(item.step, item.of, item.counts, item.test, p)
            for item, p in zip(found, adjust(tests, method="holm"), strict=True)
        ),
        left_out,
    )


def sends(experiment: Experiment, arm: str) -> bool:
    """Whether an arm's customers are sent a message: the facts, the arm's sentence, or both."""
    spoken = experiment.show_message == "message" and not experiment.arm(arm).silent
    return experiment.notice is not None or spoken


def _left_out(experiment: Experiment, step: str, arms: Mapping[str, ArmTally]) -> str | None:
    if len(arms) < 2:
        what = "have anything to send" if step in SENDING else "were invited to the survey"
        return f"fewer than two arms {what}"
    if step == "rated" and not any(metric.rating for metric in experiment.metrics):
        return "no rating is asked"
    if not any(reached(arm, step) for arm in arms.values()):
        return "nobody recorded it"
    return None


def _step(
    experiment: Experiment, step: str, of: str, arms: Mapping[str, ArmTally], units: DataFrame | None
) -> FunnelStep:
    counts = {name: (reached(arm, step), reached(arm, of)) for name, arm in arms.items()}
    test: TestResult | Anova | NotEnough
    beyond = next((name for name, (x, n) in counts.items() if x > n), None)
    if experiment.clustered:
        test = _differ_by_cluster(step, of, list(arms), units)
    elif beyond is not None:
        test = NotEnough(f"more units of {arm_name(beyond)} are recorded as {step} than as {of}")
    else:
        test = differ([x for x, _ in counts.values()], [n for _, n in counts.values()])
    return FunnelStep(step, of, counts, test, NotEnough("not adjusted yet"))


def _differ_by_cluster(step: str, of: str, arms: list[str], units: DataFrame | None) -> Anova | NotEnough:
    """The test over whole clusters: distances from the common share, so that an arm may be all alike."""
    from pandas import Categorical, factorize

    from amends.analysis.cluster_overall import clustered_overall

    if units is None or not len(units):
        return NotEnough("no unit has matured")
    here = units[units["arm"].isin(arms) & _took(units, of)]
    if not len(here):
        return NotEnough("no unit has matured")
    values = _took(here, step).to_numpy(dtype=float)
    if values.min() == values.max():
        return NotEnough("nothing varies")
    codes = Categorical(here["arm"], categories=arms).codes.astype(int)
    clusters = factorize(here["cluster"].to_numpy())[0]
    return clustered_overall(values, codes, clusters, arms=len(arms), pooled=True)


def _took(units: DataFrame, step: str) -> Any:
    """Whether every unit took a step; everybody was assigned and has matured."""
    from pandas import Series

    if step in ("assigned", "matured"):
        return Series(True, index=units.index)
    if step == "finished":
        return units["completed"] | units["late"]
    if step == "rated":
        given = [name for name in units if str(name).startswith("item.")]
        return units["completed"] & units[given].notna().any(axis=1)
    return units[step].astype(bool)


def reached(arm: ArmTally, step: str) -> int:
    """How many units of an arm took a step; `rated` are those who gave any rating."""
    if step == "rated":
        return max((sum(counts.values()) for counts in arm.ratings.values()), default=0)
    count: int = getattr(arm, step)
    return count


def differ(xs: Sequence[int], ns: Sequence[int]) -> TestResult | NotEnough:
    """Whether shares differ: chi-square, or the exact test where fewer than 5 are expected in a cell."""
    from amends.analysis.omnibus import chi2_k, freeman_halton, smallest_expected_k

    found = chi2_k(xs, ns)
    expected = smallest_expected_k(xs, ns)
    if isinstance(found, TestResult) and not isinstance(expected, NotEnough) and expected < SMALL_EXPECTED:
        exact = freeman_halton(xs, ns)
        if isinstance(exact, TestResult):
            name = "Fisher exact" if len(xs) == 2 else exact.name
            return TestResult(name, exact.p_value)
    return found
