"""A section beside the contrasts stands in every form of a report, in both languages."""

from dataclasses import replace
from types import ModuleType

from amends.analysis.formatting import Sentence
from amends.analysis.later import Later
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import (
    ChartLine,
    Section,
    SectionChart,
    SectionTable,
    effect_cell,
    p_cell,
    same,
    span_cell,
)
from amends.analysis.sections import registry
from amends.errors import UsageError

SHOWN = Section(
    name="example",
    chapter="sure",
    title=Sentence("An example <of> one", "Sebuah contoh"),
    said=(Sentence("It differs.", "Ada perbedaan."),),
    tables=(
        SectionTable(
            columns=(Sentence("pair", "pasangan"), Sentence("difference", "selisih"), same("p")),
            rows=((same("a – b"), effect_cell(0.1264, "proportion"), p_cell(0.0004)),),
            caption=Sentence("Caption of it", "Keterangannya"),
        ),
    ),
    charts=(
        SectionChart(
            title=Sentence("Drawn", "Tergambar"),
            unit=Sentence("points", "poin"),
            lines=(ChartLine(same("a – b"), 0.3, 0.1, 0.5, same("0.3")),),
        ),
    ),
    notes=(Sentence("By a method.", "Dengan suatu metode."),),
    figures={"effect": 0.1264, "missing": NotEnough("no units")},
)


def holding(report, section):
    """The report with that section alone."""
    return replace(report, beside=Later(lambda: (section,)))


def test_every_form_shows_sentences_tables_and_notes(two_arms, counts, report_of):
    report = holding(report_of(two_arms(), counts), SHOWN)
    for text in (report.to_markdown(), report.to_html()):
        for part in ("It differs.", "Caption of it", "12.6", "0.001"):
            assert part in text
    assert "It differs." in report.to_text()
    assert "Caption of it" not in report.to_text()
    for text in (report.to_markdown(), report.to_html()):
        assert "By a method." in text
    assert "Also in the page, the Markdown and the JSON form: An example <of> one." in report.to_text()
    for text in (report.to_markdown(locale="id"), report.to_html(locale="id")):
        for part in ("Sebuah contoh", "Ada perbedaan.", "Keterangannya", "12,6", "0,001"):
            assert part in text


def test_text_gives_the_table_where_no_sentence_says_what_it_shows(two_arms, counts, report_of):
    text = holding(report_of(two_arms(), counts), replace(SHOWN, said=())).to_text()
    assert "Caption of it" in text
    assert "12.6" in text


def test_what_is_said_one_by_one_stands_under_the_figures_and_in_json(two_arms, counts, report_of):
    section = replace(SHOWN, more=(Sentence("One by one.", "Satu per satu."),))
    report = holding(report_of(two_arms(), counts), section)
    page = report.to_html()
    assert page.index("It differs.") < page.index("Figures and method") < page.index("One by one.")
    assert "One by one." in report.to_markdown()
    assert "One by one." not in report.to_text()
    assert report.to_dict()["sections"]["example"]["said"][1]["id"] == "Satu per satu."


def test_many_charts_are_a_click_away(two_arms, counts, report_of):
    many = holding(report_of(two_arms(), counts), replace(SHOWN, charts=SHOWN.charts * 5))
    assert "<summary>Charts (5)</summary>" in many.to_html()


def test_the_page_draws_the_chart_and_escapes_the_title(two_arms, counts, report_of):
    page = holding(report_of(two_arms(), counts), SHOWN).to_html()
    assert "An example &lt;of&gt; one" in page
    assert 'aria-label="Drawn"' in page


def test_section_for_looking_up_is_closed_on_the_page_and_left_out_of_the_text(two_arms, counts, report_of):
    report = holding(report_of(two_arms(), counts), replace(SHOWN, folded=True))
    assert '<details class="fold"><summary>An example' in report.to_html()
    assert "It differs." not in report.to_text()
    assert "It differs." in report.to_markdown()


def test_json_carries_exact_figures_and_reasons(two_arms, counts, report_of):
    found = holding(report_of(two_arms(), counts), SHOWN).to_dict()["sections"]["example"]
    assert found["effect"] == 0.1264
    assert found["missing"] == {"not_enough": "no units"}
    assert found["said"] == [{"en": "It differs.", "id": "Ada perbedaan."}]


def test_cells_of_missing_figures_are_dashes():
    missing = NotEnough("no units")
    assert p_cell(missing).en == span_cell(0.1, missing).en == effect_cell(missing, "mean").id == "–"


def test_section_that_cannot_be_made_says_why_and_the_others_stay(monkeypatch, two_arms, counts, report_of):
    broken, fine = ModuleType("broken"), ModuleType("fine")

    def fails(material: Material) -> Section:
        raise UsageError("covariate 'age' is text. Give numbers.")

    for module, name, make in ((broken, "broken", fails), (fine, "fine", lambda material: SHOWN)):
        module.NAME, module.CHAPTER, module.TITLE = name, "sure", Sentence(name, name)
        module.NEEDS_UNITS, module.wanted, module.section = False, lambda experiment: True, make
    monkeypatch.setattr(registry, "MODULES", (broken, fine))
    sections = report_of(two_arms(), counts).sections
    assert [section.name for section in sections] == ["broken", "example"]
    assert "covariate 'age' is text" in sections[0].said[0].en


def test_units_are_read_for_receipt_only_where_somebody_recorded_it(two_arms, arm, tally_of):
    silent = tally_of(arm("thank_you", 51, 56), arm("sorry", 40, 51))
    told = tally_of(arm("thank_you", 51, 56, delivered=50), arm("sorry", 40, 51))
    assert not registry.needs_units(two_arms(), silent)
    assert registry.needs_units(two_arms(), told)
    assert registry.needs_units(two_arms(moderators=["channel"]), silent)
