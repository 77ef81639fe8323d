"""Whether an arm shifts ordered answers alike at every step."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from amends.analysis.brant import BrantTest, brant_test, brant_test_adjusted
from tests.golden.methods.reading import Got, Inputs, column, matching, method, rows_of


@method("brant")
def steps(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    rows = rows_of(inputs, folder)
    name = inputs.get("covariate")
    if name:
        arm = [value == 1 for value in column(rows, "arm")]
        found = brant_test_adjusted(column(rows, "y"), arm, {name: column(rows, name)})
    else:
        a, b = (Counter(column(matching(rows, f"arm=={side}"), "y")) for side in (1, 0))
        found = brant_test(a, b)
    assert isinstance(found, BrantTest)
    return {
        "arm": found.arm.statistic,
        "arm_p": found.arm.p_value,
        "overall": found.overall.statistic,
        "overall_p": found.overall.p_value,
        "shifts": list(found.shifts),
        "se": list(found.errors),
    }
