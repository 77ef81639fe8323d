"""Cards on paper: every card once, its code and QR as they should be, and a file that readers open."""

import re
from xml.etree import ElementTree

import pytest
import segno

from amends.errors import UsageError
from amends.lab.cards import Card
from amends.publishing.cards import QR_SIDE, QUIET, to_html, to_pdf, to_svg

CARDS = [
    Card(n, f"{n}-ABCDEFG{n % 7 + 2}", "Bandung/malam", f"https://a.example/s/T{n}") for n in range(1, 24)
]
SVG = "{http://www.w3.org/2000/svg}"


def test_every_card_is_drawn_once_with_its_code():
    words = [node.text for node in ElementTree.fromstring(to_svg(CARDS)).iter(f"{SVG}text")]

    for card in CARDS:
        assert words.count(card.code) == 1
        assert words.count(str(card.number)) == 1
    assert to_html(CARDS).count("<svg") == 3
    assert "Pindai kode ini" in to_html(CARDS, locale="id")


def test_the_drawn_squares_are_the_links_code():
    card = CARDS[0]
    matrix = [list(row) for row in segno.make(card.url, error="m", micro=False).matrix]
    module = QR_SIDE / (len(matrix) + 2 * QUIET)
    read = [[0] * len(matrix) for _ in matrix]
    for box in ElementTree.fromstring(to_svg([card])).iter(f"{SVG}rect"):
        if box.get("fill") == "none":
            continue
        x, y, width = (float(box.get(name)) for name in ("x", "y", "width"))
        column, row = round((x - 14) / module) - QUIET, round((y - 16) / module) - QUIET
        for step in range(round(width / module)):
            read[row][column + step] += 1

    assert read == matrix


def test_the_pdf_has_a_page_for_ten_cards_and_a_table_that_points_at_its_objects():
    made = to_pdf(CARDS)
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", made)[1])
    offsets = [int(line[:10]) for line in made[table:].splitlines()[3:] if line.endswith(b" n ")]

    assert made[table:].startswith(b"xref\n")
    assert [made[at:].split(b" ", 1)[0] for at in offsets] == [b"%d" % n for n in range(1, len(offsets) + 1)]
    assert made.count(b"/Type /Page ") == 3
    for length, body in re.findall(rb"<< /Length (\d+) >>\nstream\n(.*?)\nendstream", made, re.DOTALL):
        assert int(length) == len(body)
    assert made.count(b"(17-ABCDEFG5) Tj") == 1


def test_letters_are_escaped_and_those_without_a_font_refused():
    def card(stratum: str) -> list[Card]:
        return [Card(1, "1-AAAAAAAA", stratum, "https://a.example/s/T")]

    assert b"(Caf\xe9 \\(A\\)) Tj" in to_pdf(card("Café (A)"))
    assert "&lt;b&gt;" in to_svg(card("<b>"))
    with pytest.raises(UsageError, match=r"cards\.html"):
        to_pdf(card("東京"))
