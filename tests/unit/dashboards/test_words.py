"""Both languages are complete, agree in what they fill in, and stay clear of what must not be said."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from amends.analysis.formatting import STATUSES, VERDICTS
from dashboards import words as words_module
from dashboards.home import health
from dashboards.words import LANGUAGES, SIGNS, TEXTS, Words


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_exists_in_every_language_with_the_same_slots() -> None:
    for key, sides in TEXTS.items():
        assert set(sides) == set(LANGUAGES), key
        assert all(sides.values()), key
        assert slots(sides["en"]) == slots(sides["id"]), key


def test_every_verdict_and_status_has_words_and_every_verdict_a_sign() -> None:
    for language in LANGUAGES:
        words = Words(language)
        assert all(words.verdict(name)[0] == SIGNS[name] for name in VERDICTS)
        assert all(words.status(name) for name in STATUSES)


def test_every_text_is_used_somewhere() -> None:
    folder = Path(words_module.__file__).parent
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    families = (
        "role_",
        "short_",
        "plan_",
        "wait_",
        "stage_",
        "away_",
        "effect_",
        "group_",
        "empty_",
        "calculator_",
        "try_step_",
        "term_",
    )
    unused = [
        key for key in TEXTS if not re.search(rf"""['"]{key}['"]""", code) and not key.startswith(families)
    ]
    assert unused == []


@pytest.mark.parametrize("phrase", ["mohon pengertiannya", "mohon dimaklumi"])
def test_indonesian_asks_nobody_for_understanding(phrase: str) -> None:
    assert not [key for key, sides in TEXTS.items() if phrase in sides["id"].lower()]


def test_the_products_own_words_are_used_for_arms() -> None:
    said = " ".join(text for sides in TEXTS.values() for text in sides.values()).lower()
    assert not re.search(r"\b(variant|variation|varian)\b", said)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    assert Words("id").percent(40 / 51) == "78,4%"
    assert Words("en").p(0.00002) == "p < 0.001"
    assert Words("id").count(5593) == "5.593"
    assert Words("en").amount(-0.011, "proportion", signed=True) == "−1.1"


def test_what_cannot_be_computed_is_a_dash_never_a_number() -> None:
    missing = {"not_enough": "silence has 1 answer"}
    words = Words("en")
    assert words.percent(missing) == words.p_cell(missing) == words.decimal(missing) == "–"
    assert words.between(missing, 0.2, "mean") == "–"


def test_an_unknown_language_falls_back_to_english() -> None:
    assert Words("fr").language == "en"


@pytest.mark.parametrize(
    ("ok", "verdict", "sign"),
    [
        (True, "difference", "✓"),
        (False, "not trustworthy", "⚠"),
        (True, "not trustworthy", "⚠"),
        ({"not_enough": "no declared weights"}, "difference", "◔"),
    ],
)
def test_the_health_of_the_split_is_a_sign_and_words_and_never_a_guess(
    ok: object, verdict: str, sign: str
) -> None:
    said = health({"sample_ratio": {"ok": ok}, "verdict": verdict}, Words("en"))
    assert f">{sign} " in said


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("delay below 24 h", "keterlambatan di bawah 24 jam"),
        ("quiet hours, 21:00 to 08:00", "jam tenang, pukul 21 sampai 08"),
        ("delay below 30 min", "keterlambatan di bawah 30 menit"),
        ("opted out of experiments", "tidak mau ikut eksperimen"),
        ("in holdout company", "dalam kelompok cadangan company"),
        ("outside the 0.1 of units covered so far", "di luar 0,1 unit yang sudah tercakup"),
        ("belongs to another experiment of layer delays", "milik eksperimen lain pada lapisan delays"),
    ],
)
def test_why_somebody_was_turned_away_is_said_in_the_pages_language(stored: str, shown: str) -> None:
    assert Words("id").reason(stored) == shown
    assert Words("en").reason(stored) == stored


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_term_is_defined_and_its_column_shows_what_it_means(language: str) -> None:
    from dashboards.look import table
    from dashboards.terms import TERMS, defined

    texts = Words(language)
    found = defined(texts)
    assert len(found) == len(TERMS)
    drawn = table([texts.say("arm"), texts.say("p_value")], [["a", "0.1"]], caption="x", terms=found)
    assert f'<abbr title="{texts.say("term_p_value")}">' in drawn
    assert drawn.count("<abbr") == 1
    assert {key.removeprefix("term_") for key in TEXTS if key.startswith("term_")} == set(TERMS)
