import pytest

from amends.design.arm import silence, sorry, thank_you
from amends.design.experiment import Experiment
from amends.design.invitation import invite
from amends.design.wording import text
from amends.errors import UsageError
from amends.messages.render import fill, otherwise, render, survey_sentence

LINK = "https://amends.example/s/abc"


def define(**parts) -> Experiment:
    sound = {
        "key": "late",
        "notice": text(en="Hello {name}, it is late.", id="Halo {name}, terlambat."),
        "arms": [
            thank_you(en="Thank you.", id="Terima kasih."),
            sorry(en="Sorry, you.", id="Mohon maaf..."),
            silence(),
        ],
    }
    return Experiment(**{**sound, **parts})


def say(experiment, arm="thank_you", locale="en", slots=None, **more):
    return render(
        experiment,
        arm=arm,
        locale=locale,
        slots={"name": "Sari"} if slots is None else slots,
        survey_url=LINK,
        **more,
    )


def test_a_message_is_the_notice_and_the_arms_sentence():
    assert say(define()).message == "Hello Sari, it is late. Thank you."
    assert say(define(), arm="sorry", locale="id").message == "Halo Sari, terlambat. Mohon maaf..."


def test_silence_gets_the_notice_alone_and_the_same_invitation():
    loud, quiet = say(define()), say(define(), arm="silence")
    assert quiet.message == quiet.notice == "Hello Sari, it is late."
    assert quiet.invitation == loud.invitation
    assert LINK in quiet.invitation


def test_silence_without_a_notice_gets_no_message_but_the_invitation():
    quiet = say(define(notice=None, otherwise="Late."), arm="silence", slots={})
    assert (quiet.message, quiet.notice) == (None, None)
    assert LINK in quiet.invitation


def test_no_arm_gets_the_notice_alone():
    assert say(define(), arm=None).message == "Hello Sari, it is late."


def test_where_nobody_is_invited_there_is_no_invitation():
    assert say(define(invitation=None)).invitation is None


@pytest.mark.parametrize(
    "value", ["{survey_url}", "{{x}}", "{0.__class__}", "%s", "\\1", "<b>", "{name}", "}{"]
)
def test_a_value_is_put_in_literally_and_never_read_as_a_template(value):
    assert say(define(), slots={"name": value}).notice == f"Hello {value}, it is late."


def test_numbers_are_written_as_they_are():
    assert say(define(), slots={"name": 7}).notice == "Hello 7, it is late."


def test_a_missing_slot_names_itself():
    with pytest.raises(UsageError, match=r"slot 'name' is missing: a text asks for it. Give name=…"):
        say(define(), slots={})


def test_a_language_without_a_text_is_an_error_and_never_another_language():
    with pytest.raises(UsageError, match="no text in 'fr'; there is en, id"):
        say(define(), locale="fr")


def test_one_text_for_all_still_gets_an_invitation_in_any_language():
    made = define(notice="Late.", arms=[thank_you("Merci."), silence()])
    said = say(made, locale="fr", slots={})
    assert said.message == "Late. Merci."
    assert said.invitation.startswith("May we have a moment?")


def test_we_fill_the_greeting_or_one_right_at_any_hour():
    made = define(notice=text(en="{greeting}, {name}.", id="{greeting}, {name}."))
    assert say(made, greeting="Good evening").notice == "Good evening, Sari."
    assert say(made, locale="id").notice == "Halo, Sari."


def test_we_fill_the_answer_time_or_say_soon():
    made = define(notice=text(en="We answer {answer_by}.", id="Kami jawab {answer_by}."))
    assert say(made, answer_by="today by 20:00").notice == "We answer today by 20:00."
    assert say(made, locale="id").notice == "Kami jawab secepatnya."


def test_a_sentence_for_the_survey_page_is_not_in_the_message():
    made = define(show_message="survey")
    assert say(made).message == say(made).notice == "Hello Sari, it is late."
    assert survey_sentence(made, "thank_you", "id") == "Terima kasih."
    assert survey_sentence(made, "silence", "id") is None


def test_a_sentence_for_the_message_is_not_on_the_survey_page():
    assert survey_sentence(define(), "thank_you", "en") is None


def test_otherwise_is_the_usual_message_or_the_notice_alone():
    assert otherwise(define(), "en", {"name": "Sari"}) == "Hello Sari, it is late."
    made = define(otherwise=text(en="Sorry, {name}!", id="Maaf, {name}!"))
    assert otherwise(made, "id", {"name": "Sari"}) == "Maaf, Sari!"
    assert otherwise(define(notice=None), "en", {}) is None


def test_an_invitation_may_have_slots_of_its_own():
    made = define(invitation=invite(en="{name}: {survey_url}", id="{name}: {survey_url}"))
    assert say(made).invitation == f"Sari: {LINK}"


def test_rendered_words_are_plain_json():
    assert set(say(define()).to_dict()) == {"message", "notice", "invitation"}


def test_filling_leaves_the_pieces_alone():
    pieces = ("a ", "name", " b")
    assert fill(pieces, {"name": "x"}) == "a x b"
    assert pieces == ("a ", "name", " b")
