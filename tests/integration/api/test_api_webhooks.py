"""Webhooks of survey vendors over HTTP: genuine ones are recorded once, all others leave nothing behind."""

import base64
import hmac
import json
import logging
import math
import random
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from amends.api.auth import STRANGERS_BURST
from amends.api.desk import Desk
from amends.api.webhooks import Book
from amends.errors import UsageError
from amends.lab.webhooks import add_webhook, rotate_webhook

FORM = "https://forms.example/late?t={token}"
ENTROPY = bytes(range(32))
OUR_OWN = {"recorded": True, "repeat": False, "reason": ""}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define(survey=FORM))


@pytest.fixture
def api(lab, client):
    return client(lab)


@pytest.fixture
def add(lab):
    """Adds a webhook; the satisfaction stands in the field `satisfied`."""

    def make(vendor: str, **given):
        given = {"experiment": "late_parcel", "ratings": {"satisfaction": "satisfied"}, **given}
        return add_webhook(lab, vendor, **{"entropy": ENTROPY, **given})

    return make


@pytest.fixture
def token(lab, late):
    """The token of a customer's link; the customer answers half an hour later."""

    def make(unit: str = "C-1") -> str:
        url = lab.assign("late_parcel", unit, **late).survey_url
        lab.clock.pass_by(minutes=30)
        return url.partition("?t=")[2]

    return make


def typeform(secret: str, said: object, **headers) -> dict:
    """A request as Typeform sends it."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return {"content": body, "headers": {"Typeform-Signature": f"sha256={mac}", **headers}}


def answered(token: object, value: object = 6, *, event: str = "E-1", at: str | None = None, **parts) -> dict:
    """What Typeform says of an answer."""
    answer = {"type": "number", "number": value, "field": {"id": "A1", "ref": "satisfied", "type": "rating"}}
    response = {"hidden": {"t": token}, "submitted_at": at, "answers": [answer], **parts}
    return {"event_id": event, "event_type": "form_response", "form_response": response}


def standard(lab, secret: str, said: object, *, id: str = "msg_1", at=None) -> dict:
    """A request as the library of Standard Webhooks signs it."""
    body, moment = json.dumps(said), at or lab.clock()
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, moment, body),
    }
    return {"content": body.encode(), "headers": headers}


def post(api, vendor: str, request: dict):
    return api.post(f"/api/v1/webhooks/{vendor}", **request)


def stored(lab, unit: str = "C-1"):
    return lab.store.response("late_parcel", unit=lab.store.pseudonym(unit))


def counts(lab) -> dict[tuple[str, str], int]:
    return {(status, reason): n for status, reason, n in lab.turned_away("late_parcel")}


def test_an_answer_on_typeform_is_recorded_at_the_time_it_was_given(lab, api, add, token):
    secret = add("typeform").secret
    said = answered(token(), at="2026-03-02T12:20:00Z")

    answer = post(api, "typeform", typeform(secret, said))

    assert (answer.status_code, answer.json()) == (200, OUR_OWN)
    assert stored(lab).ratings == {"satisfaction": 6}
    assert stored(lab).finished_at.isoformat() == "2026-03-02T12:20:00+00:00"
    assert lab.store.verify() == []


def test_the_same_message_again_is_taken_and_changes_nothing(lab, api, add, token):
    request = typeform(add("typeform").secret, answered(token()))
    post(api, "typeform", request)
    before, audit = stored(lab), counts(lab)

    for _ in range(3):
        answer = post(api, "typeform", request)
        assert (answer.status_code, answer.json()) == (200, {**OUR_OWN, "repeat": True})

    assert (stored(lab), counts(lab)) == (before, audit)


def test_another_answer_by_the_same_link_is_taken_and_the_first_stands(lab, api, add, token):
    secret, link = add("typeform").secret, token()
    post(api, "typeform", typeform(secret, answered(link, 6)))
    again = post(api, "typeform", typeform(secret, answered(link, 1, event="E-2")))
    assert (again.status_code, again.json()["repeat"]) == (200, True)
    assert stored(lab).ratings == {"satisfaction": 6}


def test_a_partial_answer_is_a_start(lab, api, add, token):
    secret, link = add("typeform").secret, token()
    part = {**answered(link, 5), "event_type": "form_response_partial"}
    assert post(api, "typeform", typeform(secret, part)).status_code == 200
    assert (stored(lab).finished, stored(lab).ratings) == (False, {"satisfaction": 5})
    post(api, "typeform", typeform(secret, answered(link, 7, event="E-2")))
    assert (stored(lab).finished, stored(lab).ratings) == (True, {"satisfaction": 7})


def test_questions_nobody_asked_about_and_questions_passed_over_are_left_alone(lab, api, add, token):
    secret = add("typeform").secret
    other = {"type": "text", "text": "Mantap", "field": {"id": "Z9", "ref": "words", "type": "long_text"}}
    said = answered(token(), answers=[other])
    assert post(api, "typeform", typeform(secret, said)).json() == OUR_OWN
    assert (stored(lab).finished, stored(lab).ratings, stored(lab).answers) == (True, {}, {})


@pytest.mark.parametrize(
    "value",
    [0, 8, 6.5, "8", "six", True, [6], {"label": []}, "9" * 50, 1e300, 10**40, math.nan, "nan", math.inf],
)
def test_a_rating_off_its_scale_is_refused_and_counted_once(lab, api, add, token, value):
    request = typeform(add("typeform").secret, answered(token(), value))
    for _ in range(2):
        answer = post(api, "typeform", request)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:amends:problem:invalid")
        assert "satisfied" in answer.json()["detail"]
    assert stored(lab) is None
    assert counts(lab) == {("refused", "a message of webhook typeform"): 1}


def test_a_refused_message_is_recorded_when_it_comes_again_after_the_mapping_was_mended(
    lab, client, add, token
):
    wrong = {"type": "number", "number": 99, "field": {"id": "A2", "ref": "score", "type": "number"}}
    right = {"type": "number", "number": 7, "field": {"id": "A1", "ref": "satisfied", "type": "rating"}}
    secret = add("typeform", ratings={"satisfaction": "score"}).secret
    request = typeform(secret, answered(token(), answers=[wrong, right]))
    assert post(client(lab), "typeform", request).status_code == 422
    lab.store.revoke_webhook("typeform")
    assert add("typeform").secret == secret
    assert post(client(lab), "typeform", request).json() == OUR_OWN
    assert stored(lab).ratings == {"satisfaction": 7}


@pytest.mark.parametrize("link", ["", None, 7, ["t"]])
def test_an_answer_by_nobodys_link_is_taken_and_not_recorded(lab, api, add, token, link):
    token()
    answer = post(api, "typeform", typeform(add("typeform").secret, answered(link)))
    assert (answer.status_code, answer.json()["recorded"]) == (200, False)
    assert "no token in t" in answer.json()["reason"]
    assert counts(lab) == {}


@pytest.mark.parametrize(
    "forge", [lambda t: t[:-1] + "A", lambda t: t[:-1], lambda t: t * 40, lambda _: "\0"]
)
def test_a_forged_token_is_refused_and_counted_though_the_message_is_genuine(lab, api, add, token, forge):
    answer = post(api, "typeform", typeform(add("typeform").secret, answered(forge(token()))))
    assert answer.status_code == 422
    assert "not genuine" in answer.json()["detail"]
    assert stored(lab) is None
    assert counts(lab) == {("refused", "a message of webhook typeform"): 1}


def test_an_erased_customers_link_brings_nothing_back(lab, api, add, token):
    request = typeform(add("typeform").secret, answered(token()))
    lab.store.forget(lab.store.pseudonym("C-1"))
    assert post(api, "typeform", request).status_code == 422
    assert len(list(lab.store.export_rows("late_parcel").responses)) == 0


def test_a_message_that_nobody_signed_is_refused_and_leaves_nothing(lab, api, add, token):
    add("typeform")
    said = answered(token())
    unsigned = {"content": json.dumps(said).encode()}
    for request in (unsigned, typeform("another secret of somebody", said)):
        answer = post(api, "typeform", request)
        assert (answer.status_code, answer.json()["type"]) == (401, "urn:amends:problem:not-genuine")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "www-authenticate" in answer.headers
    assert stored(lab) is None
    assert counts(lab) == {}
    assert lab.store.webhooks()[0].last_message_at is None


def test_a_vendors_signature_is_good_at_its_own_address_only(lab, api, add, token):
    request = typeform(add("typeform").secret, answered(token()))
    for vendor in ("standard", "surveymonkey", "qualtrics"):
        assert post(api, vendor, request).status_code == 401
    assert post(api, "tally", request).status_code == 404
    assert stored(lab) is None


def test_strangers_are_slowed_down_and_a_genuine_message_from_there_never_is(lab, api, add, token):
    request = typeform(add("typeform").secret, answered(token()))
    forged = typeform("another secret of somebody", answered("x"))
    statuses = [post(api, "typeform", forged).status_code for _ in range(STRANGERS_BURST + 5)]
    assert statuses[:STRANGERS_BURST] == [401] * STRANGERS_BURST
    assert statuses[-1] == 429
    assert post(api, "typeform", request).json() == OUR_OWN


def test_two_secrets_are_good_while_one_replaces_the_other(lab, client, add, token):
    old = add("typeform").secret
    new = rotate_webhook(lab, "typeform", entropy=bytes(32), keep=timedelta(days=1)).secret
    links = [token(f"C-{number}") for number in range(4)]
    for number, secret in enumerate((old, new)):
        said = answered(links[number], event=f"E-{number}")
        assert post(client(lab), "typeform", typeform(secret, said)).json() == OUR_OWN
    lab.clock.pass_by(hours=25)
    assert post(client(lab), "typeform", typeform(old, answered(links[2], event="E-2"))).status_code == 401
    assert post(client(lab), "typeform", typeform(new, answered(links[3], event="E-3"))).json() == OUR_OWN


def test_a_revoked_webhook_takes_nothing(lab, client, add, token):
    secret = add("typeform").secret
    lab.store.revoke_webhook("typeform")
    assert post(client(lab), "typeform", typeform(secret, answered(token()))).status_code == 401


def test_a_running_server_sees_a_new_and_an_ended_webhook_within_a_second(lab, add):
    now = [100.0]
    book = Book(Desk(lab), monotonic=lambda: now[0])
    assert book.of("typeform") == []
    made = add("typeform")
    assert book.of("typeform") == []
    now[0] += 1
    assert book.of("typeform") == [made]
    lab.store.revoke_webhook("typeform")
    now[0] += 0.9
    assert book.of("typeform") == [made]
    now[0] += 0.1
    assert book.of("typeform") == []


def test_a_standard_webhook_is_recorded_and_an_old_one_is_not(lab, api, add, token):
    secret = add("standard", ratings={"satisfaction": "answers.q1"}).secret
    said = {"type": "answered", "data": {"t": token(), "answers": {"q1": 4}}}
    listened = standard(lab, secret, said, at=lab.clock() - timedelta(minutes=6))
    assert post(api, "standard", listened).status_code == 401
    assert "5 minutes" in post(api, "standard", listened).json()["detail"]
    assert post(api, "standard", standard(lab, secret, said)).json() == OUR_OWN
    assert stored(lab).ratings == {"satisfaction": 4}
    again = standard(lab, secret, said)
    assert post(api, "standard", again).json()["repeat"] is True


def test_a_message_whose_id_comes_with_other_words_changes_nothing(lab, api, add, token):
    secret, link = add("standard").secret, token()
    assert post(api, "standard", standard(lab, secret, {"t": link, "satisfied": 4})).json() == OUR_OWN
    other = post(api, "standard", standard(lab, secret, {"t": token("C-2"), "satisfied": 1}))
    assert (other.status_code, other.json()["repeat"]) == (200, True)
    assert stored(lab, "C-2") is None


def test_a_vendors_clock_that_runs_ahead_does_not_make_an_answer_later(lab, api, add, token):
    said = answered(token(), at="2026-03-09T12:00:00Z")
    assert post(api, "typeform", typeform(add("typeform").secret, said)).json() == OUR_OWN
    assert stored(lab).finished_at == lab.clock()


def test_surveymonkey_is_answered_when_it_asks_and_tells_of_answers_only(lab, api, add, token):
    token()
    secret = add("surveymonkey", ratings={}, secret="client-id&client-secret").secret
    assert api.head("/api/v1/webhooks/surveymonkey").status_code == 200
    assert api.get("/api/v1/webhooks/surveymonkey").json() == {"vendor": "surveymonkey", "takes": "POST"}
    body = json.dumps({"event_id": "77", "event_type": "response_completed", "object_id": "1"}).encode()
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha1")).decode()
    answer = post(api, "surveymonkey", {"content": body, "headers": {"Sm-Signature": mac}})
    assert (answer.status_code, answer.json()["recorded"]) == (200, False)
    assert "amends responses" in answer.json()["reason"]
    assert lab.store.webhooks()[0].last_message_at == lab.clock()
    with pytest.raises(UsageError, match="sends no answers"):
        add("surveymonkey", secret="client-id&client-secret")


def test_a_qualtrics_task_is_recorded_under_its_secret_and_an_event_is_not(lab, api, add, token):
    secret = add("qualtrics").secret
    task = {"t": token(), "satisfied": "3", "ResponseID": "R_1"}
    wrong = post(api, "qualtrics", {"json": task, "headers": {"X-Amends-Secret": secret + "x"}})
    assert wrong.status_code == 401
    right = {"json": task, "headers": {"X-Amends-Secret": secret}}
    assert post(api, "qualtrics", right).json() == OUR_OWN
    assert post(api, "qualtrics", right).json()["repeat"] is True
    assert stored(lab).ratings == {"satisfaction": 3}

    message = json.dumps({"Status": "Complete", "SurveyID": "SV_1", "ResponseID": "R_2"})
    mac = hmac.digest(secret.encode(), message.encode(), "sha512").hex()
    event = post(api, "qualtrics", {"data": {"Topic": "x", "MSG": message, "HMAC": mac}})
    assert (event.status_code, event.json()["recorded"]) == (200, False)


def test_two_experiments_may_share_a_secret_and_the_token_tells_them_apart(
    define, open_lab, client, late, clock
):
    lab = open_lab(define(survey=FORM), define("second", survey=FORM))
    links = {
        key: lab.assign(key, "C-1", **late).survey_url.partition("?t=")[2]
        for key in ("late_parcel", "second")
    }
    clock.pass_by(minutes=5)
    for key, field in (("late_parcel", "satisfied"), ("second", "A1")):
        add_webhook(lab, "typeform", experiment=key, ratings={"satisfaction": field}, entropy=ENTROPY)
    secret = lab.store.webhooks()[0].secret
    for key, link in links.items():
        request = typeform(secret, answered(link, 6, event=key))
        assert post(client(lab), "typeform", request).json() == OUR_OWN
        found = lab.store.response(key, unit=lab.store.pseudonym("C-1"))
        assert found.ratings == {"satisfaction": 6}
    assert [webhook.name for webhook in lab.store.webhooks()] == ["typeform", "typeform-2"]


def test_no_secret_token_or_answer_is_written_into_the_log_or_an_answer(lab, api, add, token, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("amends.access").setLevel(logging.INFO)
    webhook, link = add("typeform"), token()
    said = []
    for request in (
        typeform(webhook.secret, answered(link, 99)),
        typeform(webhook.secret, answered(link[:-1] + "A")),
        typeform("another secret of somebody", answered(link)),
        typeform(webhook.secret, answered(link)),
    ):
        answer = post(api, "typeform", request)
        said.append(answer.text + str(answer.headers))
    written = caplog.text + "".join(said) + repr(webhook) + repr(lab.store.audit_log())
    assert link not in written
    assert webhook.secret not in written
    assert "sha256=" not in written


HOSTILE = [
    None, True, 0, -1, 1.5, 1e308, 2**80, "", "\0", "\ud800", "x" * 10_001, [], {}, [[[]]], {"t": {}}, "NaN",
    "'; DROP TABLE response; --", "{0.__class__}", "=cmd|' /C calc'!A0", "2026-13-01T00:00:00Z",
]  # fmt: skip


def hostile(vendor: str, rng: random.Random, link: str) -> object:
    """What a vendor would never say: the right shape with wrong values, or another shape."""
    token, rating = rng.choice([link[:-1] + "A", rng.choice(HOSTILE)]), rng.choice(HOSTILE)
    if vendor == "typeform":
        said = answered(token, rating, event="E-9")
        response = said["form_response"]
        place = rng.choice([said, response, response["answers"][0], response["hidden"]])
    else:
        said = place = {"t": token, "satisfied": rating, "ResponseID": "R-9"}
    for _ in range(rng.randint(0, 2)):
        place[rng.choice(NAMES)] = rng.choice(HOSTILE)
    return said


NAMES = ["t", "event_id", "event_type", "hidden", "answers", "field", "type", "number", "data", "finished"]
BROKEN = [
    b"", b"[" * 200_000, b'{"event_id":' * 20_000, b"\xff\xfe", b"\0", b'{"event_id": "\\ud800"}',
    b"9" * 5_000, b'{"t": "' + b"y" * 200_000 + b'"}', b"x" * 300_000,
    b"MSG=%00&HMAC=%00", b"a=1&" * 50_000, b'{"a": 1e999}',
]  # fmt: skip


def sign(lab, vendor: str, secret: str, body: bytes) -> dict[str, str]:
    """The header fields of any body, were it ever so broken."""
    if vendor == "typeform":
        return typeform(secret, body)["headers"]
    if vendor == "qualtrics":
        return {"X-Amends-Secret": secret}
    seconds = str(int(lab.clock().timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(key, f"msg_9.{seconds}.".encode() + body, "sha256")).decode()
    return {"webhook-id": "msg_9", "webhook-timestamp": seconds, "webhook-signature": f"v1,{mac}"}


@pytest.mark.parametrize("vendor", ["typeform", "standard", "qualtrics"])
def test_signed_and_unsigned_nonsense_ends_in_a_refusal_and_stores_nothing(lab, api, add, token, vendor):
    """What a thief of the secret, or nobody's friend, may send: bodies cut, broken, deep, huge and odd."""
    webhook, link = add(vendor), token()
    rng = random.Random(20_260_302)
    bodies = [json.dumps(hostile(vendor, rng, link)).encode() for _ in range(200)]
    bodies += [body[: rng.randint(0, len(body))] for body in bodies[:50]]
    bodies += [*(rng.randbytes(rng.randint(0, 300)) for _ in range(30)), *BROKEN]
    statuses = set()
    for body in bodies:
        headers = sign(lab, vendor, webhook.secret, body)
        answer = post(api, vendor, {"content": body, "headers": headers})
        statuses.add(answer.status_code)
        assert answer.status_code in (200, 400, 413, 422), (answer.status_code, body[:200])
        assert answer.status_code != 200 or answer.json()["recorded"] is False, body[:200]
        assert "Traceback" not in answer.text
        spoilt = rng.choice(list(headers))
        odd = rng.choice(["", "sha256=", "sha1=" + "A" * 27, "v1,", "v1,AAAA", "A" * 5000, "\xff"])
        forged = {**headers, spoilt: odd.encode("latin-1")}
        assert post(api, vendor, {"content": body, "headers": forged}).status_code in (401, 413, 429)
    assert statuses == {200, 400, 413, 422}
    assert list(lab.store.export_rows("late_parcel").responses) == []
    assert stored(lab) is None
    assert lab.store.verify() == []
    assert set(counts(lab)) == {("refused", f"a message of webhook {vendor}")}
