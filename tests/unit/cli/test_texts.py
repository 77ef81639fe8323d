"""Every text an experiment sends, listed for people and for a provider's approval."""

from amends import sorry, text, thank_you
from amends.cli.texts import texts_of


def listed(experiment, format="text"):
    return [text.to_dict(format) for text in texts_of(experiment)]


def test_every_arm_the_invitation_and_the_usual_message_are_listed_in_every_language(define):
    found = [(item["locale"], item["kind"], item["arm"]) for item in listed(define())]
    one = [
        ("message", "thank_you"),
        ("message", "sorry"),
        ("message", "silence"),
        ("invitation", None),
        ("otherwise", None),
    ]
    assert found == [("en", *item) for item in one] + [("id", *item) for item in one]


def test_a_message_is_the_notice_and_the_sentence(define):
    assert listed(define())[0]["text"] == (
        "Hello {first_name}, your parcel is late. Thank you for waiting so patiently."
    )
    assert listed(define())[2]["text"] == "Hello {first_name}, your parcel is late."


def test_whatsapp_slots_are_numbered_in_order_of_appearance_and_repeat_their_number(define):
    notice = "Hello {first_name}, {tracking_number} is late, {first_name}. {{not a slot}}"
    experiment = define(
        notice=notice, arms=[thank_you("Thank you, {first_name}."), sorry("Sorry, {first_name}.")]
    )
    first = listed(experiment, "whatsapp")[0]
    assert first["text"] == "Hello {{1}}, {{2}} is late, {{1}}. {not a slot} Thank you, {{1}}."
    assert first["slots"] == ["first_name", "tracking_number"]
    assert first["locale"] is None


def test_silence_without_a_notice_sends_nothing(define):
    silent = next(
        item for item in listed(define(notice=None, otherwise="We are late.")) if item["arm"] == "silence"
    )
    assert silent["text"] is None


def test_a_sentence_on_the_survey_page_is_not_part_of_the_message(define):
    experiment = define(show_message="survey", notice=text(en="Hello.", id="Halo."))
    assert listed(experiment)[0]["text"] == "Hello."
