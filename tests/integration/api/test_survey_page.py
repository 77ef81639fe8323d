"""The survey page over HTTP: what a customer sees and sends, and what is recorded when."""

import re
from html import unescape

import pytest

from amends import (
    Choice,
    Proportion,
    Rating,
    Scale,
    Text,
    service_quality,
    silence,
    text,
    thank_you,
)

SURVEY = [
    *service_quality(),
    Choice(
        "place",
        text(en="Where?", id="Di mana?"),
        options={"home": text(en="At home", id="Di rumah"), "shop": text(en="Shop", id="Toko")},
    ),
    Text("comment", text(en="Anything else?", id="Ada lagi?"), max_length=40),
]
RATINGS = {"satisfaction": "6", "attention": "5", "understanding": "4", "responsiveness": "7"}


class Customer:
    """Somebody with a browser without scripts: reads a page, fills in its form, sends it."""

    def __init__(self, api, link: str) -> None:
        self.api = api
        self.path = "/s/" + link.rsplit("/", 1)[-1]
        self.answer = None

    def opens(self, query: str = ""):
        self.answer = self.api.get(self.path + query)
        return self.answer

    @property
    def page(self) -> str:
        return unescape(self.answer.text)

    @property
    def hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.answer.text))

    @property
    def ticked(self) -> dict[str, str]:
        return dict(re.findall(r'type="radio" name="([^"]+)" value="([^"]+)"[^>]* checked', self.answer.text))

    def sends(self, **answers: str):
        self.answer = self.api.post(self.path, data=self.hidden | answers)
        return self.answer


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define(survey=SURVEY), define("short"))


@pytest.fixture
def customer(lab, client, late):
    api = client(lab)

    def make(key: str = "late_parcel", unit: str = "C-1", **arguments):
        return Customer(api, lab.assign(key, unit, **{**late, **arguments}).survey_url)

    return make


def counts(lab, key: str = "late_parcel") -> tuple[int, int]:
    arms = lab.tally(key).arms
    return sum(arm.started for arm in arms), sum(arm.finished for arm in arms)


def test_opening_the_link_any_number_of_times_records_nothing(lab, customer):
    someone = customer()

    for _ in range(3):
        assert someone.opens().status_code == 200
    assert someone.api.head(someone.path).status_code == 200

    assert counts(lab) == (0, 0)
    assert "How satisfied are you with our service?" in someone.page


def test_the_first_answer_is_the_start_and_the_last_page_the_finish(lab, customer):
    someone = customer()
    someone.opens()
    assert "5 more questions" in someone.page

    someone.sends(satisfaction="6")
    assert counts(lab) == (1, 0)
    assert someone.ticked == {"satisfaction": "6"}

    someone.sends(**RATINGS, place="home", comment=" Kurirnya ramah \r\n sekali ")
    assert someone.answer.status_code == 200
    assert "We have received your answers." in someone.page
    assert counts(lab) == (1, 1)
    stored = next(iter(lab.store.export_rows("late_parcel").responses))
    assert "Kurirnya ramah" in str(stored)


def test_a_survey_of_one_question_is_finished_in_one_step(lab, customer):
    someone = customer("short")
    someone.opens()

    someone.sends(satisfaction="7")

    assert "We have received your answers." in someone.page
    assert counts(lab, "short") == (1, 1)


def test_a_missing_answer_is_asked_for_beside_its_question_and_the_others_are_kept(lab, customer):
    someone = customer()
    someone.opens()
    someone.sends(satisfaction="6")

    someone.sends(satisfaction="6", attention="2", place="shop", comment="<b>so & so</b>")

    assert someone.answer.status_code == 422
    assert re.findall(r'<li><a href="#(q-[a-z]+)">', someone.page) == ["q-understanding", "q-responsiveness"]
    assert someone.page.count('<p class="error"') == 2
    assert "2 answers are still missing" in someone.page
    assert someone.ticked == {"satisfaction": "6", "attention": "2", "place": "shop"}
    assert "&lt;b&gt;so &amp; so&lt;/b&gt;" in someone.answer.text
    assert counts(lab) == (1, 0)

    someone.sends(**RATINGS, place="shop")
    assert counts(lab) == (1, 1)


@pytest.mark.parametrize("value", ["8", "0", "six", "6.5", "-1", "٦" * 30, "<script>", "9" * 400])
def test_an_answer_off_the_scale_is_never_stored(lab, customer, value):
    someone = customer("short")
    someone.opens()

    someone.sends(satisfaction=value)

    assert someone.answer.status_code == 422
    assert "could not be read" in someone.page
    assert "<script" not in someone.answer.text
    assert counts(lab, "short") == (1, 0)


def test_a_comment_that_is_too_long_says_by_how_much(customer):
    someone = customer()
    someone.opens()
    someone.sends(satisfaction="6")

    someone.sends(**RATINGS, place="home", comment="x" * 41)

    assert "Please shorten this to 40 characters. It has 41." in someone.page


def test_the_first_finished_response_stands(lab, customer):
    someone = customer("short")
    someone.opens()
    form = someone.hidden
    someone.sends(satisfaction="7")

    other = someone.api.post(someone.path, data=form | {"satisfaction": "1"})
    same = someone.api.post(someone.path, data=form | {"satisfaction": "7"})

    assert (other.status_code, same.status_code) == (200, 200)
    assert "This survey has already been filled in." in other.text
    assert "We have received your answers." in same.text  # the button was pressed twice
    assert counts(lab, "short") == (1, 1)
    assert "This survey has already been filled in." in someone.opens().text


def test_a_form_that_lay_open_too_long_is_shown_again_with_its_answers(lab, customer, clock):
    someone = customer("short")
    someone.opens()
    clock.pass_by(hours=13)

    someone.sends(satisfaction="3")

    assert someone.answer.status_code == 200
    assert "This page was open for a long time." in someone.page
    assert someone.ticked == {"satisfaction": "3"}
    assert counts(lab, "short") == (0, 0)

    someone.sends(satisfaction="3")
    assert counts(lab, "short") == (1, 1)


@pytest.mark.parametrize("issued", ["", "nonsense", "MTc3MjQ1MjgwMA.forged"])
def test_a_form_we_did_not_issue_records_nothing(lab, customer, issued):
    someone = customer("short")
    someone.opens()

    someone.api.post(someone.path, data=someone.hidden | {"_issued": issued, "satisfaction": "7"})

    assert counts(lab, "short") == (0, 0)


def test_a_form_of_one_link_is_worth_nothing_at_another(lab, customer):
    mine, theirs = customer("short", "C-1"), customer("short", "C-2")
    mine.opens()

    theirs.api.post(theirs.path, data=mine.hidden | {"satisfaction": "7"})

    assert counts(lab, "short") == (0, 0)


@pytest.mark.parametrize("token", ["x", "AAAAAAAAAAAAlPE1wvESZyBW", "%00", "ü", "a" * 3000, "..%2f..%2fetc"])
def test_a_forged_link_gets_a_friendly_page_and_404(lab, client, token):
    api = client(lab)

    for answer in (api.get(f"/s/{token}?lang=id"), api.post(f"/s/{token}", data={"_locale": "id"})):
        assert answer.status_code == 404
        if answer.headers["content-type"].startswith("text/html"):
            assert "Tidak ada survei di tautan ini." in answer.text


def test_a_damaged_link_gets_404(customer):
    someone = customer()
    changed = "A" if someone.path[-1] != "A" else "B"

    assert someone.api.get(someone.path[:-1] + changed).status_code == 404


def test_long_after_the_stop_the_link_is_no_longer_valid(lab, customer, clock):
    someone = customer("short")
    someone.opens()
    form = someone.hidden
    lab.stop("short")
    clock.pass_by(days=31)

    for answer in (someone.api.get(someone.path), someone.api.post(someone.path, data=form)):
        assert answer.status_code == 410
        assert "This link is no longer valid." in answer.text
    assert "Tautan ini sudah tidak berlaku." in someone.api.get(someone.path + "?lang=id").text


@pytest.mark.parametrize("way", ["erased", "past its retention"])
def test_a_link_whose_customer_is_gone_is_no_longer_valid(lab, customer, clock, way):
    someone = customer("short")
    if way == "erased":
        lab.store.forget(lab.pseudonym("C-1"))
    else:
        lab.stop("short")
        clock.pass_by(days=1)
        lab.store.prune(clock.now)

    for answer in (someone.api.get(someone.path), someone.api.post(someone.path, data={"satisfaction": "5"})):
        assert answer.status_code == 410
        assert "This link is no longer valid." in answer.text
    in_browser = someone.api.get(someone.path, headers={"accept-language": "fr, id;q=0.9, en;q=0.4"})
    assert "Tautan ini sudah tidak berlaku." in in_browser.text


def test_the_page_speaks_the_customers_language_and_can_be_opened_in_another(customer):
    someone = customer(locale="id-ID")

    assert 'lang="id"' in someone.opens().text
    assert "Seberapa puas Anda dengan layanan kami?" in someone.page
    assert '<button class="lang" type="submit" name="_lang" value="en" lang="en">English' in someone.page
    assert "How satisfied are you with our service?" in someone.opens("?lang=en").text
    assert 'lang="en"' in someone.answer.text


def test_switching_the_language_on_the_first_page_keeps_the_answer_and_records_nothing(lab, customer):
    someone = customer()
    someone.opens()

    someone.sends(satisfaction="5", _lang="id")

    assert "Seberapa puas Anda dengan layanan kami?" in someone.page
    assert someone.ticked == {"satisfaction": "5"}
    assert counts(lab) == (0, 0)


def test_switching_the_language_later_keeps_the_answers_and_records_nothing(lab, customer):
    someone = customer()
    someone.opens()
    someone.sends(satisfaction="6")

    someone.sends(satisfaction="5", attention="3", comment="halo", _lang="id")

    assert someone.answer.status_code == 200
    assert "Saya dilayani dengan penuh perhatian." in someone.page
    assert someone.ticked == {"satisfaction": "5", "attention": "3"}
    assert "halo</textarea>" in someone.answer.text
    assert counts(lab) == (1, 0)

    someone.sends(**RATINGS, place="home")
    assert "Jawaban Anda sudah kami terima." in someone.page


@pytest.mark.parametrize("lang", ["fr", "xx<script>", "", "EN", "id_ID"])
def test_a_language_that_is_not_there_changes_nothing_harmful(customer, lang):
    someone = customer()

    answer = someone.api.get(someone.path, params={"lang": lang})

    assert answer.status_code == 200
    assert "<script" not in answer.text


def test_an_experiment_in_one_language_offers_no_switch(define, open_lab, client, late):
    lab = open_lab(
        define(
            "english",
            notice="Late, {first_name}.",
            arms=[thank_you("Thank you."), silence()],
            metrics=[Proportion("completed")],
            survey=[Rating("ease", text(en="How easy was it?")), Rating("speed", text(en="How fast?"))],
        )
    )
    someone = Customer(client(lab), lab.assign("english", "C-1", **late).survey_url)

    assert someone.opens().status_code == 200
    assert "Bahasa Indonesia" not in someone.page


def test_the_page_is_the_same_in_every_arm(lab, customer):
    pages = {}
    for number in range(40):
        arm = lab.assign("late_parcel", f"C-{number}", **late_call()).arm
        someone = customer(unit=f"C-{number}")
        someone.opens()
        token = someone.path.rsplit("/", 1)[-1]
        pages.setdefault(
            arm, someone.answer.text.replace(token, "TOKEN").replace(someone.hidden["_issued"], "ISSUED")
        )

    assert set(pages) == {"thank_you", "sorry", "silence"}
    assert len(set(pages.values())) == 1


def test_where_the_sentence_is_declared_to_stand_on_the_page_it_is_all_that_differs(
    define, open_lab, client, late
):
    lab = open_lab(
        define(
            "gift",
            show_message="survey",
            notice=text(en="Your gift, {first_name}.", id="Hadiah, {first_name}."),
        )
    )
    api = client(lab)
    sentences = {
        "thank_you": "Thank you for waiting so patiently.",
        "sorry": "We are sorry about this delay.",
    }
    seen = {}
    for number in range(40):
        given = lab.assign("gift", f"C-{number}", **late)
        someone = Customer(api, given.survey_url)
        someone.opens()
        lead = re.findall(r'<p class="lead">(.*?)</p>', someone.page)
        seen[given.arm] = lead
        assert given.message == "Your gift, Sari."

    assert seen == {
        arm: [sentences[arm]] if arm in sentences else [] for arm in ("thank_you", "sorry", "silence")
    }


def test_the_same_link_goes_on_where_somebody_left(lab, customer):
    someone = customer()
    someone.opens()
    someone.sends(satisfaction="6")
    someone.sends(satisfaction="5", attention="2", comment="halo", place="cellar", _later="yes")
    assert someone.answer.status_code == 200
    assert "Open the same link to continue." in someone.page
    assert counts(lab) == (1, 0)

    someone.opens()
    assert someone.ticked == {"satisfaction": "5", "attention": "2"}
    assert "halo</textarea>" in someone.answer.text
    assert counts(lab) == (1, 0)

    someone.sends(**RATINGS, place="home", comment="")
    assert "We have received your answers." in someone.page
    stored = next(iter(lab.store.export_rows("late_parcel").responses))
    assert stored["ratings"]["satisfaction"] == 6
    assert not stored["answers"].get("comment")
    assert lab.store.verify() == []


def test_answers_beside_a_missing_one_are_saved_too(lab, customer):
    someone = customer()
    someone.opens()
    someone.sends(satisfaction="6")
    someone.sends(satisfaction="6", attention="2", place="shop")

    someone.opens()

    assert someone.ticked == {"satisfaction": "6", "attention": "2", "place": "shop"}


def test_a_text_says_how_long_it_may_be_in_the_customers_own_figures(define, open_lab, client, late):
    lab = open_lab(define("words", survey=[Text("comment", text(en="Else?", id="Ada lagi?"))]))
    someone = Customer(client(lab), lab.assign("words", "C-1", **late, locale="id").survey_url)
    someone.opens()
    someone.sends(satisfaction="6")
    assert 'aria-describedby="q-comment-limit"' in someone.answer.text
    assert "maksimal 2.000 karakter" in someone.page

    someone.sends(satisfaction="6", comment="x" * 2001)

    assert "Sekarang 2.001 karakter." in someone.page
    assert 'aria-describedby="q-comment-limit q-comment-error"' in someone.answer.text
    someone.opens()
    assert "xxx" not in someone.page


def test_consent_comes_first_and_the_debriefing_last(define, open_lab, client, late):
    lab = open_lab(
        define(
            "study",
            consent=text(en="Taking part is voluntary.", id="Keikutsertaan bersifat sukarela."),
            debrief=text(
                en="This study compared two sentences.", id="Penelitian ini membandingkan dua kalimat."
            ),
        )
    )
    someone = Customer(client(lab), lab.assign("study", "C-1", **late).survey_url)
    someone.opens()
    assert "Taking part is voluntary." in someone.page
    assert 'type="radio"' not in someone.page
    assert counts(lab, "study") == (0, 0)

    someone.sends()
    assert counts(lab, "study") == (1, 0)
    assert "How satisfied are you with our service?" in someone.page

    someone.sends(satisfaction="4")
    assert "We have received your answers." in someone.page
    assert "This study compared two sentences." in someone.page


def test_an_attention_check_looks_like_any_question_and_a_wrong_answer_is_taken(
    define, open_lab, client, late
):
    asked = text(en="Please tap 4.", id="Pilih 4.")
    pages = {}
    for key, more in (("checked", {"role": "attention_check", "correct": 4}), ("plain", {})):
        lab = open_lab(
            define(key, survey=[Rating("read", asked, **more), Rating("recommend", scale=(0, 10))])
        )
        someone = Customer(client(lab), lab.assign(key, "C-1", **late).survey_url)
        someone.opens()
        someone.sends(satisfaction="4")
        own = {someone.hidden["_issued"]: "", someone.path: ""}
        pages[key] = someone.answer.text
        for part in own:
            pages[key] = pages[key].replace(part, "")
        someone.sends(satisfaction="4", read="1", recommend="10")
        assert "We have received your answers." in someone.page
        stored = next(iter(lab.store.export_rows(key).responses))
        assert {**stored["ratings"], **stored["answers"]}["read"] == 1
        assert {**stored["ratings"], **stored["answers"]}["recommend"] == 10

    assert pages["checked"] == pages["plain"]


def test_a_scale_is_answered_line_by_line(define, open_lab, client, late):
    lab = open_lab(
        define(
            "esteem", survey=[Scale("self_esteem", items=["I feel valued.", "I feel ignored."], reverse=[2])]
        )
    )
    someone = Customer(client(lab), lab.assign("esteem", "C-1", **late).survey_url)
    someone.opens()
    someone.sends(satisfaction="4")

    someone.sends(satisfaction="4", self_esteem_1="7", self_esteem_2="1")

    assert "We have received your answers." in someone.page


def test_an_outside_form_is_where_the_link_leads(define, open_lab, client, late):
    lab = open_lab(define("outside", survey="https://forms.example/late?t={token}"))
    token = lab.assign("outside", "C-1", **late).survey_url.rsplit("=", 1)[-1]

    answer = client(lab).get(f"/s/{token}")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"https://forms.example/late?t={token}"


def test_the_headers_keep_the_link_private_and_allow_no_script(customer):
    answer = customer().opens()

    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in answer.headers
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert "on" + "click" not in answer.text


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"a=%ff", b"&".join(b"a=1" for _ in range(600))])
def test_a_form_that_cannot_be_read_gets_a_page_and_400(lab, customer, raw):
    someone = customer("short")

    answer = someone.api.post(
        someone.path, content=raw, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert answer.status_code == 400
    assert "could not be read" in answer.text
    assert counts(lab, "short") == (0, 0)


def test_a_huge_form_gets_a_page_that_says_so_and_413(customer):
    someone = customer("short")

    answer = someone.api.post(
        someone.path, data={"comment": "x" * 300_000}, headers={"accept-language": "id"}
    )

    assert answer.status_code == 413
    assert "Tulisan Anda terlalu panjang" in answer.text


def test_the_longest_text_in_any_letters_fits_into_a_form(define, open_lab, client, late):
    lab = open_lab(
        define("long", survey=[Text("comment", text(en="Else?", id="Ada lagi?"), max_length=10_000)])
    )
    someone = Customer(client(lab), lab.assign("long", "C-1", **late).survey_url)
    someone.opens()

    someone.sends(satisfaction="6", comment="🙏" * 10_000, _step="all")

    assert "We have received your answers." in someone.page
    assert next(iter(lab.store.export_rows("long").responses))["answers"]["comment"] == "🙏" * 10_000


@pytest.mark.sqlite_only("it takes SQLite's file away")
def test_when_the_database_is_gone_the_page_says_so_without_an_error_page(lab, customer, settings):
    import sqlite3

    someone = customer("short")
    someone.opens()
    form = someone.hidden
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE response")
        connection.execute("DROP TABLE assignment")

    shown, sent = (
        someone.api.get(someone.path),
        someone.api.post(someone.path, data=form | {"satisfaction": "6"}),
    )

    assert (shown.status_code, sent.status_code) == (503, 503)
    assert "Please try again in a moment." in shown.text
    assert sent.headers["retry-after"] == "5"


def test_another_method_answers_405(customer):
    someone = customer()

    assert someone.api.put(someone.path).status_code == 405


def late_call() -> dict:
    from datetime import timedelta

    return {"delay": timedelta(hours=30), "first_name": "Sari"}
