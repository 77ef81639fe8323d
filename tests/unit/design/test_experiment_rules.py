"""Every rule of a definition is broken once; the message names the value, the rule and the remedy."""

from datetime import timedelta

import pytest

from amends.design.arm import Arm, silence, sorry, thank_you
from amends.design.contrasts import contrast, primary
from amends.design.invitation import invite
from amends.design.metrics import Mean, Proportion
from amends.design.randomization import Cluster, blocked
from amends.design.survey import Choice, Rating, Scale
from amends.design.wording import text


def test_one_arm_is_refused(build, refusal):
    said = refusal(build, arms=[thank_you("Thanks.")])
    assert "arms has 1 (thank_you)" in said
    assert "Add another, for instance silence()" in said


def test_no_arms_are_refused(build, refusal):
    assert "arms has 0 (none)" in refusal(build, arms=[])


def test_what_is_no_arm_is_refused(build, refusal):
    assert "which is no arm" in refusal(build, arms=["thank_you", "sorry"])
    assert "arms is" in refusal(build, arms=silence())
    assert "it must be a list" in refusal(build, arms="thank_you")


def test_an_arm_that_hardly_anybody_would_get_is_refused(build, refusal):
    said = refusal(build, arms=[Arm("a", "x", weight=1e-300), Arm("b", "y")])
    assert "weight of arm 'a' is 1e-300, less than one in 10,000 of all" in said


@pytest.mark.parametrize(
    "part", ["arms", "metrics", "survey", "contrasts", "mediators", "moderators", "covariates", "exclusions"]
)
@pytest.mark.parametrize("wrong", [5, {"a": 1}])
def test_what_must_be_a_list_is_refused_with_an_example(build, refusal, part, wrong):
    assert "it must be a list, such as" in refusal(build, **{part: wrong})


def test_two_arms_of_one_name_are_refused(build, refusal):
    said = refusal(build, arms=[thank_you("Thanks."), thank_you("Thank you.")])
    assert "arm 'thank_you' is given twice" in said


def test_speaking_arms_in_different_languages_are_refused(build, refusal):
    said = refusal(build, notice=None, arms=[thank_you(en="Thanks.", id="Terima kasih."), sorry(en="Sorry.")])
    assert "arm 'sorry' is written in en, arm 'thank_you' in en, id" in said
    assert "Add the missing text" in said


def test_one_arm_for_all_and_another_per_language_are_refused(build, refusal):
    said = refusal(build, notice=None, arms=[thank_you("Thanks."), sorry(en="Sorry.")])
    assert "arm 'thank_you' in one text for every locale" in said


@pytest.mark.parametrize("part", ["notice", "otherwise"])
def test_facts_in_other_languages_than_the_arms_are_refused(build, refusal, part):
    arms = [thank_you(en="Thanks.", id="Terima kasih."), silence()]
    said = refusal(build, **{"notice": None, "arms": arms, part: text(en="Late.")})
    assert f"{part} is written in en, arm 'thank_you' in en, id" in said


def test_notice_and_otherwise_need_the_same_languages(build, refusal):
    said = refusal(build, notice=text(en="Late.", id="Terlambat."), otherwise=text(en="Late!"))
    assert "otherwise is written in en, notice in en, id" in said


def test_an_invitation_must_cover_the_languages_of_the_arms(build, refusal):
    said = refusal(build, notice=None, arms=[thank_you(pt_BR="Obrigado."), silence()])
    assert "invitation is written in en, id, but arm 'thank_you' also speaks 'pt_BR'. Add pt_BR=…" in said


def test_survey_questions_must_cover_the_languages_of_the_arms(build, refusal):
    said = refusal(
        build,
        notice=None,
        arms=[thank_you(en="Thanks.", id="Terima kasih."), silence()],
        survey=[Rating("anger", text(en="How angry?"))],
    )
    assert "survey item 'anger' is written in en, but arm 'thank_you' also speaks 'id'" in said


def test_consent_must_cover_the_languages_of_the_arms(build, refusal):
    arms = [thank_you(en="Thanks.", id="Terima kasih."), silence()]
    assert "consent is written in en" in refusal(build, notice=None, arms=arms, consent=text(en="Agree?"))


def test_a_survey_link_inside_an_arm_is_refused(build, refusal):
    said = refusal(build, arms=[thank_you("Thanks: {survey_url}"), silence()])
    assert "arm 'thank_you' has the slot {survey_url}" in said
    assert "invitation=invite(…)" in said


@pytest.mark.parametrize("part", ["notice", "otherwise"])
def test_a_survey_link_in_the_facts_is_refused(build, refusal, part):
    assert f"{part} has the slot {{survey_url}}" in refusal(build, **{part: "Late: {survey_url}"})


@pytest.mark.parametrize(
    "slot",
    [
        "arm",
        "at",
        "channel",
        "cluster",
        "covariates",
        "delay",
        "incident",
        "locale",
        "promised_at",
        "strata",
        "test",
        "timezone",
        "unit_id",
    ],
)
def test_a_slot_named_like_an_argument_of_assign_is_refused(build, refusal, slot):
    said = refusal(build, notice=f"Late: {{{slot}}}")
    assert f"notice has the slot {{{slot}}}, but {slot!r} is an argument of assign itself" in said
    assert f"{{the_{slot}}}" in said


def test_a_reserved_slot_in_the_invitation_is_refused_too(build, refusal):
    assert "invitation has the slot {channel}" in refusal(build, invitation=invite("{survey_url} {channel}"))


def test_slots_that_we_fill_are_not_asked_of_the_sender(build):
    made = build(notice="{greeting}, {first_name}. We answer {answer_by}.")
    assert made.slots == {"first_name"}


def test_a_greeting_in_a_language_that_we_do_not_speak_is_refused(build, refusal):
    said = refusal(
        build,
        notice=text(fr="{greeting}, votre colis est en retard."),
        arms=[thank_you(fr="Merci."), silence()],
        invitation=invite(fr="Ici : {survey_url}"),
        metrics=[Proportion("completed")],
    )
    assert "notice asks for {greeting} in 'fr'; we fill it in English and Indonesian only" in said


@pytest.mark.parametrize("part", ["consent", "debrief"])
def test_slots_on_the_survey_page_are_refused(build, refusal, part):
    assert f"{part} has the slot {{first_name}}" in refusal(build, **{part: "Hello {first_name}"})


def test_slots_in_a_sentence_for_the_survey_page_are_refused(build, refusal):
    arms = [thank_you("Thank you, {first_name}."), silence()]
    assert "arm 'thank_you' has the slot {first_name}" in refusal(build, arms=arms, show_message="survey")


def test_an_unknown_argument_is_refused_with_the_nearest(build, refusal):
    said = refusal(build, notise="Late.")
    assert said == "Experiment has no argument 'notise'. Did you mean 'notice'?"


@pytest.mark.parametrize("alpha", [0, 0.5, 5, -0.1, "0.05", None, True])
def test_an_alpha_outside_its_range_is_refused(build, refusal, alpha):
    said = refusal(build, alpha=alpha)
    assert f"alpha is {alpha!r}; it must be a number in (0, 0.5)" in said
    assert "0.05" in said


@pytest.mark.parametrize("power", [0, 1, 80])
def test_a_power_outside_its_range_is_refused(build, refusal, power):
    assert f"power is {power!r}; it must be a number in (0, 1)" in refusal(build, power=power)


@pytest.mark.parametrize("sample", [0, 1, -5, 12.5, "120", True])
def test_a_sample_that_is_no_count_is_refused(build, refusal, sample):
    assert f"sample is {sample!r}; it must be a whole number of at least 2" in refusal(build, sample=sample)


@pytest.mark.parametrize(
    ("part", "wrong", "said"),
    [
        ("show_message", "page", "show_message is 'page'; it must be 'message' or 'survey'"),
        ("on_repeat", "same", "Did you mean 'same_arm'"),
        ("sender", "person", "sender is 'person'"),
        ("unit", "The Customer", "Write 'the_customer'"),
        ("key", "Late Parcel", "experiment key 'Late Parcel' is not a name"),
        ("owner", "", "owner is ''"),
        ("question", " ", "question is ' '"),
        ("hypothesis", 5, "hypothesis is 5"),
        ("eligible", 24, "eligible is 24; it must be made like everyone() or delayed_by(hours=24)"),
        ("randomize", "blocked", "randomize is 'blocked'; it must be made like hashed() or blocked(by=…)"),
        ("layer", 0.5, "layer is 0.5"),
        ("holdout", 0.5, "holdout is 0.5"),
        ("cluster", 3, "cluster is 3"),
        ("cluster", "The party", "Write 'the_party'"),
        ("invitation", 5, "invitation is 5"),
        ("invitation", "Please", "has no {survey_url}"),
        (
            "response_window",
            timedelta(),
            "response_window is datetime.timedelta(0); it must be a positive duration",
        ),
        ("response_window", 7, "timedelta(days=7)"),
        ("contrasts", ["thank_you"], "is not a pair of arms"),
        ("survey", "forms.example", "is no address of an outside form"),
    ],
)
def test_each_argument_has_its_rule(build, refusal, part, wrong, said):
    assert said in refusal(build, **{part: wrong})


def test_two_metrics_of_one_name_are_refused(build, refusal):
    said = refusal(build, metrics=[Proportion("completed"), Proportion("completed", baseline=0.3)])
    assert "metric 'completed' is given twice" in said


def test_two_primary_metrics_are_refused(build, refusal):
    said = refusal(
        build, metrics=[Proportion("completed", role="primary"), Proportion("refund", role="primary")]
    )
    assert "metrics 'completed', 'refund' are all primary; exactly one may be" in said


def test_no_primary_metric_is_refused(build, refusal):
    assert "no metric is primary" in refusal(build, metrics=[Proportion("completed", role="secondary")])


def test_no_metrics_at_all_are_refused(build, refusal):
    assert 'Write [Proportion("completed")]' in refusal(build, metrics=[])


def test_what_is_no_metric_is_refused(build, refusal):
    assert "which is no metric" in refusal(build, metrics=["completed"])


def test_a_survey_mean_without_scale_or_question_is_refused(build, refusal):
    assert "has no scale and no survey item" in refusal(build, metrics=[Mean("effort")])


def test_a_survey_mean_whose_question_is_unknown_is_refused(build, refusal):
    said = refusal(build, metrics=[Mean("effort", scale=(1, 5))])
    assert 'Add survey=[Rating("effort", text(en=…, id=…), scale=(1, 5))]' in said


def test_a_mean_on_another_scale_than_its_question_is_refused(build, refusal):
    said = refusal(
        build, metrics=[Mean("satisfaction", scale=(1, 5))], survey=[Rating("satisfaction", scale=(1, 7))]
    )
    assert "has scale (1, 5), its survey item (1, 7)" in said


def test_a_mean_of_a_choice_is_refused(build, refusal):
    choice = Choice("place", "Where?", options=["a", "b"])
    assert "is asked as Choice" in refusal(build, metrics=[Mean("place", scale=(1, 5))], survey=[choice])


def test_a_primary_amount_without_an_sd_is_refused(build, refusal):
    assert "has neither scale nor sd" in refusal(build, metrics=[Mean("refunded", source="outcome")])


def test_people_who_hand_out_messages_need_blocks(build, refusal):
    assert "Add randomize=blocked(by=…)" in refusal(build, sender="human")
    assert build(sender="human", randomize=blocked()).sender == "human"


@pytest.mark.parametrize("size", [4, 5, 7])
def test_a_block_size_that_cannot_hold_the_arms_in_proportion_is_refused(build, refusal, size):
    said = refusal(build, randomize=blocked(sizes=(6, size)))
    assert f"block size {size} is no multiple of 3" in said
    assert "sizes=(6, 9)" in said


def test_block_sizes_follow_weights_as_they_are_written(build, refusal):
    arms = [Arm("a", "x", weight=0.1), Arm("b", "y", weight=0.2), Arm("c", "z", weight=0.7)]
    assert build(arms=arms, randomize=blocked(sizes=(10, 20))).block_sizes == (10, 20)
    assert "no multiple of 10" in refusal(build, arms=arms, randomize=blocked(sizes=(15,)))


def test_balancing_on_a_metric_is_refused(build, refusal):
    said = refusal(
        build,
        metrics=[Proportion("completed"), Proportion("refund")],
        randomize=blocked(by="refund"),
    )
    assert "would balance on a metric" in said


def test_a_repeat_that_makes_new_units_leaves_no_other_cluster(build, refusal):
    assert "cluster='party' is declared" in refusal(build, on_repeat="new_unit", cluster="party")


def test_a_contrast_with_an_unknown_arm_is_refused_with_the_nearest(build, refusal):
    assert "names no arm 'thankyou'. Did you mean 'thank_you'" in refusal(
        build, contrasts=[("thankyou", "sorry")]
    )


def test_an_arm_against_itself_is_refused(build, refusal):
    assert "with itself" in refusal(build, contrasts=[("sorry", "sorry")])


def test_one_pair_twice_is_refused(build, refusal):
    said = refusal(build, contrasts=[primary("thank_you", "sorry"), contrast("sorry", "thank_you")])
    assert "contrast 'sorry/thank_you' is given twice" in said


def test_arms_that_cross_need_every_factor(build, refusal):
    said = refusal(build, arms=[Arm("a", "x", factors={"voucher": "no"}), Arm("b", "y")])
    assert "give every arm a level of every factor" in said


def test_two_arms_at_the_same_levels_are_refused(build, refusal):
    arms = [Arm("a", "x", factors={"voucher": "no"}), Arm("b", "y", factors={"voucher": "no"})]
    assert "combination 'voucher=no' is given twice" in refusal(build, arms=arms)


def test_a_mediator_must_be_asked(build, refusal):
    said = refusal(build, mediators=["esteem"], survey=[Scale("self_esteem", items=["a", "b"])])
    assert "mediator 'esteem' is no survey item" in said


@pytest.mark.parametrize("what", ["moderators", "covariates"])
def test_what_is_known_only_after_the_message_cannot_be_a_moderator_or_covariate(build, refusal, what):
    said = refusal(build, **{what: ["completed"]})
    assert f"{what[:-1]} 'completed' is measured after the message" in said


def test_a_sentence_on_the_survey_page_needs_our_own_page_and_an_invitation(build, refusal):
    assert "nobody is invited to it" in refusal(build, show_message="survey", invitation=None)
    said = refusal(build, show_message="survey", survey="https://forms.example/?t={token}")
    assert "the survey is an outside form" in said


def test_a_cluster_may_be_a_name_or_a_value(build):
    assert build(cluster="party").cluster == Cluster("party")
    assert build(cluster=Cluster("party", size=3)).cluster.size == 3


def test_a_completion_code_needs_our_own_survey_page(build, refusal):
    assert "nobody is invited to it" in refusal(build, completion_code=True, invitation=None)
    said = refusal(build, completion_code=True, survey="https://forms.example/?t={token}")
    assert said.startswith("completion_code=True puts something on our own survey page")
    assert "completion_code is 'yes'" in refusal(build, completion_code="yes")


def test_a_definition_without_completion_codes_has_the_fingerprint_it_had_before_there_were_any(build):
    plain, with_code = build(), build(completion_code=True)
    assert "completion_code" not in plain.snapshot()
    assert plain.fingerprint() != with_code.fingerprint()
    assert type(with_code).from_snapshot(with_code.snapshot()).completion_code is True
