"""The pages are the same in every arm to the byte, apart from a declared sentence; so is the work behind."""

import re

import pytest
from sqlalchemy import event

from amends import Rating, Text, text

SENTENCES = ("Thank you for waiting so patiently.", "We are sorry about this delay.")
LEAD = re.compile(rb'<p class="lead">[^<]*</p>')
OWN = {"date", "x-request-id"}
PARTS = {
    "survey": [
        Rating("ease", text(en="How easy?", id="Seberapa mudah?")),
        Text("comment", text(en="?", id="?")),
    ],
    "consent": text(en="Voluntary.", id="Sukarela."),
    "debrief": text(en="Why we asked.", id="Mengapa kami bertanya."),
}


@pytest.fixture
def lab(define, open_lab):
    quiet = text(en="A gift, {first_name}.", id="Hadiah, {first_name}.")
    return open_lab(
        define(**PARTS),
        define("gift", show_message="survey", notice=quiet, **PARTS),
    )


def journey(api, link: str) -> list:
    """Every page that a customer can come to, in order: the answers of the server."""
    path = "/s/" + link.rsplit("/", 1)[-1]
    pages = [api.get(path)]

    def sends(**more: str) -> None:
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', pages[-1].text)
        pages.append(api.post(path, data=dict(hidden) | more))

    def opens(query: str = "") -> None:
        pages.append(api.get(path + query))

    sends(_refuse="yes")  # refused
    opens("?lang=id")
    sends()  # agreed
    sends(satisfaction="9")  # errors
    sends(satisfaction="5", _lang="en")
    sends(satisfaction="5", ease="2", _later="yes")  # saved
    opens()
    sends(satisfaction="5", ease="2", _issued="stale")
    sends(satisfaction="5", ease="2", comment="x")  # closed
    opens()  # spent
    sends(_withdraw="yes")
    opens()  # withdrawn
    return pages


def bare(answer, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and bytes without what is one customer's own by nature: the link and the form."""
    body = re.sub(rb'(?<=name="_issued" value=")[^"]+', b"ISSUED", answer.content)
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    return answer.status_code, headers, body.replace(path.encode(), b"TOKEN")


def travels(lab, api, late, key: str) -> dict[str, list]:
    seen: dict[str, list] = {}
    for n in range(60):
        given = lab.assign(key, f"C-{n}", **late)
        if given.arm in seen:
            continue
        token = given.survey_url.rsplit("/", 1)[-1]
        seen[given.arm] = [bare(answer, token) for answer in journey(api, given.survey_url)]
    assert set(seen) == {"thank_you", "sorry", "silence"}
    return seen


def test_every_page_is_the_same_in_every_arm_to_the_byte(lab, client, late):
    seen = travels(lab, client(lab), late, "late_parcel")

    statuses = [status for status, _, _ in seen["silence"]]
    assert statuses == [200, 200, 200, 200, 422, 200, 200, 200, 200, 200, 200, 200, 200]
    assert seen["thank_you"] == seen["silence"]
    assert seen["sorry"] == seen["silence"]
    assert not any(
        sentence.encode() in body for pages in seen.values() for _, _, body in pages for sentence in SENTENCES
    )


def test_where_the_sentence_stands_on_the_page_nothing_else_differs(lab, client, late):
    seen = travels(lab, client(lab), late, "gift")
    without = {}
    for arm, pages in seen.items():
        leads = [LEAD.findall(body) for _, _, body in pages]
        told = [b"<p" in lead[0] and lead[0][16:-4].decode() for lead in leads if lead]
        without[arm] = [
            (status, {**headers, "content-length": ""}, re.sub(LEAD, b"", body))
            for status, headers, body in pages
        ]
        spoken = [words for words in told if words not in ("Voluntary.", "Sukarela.")]
        assert len(spoken) == (0 if arm == "silence" else 5), spoken

    assert without["thank_you"] == without["silence"]
    assert without["sorry"] == without["silence"]


def test_the_database_is_asked_the_same_in_every_arm(lab, client, late):
    """The work behind a page is what its time comes from."""
    asked: list[str] = []
    engine = lab.store._database.engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    api, work = client(lab), {}
    for n in range(60):
        given = lab.assign("late_parcel", f"C-{n}", **late)
        if given.arm in work:
            continue
        if n == 0:  # what is read once and remembered
            journey(api, lab.assign("late_parcel", "first", **late).survey_url)
        asked.clear()
        journey(api, given.survey_url)
        # The experiment's own state is read again each second, whoever comes then.
        work[given.arm] = [said for said in asked if said != "BEGIN" and "FROM experiment" not in said]

    assert set(work) == {"thank_you", "sorry", "silence"}
    assert len(work["silence"]) > 20
    assert work["thank_you"] == work["silence"]
    assert work["sorry"] == work["silence"]


def test_links_that_we_did_not_sign_are_all_answered_alike_without_asking_the_database(lab, client, late):
    genuine = lab.assign("late_parcel", "C-1", **late).survey_url.rsplit("/", 1)[-1]
    nonce, signature = genuine[:12], genuine[12:]
    flipped = "A" if genuine[-1] != "A" else "B"
    forged = [
        nonce + "A" * 12,
        "B" * 12 + signature,
        genuine[:-1] + flipped,
        genuine[::-1],
        "QQQQ",
        genuine * 2,
    ]
    api = client(lab)
    api.get("/s/warm")
    asked: list[str] = []
    event.listen(lab.store._database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))

    answers = [bare(api.get(f"/s/{token}"), token) for token in forged]
    sent = [bare(api.post(f"/s/{token}", data={"satisfaction": "5"}), token) for token in forged]

    assert {status for status, _, _ in answers} == {404}
    assert all(answer == answers[0] for answer in [*answers, *sent])
    assert asked == []
