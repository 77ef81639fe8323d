"""What stands on the page for whoever may act, and what it says when an act went wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from amends import Lab, configure
from amends.settings import load_settings

DOUBTFUL = '''"""Is it late?"""

from amends import Experiment, silence, sorry, text

experiment = Experiment(
    notice=text(en="It is late.", id="Terlambat."),
    arms=[sorry(en="Sorry.", id="Mohon pengertian Anda."), silence()],
)
'''


@pytest.fixture(autouse=True)
def main_stays_main() -> Iterator[None]:
    """AppTest puts the page in the place of `__main__`, where processes spawned later would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / "late.py").write_text(DOUBTFUL, encoding="utf-8")
    settings = {
        "AMENDS_EXPERIMENTS": str(tmp_path / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{tmp_path / 'amends.db'}",
    }
    lab = Lab(settings=load_settings(settings))
    configure(lab)
    yield lab
    configure(None)
    lab.close()


def drawn_for_an_owner(language: str) -> None:
    from amends.lab.roles import Actor, Role
    from dashboards import data, running
    from dashboards.words import Words

    definition = data.lab().experiment("late")
    running.draw("late", data.lab().status("late"), definition, Actor(Role.OWNER), Words(language))


def looked_at_after_a_click_that_failed(trouble: str, page: str) -> None:
    from amends import errors
    from dashboards import running
    from dashboards.words import Words

    def fails(_: object) -> str:
        raise getattr(errors, trouble)("late is stopped by now: somebody else was quicker.")

    running._act("late", fails, Words("en"))
    running._said(page)


def shown(function: Any, *given: str) -> AppTest:
    app = AppTest.from_function(function, default_timeout=30, args=given).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("language", "list_says"),
    [
        (
            "en",
            ["Planned: 3,344 units, 1,672 in the smallest arm", "Languages: en, id", "Owner: none named"],
        ),
        (
            "id",
            ["Rencana: 3.344 unit, 1.672 di kelompok pesan terkecil", "Penanggung jawab: belum ada"],
        ),
    ],
)
def test_the_list_before_the_start_is_the_command_lines_in_the_readers_language(
    lab: Lab, language: str, list_says: list[str]
) -> None:
    page = "".join(item.proto.body for item in shown(drawn_for_an_owner, language).get("html"))
    for line in list_says:
        assert line in page
    assert page.count("<li") == len(lab.checklist("late"))
    asks = {"en": "that is a request, neither thanks nor apology", "id": "itu permintaan, bukan ucapan"}
    assert asks[language] in page
    assert page.count('class="am-look"') == sum(not item.ok for item in lab.checklist("late"))


def test_a_started_experiment_is_run_from_one_folded_place(lab: Lab) -> None:
    lab.start("late", coverage="0.5")
    app = shown(drawn_for_an_owner, "en")
    assert [item.label for item in app.expander] == ["Run it: pause or go on, stop, and more"]
    assert [button.label for button in app.button] == [], "nothing is read before somebody opens it"
    lab.stop("late")
    assert shown(drawn_for_an_owner, "en").expander.len == 0


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("StoreUnavailable", "The database does not answer"),
        ("StateError", "late is stopped by now"),
    ],
)
def test_what_went_wrong_is_kept_for_the_page_of_that_experiment(lab: Lab, trouble: str, said: str) -> None:
    assert said in shown(looked_at_after_a_click_that_failed, trouble, "late").error[0].value
    elsewhere = shown(looked_at_after_a_click_that_failed, trouble, "another")
    assert elsewhere.error.len == 0, "another experiment's page says nothing of it"
