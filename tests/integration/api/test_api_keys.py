"""Who may call: keys, scopes, and what an unknown caller learns (nothing but what is missing)."""

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


def test_a_revoked_key_is_refused_once_its_second_is_over(define, open_lab):
    from starlette.datastructures import Headers

    from amends.api.auth import Doorkeeper
    from amends.api.problems import Refused

    lab = open_lab(define())
    headers = Headers({"x-api-key": lab.store.create_key("shop", ["assign"], at=lab.clock())})
    seconds = [0.0]
    door = Doorkeeper(lab.store, monotonic=lambda: seconds[0])
    assert door.admit(headers, scope="assign").name == "shop"

    lab.store.revoke_key("shop", at=lab.clock())

    assert door.remembered(headers, scope="assign") is not None
    seconds[0] = 1.0
    assert door.remembered(headers, scope="assign") is None
    with pytest.raises(Refused, match="not known, or was revoked"):
        door.admit(headers, scope="assign")
