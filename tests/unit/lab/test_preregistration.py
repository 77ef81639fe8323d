"""The preregistration: what was frozen, in a registry's questions, with its fingerprint and time."""

import hashlib
import json
from datetime import timedelta

import pytest

from amends import Choice, Mean, Proportion, Rating, Scale, blocked, primary
from amends.analysis.preregistration import QUESTIONS
from amends.design.moderators import exploratory
from amends.design.net_promoter import NetPromoter
from amends.design.reminder import Reminder

KEY = "late_parcel"


@pytest.fixture
def full(define):
    check = Choice("colour", "Tap blue.", options=["red", "blue"], role="attention_check", correct="blue")
    return define(
        hypothesis="Thanks win.",
        exclusions=["colour", "Staff"],
        response_window=timedelta(days=7),
        randomize=blocked(by=("site",)),
        contrasts=[primary("thank_you", "sorry"), ("thank_you", "silence")],
        moderators=["channel"],
        covariates=["orders_before"],
        metrics=[
            Proportion("completed", baseline=0.4, detect=0.05),
            Mean("satisfaction", scale=(1, 7), margin=0.3),
        ],
        survey=[
            Rating("satisfaction"),
            check,
            Scale("felt_valued", items=["Valued.", "Ignored."], role="manipulation_check"),
        ],
    )


def answers(found):
    return {answer.name: " ".join(said.en for said in answer.said) for answer in found.answers}


def test_every_question_is_answered_in_both_languages(open_lab, full):
    found = open_lab(full).preregistration(KEY)
    assert [answer.name for answer in found.answers] == list(QUESTIONS)
    for answer in found.answers:
        assert answer.said
        assert all(said.en.strip() and said.id.strip() for said in answer.said)


def test_the_answers_tell_what_was_declared(open_lab, full):
    said = answers(open_lab(full).preregistration(KEY))
    assert "Expected: Thanks win." in said["hypothesis"]
    assert "Completed surveys (primary)" in said["dependent_variables"]
    assert "Differences below 0.30 points count as the same." in said["dependent_variables"]
    assert "Thank you: “Thank you for waiting so patiently.”" in said["conditions"]
    assert "from a sealed list, within site" in said["conditions"]
    assert "Tested first, and the others only if it rejects: thank you – sorry." in said["analyses"]
    assert "decides at 1.0%" in said["analyses"]
    assert "decides once at 4.0%" in said["analyses"]
    assert "Moderators: channel." in said["analyses"]
    assert "who fails the check colour" in said["exclusions"]
    assert "Left out: Staff." in said["exclusions"]
    assert "Answers count within 7 days of the invitation." in said["other"]
    assert "Attention check colour: the right answer is blue." in said["other"]
    assert "Manipulation checks: felt_valued." in said["other"]


def test_the_planned_sample_is_the_plans(open_lab, full):
    from amends.design.plan import plan

    planned = plan(full)
    said = answers(open_lab(full).preregistration(KEY))["sample_size"]
    assert said.startswith(f"{planned.total:,} customers in all, at least {planned.smallest:,} in each arm")


def test_the_stamp_is_the_hash_of_what_is_stored_and_the_time_of_the_start(open_lab, full):
    lab = open_lab(full)
    found = lab.preregistration(KEY)
    stored = json.dumps(
        dict(lab.store.experiment(KEY).snapshot), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert found.fingerprint == hashlib.sha256(stored.encode()).hexdigest()
    assert found.stamp.en.startswith("Frozen on 2 March 2026, 12:00 UTC, before the first unit was assigned.")
    assert found.fingerprint in found.to_text()
    assert found.fingerprint in found.to_markdown(locale="id")


def test_a_draft_is_said_to_be_one(open_lab, full):
    found = open_lab(full, start=False).preregistration(KEY)
    assert found.stamp.en.startswith("A draft, not frozen yet.")
    assert found.to_dict()["frozen_at"] is None
    assert found.fingerprint == full.fingerprint()


def test_an_experiment_without_a_window_or_hypothesis_says_so(open_lab, define):
    said = answers(open_lab(define(question=None)).preregistration(KEY))
    assert "No question is written." in said["hypothesis"]
    assert "every test is two-sided" in said["hypothesis"]
    assert "No response window" in said["other"]
    assert "Nobody who was assigned is left out." in said["exclusions"]


def test_a_clustered_design_says_that_it_is_tested_by_cluster(open_lab, define):
    said = answers(open_lab(define(cluster="household")).preregistration(KEY))
    assert "every test is made by cluster" in said["analyses"]
    assert "everyone of one household gets the same arm" in said["conditions"]


def test_the_report_carries_the_preregistration(open_lab, full):
    report = open_lab(full).analyze(KEY)
    section = next(item for item in report.sections if item.name == "preregistration")
    held = report.to_dict()["sections"]["preregistration"]
    assert held["fingerprint"] in section.said[0].en
    assert set(held["answers"]) == set(QUESTIONS)


def test_a_masked_report_tells_the_plan_by_letter(open_lab, define):
    lab = open_lab(define(masked=True, question=None))
    section = next(item for item in lab.analyze(KEY).sections if item.name == "preregistration")
    said = " ".join(sentence.en for sentence in section.said)
    assert "3 arms: A (33.3%), B (33.3%), C (33.3%)." in said
    assert "Thank you" not in said
    assert "thank you" in lab.preregistration(KEY).to_text()


def test_metrics_of_a_rating_guardrails_and_reminders_are_told_as_they_are_made(open_lab, define):
    metrics = [
        Proportion("completed"),
        Proportion("satisfied", of="satisfaction", at_least=6),
        Proportion("csat", of="satisfaction", at_least=6, among="answered"),
        NetPromoter("loyalty", of="recommend"),
        Proportion("refund", role="guardrail", better="lower", harm=0.02),
        Mean("minutes", source="outcome", sd=9, role="guardrail"),
    ]
    survey = [Rating("satisfaction"), Rating("recommend", scale=(0, 10))]
    asked = {"response_window": timedelta(days=2), "reminder": Reminder(share=0.3)}
    found = open_lab(define(metrics=metrics, survey=survey, **asked)).preregistration(KEY)
    said = answers(found)
    measured = said["dependent_variables"]
    assert (
        "everyone assigned that rated satisfaction at least 6; who did not answer counts as not" in measured
    )
    assert "the share of those who answered satisfaction that rated it at least 6;" in measured
    assert "promoters (9 or 10) minus detractors (0 to 6) on recommend" in measured
    assert "for whom it was recorded; nothing recorded counts as no; lower is better. Harm is a" in measured
    assert "worsening by more than 2.0 points: shown where the whole interval" in measured
    assert "one-sided at 2.5% for each comparison" in measured
    assert "the mean of the recorded values; higher is better. No harm rule is declared." in measured
    assert "a share of 30.0% drawn by chance is reminded; what they answer within 7 days" in said["other"]
    indonesian = " ".join(sentence.id for answer in found.answers for sentence in answer.said)
    assert "promotor (9 atau 10) dikurangi detraktor" in indonesian
    assert "30,0% yang diundi diingatkan" in indonesian


def test_the_test_that_is_named_is_the_test_that_decides(open_lab, define):
    rated = [Mean("satisfaction", scale=(1, 7))]
    declared = {"covariates": ["orders"], "moderators": [exploratory("orders")]}
    lab = open_lab(
        define("plain", metrics=rated),
        define("adjusted", metrics=rated, **declared),
        define("grouped", metrics=rated, cluster="household", **declared),
    )
    plain, adjusted, grouped = (
        answers(lab.preregistration(key))["analyses"] for key in ("plain", "adjusted", "grouped")
    )
    assert "Means: Welch's t test." in plain
    assert "Lin" not in plain
    assert "Lin's regression on arm, the centred covariates (orders)" in adjusted
    assert "Moderators explored: orders. The same, adjusted by Benjamini and Hochberg" in adjusted
    assert "from 40 clusters in a comparison by CR1 errors" in grouped
    assert "Welch's t test" not in grouped
    assert "Adjusted differences stand beside the plain ones, which decide." in grouped
    assert "Moderators explored: orders. Not tested, because clusters are assigned." in grouped
    for said in (plain, adjusted, grouped):
        assert "decides once at 4.0%, on the first planned units of every arm" in said
