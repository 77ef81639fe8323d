"""Who may call: keys, scopes, and what an unknown caller learns (nothing but what is missing)."""

import time
from datetime import timedelta

import pytest

ASSIGN = "/api/v1/experiments/late_parcel/assignments"
ADDRESSES = [
    ("POST", ASSIGN, "assign"),
    ("POST", "/api/v1/experiments/late_parcel/responses", "ingest"),
    ("POST", "/api/v1/experiments/late_parcel/deliveries", "ingest"),
    ("POST", "/api/v1/experiments/late_parcel/outcomes", "ingest"),
    ("GET", "/api/v1/experiments", "read"),
    ("GET", "/api/v1/experiments/late_parcel", "read"),
    ("GET", "/api/v1/experiments/late_parcel/report", "read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ADDRESSES)
def test_without_a_key_every_address_answers_401_before_reading_the_body(
    define, open_lab, client, method, path, scope
):
    answer = client(open_lab(define())).request(method, path, content=b"{" if method == "POST" else None)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="amends"'
    assert f"amends keys create --scope {scope}" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path", "scope"), ADDRESSES)
def test_a_key_of_another_scope_answers_403_and_names_the_scope(
    define, open_lab, client, method, path, scope
):
    other = "ingest" if scope == "read" else "read"

    answer = client(open_lab(define()), other).request(method, path)

    assert answer.status_code == 403
    assert repr(scope) in answer.json()["detail"]


@pytest.mark.parametrize("key", ["nonsense", "amends_000000000000_wrong", "Ü", "a" * 5000])
def test_an_unknown_key_answers_401(define, open_lab, client, key):
    answer = client(open_lab(define())).post(ASSIGN, json={}, headers={"X-API-Key": key.encode()})

    assert answer.status_code == 401


def test_the_other_header_works_too(define, open_lab, client, late_body):
    lab = open_lab(define())
    key = lab.store.create_key("shop", ["assign"], at=lab.clock())

    answer = client(lab).post(ASSIGN, json=late_body, headers={"X-API-Key": key})

    assert answer.status_code == 201


def test_an_admin_key_opens_every_address(define, open_lab, client, late_body):
    api = client(open_lab(define()), "admin")

    assert api.post(ASSIGN, json=late_body).status_code == 201
    assert api.get("/api/v1/experiments").status_code == 200


def test_a_revoked_key_is_refused_within_a_second_of_steady_use(define, open_lab, client, late_body):
    lab = open_lab(define())
    api = client(lab, "assign", name="shop")
    assert api.post(ASSIGN, json=late_body).status_code == 201

    lab.store.revoke_key("shop", at=lab.clock())
    revoked = time.monotonic()
    while api.post(ASSIGN, json=late_body).status_code == 200:
        assert time.monotonic() - revoked < 5
    last = api.post(ASSIGN, json=late_body)

    assert last.status_code == 401
    assert "not known, or was revoked" in last.json()["detail"]
    # One second by design; the rest is a slow machine's answer to the call that asked for the key again.
    assert time.monotonic() - revoked < 2.5


def test_a_key_over_its_rate_answers_429_with_all_headers_and_others_go_on(
    define, open_lab, client, late_body
):
    lab = open_lab(define())
    slow = lab.store.create_key("slow", ["assign"], rate=0.01)
    api = client(lab, "assign")

    first, second = (
        api.post(ASSIGN, json=late_body, headers={"Authorization": f"Bearer {slow}"}) for _ in "12"
    )

    assert (first.status_code, second.status_code) == (201, 429)
    assert first.headers["ratelimit-limit"] == second.headers["ratelimit-limit"] == "1"
    assert first.headers["ratelimit-remaining"] == "0"
    assert 90 <= int(second.headers["retry-after"]) <= 100
    assert 90 <= int(second.headers["ratelimit-reset"]) <= 100
    assert second.json()["type"] == "urn:amends:problem:too-many-requests"
    assert "0.01 requests a second" in second.json()["detail"]
    assert api.post(ASSIGN, json=late_body).headers["ratelimit-limit"] == "2000"


def test_guessing_keys_is_answered_429_before_any_look_up(define, open_lab, client, late_body):
    lab = open_lab(define())
    api = client(lab, "assign")
    assert api.post(ASSIGN, json=late_body).status_code == 201

    statuses = [api.post(ASSIGN, headers={"Authorization": f"Bearer {n}"}).status_code for n in range(25)]

    assert statuses[:20] == [401] * 20
    assert set(statuses[22:]) == {429}
    assert api.post(ASSIGN, json=late_body).status_code == 200, "the key that is known goes on"


def test_an_expired_key_answers_401_and_says_so(define, open_lab, client, late_body, clock):
    lab = open_lab(define())
    key = lab.store.create_key("shop", ["assign"], expires_at=clock() + timedelta(hours=1))
    headers = {"Authorization": f"Bearer {key}"}
    api = client(lab)
    assert api.post(ASSIGN, json=late_body, headers=headers).status_code == 201
    clock.pass_by(hours=1)

    answer = api.post(ASSIGN, json=late_body, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="amends"'
    assert "expired on 2026-03-02" in answer.json()["detail"]


def test_using_a_key_a_hundred_times_writes_its_last_use_once(define, open_lab, client, late_body, clock):
    lab = open_lab(define())
    api = client(lab, "read")
    counted = []
    noted = lab.store.key_used
    lab.store.key_used = lambda key, *, at: counted.append(key.last_used_at) or noted(key, at=at)

    for _ in range(100):
        assert api.get("/api/v1/experiments").status_code == 200

    assert lab.store.keys()[0].last_used_at == clock()
    assert counted[0] is None
    assert set(counted[1:]) <= {clock()}, "later looks found it written down already"
