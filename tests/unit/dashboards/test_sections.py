"""What a section's chart plots is what the report says, in either language."""

from amends.analysis.formatting import Sentence
from amends.analysis.section import ChartLine, SectionChart, same
from dashboards.sections import intervals
from dashboards.words import Words

CHART = SectionChart(
    title=Sentence("Effect at each level", "Pengaruh di tiap tingkat"),
    unit=Sentence("points", "poin"),
    lines=(
        ChartLine(Sentence("mild", "ringan"), 0.3, 0.1, 0.5, Sentence("0.30", "0,30"), strong=True),
        ChartLine(Sentence("severe", "berat"), -0.2, -0.6, 0.2, Sentence("−0.20", "−0,20")),
    ),
)


def rows(language):
    drawn = intervals(CHART, Words(language)).to_dict()
    return next(
        layer["data"]["values"] for layer in drawn["layer"] if layer.get("mark", {}).get("type") == "point"
    )


def test_points_and_intervals_are_those_of_the_section():
    plotted = [(row["value"], row["low"], row["high"], row["strong"]) for row in rows("en")]
    assert plotted == [(line.value, line.low, line.high, line.strong) for line in CHART.lines]


def test_rows_are_named_in_the_language_of_the_page():
    assert [row["label"] for row in rows("id")] == ["ringan", "berat"]
    assert [row["detail"] for row in rows("id")] == ["0,30", "−0,20"]


def test_a_single_value_is_drawn_without_a_line_of_no_difference():
    share = SectionChart(same("share"), same("%"), CHART.lines[:1], zero=False)
    marks = [layer.get("mark", {}).get("type") for layer in intervals(share, Words("en")).to_dict()["layer"]]
    assert marks.count("rule") == 1
