"""Getting or creating assignments, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amends.errors import UnknownExperiment, UsageError
from amends.store import Enrolment, Store

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def enrolment(unit: str = "unit", arm: str | None = "sorry", **rest: object) -> Enrolment:
    return Enrolment(unit, arm, **{"at": NOON, **rest})  # type: ignore[arg-type]


def alternate(stratum: str, position: int) -> str:
    return f"{stratum or 'arm'}-{position}"


def assigned(store: Store) -> int:
    return sum(row["assigned"] for row in store.cells(KEY))


def test_the_same_unit_twice_is_one_row_and_one_count(store: Store) -> None:
    first = store.enrol(KEY, [enrolment()])[0]
    second = store.enrol(KEY, [enrolment(arm="thank_you", at=NOON + timedelta(days=1))])[0]
    assert first.created
    assert not second.created
    assert (second.arm, second.assignment_id, second.token_nonce) == (
        "sorry",
        first.assignment_id,
        first.token_nonce,
    )
    assert second.assigned_at == NOON
    assert len(list(store.export_rows(KEY).assignments)) == assigned(store) == 1


def test_a_unit_twice_in_one_batch_is_created_by_its_first_enrolment(store: Store) -> None:
    answers = store.enrol(KEY, [enrolment("a"), enrolment("b"), enrolment("a", "thank_you")])
    assert [answer.created for answer in answers] == [True, True, False]
    assert [answer.arm for answer in answers] == ["sorry", "sorry", "sorry"]
    assert assigned(store) == 2


def test_answers_come_in_the_order_asked_and_mix_new_with_known(store: Store) -> None:
    store.enrol(KEY, [enrolment("b", "thank_you")])
    answers = store.enrol(KEY, [enrolment(unit) for unit in "dcba"])
    assert [answer.unit for answer in answers] == list("dcba")
    assert [answer.arm for answer in answers] == ["sorry", "sorry", "thank_you", "sorry"]
    assert [answer.created for answer in answers] == [True, True, False, True]


def test_a_thousand_units_are_one_transaction_and_all_there(store: Store) -> None:
    answers = store.enrol(KEY, [enrolment(f"unit{n}") for n in range(2_500)])
    assert all(answer.created for answer in answers)
    assert len({answer.assignment_id for answer in answers}) == 2_500
    assert not any(
        answer.created for answer in store.enrol(KEY, [enrolment(f"unit{n}") for n in range(2_500)])
    )
    assert assigned(store) == 2_500


def test_a_failing_batch_leaves_nothing_behind(store: Store) -> None:
    def broken(stratum: str, position: int) -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.enrol(KEY, [enrolment("a"), enrolment("b", None, draw=broken)])
    assert list(store.export_rows(KEY).assignments) == []
    assert store.verify() == []


def test_only_a_new_unit_takes_a_position_on_the_sealed_list(store: Store) -> None:
    asked = [("a", "noon"), ("b", "noon"), ("a", "noon"), ("c", "night"), ("d", "noon")]
    arms = [
        store.enrol(KEY, [enrolment(unit, None, draw=alternate, stratum=stratum)])[0].arm
        for unit, stratum in asked
    ]
    assert arms == ["noon-0", "noon-1", "noon-0", "night-0", "noon-2"]
    together = store.enrol(
        KEY, [enrolment(unit, None, draw=alternate, stratum="noon") for unit in ("a", "e", "e", "f")]
    )
    assert sorted(answer.arm for answer in together) == ["noon-0", "noon-3", "noon-3", "noon-4"]
    assert store.verify() == []


def test_a_cluster_has_one_arm_and_one_position(store: Store) -> None:
    def join(unit: str, cluster: str, stratum: str = "noon") -> str:
        return store.enrol(KEY, [enrolment(unit, None, draw=alternate, cluster=cluster, stratum=stratum)])[
            0
        ].arm

    assert join("a", "party 1") == "noon-0"
    assert join("b", "party 2") == "noon-1"
    assert join("c", "party 1") == "noon-0"
    assert join("d", "party 1", stratum="night") == "noon-0"  # the cluster's stratum stands
    assert join("e", "party 3") == "noon-2"
    tally = store.read_tally(KEY, arms=["noon-0", "noon-1", "noon-2"], metrics=[])
    assert [(arm.assigned, arm.clusters) for arm in tally.arms] == [(3, 1), (1, 1), (1, 1)]
    assert store.verify() == []


def test_a_known_unit_that_names_another_cluster_opens_none(store: Store) -> None:
    store.enrol(KEY, [enrolment("a", "sorry", cluster="party 1")])
    again = store.enrol(KEY, [enrolment("a", "thank_you", cluster="party 2")])[0]
    assert (again.arm, again.cluster) == ("sorry", "party 1")
    assert store.enrol(KEY, [enrolment("b", "thank_you", cluster="party 2")])[0].arm == "thank_you"
    assert store.verify() == []


def test_a_hashed_cluster_keeps_the_arm_it_was_opened_with(store: Store) -> None:
    store.enrol(KEY, [enrolment("a", "sorry", cluster="party")])
    assert store.enrol(KEY, [enrolment("b", "thank_you", cluster="party")])[0].arm == "sorry"


def test_the_same_incident_is_a_retry_and_a_new_one_is_numbered(store: Store) -> None:
    numbers = [
        store.enrol(KEY, [enrolment(incident=incident)])[0].incident_number
        for incident in ("parcel 1", "parcel 1", None, "parcel 2", "parcel 2", "parcel 3", "parcel 1")
    ]
    assert numbers == [1, 1, 1, 2, 2, 3, 1]


def test_an_incident_after_an_assignment_without_one_is_the_second(store: Store) -> None:
    store.enrol(KEY, [enrolment()])
    assert store.enrol(KEY, [enrolment(incident="parcel 1")])[0].incident_number == 2


def test_two_incidents_of_a_unit_in_one_batch_are_told_apart(store: Store) -> None:
    answers = store.enrol(KEY, [enrolment(incident=incident) for incident in ("one", "two", "one", "two")])
    assert [answer.incident_number for answer in answers] == [1, 2, 1, 2]
    assert [answer.created for answer in answers] == [True, False, False, False]


def test_finding_stores_nothing_unless_it_is_given_a_time(store: Store) -> None:
    assert store.find(KEY, unit="unit") is None
    store.enrol(KEY, [enrolment(incident="parcel 1")])
    found = store.find_many(
        KEY, [("unit", "parcel 1"), ("nobody", None), ("unit", "parcel 2"), ("unit", None)]
    )
    assert [one and one.incident_number for one in found] == [1, None, 0, 1]
    unknown = store.find(KEY, unit="unit", incident="parcel 2")
    assert unknown is not None
    assert unknown.incident_number == 0
    stored = store.find(KEY, unit="unit", incident="parcel 2", at=NOON)
    again = store.find(KEY, unit="unit", incident="parcel 2")
    assert stored == again
    assert again is not None
    assert again.incident_number == 2


def test_sent_is_judged_from_the_incidents_own_time_on(store: Store) -> None:
    def sent(incident: str | None, hours: int = 0) -> bool:
        at = NOON + timedelta(hours=hours)
        return store.enrol(KEY, [enrolment(incident=incident, at=at)])[0].sent

    assert not sent("parcel 1")
    store.record_delivery(KEY, unit="unit", status="withheld", at=NOON + timedelta(hours=1))
    assert not sent("parcel 1")
    store.record_delivery(KEY, unit="unit", status="sent", at=NOON + timedelta(hours=1))
    assert sent("parcel 1")
    assert sent(None)
    assert not sent("parcel 2", hours=5)
    store.record_delivery(KEY, unit="unit", status="delivered", at=NOON + timedelta(hours=6))
    assert sent("parcel 2", hours=5)


def test_test_units_are_stored_but_never_counted_and_spend_no_position(store: Store) -> None:
    tried = store.enrol(KEY, [enrolment("tester", None, draw=alternate, stratum="noon", test=True)])[0]
    assert (tried.arm, tried.test) == ("test:noon-0", True)
    store.record_delivery(KEY, unit="tester", status="sent", at=NOON)
    store.record_response(KEY, unit="tester", finished=True, ratings={"satisfaction": 7}, at=NOON)
    store.record_outcome(KEY, unit="tester", metric="complaint", value=1, at=NOON)
    assert store.cells(KEY) == []
    assert store.enrol(KEY, [enrolment("a", None, draw=alternate, stratum="noon")])[0].arm == "noon-0"
    assert store.verify() == []


def test_everything_about_an_enrolment_is_kept(store: Store) -> None:
    jakarta = datetime.fromisoformat("2025-03-02T03:00:00+07:00")
    store.enrol(
        KEY,
        [
            enrolment(
                stratum="site 1",
                strata={"site": "1"},
                channel="whatsapp",
                locale="id",
                timezone="Asia/Jakarta",
                delay_seconds=108_000.0,
                delay_band="24 to 48 h",
                covariates={"orders": 3},
                at=jakarta,
                invite_at=jakarta + timedelta(hours=2),
                sender="shop",
            )
        ],
    )
    (row,) = store.export_rows(KEY).assignments
    assert row.pop("assignment_id")
    assert row == {
        "unit": "unit",
        "arm": "sorry",
        "stratum": "site 1",
        "strata": {"site": "1"},
        "cluster": None,
        "position": None,
        "channel": "whatsapp",
        "locale": "id",
        "timezone": "Asia/Jakarta",
        "delay_seconds": 108_000.0,
        "delay_band": "24 to 48 h",
        "covariates": {"orders": 3},
        "assigned_at": datetime(2025, 3, 1, 20, tzinfo=UTC),
        "invite_at": datetime(2025, 3, 1, 22, tzinfo=UTC),
        "sender": "shop",
        "test": False,
    }
    (cell,) = store.cells(KEY)
    assert cell["day"].isoformat() == "2025-03-01"  # the UTC day


def test_times_are_aware_when_they_come_back(store: Store) -> None:
    store.enrol(KEY, [enrolment(invite_at=NOON)])
    found = store.find(KEY, unit="unit")
    assert found is not None
    assert found.assigned_at == found.invite_at == NOON
    assert found.assigned_at.tzinfo is UTC


def test_a_naive_time_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        store.enrol(KEY, [enrolment(at=datetime(2025, 3, 1))])


def test_an_enrolment_without_arm_and_draw_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="needs an arm"):
        store.enrol(KEY, [enrolment(arm=None)])


def test_nobody_is_enrolled_into_a_draft(store: Store) -> None:
    with pytest.raises(UnknownExperiment, match="amends start draft"):
        store.enrol("draft", [enrolment()])


def test_a_survey_token_leads_to_its_assignment(store: Store) -> None:
    stored = store.enrol(KEY, [enrolment()])[0]
    found = store.by_token(stored.token_nonce)
    assert found is not None
    assert (found.experiment, found.unit) == (KEY, "unit")
    assert store.by_token("something else") is None


def test_an_opt_out_holds_everywhere_and_is_told_once(store: Store) -> None:
    assert not store.opted_out("unit")
    assert store.opt_out("unit")
    assert not store.opt_out("unit")
    assert store.opted_out("unit")
    assert store.opted_out_of(["a", "unit", "b"]) == {"unit"}


def test_those_turned_away_are_counted_by_reason(store: Store) -> None:
    day = NOON.date()
    store.count_turned_away(KEY, {("not_eligible", "delay below 24 h", day): 2, ("not_covered", "", day): 1})
    store.count_turned_away(KEY, {("not_eligible", "delay below 24 h", day + timedelta(days=1)): 3})
    assert store.turned_away(KEY) == [("not_covered", "", 1), ("not_eligible", "delay below 24 h", 5)]
