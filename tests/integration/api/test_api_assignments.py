"""Assigning over HTTP: the statuses, the refusals, and what a sender holds in hand when we fail."""

import asyncio
import json

import httpx
import pytest

PATH = "/api/v1/experiments/late_parcel/assignments"
FIELDS = {
    "experiment", "unit_id", "arm", "enrolled", "message", "notice", "invitation", "invite_at", "survey_url",
    "locale", "status", "reason", "assignment_id", "assigned_at", "repeat", "sent",
}  # fmt: skip


def test_a_new_unit_answers_201_with_every_field_and_the_words_to_send(define, open_lab, client, late_body):
    api = client(open_lab(define()), "assign")

    answer = api.post(PATH, json=late_body)

    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == FIELDS
    assert body["status"] == "assigned"
    assert body["arm"] in ("thank_you", "sorry", "silence")
    assert body["message"].startswith("Hello Sari, your parcel is late.")
    assert body["survey_url"] in body["invitation"]
    assert body["assigned_at"] == "2026-03-02T12:00:00Z"


def test_the_same_unit_again_answers_200_with_the_same_arm(define, open_lab, client, late_body):
    api = client(open_lab(define()), "assign")
    first = api.post(PATH, json=late_body).json()

    again = api.post(PATH, json=late_body)

    assert again.status_code == 200
    assert again.json() == first | {"repeat": True}


def test_http_and_python_give_one_unit_one_arm(define, open_lab, client, late_body, late):
    lab = open_lab(define())
    api = client(lab, "assign")

    arms = {
        unit: api.post(PATH, json=late_body | {"unit_id": unit}).json()["arm"]
        for unit in ("A", "B", "C", "Ü")
    }

    assert arms == {unit: lab.assign("late_parcel", unit, **late).arm for unit in arms}


def test_a_unit_that_is_not_late_enough_answers_200_and_gets_the_usual_message(
    define, open_lab, client, late_body
):
    api = client(open_lab(define()), "assign")

    answer = api.post(PATH, json=late_body | {"delay_seconds": 3600})

    assert answer.status_code == 200
    assert answer.json()["status"] == "not_eligible"
    assert answer.json()["message"] == "Hello Sari, your parcel is late."
    assert answer.json()["arm"] is None


def test_the_time_promised_stands_for_the_delay(define, open_lab, client, late_body):
    api = client(open_lab(define()), "assign")
    del late_body["delay_seconds"]

    answer = api.post(PATH, json=late_body | {"promised_at": "2026-03-01T12:00:00+07:00"})

    assert (answer.status_code, answer.json()["status"]) == (201, "assigned")


def test_indonesian_words_reach_the_sender_unharmed(define, open_lab, client, late_body):
    api = client(open_lab(define()), "assign")

    body = api.post(PATH, json=late_body | {"locale": "id-ID", "slots": {"first_name": "Ñusa 🌸"}}).json()

    assert body["locale"] == "id"
    assert body["message"].startswith("Halo Kak Ñusa 🌸, paketnya terlambat.")


def test_the_tally_names_the_key_as_the_sender(define, open_lab, client, late_body):
    lab = open_lab(define())

    client(lab, "assign", name="warehouse").post(PATH, json=late_body)

    assert {cell["sender"] for cell in lab.store.cells("late_parcel")} == {"warehouse"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slots": {}}, "first_name"),
        ({"slots": {"first_name": "Sari", "frist_name": "x"}}, "frist_name"),
        ({"slots": {"first_name": "Sari", "delay": "x"}}, "slots.delay"),
        ({"slots": {"first_name": "Sari", "unit_id": "x"}}, "slots.unit_id"),
        ({"slots": {"first_name": True}}, "slots.first_name"),
        ({"delay_seconds": None}, "delay"),
        ({"promised_at": "2026-03-01T00:00:00Z"}, "promised_at"),
        ({"delay_seconds": "108000"}, "delay_seconds"),
        ({"delay_seconds": True}, "delay_seconds"),
        ({"delay_seconds": 1e308}, "delay_seconds"),
        ({"at": "2026-03-01T00:00:00"}, "zone"),
        ({"at": "5"}, "RFC 3339"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "1971"),
        ({"test": 0}, "test"),
        ({"arm": "sorry"}, "test=True"),
        ({"strata": {"site": "a"}}, "strata"),
        ({"cluster": "party-1"}, "cluster"),
        ({"timezone": "Asia/Jakrta"}, "Asia/Jakrta"),
        ({"unit_id": ""}, "unit_id"),
        ({"unit_id": "a\x00b"}, "unit_id"),
        ({"unit_id": 7}, "unit_id"),
        ({"unit": "C-1"}, "unit"),
    ],
)
def test_a_wrong_call_answers_422_and_names_what_is_wrong(define, open_lab, client, late_body, change, said):
    lab = open_lab(define())

    answer = client(lab, "assign").post(PATH, json=late_body | change)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert lab.tally("late_parcel")["thank_you"].assigned == 0


def test_many_at_once_share_transactions_and_each_gets_its_own_answer(
    define, open_lab, serve, late_body, late
):
    lab = open_lab(define())
    base = serve(lab)
    keys = [lab.store.create_key(name, ["assign"], at=lab.clock()) for name in ("web", "warehouse")]
    batches = []
    enrol = lab.store.enrol
    lab.store.enrol = lambda key, calls: batches.append(len(calls)) or enrol(key, calls)
    units = [f"C-{number}" for number in range(150)] * 2
    bodies = [late_body | {"unit_id": unit} for unit in units]
    bodies[7::50] = [body | {"slots": {}} for body in bodies[7::50]]

    async def ask() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(base_url=base, timeout=60, limits=limits) as api:
            return await asyncio.gather(
                *(
                    api.post(PATH, json=body, headers={"X-API-Key": keys[number % 2]})
                    for number, body in enumerate(bodies)
                )
            )

    answers = asyncio.run(ask())

    refused = [number for number, answer in enumerate(answers) if answer.status_code == 422]
    assert refused == list(range(7, 300, 50))
    given = [answer.json() for answer in answers if answer.status_code != 422]
    assert {answer["status"] for answer in given} == {"assigned"}
    arms: dict[str, set[str]] = {}
    for answer in given:
        arms.setdefault(answer["unit_id"], set()).add(answer["arm"])
    assert {unit: {lab.assign("late_parcel", unit, **late).arm} for unit in arms} == arms
    assert sum(not answer["repeat"] for answer in given) == len(arms)
    assert sum(batches) >= len(arms) == 147
    assert max(batches) > 1
    assert lab.store.verify() == []


def test_an_unknown_experiment_answers_404_with_the_nearest_name(define, open_lab, client, late_body):
    api = client(open_lab(define()), "assign")

    answer = api.post("/api/v1/experiments/late_parcle/assignments", json=late_body)

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:amends:problem:unknown-experiment"
    assert "Did you mean 'late_parcel'?" in answer.json()["detail"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe{}", b'{"unit_id": "\xff"}', b"unit_id=C-1"])
def test_a_body_that_is_not_json_answers_400(define, open_lab, client, raw):
    answer = client(open_lab(define()), "assign").post(PATH, content=raw)

    assert answer.status_code == 400
    assert answer.json()["title"] == "The body is not JSON"


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"C-1"', b"7"])
def test_json_that_is_no_object_answers_422(define, open_lab, client, raw):
    assert client(open_lab(define()), "assign").post(PATH, content=raw).status_code == 422


def test_a_body_over_the_limit_answers_413(define, open_lab, client, late_body):
    answer = client(open_lab(define()), "assign").post(
        PATH, content=b" " * 300_000 + json.dumps(late_body).encode()
    )

    assert answer.status_code == 413
    assert "262144 bytes" in answer.json()["detail"]


def test_a_draft_answers_200_and_not_started(define, open_lab, client, late_body):
    api = client(open_lab(define(), start=False), "assign")

    answer = api.post(PATH, json=late_body)

    assert (answer.status_code, answer.json()["status"]) == (200, "not_started")
    assert answer.json()["message"] == "Hello Sari, your parcel is late."


def test_a_paused_experiment_still_knows_its_units(define, open_lab, client, late_body):
    lab = open_lab(define())
    api = client(lab, "assign")
    first = api.post(PATH, json=late_body).json()
    lab.pause("late_parcel")

    known, new = (api.post(PATH, json=late_body | {"unit_id": unit}) for unit in ("C-1", "C-2"))

    assert (known.status_code, known.json()["status"], known.json()["arm"]) == (200, "assigned", first["arm"])
    assert (new.status_code, new.json()["status"]) == (200, "paused")


@pytest.mark.sqlite_only("takes SQLite's file away")
def test_when_the_database_is_gone_the_sender_still_gets_the_usual_message(
    define, open_lab, client, late_body, settings
):
    lab = open_lab(define())
    api = client(lab, "assign")
    assert api.post(PATH, json=late_body).status_code == 201
    drop_every_table(settings.database_url)

    answer = api.post(PATH, json=late_body | {"unit_id": "C-2"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["status"] == "error"
    assert answer.json()["message"] == "Hello Sari, your parcel is late."
    assert answer.json()["arm"] is None


@pytest.mark.sqlite_only("takes SQLite's file away")
def test_an_answer_about_a_failed_database_does_not_name_the_servers_files(
    define, open_lab, client, late_body, settings
):
    api = client(open_lab(define()), "ingest")
    drop_every_table(settings.database_url)
    known = api.post(f"{PATH.rpartition('/')[0]}/deliveries", json={"unit_id": "C-1", "status": "sent"})
    stranger = api.post(PATH, json=late_body, headers={"Authorization": "Bearer never-seen"})
    assert (known.status_code, stranger.status_code) == (503, 503)
    for answer in (known, stranger):
        assert "Try again in 5 s." in answer.json()["detail"]
        assert "amends.db" not in answer.text
        assert answer.headers["retry-after"] == "5"


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
