"""Flags by OpenFeature's own clients, in Python and on Node, against a real server."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

from amends.design.randomization import blocked

ROOT = Path(__file__).parents[3]
BULK = "/api/ofrep/v1/evaluate/flags"
FLAG = f"{BULK}/late_parcel"
LATE = {"delay_seconds": 30 * 3600, "locale": "id", "slots": {"first_name": "Sari"}}
USUAL = "Halo Kak Sari, paketnya terlambat."


def context(unit: str | None = "C-1", **changes) -> dict:
    told = {**LATE, **changes}
    return {"context": told if unit is None else {"targetingKey": unit, **told}}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


@pytest.fixture
def flags(lab, client):
    return client(lab, "assign")


def test_an_evaluation_enrols_and_its_value_is_the_arm(lab, flags, late):
    answer = flags.post(FLAG, json=context())

    assert answer.status_code == 200
    body = answer.json()
    stored = lab.assign("late_parcel", "C-1", **late)
    assert stored.repeat
    assert (body["key"], body["reason"]) == ("late_parcel", "SPLIT")
    assert body["value"] == body["variant"] == stored.arm
    told = body["metadata"]
    assert told["message"].startswith(USUAL)
    assert (told["assignment_id"], told["repeat"]) == (stored.assignment_id, False)
    assert all(isinstance(value, str | bool) for value in told.values())


@pytest.mark.parametrize(
    ("state", "reason"), [("draft", "DISABLED"), ("paused", "DISABLED"), ("stopped", "DISABLED")]
)
def test_an_experiment_that_does_not_run_gives_no_value(define, open_lab, client, state, reason):
    lab = open_lab(define(), start=state != "draft")
    if state == "paused":
        lab.pause("late_parcel")
    if state == "stopped":
        lab.stop("late_parcel")

    body = client(lab, "assign").post(FLAG, json=context()).json()

    assert (body["reason"], body["variant"], "value" in body) == (reason, None, False)
    assert body["metadata"]["message"] == USUAL


def test_a_customer_who_does_not_qualify_gets_the_default_and_the_usual_message(lab, flags):
    body = flags.post(FLAG, json=context(delay_seconds=60)).json()

    assert (body["reason"], body["variant"], "value" in body) == ("DEFAULT", None, False)
    assert body["metadata"]["message"] == USUAL


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "said"),
    [
        ("late_parcle", context(), 404, "FLAG_NOT_FOUND", "Did you mean 'late_parcel'"),
        ("late_parcle", context(None), 400, "TARGETING_KEY_MISSING", "targetingKey"),
        ("late_parcel", context(None), 400, "TARGETING_KEY_MISSING", "targetingKey"),
        ("late_parcel", context(""), 400, "TARGETING_KEY_MISSING", "targetingKey"),
        ("late_parcel", {"context": {"targetingKey": 7}}, 400, "TARGETING_KEY_MISSING", "text"),
        ("late_parcel", context(slots={}), 400, "INVALID_CONTEXT", "first_name"),
        ("late_parcel", context(delay_seconds=None), 400, "INVALID_CONTEXT", "delay"),
        ("late_parcel", context(delay_seconds="30 h"), 400, "INVALID_CONTEXT", "number of seconds"),
        ("late_parcel", context(delay_seconds=1e300), 400, "INVALID_CONTEXT", "late by that"),
        ("late_parcel", context(delay_seconds=None, promised_at="soon"), 400, "INVALID_CONTEXT", "zone"),
        ("late_parcel", context(cluster="table 4"), 400, "INVALID_CONTEXT", "no cluster"),
        ("late_parcel", context(strata=[1]), 400, "INVALID_CONTEXT", "strata"),
        ("late_parcel", context(slots=["x"]), 400, "INVALID_CONTEXT", "mapping"),
        ("late_parcel", context(slots={"first_name": {"a": 1}}), 400, "INVALID_CONTEXT", "first_name"),
        ("late_parcel", context("\ud800"), 400, "INVALID_CONTEXT", "surrogate"),
        ("late_parcel", {"context": "late"}, 400, "INVALID_CONTEXT", "object"),
        ("late_parcel", [], 400, "PARSE_ERROR", "object"),
    ],
)
def test_every_error_has_the_protocols_code_and_says_what_is_wrong(flags, path, body, status, code, said):
    answer = flags.post(f"/api/ofrep/v1/evaluate/flags/{path}", content=json.dumps(body))

    assert (answer.status_code, answer.json()["errorCode"]) == (status, code), answer.text
    assert answer.json()["key"] == path
    assert said in answer.json()["errorDetails"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_a_body_that_cannot_be_read_is_a_parse_error(flags, raw):
    answer = flags.post(FLAG, content=raw)

    assert (answer.status_code, answer.json()["errorCode"]) == (400, "PARSE_ERROR")


def test_a_missing_or_wrong_key_is_told_in_the_protocols_words(lab, client):
    none = client(lab).post(FLAG, json=context())
    other = client(lab, "read").post(FLAG, json=context())

    assert (none.status_code, none.json()["errorCode"]) == (401, "GENERAL")
    assert "www-authenticate" in none.headers
    assert (other.status_code, other.json()["errorCode"]) == (403, "GENERAL")
    assert "assign" in other.json()["errorDetails"]


def test_a_failing_database_answers_503_with_the_usual_message_elsewhere(lab, flags):
    assert flags.post(FLAG, json=context()).status_code == 200

    def fail(*_arguments):
        from amends.errors import StoreUnavailable

        raise StoreUnavailable("for this test")

    lab.store.enrol = fail
    answer = flags.post(FLAG, json=context("C-2"))

    assert (answer.status_code, answer.json()["errorCode"]) == (503, "GENERAL")
    assert answer.headers["retry-after"]


def test_the_bulk_evaluation_tells_what_there_is_and_enrols_nobody(lab, flags, late):
    empty = flags.post("/api/ofrep/v1/evaluate/flags", json=context())
    assert empty.json() == {"flags": []}
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0

    arm = lab.assign("late_parcel", "C-1", **late).arm
    found = flags.post("/api/ofrep/v1/evaluate/flags", json=context())
    (flag,) = found.json()["flags"]
    assert (flag["key"], flag["reason"], flag["value"], flag["variant"]) == ("late_parcel", "SPLIT", arm, arm)

    again = flags.post(
        "/api/ofrep/v1/evaluate/flags", json=context(), headers={"If-None-Match": found.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    lab.stop("late_parcel")
    (stopped,) = flags.post("/api/ofrep/v1/evaluate/flags", json=context()).json()["flags"]
    assert (stopped["reason"], stopped["variant"], "value" in stopped) == ("DISABLED", None, False)


@pytest.mark.parametrize("form", ["{mark}", "W/{mark}", '"other", {mark}', '"other",W/{mark}', "*"])
def test_a_tag_that_a_proxy_weakened_or_put_in_a_list_still_matches(lab, flags, late, form):
    lab.assign("late_parcel", "C-1", **late)
    mark = flags.post(BULK, json=context()).headers["etag"]

    def asked(tag: str) -> int:
        return flags.post(BULK, json=context(), headers={"If-None-Match": tag}).status_code

    assert asked(form.format(mark=mark)) == 304
    assert asked('"other"') == asked('W/"other", ""') == 200


def test_where_each_incident_is_a_unit_bulk_finds_what_the_same_context_enrolled(define, open_lab, client):
    lab = open_lab(define(on_repeat="new_unit"))
    flags = client(lab, "assign")
    arm = flags.post(FLAG, json=context("C-1", incident="P-1")).json()["value"]

    def found(unit: str, **changes) -> list:
        return [flag["value"] for flag in flags.post(BULK, json=context(unit, **changes)).json()["flags"]]

    assert found("C-1", incident="P-1") == [arm]
    assert found("C-1", incident="P-2") == found("C-1") == []
    assert found("P-1") == [], "a customer whose id is another's parcel has no arm of that parcel"
    wrong = flags.post(BULK, json=context("C-1", incident=[1]))
    assert (wrong.status_code, wrong.json()["errorCode"]) == (400, "INVALID_CONTEXT")


def test_masked_arms_are_the_real_ones_for_the_sender_and_silence_sends_the_notice(define, open_lab, client):
    flags = client(open_lab(define(masked=True)), "assign")

    answers = [flags.post(FLAG, json=context(f"C-{n}")).json() for n in range(30)]

    assert {answer["value"] for answer in answers} == {"thank_you", "sorry", "silence"}
    silent = [answer["metadata"]["message"] for answer in answers if answer["value"] == "silence"]
    assert set(silent) == {USUAL}


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_context_nested_deeply_is_answered_in_the_protocols_words(flags, depth):
    nest = "[" * depth + "]" * depth
    told = json.dumps(context())[:-2]

    beside = flags.post(FLAG, content=f'{told}, "other": {nest}}}}}')
    as_slots = flags.post(FLAG, content=f'{told}, "slots": {nest}}}}}')

    assert beside.json().get("reason") == "SPLIT" or beside.json()["errorCode"] == "PARSE_ERROR"
    assert as_slots.status_code == 400
    assert as_slots.json()["errorCode"] in {"INVALID_CONTEXT", "PARSE_ERROR"}


def test_a_blocked_experiment_without_its_stratum_is_an_invalid_context(define, open_lab, client):
    lab = open_lab(define(randomize=blocked(by=("site",))))
    flags = client(lab, "assign")

    assert flags.post(FLAG, json=context()).json()["errorCode"] == "INVALID_CONTEXT"
    assert flags.post(FLAG, json=context(strata={"site": "Bandung"})).json()["reason"] == "SPLIT"


@pytest.fixture
def address(lab, serve) -> tuple[str, str]:
    return serve(lab), lab.store.create_key("flags", ["assign"], at=lab.clock())


def test_the_python_client_gets_the_arm(lab, address, late):
    base, key = address
    provider = OFREPProvider(f"{base}/api", headers_factory=lambda: {"Authorization": f"Bearer {key}"})
    api.set_provider(provider, "remote")
    client = api.get_client("remote")

    details = client.get_string_details("late_parcel", "none", EvaluationContext("C-1", dict(LATE)))
    early = client.get_string_details(
        "late_parcel", "none", EvaluationContext("C-2", LATE | {"delay_seconds": 60})
    )
    missing = client.get_string_details("late_parcle", "none", EvaluationContext("C-1", dict(LATE)))

    assert (details.value, details.variant, details.reason) == (
        (arm := lab.assign("late_parcel", "C-1", **late).arm),
        arm,
        "SPLIT",
    )
    assert (early.value, early.reason, early.variant) == ("none", "DEFAULT", None)
    assert (missing.value, missing.error_code) == ("none", "FLAG_NOT_FOUND")


def evaluate_on_node(address: tuple[str, str], unit: str, *, flag: str = "late_parcel", **changes) -> dict:
    node = shutil.which("node")
    packages = ROOT / ".venv" / "node"
    assert node, "Node is missing: sh scripts/setup.sh test"
    folder = os.environ.get("AMENDS_NODE_PACKAGES", str(packages))
    assert (Path(folder) / "node_modules").is_dir(), "OpenFeature is missing: sh scripts/setup.sh test"
    base, key = address
    told = {"targetingKey": unit, **LATE, **changes}
    asked = {"address": base, "key": key, "flag": flag, "context": told, "fallback": "none"}
    done = subprocess.run(
        [node, str(ROOT / "tests" / "node" / "evaluate.mjs"), json.dumps(asked)],
        env={**os.environ, "NODE_PACKAGES": folder},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def test_the_javascript_server_sdk_gets_the_arm_on_node(lab, address, late):
    details = evaluate_on_node(address, "C-1")
    early = evaluate_on_node(address, "C-2", delay_seconds=60)
    missing = evaluate_on_node(address, "C-1", flag="late_parcle")
    wrong = evaluate_on_node(address, "C-1", slots={})

    arm = lab.assign("late_parcel", "C-1", **late).arm
    assert (details["value"], details["variant"], details["reason"]) == (arm, arm, "SPLIT")
    assert details["flagMetadata"]["message"].startswith(USUAL)
    # This version of the client knows no evaluation without a value: it gives the caller's own, as an error.
    assert (early["value"], early["reason"]) == ("none", "ERROR")
    assert (missing["value"], missing["errorCode"]) == ("none", "FLAG_NOT_FOUND")
    assert (wrong["value"], wrong["errorCode"]) == ("none", "INVALID_CONTEXT")


def test_a_client_that_is_limited_is_told_when_to_come_again(lab, serve):
    key = lab.store.create_key("slow", ["assign"], at=lab.clock(), rate=0.5)
    base = serve(lab)
    headers = {"Authorization": f"Bearer {key}"}

    answers = [httpx.post(f"{base}{FLAG}", json=context(), headers=headers, timeout=30) for _ in range(3)]

    assert answers[-1].status_code == 429
    assert answers[-1].json()["errorCode"] == "GENERAL"
    assert int(answers[-1].headers["retry-after"]) >= 1
