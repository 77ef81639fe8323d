"""Every form of a report."""

import re
from html.parser import HTMLParser

import pytest

from amends import Arm, silence, sorry, thank_you
from amends.analysis.rendering.chart import Bar, interval_chart, nice_ticks
from amends.tally import Tally


@pytest.fixture
def report(two_arms, counts, report_of):
    return report_of(two_arms(), counts)


@pytest.fixture
def three(two_arms, arm, tally_of, report_of):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()]
    counted = tally_of(
        arm("thank_you", 450, 500, {6: 450}),
        arm("sorry", 440, 500, {5: 220, 7: 220}),
        arm("silence", 300, 500),
    )
    return report_of(two_arms(arms=arms), counted, status="stopped", finished_data=True, simulated=True)


class Outline(HTMLParser):
    """Headings, unclosed elements and references to the outside."""

    VOID = frozenset({"meta", "line", "circle"})

    def __init__(self, page):
        super().__init__()
        self.levels, self.open, self.outside = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href")]

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_text_puts_the_finding_before_the_tables(report):
    said = str(report)
    assert (
        said.index("Still collecting") < said.index("Arms") < said.index("Contrasts") < said.index("Bounds")
    )
    assert "−1.1 to 26.6" in said
    assert "p = 0.000" not in said


def test_text_columns_are_aligned(report):
    lines = str(report).splitlines()
    start = lines.index("Arms")
    assert len({len(line) for line in lines[start + 1 : start + 5]}) == 1


@pytest.fixture
def eight(two_arms, arm, tally_of, report_of):
    names = ["thank_you", "sorry", "thank_you_warmly", "explain", "promise", "later", "gift", "call"]
    arms = [Arm(name, f"Sentence number {place}.") for place, name in enumerate(names)]
    counted = tally_of(*(arm(name, 40 + place, 80, {5: 40 + place}) for place, name in enumerate(names)))
    return report_of(two_arms(arms=arms), counted, status="stopped", finished_data=True)


@pytest.mark.parametrize("locale", ["en", "id"])
def test_text_is_no_wider_than_a_terminal_and_breaks_no_figure(report, three, eight, locale):
    for shown in (report, three, eight):
        assert max(map(len, shown.to_text(locale=locale).splitlines())) <= 100
    assert ("< 0.001" if locale == "en" else "< 0,001") in three.to_text(locale=locale)


def test_eight_arms_make_short_forms_that_say_what_they_leave_out(eight):
    text, page = eight.to_text(), eight.to_html()
    assert "… and 16 more rows in the page" in text
    assert "<summary>Contrasts (56)</summary>" in page
    assert "28 pairs" in eight.summary["en"]
    assert "28 pasangan" in eight.summary["id"]
    assert len(eight.summary["en"]) < 900


def test_a_chart_is_of_one_metric(report):
    page = report.to_html()
    assert "Difference: completed surveys, 95%" in page
    assert "Difference: satisfaction, 95%" in page


def test_bounds_stand_once_on_the_page(report, three):
    for shown in (report, three):
        assert shown.to_html().count("Bounds of the differences</h3>") == 1


def test_text_speaks_indonesian(report):
    said = report.to_text(locale="id")
    assert "Boleh dibaca kapan saja" in said
    assert "78,4%" in said
    assert "Data masih dikumpulkan" in said


def test_the_frame_has_a_row_per_contrast(report):
    frame = report.to_frame()
    assert list(frame["metric"]) == ["completed", "satisfaction"]
    assert frame.loc[0, "p_value"] == pytest.approx(0.0939, abs=5e-5)
    assert frame.loc[0, "value_versus"] == pytest.approx(40 / 51)


def test_missing_figures_are_missing_values_with_their_reason(three):
    frame = three.to_frame().set_index(["metric", "arm", "versus"])
    row = frame.loc["satisfaction", "thank_you", "silence"]
    assert row["p_value"] != row["p_value"]
    assert row["reason"] == "silence has no answers yet"


def test_markdown_has_headings_in_order_and_escaped_cells(report):
    lines = report.to_markdown().splitlines()
    assert lines[0].startswith("# late\\_parcel")
    row = "| completed surveys | thank you – sorry | 12.6 | −1.1 to 26.6 | Boschloo exact | 0.094 |"
    assert f"{row} still collecting |" in lines
    assert "## Other customary tests" in lines


@pytest.mark.parametrize("locale", ["en", "id"])
def test_the_page_stands_alone_with_headings_in_order(report, three, locale):
    for shown in (report, three):
        page = shown.to_html(locale=locale)
        outline = Outline(page)
        assert outline.open == ["html"] or outline.open == []
        assert outline.outside == []
        assert outline.levels[0] == 1
        assert outline.levels.count(1) == 1
        assert all(b - a <= 1 for a, b in zip(outline.levels, outline.levels[1:], strict=False))
        assert f'<html lang="{locale}">' in page
        assert "<script" not in page
        assert page.count("<svg") >= 2


def test_simulated_data_are_labelled_in_every_form(three):
    assert "SIMULATED DATA" in str(three)
    assert "SIMULATED DATA" in three.to_markdown()
    assert "SIMULATED DATA" in three.to_html()
    assert "DATA SIMULASI" in three.to_html(locale="id")
    assert three.to_apa().startswith("Data are simulated.")


def test_words_of_the_user_are_escaped(two_arms, counts, report_of):
    sly = report_of(two_arms(question="Is <b>this</b> & that | safe?"), counts)
    assert "<b>this</b>" not in sly.to_html()
    assert "<b>this</b>" not in sly.to_markdown()
    assert "&lt;b&gt;this&lt;/b&gt; &amp; that" in sly.to_html()


def test_untrustworthy_figures_stand_behind_a_fold(two_arms, arm, tally_of, report_of):
    page = report_of(two_arms(), tally_of(arm("thank_you", 500, 560), arm("sorry", 300, 400))).to_html()
    assert (
        page.index("These results are not trustworthy")
        < page.index("Show the figures all the same")
        < page.index("<svg")
    )


def test_an_empty_report_has_every_form(two_arms, report_of):
    empty = report_of(two_arms(), Tally("late_parcel", ()), status="draft")
    for form in (
        empty.to_text,
        empty.to_markdown,
        empty.to_html,
        empty.to_apa,
        empty.to_frame,
        empty._repr_html_,
    ):
        assert len(form()) > 0


def test_apa_lines_follow_the_style(report):
    first, second, *_ = report.to_apa().splitlines()
    assert first == (
        "Completed surveys: thank you 91.1% (51/56), sorry 78.4% (40/51); difference = 12.6 "
        "percentage points, 95% CI [−1.1, 26.6], Boschloo exact test, p = .094, h = 0.36."
    )
    assert "Welch's t(67.1) = 3.63, p < .001, g = 0.79, 95% CI [0.36, 1.22]" in second


def test_a_notebook_gets_the_content_without_a_page_around_it(report):
    fragment = report._repr_html_()
    assert "<html" not in fragment
    assert "Still collecting" in fragment


def test_ticks_are_round_and_cover_the_range():
    assert nice_ticks(60.2, 93.1, within=(0, 100)) == [60.0, 70.0, 80.0, 90.0, 100.0]
    assert nice_ticks(0.0, 0.0)[0] == 0.0
    ticks = nice_ticks(-0.004, 0.0171)
    assert ticks[0] <= -0.004
    assert ticks[-1] >= 0.0171


def test_a_chart_names_itself_for_those_who_cannot_see_it():
    chart = interval_chart([Bar("a & b", 1, 0, 2, "1")], title="Rates <here>", unit="%")
    assert 'role="img" aria-label="Rates &lt;here&gt;"' in chart
    assert "a &amp; b" in chart


def test_p_values_are_grey_until_the_fixed_test_may_decide(two_arms, counts, report_of):
    collecting = report_of(two_arms(), counts).to_html()
    decided = report_of(two_arms(sample=40), counts, status="stopped").to_html()
    assert '<td class="figure pale">0.094</td>' in collecting
    assert "pale" not in decided.split("</style>")[1]
