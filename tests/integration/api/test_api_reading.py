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


def test_masked_arms_are_letters_in_the_definition_but_for_an_admin_until_the_stop(define, open_lab, client):
    lab = open_lab(define(masked=True))
    base, path = str(client(lab, "read").base_url), "/api/v1/experiments/late_parcel"
    reader, admin = (client(lab, scope, name=scope, base=base) for scope in ("read", "admin"))

    masked = reader.get(path)

    assert masked.json()["masked"] is True
    assert [arm["name"] for arm in masked.json()["definition"]["arms"]] == ["A", "B", "C"]
    for told in ("thank_you", "sorry", "silence", "Thank you for waiting", "Mohon maaf"):
        assert told not in masked.text
    assert admin.get(path).json()["definition"]["arms"][0]["name"] == "thank_you"
    lab.stop("late_parcel")
    assert reader.get(path).json()["definition"]["arms"][0]["name"] == "thank_you"


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
    "path", ["/api", "/api/", "/api/v2/x", "/api/v1", "/s", "/healthz/x", "/metrics/x", "/docs"]
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


@pytest.mark.sqlite_only("it takes SQLite's file away")
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


def test_the_report_comes_as_page_markdown_or_text_in_either_language(define, open_lab, client, late):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", **late)
    api = client(lab, "read")
    path = "/api/v1/experiments/late_parcel/report"

    page = api.get(path, params={"format": "html", "locale": "id"})
    markdown = api.get(path, params={"format": "markdown"})
    text = api.get(path, params={"format": "text", "locale": "id"})

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert '<html lang="id">' in page.text
    assert "script" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert markdown.text == lab.analyze("late_parcel").to_markdown(locale="en")
    assert text.text == lab.analyze("late_parcel").to_text(locale="id")
    assert "Data masih dikumpulkan" in text.text or "masih" in text.text


@pytest.mark.parametrize("asked", [{"format": "pdf"}, {"locale": "fr"}, {"format": ""}])
def test_a_report_in_another_form_or_language_is_refused_with_what_there_is(define, open_lab, client, asked):
    answer = client(open_lab(define()), "read").get("/api/v1/experiments/late_parcel/report", params=asked)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"query.{next(iter(asked))}"
    assert "'json'" in answer.json()["detail"] or "'en' or 'id'" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/experiments", "GET, HEAD"),
        ("/api/v1/experiments/late_parcel/assignments", "POST"),
        ("/api/v1/experiments/late_parcel/assignments:batch", "POST"),
        ("/s/AAAA", "GET, HEAD, POST"),
        ("/healthz", "GET, HEAD"),
    ],
)
def test_options_and_405_both_name_the_methods_there_are(define, open_lab, client, path, allowed):
    api = client(open_lab(define()))

    asked, wrong = api.options(path), api.delete(path)

    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, f"{allowed}, OPTIONS", b"")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, allowed)
    assert wrong.json()["detail"] == f"{path} does not take DELETE; it takes {allowed}."


def test_options_of_an_unknown_address_answers_404(define, open_lab, client):
    assert client(open_lab(define())).options("/api/v9").status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/experiments", "/api/openapi.json", "/metrics"])
def test_head_answers_as_get_does_without_a_body(define, open_lab, client, path):
    api = client(open_lab(define()), "read")

    head, get = api.head(path), api.get(path)

    assert (head.status_code, get.status_code) == (200, 200)
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
