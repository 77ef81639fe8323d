"""The preregistration: what was frozen, in a registry's questions, with its fingerprint and time."""

import hashlib
import json
from datetime import timedelta

import pytest

from amends import Choice, Mean, Proportion, Rating, Scale, blocked, primary
from amends.analysis.preregistration import QUESTIONS

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
