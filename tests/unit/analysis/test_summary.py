"""What a head of customer care reads, in both languages."""

from datetime import UTC, datetime

import pytest

from amends import Mean, Proportion, contrast, primary, silence, sorry, thank_you
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Tally

FLAT = {1: 10, 4: 10, 7: 10}
TOP = {6: 100, 7: 300}
MIDDLE = {3: 100, 5: 300}


@pytest.fixture
def finished(report_of):
    return lambda experiment, tally, **more: report_of(
        experiment, tally, status="stopped", finished_data=True, **more
    )


def test_a_draft_says_that_nothing_has_been_collected(two_arms, report_of):
    found = report_of(two_arms(), Tally("late_parcel", ()), status="draft")
    assert found.summary.en == "Not started: nothing has been collected yet."
    assert found.summary.id.startswith("Belum dimulai")


def test_while_collecting_progress_comes_first_and_no_winner_is_named(two_arms, counts, report_of):
    said = report_of(two_arms(), counts).summary
    assert said.en == (
        "Still collecting: 51 of 134 planned customers per arm. So far, completed surveys: “thank you” "
        "91.1%, “sorry” 78.4%. It is too early to call a difference."
    )
    assert said.id.startswith("Data masih dikumpulkan: 51 dari 134 pelanggan per kelompok")
    assert "78,4%" in said.id
    assert "better" not in said.en


def test_nothing_is_said_about_levels_before_anything_has_matured(two_arms, report_of):
    arms = (ArmTally("thank_you", assigned=9), ArmTally("sorry", assigned=8))
    said = report_of(two_arms(), Tally("late_parcel", arms)).summary
    assert said.en == "Still collecting: 0 of 134 planned customers per arm."


def test_no_difference_is_not_sold_as_sameness(two_arms, counts, finished):
    said = finished(two_arms(), counts).headline
    assert said.en == (
        "No difference in completed surveys was shown between “thank you” and “sorry”: 91.1% against 78.4%, "
        "a difference of 12.6 points (95% confidence interval −1.1 to 26.6; p = 0.094). "
        "That does not prove that they are the same."
    )
    assert "selang kepercayaan 95% −1,1 sampai 26,6; p = 0,094" in said.id


def test_a_difference_names_the_arm_that_did_better(two_arms, arm, tally_of, finished):
    said = finished(two_arms(), tally_of(arm("thank_you", 784, 1000), arm("sorry", 911, 1000))).headline
    assert said.en.startswith("“Sorry” did better than “thank you” on completed surveys: 78.4% against 91.1%")
    assert said.id.startswith("“Maaf” lebih baik daripada “terima kasih” untuk survei selesai")
    assert "p < 0.001" in said.en
    assert "p < 0,001" in said.id


def test_satisfaction_is_not_claimed_while_the_bounds_hold_zero(two_arms, arm, tally_of, finished):
    ratings = {"thank_you": {5: 300, 6: 400, 7: 211}, "sorry": {5: 330, 6: 300, 7: 154}}
    counted = tally_of(
        arm("thank_you", 911, 1000, ratings["thank_you"]), arm("sorry", 784, 1000, ratings["sorry"])
    )
    found = finished(two_arms(), counted)
    contrast = found["satisfaction", "thank_you", "sorry"]
    assert contrast.p_value < 0.05
    assert contrast.verdict == "cannot tell"
    assert (
        "We cannot tell whether “thank you” raised satisfaction, because only those who answered"
        in found.summary.en
    )
    assert "Tidak dapat disimpulkan apakah “terima kasih” menaikkan kepuasan, karena" in found.summary.id


def test_satisfaction_that_withstands_the_bounds_is_said_with_them(two_arms, arm, tally_of, finished):
    counted = tally_of(arm("thank_you", 400, 500, TOP), arm("sorry", 400, 500, MIDDLE))
    said = finished(two_arms(), counted).summary
    assert "“Thank you” did better than “sorry” on satisfaction: 6.75 against 4.50" in said.en
    assert "Only those who answered gave a rating" in said.en


def test_a_rating_is_not_the_headline_where_the_arms_changed_who_answered(two_arms, arm, tally_of, finished):
    rating_first = two_arms(
        metrics=[Mean("satisfaction", scale=(1, 7)), Proportion("completed", role="secondary")]
    )
    counted = tally_of(arm("thank_you", 400, 500, TOP), arm("sorry", 400, 600, MIDDLE))
    found = finished(rating_first, counted, weights_declared=False)
    assert found.headline.en.startswith("The arms differ in how many answered")
    assert "completed surveys: 80.0% against 66.7%" in found.headline.en
    assert found.headline.id.startswith("Jumlah yang menjawab berbeda antarkelompok")


def test_equivalence_is_said_with_its_margin(two_arms, arm, tally_of, finished):
    experiment = two_arms(metrics=[Proportion("completed", margin=0.05)])
    said = finished(experiment, tally_of(arm("thank_you", 4000, 5000), arm("sorry", 3990, 5000))).headline
    assert "are equivalent on completed surveys, within the declared margin of 5.0 points" in said.en
    assert "setara" in said.id


def test_what_is_undefined_is_explained(two_arms, arm, tally_of, finished):
    said = finished(two_arms(), tally_of(arm("thank_you", 0, 20), arm("sorry", 0, 22))).headline
    assert said.en.startswith(
        "We cannot tell whether “thank you” and “sorry” differ in completed surveys, because nobody"
    )
    assert "tidak ada satu pun" in said.id


def test_three_arms_get_levels_and_a_clause_for_each_pair(two_arms, arm, tally_of, finished):
    three = two_arms(arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()])
    counted = tally_of(arm("thank_you", 450, 500), arm("sorry", 440, 500), arm("silence", 300, 500))
    said = finished(three, counted).headline
    assert said.en.startswith("Completed surveys: “thank you” 90.0%, “sorry” 88.0%, “silence” 60.0%.")
    assert "between “thank you” and “sorry” (2.0 points, p = 0.312 adjusted)" in said.en
    assert "“thank you” did better than “silence” (30.0 points, p < 0.001 adjusted)" in said.en
    assert "“tanpa pesan” 60,0%" in said.id


def test_an_early_stop_quotes_the_interval_that_decided_and_never_the_fixed_p(two_arms, arm, tally_of):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()]
    three = two_arms(arms=arms, metrics=[Proportion("completed", baseline=0.4, detect=0.05)])
    counted = tally_of(arm("thank_you", 155, 276), arm("sorry", 164, 323), arm("silence", 111, 301))
    now = datetime(2026, 3, 2, tzinfo=UTC)
    report = build(three, counted, status="stopped", as_of=now, plan=plan(three))
    clause = "no difference was shown between “sorry” and “silence” (13.9 points, always-valid interval"
    assert clause in report.headline.en
    assert "p <" not in report.headline.en
    assert "selang yang selalu berlaku" in report.headline.id


def test_simulated_and_after_the_fact_are_said_first(two_arms, counts, finished):
    said = finished(two_arms(), counts, simulated=True, after_the_fact=True).summary
    assert said.en.startswith("Simulated customers, not real ones. Defined after the fact")
    assert said.id.startswith("Pelanggan simulasi, bukan pelanggan sungguhan.")


def test_a_plan_that_is_reached_says_that_the_decision_is_due(two_arms, arm, tally_of, report_of):
    said = report_of(two_arms(), tally_of(arm("thank_you", 70, 140), arm("sorry", 68, 138))).summary
    assert "the planned 134 customers per arm are there, the decision is due" in said.en


@pytest.mark.parametrize("forbidden", ["mohon pengertiannya", "mohon dimaklumi"])
def test_indonesian_sentences_never_ask_for_understanding(two_arms, counts, finished, report_of, forbidden):
    for found in (finished(two_arms(), counts), report_of(two_arms(), counts)):
        assert forbidden not in found.summary.id.lower()


def test_a_verdict_of_the_always_valid_interval_never_quotes_the_fixed_p(two_arms, arm, tally_of, report_of):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()]
    pairs = [primary("thank_you", "sorry"), contrast("thank_you", "silence"), contrast("sorry", "silence")]
    three = two_arms(arms=arms, contrasts=pairs)
    counted = tally_of(arm("thank_you", 160, 210), arm("sorry", 150, 208), arm("silence", 100, 207))
    found = report_of(three, counted, status="stopped")
    assert found["completed", "thank_you", "silence"].p_adjusted > 0.3  # the declared first did not reject
    assert found["completed", "thank_you", "silence"].decision["rejected_by"] == "always-valid"
    said = "“thank you” did better than “silence” (27.9 points, always-valid interval"
    assert said in found.headline.en


def test_a_rating_alone_is_never_the_headline_where_the_arms_changed_who_answered(
    two_arms, arm, tally_of, finished
):
    only = two_arms(metrics=[Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3)])
    counted = tally_of(
        arm("thank_you", 900, 1000, {7: 500, 6: 400}), arm("sorry", 700, 1000, {7: 100, 5: 600})
    )
    found = finished(only, counted)
    assert found.headline.en == (
        "The arms differ in how many answered, so a rating of those who answered cannot be the headline. "
        "Completed surveys: “thank you” 90.0%, “sorry” 70.0%."
    )
    assert found.headline.id.endswith("Survei selesai: “terima kasih” 90,0%, “maaf” 70,0%.")
    assert "“Thank you” did better than “sorry” on satisfaction" in found.summary.en


def test_exactly_five_points_of_completion_are_not_more_than_five(two_arms, arm, tally_of, finished):
    ratings = {"thank_you": {7: 11}, "sorry": {7: 10}}
    counted = tally_of(arm("thank_you", 11, 20, ratings["thank_you"]), arm("sorry", 10, 20, ratings["sorry"]))
    found = finished(two_arms(), counted)
    assert found["completed", "thank_you", "sorry"].effect > 0.05  # by the rounding of a float alone
    assert found["satisfaction", "thank_you", "sorry"].headline


def test_units_lost_unevenly_are_not_called_a_split_gone_wrong(two_arms, arm, tally_of, report_of):
    counted = tally_of(arm("thank_you", 51, 156, delivered=100), arm("sorry", 40, 150, delivered=150))
    said = report_of(two_arms(), counted).headline
    assert said.en.startswith(
        "These results are not trustworthy: units were lost from some arms more often than from others."
    )
    assert "unit lebih sering hilang" in said.id
    assert "SRM" not in said.en


def test_too_few_for_the_always_valid_interval_is_not_blamed_on_who_answered(
    two_arms, arm, tally_of, report_of
):
    counted = tally_of(arm("thank_you", 15, 20, {7: 10, 6: 5}), arm("sorry", 8, 20, {7: 1, 2: 4, 3: 3}))
    said = report_of(two_arms(), counted, status="stopped").summary
    assert said.en.startswith(
        "We cannot tell whether “thank you” and “sorry” differ in completed surveys, because only 40 units "
        "have matured and the always-valid interval starts at 50."
    )
    assert "only those who answered" not in said.en


def test_equivalent_ratings_are_said_to_be_of_those_who_answered(two_arms, arm, tally_of, finished):
    metrics = [Proportion("completed"), Mean("satisfaction", scale=(1, 7), margin=0.3)]
    alike = {7: 500, 6: 490}
    counted = tally_of(arm("thank_you", 990, 2000, alike), arm("sorry", 990, 2000, alike))
    said = finished(two_arms(metrics=metrics), counted).summary
    assert "are equivalent on satisfaction" in said.en
    assert "Only those who answered gave a rating" in said.en


def test_equivalence_that_who_answered_may_undo_is_limited_to_them(two_arms, arm, tally_of, finished):
    experiment = two_arms(metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7), margin=0.3)])

    def said(answers, more):
        rated = {4: answers // 2, 6: answers // 2}, {4: more // 2, 6: more // 2}
        counted = tally_of(arm("thank_you", more, 2000, rated[1]), arm("sorry", answers, 2000, rated[0]))
        return finished(experiment, counted).summary

    assert "That reaches beyond the margin: they are equivalent only among" in said(800, 1200).en
    assert "Itu melampaui batas tersebut: keduanya setara hanya" in said(800, 1200).id
    assert "beyond the margin" not in said(1000, 1000).en


def test_levels_beside_verdicts_of_several_pairs_are_those_they_rest_on(two_arms, arm, tally_of, report_of):
    arms = [thank_you("Thank you."), sorry("Sorry."), silence()]
    experiment = two_arms(arms=arms, metrics=[Proportion("completed")], sample=200)
    first = tally_of(arm("thank_you", 160, 200), arm("sorry", 100, 200), arm("silence", 98, 200))
    later = tally_of(arm("thank_you", 180, 400), arm("sorry", 220, 400), arm("silence", 230, 400))
    report = report_of(experiment, later, status="stopped", decision_tally=first)
    assert "“thank you” 80.0%, “sorry” 50.0%, “silence” 49.0%." in report.summary.en
    assert "decided on the first 200 and 200 units" in report.summary.en
    apa = report.to_apa()
    assert "Verdicts rest on the first planned units; the figures above are of all units." in apa


def test_apa_calls_the_p_values_of_an_early_stop_descriptive(two_arms, counts, finished, report_of):
    early = report_of(two_arms(sample=900), counts, status="stopped").to_apa()
    assert early.endswith("Stopped before the planned sample; p values are descriptive.")
    assert "descriptive" not in finished(two_arms(), counts).to_apa()


def test_a_wish_for_less_names_the_arm_with_less_as_better(two_arms, arm, tally_of, finished):
    complaints = Proportion("complaint", source="outcome", baseline=0.1, detect=0.05, better="lower")
    found = finished(
        two_arms(metrics=[complaints]),
        tally_of(
            arm("thank_you", 300, 600, outcomes={"complaint": 20}),
            arm("sorry", 300, 600, outcomes={"complaint": 60}),
        ),
    )
    assert found["complaint", "thank_you", "sorry"].effect < 0
    assert found.headline.en.startswith(
        "“Thank you” did better than “sorry” on complaints: 3.3% against 10.0%"
    )
    assert found.headline.id.startswith("“Terima kasih” lebih baik daripada “maaf” untuk keluhan:")


@pytest.mark.parametrize(("margin", "expected"), [(0.032, "equivalent"), (0.027, "no difference shown")])
def test_equivalence_rests_on_the_90_percent_interval(two_arms, arm, tally_of, finished, margin, expected):
    experiment = two_arms(metrics=[Proportion("completed", margin=margin)])
    found = finished(experiment, tally_of(arm("thank_you", 800, 1000), arm("sorry", 800, 1000)))
    # 80% reach 2.3 points, 90% reach 2.9, 95% reach 3.5.
    assert found["completed", "thank_you", "sorry"].verdict == expected


@pytest.mark.parametrize(("second", "leads"), [(765, False), (780, True)])
def test_a_doubt_about_who_answered_is_enough_to_take_the_headline_from_a_rating(
    two_arms, arm, tally_of, finished, second, leads
):
    # 3.5 points with p = .058, 2.0 points with p = .27: neither is more than 5 points.
    counted = tally_of(
        arm("thank_you", 800, 1000, {6: 300, 7: 500}), arm("sorry", second, 1000, {6: second - 400, 7: 400})
    )
    assert finished(two_arms(), counted)["satisfaction", "thank_you", "sorry"].headline is leads


def test_a_p_value_between_the_deciding_and_the_customary_level_says_what_level_decided(
    two_arms, arm, tally_of, report_of, finished
):
    near = tally_of(arm("thank_you", 67, 174), arm("sorry", 49, 174))
    said = report_of(two_arms(), near, status="stopped").headline
    assert said.en.startswith("No difference in completed surveys was shown")
    assert "p = 0.041, above the 0.04 at which this test decides, because 0.01 is kept for looks" in said.en
    assert "p = 0,041, di atas 0,04 yang menjadi batas uji ini, karena 0,01 disisihkan" in said.id

    far = tally_of(arm("thank_you", 60, 174), arm("sorry", 49, 174))
    assert "at which this test decides" not in report_of(two_arms(), far, status="stopped").headline.en
    assert "did better" in finished(two_arms(), near).headline.en, "finished data are read at the whole 0.05"
