"""One data check: what was looked at, what was found, how it stands, what that means and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amends.analysis.formatting import Figure, Sentence, arm_name, count, number, p_value, percent
from amends.analysis.result import NotEnough, TestResult
from amends.analysis.section import both

BROKEN_BELOW = 0.001
"""Below this p-value the randomisation or the records are at fault: chance does it once in 1,000."""
LOOK_BELOW = 0.01
"""Below this p-value customers or senders behaved differently in the arms, which need not be a fault."""

STATES = {
    "ok": Sentence("ok", "baik"),
    "look at this": Sentence("look at this", "perlu diperiksa"),
    "broken": Sentence("broken", "bermasalah"),
    "not enough": Sentence("not enough", "belum cukup"),
}
"""How a check can stand, the gravest last but one; `not enough` where it could not be made."""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the data checks.

    Attributes:
        name: Its key in the JSON object.
        what: What was looked at.
        found: What was found, with its figures.
        state: One of `STATES`.
        meaning: What it means where it is not ok, and what to do.
        figures: The exact figures.
        said_elsewhere: Whether the report's other notes already say that it is broken.
    """

    name: str
    what: Sentence
    found: Sentence
    state: str
    meaning: Sentence
    figures: Mapping[str, Any] = field(default_factory=dict)
    said_elsewhere: bool = False

    @property
    def all_figures(self) -> dict[str, Any]:
        """Its words and exact figures by name, as a section's figures."""
        words = {"what": self.what, "found": self.found, "state": self.state, "meaning": self.meaning}
        return {**words, **self.figures}


def graded(p: Figure, *, broken: float | None = None, look: float | None = None) -> str:
    """The state that a p-value speaks for.

    >>> graded(0.0004, broken=BROKEN_BELOW), graded(0.004, look=LOOK_BELOW), graded(0.2, look=LOOK_BELOW)
    ('broken', 'look at this', 'ok')
    """
    if not isinstance(p, float | int):
        return "ok"
    if broken is not None and p < broken:
        return "broken"
    return "look at this" if look is not None and p < look else "ok"


def alike(events: Sequence[int], units: Sequence[int], *, clustered: bool = False) -> Figure:
    """The p-value of equal shares in all arms: chi-square, or exact where fewer than 5 are expected.

    Arms without units are left out.

    >>> round(alike([12, 30], [400, 410]), 4)
    0.0056
    """
    from amends.analysis.omnibus import chi2_k, freeman_halton, smallest_expected_k

    if clustered:
        return NotEnough("clustered")
    known = [(x, n) for x, n in zip(events, units, strict=True) if n]
    if len(known) < 2:
        return NotEnough("fewer than two arms have units")
    xs, ns = [x for x, _ in known], [n for _, n in known]
    if 2 * sum(xs) > sum(ns):
        xs = [n - x for x, n in known]
    expected = smallest_expected_k(xs, ns)
    small = isinstance(expected, float) and expected < 5
    found = freeman_halton(xs, ns) if small else chi2_k(xs, ns)
    return found.p_value if isinstance(found, TestResult) else found


def by_arm(values: Mapping[str, str | Callable[[str], str]], locale: str) -> str:
    """Every arm with what is said of it: `thank you 56 · sorry 51`."""
    return " · ".join(
        f"{arm_name(arm, locale)} {said if isinstance(said, str) else said(locale)}"
        for arm, said in values.items()
    )


def shares_found(events: Mapping[str, int], units: Mapping[str, int], p: Figure = None) -> Sentence:
    """Per arm how many of how many, with the test where there is one; nobody at all in one figure.

    >>> shares_found({"sorry": 3}, {"sorry": 40}).en
    'sorry 3 of 40 (7.5%)'
    """

    def said(locale: str) -> str:
        of = "dari" if locale == "id" else "of"
        if not any(events.values()):
            return f"{count(0, locale)} {of} {count(sum(units[arm] for arm in events), locale)}"
        parts = {
            arm: f"{count(x, locale)} {of} {count(units[arm], locale)} "
            f"({percent(share(x, units[arm]), locale)})"
            for arm, x in events.items()
        }
        return by_arm(parts, locale) + tested(p, locale)

    return both(said)


def tested(p: Figure, locale: str) -> str:
    """A p-value at the end of a list; nothing where there is none."""
    return f" · {p_value(p, locale)}" if isinstance(p, float | int) else ""


def share(x: int, n: int) -> Figure:
    """A share, or why there is none."""
    return x / n if n else NotEnough("no units")


def decimals(value: float, locale: str, *, digits: int = 2) -> str:
    """A number with fixed decimals."""
    return number(value, digits=digits, locale=locale)
