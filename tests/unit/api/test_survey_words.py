"""The survey page's own words and its questions as fields."""

import re
import string

import pytest

from amends import Choice, Rating, Text, text
from amends.api.phrases import PHRASES
from amends.api.survey_fields import answers_of, field_of, judge
from amends.api.survey_page import closing, content_security_policy, render_page, style_sheet


def test_both_languages_have_the_same_sentences_with_the_same_places_to_fill():
    places = {
        locale: {
            name: {part[1] for part in string.Formatter().parse(words)} for name, words in phrases.items()
        }
        for locale, phrases in PHRASES.items()
    }

    assert places["en"] == places["id"]


@pytest.mark.parametrize("locale", ["en", "id"])
def test_no_sentence_thanks_apologises_or_begs_for_understanding(locale):
    words = " ".join(PHRASES[locale].values()).lower()

    assert not re.search(r"thank|sorry|apolog|terima kasih|maaf|pengertiannya|dimaklumi", words)


def test_the_agreed_sentences_stand_as_agreed():
    assert closing("closed", "en").text == "We have received your answers."
    assert closing("closed", "id").text == "Jawaban Anda sudah kami terima."
    assert closing("spent", "en").text == "This survey has already been filled in."
    assert closing("spent", "id").text == "Survei ini sudah diisi."
    assert closing("expired", "en").text == "This link is no longer valid."
    assert closing("expired", "id").text == "Tautan ini sudah tidak berlaku."


@pytest.mark.parametrize(
    ("scale", "spread"), [((1, 7), "n7"), ((0, 10), "many"), ((0, 20), "many"), ((0, 1), "n2")]
)
def test_a_scale_is_laid_out_by_its_number_of_points(scale, spread):
    field = field_of(Rating("ease", "How easy?", scale=scale), "en")

    assert field.spread == spread
    for name in spread.split():
        assert f".{name}" in style_sheet()


def test_a_screen_reader_hears_what_the_ends_of_a_scale_mean():
    field = field_of(Rating("satisfaction"), "id")

    assert field.options[0].spoken == "1, sama sekali tidak puas"
    assert field.options[3].spoken == "4"
    assert field.options[6].spoken == "7, sangat puas"


def test_words_that_look_like_markup_are_shown_as_words():
    page = closing("closed", "en", further=("<script>alert(1)</script> & 'so'",))

    html = render_page(page)

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#39;so&#39;" in html


def test_the_policy_names_the_style_sheet_that_is_sent():
    import base64
    import hashlib

    html = render_page(closing("closed", "en"))
    sheet = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()

    assert f"'sha256-{digest}'" in content_security_policy()


def test_a_text_may_be_left_out_and_a_choice_may_not():
    items = [Choice("place", "Where?", options=["home", "shop"]), Text("comment", "Else?")]

    assert judge(items, {}, "en") == ({}, {"place": "Please choose an answer."})
    assert judge(items, {"place": "home", "comment": "  "}, "en") == ({"place": "home"}, {})


def test_line_ends_and_nul_in_a_text_are_made_plain():
    clean, _ = judge([Text("comment", "Else?")], {"comment": "a\r\nb\0c"}, "en")

    assert clean == {"comment": "a\nbc"}


def test_of_a_name_sent_twice_the_last_counts_and_unknown_names_are_passed_over():
    items = [Rating("satisfaction")]

    assert answers_of(items, {"satisfaction": ["5", "6"], "arm": ["sorry"]}) == {"satisfaction": "6"}


def test_a_question_in_another_language_falls_back_to_the_first_it_is_written_in():
    assert field_of(Rating("ease", text(en="How easy?")), "id").question == "How easy?"
