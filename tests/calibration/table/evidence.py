"""Goals that a correct implementation misses, each with the evidence and the goal that it supports."""

from __future__ import annotations

from tests.calibration.table.cells import Row

SMALL_PLANS = (
    "The solver plans for the pooled z, whose own enumerated power there is above .81; up to 200 units in "
    "all the exact test decides, which costs up to .03. Its power moves in jumps: .3 and .7 at .04 find "
    ".7554, .7851, .8114, .8020 with 24, 25, 26, 27 per arm. Goal supported: ≥ .775 up to 200 units in all, "
    "≥ .79 beyond."
)
ASYMPTOTIC = (
    "Both are asymptotic: their error swings about .05 as the pooled z's does (allowed .04 to .06). "
    "Enumerated at 400 per arm for rates .2, .5, .784, .85: .0508, .0518, .0510, .0510. "
    "Goal supported: ≤ .055."
)

SKEWED = (
    "15 units in the smaller arm, a skewed covariate and a bent outcome: HC2 is known to be short there. HC3 "
    "covers .9538 in the same experiments, HC2 .9462 with even shares. Goal supported: ≥ .935 at this N, or "
    "HC3 as the default somewhat beyond 50 units."
)

FINITE = (
    "In samples of 60 the mean of 1 - r² is .6368, not .64 (Olkin and Pratt 1958); the next line shows that "
    "it is met. It nears 1 - rho² as N grows, as the lines at N = 1,000 show. Goal supported: within 3 s.e. "
    "of that mean."
)

EVIDENCE: dict[tuple[str, str], str] = {
    ("default test, enumerated power", "0.3 and 0.7, level 0.04"): SMALL_PLANS,
    ("detectable difference, least enumerated power", ""): SMALL_PLANS,
    ("Lin HC2, coverage", "N = 60, share 0.25"): SKEWED,
    ("CUPED, variance ratio", "N = 60"): FINITE,
    ("90% Newcombe interval within the margin", "400 per arm"): ASYMPTOTIC,
    ("score TOST", "400 per arm"): ASYMPTOTIC,
}
"""By method and part of the setting. A missed goal that is not here makes the run fail."""


def evidence(row: Row) -> str | None:
    """Why this goal is missed, where that is understood."""
    for (method, setting), why in EVIDENCE.items():
        if row.method == method and setting in row.setting:
            return why
    return None
