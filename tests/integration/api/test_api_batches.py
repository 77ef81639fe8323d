"""Many units in one call: one answer a row, one transaction, no row harmed by another."""

import json

import pytest

PATH = "/api/v1/experiments/late_parcel/assignments:batch"
SINGLE = "/api/v1/experiments/late_parcel/assignments"


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


@pytest.fixture
def api(lab, client):
    return client(lab, "assign")


def row(unit_id: str, /, **change) -> dict:
    return {"unit_id": unit_id, "delay_seconds": 108_000, "slots": {"first_name": "Sari"}} | change


def test_every_row_gets_the_answer_that_a_single_call_gets(api):
    answer = api.post(PATH, json={"rows": [row("A"), row("B", delay_seconds=60), row("A")]})

    assert answer.status_code == 200
    first, away, again = answer.json()["rows"]
    assert (first["status"], away["status"]) == ("assigned", "not_eligible")
    assert again == first | {"repeat": True}
    assert api.post(SINGLE, json=row("A")).json() == first | {"repeat": True}


def test_a_batch_again_gives_the_same_arms_and_counts_nobody_twice(lab, api):
    rows = [row(f"C-{number}") for number in range(100)]

    first, again = (api.post(PATH, json={"rows": rows}).json()["rows"] for _ in range(2))

    assert [item["arm"] for item in first] == [item["arm"] for item in again]
    assert not any(item["repeat"] for item in first)
    assert all(item["repeat"] for item in again)
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 100
    assert lab.store.verify() == []


BAD = [
    (row("bad", slots={}), "first_name"),
    (row("bad", delay_seconds="1"), "delay_seconds"),
    (row("bad", slots={"first_name": "Sari", "delay": "x"}), "slots.delay"),
    (row("bad", at="2026-03-01T00:00:00"), "zone"),
    (row("bad", arm="sorry"), "test=True"),
    (row("bad", unit="x"), "unit"),
    (row("bad\x00"), "unit_id"),
    ({"delay_seconds": 1}, "unit_id"),
    ({}, "unit_id"),
]


@pytest.mark.parametrize(("bad", "said"), BAD)
def test_a_bad_row_is_answered_with_its_own_problem_and_its_neighbours_are_assigned(lab, api, bad, said):
    answer = api.post(PATH, json={"rows": [row("A"), bad, row("B")]})

    assert answer.status_code == 200
    first, refused, last = answer.json()["rows"]
    assert (first["status"], refused["status"], last["status"]) == ("assigned", "refused", "assigned")
    assert refused["unit_id"] == bad.get("unit_id")
    assert refused["problem"]["status"] == 422
    assert said in refused["problem"]["detail"]
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 2


def test_a_batch_of_bad_rows_alone_is_answered_and_stores_nothing(lab, api):
    answer = api.post(PATH, json={"rows": [bad for bad, _ in BAD]})

    assert answer.status_code == 200
    assert {item["status"] for item in answer.json()["rows"]} == {"refused"}
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "rows"),
        ({"rows": []}, "rows"),
        ({"rows": [1]}, "rows.0"),
        ({"rows": [None]}, "rows.0"),
        ({"rows": {}}, "rows"),
        ({"rows": [{}], "row": []}, "row"),
        ({"rows": [{}] * 1001}, "rows"),
        ([], "body"),
    ],
)
def test_a_body_that_is_no_list_of_rows_answers_422(api, body, said):
    answer = api.post(PATH, json=body)

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)


def test_a_thousand_rows_pass_and_the_tally_names_the_key(lab, api):
    answer = api.post(PATH, json={"rows": [row(f"C-{number}") for number in range(1000)]})

    assert [item["status"] for item in answer.json()["rows"]] == ["assigned"] * 1000
    assert {cell["sender"] for cell in lab.store.cells("late_parcel")} == {"web-shop"}


def test_a_batch_over_four_mebibytes_answers_413(api):
    answer = api.post(PATH, content=b" " * (4 * 2**20) + json.dumps({"rows": [row("A")]}).encode())

    assert answer.status_code == 413
    assert "4194304 bytes" in answer.json()["detail"]


def test_an_unknown_experiment_answers_404(api):
    answer = api.post("/api/v1/experiments/late_parcle/assignments:batch", json={"rows": [row("A")]})

    assert answer.status_code == 404
    assert "Did you mean 'late_parcel'?" in answer.json()["detail"]


@pytest.mark.sqlite_only("takes SQLite's file away")
def test_when_the_database_is_gone_every_row_still_gets_the_usual_message(lab, api, settings):
    import sqlite3

    assert api.post(PATH, json={"rows": [row("A")]}).status_code == 200
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE experiment")

    rows = api.post(PATH, json={"rows": [row("B"), {}, row("C")]}).json()["rows"]

    assert [item["status"] for item in rows] == ["error", "refused", "error"]
    assert {item["message"] for item in rows if "message" in item} == {"Hello Sari, your parcel is late."}
