"""Recording over HTTP: responses, deliveries and outcomes, each once, each refused where it breaks a rule."""

import json

import pytest

from amends import Mean, Proportion, service_quality, text

BASE = "/api/v1/experiments/late_parcel"


@pytest.fixture
def lab(define, open_lab, late):
    lab = open_lab(
        define(
            survey=[*service_quality()],
            metrics=[
                Proportion("completed"),
                Mean("satisfaction", scale=(1, 7)),
                Proportion("complaint", source="outcome", better="lower"),
            ],
        )
    )
    lab.assign("late_parcel", "C-1", **late)
    return lab


@pytest.fixture
def api(lab, client):
    return client(lab, "ingest")


def test_a_response_answers_201_and_is_counted(lab, api):
    answer = api.post(
        f"{BASE}/responses", json={"unit_id": "C-1", "satisfaction": 6, "items": {"attention": 5}}
    )

    assert answer.status_code == 201
    assert answer.json()["first"] is True
    assert answer.json()["finished_at"] == "2026-03-02T12:00:00Z"
    assert answer.json()["items"] == {"satisfaction": 6, "attention": 5}
    assert "arm" not in answer.json()
    assert sum(arm.completed for arm in lab.tally("late_parcel").arms) == 1


def test_the_first_finished_response_stands_and_a_repeat_answers_200_with_it(api):
    api.post(f"{BASE}/responses", json={"unit_id": "C-1", "satisfaction": 6})

    again = api.post(f"{BASE}/responses", json={"unit_id": "C-1", "satisfaction": 1})

    assert again.status_code == 200
    assert again.json()["first"] is False
    assert again.json()["items"] == {"satisfaction": 6}
    assert ".0" not in json.dumps(again.json()["items"]), "a whole rating comes back as it was sent"


def test_a_response_by_the_links_token_needs_no_unit(lab, api, late):
    url = lab.assign("late_parcel", "C-1", **late).survey_url

    answer = api.post(f"{BASE}/responses", json={"token": url.rsplit("/", 1)[-1], "satisfaction": 4})

    assert answer.status_code == 201


def test_a_response_of_a_unit_never_assigned_answers_409_and_is_counted_as_refused(lab, api):
    answer = api.post(f"{BASE}/responses", json={"unit_id": "nobody", "satisfaction": 6})

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:amends:problem:never-assigned"
    assert "'nobody'" in answer.json()["detail"]
    assert ("refused", "response before assignment", 1) in lab.turned_away("late_parcel")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"unit_id": "C-1", "satisfaction": 8}, "1 to 7"),
        ({"unit_id": "C-1", "satisfaction": 6.5}, "1 to 7"),
        ({"unit_id": "C-1", "satisfaction": "6"}, "satisfaction"),
        ({"unit_id": "C-1", "satisfaction": True}, "satisfaction"),
        ({"unit_id": "C-1", "items": {"atention": 5}}, "Did you mean 'attention'?"),
        ({"unit_id": "C-1", "items": {"attention": [5]}}, "attention"),
        ({"unit_id": "C-1", "satisfaction": 6, "items": {"satisfaction": 5}}, "twice"),
        ({"unit_id": "C-1", "at": "2026-03-01T00:00:00Z"}, "before the unit's assignment"),
        ({"unit_id": "C-1", "token": "x"}, "one of them"),
        ({"satisfaction": 6}, "one of them"),
        ({"token": "forged", "satisfaction": 6}, "not genuine"),
    ],
)
def test_a_response_that_breaks_a_rule_answers_422_and_stores_nothing(lab, api, body, said):
    answer = api.post(f"{BASE}/responses", json=body)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert sum(arm.finished for arm in lab.tally("late_parcel").arms) == 0


def test_the_same_idempotency_key_again_changes_nothing_and_with_another_body_is_a_conflict(api):
    headers = {"Idempotency-Key": "answer-1"}
    body = {"unit_id": "C-1", "satisfaction": 6, "finished": False}

    first = api.post(f"{BASE}/responses", json=body, headers=headers)
    again = api.post(f"{BASE}/responses", json=body, headers=headers)
    other = api.post(f"{BASE}/responses", json=body | {"satisfaction": 2}, headers=headers)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert "'answer-1'" in other.json()["detail"]


CONTENT = {
    "responses": {"unit_id": "C-1", "satisfaction": 6, "finished": False},
    "deliveries": {"unit_id": "C-1", "status": "sent"},
    "outcomes": {"unit_id": "C-1", "metric": "complaint", "value": 1},
}


@pytest.mark.parametrize("what", CONTENT)
def test_the_time_a_sender_says_belongs_to_what_the_idempotency_key_stands_for(api, clock, what):
    def post(**change):
        clock.pass_by(seconds=1)
        answer = api.post(f"{BASE}/{what}", json=CONTENT[what] | change, headers={"Idempotency-Key": "k"})
        return answer.status_code

    assert [post(at="2026-03-02T12:00:00Z"), post(at="2026-03-02T19:00:00+07:00")] == [201, 200]
    assert [post(at="2026-03-02T12:00:01Z"), post()] == [409, 409]


@pytest.mark.parametrize("what", CONTENT)
def test_a_retry_without_a_time_of_its_own_is_the_same_record(api, clock, what):
    statuses = []
    for _ in range(3):
        clock.pass_by(minutes=1)
        headers = {"Idempotency-Key": "k"}
        statuses.append(api.post(f"{BASE}/{what}", json=CONTENT[what], headers=headers).status_code)

    assert statuses == [201, 200, 200]


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_an_idempotency_key_of_no_or_too_many_characters_is_refused(api, key):
    answer = api.post(
        f"{BASE}/responses", json={"unit_id": "C-1", "satisfaction": 6}, headers={"Idempotency-Key": key}
    )

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]


def test_a_delivery_answers_201_once_and_200_after(lab, api, late):
    body = {"unit_id": "C-1", "status": "sent", "at": "2026-03-02T12:00:00Z"}

    statuses = [api.post(f"{BASE}/deliveries", json=body).status_code for _ in range(2)]

    assert statuses == [201, 200]
    assert lab.assign("late_parcel", "C-1", **late).sent is True


@pytest.mark.parametrize("status", ["send", "", None, 1])
def test_an_unknown_delivery_status_answers_422(api, status):
    assert api.post(f"{BASE}/deliveries", json={"unit_id": "C-1", "status": status}).status_code == 422


def test_an_outcome_answers_201_once_and_200_after(lab, api):
    statuses = [
        api.post(f"{BASE}/outcomes", json={"unit_id": "C-1", "metric": "complaint", "value": 1}).status_code
        for _ in range(2)
    ]

    assert statuses == [201, 200]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"unit_id": "C-1", "metric": "complaints", "value": 1}, "Did you mean 'complaint'?"),
        ({"unit_id": "C-1", "metric": "complaint", "value": 2}, "0 or 1"),
        ({"unit_id": "C-1", "metric": "complaint", "value": "1"}, "value"),
        ({"unit_id": "C-1", "metric": "satisfaction", "value": 5}, "not an outcome"),
    ],
)
def test_an_outcome_that_breaks_a_rule_answers_422(api, body, said):
    answer = api.post(f"{BASE}/outcomes", json=body)

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("what", ["responses", "deliveries", "outcomes"])
def test_records_of_a_draft_answer_409(define, open_lab, client, what):
    api = client(open_lab(define("fresh"), start=False), "ingest")
    bodies = {
        "responses": {"unit_id": "C-1", "satisfaction": 6},
        "deliveries": {"unit_id": "C-1", "status": "sent"},
        "outcomes": {"unit_id": "C-1", "metric": "complaint", "value": 1},
    }

    answer = api.post(f"/api/v1/experiments/fresh/{what}", json=bodies[what])

    assert answer.status_code == 409
    assert "amends start fresh" in answer.json()["detail"]


def test_an_indonesian_comment_is_kept_as_it_was_written(define, open_lab, client, late):
    from amends import Text

    lab = open_lab(define("comments", survey=[Text("comment", text(en="Anything else?", id="Ada lagi?"))]))
    lab.assign("comments", "C-1", **late)

    answer = client(lab, "ingest").post(
        "/api/v1/experiments/comments/responses",
        json={"unit_id": "C-1", "satisfaction": 7, "items": {"comment": " Kurirnya ramah 🌸 "}},
    )

    assert answer.json()["items"]["comment"] == "Kurirnya ramah 🌸"
