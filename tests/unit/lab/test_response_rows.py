"""Many responses at once: each counts as a single call's, and one that is refused harms no other."""

from datetime import timedelta

import pytest

from amends.errors import NeverAssigned, RecordRefused, UsageError

KEY = "late_parcel"


@pytest.fixture
def lab(open_lab, define, late):
    lab = open_lab(define())
    for unit in ("C-1", "C-2", "C-3", "C-4"):
        lab.assign(KEY, unit, **late)
    return lab


def completed(lab):
    return sum(arm.completed for arm in lab.tally(KEY).arms)


def test_every_row_is_answered_with_what_is_stored(lab):
    rows = [{"unit_id": unit, "satisfaction": 5} for unit in ("C-1", "C-2", "C-1")]
    assert [stored.first for stored in lab.record_responses(KEY, rows)] == [True, True, False]
    assert completed(lab) == 2


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_a_refused_row_is_named_and_its_neighbours_are_stored(lab, clock, chunk):
    rows = [
        {"unit_id": "C-1", "satisfaction": 5},
        {"unit_id": "C-2", "satisfaction": 8},
        {"unit_id": "stranger", "satisfaction": 5},
        {"satisfaction": 5},
        {"unit_id": "C-3", "mood": 5},
        {"unit_id": "C-3", "satisfaction": 5, "finished": "yes"},
        {"unit_id": "C-3", "satisfaction": 5, "at": clock() - timedelta(days=9)},
        {"token": "forged", "satisfaction": 5},
        "C-4",
        {"unit_id": "C-4", "satisfaction": 7},
    ]
    found = list(lab.record_responses(KEY, rows, chunk=chunk))
    reasons = ["8", "never assigned", "unit_id or token", "mood", "finished=", "before", "genuine", "mapping"]
    assert found[0].first
    assert found[-1].first
    for number, (refused, reason) in enumerate(zip(found[1:-1], reasons, strict=True), start=2):
        assert isinstance(refused, RecordRefused | UsageError)
        assert str(refused).startswith(f"row {number}: ")
        assert reason in str(refused)
    assert isinstance(found[2], NeverAssigned)
    assert completed(lab) == 2
    assert ("refused", "response before assignment", 1) in lab.store.turned_away(KEY)


def test_a_row_is_found_by_the_token_of_its_survey_link(lab, late):
    token = lab.assign(KEY, "C-2", **late).survey_url.rsplit("/", 1)[-1]
    [stored] = lab.record_responses(KEY, [{"token": token, "satisfaction": 3}])
    assert stored.first
    assert lab.store.response(KEY, unit=lab.store.pseudonym("C-2")).ratings == {"satisfaction": 3}


def test_a_token_of_another_experiment_is_refused(open_lab, define, late):
    lab = open_lab(define(), define(key="other"))
    token = lab.assign("other", "C-1", **late).survey_url.rsplit("/", 1)[-1]
    [refused] = lab.record_responses(KEY, [{"token": token, "satisfaction": 3}])
    assert "row 1: the token belongs to other" in str(refused)


@pytest.mark.parametrize("chunk", [0, True, 2.5])
def test_a_chunk_that_is_no_number_of_rows_is_refused(lab, chunk):
    with pytest.raises(UsageError, match="chunk="):
        list(lab.record_responses(KEY, [], chunk=chunk))
