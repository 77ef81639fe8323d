"""The report as one sheet, an SVG as long as what it says: what PDF and PNG are made from."""

from __future__ import annotations

import re
from html import escape

from amends.analysis.formatting import VERDICTS, language, moment
from amends.analysis.rendering.chapters import chapters
from amends.analysis.rendering.page import chapter_charts
from amends.analysis.rendering.style import CHART_STYLE
from amends.analysis.rendering.tables import MANY_ROWS, Table, cut
from amends.analysis.rendering.text import remarks, state_lines, title
from amends.analysis.rendering.words import label
from amends.analysis.reported import Report

WIDTH, MARGIN = 794, 48
INSIDE = WIDTH - 2 * MARGIN
INK, SOFT, LINE, ACCENT, WASH, ALARM = "#1b2430", "#4a5665", "#d5dbe3", "#0b5c8a", "#f3f7fa", "#8a2b06"
FONTS = "Arial, Helvetica, 'Liberation Sans', sans-serif"
BODY, SMALL = 12.5, 10.5

# Widths of Helvetica's letters by kind, in ems, a little wide so that nothing runs over the edge.
_NARROW, _THIN = frozenset("iljtfr.,;:'|!()[]’“”– "), 0.33
_WIDE, _BROAD = frozenset("mwMWÆ@%—"), 0.89


def to_svg(report: Report, *, locale: str = "en") -> str:
    """The whole sheet: finding, design, pictures, tables, notes, from top to bottom."""
    lang = language(locale)
    sheet = _Sheet()
    sheet.words(report.heading(locale), size=21, bold=True)
    sheet.words(
        f"{title(report, locale)} · {label('as_of', locale)} {moment(report.as_of, locale)}",
        size=SMALL,
        ink=SOFT,
    )
    if report.simulated:
        sheet.words(label("simulated", locale), bold=True, ink=ALARM)
    sheet.boxed(VERDICTS[report.verdict][locale], report.summary[locale])
    sheet.listed(state_lines(report, locale))
    for chapter in chapters(report, lang):
        sheet.heading(chapter.title)
        drawn = chapter_charts(report, chapter.name, lang)
        sheet.pictures([chart for chart in drawn if chart[0].count("<circle") <= MANY_ROWS])
        for table in chapter.tables:
            sheet.table(table, locale=lang)
        for section in chapter.sections:
            if section.said and not section.folded:
                sheet.words(section.title[lang], size=SMALL + 1, bold=True, gap=6)
                sheet.words(" ".join(said[lang] for said in section.said))
    sheet.heading(label("warnings", locale))
    sheet.listed(remarks(report, locale))
    return sheet.drawn(title(report, locale))


class _Sheet:
    """What has been drawn so far, and how far down the page."""

    def __init__(self) -> None:
        self.y = float(MARGIN)
        self.parts: list[str] = []

    def words(
        self,
        text: str,
        *,
        size: float = BODY,
        bold: bool = False,
        ink: str = INK,
        gap: float = 0,
        left: float = 0,
    ) -> None:
        """A paragraph, broken into lines."""
        self.y += gap
        for line in broken(text, size * (1.07 if bold else 1), INSIDE - left):
            self.y += size * 1.4
            self._text(line, MARGIN + left, self.y, size=size, bold=bold, ink=ink)
        self.y += size * 0.45

    def heading(self, text: str) -> None:
        self.y += 14
        self._line(self.y)
        self.words(text, size=15, bold=True, gap=4)

    def boxed(self, badge: str, text: str) -> None:
        """The finding, on a ground of its own."""
        top = self.y + 6
        self.y = top + 8
        start = len(self.parts)
        self.words(badge, size=SMALL + 1, bold=True, ink=ACCENT, left=16)
        self.words(text, size=14, left=16)
        height = self.y - top + 6
        ground = (
            f'<rect x="{MARGIN}" y="{top:.1f}" width="{INSIDE}" height="{height:.1f}" fill="{WASH}"/>'
            f'<rect x="{MARGIN}" y="{top:.1f}" width="4" height="{height:.1f}" fill="{ACCENT}"/>'
        )
        self.parts.insert(start, ground)
        self.y += 14

    def listed(self, lines: list[str]) -> None:
        for line in lines:
            first = self.y + SMALL * 1.4
            self._text("•", MARGIN + 2, first, size=SMALL, bold=False, ink=SOFT)
            self.words(line, size=SMALL, ink=SOFT, left=14)

    def pictures(self, charts: list[tuple[str, str]]) -> None:
        """Charts two abreast, each half as wide as the page, with its caption under it."""
        wide = (INSIDE - 20) / 2
        for place in range(0, len(charts), 2):
            lowest = 0.0
            for index, (chart, caption) in enumerate(charts[place : place + 2]):
                left = MARGIN + index * (wide + 20)
                high = self._picture(chart, left, wide)
                self._text(caption, left, self.y + high + 16, size=SMALL, bold=False, ink=SOFT)
                lowest = max(lowest, high)
            self.y += lowest + 24

    def _picture(self, chart: str, x: float, wide: float) -> float:
        """One chart at its place; returns its height."""
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', chart)
        assert box is not None, "every chart has a box of its own"
        high = wide * float(box[2]) / float(box[1])
        where = f'<svg x="{x:.1f}" y="{self.y + 6:.1f}" width="{wide:.1f}" height="{high:.1f}" '
        self.parts.append(chart.replace("<svg ", where, 1))
        return high

    def table(self, whole: Table, *, locale: str) -> None:
        """Words to the left, figures to the right, as small as its widest row needs; a long one cut."""
        table, left_out = cut(whole, locale)
        self.words(table.title, size=SMALL + 1, bold=True, gap=6)
        grid = (table.columns, *table.rows)
        size = SMALL
        widths = _widths(grid, size)
        if sum(widths) > INSIDE:
            size *= INSIDE / sum(widths)
            widths = _widths(grid, size)
        spare = max(0.0, INSIDE - sum(widths)) / len(widths)
        for number, row in enumerate(grid):
            self.y += size * 1.75
            edge = float(MARGIN)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
                left = place < table.words
                at = edge if left else edge + width + spare - 4
                ink = SOFT if number == 0 or place in table.pale else INK
                bold = number == 0 or place == 0
                self._text(cell, at, self.y, size=size, bold=bold, ink=ink, end=not left)
                edge += width + spare
            self._line(self.y + size * 0.5)
        if left_out:
            self.words(left_out, size=SMALL, ink=SOFT, gap=6)
        self.y += 12

    def _line(self, y: float) -> None:
        self.parts.append(
            f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>'
        )

    def _text(
        self, text: str, x: float, y: float, *, size: float, bold: bool, ink: str, end: bool = False
    ) -> None:
        weight = ' font-weight="700"' if bold else ""
        anchor = ' text-anchor="end"' if end else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.2f}" fill="{ink}"{weight}{anchor}>'
            f"{escape(text)}</text>"
        )

    def drawn(self, name: str) -> str:
        height = self.y + MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" '
            f'height="{height:.0f}" font-family="{FONTS}" role="img" aria-label="{escape(name)}">'
            f"<style>{CHART_STYLE}</style>"
            f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>{"".join(self.parts)}</svg>'
        )


def _widths(grid: tuple[tuple[str, ...], ...], size: float) -> list[float]:
    """Of the columns, the gap after each included; proportional to the size of the letters."""
    letters = 1.07 * size
    return [max(width_of(row[place], letters) for row in grid) + 1.3 * size for place in range(len(grid[0]))]


def width_of(text: str, size: float) -> float:
    """About how wide a line of text is, never less than it will be in Arial.

    >>> width_of("iii", 10) < width_of("nnn", 10) < width_of("MMM", 10)
    True
    """
    ems = sum(
        _THIN if sign in _NARROW else _BROAD if sign in _WIDE else 0.68 if sign.isupper() else 0.56
        for sign in text
    )
    return ems * size


def broken(text: str, size: float, width: float) -> list[str]:
    """The text in lines that fit; a word longer than a line stands alone.

    >>> broken("thank you for waiting", 10, 60)
    ['thank you', 'for waiting']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
