"""What is too large is refused while it comes in; every answer has the request's id and plain headers."""

import http.client
import json
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

PATH = "/api/v1/experiments/late_parcel/assignments"
RECORDS = ["responses", "deliveries", "outcomes"]


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


@pytest.fixture
def base(lab, serve):
    return serve(lab)


@pytest.fixture
def key(lab):
    return lab.store.create_key("shop", ["admin"], at=lab.clock())


def answer_to(base: str, raw: bytes) -> tuple[int, dict, bytes]:
    """Status, headers and body of the answer to raw bytes."""
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=30) as line:
        line.sendall(raw)
        return read_answer(line)


def read_answer(line: socket.socket) -> tuple[int, dict, bytes]:
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def head(path: str, key: str, *headers: str) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: x",
        f"X-API-Key: {key}",
        "Content-Type: application/json",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.parametrize("place", ["assignments", "assignments:batch", "cards", *RECORDS])
def test_a_body_announced_too_long_is_refused_before_a_byte_of_it_is_sent(base, key, place):
    path = f"/api/v1/experiments/late_parcel/{place}"

    status, headers, body = answer_to(base, head(path, key, "Content-Length: 99999999999"))

    assert status == 413
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["type"] == "urn:amends:problem:too-large"


@pytest.mark.parametrize("place", ["assignments", "assignments:batch", "cards", *RECORDS])
def test_a_body_in_chunks_without_a_length_is_cut_off_while_it_comes_in(base, key, place):
    path = f"/api/v1/experiments/late_parcel/{place}"
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"

    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=30) as line:
        line.sendall(head(path, key, "Transfer-Encoding: chunked"))
        for _ in range(70):
            line.sendall(chunk)  # 4.4 MiB: past every address's limit, and it goes on
        status, headers, body = read_answer(line)
        sent = 0
        with suppress(OSError):
            while sent < 2_000:  # 125 MiB, of which nobody reads more than the limit of all
                line.sendall(chunk)
                sent += 1

    assert (status, headers["connection"]) == (413, "close")
    assert json.loads(body)["type"] == "urn:amends:problem:too-large"
    assert sent < 500


def test_a_short_body_in_chunks_is_read_as_any_other(base, key, late_body):
    raw = json.dumps(late_body).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (raw[:7], raw[7:])) + b"0\r\n\r\n"

    status, _, body = answer_to(base, head(PATH, key, "Transfer-Encoding: chunked") + chunks)

    assert status == 201
    assert json.loads(body)["status"] == "assigned"


def test_a_connection_that_ends_in_the_middle_of_a_body_stores_nothing_and_harms_nobody(
    lab, base, key, late_body, client
):
    raw = json.dumps(late_body).encode()
    place = urlsplit(base)
    for cut in range(0, len(raw), 7):
        with socket.create_connection((place.hostname, place.port), timeout=30) as line:
            line.sendall(head(PATH, key, f"Content-Length: {len(raw)}") + raw[:cut])

    assert client(lab, base=base).get("/healthz").status_code == 200
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


@pytest.mark.parametrize(
    "headers", [["X-Filler: " + "f" * 17_000], [f"X-{number}: 1" for number in range(101)]]
)
def test_header_fields_beyond_the_limit_answer_431(base, key, headers):
    status, _, body = answer_to(base, head(PATH, key, *headers))

    assert status == 431
    assert json.loads(body)["type"] == "urn:amends:problem:headers-too-large"


def test_header_fields_without_an_end_are_cut_off(base):
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nX-Filler: ")
        sent = 0
        with suppress(OSError):
            while sent < 2_000:
                line.sendall(b"f" * 65_536)
                sent += 1

    assert sent < 500


def test_an_address_beyond_the_limit_answers_414(base, key):
    status, _, body = answer_to(base, head(f"{PATH}?{'x' * 8_200}", key, "Content-Length: 0"))

    assert status == 414
    assert json.loads(body)["type"] == "urn:amends:problem:address-too-long"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("OPTIONS", "/healthz", 204),
        ("GET", "/api/v1/experiments", 401),
        ("GET", "/s/forged", 404),
        ("GET", "/nowhere", 404),
        ("PUT", "/healthz", 405),
        ("POST", PATH, 401),
    ],
)
def test_every_answer_has_the_callers_request_id_and_plain_headers(lab, base, client, method, path, status):
    answer = client(lab, base=base).request(method, path, headers={"X-Request-ID": "job-7.retry-2"})

    assert answer.status_code == status
    assert answer.headers["x-request-id"] == "job-7.retry-2"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert len(answer.headers.get_list("cache-control")) == 1
    if answer.headers.get("content-type") == "application/problem+json":
        assert answer.json()["request_id"] == "job-7.retry-2"


def test_an_unforeseen_error_answers_500_with_an_id_and_nothing_of_the_inside(
    lab, base, key, late_body, client
):
    api = client(lab, base=base)
    assert api.post(PATH, json=late_body, headers={"X-API-Key": key}).status_code == 201
    lab.clock = lambda: 1 / 0

    answer = api.post(PATH, json=late_body, headers={"X-API-Key": key})

    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "division" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
