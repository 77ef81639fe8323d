"""Printed cards: the QR code's link, opened before and after the card is handed out."""

import re
import threading
from collections import Counter
from html import unescape

import pytest

from amends import blocked, everyone, text

OPEN = {
    "eligible": everyone(),
    "notice": text(en="The wrong survey.", id="Survei yang keliru."),
    "randomize": blocked(by=("site",), sizes=(6,)),
    "sender": "human",
}
NORTH = {"site": "north"}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(
        define("gift", show_message="survey", **OPEN),
        define("study", show_message="survey", consent=text(en="Voluntary.", id="Sukarela."), **OPEN),
        define("said", **OPEN),
    )


@pytest.fixture
def api(lab, client):
    return client(lab)


def path_of(lab, key: str, n: int = 1) -> list[str]:
    return ["/s/" + card.url.rsplit("/", 1)[-1] for card in lab.print_cards(key, n, strata=NORTH)]


def hidden(answer) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text))


def assigned(lab, key: str) -> int:
    return sum(arm.assigned for arm in lab.tally(key).arms)


def test_reading_a_cards_page_assigns_nobody_and_shows_no_sentence(lab, api):
    [path] = path_of(lab, "gift")

    pages = [api.get(path) for _ in range(3)]

    assert {page.status_code for page in pages} == {200}
    assert "One question" in pages[0].text
    assert not re.search("Thank you|We are sorry", pages[0].text)
    assert assigned(lab, "gift") == 0


@pytest.mark.both_databases
def test_the_first_button_assigns_by_the_sealed_list_and_shows_the_sentence(lab, api):
    paths = path_of(lab, "gift", 6)
    lab.print_cards("gift", 1, strata={"site": "south"})

    pages = [api.post(path, data=hidden(api.get(path))) for path in paths]

    draw = lab.in_force("gift").draw
    words = {"thank_you": "Thank you for waiting", "sorry": "We are sorry", "silence": None}
    for place, page in enumerate(pages):
        said = words[draw("north", place)]
        assert (said in page.text) if said else '<p class="lead">' not in page.text
        assert "How satisfied are you" in page.text
    assert Counter(arm.assigned for arm in lab.tally("gift").arms) == {2: 3}
    assert sum(arm.started for arm in lab.tally("gift").arms) == 6
    assert lab.store.verify() == []


def test_a_card_is_finished_like_any_survey_and_keeps_its_arm(lab, api):
    [path] = path_of(lab, "gift")
    begun = hidden(api.get(path))
    first = api.post(path, data=begun)
    again = api.post(path, data=begun)  # the button was pressed twice

    lead = re.compile(r'<p class="lead">[^<]*')
    assert lead.findall(first.text) == lead.findall(again.text)
    done = api.post(path, data=hidden(again) | {"satisfaction": "6"})

    assert "We have received your answers." in done.text
    assert assigned(lab, "gift") == 1
    assert lab.store.verify() == []


@pytest.mark.both_databases
def test_a_button_pressed_in_many_windows_at_once_spends_one_envelope(lab, api):
    [path] = path_of(lab, "gift")
    forms = [hidden(api.get(path)) for _ in range(8)]
    answers = []
    threads = [
        threading.Thread(target=lambda f=form: answers.append(api.post(path, data=f))) for form in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [answer.status_code for answer in answers] == [200] * 8
    assert assigned(lab, "gift") == 1
    assert lab.store.verify() == []


@pytest.mark.parametrize("more", [{"_issued": "forged"}, {"_lang": "id"}])
def test_a_form_that_is_not_ours_or_asks_for_another_language_assigns_nobody(lab, api, more):
    [path] = path_of(lab, "gift")

    answer = api.post(path, data=hidden(api.get(path)) | more)

    assert answer.status_code == 200
    assert assigned(lab, "gift") == 0


def test_the_consent_comes_before_and_a_refusal_is_counted_in_the_arm(lab, api):
    agrees, refuses = path_of(lab, "study", 2)
    assert "Voluntary." in api.get(agrees).text

    yes = api.post(agrees, data=hidden(api.get(agrees)))
    no = api.post(refuses, data=hidden(api.get(refuses)) | {"_refuse": "yes"})

    assert "How satisfied are you" in yes.text
    assert "None of your answers are stored" in no.text
    arms = lab.tally("study").arms
    assert (sum(a.assigned for a in arms), sum(a.agreed for a in arms), sum(a.refused for a in arms)) == (
        2,
        1,
        1,
    )
    assert sum(a.started for a in arms) == 1
    assert lab.store.verify() == []


def test_where_a_person_says_the_words_the_card_must_be_handed_out_first(lab, api):
    [card] = lab.print_cards("said", 1, strata=NORTH)
    path = "/s/" + card.url.rsplit("/", 1)[-1]

    before = api.get(path, headers={"accept-language": "id"})
    sent = api.post(path, data={"satisfaction": "6"})
    assert "Kartu ini belum diserahkan." in unescape(before.text)
    assert (before.status_code, sent.status_code) == (200, 200)
    assert assigned(lab, "said") == 0

    lab.hand_out("said", card.code)
    assert "How satisfied are you" in api.get(path).text


def test_after_the_stop_a_card_opens_nothing(lab, api):
    [path] = path_of(lab, "gift")
    form = hidden(api.get(path))
    lab.pause("gift")
    assert "This card has not been handed out yet." in api.post(path, data=form).text
    lab.stop("gift")

    for answer in (api.get(path), api.post(path, data=form)):
        assert answer.status_code == 410
    assert assigned(lab, "gift") == 0


def test_the_printed_qr_code_is_the_cards_link_and_short_enough_for_a_telephone(lab):
    """Read back from the drawing as a reader of QR codes would: by its light and dark squares."""
    import segno

    from amends.publishing.cards import QR_SIDE, QUIET, to_svg

    [card] = lab.print_cards("gift", 1, strata=NORTH)
    wanted = [bytes(row) for row in segno.make(card.url, error="m", micro=False).matrix]
    module = QR_SIDE / (len(wanted) + 2 * QUIET)
    drawn = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/>', to_svg([card])
    )
    left, top = (min(float(box[axis]) for box in drawn) for axis in (0, 1))

    seen = [bytearray(len(wanted)) for _ in wanted]
    for x, y, width, _ in ((float(n) for n in box) for box in drawn):
        row, start = round((y - top) / module), round((x - left) / module)
        for place in range(round(width / module)):
            seen[row][start + place] = 1

    assert [bytes(row) for row in seen] == wanted
    assert len(card.url) < 60
    assert len(wanted) <= 33  # version 4: its squares are large enough at 39 mm
