"""Reading over HTTP, the probes, and addresses that do not exist."""

import pytest


def test_the_list_names_status_and_progress(define, open_lab, client, late):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", **late)

    body = client(lab, "read").get("/api/v1/experiments").json()

    line = body["experiments"][0]
    assert (line["key"], line["status"], line["assigned"]) == ("late_parcel", "running", 1)
    assert line["started_at"] == "2026-03-02T12:00:00Z"
    assert body["problems"] == []


def test_a_broken_file_stands_beside_the_good_ones(define, settings, clock, client):
    from amends import Lab

    (settings.experiments / "broken.py").write_text("experiment = 1 / 0\n")
    lab = Lab(settings=settings, clock=clock)
    try:
        body = client(lab, "read").get("/api/v1/experiments").json()
    finally:
        lab.close()

    assert body["experiments"] == []
    assert "broken.py" in body["problems"][0]["path"]


def test_the_definition_shows_the_frozen_texts_and_keeps_the_seed_secret(define, open_lab, client):
    lab = open_lab(define())

    answer = client(lab, "read").get("/api/v1/experiments/late_parcel")

    assert answer.json()["definition"]["arms"][0]["name"] == "thank_you"
    assert answer.json()["fingerprint"] == lab.state("late_parcel").fingerprint
    assert lab.state("late_parcel").seed not in answer.text


def test_the_report_is_the_one_that_analyze_gives(define, open_lab, client, late):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", **late)

    answer = client(lab, "read").get("/api/v1/experiments/late_parcel/report")

    assert answer.status_code == 200
    assert answer.json()["experiment"] == "late_parcel"
    assert sum(arm["assigned"] for arm in answer.json()["arms"].values()) == 1


@pytest.mark.parametrize("path", ["/api/v1/experiments/nope", "/api/v1/experiments/nope/report"])
def test_an_unknown_experiment_answers_404(define, open_lab, client, path):
    answer = client(open_lab(define()), "read").get(path)

    assert answer.status_code == 404
    assert "'nope'" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/api", "/api/", "/api/v2/x", "/api/v1", "/s", "/healthz/x", "/metrics", "/docs"]
)
def test_an_unknown_address_answers_404_in_json(define, open_lab, client, path):
    answer = client(open_lab(define())).get(path)

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith(f"Nothing is at {path}")


def test_reading_an_address_that_writes_answers_405_and_writes_nothing(define, open_lab, client):
    lab = open_lab(define())

    answer = client(lab, "admin").get("/api/v1/experiments/late_parcel/assignments")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


def test_every_answer_says_how_it_may_be_handled(define, open_lab, client):
    headers = client(open_lab(define())).get("/healthz").headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_probes_need_no_key(define, open_lab, client):
    api = client(open_lab(define()))

    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {"status": "ready", "experiments": 1, "problems": 0}


def test_not_ready_once_the_database_is_gone(define, open_lab, client, settings):
    import sqlite3

    api = client(open_lab(define()))
    with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DROP TABLE experiment")

    answer = api.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready"}


def test_not_ready_once_the_experiments_folder_is_gone(settings, clock, client):
    from amends import Lab

    lab = Lab(settings=settings, clock=clock)
    try:
        api = client(lab)
        assert api.get("/readyz").status_code == 200
        settings.experiments.rmdir()
        assert api.get("/readyz").status_code == 503
        assert api.get("/healthz").status_code == 200
    finally:
        lab.close()


def test_the_description_has_an_example_for_every_body(define, open_lab, client):
    api = client(open_lab(define()))

    paths = api.get("/api/openapi.json").json()["paths"]

    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    assert len(posts) == 5
    for path, post in posts.items():
        media = post["requestBody"]["content"]["application/json"]
        assert media["example"]
        one, *_ = media["schema"].get("oneOf", [media["schema"]])  # one event, or a list of them
        assert one["properties"].keys() >= media["example"].keys()
        unknown = {"404"} if "{key}" in path else set()
        assert {"400", "401", "403", "413", "422"} | unknown <= post["responses"].keys()


def test_the_documented_example_of_an_assignment_works_as_it_stands(define, open_lab, client):
    from amends import text

    lab = open_lab(
        define(
            notice=text(
                en="Hello {first_name}, {tracking_number}: {new_date}.",
                id="{first_name} {tracking_number} {new_date}",
            )
        )
    )
    api = client(lab, "assign")
    operation = api.get("/api/openapi.json").json()["paths"]["/api/v1/experiments/{key}/assignments"]["post"]

    answer = api.post(
        "/api/v1/experiments/late_parcel/assignments",
        json=operation["requestBody"]["content"]["application/json"]["example"],
    )

    assert answer.status_code == 201
    schema = operation["responses"]["201"]["content"]["application/json"]
    assert answer.json().keys() == schema["schema"]["properties"].keys() > schema["example"].keys()
