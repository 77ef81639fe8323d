"""Errors of the library on the wire: one status each."""

import json

import pytest

from amends import errors
from amends.api.problems import TITLES, Refused, problem, refusal
from amends.api.visit import current_id


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.UnknownExperiment, 404),
        (errors.UsageError, 422),
        (errors.RecordRefused, 422),
        (errors.NeverAssigned, 409),
        (errors.KeyReused, 409),
        (errors.StateError, 409),
        (errors.DefinitionChanged, 409),
        (errors.StoreUnavailable, 503),
        (errors.ConfigurationError, 500),
        (errors.DefinitionError, 500),
        (errors.AmendsError, 500),
    ],
)
def test_every_error_has_its_status(error, status):
    assert problem(refusal(error("why"))).status_code == status


def test_a_problem_is_one_of_rfc_9457_and_keeps_words_readable():
    answer = problem(Refused("invalid", "first_name='Ñusa 🌸'", errors=[{"field": "slots", "message": "no"}]))

    assert answer.media_type == "application/problem+json"
    assert "Ñusa 🌸".encode() in answer.body
    assert json.loads(answer.body) == {
        "type": "urn:amends:problem:invalid",
        "title": TITLES["invalid"][1],
        "status": 422,
        "detail": "first_name='Ñusa 🌸'",
        "errors": [{"field": "slots", "message": "no"}],
    }


def test_an_unforeseen_error_does_not_show_its_insides():
    assert "secret" not in refusal(errors.AmendsError("secret")).detail


def test_a_lone_surrogate_in_a_detail_still_makes_an_answer():
    assert problem(Refused("invalid", "\ud800")).status_code == 422


def test_only_503_says_when_to_come_back():
    said = {code for code in TITLES if "retry-after" in problem(Refused(code, "why")).headers}

    assert said == {code for code, (status, _) in TITLES.items() if status == 503} == {"unavailable", "busy"}


def test_a_problem_names_the_request_it_answers():
    before = current_id.set("req-1")
    answer = problem(Refused("not-found", "nothing"))
    current_id.reset(before)

    assert json.loads(answer.body)["request_id"] == "req-1"
