"""A forest plot as inline SVG: squares as large as their weight, a diamond, the prediction's line."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from amends.analysis.formatting import language, number, percent
from amends.analysis.pooled_rows import RATIOS
from amends.analysis.pooled_words import UNITS, shown, spanned
from amends.analysis.rendering.chart import nice_ticks
from amends.analysis.rendering.pooled import row_name, title, word
from amends.analysis.result import Interval, NotEnough

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments

WIDTH, SIDE, ROW, TOP, FOOT = 460, 12, 54, 8, 52
LARGEST, SMALLEST = 24.0, 6.0


def forest_plot(found: PooledExperiments, *, locale: str = "en") -> str:
    """The SVG. Names stand above their marks, so that the marks have the full width, on a telephone too."""
    locale = language(locale)
    low, high, ticks = axis(found)
    lines = len(found.rows) + (0 if isinstance(found.pooled, NotEnough) else 2)
    bottom = TOP + ROW * lines

    def x(value: float) -> float:
        return SIDE + (WIDTH - 2 * SIDE) * (value - low) / (high - low)

    name = escape(title(found, locale))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {bottom + FOOT}" role="img" aria-label="{name}" class="chart" '
        'style="max-width:36rem">',
        f"<title>{name}</title>",
    ]
    for place, said in ticks:
        parts.append(
            f'<line class="{"zero" if place == 0 else "grid"}" x1="{x(place):.1f}" x2="{x(place):.1f}" '
            f'y1="{TOP}" y2="{bottom}"/><text class="tick" x="{x(place):.1f}" y="{bottom + 18}">'
            f"{number(said[0], digits=said[1], locale=locale)}</text>"
        )
    parts += _rows(found, x, locale)
    parts += _totals(found, x, locale)
    unit = escape(UNITS[found.measure][locale])
    parts.append(f'<text class="tick" x="{WIDTH / 2}" y="{bottom + 42}">{unit}</text></svg>')
    return "".join(parts)


def axis(found: PooledExperiments) -> tuple[float, float, list[tuple[float, tuple[float, int]]]]:
    """Ends of the axis and its ticks, `(position, (figure, decimals))`, on the effect's own scale."""
    spans = [row.interval(found.confidence) for row in found.rows]
    if not isinstance(found.pooled, NotEnough):
        spans += [
            item for item in (found.pooled.interval, found.pooled.prediction) if isinstance(item, Interval)
        ]
    low = min([0.0, *(span.low for span in spans)])
    high = max([0.0, *(span.high for span in spans)])
    if found.measure in RATIOS:
        return _ratio_axis(low, high)
    factor = 100 if found.measure == "rd" else 1
    figures = nice_ticks(factor * low, factor * high)
    step = figures[1] - figures[0]
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    ticks = [(figure / factor, (figure, digits)) for figure in figures]
    return ticks[0][0], ticks[-1][0], ticks


def _ratio_axis(low: float, high: float) -> tuple[float, float, list[tuple[float, tuple[float, int]]]]:
    """Ratios on a logarithmic axis: round ratios near 1, powers of ten where they reach far."""
    pad = 0.04 * (high - low or 1.0)
    low, high = low - pad, high + pad
    reach = high - low
    if reach < log(4):
        chosen = sorted({1.0, *(tick for tick in nice_ticks(exp(low), exp(high)) if tick > 0)})
    else:
        steps = (1, 2, 5) if reach < log(200) else (1,)
        chosen = [step * 10.0**power for power in range(-12, 13) for step in steps]
    ticks = [
        (log(tick), (tick, 0 if tick >= 1 and tick == int(tick) else 2 if tick >= 0.01 else 6))
        for tick in chosen
        if low <= log(tick) <= high
    ]
    return low, high, ticks


def _rows(found: PooledExperiments, x: Callable[[float], float], locale: str) -> list[str]:
    parts = []
    largest = max([weight for weight in found.weights if not isinstance(weight, NotEnough)], default=1.0)
    for place, (row, weight) in enumerate(zip(found.rows, found.weights, strict=True)):
        top = TOP + ROW * place
        own = row.interval(found.confidence)
        said = f"{shown(row.effect.value, found.measure, locale)} ({spanned(own, found.measure, locale)})"
        share = 0.25 if isinstance(weight, NotEnough) else weight / largest
        if not isinstance(weight, NotEnough):
            said += f" · {percent(weight, locale)}"
        side, y = max(SMALLEST, LARGEST * sqrt(share)), top + 36
        parts.append(_line(row_name(row, locale), said, top))
        parts.append(_span(x(own.low), x(own.high), y))
        parts.append(
            f'<rect class="square" x="{x(row.effect.value) - side / 2:.1f}" y="{y - side / 2:.1f}" '
            f'width="{side:.1f}" height="{side:.1f}" fill="#0b5c8a"/>'
        )
    return parts


def _totals(found: PooledExperiments, x: Callable[[float], float], locale: str) -> list[str]:
    pooled = found.pooled
    if isinstance(pooled, NotEnough):
        return []
    top = TOP + ROW * len(found.rows)
    y, middle = top + 36, x(pooled.value)
    said = shown(pooled.value, found.measure, locale)
    left = right = middle
    if isinstance(pooled.interval, Interval):
        said += f" ({spanned(pooled.interval, found.measure, locale)})"
        left, right = x(pooled.interval.low), x(pooled.interval.high)
    parts = [
        _line(word("pooled", locale), said, top),
        f'<polygon class="diamond" points="{left:.1f},{y} {middle:.1f},{y - 10} {right:.1f},{y} '
        f'{middle:.1f},{y + 10}" fill="#8a2b06"/>',
    ]
    ahead = pooled.prediction
    if isinstance(ahead, Interval):
        parts.append(_line(word("prediction", locale), spanned(ahead, found.measure, locale), top + ROW))
        parts.append(
            f'<line class="prediction" x1="{x(ahead.low):.1f}" x2="{x(ahead.high):.1f}" y1="{y + ROW}" '
            f'y2="{y + ROW}" stroke="#8a2b06" stroke-width="4" stroke-dasharray="7 4"/>'
        )
    else:
        parts.append(_line(word("prediction", locale), "–", top + ROW))
    return parts


def _line(name: str, said: str, top: float) -> str:
    rim = 'stroke="#fff" stroke-width="4" paint-order="stroke"'
    return (
        f'<text x="{SIDE}" y="{top + 18}" {rim}>{escape(name)}</text>'
        f'<text class="said" x="{WIDTH - SIDE}" y="{top + 18}" text-anchor="end" {rim}>{escape(said)}</text>'
    )


def _span(left: float, right: float, y: float) -> str:
    ends = "".join(
        f'<line class="span" x1="{end:.1f}" x2="{end:.1f}" y1="{y - 5}" y2="{y + 5}"/>'
        for end in (left, right)
    )
    return f'<line class="span" x1="{left:.1f}" x2="{right:.1f}" y1="{y}" y2="{y}"/>{ends}'
