"""Acting from the page in a real browser: what each role sees and may do, and what the audit keeps."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from amends.lab import Lab
from amends.settings import load_settings
from tests.browser.conftest import ROOT, serving

pytestmark = pytest.mark.browser

PASSWORDS = {"viewer": "read it all", "analyst": "look closely", "owner": "run it well"}
MASKED = '''"""An order is late: what to say?"""

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you

experiment = Experiment(
    notice="Your order is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05), Mean("satisfaction", scale=(1, 7))],
    masked=True,
)
'''


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A dashboard with a password for each role: drafts, and a masked experiment that is running."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "experiments").mkdir()
    for key in ("late_parcel", "low_reward"):
        shutil.copy(ROOT / "experiments" / f"{key}.py", folder / "experiments")
    (folder / "experiments" / "late_order.py").write_text(MASKED, encoding="utf-8")
    settings = {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
    }
    collect(settings)
    passwords = {
        "AMENDS_DASHBOARD_PASSWORD": PASSWORDS["viewer"],
        "AMENDS_DASHBOARD_ANALYST_PASSWORD": PASSWORDS["analyst"],
        "AMENDS_DASHBOARD_OWNER_PASSWORD": PASSWORDS["owner"],
    }
    yield from serving(folder, {**settings, **passwords})


def collect(settings: dict[str, str]) -> None:
    """Invented customers of the masked experiment."""
    lab = Lab(settings=load_settings(settings))
    lab.start("late_order")
    for number, given in enumerate(lab.assign_many("late_order", [f"C-{n}" for n in range(90)])):
        lab.record_delivery("late_order", given.unit_id, "sent")
        if number % 3:
            lab.record_response("late_order", given.unit_id, satisfaction=1 + number % 7)
    lab.close()


def sign_in(visit: Any, team: Any, role: str, query: str, *, width: int = 1280) -> Any:
    """A page as somebody with that role's password gets it."""
    opened = visit(f"{team.url}/{query}", width=width)
    opened.page.get_by_label("Password").fill(PASSWORDS[role])
    opened.page.get_by_role("button", name="Sign in").click()
    opened.page.wait_for_selector("h1")
    return opened


def click(opened: Any, name: str) -> None:
    opened.page.get_by_role("button", name=name, exact=True).click()


def unfold(opened: Any, label: str) -> None:
    opened.page.locator("[data-testid=stExpander] summary", has_text=label).click()


def audited(lab: Lab, key: str) -> list[tuple[str, str | None]]:
    return [(entry.action, entry.detail.get("by")) for entry in lab.store.audit_log(key)]


def assert_accessible(opened: Any) -> None:
    found = Axe().run(opened.page).response["violations"]
    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []


def test_a_wrong_password_opens_nothing_and_says_so(team: Any, visit: Any) -> None:
    opened = visit(f"{team.url}/?experiment=late_parcel")
    opened.page.get_by_label("Password").fill("guessed it")
    opened.page.get_by_role("button", name="Sign in").click()
    assert opened.page.get_by_role("alert").inner_text() == "That is not the password."
    assert "late_parcel" in opened.page.url
    assert_accessible(opened)


def test_an_owner_runs_a_whole_life_from_the_page_and_store_and_audit_have_every_step(
    team: Any, visit: Any
) -> None:
    lab, key = team.lab(), "late_parcel"
    opened = sign_in(visit, team, "owner", f"?experiment={key}&lang=en")
    opened.settle(charts=0, text="Before it starts")
    assert opened.page.get_by_role("button", name="Start the experiment").is_disabled(), "nobody has read it"
    assert_accessible(opened)
    opened.keep("run-draft-en-1280")
    opened.page.evaluate("window.sameVisit = true")
    opened.page.get_by_role("combobox", name="Share of eligible").click()
    opened.page.get_by_role("option", name="10%", exact=True).click()
    opened.page.get_by_text("I have read this list").click()
    click(opened, "Start the experiment")
    opened.settle(charts=0, text="The experiment is running; 10% of eligible customers take part.")
    state = lab.state(key)
    assert state is not None
    assert (state.status, state.coverage) == ("running", "0.1")

    unfold(opened, "Run it")
    click(opened, "Pause")
    opened.settle(charts=0, text="The experiment is paused.")
    assert lab.store.experiment(key).status == "paused"
    click(opened, "Go on")
    opened.settle(charts=0, text="The experiment is running again.")
    click(opened, "Raise the share")
    opened.settle(charts=0, text="From now on 20% of eligible customers take part.")

    opened.settle(charts=0, text="the p-values are descriptive, the always-valid interval decides")
    assert_accessible(opened)
    opened.keep("run-running-en-1280")
    click(opened, "Stop for good")
    opened.settle(charts=0, text="Nothing was stopped: type late_parcel")
    assert lab.store.experiment(key).status == "running"
    opened.page.get_by_role("combobox", name="Afterwards customers get").click()
    opened.page.get_by_role("option", name="Sorry", exact=True).click()
    opened.page.get_by_label("To confirm, type late_parcel").fill(key)
    click(opened, "Stop for good")
    opened.settle(charts=0, text="The experiment has stopped.")
    ended = lab.store.experiment(key)
    assert (ended.status, ended.then_arm) == ("stopped", "sorry")
    assert opened.page.evaluate("window.sameVisit"), "all of it without loading the page anew"
    assert audited(lab, key) == [(act, "owner") for act in ("start", "pause", "resume", "ramp", "stop")]
    lab.close()


def test_what_became_impossible_meanwhile_is_refused_with_the_remedy(team: Any, visit: Any) -> None:
    lab, key = team.lab(), "low_reward"
    opened = sign_in(visit, team, "owner", f"?experiment={key}&lang=id")
    opened.settle(charts=0, text="Sebelum dimulai")
    opened.page.get_by_text("Saya sudah membaca daftar ini").click()
    opened.page.wait_for_selector("[class*=st-key-run_start_] button:enabled")
    lab.start(key)
    click(opened, "Mulai eksperimen")
    opened.settle(charts=0, text="orang lain lebih cepat. Muat ulang halaman")
    assert audited(lab, key) == [("start", None)]
    lab.stop(key)
    lab.close()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("id", 390)])
def test_a_viewer_reads_all_of_it_and_sees_who_may_do_more(
    team: Any, visit: Any, language: str, width: int
) -> None:
    opened = sign_in(visit, team, "viewer", f"?experiment=late_order&lang={language}", width=width)
    words = {
        "en": ("is for owners", "Downloads are for analysts and owners", "signed in as viewer"),
        "id": ("hanya untuk penanggung jawab", "Unduhan hanya untuk analis", "masuk sebagai pembaca"),
    }[language]
    opened.settle(charts=3, text=words[2])
    for said in words:
        assert said in opened.text()
    assert opened.page.locator("[data-testid=stDownloadButton]").count() == 0
    acts = ("run_start", "run_pause", "run_ramp", "run_stop", "unmask")
    assert [act for act in acts if opened.page.locator(f"[class*=st-key-{act}_]").count()] == []
    toolbars = opened.page.locator("[data-testid=stElementToolbarButton]")
    labels = toolbars.evaluate_all(
        "all => all.filter(one => getComputedStyle(one).display != 'none')"
        ".map(one => one.querySelector('button').ariaLabel.split(':')[0])"
    )
    assert set(labels) == {"Fullscreen"}
    assert_accessible(opened)
    opened.keep(f"run-viewer-{language}-{width}")
    opened.page.get_by_role("link", name={"en": "Sign out", "id": "Keluar"}[language]).click()
    opened.page.wait_for_selector("input[type=password]")


def test_an_analyst_downloads_and_unmasks_and_both_are_recorded(team: Any, visit: Any) -> None:
    lab, key = team.lab(), "late_order"
    opened = sign_in(visit, team, "analyst", f"?experiment={key}&lang=en")
    opened.settle(charts=3, text="Each download is recorded in the audit.")
    assert "is for owners" in opened.text()
    with opened.page.expect_download() as waiting:
        opened.page.get_by_role("button", name="Counts (CSV)").click()
    letters = waiting.value.path().read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in letters.splitlines()] == ["arm", "A", "B", "C"]
    assert audited(lab, key) == [("start", None), ("export", "analyst")]

    unfold(opened, "Unmask the arms before the stop")
    opened.page.get_by_label("Why must the arms be seen now?").fill("a complaint about one of the texts")
    button = opened.page.get_by_role("button", name="Unmask the arms", exact=True)
    assert button.is_disabled()
    opened.page.get_by_text("I know that this is recorded").click()
    assert_accessible(opened)
    opened.keep("run-unmask-en-1280")
    button.click()
    opened.settle(charts=3, text="The arms are unmasked, and it is recorded.")
    assert "Thank you" in opened.text()
    last = lab.store.audit_log(key)[-1]
    assert (last.action, dict(last.detail)) == (
        "unmask",
        {"reason": "a complaint about one of the texts", "by": "analyst"},
    )
    assert (
        opened.page.locator("[class*=st-key-run_p], [class*=st-key-run_r], [class*=st-key-run_t]").count()
        == 0
    ), "running it is for owners"
    lab.close()
