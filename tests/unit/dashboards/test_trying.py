"""Trying a message: the words of the code that sends, for the customer that was chosen."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from amends.messages.measure import measure
from tests.unit.dashboards.test_pages import main_stays_main, open_lab, run, said

__all__ = ["main_stays_main", "open_lab"]

GREETED = '''"""Does a longer apology help?"""

from amends import Experiment, Proportion, sorry, thank_you

experiment = Experiment(
    notice="{greeting} {first_name}, your parcel is late. We answer {answer_by}.",
    arms=[thank_you("Thank you."), sorry("We are truly and deeply sorry about all of this.")],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
)
'''


def the_page() -> None:
    import streamlit as st

    from dashboards import frame, trying

    frame.settle_language()
    trying.page(st.container())


def visit(**query: str) -> AppTest:
    return run(AppTest.from_function(the_page, default_timeout=30), **query)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_messages_are_those_of_the_sender_and_follow_the_slots(open_lab: Any, language: str) -> None:
    lab = open_lab("late_parcel")
    app = visit(lang=language, experiment="late_parcel")
    sentence = lab.experiment("late_parcel").arm("thank_you").text.get(language)
    assert sentence in said(app)
    app.text_input[0].set_value("Budi <b>").run()
    assert "Budi &lt;b&gt;" in said(app)
    assert f">{measure(sentence).characters}<" in said(app)


def test_the_local_hour_greets_and_the_answer_time_is_said(open_lab: Any) -> None:
    lab = open_lab()
    folder = lab.experiments_folder
    (folder / "late_reply.py").write_text(GREETED, encoding="utf-8")
    app = visit(lang="en")
    assert "Good afternoon Sari" in said(app)
    next(item for item in app.slider if item.key == "try_hour").set_value(7).run()
    next(item for item in app.slider if item.key == "try_within").set_value(3).run()
    assert "Good morning Sari" in said(app)
    assert "We answer today by 10:00" in said(app)
    assert "differ in length by more than a fifth" in said(app)


def test_texts_of_masked_arms_are_not_shown(open_lab: Any) -> None:
    lab = open_lab()
    masked = GREETED.replace("    notice=", "    masked=True,\n    notice=")
    (lab.experiments_folder / "late_reply.py").write_text(masked, encoding="utf-8")
    lab.start("late_reply")
    text = said(visit(lang="en"))
    assert "Thank you." not in text
    assert "mask" in text.lower()


def test_without_an_experiment_there_is_nothing_to_try(open_lab: Any) -> None:
    open_lab()
    assert visit(lang="en").info


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_survey_of_every_arm_is_shown_and_pages_that_are_alike_once(open_lab: Any, language: str) -> None:
    from amends.api.survey_preview import preview

    lab = open_lab("low_reward", "late_parcel")
    definition = lab.experiment("low_reward")
    app = visit(lang=language, experiment="low_reward")
    frames = [item.proto.srcdoc for item in app.get("iframe")]
    pages = [preview(definition, arm.name, language) for arm in definition.arms]
    assert frames == [*(own["all"] for own in pages), pages[0]["closed"]]
    app = visit(lang=language, experiment="late_parcel")
    assert len(app.get("iframe")) == 2, "the message stands in no survey page, so all arms share it"
    assert lab.tally("late_parcel").arms[0].assigned == 0
