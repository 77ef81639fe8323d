"""The harm rule: shown, excluded or open, by the interval that may be read at that moment."""

from dataclasses import replace

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from amends import Arm, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.evidence import Looks
from amends.analysis.guardrails import guard
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
from amends.analysis.result import NotEnough
from amends.analysis.sequential import always_valid_proportions

LOOKS = Looks(level=0.05, planned={"thank_you": 1000, "sorry": 1000})


def complaints(x1, n1, x2, n2):
    return contrast_of_proportions("complaint", Counts("thank_you", x1, n1), Counts("sorry", x2, n2))


def held(contrast, **parts):
    given = {"harm": 0.02, "better": "lower", "alpha": 0.05, "looks": None}
    return guard(contrast, **{**given, **parts})


@pytest.mark.parametrize(
    ("table", "better", "state", "worse"),
    [
        ((90, 1000, 30, 1000), "lower", "harm", "thank_you"),
        ((30, 1000, 90, 1000), "lower", "harm", "sorry"),
        ((90, 1000, 30, 1000), "higher", "harm", "sorry"),
        ((30, 1000, 90, 1000), "higher", "harm", "thank_you"),
        ((300, 10_000, 310, 10_000), "lower", "no harm", None),
        ((40, 1000, 30, 1000), "lower", "not excluded", None),
        # Worse beyond doubt, but within what is tolerated or not: that is open.
        ((75, 1000, 45, 1000), "lower", "not excluded", None),
    ],
)
def test_the_whole_interval_has_to_lie_beyond_the_margin(table, better, state, worse):
    found = held(complaints(*table), better=better)
    x1, n1, x2, n2 = table
    low, high = confint_proportions_2indep(x1, n1, x2, n2, compare="diff", method="newcomb")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert (found.state, found.worse) == (state, worse)


def test_while_collecting_the_always_valid_interval_is_read_at_the_whole_alpha():
    contrast = complaints(90, 1000, 40, 1000)
    found = held(contrast, looks=LOOKS)
    expected = always_valid_proportions(90, 1000, 40, 1000, alpha=0.05, planned_n=2000)
    assert (found.low, found.high) == (expected.low, expected.high)
    assert found.low < held(contrast).low
    assert found.name == "always-valid interval"


def test_without_a_rule_or_figures_nothing_is_found():
    assert held(complaints(90, 1000, 30, 1000), harm=None).state == "no rule"
    assert isinstance(held(complaints(0, 0, 3, 10)).state, NotEnough)
    assert (
        "no planned sample"
        in held(complaints(9, 100, 3, 100), looks=replace(LOOKS, planned=None)).state.reason
    )


GUARDED = [
    Proportion("completed", baseline=0.784, detect=0.127),
    Proportion("complaint", role="guardrail", better="lower", harm=0.02, baseline=0.05),
    Mean("minutes", source="outcome", role="guardrail", better="lower", sd=5, harm=2),
]


@pytest.fixture
def harmed(arm, tally_of):
    return tally_of(
        arm("thank_you", 700, 1000, outcomes={"complaint": 120}),
        arm("sorry", 700, 1000, outcomes={"complaint": 30}),
    )


def test_harm_is_its_own_sentence_a_note_and_never_part_of_the_verdict(two_arms, harmed, report_of):
    report = report_of(two_arms(metrics=GUARDED), harmed, status="stopped", finished_data=True)
    section = next(item for item in report.sections if item.name == "guardrails")
    assert section.said[0].en.startswith(
        "Harm: “thank you” is worse than “sorry” on complaints by more than the tolerated 2.0 points"
    )
    assert section.said[0].id.startswith(
        "Merugikan: “terima kasih” lebih buruk daripada “maaf” untuk keluhan"
    )
    assert "not enough data (thank_you has no values yet)" in section.said[1].en
    assert report.verdict == "no difference shown"
    assert "Harm" not in report.headline.en
    assert any("Harm:" in note for note in report.warnings)


def test_of_many_pairs_the_harms_are_named_and_the_rest_counted(two_arms, arm, tally_of, report_of):
    arms = [thank_you("Thank you."), sorry("Sorry."), Arm("promise", "Soon."), silence()]
    counted = tally_of(
        arm("thank_you", 700, 1000, outcomes={"complaint": 120}),
        *(arm(name, 700, 1000, outcomes={"complaint": 30}) for name in ("sorry", "promise", "silence")),
    )
    metrics = GUARDED[:2]
    report = report_of(two_arms(arms=arms, metrics=metrics), counted, status="stopped", finished_data=True)
    section = next(item for item in report.sections if item.name == "guardrails")
    assert [said.en.startswith("Harm: “thank you”") for said in section.said] == [True, True, True, False]
    assert section.said[3].en == "Complaints: no harm beyond the margin in 3 of 6 pairs."
    assert section.said[3].id == "Keluhan: tidak merugikan melebihi batas pada 3 dari 6 pasangan."
    assert len(section.more) == 6


def test_at_a_look_while_running_harm_says_stop_and_look(two_arms, harmed, report_of):
    report = report_of(two_arms(metrics=GUARDED), harmed, status="running")
    section = next(item for item in report.sections if item.name == "guardrails")
    assert section.said[0].en.startswith("Stop and look:")
    assert section.said[0].id.startswith("Hentikan dan periksa:")
    assert section.figures["guards"][0].name == "always-valid interval"
    assert any("looked at any time" in note.en for note in section.notes)


def test_after_a_stop_the_harm_rule_reads_the_planned_units_as_the_verdict_does(
    two_arms, harmed, report_of, arm, tally_of
):
    n = 180
    first = tally_of(
        arm("thank_you", 120, n, outcomes={"complaint": 9}), arm("sorry", 120, n, outcomes={"complaint": 8})
    )
    experiment = two_arms(metrics=GUARDED[:2])
    report = report_of(experiment, harmed, status="stopped", decision_tally=first)
    section = next(item for item in report.sections if item.name == "guardrails")
    (found,) = section.figures["guards"]
    low, high = confint_proportions_2indep(9, n, 8, n, compare="diff", method="newcomb")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)
    assert found.state == "not excluded"
    assert report["complaint", "thank_you", "sorry"].n == (1000, 1000)
    assert report["complaint", "thank_you", "sorry"].decision["n"] == (n, n)
    assert any("the same first planned units as the verdict" in note.en for note in section.notes)
    assert any("unit pertama sesuai rencana" in note.id for note in section.notes)

    plain = report_of(experiment, harmed, status="stopped", decision_tally=harmed)
    section = next(item for item in plain.sections if item.name == "guardrails")
    assert section.figures["guards"][0].state == "harm"
    assert not any("first planned" in note.en for note in section.notes)


def test_experiments_without_guardrails_have_no_such_section(two_arms, counts, report_of):
    assert "guardrails" not in report_of(two_arms(), counts).to_dict()["sections"]
