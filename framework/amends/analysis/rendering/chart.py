"""Interval charts as inline SVG: no script, no font, readable in print and without colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from amends.analysis.formatting import number

WIDTH, SIDE, ROW, TOP, FOOT = 420, 22, 46, 8, 40
MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the chart: a point, its interval, and the words at either side.

    Attributes:
        name: What it is, above the line at the left.
        value: The point.
        low: Lower end of the interval; `high` the upper one.
        said: The figure in words, above the line at the right.
        strong: Whether a finding stands on it: drawn filled instead of hollow.
    """

    name: str
    value: float
    low: float
    high: float
    said: str
    strong: bool = True


def interval_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    unit: str,
    locale: str = "en",
    zero: bool = False,
    within: tuple[float, float] | None = None,
) -> str:
    """An SVG of points with intervals on one axis.

    Names stand above their lines, so that the lines have the full width and the letters can be read on a
    telephone.

    Args:
        bars: From top to bottom.
        title: The chart's accessible name.
        unit: Written under the axis.
        locale: Of the numbers.
        zero: Whether a line marks zero, as between two arms.
        within: Ends the axis may not leave, for instance (0, 100) for rates.
    """
    ends = [end for bar in bars for end in (bar.low, bar.high, bar.value)] + ([0.0] if zero else [])
    ticks = nice_ticks(min(ends), max(ends), within=within)
    low, high = ticks[0], ticks[-1]
    height = TOP + ROW * len(bars) + FOOT

    def x(value: float) -> float:
        return SIDE + (WIDTH - 2 * SIDE) * (value - low) / (high - low)

    bottom = TOP + ROW * len(bars)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" class="chart">',
        f"<title>{escape(title)}</title>",
    ]
    digits = 0 if all(tick == int(tick) for tick in ticks) else 1 if ticks[1] - ticks[0] >= 0.1 else 2
    for tick in ticks:
        mark = "zero" if zero and tick == 0 else "grid"
        parts.append(f'<line class="{mark}" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{bottom}"/>')
        said = number(tick, digits=digits, locale=locale)
        parts.append(f'<text class="tick" x="{x(tick):.1f}" y="{bottom + 15}">{said}</text>')
    parts += [_bar(bar, TOP + ROW * place, x) for place, bar in enumerate(bars)]
    parts.append(f'<text class="tick" x="{WIDTH / 2}" y="{bottom + 33}">{escape(unit)}</text></svg>')
    return "".join(parts)


def _bar(bar: Bar, top: float, x: Callable[[float], float]) -> str:
    y = top + 31
    left, right, point = (x(value) for value in (bar.low, bar.high, bar.value))
    shape = "point" if bar.strong else "point open"
    return (
        f'<text class="name" x="2" y="{top + 16:.1f}">{escape(bar.name)}</text>'
        f'<line class="span" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<line class="span" x1="{left:.1f}" x2="{left:.1f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}"/>'
        f'<line class="span" x1="{right:.1f}" x2="{right:.1f}" y1="{y - 5:.1f}" y2="{y + 5:.1f}"/>'
        f'<circle class="{shape}" cx="{point:.1f}" cy="{y:.1f}" r="6"/>'
        f'<text class="said" x="{WIDTH - 2}" y="{top + 16:.1f}">{escape(bar.said)}</text>'
    )


def nice_ticks(low: float, high: float, *, within: tuple[float, float] | None = None) -> list[float]:
    """Round numbers that cover a range, about six.

    >>> nice_ticks(-1.1, 26.6)
    [-5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0]
    """
    from math import ceil, floor, log10

    span = (high - low) or 1.0
    size = 10.0 ** floor(log10(span / MOST_TICKS))
    step = next(size * factor for factor in (1, 2, 5, 10) if span / (size * factor) <= MOST_TICKS)
    first, last = floor(low / step), ceil(high / step)
    if first == last:
        last += 1
    ticks = [round(step * place, 10) for place in range(first, last + 1)]
    if within is not None:
        ticks = [tick for tick in ticks if within[0] <= tick <= within[1]]
    return ticks
