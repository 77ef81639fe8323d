"""Every experiment that ships loads, plans, speaks both languages and keeps the wording rules."""

import ast
import json
from pathlib import Path

import pytest

from amends.design.experiment import Experiment
from amends.design.plan import plan
from amends.discovery import discover
from amends.messages.render import render

FOLDER = Path(__file__).parents[2] / "experiments"
ARMS = {
    "late_parcel": ["thank_you", "sorry", "silence"],
    "restaurant_wait": ["thank_you", "sorry"],
    "delayed_compensation": ["thank_you", "sorry"],
    "low_reward": ["thank_you", "sorry", "silence"],
    "wrong_survey": ["thank_you", "sorry", "silence"],
    "message_and_compensation": ["thank_you", "sorry", "thank_you_voucher", "sorry_voucher"],
    "email_replies": ["in_district", "out_of_district"],
}
SPEAKING = [key for key in ARMS if key != "email_replies"]
shipped = pytest.mark.parametrize("key", list(ARMS))
speaking = pytest.mark.parametrize("key", SPEAKING)


def load(key: str) -> Experiment:
    return discover(FOLDER).experiments[key]


def test_exactly_these_experiments_ship_and_none_is_broken():
    found = discover(FOLDER)
    assert found.problems == ()
    assert set(found.experiments) == set(ARMS)


@shipped
def test_each_has_its_arms_in_order(key):
    assert [arm.name for arm in load(key).arms] == ARMS[key]


@shipped
def test_each_asks_a_question_and_says_what_is_the_sources_and_what_is_ours(key):
    docstring = ast.get_docstring(ast.parse((FOLDER / f"{key}.py").read_text(encoding="utf-8")))
    assert load(key).question == docstring.splitlines()[0]
    assert load(key).question.endswith("?")
    assert "From the source" in docstring
    assert "Ours: " in docstring


@shipped
def test_each_has_an_owner_and_no_warnings(key):
    assert load(key).owner
    assert load(key).warnings == ()


@shipped
def test_each_has_a_plan_with_assumptions_in_both_languages(key):
    planned = plan(load(key))
    assert planned.smallest > 50
    assert all(planned.assumptions[language] for language in ("en", "id"))
    assert not any("customary" in sentence for sentence in planned.assumptions["en"])


@shipped
def test_each_comes_back_from_its_snapshot(key):
    experiment = load(key)
    again = Experiment.from_snapshot(json.loads(json.dumps(experiment.snapshot())))
    assert again == experiment
    assert again.fingerprint() == experiment.fingerprint()


@speaking
def test_each_that_speaks_speaks_english_and_indonesian(key):
    experiment = load(key)
    assert set(experiment.locales) == {"en", "id"}
    for locale in experiment.locales:
        for arm in experiment.arms:
            said = render(
                experiment,
                arm=arm.name,
                locale=locale,
                slots=dict.fromkeys(experiment.slots, "X"),
                survey_url="https://amends.example/s/abc",
            )
            assert said.notice in said.message
            assert said.invitation.endswith("https://amends.example/s/abc")
        assert all(wording.get(locale) for item in experiment.items for wording in item.wordings())


@speaking
def test_each_that_speaks_measures_completion_and_satisfaction(key):
    experiment = load(key)
    assert {metric.name for metric in experiment.metrics} == {"completed", "satisfaction"}
    assert experiment.items[0].name == "satisfaction"


@pytest.mark.parametrize("key", ["restaurant_wait", "wrong_survey"])
def test_cards_name_nobody(key):
    assert load(key).slots == frozenset()


def test_guests_are_drawn_from_sealed_blocks_by_site_and_shift():
    experiment = load("restaurant_wait")
    assert (experiment.unit, experiment.strata, experiment.sender) == ("party", ("site", "shift"), "human")
    assert experiment.block_sizes == (4, 6)


def test_the_low_reward_sentence_stands_in_the_survey_and_satisfaction_is_primary():
    experiment = load("low_reward")
    assert experiment.show_message == "survey"
    assert experiment.primary_metric.name == "satisfaction"


def test_thanks_and_apology_are_compared_with_and_without_the_voucher():
    experiment = load("message_and_compensation")
    assert experiment.pairs() == (("thank_you", "sorry"), ("thank_you_voucher", "sorry_voucher"))
    levels = {tuple(arm.factors.values()) for arm in experiment.arms}
    assert levels == {("thank_you", "no"), ("sorry", "no"), ("thank_you", "yes"), ("sorry", "yes")}


def test_the_e_mails_are_not_sent_from_here():
    experiment = load("email_replies")
    assert experiment.invitation is None
    assert experiment.speaking_arms == ()
    assert experiment.pairs() == (("in_district", "out_of_district"),)


def test_the_readme_names_every_file_in_both_languages():
    english, indonesian = (FOLDER / "README.md").read_text(encoding="utf-8").split("\n# Eksperimen\n")
    for key in ARMS:
        assert f"[`{key}.py`]({key}.py)" in english
        assert f"[`{key}.py`]({key}.py)" in indonesian
