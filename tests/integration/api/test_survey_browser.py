"""The survey page in a real Chromium: by keyboard, without scripts, light, dark and printed."""

from pathlib import Path

import pytest

from amends import Choice, Rating, Text, blocked, everyone, service_quality, text

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
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


CONSENT = text(
    en="This survey is part of a study of how companies speak to customers who had to wait. Taking part is "
    "voluntary. Your answers are stored without your name.",
    id="Survei ini bagian dari penelitian tentang cara perusahaan berbicara kepada pelanggan yang harus "
    "menunggu. Keikutsertaan bersifat sukarela. Jawaban Anda disimpan tanpa nama Anda.",
)
DEBRIEF = text(
    en="What this was about: customers got the same facts, and some of them one sentence more. We compare "
    "whether that sentence makes a difference.",
    id="Tentang penelitian ini: semua pelanggan menerima fakta yang sama, sebagian dengan satu kalimat "
    "tambahan. Kami membandingkan apakah kalimat itu berpengaruh.",
)


@pytest.fixture
def lab(define, open_lab):
    card = {
        "eligible": everyone(),
        "notice": text(en="The wrong survey.", id="Survei yang keliru."),
        "randomize": blocked(),
        "sender": "human",
    }
    return open_lab(
        define(survey=SURVEY),
        define("short"),
        define("gift", show_message="survey"),
        define("study", survey=SURVEY, consent=CONSENT, debrief=DEBRIEF, completion_code=True),
        define("card", show_message="survey", **card),
        define("said", **card),
    )


@pytest.fixture
def link(lab, serve, late):
    base = serve(lab)

    def make(key: str = "late_parcel", unit: str = "C-1", **arguments) -> str:
        if key in ("card", "said"):
            [printed] = lab.print_cards(key, 1)
            return f"{base}/s/{printed.url.rsplit('/', 1)[-1]}"
        token = lab.assign(key, unit, **{**late, **arguments}).survey_url.rsplit("/", 1)[-1]
        return f"{base}/s/{token}"

    return make


def keep(page, name: str) -> None:
    """Keeps a picture of the whole page."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)


def journey(page, link, locale: str, unit: str):
    """Every kind of page, one after the other, each by its name once it is shown."""

    def press(button: str, *, then: str, state: str = "visible") -> None:
        """Presses, and waits for what the next page has and this one has not."""
        page.locator(button).click()
        page.locator(then).first.wait_for(state=state)

    def answer_all() -> None:
        for number in range(page.locator("fieldset").count()):
            page.locator("fieldset").nth(number).locator("input").nth(number % 2).check(force=True)

    page.goto(link("study", unit, locale=locale))
    yield "consent"
    press("button[name=_refuse]", then=".closing")
    yield "refused"
    page.go_back()
    page.locator("button[name=_refuse]").wait_for()
    press("button.send", then="textarea")
    yield "all"
    page.locator("input[name=satisfaction]").nth(4).check(force=True)
    press("button.send", then=".alert")
    yield "errors"
    press("button[name=_later]", then=".closing")
    yield "saved"
    page.goto(link("study", unit, locale=locale))
    answer_all()
    page.locator("textarea").fill("Kurirnya ramah sekali.")
    page.locator("summary").click()
    yield "answered"
    press("button.send", then=".code")
    page.locator("summary").click()
    yield "closed"
    page.goto(link("study", unit, locale=locale))
    yield "spent"
    page.locator("summary").click()
    press("button[name=_withdraw]", then="details", state="detached")
    yield "withdrawn"
    page.goto(link("late_parcel", unit, locale=locale))
    yield "first"
    for key in ("card", "said"):
        page.goto(f"{link(key)}?lang={locale}")
        yield key
    page.goto(link("short", unit).rsplit("/", 1)[0] + "/forged?lang=" + locale)
    yield "unknown"


PAGES = 13


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


def test_agreeing_and_withdrawing_need_neither_mouse_nor_scripts(lab, link, page_of):
    page = page_of(390)
    page.goto(link("study", locale="en"))
    page.keyboard.press("Tab")  # the other language
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "I agree, continue"
    page.keyboard.press("Enter")
    page.get_by_text("They gave me their full attention.").wait_for()
    assert sum(arm.agreed for arm in lab.tally("study").arms) == 1

    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your answers have been deleted and will not be used.").wait_for()
    assert sum(arm.withdrawn for arm in lab.tally("study").arms) == 1


def test_the_errors_are_summed_up_where_the_keyboard_is_and_lead_to_each_question(link, page_of):
    page = page_of(390)
    page.goto(link("study", locale="en"))
    page.locator("button.send").click()
    page.locator("textarea").wait_for()
    page.locator("button.send").click()
    summary = page.locator(".alert")
    summary.wait_for()

    assert page.evaluate("document.activeElement.className") == "alert"
    assert page.title().startswith("Please check: ")
    assert summary.get_by_role("heading").inner_text() == "6 answers are still missing or could not be read."
    for name in ("satisfaction", "responsiveness", "place"):
        page.locator(f'.alert a[href="#q-{name}"]').focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == name
    described = page.locator("fieldset").first.get_attribute("aria-describedby")
    assert page.locator(f"#{described}").inner_text() == "Please choose an answer."


def test_taps_on_a_telephone_choose_and_send(lab, link, page_of):
    page = page_of(390, has_touch=True, is_mobile=True)
    page.goto(link("short"))

    page.get_by_label("6", exact=True).tap()
    page.get_by_role("button", name="Send my answer").tap()

    page.get_by_text("We have received your answers.").wait_for()
    assert sum(arm.finished for arm in lab.tally("short").arms) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "id"])
def test_every_page_fits_both_widths_has_large_targets_and_no_barrier(link, page_of, locale, scheme):
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    page = page_of(390, scripts=True, bypass_csp=True, color_scheme=scheme)
    seen = []
    for name in journey(page, link, locale, f"{locale}-{scheme}"):
        seen.append(name)
        assert _violations(axe, page) == [], name
        assert page.locator("h1").count() == 1
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            _fits(page)
            keep(page, f"{name}-{locale}-{width}-{scheme}")
    assert len(seen) == len(set(seen)) == PAGES


def test_every_page_can_be_enlarged_fourfold_and_its_letters_twofold(link, page_of):
    """WCAG 2.2, 1.4.10: 320 pixels are a window of 1280 at 400%. 1.4.4: text at 200%."""
    page = page_of(320, scripts=True, bypass_csp=True)
    for name in journey(page, link, "id", "zoom"):
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        page.set_viewport_size({"width": 640, "height": 844})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 640, name
        cut = "[...document.querySelectorAll('.tile span')].filter(e => e.scrollWidth > e.clientWidth).length"
        assert page.evaluate(cut) == 0, name
        if name in ("all", "closed"):
            keep(page, f"{name}-id-640-enlarged")
        page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": 320, "height": 844})


def test_on_paper_stand_the_questions_and_not_the_buttons(link, page_of):
    page = page_of(794, scripts=True, bypass_csp=True, color_scheme="dark")
    for name in journey(page, link, "en", "paper"):
        if name not in ("answered", "closed"):
            continue
        page.emulate_media(media="print")
        assert page.locator("h1").is_visible()
        assert not page.locator("button:not(.first-key):visible").count()
        paper, ink = page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
        )
        chosen = page.evaluate(
            "[...document.querySelectorAll('.tile input:checked + span')].map(e => getComputedStyle(e))"
            ".map(look => [look.backgroundColor, look.color, look.outlineStyle])"
        )
        assert all(look == ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "solid"] for look in chosen)
        assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
        keep(page, f"{name}-en-print")
        page.emulate_media(media="screen")


def test_what_is_chosen_is_seen_without_colour(link, page_of):
    """In forced colours only outlines and letters are left; a chosen point differs in both."""
    page = page_of(390, scripts=True, bypass_csp=True, forced_colors="active")
    page.goto(link("short"))
    page.locator('input[name="satisfaction"]').nth(4).check(force=True)

    looks = page.evaluate(
        "[...document.querySelectorAll('.tile span')].map(e => {"
        "const look = getComputedStyle(e); return [look.fontWeight, look.outlineWidth, look.outlineStyle]})"
    )
    assert looks[4] != looks[0]
    assert looks[0] == looks[1] == looks[6]
    assert looks[4] == ["700", "4px", "solid"]


def test_the_declared_sentence_stands_above_the_question(link, lab, page_of):
    page = page_of(390)
    unit = next(f"G-{n}" for n in range(100) if lab.experiment("gift").arm_of(f"G-{n}") == "thank_you")
    page.goto(link("gift", unit, locale="id"))

    assert page.locator(".lead").inner_text() == "Terima kasih sudah sabar menunggu."
    keep(page, "sentence-id-390")


def _violations(axe, page) -> list[str]:
    return [f"{found['id']}: {found['nodes'][0]['html']}" for found in axe.run(page).response["violations"]]


def _fits(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.tile, .choice, .send, .other, .lang, summary')]"
        ".map(e => e.getBoundingClientRect()).filter(r => r.width).map(r => [r.width, r.height])"
    )
    assert all(width >= 44 and height >= 44 for width, height in sizes), sizes
