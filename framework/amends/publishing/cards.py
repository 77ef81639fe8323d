"""Cards on paper: sheets of A4 with ten numbered cards each, as SVG, as a page to print, or as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence
from amends.errors import UsageError

if TYPE_CHECKING:
    from amends.lab.cards import Card

WIDTH, HEIGHT = 595.0, 842.0
"""A4 in points."""

COLUMNS, ROWS = 2, 5
A_SHEET = COLUMNS * ROWS
QR_SIDE = 110.0
QUIET = 4
"""Light modules around a QR code, which its standard asks for."""

ASKED = Sentence("Scan this code and tell us how it went.", "Pindai kode ini dan ceritakan pengalaman Anda.")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in points from the sheet's upper left corner; filled, or only its frame."""

    x: float
    y: float
    width: float
    height: float
    filled: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text, by its left end on the base line."""

    x: float
    y: float
    size: float
    text: str


def to_svg(cards: Sequence[Card], *, locale: str = "en") -> str:
    """All sheets in one drawing, one below the other."""
    sheets = list(_sheets(cards, locale))
    height = HEIGHT * len(sheets)
    inner = "".join(
        f'<g transform="translate(0 {HEIGHT * at:g})">{_svg(sheet)}</g>' for at, sheet in enumerate(sheets)
    )
    return _drawing(height, inner)


def to_html(cards: Sequence[Card], *, locale: str = "en") -> str:
    """A page that any browser prints, one sheet of paper after the other; nothing is fetched."""
    sheets = "".join(_drawing(HEIGHT, _svg(sheet)) for sheet in _sheets(cards, locale))
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>amends cards</title><style>'
        "@page{size:A4;margin:0}body{margin:0}svg{display:block;width:210mm;height:297mm;break-after:page}"
        f"</style>{sheets}</html>"
    )


def to_pdf(cards: Sequence[Card], *, locale: str = "en") -> bytes:
    """The sheets as pages of a PDF 1.4 file (ISO 32000-1), whose letters every reader has.

    Raises:
        UsageError: A stratum is written in letters that the standard PDF font lacks.
    """
    contents = [_pdf(sheet) for sheet in _sheets(cards, locale)]
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(contents)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH:g} {HEIGHT:g}] /Contents {5 + 2 * at} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    made, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)


def _sheets(cards: Sequence[Card], locale: str) -> Iterator[list[Box | Words]]:
    wide, high = WIDTH / COLUMNS, HEIGHT / ROWS
    for start in range(0, len(cards), A_SHEET):
        drawn: list[Box | Words] = []
        for place, card in enumerate(cards[start : start + A_SHEET]):
            drawn += _one(card, wide * (place % COLUMNS), high * (place // COLUMNS), locale)
        yield drawn


def _one(card: Card, left: float, top: float, locale: str) -> Iterator[Box | Words]:
    yield Box(left + 6, top + 6, WIDTH / COLUMNS - 12, HEIGHT / ROWS - 12, filled=False)
    yield from _qr(card.url, left + 14, top + 16)
    beside = left + 14 + QR_SIDE + 10
    yield Words(beside, top + 52, 26, str(card.number))
    yield Words(beside, top + 74, 12, card.code)
    if card.stratum:
        yield Words(beside, top + 94, 10, card.stratum)
    yield Words(left + 18, top + 145, 10, ASKED[locale])


def _qr(url: str, left: float, top: float) -> Iterator[Box]:
    import segno

    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix]
    module = QR_SIDE / (len(rows) + 2 * QUIET)
    for y, row in enumerate(rows, start=QUIET):
        x = 0
        while x < len(row):
            length = 0
            while x + length < len(row) and row[x + length]:
                length += 1
            if length:
                yield Box(left + module * (x + QUIET), top + module * y, module * length, module)
            x += max(length, 1)


def _drawing(height: float, inner: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" '
        f'font-family="Helvetica, Arial, sans-serif" shape-rendering="crispEdges">{inner}</svg>'
    )


def _svg(sheet: Sequence[Box | Words]) -> str:
    parts = []
    for part in sheet:
        if isinstance(part, Words):
            parts.append(
                f'<text x="{part.x:g}" y="{part.y:g}" font-size="{part.size:g}">{escape(part.text)}</text>'
            )
            continue
        paint = "" if part.filled else ' fill="none" stroke="#999"'
        parts.append(
            f'<rect x="{part.x:.3f}" y="{part.y:.3f}" width="{part.width:.3f}" '
            f'height="{part.height:.3f}"{paint}/>'
        )
    return "".join(parts)


def _pdf(sheet: Sequence[Box | Words]) -> bytes:
    """A page's drawing; PDF counts from the lower left corner."""
    lines = []
    for part in sheet:
        if isinstance(part, Words):
            place = f"BT /F1 {part.size:g} Tf {part.x:.3f} {HEIGHT - part.y:.3f} Td ("
            lines.append(place.encode() + _letters(part.text) + b") Tj ET")
            continue
        box = f"{part.x:.3f} {HEIGHT - part.y - part.height:.3f} {part.width:.3f} {part.height:.3f} re"
        lines.append(f"{box} {'f' if part.filled else 'S'}".encode())
    return b"\n".join(lines)


def _letters(text: str) -> bytes:
    try:
        raw = text.encode("cp1252")
    except UnicodeEncodeError:
        raise UsageError(
            f"{text!r} has letters that the standard PDF font lacks. Write --out cards.html and print it."
        ) from None
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
