"""Taking part over HTTP: asked before, told after, refused, stopped and withdrawn, each counted by arm."""

import re
from collections import Counter
from datetime import timedelta
from html import unescape

import pytest

from amends import Rating, text

CONSENT = text(en="Taking part is voluntary.", id="Keikutsertaan bersifat sukarela.")
DEBRIEF = text(en="This study compared two sentences.", id="Penelitian ini membandingkan dua kalimat.")
WORDS = {
    "refused": ("None of your answers are stored", "Tidak ada jawaban Anda yang disimpan"),
    "withdrawn": ("Your answers have been deleted", "Jawaban Anda sudah dihapus"),
}


class Customer:
    """Reads a page, presses one of its buttons."""

    def __init__(self, api, link: str) -> None:
        self.api = api
        self.path = "/s/" + link.rsplit("/", 1)[-1]
        self.answer = api.get(self.path)

    @property
    def page(self) -> str:
        return unescape(self.answer.text)

    @property
    def hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.answer.text))

    def opens(self) -> None:
        self.answer = self.api.get(self.path)

    def sends(self, **more: str) -> None:
        self.answer = self.api.post(self.path, data=self.hidden | more)


@pytest.fixture
def lab(define, open_lab):
    survey = [Rating("ease", text(en="How easy?", id="Seberapa mudah?"))]
    return open_lab(define("study", consent=CONSENT, debrief=DEBRIEF, survey=survey), define("short"))


@pytest.fixture
def customer(lab, client, late):
    api = client(lab)
    return lambda unit="C-1", key="study", **more: Customer(
        api, lab.assign(key, unit, **late, **more).survey_url
    )


def arm_of(lab, unit: str = "C-1", key: str = "study"):
    return lab.tally(key)[lab.experiment(key).arm_of(unit)]


def consent_of(lab) -> dict:
    return next(iter(lab.store.export_rows("study").consents))


def test_reading_the_consent_text_records_nothing(lab, customer):
    someone = customer()

    assert "Taking part is voluntary." in someone.page
    assert "I do not want to take part" in someone.page
    assert list(lab.store.export_rows("study").consents) == []


@pytest.mark.parametrize(("locale", "place"), [("en", 0), ("id", 1)])
def test_whoever_refuses_reads_a_friendly_page_and_is_counted_in_the_arm(lab, customer, locale, place):
    someone = customer(locale=locale)

    someone.sends(_refuse="yes")

    assert someone.answer.status_code == 200
    assert WORDS["refused"][place] in someone.page
    assert not re.search(r"thank|sorry|terima kasih|maaf", someone.page.lower())
    mine = arm_of(lab)
    assert (mine.refused, mine.agreed, mine.started) == (1, 0, 0)
    assert lab.store.verify() == []


def test_the_version_the_language_and_the_time_of_both_texts_are_recorded(lab, customer, clock):
    from amends.lab.survey_links import version_of

    someone = customer(locale="id")
    someone.sends()
    agreed = clock.now
    clock.pass_by(minutes=2)
    someone.sends(satisfaction="4", ease="5")

    assert "Penelitian ini membandingkan dua kalimat." in someone.page
    found = consent_of(lab)
    assert (found["version"], found["locale"], found["agreed_at"]) == (version_of(CONSENT), "id", agreed)
    assert (found["debrief_version"], found["debriefed_at"]) == (version_of(DEBRIEF), clock.now)
    assert version_of(CONSENT) != version_of(DEBRIEF)


def test_nobody_comes_past_the_consent_by_sending_another_step(lab, customer):
    someone = customer()

    someone.answer = someone.api.post(
        someone.path, data=someone.hidden | {"_step": "all", "satisfaction": "7", "ease": "7"}
    )

    assert "Taking part is voluntary." in someone.page
    mine = arm_of(lab)
    assert (mine.agreed, mine.started, mine.finished) == (0, 0, 0)


def test_whoever_refused_may_change_their_mind_by_the_same_link(lab, customer):
    someone = customer()
    someone.sends(_refuse="yes")
    someone.opens()
    assert "Taking part is voluntary." in someone.page

    someone.sends()
    someone.sends(satisfaction="4", ease="5")

    mine = arm_of(lab)
    assert (mine.refused, mine.agreed, mine.finished) == (0, 1, 1)
    assert lab.store.verify() == []


def test_agreeing_twice_is_agreeing_once_and_shows_no_errors(lab, customer):
    someone = customer()
    form = someone.hidden
    someone.sends()

    someone.answer = someone.api.post(someone.path, data=form)

    assert someone.answer.status_code == 200
    assert "How satisfied are you" in someone.page
    assert arm_of(lab).agreed == 1


def test_whoever_agreed_goes_on_without_being_asked_again(customer):
    someone = customer()
    someone.sends()
    someone.opens()

    assert "Taking part is voluntary." not in someone.page
    assert "How easy?" in someone.page


def test_whoever_refuses_in_another_window_after_agreeing_has_withdrawn(lab, customer):
    someone = customer()
    form = someone.hidden
    someone.sends()
    someone.sends(satisfaction="4", _later="yes")

    someone.answer = someone.api.post(someone.path, data=form | {"_refuse": "yes"})

    assert WORDS["withdrawn"][0] in someone.page
    mine = arm_of(lab)
    assert (mine.agreed, mine.refused, mine.withdrawn) == (1, 0, 1)
    [response] = lab.store.export_rows("study").responses
    assert response["ratings"] == {}


def test_whoever_stops_half_way_leaves_no_answer_and_is_told_what_it_was_about(lab, customer):
    someone = customer()
    someone.sends()
    someone.sends(satisfaction="4", _later="yes")
    someone.opens()
    assert "Stop taking part" in someone.page

    someone.sends(satisfaction="4", ease="5", _withdraw="yes")

    assert WORDS["withdrawn"][0] in someone.page
    assert "This study compared two sentences." in someone.page
    mine = arm_of(lab)
    assert (mine.started, mine.finished, mine.withdrawn) == (1, 0, 1)
    assert lab.store.verify() == []


@pytest.mark.both_databases
@pytest.mark.parametrize("later", [False, True])
def test_finished_answers_can_be_withdrawn_at_once_and_by_the_link_later(lab, customer, clock, later):
    someone = customer()
    someone.sends()
    someone.sends(satisfaction="4", ease="5")
    assert "Withdraw my answers" in someone.page
    if later:
        clock.pass_by(days=3)
        someone.opens()
        assert "This survey has already been filled in." in someone.page
    before = arm_of(lab)
    assert (before.completed, sum(before.ratings["satisfaction"].values())) == (1, 1)

    someone.sends(_withdraw="yes")

    assert WORDS["withdrawn"][0] in someone.page
    mine = arm_of(lab)
    assert (mine.assigned, mine.started, mine.finished, mine.completed) == (1, 1, 0, 0)
    assert (mine.withdrawn, sum(mine.ratings["satisfaction"].values())) == (1, 0)
    assert lab.store.verify() == []
    [response] = lab.store.export_rows("study").responses
    assert (response["ratings"], response["answers"], response["finished_at"]) == ({}, {}, None)


def test_after_a_withdrawal_the_link_says_so_and_takes_nothing(lab, customer):
    someone = customer()
    someone.sends()
    form = someone.hidden
    someone.sends(satisfaction="4", ease="5")
    someone.sends(_withdraw="yes")

    for answer in (
        someone.api.get(someone.path),
        someone.api.post(someone.path, data=form | {"satisfaction": "4", "ease": "5"}),
        someone.api.post(someone.path, data=form | {"_withdraw": "yes"}),
    ):
        assert answer.status_code == 200
        assert WORDS["withdrawn"][0] in answer.text
    mine = arm_of(lab)
    assert (mine.finished, mine.withdrawn) == (0, 1)


def test_nothing_is_withdrawn_by_a_form_that_we_did_not_issue(lab, customer):
    someone = customer()
    someone.sends()
    someone.sends(satisfaction="4", ease="5")

    someone.sends(_withdraw="yes", _issued="forged")

    assert "This survey has already been filled in." in someone.page
    assert (arm_of(lab).finished, arm_of(lab).withdrawn) == (1, 0)


def test_a_survey_that_asks_for_no_consent_offers_no_withdrawal(lab, customer):
    someone = customer(key="short")
    someone.sends(satisfaction="7")
    assert "Withdraw" not in someone.page

    someone.opens()
    someone.answer = someone.api.post(someone.path, data={"_withdraw": "yes"})

    assert arm_of(lab, key="short").finished == 1


def test_answers_of_whoever_refused_are_not_taken_by_the_api_either(lab, customer, client):
    someone = customer()
    someone.sends(_refuse="yes")

    answer = client(lab, "ingest").post(
        "/api/v1/experiments/study/responses", json={"unit_id": "C-1", "satisfaction": 6}
    )

    assert answer.status_code == 422
    assert "refused to take part" in answer.json()["detail"]
    assert arm_of(lab).finished == 0


def test_the_report_tells_refusals_and_withdrawals_by_arm_with_whom_they_are_of(lab, client, late):
    api = client(lab)
    for number in range(24):
        someone = Customer(api, lab.assign("study", f"R-{number}", **late).survey_url)
        if number % 3 == 0:
            someone.sends(_refuse="yes")
            continue
        someone.sends()
        someone.sends(satisfaction="4", ease="5")
        if number % 4 == 0:
            someone.sends(_withdraw="yes")
    lab.stop("study")

    report = lab.analyze("study")

    told = {step["step"]: step for step in report.to_dict()["sections"]["funnel"]["taking_part"]}
    for counts in lab.tally("study").arms:
        refused, withdrawn = (told[name]["arms"][counts.arm] for name in ("refused", "withdrawn"))
        assert (refused["n"], refused["of"]) == (counts.refused, counts.refused + counts.agreed)
        assert (withdrawn["n"], withdrawn["of"]) == (counts.withdrawn, counts.started)
    assert sum(step["n"] for step in told["refused"]["arms"].values()) == 8
    assert sum(step["n"] for step in told["withdrawn"]["arms"].values()) == 4
    deviations = {item.name: item for item in report.deviations}
    assert deviations["refused"].what.en == "8 of 24 asked refused to take part."
    assert deviations["withdrawn"].what.id == "4 menarik diri, dan jawabannya dihapus."
    assert "tidak bersedia ikut" in report.to_text(locale="id")
    assert report.to_dict()["arms"]["sorry"]["refused"] == lab.tally("study")["sorry"].refused


def test_invented_customers_of_long_ago_agree_and_finish_by_the_pages_own_steps(define, open_lab, clock):
    """Their links have expired by now; they answered while the window was open."""
    import numpy as np

    from amends.cli.playing import play
    from amends.simulation import invent_customers

    experiment = define("study", consent=CONSENT, debrief=DEBRIEF, response_window=timedelta(days=7))
    lab = open_lab(experiment, start=False)
    invented = invent_customers(experiment, 60, np.random.default_rng(7), start=clock.now, days=5)
    lab.start("study", simulated=True)
    clock.pass_by(days=90)

    did = Counter(play(lab, lab.experiment("study"), invented, until=clock.now))

    arms = lab.tally("study").arms
    assert did["finished"] > 10
    assert sum(arm.finished for arm in arms) == did["finished"]
    assert sum(arm.agreed for arm in arms) == sum(arm.started for arm in arms) >= did["finished"]
    assert lab.store.verify() == []
