"""Hostile requests by the thousand: no server error, nothing of the inside shown, nothing stored."""

import http.client
import json
import random
import resource
import string
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from amends.lab.webhooks import add_webhook

WORKERS = 4
SEED = 20_260_302

NASTY = [
    "", " ", "\0", "a\0b", "\ufeff", "\u202e", "Ѕari", "é", "e\u0301", "👩‍👩‍👧", "\ud800", "x" * 10_001,
    "{first_name}", "{0.__class__.__mro__}", "{{7*7}}", "${jndi:ldap:x}", "%s%n", "../../etc/passwd",
    "'; DROP TABLE assignment; --", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "C-1\r\nX-Injected: 1",
]  # fmt: skip
ODD = [None, True, False, 0, -1, 1.5, 1e308, 2**80, [], {}, [1], {"a": 1}, "NaN"]
PATHS = [
    "/api/v1/experiments/late_parcel/assignments",
    "/api/v1/experiments/late_parcel/assignments:batch",
    "/api/v1/experiments/late_parcel/cards",
    "/api/v1/experiments/late_parcel/responses",
    "/api/v1/experiments/late_parcel/deliveries",
    "/api/v1/experiments/late_parcel/outcomes",
    "/api/v1/experiments/late_parcel/report",
    "/api/v1/experiments/late_parcel",
    "/api/v1/experiments",
    "/api/v1/events",
    "/api/v1/webhooks/VENDOR",
    "/api/openapi.json",
    "/readyz",
    "/metrics",
]
VENDORS = ["standard", "typeform", "surveymonkey", "qualtrics", "tally"]
FIELDS = [
    "unit_id", "delay_seconds", "promised_at", "at", "channel", "locale", "timezone", "cluster", "strata",
    "covariates", "incident", "test", "arm", "slots", "token", "satisfaction", "finished", "status", "metric",
    "value", "detail", "said", "attention", "received_at", "answered_at", "customer", "agent", "mailbox",
    "code",
]  # fmt: skip


def value(rng: random.Random) -> object:
    kind = rng.random()
    if kind < 0.4:
        return rng.choice(NASTY)
    if kind < 0.6:
        return rng.choice(ODD)
    if kind < 0.7:
        return {rng.choice(NASTY): rng.choice(NASTY) for _ in range(rng.randint(0, 4))}
    return "".join(rng.choice(string.printable) for _ in range(rng.randint(0, 40)))


def body(rng: random.Random) -> bytes:
    """JSON of the right shape with wrong values, JSON of the wrong shape, and no JSON at all."""
    kind = rng.random()
    if kind < 0.15:
        return rng.randbytes(rng.randint(0, 300))
    if kind < 0.2:
        return b"[" * rng.randint(1, 3000)
    if kind < 0.22:
        return b'{"unit_id": "' + b"x" * 300_000 + b'"}'
    content = {name: value(rng) for name in rng.sample(FIELDS, rng.randint(0, 6))}
    kind = rng.random()
    if kind < 0.2:
        content = {"unit_id": "C-404", "satisfaction": rng.randint(0, 8)}
    elif kind < 0.5:
        # As it should be, but for a thing or the words: the fault is reached behind the first checks.
        right = {"unit_id": "C-1", "delay_seconds": 99999, "slots": {"first_name": value(rng)}}
        content = right | (content if kind < 0.3 else {})
    if rng.random() < 0.1:
        content = {"rows": rng.choice([[content] * rng.randint(0, 4), value(rng)])}
    text = json.dumps(content)
    return text.encode() if rng.random() < 0.9 else text.encode()[: rng.randint(0, len(text))]


def target(rng: random.Random, token: str) -> tuple[str, str]:
    """A method and path: real addresses, their neighbours, forged survey links."""
    method = rng.choice(["POST", "POST", "POST", "GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    if rng.random() < 0.25:
        forged = list(token)
        forged[rng.randrange(len(forged))] = rng.choice(string.ascii_letters)
        word = rng.choice(["".join(forged), token[:-1], rng.choice(NASTY), token * 50])
        return rng.choice(
            ["GET", "POST"]
        ), f"/s/{quote(word.encode('utf-8', 'surrogatepass'), safe='')[:4000]}"
    path = rng.choice(PATHS).replace("VENDOR", rng.choice(VENDORS))
    if rng.random() < 0.2:
        path = path.replace("late_parcel", quote(rng.choice(NASTY).encode("utf-8", "surrogatepass"))[:2000])
    return method, path + rng.choice(
        ["", "", "", "/", "?x=1", "?format=html", "?locale=%00", f"?x={'y' * 9000}", "/%00", "/..%2f..%2f"]
    )


def headers(rng: random.Random, key: str) -> dict[str, str]:
    found = {
        "Content-Type": rng.choice(["application/json", "application/json", "text/plain", "application/xml"])
    }
    who = rng.random()
    if who < 0.7:
        found["Authorization"] = f"Bearer {key}"
    elif who < 0.85:
        found["Authorization"] = rng.choice(
            ["Bearer", "Basic eDp5", f"Bearer {key}x", "Bearer " + "k" * 5000]
        )
    if rng.random() < 0.2:
        found["Idempotency-Key"] = rng.choice(["a", "é", "k" * 5000, "../x"])
    if rng.random() < 0.2:
        found["X-Request-ID"] = rng.choice(["a-1", "", "é", "x" * 5000, "<script>", '"}', "sari@example.com"])
    if rng.random() < 0.1:
        name = rng.choice(["Typeform-Signature", "Sm-Signature", "X-Amends-Secret", "webhook-signature"])
        found[name] = rng.choice(["", "sha256=", "v1,AAAA", "é", "A" * 5000])
    if rng.random() < 0.02:
        found["X-Filler"] = "f" * rng.choice([1000, 17_000])
    return {name: text.encode("latin-1", "replace").decode("latin-1") for name, text in found.items()}


class Attacker(threading.Thread):
    """Sends its share of the requests over one connection, opened again whenever the server closes it."""

    def __init__(self, base: str, key: str, token: str, *, number: int, requests: int) -> None:
        super().__init__()
        self.requests = requests
        self.place = urlsplit(base).netloc
        self.key, self.token = key, token
        self.rng = random.Random(SEED + number)
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.place, timeout=60)
        for _ in range(self.requests):
            method, path = target(self.rng, self.token)
            content = body(self.rng)
            try:
                connection.request(method, path, body=content, headers=headers(self.rng, self.key))
                answer = connection.getresponse()
                said = answer.read()
            except (http.client.HTTPException, ConnectionError):
                # The server may close on a request it does not read to its end, such as one too large.
                connection.close()
                self.statuses[0] += 1
                continue
            self.statuses[answer.status] += 1
            if answer.status >= 500 or b"Traceback" in said or b"site-packages" in said:
                self.faults.append(f"{method} {path} {content[:200]!r} -> {answer.status} {said[:200]!r}")
            if answer.getheader("X-Injected"):
                self.faults.append(f"{method} {path}: a header was injected")
        connection.close()


def resident() -> int:
    """Bytes of memory that this process, client and server, holds now; 0 where the system does not say."""
    found = Path("/proc/self/statm")
    return int(found.read_text().split()[1]) * resource.getpagesize() if found.exists() else 0


def test_hostile_requests_break_nothing_and_leave_nothing_behind(
    define, open_lab, serve, late, at_size, found
):
    lab = open_lab(define())
    known = lab.assign("late_parcel", "known", **late)
    token = known.survey_url.rpartition("/")[2]
    for vendor in ("standard", "typeform", "qualtrics"):
        add_webhook(lab, vendor, experiment="late_parcel", ratings={}, entropy=bytes(32))
    key = lab.store.create_key("attacker", ["assign", "ingest", "read"], at=lab.clock())
    base = serve(lab)
    before = resident()
    requests = at_size(small=10_000, full=100_000)
    attackers = [
        Attacker(base, key, token, number=number, requests=requests // WORKERS) for number in range(WORKERS)
    ]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join(3_600)
        assert not attacker.is_alive()

    assert [fault for attacker in attackers for fault in attacker.faults] == []
    grown = resident() - before
    assert grown < 100 * 2**20, "so many requests, among them huge ones, leave little behind"
    statuses = sum((attacker.statuses for attacker in attackers), Counter())
    assert sum(statuses.values()) == requests
    # The requests must reach the doors behind the first one, or they would prove little.
    assert {200, 201, 204, 400, 401, 404, 405, 409, 413, 414, 422, 429, 431} <= set(statuses)
    assert lab.store.verify() == []
    exported = lab.store.export_rows("late_parcel")
    allowed = {lab.store.pseudonym(unit) for unit in ("known", "C-1")}
    strangers = [row for row in exported.assignments if row["unit"] not in allowed]
    for row in strangers:
        # Whatever came in as an id must at least have been a call that satisfied every rule.
        assert row["arm"] in {"thank_you", "sorry", "silence"}
        assert row["delay_seconds"] >= 24 * 3600
    answered = lab.store.response("late_parcel", assignment_id=known.assignment_id)
    assert answered is None, "no forged link reached the survey of a customer"
    found(
        f"{requests:,} random and hostile requests: no server error, no trace shown, nothing stored that "
        f"should not be; memory grew by {grown / 2**20:.0f} MiB (client and server in one process)"
    )


@pytest.mark.parametrize("first_name", ["{0.__class__}", "{survey_url}", "{{7*7}}", "<b>Sari</b>", "%s"])
def test_a_hostile_slot_comes_back_as_it_was_given(define, open_lab, client, late_body, first_name):
    web = client(open_lab(define()), "assign")
    body = {**late_body, "slots": {"first_name": first_name}}
    answer = web.post("/api/v1/experiments/late_parcel/assignments", json=body)
    assert answer.status_code == 201
    assert answer.json()["notice"] == f"Hello {first_name}, your parcel is late."
