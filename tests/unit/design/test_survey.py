import pytest

from amends.design.survey import (
    Choice,
    Rating,
    Scale,
    Text,
    as_survey,
    item_from_dict,
    questions,
    service_quality,
)
from amends.design.wording import text
from amends.errors import DefinitionError, RecordRefused


def test_satisfaction_has_its_question_and_its_ends_in_both_languages():
    item = Rating("satisfaction")
    assert item.question.get("id") == "Seberapa puas Anda dengan layanan kami?"
    assert item.low.get("en") == "not at all"
    assert list(item.points) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("answer", [1, 7, "4", 5.0])
def test_a_rating_on_the_scale_is_taken_as_a_whole_number(answer):
    assert type(Rating("satisfaction").check(answer)) is int


@pytest.mark.parametrize("answer", [0, 8, 4.5, "x", "", None, True, "9" * 30, "4.0", [4], float("nan")])
def test_a_rating_off_the_scale_is_refused_with_the_range(answer):
    with pytest.raises(RecordRefused, match="satisfaction is .*; it must be a whole number from 1 to 7"):
        Rating("satisfaction").check(answer)


def test_a_rating_without_a_question_is_refused():
    with pytest.raises(DefinitionError, match=r"Rating\('effort'\) has no question"):
        Rating("effort")


def test_a_question_with_a_slot_is_refused():
    with pytest.raises(
        DefinitionError, match=r"has the slot \{first_name\}; a question is the same for everybody"
    ):
        Rating("effort", "How hard was it, {first_name}?")


@pytest.mark.parametrize("name", ["token", "at", "finished", "completed", "unit_id", "idempotency_key"])
def test_a_name_that_record_response_uses_is_refused(name):
    with pytest.raises(DefinitionError, match="record_response uses itself"):
        Rating(name, "How?")


def test_the_role_of_an_item_is_one_of_five():
    with pytest.raises(DefinitionError, match="role of Rating.* Did you mean 'mediator'"):
        Rating("esteem", "I feel valued.", role="mediater")


def test_a_scale_is_asked_one_by_one_and_scored_after_reversing():
    scale = Scale(
        "esteem", items=["I feel valued.", text(en="I feel ignored.", id="Saya diabaikan.")], reverse=[2]
    )
    assert [item.name for item in questions([scale])] == ["esteem_1", "esteem_2"]
    assert scale.score({"esteem_1": 7, "esteem_2": 2}) == 6.5
    assert scale.score({"esteem_1": 7}) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"items": ["one"]}, "it needs at least two. For one, use Rating"),
        ({"items": ["a", "b"], "reverse": [3]}, "names item 3; items are 1 to 2"),
        ({"items": ["a", "b"], "revers": [1]}, "Did you mean 'reverse'"),
    ],
)
def test_a_scale_has_two_items_and_reverses_only_its_own(wrong, said):
    with pytest.raises(DefinitionError, match=said):
        Scale("esteem", **wrong)


def test_a_choice_takes_one_of_its_options_only():
    choice = Choice("place", "Where?", options={"home": text(en="At home", id="Di rumah"), "shop": "Toko"})
    assert choice.check("home") == "home"
    with pytest.raises(RecordRefused, match="place is 'sea'; it must be one of home, shop"):
        choice.check("sea")


def test_items_and_options_must_be_lists():
    with pytest.raises(DefinitionError, match=r"items of Scale\('esteem'\) is 5; it must be a list"):
        Scale("esteem", items=5)
    with pytest.raises(DefinitionError, match=r"options of Choice\('place'\) is 'ab'; it must be a list"):
        Choice("place", "Where?", options="ab")


def test_a_choice_needs_two_options():
    with pytest.raises(DefinitionError, match="it needs at least two"):
        Choice("place", "Where?", options=["home"])


def test_free_text_is_trimmed_and_limited():
    comment = Text("comment", "Anything to add?", max_length=5)
    assert comment.check("  fine ") == "fine"
    with pytest.raises(RecordRefused, match="comment has 6 characters; 5 are allowed"):
        comment.check("longer")
    with pytest.raises(RecordRefused, match="it must be a text"):
        comment.check(5)


def test_the_length_of_free_text_is_limited_to_ten_thousand():
    with pytest.raises(DefinitionError, match="it must be from 1 to 10000"):
        Text("comment", "Anything?", max_length=0)


def test_service_quality_asks_three_things_in_both_languages():
    items = service_quality()
    assert [item.name for item in items] == ["attention", "understanding", "responsiveness"]
    assert all(
        wording.get(locale) for item in items for wording in item.wordings() for locale in ("en", "id")
    )


def test_a_survey_may_nest_lists_of_questions():
    survey = as_survey([service_quality(), Text("comment", "Anything?")])
    assert [item.name for item in survey] == ["attention", "understanding", "responsiveness", "comment"]


def test_two_questions_of_one_name_are_refused():
    with pytest.raises(DefinitionError, match="survey item 'esteem_1' is given twice"):
        as_survey([Scale("esteem", items=["a", "b"]), Rating("esteem_1", "c")])


def test_what_is_no_question_is_refused():
    with pytest.raises(DefinitionError, match="which is no question"):
        as_survey([Rating("satisfaction"), 5])


@pytest.mark.parametrize(
    "address", ["forms.example/?t={token}", "https://forms.example", "https://a b/{token}", "ftp://x/{token}"]
)
def test_an_outside_form_needs_an_address_with_a_token(address):
    with pytest.raises(DefinitionError, match="is no address of an outside form"):
        as_survey(address)


def test_items_are_read_back_from_json():
    for item in (
        Rating("satisfaction"),
        Rating("anger", "How angry?", scale=(0, 10), low="calm", role="severity"),
        Scale("esteem", items=["a", "b", "c"], reverse=[2], role="mediator"),
        Choice("place", text(en="Where?", id="Di mana?"), options=["home", "shop"]),
        Text("comment", "Anything?", max_length=50),
    ):
        assert item_from_dict(item.to_dict()) == item


@pytest.mark.parametrize("typed", ["²", "٣²", "1²", "--3", "-"])
def test_signs_that_look_like_digits_are_refused_as_answers(typed):
    with pytest.raises(RecordRefused, match="whole number from 1 to 7"):
        Rating("satisfaction").check(typed)
