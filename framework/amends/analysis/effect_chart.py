"""One contrast read in several ways, on one axis: among those who answered, bounded, weighted, reminded."""

from __future__ import annotations

from collections.abc import Iterable

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Figure, Sentence, amount, arm_name, metric_name
from amends.analysis.section import ChartLine, SectionChart, both
from amends.analysis.sentences import capital

NAIVE = Sentence("those who answered", "yang menjawab")
WORST = Sentence("worst case", "kasus terburuk")

Span = tuple[Sentence, Figure, Figure, Figure, bool]
"""A reading's name, its point and its limits, and whether its figure is written beside it."""


def name_of(contrast: Contrast) -> Sentence:
    """The metric and the pair, as a chart is called and a sentence begins."""
    return both(
        lambda locale: (
            f"{capital(metric_name(contrast.metric, locale))}, “{arm_name(contrast.arm, locale)}” – "
            f"“{arm_name(contrast.versus, locale)}”"
        )
    )


def effect_chart(contrast: Contrast, spans: Iterable[Span]) -> SectionChart | None:
    """The readings that there are, from top to bottom; None where fewer than two are."""
    lines = tuple(line for span in spans if (line := _line(contrast.kind, *span)) is not None)
    if len(lines) < 2:
        return None
    unit = Sentence("difference in points", "selisih dalam poin")
    if contrast.kind == "proportion":
        unit = Sentence("difference in percentage points", "selisih dalam poin persentase")
    return SectionChart(name_of(contrast), unit, lines)


def _line(
    kind: str, name: Sentence, value: Figure, low: Figure, high: Figure, said: bool
) -> ChartLine | None:
    if not isinstance(value, float | int) or not isinstance(low, float | int):
        return None
    if not isinstance(high, float | int):
        return None
    factor = 100 if kind == "proportion" else 1
    figure = both(lambda locale: amount(value, kind, locale)) if said else Sentence("", "")
    return ChartLine(name, factor * value, factor * low, factor * high, figure, strong=said)
