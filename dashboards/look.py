"""How things look: one colour and one shape per arm everywhere, the page's styles, a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

# Okabe and Ito's colours, told apart with every common colour blindness; and a shape each,
# so that nothing rests on colour alone. The two arms of the question always look the same.
FIXED = {
    "thank_you": ("#0072B2", "circle"),
    "sorry": ("#D55E00", "square"),
    "silence": ("#5F6B76", "diamond"),
}
OTHERS = (
    ("#009E73", "triangle-up"),
    ("#AA4499", "triangle-down"),
    ("#8A6D00", "cross"),
    ("#3FA2D9", "triangle-right"),
    ("#882255", "triangle-left"),
    ("#44721B", "stroke"),
    ("#332288", "arrow"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a chart's text and lines on a light or a dark page."""

    ink: str = "#1b2733"
    muted: str = "#51606e"
    line: str = "#d5dde5"
    surface: str = "#ffffff"
    accent: str = "#8a2b06"


LIGHT = Look()
DARK = Look(ink="#f1f4f7", muted="#b8c2cc", line="#3d4854", surface="#0e1117", accent="#f2a07b")


def arm_styles(arms: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and shape per arm, in the order given; a team's own arms take the remaining ones in turn.

    >>> arm_styles(["thank_you", "voucher"])["voucher"]
    ('#009E73', 'triangle-up')
    """
    own = [arm for arm in arms if arm not in FIXED]
    return {arm: FIXED.get(arm) or OTHERS[own.index(arm) % len(OTHERS)] for arm in arms}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    caption: str,
    numeric_from: int = 1,
    titled: bool = False,
    terms: Mapping[str, str] | None = None,
) -> str:
    """An HTML table with a caption and headings that a screen reader can follow; cells are escaped.

    Args:
        columns: The headings.
        rows: Cells as text; the first cell of a row is its heading.
        caption: What the table holds; it also names the region that a keyboard can scroll.
        titled: A heading just above says the same, so the caption is read aloud only.
        terms: What some headings mean, shown when they are pointed at.
        numeric_from: Columns from this one on are numbers, set to the right.

    >>> table(["Arm", "n"], [["<b>", "3"]], caption="Counts").count("&lt;b&gt;")
    1
    """

    def cell(tag: str, text: str, position: int, scope: str = "") -> str:
        kind = ' class="number"' if position >= numeric_from else ""
        said = escape(text)
        if tag == "th" and text in (terms or {}):
            said = f'<abbr title="{escape((terms or {})[text], quote=True)}">{said}</abbr>'
        return f"<{tag}{scope}{kind}>{said}</{tag}>"

    head = "".join(cell("th", text, index, ' scope="col"') for index, text in enumerate(columns))
    body = "".join(
        "<tr>"
        + "".join(
            cell("th" if index == 0 else "td", text, index, ' scope="row"' if index == 0 else "")
            for index, text in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    hidden = ' class="am-aloud"' if titled else ""
    return (
        f'<div class="am-scroll" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}">'
        f'<table class="am-table"><caption{hidden}>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
