"""A pooled reading as one self-contained HTML page: the sentence, the forest plot, the figures behind it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from amends.analysis.formatting import language
from amends.analysis.rendering.forest import forest_plot
from amends.analysis.rendering.page import grid, items
from amends.analysis.rendering.pooled import figures, left_out_table, rows_table, title, word
from amends.analysis.rendering.style import STYLE

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments


def to_html(found: PooledExperiments, *, locale: str = "en") -> str:
    """The whole page."""
    lang = language(locale)
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title(found, lang))}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{_body(found, lang)}\n</main>\n</body>\n</html>\n"
    )


def to_fragment(found: PooledExperiments, *, locale: str = "en") -> str:
    """The page's content with its own style, for a notebook."""
    lang = language(locale)
    return f'<div class="amends-report" lang="{lang}"><style>{STYLE}</style>{_body(found, lang)}</div>'


def _body(found: PooledExperiments, locale: str) -> str:
    parts = [
        f"<header><h1>{escape(title(found, locale))}</h1></header>",
        f'<section class="finding"><p>{escape(found.summary[locale])}</p></section>',
    ]
    if found.rows:
        parts.append(f"<figure>{forest_plot(found, locale=locale)}</figure>")
        parts.append(grid(rows_table(found, locale)))
        parts.append(_list(word("figures", locale), figures(found, locale)))
    if found.left_out:
        table = left_out_table(found, locale)
        parts.append(f"<section><h2>{escape(table.title)}</h2>{grid(table)}</section>")
    if found.notes:
        parts.append(_list(word("notes", locale), [note[locale] for note in found.notes]))
    return "\n".join(parts)


def _list(heading: str, lines: list[str]) -> str:
    return f"<section><h2>{escape(heading)}</h2><ul>{items(lines)}</ul></section>"
