from amends.design.attention import attention_checks, excluding_checks
from amends.design.survey import Choice, Rating

TAP_FOUR = Rating("tap_four", "Please tap 4.", role="attention_check", correct=4)
COLOUR = Choice("colour", "Tap blue.", options=["red", "blue"], role="attention_check", correct="blue")
SATISFACTION = Rating("satisfaction")


def test_the_right_answer_must_be_one_that_the_question_accepts(refusal):
    said = refusal(Rating, "tap", "Tap 9.", role="attention_check", correct=9)
    assert "correct of Rating('tap') is 9; it must be one of the answers: 1, 2, 3, 4, 5, 6, 7." in said
    said = refusal(
        Choice, "colour", "Blue?", options=["red", "blue"], role="attention_check", correct="green"
    )
    assert "it must be one of the answers: red, blue." in said


def test_true_is_no_right_answer_of_a_rating(refusal):
    assert "is True" in refusal(Rating, "tap", "Tap 1.", role="attention_check", correct=True)


def test_only_an_attention_check_has_a_right_answer(refusal):
    said = refusal(Rating, "satisfaction", correct=7)
    assert "only an attention check has a right answer" in said


def test_a_choice_that_checks_the_manipulation_names_the_answer_that_is_counted(refusal):
    told = {"options": ["thanked", "apologised"], "role": "manipulation_check"}
    assert "without correct=…" in refusal(Choice, "told", "We…", **told)
    assert "it must be one of the answers: thanked, apologised." in refusal(
        Choice, "told", "We…", correct="neither", **told
    )
    assert Choice("told", "We…", correct="thanked", **told).correct == "thanked"
    assert "only an attention check" in refusal(
        Rating, "felt", "I felt thanked.", role="manipulation_check", correct=7
    )


def test_an_attention_check_without_a_right_answer_is_allowed(build):
    experiment = build(survey=[SATISFACTION, Rating("tap", "Tap 4.", role="attention_check")])
    assert [item.name for item in attention_checks(experiment)] == ["tap"]


def test_an_exclusion_may_name_a_check_or_be_a_sentence(build):
    experiment = build(
        survey=[SATISFACTION, TAP_FOUR, COLOUR], exclusions=["tap_four", "Staff and their families"]
    )
    assert excluding_checks(experiment) == (TAP_FOUR,)
    assert attention_checks(experiment) == (TAP_FOUR, COLOUR)


def test_an_exclusion_that_names_another_question_is_refused(build, refusal):
    said = refusal(build, survey=[SATISFACTION], exclusions=["satisfaction"])
    assert "'satisfaction' is no attention check with a right answer" in said
    open_check = Rating("tap", "Tap 4.", role="attention_check")
    assert "correct=…" in refusal(build, survey=[SATISFACTION, open_check], exclusions=["tap"])
