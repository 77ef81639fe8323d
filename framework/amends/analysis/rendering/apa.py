"""The results as sentences in APA style (7th edition): p without its leading zero, intervals in brackets."""

from __future__ import annotations

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import MINUS, Figure, arm_name, metric_name, number
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough
from amends.analysis.settled import rests_on_others


def to_apa(report: Report) -> str:
    """One line per contrast, then how p was adjusted and what decides."""
    lines = [apa_line(item) for item in report.contrasts]
    if report.simulated:
        lines.insert(0, "Data are simulated.")
    if any(item.adjustment != "none" for item in report.contrasts):
        lines.append("p values are adjusted (Holm) within each family of contrasts; intervals are not.")
    if report.rule.collecting:
        lines.append("Data are still being collected; p values are descriptive.")
    elif report.rule.method == "always-valid":
        lines.append("Stopped before the planned sample; p values are descriptive.")
    if any(rests_on_others(item) for item in report.contrasts):
        lines.append("Verdicts rest on the first planned units; the figures above are of all units.")
    return "\n".join(lines)


def apa_line(contrast: Contrast) -> str:
    """One contrast in one sentence.

    >>> from amends.analysis.compare import compare_counts
    >>> apa_line(compare_counts(51, 56, 40, 51, arms=("thank_you", "sorry")).contrast)
    'Completed surveys: thank you 91.1% (51/56), sorry 78.4% (40/51); difference = 12.6 percentage \
points, 95% CI [−1.1, 26.6], Boschloo exact test, p = .094, h = 0.36.'
    """
    name = metric_name(contrast.metric)
    levels = f"{_level(contrast, 0)}, {_level(contrast, 1)}"
    start = f"{name[:1].upper()}{name[1:]}: {levels}"
    if isinstance(contrast.p_value, NotEnough):
        return f"{start}; no test: {contrast.p_value.reason}."
    parts = [f"difference = {_effect(contrast)}", _limits(contrast), _test(contrast), *_size(contrast)]
    return f"{start}; {', '.join(parts)}."


def _level(contrast: Contrast, place: int) -> str:
    arm = arm_name((contrast.arm, contrast.versus)[place])
    value = contrast.values[place]
    if value is None or isinstance(value, NotEnough):
        return f"{arm} not available"
    if contrast.counts is not None:
        events, units = contrast.counts[place]
        return f"{arm} {number(100 * value, digits=1)}% ({events}/{units})"
    summary = contrast.summaries[place]
    spread = f"SD = {number(summary.sd)}, " if isinstance(summary.sd, float | int) else ""
    return f"{arm} M = {number(value)} ({spread}n = {contrast.n[place]})"


def _effect(contrast: Contrast) -> str:
    if contrast.kind == "proportion":
        return f"{_number(contrast.effect, scale=100, digits=1)} percentage points"
    return _number(contrast.effect)


def _limits(contrast: Contrast) -> str:
    scale, digits = (100, 1) if contrast.kind == "proportion" else (1, 2)
    low, high = (_number(value, scale=scale, digits=digits) for value in (contrast.low, contrast.high))
    return f"{round(100 * contrast.confidence)}% CI [{low}, {high}]"


def _test(contrast: Contrast) -> str:
    p = apa_p(contrast.p_adjusted)
    if contrast.test.startswith(("CR", "Lin")):
        return f"{contrast.test}, t({_number(contrast.df, digits=1)}) = {_number(contrast.statistic)}, {p}"
    if contrast.kind == "mean" and contrast.statistic is not None:
        return f"Welch's t({_number(contrast.df, digits=1)}) = {_number(contrast.statistic)}, {p}"
    if contrast.statistic is None:
        return f"{contrast.test} test, {p}"
    return f"z = {_number(contrast.statistic)}, {p}"


def _size(contrast: Contrast) -> list[str]:
    name, sign = ("cohens_h", "h") if contrast.kind == "proportion" else ("hedges_g", "g")
    value = contrast.effect_sizes.get(name)
    if not isinstance(value, float | int):
        return []
    around = contrast.effect_intervals.get(name, {})
    low, high = around.get("low"), around.get("high")
    if contrast.kind == "proportion" or not (isinstance(low, float) and isinstance(high, float)):
        return [f"{sign} = {number(value)}"]
    return [f"{sign} = {number(value)}, 95% CI [{number(low)}, {number(high)}]"]


def apa_p(value: Figure) -> str:
    """A p-value as APA writes it.

    >>> apa_p(0.0939), apa_p(0.00002)
    ('p = .094', 'p < .001')
    """
    if value is None or isinstance(value, NotEnough):
        return "p not available"
    if value < 0.001:
        return "p < .001"
    return f"p = {number(value, digits=3).removeprefix('0')}"


def _number(value: Figure, *, scale: float = 1, digits: int = 2) -> str:
    if value is None or isinstance(value, NotEnough):
        return MINUS
    return number(scale * value, digits=digits)
