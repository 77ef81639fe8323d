"""Each vendor's signature against published values or its own library, and what of a message is an answer."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from amends.importing.vendors import VENDORS, Unreadable, within
from amends.importing.vendors.vendor import moment

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WORDS = b"what do ya want for nothing?"
"""RFC 2202 (HMAC-SHA1) and RFC 4231 (HMAC-SHA256): test case 2, under the key `Jefe`."""
SHA1 = "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
SHA256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
QUALTRICS_SECRET = "kyma4ever"
QUALTRICS_MESSAGE = (
    '{"Status":"Complete","SurveyID":"SV_1AmkKSDmoZ4XlQx","ResponseID":"R_0B7IcnXszjEUHLP",'
    '"CompletedDate":"2019-06-25 07:58:25","BrandID":"sapdevelopment"}'
)
QUALTRICS_HMAC = (
    "c2c585a404c239aa3063b462cc33551d3ed3ed2de0899f58d456fc0ef7ebef6f"
    "3c3af44957989bd0592603e41edde9528f7d9ed09ee128bf719aa12f46e5c598"
)
"""A message that Qualtrics sent in 2019, from github.com/kyma-incubator/connector-tools (hmac_test.go)."""


def doubt(vendor: str, secret: str, headers: dict, body: bytes, now: datetime = NOW) -> str | None:
    return VENDORS[vendor].doubt(secret, headers, body, now)


def as_base64(hexadecimal: str) -> str:
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def form(message: str = QUALTRICS_MESSAGE, mac: str = QUALTRICS_HMAC) -> bytes:
    from urllib.parse import urlencode

    topic = "sapdevelopment.surveyengine.completedResponse.SV_1AmkKSDmoZ4XlQx"
    return urlencode({"Topic": topic, "MSG": message, "HMAC": mac}).encode()


def test_typeform_signs_the_body_with_hmac_sha256():
    signature = {"typeform-signature": f"sha256={as_base64(SHA256)}"}
    assert doubt("typeform", "Jefe", signature, WORDS) is None
    assert doubt("typeform", "jefe", signature, WORDS)
    assert doubt("typeform", "Jefe", signature, WORDS + b" ")
    assert "missing" in doubt("typeform", "Jefe", {}, WORDS)


@pytest.mark.parametrize(
    "written",
    [as_base64(SHA256), f"sha1={as_base64(SHA1)}", f"sha256={SHA256}", "sha256=", "none", "é", "sha256=é"],
)
def test_a_typeform_signature_by_another_algorithm_or_in_another_form_is_none(written):
    assert doubt("typeform", "Jefe", {"typeform-signature": written}, WORDS)


def test_surveymonkey_signs_the_body_with_hmac_sha1():
    assert doubt("surveymonkey", "Jefe", {"sm-signature": as_base64(SHA1)}, WORDS) is None
    for wrong in (as_base64(SHA256), SHA1, as_base64(SHA1)[:-2]):
        assert doubt("surveymonkey", "Jefe", {"sm-signature": wrong}, WORDS)
    assert "missing" in doubt("surveymonkey", "Jefe", {}, WORDS)


def test_qualtrics_signs_the_field_msg_with_hmac_sha512():
    assert doubt("qualtrics", QUALTRICS_SECRET, {}, form()) is None
    assert doubt("qualtrics", QUALTRICS_SECRET, {}, form(mac=QUALTRICS_HMAC.upper())) is None
    assert doubt("qualtrics", QUALTRICS_SECRET, {}, form(QUALTRICS_MESSAGE + " "))
    assert doubt("qualtrics", "kyma4never", {}, form())
    assert doubt("qualtrics", QUALTRICS_SECRET, {}, form() + b"&MSG=%7B%7D")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"MSG=%7B%7D", b"\xff", b"MSG=%FF&HMAC=aa", b"&" * 30, b"a=1&" * 30]
)
def test_a_qualtrics_body_without_signature_is_refused(body):
    assert doubt("qualtrics", QUALTRICS_SECRET, {}, body)


def test_a_qualtrics_task_shows_the_secret_and_is_not_signed():
    assert doubt("qualtrics", "0123456789abcdef", {"x-amends-secret": "0123456789abcdef"}, b"{}") is None
    assert doubt("qualtrics", "0123456789abcdef", {"x-amends-secret": "0123456789abcdeF"}, b"{}")
    # A wrong secret is not made good by a signature beside it.
    assert doubt("qualtrics", QUALTRICS_SECRET, {"x-amends-secret": "wrong"}, form())


def signed(secret: str, body: bytes, *, at: datetime = NOW, id: str = "msg_1") -> dict[str, str]:
    """Header fields as the library of Standard Webhooks makes them."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body.decode()),
    }


@pytest.fixture
def secret() -> str:
    return VENDORS["standard"].new_secret(bytes(range(32)))


def test_standard_webhooks_signed_by_its_own_library_are_genuine(secret):
    body = '{"data": {"t": "AbC", "satisfied": "sehr 👍"}}'.encode()
    assert doubt("standard", secret, signed(secret, body), body) is None
    assert doubt("standard", secret, signed(secret, body), body + b" ")
    another = VENDORS["standard"].new_secret(bytes(32))
    assert doubt("standard", another, signed(secret, body), body)


def test_a_standard_webhook_is_judged_as_its_library_judges_it(secret):
    """The library takes the time from the system, so the messages are of now."""
    now = datetime.now(UTC)
    body = b'{"data": {}}'
    good = signed(secret, body, at=now)
    other = signed(VENDORS["standard"].new_secret(bytes(32)), body, at=now)["webhook-signature"]
    cases = [
        good,
        {**good, "webhook-signature": f"{other} {good['webhook-signature']}"},
        {**good, "webhook-signature": f"v1a,AAAA {good['webhook-signature']}"},
        {**good, "webhook-signature": other},
        {**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")},
        {**good, "webhook-id": "msg_2"},
        {**good, "webhook-timestamp": str(int(now.timestamp()) + 1)},
        {**good, "webhook-timestamp": "yesterday"},
        {name: value for name, value in good.items() if name != "webhook-id"},
        signed(secret, body, at=now - timedelta(minutes=5, seconds=30)),
        signed(secret, body, at=now + timedelta(minutes=5, seconds=30)),
        signed(secret, body, at=now - timedelta(minutes=4)),
    ]
    for headers in cases:
        try:
            Webhook(secret).verify(body, headers)
            expected = True
        except WebhookVerificationError:
            expected = False
        assert (doubt("standard", secret, headers, body, now) is None) is expected, headers
    assert doubt("standard", secret, {**good, "webhook-id": "msg.1"}, body, now)


@pytest.mark.parametrize("seconds", ["-1", "1e3", " 1", "1.0", "9" * 400, "١٢", ""])
def test_a_standard_webhook_with_an_odd_time_is_refused(secret, seconds):
    headers = signed(secret, b"{}") | {"webhook-timestamp": seconds}
    assert doubt("standard", secret, headers, b"{}")


def read(vendor: str, said: object, headers: dict | None = None):
    return VENDORS[vendor].read(headers or {}, said if isinstance(said, bytes) else json.dumps(said).encode())


TYPEFORM = {
    "event_id": "LtWXD3crgy",
    "event_type": "form_response",
    "form_response": {
        "submitted_at": "2026-03-02T11:00:00Z",
        "hidden": {"t": "AbC"},
        "answers": [
            {"type": "number", "number": 6, "field": {"id": "A1", "ref": "satisfied", "type": "rating"}},
            {"type": "choice", "choice": {"label": "5"}, "field": {"id": "B2", "type": "multiple_choice"}},
            {"type": "text", "text": "Mantap", "field": {"id": "C3", "ref": "words", "type": "long_text"}},
            {"type": "file_url", "field": {"id": "D4", "type": "file_upload"}},
        ],
    },
}


def test_a_typeform_answer_is_found_by_reference_and_by_id():
    message = read("typeform", TYPEFORM)
    assert (message.id, message.finished) == ("LtWXD3crgy", True)
    assert message.at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert message.hidden == {"t": "AbC"}
    assert message.answers == {
        "satisfied": 6,
        "A1": 6,
        "B2": "5",
        "words": "Mantap",
        "C3": "Mantap",
        "D4": None,
    }


def test_a_partial_typeform_answer_is_begun_and_other_events_hold_none():
    assert read("typeform", {**TYPEFORM, "event_type": "form_response_partial"}).finished is False
    assert read("typeform", {"event_id": "E", "event_type": "form_opened"}).finished is None


def test_a_standard_message_has_its_answers_in_data_or_in_the_body():
    inside = read("standard", {"type": "answered", "data": {"t": "A", "q": {"s": 6}}}, {"webhook-id": "m"})
    flat = read("standard", {"t": "A", "finished": False}, {"webhook-id": "m"})
    assert (within(inside.answers, "q.s"), inside.finished) == (6, True)
    assert (flat.hidden["t"], flat.finished) == ("A", False)


def test_a_qualtrics_task_holds_answers_and_an_event_does_not():
    task = read("qualtrics", {"t": "A", "satisfied": "6", "ResponseID": "R_1"}, {"x-amends-secret": "x"})
    assert (task.id, task.finished, task.answers["satisfied"]) == ("R_1:True", True, "6")
    event = read("qualtrics", form())
    assert (event.id, event.finished) == ("R_0B7IcnXszjEUHLP", None)
    assert "web service task" in event.why
    without = [read("qualtrics", {"t": t}, {"x-amends-secret": "x"}).id for t in "AAB"]
    assert without[0] == without[1] != without[2]


def test_a_surveymonkey_event_holds_no_answer():
    message = read("surveymonkey", {"event_id": "1234", "event_type": "response_completed"})
    assert (message.id, message.finished) == ("1234", None)
    assert "amends responses" in message.why


NO_JSON = [b"", b"{", b"\xff{}", b'{"a": "\xed\xa0\x80"}', b"[" * 100_000, b'{"a":' * 100_000]


@pytest.mark.parametrize("vendor", ["standard", "typeform", "surveymonkey"])
@pytest.mark.parametrize("body", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_json_is_unreadable(vendor, body):
    with pytest.raises(Unreadable):
        read(vendor, body, {"webhook-id": "m"})


@pytest.mark.parametrize(
    ("vendor", "said"),
    [
        ("standard", []),
        ("standard", {"data": []}),
        ("standard", {"finished": "yes"}),
        ("typeform", {}),
        ("typeform", {"event_id": 7, "event_type": "form_response", "form_response": {}}),
        ("typeform", {**TYPEFORM, "form_response": []}),
        ("typeform", {**TYPEFORM, "form_response": {"hidden": {}, "answers": {"a": 1}}}),
        ("typeform", {**TYPEFORM, "form_response": {"hidden": ["t"]}}),
        ("typeform", {**TYPEFORM, "form_response": {"answers": [7]}}),
        ("typeform", {**TYPEFORM, "form_response": {"answers": [{"type": "number", "number": 6}]}}),
        ("surveymonkey", {"event_id": None}),
        ("surveymonkey", "text"),
    ],
)
def test_json_of_another_shape_is_refused(vendor, said):
    with pytest.raises(ValueError, match="needed|is a|has a"):
        read(vendor, said, {"webhook-id": "m"})


@pytest.mark.parametrize(
    ("vendor", "given", "made"),
    [
        ("standard", " whsec_AAAAAAAAAAAAAAAAAAAAAAAA\n", "whsec_AAAAAAAAAAAAAAAAAAAAAAAA"),
        ("standard", "AAAAAAAAAAAAAAAAAAAAAAAA", "whsec_AAAAAAAAAAAAAAAAAAAAAAAA"),
        ("typeform", "0123456789abcdef\n", "0123456789abcdef"),
        ("surveymonkey", "client-id-1\nthe-secret\n", "client-id-1&the-secret"),
        ("surveymonkey", "client-id-1&the-secret", "client-id-1&the-secret"),
    ],
)
def test_a_vendors_own_secret_is_taken_as_it_is_shown(vendor, given, made):
    assert VENDORS[vendor].check_secret(given) == made


@pytest.mark.parametrize(
    ("vendor", "given"),
    [
        ("standard", "whsec_AAAA"),
        ("standard", "whsec_!!!!!!!!!!!!!!!!!!!!!!!!"),
        ("standard", "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("typeform", "short"),
        ("typeform", "é" * 20),
        ("surveymonkey", "only-a-client-secret"),
        ("surveymonkey", "&only-a-client-secret"),
    ],
)
def test_an_unfit_secret_is_refused_without_being_repeated(vendor, given):
    with pytest.raises(ValueError, match="needed") as caught:
        VENDORS[vendor].check_secret(given)
    assert given not in str(caught.value)


@pytest.mark.parametrize(
    "value", [None, 7, "", "yesterday", "2026-03-02T12:00:00", "0001-01-01T00:00:00+14:00", "9" * 99]
)
def test_a_time_that_is_none_is_left_out(value):
    assert moment(value) is None
