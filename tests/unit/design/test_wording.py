import pytest

from amends.design.locales import best_locale, normalise
from amends.design.wording import Wording, as_wording, split, text
from amends.errors import DefinitionError


def test_a_single_string_stands_for_every_locale():
    hello = text("Hola {name}")
    assert hello.locales == ()
    assert hello.get("es") == hello.get("id-ID") == "Hola {name}"


def test_a_locale_gets_its_own_text_then_its_base_language_and_never_another():
    hello = text(en="Hello", id="Halo", pt_BR="Oi")
    assert hello.get("id") == hello.get("id-ID") == hello.get("id_ID") == "Halo"
    assert hello.get("pt-br") == "Oi"
    assert hello.get("pt") is None
    assert hello.get("fr") is None


def test_slots_are_those_of_all_locales():
    assert text(en="Hello {first_name}", id="Halo {nama}").slots == {"first_name", "nama"}


def test_doubled_braces_are_braces():
    assert split("{{1}} {name} }}") == ("{1} ", "name", " }")


@pytest.mark.parametrize(
    "slot", ["{}", "{0}", "{name.upper}", "{name[0]}", "{name!r}", "{name:>9}", "{ name }", "{né}"]
)
def test_a_slot_that_reaches_into_a_value_is_refused(slot):
    with pytest.raises(DefinitionError, match="is not a plain name: write it like {first_name}"):
        split(f"Hello {slot}")


@pytest.mark.parametrize("broken", ["Hello {name", "Hello name}"])
def test_a_lone_brace_is_refused_with_how_to_write_it(broken):
    with pytest.raises(DefinitionError, match=r"(\{\{|\}\})"):
        text(broken)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("eng", "'en'"),
        ("indonesian", "'id'"),
        ("in", "'id'"),
        ("ind", "'id'"),
        ("idx", "'id'"),
        ("bahasa", "'id'"),
    ],
)
def test_an_unknown_language_code_is_refused_with_the_nearest(code, meant):
    with pytest.raises(DefinitionError, match=f"{code!r} is not a language code.* Did you mean {meant}"):
        text(**{code: "Hello"})


def test_a_word_that_is_no_language_gets_examples_instead_of_a_guess():
    with pytest.raises(DefinitionError, match="For instance 'en', 'id' or 'pt_BR'"):
        text(somewhere="Hello")


@pytest.mark.parametrize("nothing", ["", "   "])
def test_an_empty_text_is_refused(nothing):
    with pytest.raises(DefinitionError, match="it must be a text that is not empty"):
        text(en=nothing)


def test_a_number_is_no_text():
    with pytest.raises(DefinitionError, match="text en is 5"):
        text(en=5)


def test_one_string_and_locales_together_are_refused():
    with pytest.raises(DefinitionError, match="give one string for every locale, or one per locale"):
        text("Hello", id="Halo")


def test_one_language_in_two_spellings_is_refused():
    with pytest.raises(DefinitionError, match="has one language twice"):
        text(en="Hello", EN="Hi")


def test_no_text_at_all_is_refused():
    with pytest.raises(DefinitionError, match="text got nothing"):
        text()


def test_wordings_are_read_back_from_json():
    for wording in (text("Hello"), text(en="Hello {x}", id="Halo {x}")):
        assert Wording.from_dict(wording.to_dict()) == wording


def test_a_mapping_may_stand_for_a_wording():
    assert as_wording({"en": "Hello", "id": "Halo"}, "notice") == text(en="Hello", id="Halo")


def test_codes_are_written_in_one_form():
    assert normalise("PT-br") == "pt_BR"
    assert normalise("zh-hant-tw") == "zh_Hant_TW"
    assert normalise("es_419") == "es_419"
    assert normalise("en-") is None
    assert normalise("") is None


def test_the_best_locale_climbs_to_the_base_language():
    assert best_locale("zh-Hant-TW", ["zh", "zh_Hant"]) == "zh_Hant"
    assert best_locale("nonsense", ["en"]) is None
