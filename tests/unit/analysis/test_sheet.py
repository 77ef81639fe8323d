"""The sheet that PDF and PNG are made from holds what the report says, inside its margins."""

import io
import re
import sys
from xml.etree import ElementTree

import pytest
from PIL import Image

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.rendering.sheet import MARGIN, WIDTH, broken, width_of
from amends.errors import UsageError
from amends.tally import Tally

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def report(two_arms, counts, report_of):
    return report_of(two_arms(), counts)


def texts(drawn):
    return [node.text or "" for node in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def test_every_figure_of_the_tables_stands_on_the_sheet(report):
    said = texts(report.to_svg())
    for figure in ("91.1%", "78.4%", "12.6", "−1.1 to 26.6", "Boschloo exact"):
        assert any(figure in line for line in said)


def test_the_sheet_speaks_indonesian(report):
    said = " ".join(texts(report.to_svg(locale="id")))
    assert "91,1%" in said
    assert "Apa yang tidak dapat kami ketahui" in said


def test_words_of_the_team_are_drawn_as_text_and_never_as_markup(two_arms, counts, report_of):
    drawn = report_of(two_arms(question="Is <b>this</b> & that?"), counts).to_svg()
    assert any("<b>this</b> & that?" in line for line in texts(drawn))


def test_wide_tables_stay_inside_the_margins(arm, report_of):
    experiment = Experiment(
        key="wide",
        notice="Late.",
        arms=[thank_you("Thank you for it."), sorry("We are sorry now."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    tally = Tally(
        "wide",
        tuple(arm(name, 400_000, 1_000_000, {7: 400_000}) for name in ("thank_you", "sorry", "silence")),
    )
    for locale in ("en", "id"):
        tree = ElementTree.fromstring(report_of(experiment, tally).to_svg(locale=locale))
        for node in tree.findall(f"{SVG}text"):
            x, size = float(node.get("x")), float(node.get("font-size"))
            wide = width_of(node.text or "", size)
            left, right = (x - wide, x) if node.get("text-anchor") == "end" else (x, x + wide)
            assert left >= MARGIN - 1
            assert right <= WIDTH - MARGIN + 40


def test_lines_break_between_words_and_lose_none():
    text = "thank you for waiting so patiently while your parcel was on its way"
    lines = broken(text, 12, 120)
    assert " ".join(lines) == text
    assert all(width_of(line, 12) <= 120 for line in lines)


def test_pdf_is_one_page_and_png_is_as_long_as_the_sheet(report):
    pdf, png = report.to_pdf(), report.to_png()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    height = int(re.search(r'height="(\d+)"', report.to_svg())[1])
    assert Image.open(io.BytesIO(png)).size == (2 * WIDTH, 2 * height)


def test_without_the_extra_the_error_names_the_command(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(UsageError, match=r'pip install "amends\[report\]"'):
        report.to_pdf()
