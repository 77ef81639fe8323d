"""The OpenAPI document is valid, has an example of every body, and the server answers as the examples say."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import jsonschema
import pytest
import schemathesis

from amends import Mean, Proportion, blocked, service_quality, text
from amends.api.auth import STRANGERS_BURST
from amends.lab.webhooks import add_webhook

EXPERIMENT = "/api/v1/experiments/late_parcel"
SCOPES = {"assign": "assign", "record": "ingest", "read": "read"}
SLOTS = text(en="{first_name}, {tracking_number}, {new_date}", id="{first_name} {tracking_number} {new_date}")


@pytest.fixture
def lab(define, open_lab):
    return open_lab(
        define(
            notice=SLOTS,
            randomize=blocked(),
            survey=[*service_quality()],
            metrics=[
                Proportion("completed"),
                Mean("satisfaction", scale=(1, 7)),
                Proportion("complaint", source="outcome", better="lower"),
            ],
        )
    )


@pytest.fixture
def base(lab, serve) -> str:
    return serve(lab)


@pytest.fixture
def document(base, lab) -> dict:
    """The description, with a card and a survey link that really exist in place of the examples'."""
    [card] = lab.print_cards("late_parcel", 1)
    slots = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Jumat"}
    url = lab.assign("late_parcel", "C-1", delay=timedelta(hours=30), **slots).survey_url
    found = httpx.get(f"{base}/api/openapi.json", timeout=30).text
    for example, real in (("17-K7F2Q9AB", card.code), ("AAAAAAAAAAAAlPE1wvESZyBW", url.rpartition("/")[2])):
        assert example in found
        found = found.replace(example, real)
    return json.loads(found)


@pytest.fixture(autouse=True)
def webhook(lab) -> str:
    """The secret of a webhook of Typeform."""
    ratings = {"satisfaction": "satisfied"}
    return add_webhook(lab, "typeform", experiment="late_parcel", ratings=ratings, entropy=bytes(32)).secret


def signed(secret: str, content: bytes) -> dict[str, str]:
    """Header fields as Typeform sends them."""
    mac = base64.b64encode(hmac.digest(secret.encode(), content, "sha256")).decode()
    return {"Typeform-Signature": f"sha256={mac}"}


@pytest.fixture
def key_of(lab) -> Callable[..., dict[str, str]]:
    """Headers with a new key of a scope."""
    numbers = iter(range(1000))

    def make(*scopes: str, **limits) -> dict[str, str]:
        bare = lab.store.create_key(f"key-{next(numbers)}", scopes, at=lab.clock(), **limits)
        return {"Authorization": f"Bearer {bare}"}

    return make


def operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def bodies(operation: dict) -> Iterator[tuple[str, str, dict]]:
    """What an operation takes and answers: which, media type, schema with example."""
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "request", media, content
    for status, answer in operation["responses"].items():
        for media, content in answer.get("content", {}).items():
            yield status, media, content


def test_the_document_is_valid_openapi(base):
    schema = schemathesis.openapi.from_url(f"{base}/api/openapi.json")

    schema.validate()

    assert schema.specification.version.startswith("3.1")


def test_the_validator_knows_a_broken_document(document):
    document["paths"]["/healthz"]["get"]["responses"] = "none"

    with pytest.raises(Exception, match="not of type|not valid"):
        schemathesis.openapi.from_dict(document).validate()


def test_every_body_has_an_example_that_fits_its_schema(document):
    seen = 0
    for path, method, operation in operations(document):
        for which, media, content in bodies(operation):
            assert "example" in content, (method, path, which, media)
            jsonschema.validate(content["example"], content["schema"], jsonschema.Draft202012Validator)
            seen += 1
    assert seen > 70


def test_every_operation_says_who_may_call_and_how_it_fails(document):
    assert set(document["components"]["securitySchemes"]) == {"bearer", "header"}
    tags = {tag["name"] for tag in document["tags"]}
    ids = []
    for path, method, operation in operations(document):
        assert operation["tags"][0] in tags
        assert operation["summary"]
        assert all("description" in answer for answer in operation["responses"].values())
        ids.append(operation["operationId"])
        if operation["tags"] == ["probes"]:
            continue
        if operation["tags"] == ["webhooks"]:
            refused = {"400", "401", "404", "413", "422", "429", "503"} if method == "POST" else {"404"}
            assert operation["security"] == []
            assert refused <= operation["responses"].keys()
            continue
        assert operation["security"] == [{"bearer": []}, {"header": []}], path
        assert {"401", "403", "429", "503"} <= operation["responses"].keys(), path
        if "requestBody" in operation:
            unknown = {"404"} if "{key}" in path else set()
            assert {"400", "413", "422"} | unknown <= operation["responses"].keys(), path
    assert len(ids) == len(set(ids))


def address(path: str) -> str:
    return path.replace("{key}", "late_parcel").replace("{vendor}", "typeform")


def example_of(operation: dict) -> bytes | None:
    content = operation.get("requestBody", {}).get("content", {})
    return json.dumps(content["application/json"]["example"]).encode() if content else None


def check(answer: httpx.Response, operation: dict) -> None:
    """An answer has a documented status, media type and shape."""
    documented = operation["responses"][str(answer.status_code)]
    media = answer.headers["content-type"].partition(";")[0]
    content = documented["content"][media]
    said = answer.json() if media.endswith("json") else answer.text
    jsonschema.validate(said, content["schema"], jsonschema.Draft202012Validator)
    if media == "application/problem+json":
        assert said.keys() >= content["example"].keys()
        assert said["status"] == answer.status_code
    elif media == "application/json":
        assert said.keys() >= content["example"].keys() - {"errors"}


def test_every_request_example_is_answered_as_documented(document, base, key_of, webhook):
    key = key_of("admin")
    with httpx.Client(base_url=base, headers=key, timeout=30) as api:
        for path, method, operation in operations(document):
            statuses = []
            for _ in range(2):
                content = example_of(operation)
                answer = api.request(
                    method, address(path), content=content, headers=signed(webhook, content or b"")
                )
                check(answer, operation)
                statuses.append(answer.status_code)
            new = 201 if "201" in operation["responses"] else 200
            assert statuses == [new, 200], (path, statuses)


def provocations(path: str, method: str, operation: dict, key_of, admin: dict) -> Iterator[dict]:
    """Requests of an operation, each of which should end in another of its documented refusals."""
    scope = SCOPES[operation["tags"][0]]
    slow = key_of(scope, rate=0.001)
    yield {"headers": {}}
    yield {"headers": key_of("read" if scope != "read" else "assign")}
    yield {"headers": slow}
    yield {"headers": slow}
    if "{key}" in path:
        yield {"headers": admin, "url": path.replace("{key}", "late_parcle")}
    if path.endswith("/report"):
        yield {"headers": admin, "url": f"{address(path)}?format=pdf"}
    if method == "POST":
        for content in (b"{", b"{}", b" " * (4 * 2**20 + 1)):
            yield {"headers": admin, "content": content}
    if "409" in operation["responses"]:
        stranger = json.loads(example_of(operation)) | {"unit_id": "nobody"}
        yield {"headers": admin, "content": json.dumps(stranger).encode()}


def provocations_of_a_vendor(base: str, path: str, method: str, secret: str) -> Iterator[dict]:
    """The same for an address that vendors are given: too many unsigned ones at the end."""
    yield {"url": path.replace("{vendor}", "tally")}
    url = base + address(path)
    if method == "POST":
        for content in (b"{", b"{}", b" " * (4 * 2**20 + 1)):
            yield {"url": url, "headers": signed(secret, content), "content": content}
        for _ in range(STRANGERS_BURST + 1):
            yield {"url": url}


@pytest.mark.sqlite_only("it takes SQLite's file away")
def test_every_documented_refusal_is_met(document, base, serve, lab, key_of, settings, webhook):
    admin, never_seen = key_of("admin"), key_of("admin")
    vendors = serve(lab)  # a process of its own: strangers are slowed down, and the keys below are new ones
    met = set()
    with httpx.Client(base_url=base, timeout=30) as api:

        def call(path: str, method: str, operation: dict, request: dict) -> None:
            answer = api.request(
                method, **{"url": address(path), "content": example_of(operation), **request}
            )
            check(answer, operation)
            met.add((path, method, answer.status_code, answer.headers["content-type"].partition(";")[0]))

        everything = list(operations(document))
        for path, method, operation in everything:
            if operation["tags"] == ["webhooks"]:
                for request in provocations_of_a_vendor(vendors, path, method, webhook):
                    call(path, method, operation, request)
            elif operation["tags"] != ["probes"]:
                for request in provocations(path, method, operation, key_of, admin):
                    call(path, method, operation, request)
        drop_every_table(settings.database_url)
        for path, method, operation in everything:
            for headers in (admin, never_seen):
                content = example_of(operation) or b""
                call(path, method, operation, {"headers": headers | signed(webhook, content)})

    documented = {
        (path, method, int(status), media)
        for path, method, operation in everything
        for status, answer in operation["responses"].items()
        for media in answer["content"]
        if int(status) >= 400 and status != "501"  # a server without the extra has a test of its own
    }
    assert documented - met == set()


def drop_every_table(url: str) -> None:
    """Takes the database away under a running server."""
    import sqlite3

    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        for (name,) in names.fetchall():
            connection.execute(f'DROP TABLE "{name}"')
