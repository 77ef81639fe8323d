"""The survey page in a real Chromium: by keyboard, without scripts, at both widths, in both languages."""

from pathlib import Path

import pytest

from amends import Choice, Rating, Text, service_quality, text

pytestmark = pytest.mark.browser

ARTIFACTS = Path(__file__).parents[3] / "artifacts" / "survey"
SURVEY = [
    *service_quality(),
    Rating(
        "recommend",
        text(
            en="How likely are you to recommend us?",
            id="Seberapa besar kemungkinan Anda merekomendasikan kami?",
        ),
        scale=(0, 10),
        low=text(en="not likely", id="tidak mungkin"),
        high=text(en="very likely", id="sangat mungkin"),
    ),
    Choice(
        "place",
        text(en="Where did the parcel arrive?", id="Di mana paketnya tiba?"),
        options={
            "home": text(en="At home", id="Di rumah"),
            "shop": text(en="At a pick-up point nearby", id="Di titik ambil terdekat"),
        },
    ),
    Text(
        "comment",
        text(en="Anything else you would like to tell us?", id="Ada lagi yang ingin Anda sampaikan?"),
    ),
]


@pytest.fixture
def page_of(browser):
    """A page of a width, with or without scripts."""
    contexts = []

    def make(width: int, *, scripts: bool = False, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, java_script_enabled=scripts, **options
        )
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define(survey=SURVEY), define("short"), define("gift", show_message="survey"))


@pytest.fixture
def link(lab, serve, late):
    base = serve(lab)

    def make(key: str = "late_parcel", unit: str = "C-1", **arguments) -> str:
        token = lab.assign(key, unit, **{**late, **arguments}).survey_url.rsplit("/", 1)[-1]
        return f"{base}/s/{token}"

    return make


def keep(page, name: str) -> None:
    """Keeps a picture of the whole page."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def test_the_whole_survey_is_filled_in_by_keyboard_alone_without_scripts(lab, link, page_of):
    page = page_of(390)
    page.goto(link(locale="id"))
    page.keyboard.press("Tab")  # the other language
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text("Saya dilayani dengan penuh perhatian.").wait_for()
    assert page.locator('input[name="satisfaction"]:checked').get_attribute("value") == "2"

    for name, presses in (
        ("attention", 3),
        ("understanding", 5),
        ("responsiveness", 7),
        ("recommend", 11),
        ("place", 2),
    ):
        page.locator(f'input[name="{name}"]').first.focus()
        page.keyboard.press("Space")
        for _ in range(presses - 1):
            page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("Kurirnya ramah")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Jawaban Anda sudah kami terima.").wait_for()

    stored = next(iter(lab.store.export_rows("late_parcel").responses))
    for value in ("2", "3", "5", "7", "10", "shop", "Kurirnya ramah"):
        assert value in str(stored)


def test_taps_on_a_telephone_choose_and_send(lab, link, page_of):
    page = page_of(390, has_touch=True, is_mobile=True)
    page.goto(link("short"))

    page.get_by_label("6", exact=True).tap()
    page.get_by_role("button", name="Send my answer").tap()

    page.get_by_text("We have received your answers.").wait_for()
    assert sum(arm.finished for arm in lab.tally("short").arms) == 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("locale", ["en", "id"])
def test_every_page_fits_its_width_and_every_target_is_large(link, page_of, width, locale):
    page = page_of(width, scripts=True, bypass_csp=True)
    page.goto(link(locale=locale))
    _fits(page, f"first-{locale}-{width}")

    page.locator('input[name="satisfaction"]').nth(5).check(force=True)
    page.locator("button.send").click()
    page.locator("textarea").wait_for()
    _fits(page, f"all-{locale}-{width}")

    page.locator("button.send").click()
    page.locator(".error").first.wait_for()
    _fits(page, f"errors-{locale}-{width}")
    assert page.evaluate("document.activeElement.name") == "attention"

    page.goto(link("short", locale=locale).rsplit("/", 1)[0] + "/forged?lang=" + locale)
    _fits(page, f"unknown-{locale}-{width}")


def test_the_declared_sentence_stands_above_the_question(link, lab, page_of):
    page = page_of(390)
    unit = next(f"G-{n}" for n in range(100) if lab.experiment("gift").arm_of(f"G-{n}") == "thank_you")
    page.goto(link("gift", unit, locale="id"))

    assert page.locator(".lead").inner_text() == "Terima kasih sudah sabar menunggu."
    keep(page, "sentence-id-390")


@pytest.mark.parametrize("locale", ["en", "id"])
def test_no_barrier_is_found_on_any_page(link, page_of, locale):
    from axe_playwright_python.sync_playwright import Axe

    page = page_of(390, scripts=True, bypass_csp=True)
    axe = Axe()
    page.goto(link(locale=locale))
    assert _violations(axe, page) == []
    page.locator('input[name="satisfaction"]').nth(5).check(force=True)
    page.locator("button.send").click()
    page.locator("textarea").wait_for()
    page.locator("button.send").click()
    page.locator(".error").first.wait_for()
    assert _violations(axe, page) == []


def _violations(axe, page) -> list[str]:
    return [f"{found['id']}: {found['nodes'][0]['html']}" for found in axe.run(page).response["violations"]]


def _fits(page, name: str) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.tile, .choice, .send, .lang')].map(e => e.getBoundingClientRect())"
        ".map(r => [r.width, r.height])"
    )
    assert all(width >= 44 and height >= 44 for width, height in sizes), sizes
    keep(page, name)
