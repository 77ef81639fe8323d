"""Every page of the dashboard in both languages, on a desk and on a telephone, in a real browser."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import urllib.request
import zipfile
from datetime import timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from amends.analysis.formatting import count
from dashboards import data
from dashboards.words import Words
from tests.browser.conftest import plain_environment

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
LANGUAGES = ("en", "id")
# Name of the page, its title in the navigation, charts to wait for, and words that must be there.
PAGES = {
    "home": (("Experiments", "Eksperimen"), 0, ("Which message helps", "Pesan mana yang membantu")),
    "experiment": (("One experiment", "Satu eksperimen"), 6, ("Every count", "Semua hitungan")),
    "studies": (("Published studies", "Studi terbitan"), 5, ("not known to us", "tidak kami ketahui")),
    "plan": (("Plan", "Rencana"), 1, ("What the number rests on", "Dasar angka ini")),
    "try": (("Try a message", "Coba pesan"), 0, ("How alike the arms are", "Seberapa mirip antar kelompok")),
    "waiting": (("Waiting times", "Waktu tunggu"), 2, ("Mailboxes without", "Kotak surat tanpa")),
    "calculator": (("Calculator", "Kalkulator"), 1, ("91.1%", "91,1%")),
}
WORDS = Words("en")
SLOTS = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Jumat"}


def go(opened: Any, name: str, language: str) -> None:
    """Clicks to the page as a visitor does: in the bar at the top, on a telephone in the row of links."""
    title = PAGES[name][0][LANGUAGES.index(language)]
    opened.page.get_by_role("link", name=title, exact=True).locator("visible=true").click()
    _, charts, words = PAGES[name]
    opened.settle(charts=charts, text=words[LANGUAGES.index(language)])


def assert_sound(opened: Any) -> None:
    """No exception, no request off the machine, headings in order, nothing wider than the screen."""
    assert opened.trouble == []
    assert opened.page.locator("[data-testid=stException]").count() == 0
    assert opened.page.locator("[data-testid=stAlertContentError]").count() == 0
    levels = opened.headings()
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    widest = opened.page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
            .map(part => part.scrollWidth - part.clientWidth)"""
    )
    assert max(widest) <= 0, "the page scrolls sideways"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_reached_by_clicking_and_is_sound(
    demo: Any, visit: Any, language: str, width: int
) -> None:
    opened = visit(f"{demo.url}/?lang={language}", width=width)
    opened.settle(charts=0, text=PAGES["home"][2][LANGUAGES.index(language)])
    for name in ("experiment", "studies", "plan", "try", "waiting", "calculator", "home"):
        go(opened, name, language)
        assert f"lang={language}" in opened.page.url, "the language follows from page to page"
        assert_sound(opened)
        opened.keep(f"{name}-{language}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["late_parcel", "low_reward", "email_replies"])
def test_an_experiment_shows_its_sentence_and_its_raw_counts(
    demo: Any, visit: Any, key: str, language: str, width: int
) -> None:
    report = demo.lab().analyze(key)
    opened = visit(f"{demo.url}/?experiment={key}&lang={language}", width=width)
    opened.settle(charts=3, text=PAGES["experiment"][2][LANGUAGES.index(language)])
    text = opened.text()
    assert report.headline[language] in text
    for arm in report.arms.values():
        assert count(arm.counts["assigned"], language) in text
        assert count(arm.counts["completed"], language) in text
    assert_sound(opened)
    opened.keep(f"experiment-{key}-{language}-{width}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_gives_a_headline_for_every_experiment(demo: Any, visit: Any, language: str) -> None:
    lab = demo.lab()
    opened = visit(f"{demo.url}/?lang={language}")
    for line in lab.overview():
        opened.settle(charts=0, text=lab.analyze(line.key).headline[language])
    assert_sound(opened)


def test_the_language_switch_keeps_the_place(demo: Any, visit: Any) -> None:
    opened = visit(f"{demo.url}/?experiment=restaurant_wait&lang=en")
    opened.settle(charts=3, text="Every count")
    opened.page.get_by_text("Indonesia", exact=True).click()
    opened.settle(charts=3, text="Semua hitungan")
    assert "lang=id" in opened.page.url
    assert "experiment=restaurant_wait" in opened.page.url


def key_of(demo: Any) -> str:
    """A key that may assign and record, as a sender has it."""
    made = subprocess.run(
        [sys.executable, "-m", "amends", "keys", "create", "--scope", "assign", "--scope", "ingest"],
        env={**plain_environment(), **demo.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.strip()


def post(demo: Any, key: str, path: str, **body: Any) -> dict[str, Any]:
    """One call of the API, as a sender makes it."""
    asked = urllib.request.Request(
        f"{demo.url}/api/v1/experiments/late_parcel/{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=30) as answer:
        said: dict[str, Any] = json.load(answer)
    return said


COUNT_REFRESHES = """shown => {
    window.refreshes = [];
    let before = document.querySelector('.am-meta').innerText;
    new MutationObserver(() => {
        const now = document.querySelector('.am-meta')?.innerText;
        if (!now || now === before) return;
        before = now;
        const entry = {shown: document.body.innerText.includes(shown)};
        window.refreshes.push(entry);
        // The cards below the sentence follow in the same refresh, a moment later.
        setTimeout(() => { entry.shown ||= document.body.innerText.includes(shown); }, 400);
    }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""
"""Notes every refresh of the page, told by the time it says, and whether the text stood there then."""


def test_a_response_posted_to_the_api_shows_up_on_the_open_page_within_two_refreshes(
    demo: Any, visit: Any
) -> None:
    """Without a reload, a jump of the page, or a widget that forgets what was chosen."""
    assert data.REFRESH <= 2
    lab, key = demo.lab(), key_of(demo)
    opened = visit(f"{demo.url}/?experiment=late_parcel&lang=en")
    opened.settle(charts=6, text="Every count")
    opened.page.locator("[data-testid=stButtonGroup] button", has_text="ID").last.click()
    opened.settle(charts=6, text="Halo Kak")
    opened.page.evaluate(
        "window.sameVisit = true; document.querySelector('[data-testid=stMain]').scrollTop = 700"
    )
    before = lab.tally("late_parcel")
    unit = "visitor-of-the-test"
    given = post(demo, key, "assignments", unit_id=unit, delay_seconds=108_000, slots=SLOTS)
    arm = before[given["arm"]]
    shown = f"{arm.completed + 1} of {arm.matured + 1} completed the survey"
    assert shown not in opened.text()
    opened.page.evaluate(COUNT_REFRESHES, shown)
    post(demo, key, "responses", unit_id=unit, satisfaction=6)
    opened.page.wait_for_function("() => window.refreshes.at(-1)?.shown", timeout=60_000)
    # Counted and not timed, as a busy machine stretches the periods.
    assert opened.page.evaluate("window.refreshes.length") <= 2
    assert opened.page.evaluate("window.sameVisit"), "the page was not loaded anew"
    assert opened.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 700
    assert "Halo Kak" in opened.text(), "the chosen message language was not reset"


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_jumps_while_the_page_refreshes_with_new_answers(demo: Any, visit: Any, width: int) -> None:
    """Chromium's own measure of what moved without anybody's doing, over several refreshes."""
    lab = demo.lab()
    opened = visit(f"{demo.url}/?experiment=late_parcel&lang=en", width=width)
    opened.settle(charts=6, text="Every count")
    opened.page.wait_for_function(
        f"() => !document.body.innerText.includes({WORDS.say('being_computed')!r})", timeout=60_000
    )
    opened.page.evaluate(
        """() => {
            window.shifted = 0;
            new PerformanceObserver(list => {
                for (const entry of list.getEntries())
                    if (!entry.hadRecentInput) window.shifted += entry.value;
            }).observe({type: 'layout-shift', buffered: false});
        }"""
    )
    for turn, scrolled in enumerate((0, 0, 900, 2_400)):
        opened.page.evaluate(
            "at => { document.querySelector('[data-testid=stMain]').scrollTop = at; }", scrolled
        )
        opened.page.evaluate(COUNT_REFRESHES, "")
        unit = f"visitor-{width}-{turn}"
        lab.assign("late_parcel", unit, delay=timedelta(hours=30), **SLOTS)
        lab.record_response("late_parcel", unit, satisfaction=1 + turn)
        opened.page.wait_for_function("() => window.refreshes.length >= 2", timeout=60_000)
        assert opened.page.evaluate("window.shifted") < 0.02
        at = opened.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
        assert at == scrolled


@pytest.mark.parametrize(
    "path", ["/", "/?experiment=late_parcel", "/studies", "/calculator", "/plan", "/try", "/waiting-times"]
)
def test_axe_finds_nothing_serious(demo: Any, visit: Any, path: str) -> None:
    opened = visit(f"{demo.url}{path}{'&' if '?' in path else '?'}lang=id")
    name = "experiment" if "experiment" in path else path.strip("/").partition("-")[0] or "home"
    opened.settle(charts=PAGES[name][1], text=PAGES[name][2][1])
    found = Axe().run(opened.page).response["violations"]
    grave = [
        f"{item['id']}: {item['help']} {[node['target'] for node in item['nodes']][:3]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
    assert grave == []


@pytest.mark.parametrize("width", WIDTHS)
def test_an_empty_folder_teaches_the_first_step(empty: Any, visit: Any, width: int) -> None:
    opened = visit(f"{empty.url}/?lang=en", width=width)
    opened.settle(charts=0, text="amends new late_parcel")
    assert_sound(opened)
    opened.keep(f"empty-en-{width}")


def test_every_download_opens_and_holds_the_figures(demo: Any, visit: Any) -> None:
    report = demo.lab().analyze("restaurant_wait")
    arms, effect = report.to_dict()["arms"], report.contrasts[0].effect
    opened = visit(f"{demo.url}/?experiment=restaurant_wait&lang=id")
    opened.settle(charts=3, text="Semua hitungan")

    def downloaded(label: str, name: str) -> bytes:
        with opened.page.expect_download() as waiting:
            opened.page.get_by_role("button", name=label).click()
        assert waiting.value.suggested_filename == name
        content: bytes = waiting.value.path().read_bytes()
        return content

    page = unescape(downloaded("Laporan (HTML)", "restaurant_wait.html").decode())
    assert report.headline["id"] in page, "in the page's language"
    assert "<script" not in page
    markdown = downloaded("Laporan (Markdown)", "restaurant_wait.md").decode()
    assert report.headline["id"] in unescape(markdown).replace("\\", "")
    assert downloaded("Laporan (PDF)", "restaurant_wait.pdf").startswith(b"%PDF")
    picture = Image.open(io.BytesIO(downloaded("Laporan (gambar)", "restaurant_wait.png")))
    assert len(set(picture.convert("L").resize((100, 100)).getdata())) > 5, "not an empty sheet"
    counts = pd.read_csv(io.BytesIO(downloaded("Hitungan (CSV)", "restaurant_wait_counts.csv")))
    ditto = downloaded("Hitungan (Parquet)", "restaurant_wait_counts.parquet")
    for found in (counts, pd.read_parquet(io.BytesIO(ditto))):
        assert dict(zip(found["arm"], found["completed"], strict=True)) == {
            name: arm["completed"] for name, arm in arms.items()
        }
    rows = pd.read_csv(io.BytesIO(downloaded("Perbandingan (CSV)", "restaurant_wait_comparisons.csv")))
    ditto = downloaded("Perbandingan (Parquet)", "restaurant_wait_comparisons.parquet")
    for found in (rows, pd.read_parquet(io.BytesIO(ditto))):
        assert found["effect"][0] == pytest.approx(effect)
    packed = zipfile.ZipFile(io.BytesIO(downloaded("Semua tabel (ZIP", "restaurant_wait_tables.zip")))
    tables = "".join(packed.read(name).decode() for name in packed.namelist())
    assert f"{100 * effect:.1f}".replace(".", ",") in tables
    figures = json.loads(downloaded("Semua angka (JSON)", "restaurant_wait.json"))
    assert figures["contrasts"][0]["effect"] == pytest.approx(effect)


def test_paper_gets_the_report_without_what_can_be_clicked(demo: Any, visit: Any) -> None:
    opened = visit(f"{demo.url}/?experiment=restaurant_wait&lang=en")
    opened.settle(charts=3, text="Take it with you")
    printed = opened.page.pdf(prefer_css_page_size=True, print_background=True)
    size = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", printed)
    assert size is not None
    assert [round(float(side)) for side in size.groups()] == [595, 842], "A4 by the page's own wish"
    opened.page.emulate_media(media="print")
    opened.page.set_viewport_size({"width": 688, "height": 1000})
    clickable = "button, [role=tab], [data-testid=stSelectbox], nav a, .st-key-am-menu a"
    assert opened.page.locator(clickable).locator("visible=true").count() == 0
    assert "Take it with you" not in opened.text()
    widest = opened.page.evaluate(
        """() => Math.max(...[...document.querySelectorAll(
            '.stVegaLiteChart canvas, .stVegaLiteChart svg, .am-hero, .am-table')]
            .map(part => part.getBoundingClientRect().right)) - document.documentElement.clientWidth"""
    )
    assert widest <= 1, "nothing reaches over the edge of the paper"


def test_a_page_that_was_told_to_pause_stands_still_until_it_is_switched_on_again(
    demo: Any, visit: Any
) -> None:
    lab = demo.lab()
    opened = visit(f"{demo.url}/?experiment=late_parcel&lang=en")
    opened.settle(charts=6, text="refreshes by itself")
    opened.page.get_by_text("Update by itself").click()
    opened.page.wait_for_function(
        "() => !document.body.innerText.includes('refreshes by itself')", timeout=60_000
    )
    before = lab.tally("late_parcel")
    assignment = lab.assign("late_parcel", "visitor-while-paused", delay=timedelta(hours=30), **SLOTS)
    lab.record_response("late_parcel", "visitor-while-paused", satisfaction=6)
    arm = before[assignment.arm]
    now = f"{arm.completed + 1} of {arm.matured + 1} completed the survey"
    opened.page.wait_for_timeout(5_000)  # two periods of refreshing, in which nothing may change
    assert now not in opened.text()
    opened.page.get_by_text("Update by itself").click()
    opened.settle(charts=6, text=now)
