"""Service events over HTTP: one or a list, whole or not at all, with scope `ingest`."""

import json

import pytest

ADDRESS = "/api/v1/events"
ONE = {
    "incident": "T-1",
    "customer": "C-1",
    "channel": "email",
    "received_at": "2026-03-02T09:00:00Z",
    "mailbox": "help",
}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


@pytest.fixture
def api(lab, client):
    return client(lab, "ingest")


def test_an_incident_is_201_when_new_and_200_when_more_is_told(lab, api):
    first = api.post(ADDRESS, json=ONE)
    then = api.post(ADDRESS, json={"incident": "T-1", "answered_at": "2026-03-02T16:30:00+07:00"})

    assert (first.status_code, first.json()) == (201, {"incident": "T-1", "new": True})
    assert (then.status_code, then.json()) == (200, {"incident": "T-1", "new": False})
    assert lab.service_log()["email"].figures.median.seconds == 1800


def test_a_retry_changes_nothing(lab, api):
    for _ in range(3):
        api.post(ADDRESS, json=ONE)
    assert lab.service_log().incidents == 1


def test_a_list_is_stored_whole(lab, api):
    answer = api.post(ADDRESS, json=[ONE, {**ONE, "incident": "T-2"}, {**ONE, "incident": "T-1"}])
    assert (answer.status_code, answer.json()) == (201, {"events": 3, "new": 2})
    assert api.post(ADDRESS, json=[ONE]).status_code == 200


def test_one_bad_event_keeps_the_list_out_and_is_named(lab, api):
    answer = api.post(ADDRESS, json=[ONE, {**ONE, "incident": "T-2", "received_at": "yesterday"}])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "1.received_at"
    contradiction = [ONE, {**ONE, "incident": "T-2", "answered_at": "2026-03-02T08:00:00Z"}]
    assert "row 2: answered_at" in api.post(ADDRESS, json=contradiction).json()["detail"]
    assert lab.service_log().incidents == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ("T-1", 422),
        ({"incident": "T-1"}, 422),
        ({**ONE, "incident": 7}, 422),
        ({**ONE, "incident": "\0"}, 422),
        ({**ONE, "received_at": "2026-03-02T09:00:00"}, 422),
        ({**ONE, "recieved_at": "2026-03-02T09:00:00Z"}, 422),
        ({**ONE, "answered_at": "2026-03-02T10:00:00Z", "arrived_at": "2026-03-02T10:00:00Z"}, 422),
        ({**ONE, "timezone": "Jakarta"}, 422),
        ({**ONE, "channel": "e\nmail"}, 422),
    ],
)
def test_what_cannot_be_an_event_is_refused(lab, api, body, status):
    answer = api.post(ADDRESS, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert lab.service_log().incidents == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"[", b"\xff", b" [1", b"\xef\xbb\xbf[]"])
def test_what_is_no_json_is_400(api, raw):
    assert api.post(ADDRESS, content=raw).status_code == 400


def test_a_body_over_the_limit_is_413(api):
    events = [{**ONE, "incident": f"T-{n}"} for n in range(3_000)]
    assert api.post(ADDRESS, content=json.dumps(events).encode()).status_code == 413


@pytest.mark.parametrize(("scope", "status"), [((), 401), (("read",), 403), (("assign",), 403)])
def test_another_key_is_refused(lab, client, scope, status):
    assert client(lab, *scope).post(ADDRESS, json=ONE).status_code == status
    assert lab.service_log().incidents == 0


def test_the_log_is_not_read_by_this_address(api):
    assert api.get(ADDRESS).status_code == 405
