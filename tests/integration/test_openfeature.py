"""`AmendsProvider` under the real OpenFeature client."""

import asyncio
from datetime import timedelta

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import Reason
from openfeature.track import TrackingEventDetails

from amends.errors import StoreUnavailable
from amends.openfeature import AmendsProvider

LATE = {"delay_seconds": 30 * 3600, "locale": "id", "slots": {"first_name": "Sari"}}


@pytest.fixture
def lab(define, open_lab):
    return open_lab(define())


@pytest.fixture
def client(lab):
    api.set_provider_and_wait(AmendsProvider(lab), "shop")
    yield api.get_client("shop")
    api.clear_providers()


def of(unit: str = "C-1", **changes) -> EvaluationContext:
    return EvaluationContext(unit, {**LATE, **changes})


def test_a_string_flag_is_the_arm_and_is_recorded(lab, client, late):
    details = client.get_string_details("late_parcel", "none", of())

    stored = lab.assign("late_parcel", "C-1", **late)
    assert stored.repeat
    assert (details.value, details.variant, details.reason) == (stored.arm, stored.arm, Reason.SPLIT)
    assert details.flag_metadata["message"].startswith("Halo Kak Sari")
    assert details.flag_metadata["assignment_id"] == stored.assignment_id
    assert {cell["sender"] for cell in lab.store.cells("late_parcel")} == {"openfeature"}


def test_an_object_flag_holds_the_words_to_send(lab, client, late):
    details = client.get_object_details("late_parcel", {}, of())

    stored = lab.assign("late_parcel", "C-1", locale="id", **late)
    assert details.value == {
        "arm": stored.arm,
        "message": stored.message,
        "invitation": stored.invitation,
        "survey_url": stored.survey_url,
    }


def test_awaited_flags_are_the_same(client):
    async def ask():
        text = await client.get_string_details_async("late_parcel", "none", of())
        held = await client.get_object_details_async("late_parcel", {}, of())
        wrong = await client.get_string_details_async("late_parcel", "none", of(slots={}))
        return text, held, wrong

    text, held, wrong = asyncio.run(ask())

    assert text.value == held.value["arm"]
    assert (wrong.value, wrong.error_code) == ("none", "INVALID_CONTEXT")


@pytest.mark.parametrize(("act", "reason"), [("pause", Reason.DISABLED), ("stop", Reason.DISABLED)])
def test_an_experiment_that_does_not_run_gives_the_callers_default(lab, client, act, reason):
    getattr(lab, act)("late_parcel")

    details = client.get_string_details("late_parcel", "none", of())

    assert (details.value, details.reason, details.variant) == ("none", reason, None)
    assert details.flag_metadata["message"] == "Halo Kak Sari, paketnya terlambat."


def test_who_does_not_qualify_gets_the_default(client):
    details = client.get_string_details("late_parcel", "none", of(delay_seconds=60))

    assert (details.value, details.reason) == ("none", Reason.DEFAULT)


@pytest.mark.parametrize(
    ("flag", "context", "code"),
    [
        ("late_parcle", of(), "FLAG_NOT_FOUND"),
        ("late_parcel", EvaluationContext(None, dict(LATE)), "TARGETING_KEY_MISSING"),
        ("late_parcel", of(slots={}), "INVALID_CONTEXT"),
        ("late_parcel", of(delay_seconds=None), "INVALID_CONTEXT"),
        ("late_parcel", of(promised_at="yesterday"), "INVALID_CONTEXT"),
    ],
)
def test_errors_are_the_default_and_a_code_never_an_exception(client, flag, context, code):
    details = client.get_string_details(flag, "none", context)

    assert (details.value, details.error_code, details.reason) == ("none", code, Reason.ERROR)


@pytest.mark.parametrize(
    "unit", [7.5, True, b"C-1", ["C-1"], {"id": 1}, object(), "\ud800", "C\x00", "x" * 10_001]
)
def test_a_targeting_key_that_is_no_id_is_an_invalid_context(lab, client, unit):
    text = client.get_string_details("late_parcel", "none", of(unit))
    held = asyncio.run(client.get_object_details_async("late_parcel", {}, of(unit)))

    assert (text.value, text.error_code) == ("none", "INVALID_CONTEXT")
    assert (held.value, held.error_code) == ({}, "INVALID_CONTEXT")
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0, "nobody was enrolled"


def test_silence_is_an_arm_whose_message_is_the_notice(client):
    found = [client.get_object_details("late_parcel", {}, of(f"C-{n}")).value for n in range(30)]

    silent = [value["message"] for value in found if value["arm"] == "silence"]
    assert set(silent) == {"Halo Kak Sari, paketnya terlambat."}


@pytest.mark.parametrize("kind", ["boolean", "integer", "float"])
def test_an_arm_is_no_number_and_no_boolean(lab, client, kind):
    default = {"boolean": True, "integer": 1, "float": 1.0}[kind]

    details = getattr(client, f"get_{kind}_details")("late_parcel", default, of())

    assert (details.value, details.error_code) == (default, "TYPE_MISMATCH")
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0, "nobody was enrolled"


def test_a_failing_database_gives_the_default(lab, client):
    client.get_string_value("late_parcel", "none", of())

    def fail(*_arguments):
        raise StoreUnavailable("for this test")

    lab.store.enrol = fail
    details = client.get_string_details("late_parcel", "none", of("C-2"))

    assert (details.value, details.reason, details.error_code) == ("none", Reason.ERROR, "GENERAL")


def test_a_tracked_survey_is_a_response(lab, client, late):
    client.get_string_value("late_parcel", "none", of())

    client.track(
        "survey_completed", of(), TrackingEventDetails(value=6, attributes={"experiment": "late_parcel"})
    )
    client.track("page_seen", of())

    (arm,) = [arm for arm in lab.tally("late_parcel").arms if arm.assigned]
    assert (arm.completed, arm.ratings["satisfaction"][6]) == (1, 1)


def test_an_event_that_says_too_little_is_logged_without_the_customer_and_raises_nothing(client, caplog):
    client.track("survey_completed", of("customer-4711"), TrackingEventDetails(value=6))
    client.track(
        "survey_completed",
        of("customer-4711"),
        TrackingEventDetails(attributes={"experiment": "late_parcel"}),
    )

    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "4711" not in caplog.text


def test_a_time_that_is_one_already_is_taken_as_it_is(lab, client, clock):
    promised = clock() - timedelta(hours=30)

    assert client.get_string_details(
        "late_parcel", "none", of(delay_seconds=None, promised_at=promised)
    ).reason == (Reason.SPLIT)
