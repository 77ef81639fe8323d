"""Finished experiments pooled: what is a row, what is left out and why, and what is said of the average."""

from dataclasses import replace
from math import exp, isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.formatting import Sentence
from amends.analysis.pooled_rows import (
    OF_MEANS,
    OF_PROPORTIONS,
    EffectRow,
    LeftOut,
    not_finished,
    row_of_report,
    stopped_early,
)
from amends.analysis.pooling import PAIR, pool_rows
from amends.analysis.result import Interval, NotEnough
from amends.analysis.study_effects import effect_of_counts
from amends.errors import UsageError
from amends.studies.rows import published_rows
from amends.tally import Tally

TABLES = [(51, 56, 40, 51), (88, 110, 80, 109), (42, 60, 35, 61)]
SAID = Sentence("completed surveys", "survei selesai")


def rows_of(tables, measure="RD"):
    return [
        EffectRow(
            f"e{place}",
            "own",
            "completed",
            SAID,
            *PAIR,
            effect_of_counts(*table, measure=measure),
            events=(table[0], table[2]),
        )
        for place, table in enumerate(tables)
    ]


@pytest.fixture
def finished(two_arms, report_of, counts):
    """The report of a stopped experiment."""

    def make(**more):
        given = {"status": "stopped", "finished_data": True, **more}
        return report_of(two_arms(), given.pop("tally", counts), **given)

    return make


def reason(found):
    assert isinstance(found, LeftOut)
    assert found.reason.id != found.reason.en
    return found.reason.en


def test_a_finished_experiment_is_a_row_with_the_plain_variance(finished):
    row = row_of_report(finished(), pair=PAIR)
    p, q = 51 / 56, 40 / 51
    assert (row.arm, row.versus, row.events, row.effect.ns) == (*PAIR, (51, 40), (56, 51))
    assert row.effect.value == pytest.approx(p - q)
    assert row.effect.variance == pytest.approx(p * (1 - p) / 56 + q * (1 - q) / 51)


@pytest.mark.parametrize(
    ("metric", "measure"),
    [*(("completed", name) for name in OF_PROPORTIONS), *(("satisfaction", name) for name in OF_MEANS)],
)
def test_the_pair_asked_the_other_way_round_turns_the_sign_and_nothing_else(finished, metric, measure):
    there = row_of_report(finished(), pair=PAIR, metric=metric, measure=measure)
    back = row_of_report(finished(), pair=PAIR[::-1], metric=metric, measure=measure)
    assert back.effect.value == pytest.approx(-there.effect.value)
    assert back.effect.variance == pytest.approx(there.effect.variance)
    assert (back.arm, back.values, back.effect.ns) == ("sorry", there.values[::-1], there.effect.ns[::-1])


def test_arms_declared_the_other_way_round_give_the_same_row(finished, two_arms, report_of, counts):
    turned = two_arms(arms=[sorry("We are sorry for it."), thank_you("Thank you for waiting.")])
    report = report_of(turned, Tally("late_parcel", counts.arms[::-1]), status="stopped", finished_data=True)
    assert report.contrasts[0].arm == "sorry"
    assert row_of_report(report, pair=PAIR) == row_of_report(finished(), pair=PAIR)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"status": "draft", "finished_data": False}, "has not started"),
        ({"status": "running", "finished_data": False}, "still collecting"),
        ({"status": "paused", "finished_data": False}, "still collecting"),
        ({"status": "running", "finished_data": False, "masked": True}, "masked"),
        ({"simulated": True}, "simulated"),
        ({"not_invited": ("sorry",)}, "was not invited"),
    ],
)
def test_what_cannot_be_a_row_says_why(finished, more, said):
    assert said in reason(row_of_report(finished(**more), pair=PAIR))


def test_simulated_customers_are_a_row_where_asked_for_and_said(finished):
    row = row_of_report(finished(simulated=True), pair=PAIR, include_simulated=True)
    assert row.simulated
    found = pool_rows([row, *rows_of(TABLES)])
    assert "simulated" in found.summary.en
    assert any(note.en == "Simulated customers: late_parcel." for note in found.notes)


def test_arms_split_other_than_planned_are_left_out(finished, arm, tally_of):
    report = finished(
        tally=tally_of(arm("thank_you", 300, 400), arm("sorry", 150, 200)), weights_declared=True
    )
    assert "not trustworthy" in reason(row_of_report(report, pair=PAIR))


def test_answers_that_may_still_come_in_are_waited_for(two_arms, report_of, counts):
    late = Tally("late_parcel", tuple(replace(item, assigned=item.assigned + 5) for item in counts.arms))
    report = report_of(two_arms(sample=400), late, status="stopped")
    assert "window of 10 units is still open" in reason(row_of_report(report, pair=PAIR))


def test_a_pair_or_metric_that_is_not_there_is_named(finished):
    there = "(its arms: thank you, sorry)"
    assert (
        reason(row_of_report(finished(), pair=("thank_you", "silence"))) == f"it has no arm “silence” {there}"
    )
    assert "no metric attention" in reason(row_of_report(finished(), pair=PAIR, metric="attention"))
    assert "which md does not measure" in reason(row_of_report(finished(), pair=PAIR, measure="md"))


def test_clusters_without_their_own_error_are_left_out_and_with_it_are_taken(finished):
    report = finished()
    arms = {name: replace(figures, clusters=20) for name, figures in report.arms.items()}
    clustered = replace(report, arms=arms)
    assert "cluster-robust error" in reason(row_of_report(clustered, pair=PAIR))
    contrast = replace(report.contrasts[0], interval="CR2", standard_error=0.09)
    with_error = replace(clustered, contrasts=(contrast,))
    row = row_of_report(with_error, pair=PAIR[::-1])
    assert row.effect.variance == pytest.approx(0.0081)
    assert row.effect.value == -contrast.effect
    assert row.clustered
    assert "only a difference" in reason(row_of_report(with_error, pair=PAIR, measure="or"))


def test_ratio_of_two_arms_where_everybody_finished_is_left_out(finished, arm, tally_of):
    report = finished(tally=tally_of(arm("thank_you", 50, 50), arm("sorry", 51, 51)))
    assert "tells nothing" in reason(row_of_report(report, pair=PAIR, measure="rr"))
    row = row_of_report(report, pair=PAIR, measure="rd")
    assert row.effect.corrected
    assert any("half was added" in note.en for note in pool_rows([row, *rows_of(TABLES)]).notes)


def test_a_difference_found_before_the_planned_sample_is_marked(two_arms, report_of, arm, tally_of):
    wide = tally_of(arm("thank_you", 190, 200), arm("sorry", 60, 200))
    early = report_of(two_arms(sample=1000), wide, status="stopped")
    row = row_of_report(early, pair=PAIR)
    assert early.contrasts[0].decision["rejected_by"] == "always-valid"
    assert row.early
    found = pool_rows([row, *rows_of(TABLES)])
    assert any("likely too large: late_parcel" in note.en for note in found.notes)
    assert "late_parcel †" in found.to_text()
    at_plan = report_of(two_arms(sample=200), wide, status="stopped")
    assert not stopped_early(at_plan)


def test_imported_data_were_never_stopped_early(finished):
    assert not stopped_early(finished())
    assert row_of_report(finished(after_the_fact=True), pair=PAIR).after_the_fact


def test_satisfaction_is_known_only_of_those_who_answered(finished):
    row = row_of_report(finished(), pair=PAIR, metric="satisfaction", measure="g")
    assert (row.selected, row.scale) == (True, (1, 7))
    notes = pool_rows([row, row], metric="satisfaction", measure="g").notes
    assert any("only for those who answered" in note.en for note in notes)


def test_raw_differences_on_different_scales_are_not_averaged(finished):
    row = row_of_report(finished(), pair=PAIR, metric="satisfaction", measure="md")
    other = replace(row, name="other", scale=(1, 5))
    assert isinstance(pool_rows([row, row], metric="satisfaction", measure="md").pooled.value, float)
    found = pool_rows([row, other], metric="satisfaction", measure="md")
    assert "different rating scales" in found.pooled.reason
    assert "cannot be pooled" in found.summary.en


def test_none_and_one_and_two_experiments_say_what_is_missing():
    none, one, two = (pool_rows(rows_of(TABLES[:k])) for k in range(3))
    assert none.pooled == NotEnough("there are no experiments to pool")
    assert none.summary.en.startswith("No finished experiment")
    assert one.pooled == NotEnough("1 experiment; 2 needed to pool")
    assert one.weights == (one.pooled,)
    assert "Only e0 can be used" in one.summary.en
    assert isinstance(two.pooled.interval, Interval)
    assert isinstance(two.pooled.prediction, NotEnough)
    assert "Two experiments are too few" in two.summary.en
    for found in (none, one, two):
        forms = found.to_text(), found.to_markdown(), found.to_html(locale="id")
        assert all("nan" not in form for form in forms)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(30, 60), st.integers(0, 30), st.integers(30, 60)),
        min_size=3,
        max_size=7,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_changes_nothing(tables, random):
    rows = rows_of(tables)
    shuffled = random.sample(rows, len(rows))
    first, second = pool_rows(rows), pool_rows(shuffled)
    assert isclose(first.pooled.value, second.pooled.value, abs_tol=1e-9)
    assert isclose(first.pooled.tau2, second.pooled.tau2, abs_tol=1e-9)
    weights = dict(zip([row.name for row in shuffled], second.weights, strict=True))
    for row, weight in zip(rows, first.weights, strict=True):
        assert isclose(weight, weights[row.name], abs_tol=1e-7)
    assert isclose(sum(first.weights), 1)


def test_turning_every_row_turns_the_average_and_the_prediction():
    there = pool_rows(rows_of(TABLES))
    back = pool_rows(rows_of([(x2, n2, x1, n1) for x1, n1, x2, n2 in TABLES]))
    assert back.pooled.value == pytest.approx(-there.pooled.value)
    assert back.pooled.prediction.low == pytest.approx(-there.pooled.prediction.high)


def test_the_sentence_speaks_of_a_new_experiment_in_both_languages():
    said = pool_rows(rows_of(TABLES)).summary
    assert said.en == (
        "Across 3 experiments, the average difference of “thank you” against “sorry” in completed surveys is "
        "9.8 percentage points (95% interval 0.6 to 18.9). On average “thank you” came out higher. A new "
        "experiment of this kind may show anything from −17.3 to 36.8 percentage points, so it may come out "
        "either way."
    )
    assert "9,8 poin persentase (selang kepercayaan 95%: 0,6 sampai 18,9)" in said.id


def test_effects_alike_beyond_chance_are_judged_by_the_wider_interval():
    alike = pool_rows(rows_of([(60, 100, 50, 100), (61, 100, 50, 100), (121, 200, 100, 200)]))
    assert alike.pooled.interval.low > 0
    assert alike.pooled.interval.high - alike.pooled.interval.low < 0.05
    assert "is the one to judge by" in alike.summary.en
    assert alike.pooled.prediction.high - alike.pooled.prediction.low < 0.17
    assert "too narrow to rely on" in alike.summary.en
    assert "is the one to judge by" not in pool_rows(rows_of(TABLES)).summary.en


def test_a_prediction_beyond_what_is_possible_says_that_it_says_nothing():
    apart = pool_rows(rows_of([(90, 100, 20, 100), (50, 100, 60, 100), (70, 100, 40, 100)]))
    assert apart.pooled.prediction.high > 1
    assert "3 experiments are too few to say what a new one may show" in apart.summary.en
    assert "melampaui yang mungkin" in apart.summary.id


def test_ratios_are_said_as_ratios_and_kept_as_logarithms():
    found = pool_rows(rows_of(TABLES, "RR"), measure="rr")
    assert found.to_dict()["scale"] == "log"
    assert f"{exp(found.pooled.value):.2f}" == "1.13"
    assert "risk ratio of “thank you” against “sorry” in completed surveys is 1.13" in found.summary.en
    assert found.to_frame()["ratio"].tolist() == pytest.approx([exp(row.effect.value) for row in found.rows])


def test_published_comparisons_are_rows_only_where_their_counts_are_known():
    rows, left_out = published_rows(pair=PAIR)
    assert [row.name for row in rows] == ["frederick2009", "broockman2013"]
    assert rows[0].effect.value == pytest.approx(34 / 75 - 19 / 75)
    assert {item.name: item.reason.en for item in left_out} == {
        "ggl2008": "people were randomised by household and the household ids are not published",
        "you2020": "its counts are not known to us",
    }
    assert published_rows(pair=PAIR, measure="g")[0] == []
    turned = published_rows(pair=("control", "reminder"))[0][0]
    assert (turned.arm, turned.effect.value) == ("control", pytest.approx(-0.2))


def test_the_same_counts_are_not_taken_twice():
    own = rows_of([(1562, 2814, 803, 2779)])
    rows, left_out = published_rows(pair=PAIR, own=own)
    assert [row.name for row in rows] == ["frederick2009"]
    assert "e0 holds the same counts" in next(
        item.reason.en for item in left_out if item.name == "broockman2013"
    )


def test_an_average_over_different_questions_says_so():
    rows, left_out = published_rows(pair=PAIR)
    found = pool_rows([*rows_of(TABLES), *rows], left_out=left_out)
    assert "mixes different questions" in found.summary.en
    assert "mencampur pertanyaan" in found.summary.id
    assert "frederick2009 compares “reminder” with “control”; counted: did not buy." in found.notes[0].en
    assert "first message" in found.to_text()


def test_every_form_carries_the_rows_the_average_and_the_prediction():
    rows, left_out = published_rows(pair=PAIR)
    found = pool_rows([*rows_of(TABLES), *rows], left_out=left_out)
    document = found.to_dict()
    assert [row["name"] for row in document["rows"]][-1] == "broockman2013"
    assert sum(row["weight"] for row in document["rows"]) == pytest.approx(1)
    assert document["pooled"]["prediction"]["method"] == "prediction, t(3)"
    page = found.to_html(locale="id")
    assert page.count('class="square"') == 5
    assert page.count('class="diamond"') == page.count('class="prediction"') == 1
    assert "<script" not in page
    assert "Tidak dipakai" in page
    assert "| you2020 | its counts are not known to us |" in found.to_markdown()
    assert len(found.to_frame()) == 5


def test_squares_grow_with_the_weight_and_stand_at_the_effect():
    from xml.etree import ElementTree

    from amends.analysis.rendering.forest import axis, forest_plot

    found = pool_rows(rows_of(TABLES))
    drawn = ElementTree.fromstring(forest_plot(found))
    squares = list(drawn.iter("rect"))
    areas = [float(item.get("width")) ** 2 for item in squares]
    assert [area / areas[1] for area in areas] == pytest.approx(
        [weight / found.weights[1] for weight in found.weights], abs=0.01
    )
    low, high, _ = axis(found)
    middle = float(squares[0].get("x")) + float(squares[0].get("width")) / 2
    assert middle == pytest.approx(12 + 436 * (found.rows[0].effect.value - low) / (high - low), abs=0.1)


@pytest.mark.parametrize("measure", ["rr", "or"])
def test_the_axis_of_ratios_marks_no_difference(measure):
    from amends.analysis.rendering.forest import axis

    for tables in (TABLES, [(1, 50, 20, 50), (2, 60, 30, 60), (1, 90, 60, 90)]):
        _, _, ticks = axis(pool_rows(rows_of(tables, measure.upper()), measure=measure))
        assert any(place == 0 and figure == 1 for place, (figure, _) in ticks)
        assert len(ticks) >= 2


def test_only_a_stopped_experiment_is_finished():
    assert not_finished("e", "stopped") is None
    assert [not_finished("e", status) is None for status in ("draft", "running", "paused")] == [False] * 3


def test_unknown_measure_is_refused():
    with pytest.raises(UsageError, match="rd, rr, or, md, g"):
        pool_rows([], measure="hr")


def test_three_arms_give_the_pair_asked_for(report_of, arm, tally_of):
    experiment = Experiment(
        key="late_parcel",
        question="A parcel is late?",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    tally = tally_of(arm("thank_you", 51, 56), arm("sorry", 40, 51), arm("silence", 20, 50))
    report = report_of(experiment, tally, status="stopped", finished_data=True)
    row = row_of_report(report, pair=("silence", "sorry"))
    assert row.effect.value == pytest.approx(20 / 50 - 40 / 51)
    assert reason(row_of_report(report, pair=PAIR, metric="satisfaction", measure="g"))
