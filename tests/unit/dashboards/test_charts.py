"""What is plotted equals what the report says."""

from __future__ import annotations

from typing import Any

import pytest

from amends.analysis.formatting import VERDICTS
from amends.analysis.possible_counts import possible_counts
from dashboards import charts
from dashboards.look import DARK, arm_styles
from dashboards.words import Words

EN, ID = Words("en"), Words("id")


def plotted(chart: Any) -> list[dict[str, Any]]:
    """Every row of data that the chart holds."""
    spec = chart.to_dict()

    def walk(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, dict):
            own = node.get("data", {}).get("values", []) if isinstance(node.get("data"), dict) else []
            return own + [row for value in node.values() for row in walk(value)]
        return [row for value in node for row in walk(value)] if isinstance(node, list) else []

    return walk(spec)


def rows_with(chart: Any, *keys: str) -> list[dict[str, Any]]:
    return [row for row in plotted(chart) if all(key in row for key in keys)]


def test_each_arm_is_drawn_at_its_rate_with_its_interval(figures: dict[str, Any]) -> None:
    drawn = {row["arm"]: row for row in rows_with(charts.rates(figures["arms"], "completed", EN), "low")}
    for name, arm in figures["arms"].items():
        assert drawn[name]["value"] == pytest.approx(100 * arm["rate"])
        assert drawn[name]["low"] == pytest.approx(100 * arm["rate_low"])
        assert drawn[name]["high"] == pytest.approx(100 * arm["rate_high"])


def test_a_rates_row_carries_the_raw_counts_in_the_pages_language(figures: dict[str, Any]) -> None:
    drawn = {row["arm"]: row for row in rows_with(charts.rates(figures["arms"], "completed", ID), "detail")}
    assert drawn["thank_you"]["detail"] == "57,1% (320 dari 560)"
    assert drawn["silence"]["label"] == "Tanpa pesan"


def test_each_arm_is_drawn_at_its_mean_with_its_interval(figures: dict[str, Any]) -> None:
    chart = charts.means(figures["arms"], "satisfaction", ID, scale=(1, 7))
    drawn = {row["arm"]: row for row in rows_with(chart, "low")}
    assert set(drawn) == set(figures["arms"])
    for name, arm in figures["arms"].items():
        held = arm["metrics"]["satisfaction"]
        assert (drawn[name]["value"], drawn[name]["low"], drawn[name]["high"]) == (
            held["mean"],
            held["low"],
            held["high"],
        )
        counted = {int(point): n for point, n in arm["ratings"].items()}
        by_hand = sum(point * n for point, n in counted.items()) / sum(counted.values())
        assert drawn[name]["value"] == pytest.approx(by_hand)
    assert drawn["thank_you"]["detail"] == "5,09 (4,95 sampai 5,24)"


def test_rating_bars_add_up_to_the_whole_arm_and_meet_at_the_middle(figures: dict[str, Any]) -> None:
    chart = charts.ratings(figures["arms"], "satisfaction", EN, scale=(1, 7))
    for name, arm in figures["arms"].items():
        bars = {row["rating"]: row for row in rows_with(chart, "rating", "from") if row["arm"] == name}
        assert {point: bars[point]["count"] for point in bars} == {
            int(point): count for point, count in arm["ratings"].items()
        }
        assert bars[7]["to"] - bars[1]["from"] == pytest.approx(100)
        assert bars[4]["from"] == pytest.approx(-bars[4]["to"]), "the middle rating straddles zero"


def test_an_even_scale_parts_between_its_two_middle_ratings(figures: dict[str, Any]) -> None:
    arms = {"thank_you": {"metrics": {"satisfaction": {"n": 4, "ratings": {"1": 1, "2": 1, "3": 1, "4": 1}}}}}
    bars = {
        row["rating"]: row
        for row in rows_with(charts.ratings(arms, "satisfaction", EN, scale=(1, 4)), "from")
    }
    assert bars[2]["to"] == 0
    assert bars[3]["from"] == 0


def test_every_contrast_is_in_the_forest_at_its_effect_and_interval(figures: dict[str, Any]) -> None:
    contrasts = [item for item in figures["contrasts"] if item["metric"] == "completed"]
    drawn = {row["row"]: row for row in rows_with(charts.forest(contrasts, EN, kind="proportion"), "low")}
    assert len(drawn) == 3
    for item in contrasts:
        row = drawn[f"{item['arm']}/{item['versus']}"]
        assert (row["value"], row["low"], row["high"]) == pytest.approx(
            (100 * item["effect"], 100 * item["low"], 100 * item["high"])
        )


def test_differences_of_means_are_drawn_in_points_of_the_scale(figures: dict[str, Any]) -> None:
    contrasts = [item for item in figures["contrasts"] if item["metric"] == "satisfaction"]
    chart = charts.forest(contrasts, EN, kind="mean", detect=0.3)
    drawn = {row["row"]: row for row in rows_with(chart, "low")}
    assert len(drawn) == len(contrasts) == 3
    for item in contrasts:
        row = drawn[f"{item['arm']}/{item['versus']}"]
        assert (row["value"], row["low"], row["high"]) == (item["effect"], item["low"], item["high"])
    assert {-0.3, 0, 0.3} <= {row["x"] for row in rows_with(chart, "x")}


def test_only_a_difference_that_was_found_is_drawn_filled(figures: dict[str, Any]) -> None:
    item = next(item for item in figures["contrasts"] if item["metric"] == "completed")
    shapes = {}
    for verdict in VERDICTS:
        chart = charts.forest([{**item, "verdict": verdict}], EN, kind="proportion")
        (shapes[verdict],) = {row["shape"] for row in rows_with(chart, "shape")}
    assert [verdict for verdict, shape in shapes.items() if shape == "circle"] == ["difference"]


def test_an_end_without_bound_is_drawn_nowhere(figures: dict[str, Any]) -> None:
    item = next(item for item in figures["contrasts"] if item["metric"] == "completed")
    chart = charts.forest([{**item, "high": float("inf")}], EN, kind="proportion")
    assert {row["high"] for row in rows_with(chart, "high")} == {None}


def test_the_planned_smallest_difference_is_marked_on_both_sides_of_zero(figures: dict[str, Any]) -> None:
    contrasts = [item for item in figures["contrasts"] if item["metric"] == "completed"]
    marks = [row["x"] for row in rows_with(charts.forest(contrasts, EN, kind="proportion", detect=0.05), "x")]
    assert {0, -5, 5} <= set(marks)


def test_the_funnel_shows_every_step_of_every_arm(figures: dict[str, Any]) -> None:
    drawn = rows_with(charts.funnel(figures["arms"], EN), "stage")
    shares = {(row["arm"], row["stage"]): row["value"] for row in drawn}
    assert shares == {
        (name, EN.stage(stage)): pytest.approx(100 * arm[stage] / arm["assigned"])
        for name, arm in figures["arms"].items()
        for stage in ("assigned", "sent", "started", "finished")
    }
    assert shares["thank_you", "Survey finished"] == pytest.approx(100 * 320 / 560)


def test_the_funnel_leaves_out_the_step_that_masked_arms_hide() -> None:
    hidden = {"not_enough": "the arms are masked"}
    arms = {"A": {"assigned": 10, "sent": hidden, "started": 5, "finished": 4}}
    drawn = rows_with(charts.funnel(arms, EN), "stage")
    assert {row["stage"] for row in drawn} == {EN.stage(name) for name in ("assigned", "started", "finished")}


def test_the_funnel_counts_every_step_among_those_assigned_whatever_was_sent() -> None:
    arms = {"thank_you": {"assigned": 200, "sent": 100, "started": 50, "finished": 20}}
    drawn = {row["stage"]: row for row in rows_with(charts.funnel(arms, EN), "stage")}
    assert [row["value"] for row in drawn.values()] == [100, 50, 25, 10]
    assert drawn["Survey finished"]["label"] == "Thank you: 20 (10.0%)"


def test_bounds_stand_under_the_naive_difference(figures: dict[str, Any]) -> None:
    item = next(item for item in figures["contrasts"] if item["metric"] == "satisfaction")
    chart = charts.bounds(item, EN)
    assert chart is not None
    drawn = {row["row"]: row for row in rows_with(chart, "row", "low")}
    assert (drawn["naive"]["low"], drawn["naive"]["value"], drawn["naive"]["high"]) == (
        item["low"],
        item["effect"],
        item["high"],
    )
    assert drawn["lee"]["high"] == item["bounds"]["lee"]["high"]
    assert drawn["manski"]["low"] == item["bounds"]["manski"]["low"]
    assert drawn["lee"]["low"] == item["bounds"]["lee"]["low"]
    assert drawn["lee_region"]["low"] == item["bounds"]["lee"]["ci_low"] < drawn["lee"]["low"]
    assert drawn["lee_region"]["high"] == item["bounds"]["lee"]["ci_high"] > drawn["lee"]["high"]
    assert drawn["manski"]["high"] == item["bounds"]["manski"]["high"]


def test_a_completion_contrast_has_no_bounds_to_draw(figures: dict[str, Any]) -> None:
    item = next(item for item in figures["contrasts"] if item["metric"] == "completed")
    assert charts.bounds(item, EN) is None


def test_an_experiment_without_data_draws_empty_rows_and_no_invented_mark(
    empty_figures: dict[str, Any],
) -> None:
    arms = empty_figures["arms"]
    for chart in (
        charts.rates(arms, "completed", EN),
        charts.means(arms, "satisfaction", EN, scale=(1, 7)),
        charts.funnel(arms, EN),
    ):
        assert not [row for row in rows_with(chart, "value") if row["value"]]
    assert not rows_with(charts.ratings(arms, "satisfaction", EN, scale=(1, 7)), "from")


def test_a_figure_that_cannot_be_computed_is_said_and_not_drawn() -> None:
    missing = {"not_enough": "sorry has 1 answer; 2 needed"}
    item = {"arm": "thank_you", "versus": "sorry", "effect": missing, "low": missing, "high": missing}
    chart = charts.forest([item], ID, kind="mean")
    assert {row["detail"] for row in rows_with(chart, "detail")} == {"belum cukup data"}
    assert not [row for row in rows_with(chart, "value") if row["value"] is not None]


def test_no_chart_is_squeezed(figures: dict[str, Any]) -> None:
    one = {"thank_you": figures["arms"]["thank_you"]}
    for arms in (one, figures["arms"]):
        for chart in (
            charts.rates(arms, "completed", EN),
            charts.means(arms, "satisfaction", EN),
            charts.ratings(arms, "satisfaction", EN, scale=(1, 7)),
            charts.funnel(arms, EN),
        ):
            assert chart.to_dict()["height"] >= 180


@pytest.mark.parametrize(("words", "decimal"), [(EN, "."), (ID, ",")])
def test_axes_write_numbers_as_the_language_does(figures: dict[str, Any], words: Words, decimal: str) -> None:
    spec = charts.means(figures["arms"], "satisfaction", words).to_dict()
    assert spec["config"]["locale"]["number"]["decimal"] == decimal


def test_pairs_are_drawn_at_their_counts_and_told_apart_by_shape_too() -> None:
    pairs = [{"n": 107, "p_value": 0.067, "label": "51/56"}, {"n": 153, "p_value": 0.027, "label": "72/79"}]
    chart = charts.candidate_pairs(pairs, EN)
    assert {(row["n"], row["p_value"]) for row in rows_with(chart, "n")} == {(107, 0.067), (153, 0.027)}
    assert '"shape"' in chart.to_json()


def test_every_pair_of_counts_that_fits_the_publication_is_a_point_of_the_picture() -> None:
    fits = possible_counts("91.1", "78.4").pairs
    pairs = [{"n": pair.total, "p_value": pair.p_z, "label": f"{pair.x1}/{pair.n1}"} for pair in fits]
    chart = charts.candidate_pairs(pairs, ID)
    drawn = rows_with(chart, "n")
    assert [(row["n"], row["p_value"]) for row in drawn] == [(pair.total, pair.p_z) for pair in fits]
    below, above = (ID.say(key, alpha="0,05") for key in ("below", "above"))
    assert [row["side"] for row in drawn] == [below if pair.p_z < 0.05 else above for pair in fits]
    assert [row["y"] for row in rows_with(chart, "y")] == [0.05]


def test_an_arm_keeps_its_colour_and_shape_whatever_stands_beside_it() -> None:
    alone, together = arm_styles(["sorry"]), arm_styles(["voucher", "sorry", "thank_you"])
    assert alone["sorry"] == together["sorry"]
    eight = arm_styles([f"arm_{number}" for number in range(8)])
    assert len({colour for colour, _ in eight.values()}) >= 7


def test_the_dark_page_has_light_letters(figures: dict[str, Any]) -> None:
    spec = charts.rates(figures["arms"], "completed", EN, look=DARK).to_dict()
    assert spec["config"]["axis"]["labelColor"] == DARK.muted
