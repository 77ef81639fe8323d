"""Who refused to take part and who withdrew, in each arm, and whether the arms differ in it. Pure counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.funnel import FunnelStep, differ
from amends.analysis.multiplicity import adjust
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough, TestResult
from amends.tally import Tally

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


def taking_part(
    experiment: Experiment, tally: Tally, *, not_invited: Collection[str] = ()
) -> tuple[FunnelStep, ...]:
    """Refusals of those who were asked, and withdrawals of those who began; empty where nobody did either.

    Asked are those who answered the consent text by yes or no: who only read it is not recorded. The tests
    are adjusted together (Holm).

    Args:
        experiment: Its arms.
        tally: Counts per arm.
        not_invited: Arms that got no invitation.
    """
    arms = [arm_tally(tally, arm.name) for arm in experiment.arms if arm.name not in not_invited]
    counted = {
        ("refused", "asked"): {arm.arm: (arm.refused, arm.refused + arm.agreed) for arm in arms},
        ("withdrawn", "started"): {
            # Began at the least whoever withdrew, should the database have failed in between.
            arm.arm: (arm.withdrawn, max(arm.started, arm.withdrawn))
            for arm in arms
        },
    }
    found = {place: counts for place, counts in counted.items() if any(x for x, _ in counts.values())}
    tests: list[TestResult | NotEnough] = [
        NotEnough(CLUSTERED)
        if experiment.clustered
        else differ([x for x, _ in counts.values()], [n for _, n in counts.values()])
        for counts in found.values()
    ]
    adjusted = adjust(
        [test if isinstance(test, NotEnough) else test.p_value for test in tests], method="holm"
    )
    return tuple(
        FunnelStep(step, of, counts, test, p)
        for ((step, of), counts), test, p in zip(found.items(), tests, adjusted, strict=True)
    )
