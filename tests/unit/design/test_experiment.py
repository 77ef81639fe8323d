import json
import pickle
import subprocess
import sys
from datetime import timedelta

import pytest

from amends.assignment.hashing import bucket
from amends.design.arm import Arm, silence, sorry, thank_you
from amends.design.contrasts import primary
from amends.design.eligibility import delayed_by
from amends.design.experiment import Experiment, changed_fields
from amends.design.invitation import invite
from amends.design.metrics import Mean, Proportion
from amends.design.randomization import Cluster, Holdout, Layer, blocked
from amends.design.survey import Choice, Rating, Scale, Text, service_quality
from amends.design.wording import text
from amends.errors import DefinitionError, UsageError

FIXED = """
from amends.design.arm import silence, thank_you
from amends.design.experiment import Experiment
print(Experiment(key="tea", notice="Late.", arms=[thank_you("Thank you."), silence()]).fingerprint())
"""


def full() -> Experiment:
    """An experiment that uses every argument."""
    return Experiment(
        key="everything",
        question="Does it all come back?",
        owner="care",
        unit="order",
        eligible=delayed_by(hours=24),
        notice=text(en="Hello {first_name}, late.", id="Halo {first_name}, terlambat."),
        otherwise=text(en="Sorry for the wait.", id="Maaf menunggu."),
        arms=[
            Arm("a", en="Thanks a lot.", id="Terima kasih.", weight="1/3", factors={"message": "thanks"}),
            Arm("b", en="Sorry a lot.", id="Mohon maaf.", weight=0.5, factors={"message": "sorry"}),
        ],
        invitation=invite(en="Here: {survey_url}", id="Ini: {survey_url}", after=timedelta(hours=3)),
        metrics=[
            Mean("satisfaction", scale=(1, 7)),
            Proportion("completed", baseline=0.4),
            Mean("amount", source="outcome", sd=10, role="guardrail", better="lower", margin=2),
        ],
        survey=[
            service_quality(),
            Scale("esteem", items=[text(en="x", id="x"), text(en="y", id="y")], reverse=[2], role="mediator"),
            Choice("place", text(en="Where?", id="Di mana?"), options=["home", "shop"]),
            Text("comment", text(en="Else?", id="Lainnya?")),
        ],
        consent="Agree?",
        debrief="Thank you.",
        response_window=timedelta(days=7),
        on_repeat="nothing",
        sender="human",
        cluster=Cluster("party", size=3, icc=0.1),
        randomize=blocked(by=("site",), sizes=(5, 10)),
        layer=Layer("delays", 0.0, 0.5),
        holdout=Holdout("kept", 0.05),
        contrasts=[primary("a", "b")],
        mediators=["esteem"],
        moderators=["channel"],
        covariates=["orders_before"],
        hypothesis="Thanks win.",
        exclusions=["staff"],
        alpha=0.1,
        power=0.9,
        sample=120,
    )


def test_a_snapshot_brings_the_whole_experiment_back():
    experiment = full()
    again = Experiment.from_snapshot(json.loads(json.dumps(experiment.snapshot())))
    assert again == experiment
    assert again.fingerprint() == experiment.fingerprint()
    assert again.items == experiment.items
    assert again.thresholds == experiment.thresholds


def test_a_snapshot_holds_every_argument_the_thresholds_and_the_questions():
    snapshot = full().snapshot()
    assert set(Experiment._fields) - set(Experiment._added) < set(snapshot)
    assert snapshot["thresholds"][-1] == 2**52
    assert snapshot["items"][0]["name"] == "satisfaction"


def test_a_field_that_was_added_later_changes_no_fingerprint_of_those_who_do_not_use_it():
    # Printed by the version before `masked` and `correct` existed.
    assert full().fingerprint() == "279cd77b088907b6d2b510c14733b55a2e8b12f46842e00437984e8a955bd193"


def test_a_snapshot_from_before_a_field_was_added_still_loads(build):
    snapshot = build(
        survey=[Rating("satisfaction"), Choice("place", "Where?", options=["a", "b"])]
    ).snapshot()
    assert "masked" not in snapshot
    assert "correct" not in snapshot["items"][0]
    again = Experiment.from_snapshot(snapshot)
    assert again.masked is False
    assert again.item("place").correct is None


def test_a_field_that_was_added_later_is_frozen_where_it_is_used(build):
    check = Choice("colour", "Tap blue.", options=["red", "blue"], role="attention_check", correct="blue")
    experiment = build(masked=True, survey=[Rating("satisfaction"), check])
    again = Experiment.from_snapshot(json.loads(json.dumps(experiment.snapshot())))
    assert again.masked is True
    assert again.item("colour").correct == "blue"
    assert again.fingerprint() == experiment.fingerprint() != build().fingerprint()
    assert "masked" in changed_fields(build().snapshot(), experiment.snapshot())


def test_the_fingerprint_is_the_same_in_every_process():
    found = {
        subprocess.run(
            [sys.executable, "-c", FIXED], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    }
    assert found == {"087733345d07c7d18e273e801f9e570cb2ab5b9fdd8f5b13a4cde8874156d9d5"}


def test_the_fingerprint_changes_with_every_word(build):
    assert build().fingerprint() != build(notice="Your parcel is late!").fingerprint()


def test_frozen_thresholds_stand_whatever_would_be_computed_now(build):
    snapshot = build().snapshot()
    snapshot["thresholds"] = [1, 2, 2**52]
    frozen = Experiment.from_snapshot(snapshot)
    assert set(frozen.arms_of(range(200))) == {"silence"}


def test_frozen_questions_stand_whatever_the_defaults_are_now(build):
    snapshot = build(metrics=[Mean("satisfaction", scale=(1, 7))]).snapshot()
    snapshot["items"][0]["question"] = "How was it?"
    assert Experiment.from_snapshot(snapshot).items[0].question.get("en") == "How was it?"


def test_a_snapshot_of_a_later_format_is_refused(build):
    with pytest.raises(DefinitionError, match="has format 2, this version reads 1. Update amends"):
        Experiment.from_snapshot({**build().snapshot(), "amends": 2})


def test_changed_fields_are_named_once_and_in_order(build):
    old, new = (
        build().snapshot(),
        build(alpha=0.1, arms=[thank_you("Thanks!", weight=2), silence()]).snapshot(),
    )
    assert changed_fields(old, new) == ("alpha", "arms")
    assert changed_fields(old, old) == ()


def test_an_unbound_experiment_has_no_arms_to_give_and_says_why(build):
    unbound = build(key=None)
    for call in (lambda: unbound.arm_of("C-1"), lambda: unbound.arms_of(["C-1"]), unbound.snapshot):
        with pytest.raises(UsageError, match=r"has no key yet.*amends.load"):
            call()


def test_binding_gives_key_and_question_and_leaves_the_original_alone(build):
    unbound = build(key=None)
    bound = unbound.bind("late_parcel", "Which one?")
    assert (bound.key, bound.question, unbound.key) == ("late_parcel", "Which one?", None)
    assert bound.arm_of("C-1") == build().arm_of("C-1")


def test_a_question_in_a_further_language_stands_beside_the_files(build):
    made = build(key=None, question=text(id="Yang mana?")).bind("late_parcel", "Which one?")
    assert (made.question, made.question_in("id-ID"), made.question_in("fr")) == (
        "Which one?",
        "Yang mana?",
        "Which one?",
    )
    frozen = Experiment.from_snapshot(json.loads(json.dumps(made.snapshot())))
    for again in (frozen, pickle.loads(pickle.dumps(made))):
        assert (again, again.question_in("id")) == (made, "Yang mana?")
        assert again.fingerprint() == made.fingerprint()
    both = build(question=text(en="Mine?", id="Punyaku?"))
    assert (both.question, both.question_in("id")) == ("Mine?", "Punyaku?")
    other = build(question=text(en="Mine?", id="Lain?"))
    assert changed_fields(both.snapshot(), other.snapshot()) == ("question",)


def test_a_question_has_no_slots_and_is_a_text(refusal, build):
    assert "question has the slot {name}" in refusal(build, question=text(en="Why, {name}?"))
    assert "question" in refusal(build, question=7)


def test_a_question_in_the_definition_stands_before_the_files(build):
    assert build(key=None, question="Mine?").bind("late_parcel", "The file's?").question == "Mine?"


def test_binding_under_another_key_than_declared_is_refused(build):
    with pytest.raises(
        DefinitionError, match="key='late_parcel' stands in a definition that is called 'other'"
    ):
        build().bind("other")


def test_a_key_must_be_a_name(build):
    with pytest.raises(DefinitionError, match="Write 'late_parcel'"):
        build(key=None).bind("late-parcel")


def test_the_arm_is_the_first_whose_threshold_lies_above_the_bucket(build):
    experiment = build()
    names = [arm.name for arm in experiment.arms]
    for number in range(300):
        place = bucket("late_parcel", "arm", number)
        expected = next(
            name for name, bound in zip(names, experiment.thresholds, strict=True) if place < bound
        )
        assert experiment.arm_of(number) == experiment.arm_of(str(number)) == expected


def test_many_arms_are_those_of_each_id_in_order(build):
    experiment = build()
    ids = ["C-1", 7, "Ångström", "😀"]
    assert experiment.arms_of(ids) == [experiment.arm_of(unit) for unit in ids]


def test_under_blocks_no_arm_follows_from_an_id(build):
    sealed = build(randomize=blocked())
    for call in (lambda: sealed.arm_of("C-1"), lambda: sealed.arms_of(["C-1"])):
        with pytest.raises(UsageError, match="draws its arms in blocks from a sealed list"):
            call()


def test_default_block_sizes_are_twice_and_three_times_the_smallest_total(build):
    assert build(randomize=blocked()).block_sizes == (6, 9)
    assert build().block_sizes == ()


def test_every_pair_is_compared_by_default_with_silence_last(build):
    arms = [silence(), thank_you("Thanks a lot."), sorry("Sorry a lot.")]
    assert build(arms=arms).pairs() == (
        ("thank_you", "sorry"),
        ("thank_you", "silence"),
        ("sorry", "silence"),
    )


def test_arms_that_all_say_nothing_are_compared_in_order(build):
    arms = [Arm("in_district"), Arm("out_of_district")]
    assert build(notice=None, arms=arms).pairs() == (("in_district", "out_of_district"),)


def test_declared_contrasts_replace_the_default_pairs(build):
    assert build(contrasts=[("sorry", "thank_you")]).pairs() == (("sorry", "thank_you"),)


def test_slots_are_those_of_every_text_whatever_arm_is_drawn(build):
    made = build(
        notice="Late, {first_name}.",
        otherwise="Late, {last_name}.",
        arms=[thank_you("Thanks, {nick}."), sorry("Sorry, {nick}."), silence()],
        invitation=invite("{survey_url} {shop}"),
    )
    assert made.slots == {"first_name", "last_name", "nick", "shop"}


def test_the_first_metric_is_primary_and_the_others_secondary(build):
    made = build(
        metrics=[Proportion("completed"), Proportion("refund"), Proportion("again", role="guardrail")]
    )
    assert [metric.role for metric in made.metrics] == ["primary", "secondary", "guardrail"]
    assert made.primary_metric.name == "completed"


def test_a_later_metric_may_be_declared_primary(build):
    made = build(metrics=[Proportion("completed"), Proportion("refund", role="primary")])
    assert [metric.role for metric in made.metrics] == ["secondary", "primary"]


def test_completion_is_measured_where_nothing_is_declared(build):
    assert [metric.name for metric in build().metrics] == ["completed"]


def test_a_mean_that_no_question_covers_is_asked_first(build):
    made = build(metrics=[Mean("satisfaction", scale=(1, 5))], survey=[Text("comment", "Else?")])
    assert [(item.name, getattr(item, "scale", None)) for item in made.items] == [
        ("satisfaction", (1, 5)),
        ("comment", None),
    ]


def test_a_mean_takes_the_scale_of_its_question(build):
    made = build(metrics=[Mean("anger")], survey=[Rating("anger", "How angry?", scale=(0, 10))])
    assert made.metric("anger").scale == (0, 10)
    assert len(made.items) == 1


def test_an_outside_form_needs_no_wording_for_its_ratings(build):
    made = build(metrics=[Mean("effort", scale=(1, 5))], survey="https://forms.example/?t={token}")
    assert made.items[0].check("5") == 5


def test_an_experiment_speaks_the_languages_of_its_texts(build):
    made = build(
        notice=text(en="Late.", id="Terlambat."),
        arms=[thank_you(en="Thank you.", id="Terima kasih"), silence()],
    )
    assert made.locales == ("en", "id")
    assert (made.locale_for("id-ID"), made.locale_for("fr")) == ("id", None)


def test_one_string_for_all_speaks_every_language(build):
    assert build().locales == ()
    assert build().locale_for("fr-CA") == "fr_CA"
    assert build().locale_for("xx") == "xx"


def test_parts_are_found_by_name_and_a_slip_gets_the_nearest(build):
    assert build().arm("sorry").name == "sorry"
    with pytest.raises(UsageError, match="late_parcel has no 'sory'. Did you mean 'sorry'"):
        build().arm("sory")
    with pytest.raises(UsageError, match="Did you mean 'completed'"):
        build().metric("complete")
    with pytest.raises(UsageError, match="has no 'x'"):
        build().item("x")


def test_shares_add_up_to_one_as_written():
    arms = [Arm("a", "x", weight=0.1), Arm("b", "y", weight=0.2), Arm("c", "z", weight=0.7)]
    assert Experiment(notice="n", arms=arms).shares == (0.1, 0.2, 0.7)


def test_units_that_share_a_draw_are_clustered(build):
    assert build(cluster="party").clustered
    assert build(on_repeat="new_unit").clustered
    assert not build().clustered


def test_an_experiment_prints_its_key_and_arms(build):
    assert repr(build()) == "Experiment(late_parcel: thank_you, sorry, silence)"
