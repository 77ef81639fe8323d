"""Starting, ramping, pausing, stopping; audit and keys; on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from amends.errors import StateError, UnknownExperiment, UsageError
from amends.store import ExperimentState, Store

KEY = "late_parcel"
STARTED = datetime(2025, 3, 1, 8, tzinfo=UTC)
LATER = STARTED + timedelta(days=3)


def actions(store: Store) -> list[str]:
    return [entry.action for entry in store.audit_log(KEY)]


def test_a_draft_has_no_state(store: Store) -> None:
    assert store.experiment("draft") is None


def test_start_freezes_the_definition(store: Store) -> None:
    state = store.experiment(KEY)
    assert state == ExperimentState(KEY, "running", {"key": KEY}, "f" * 64, "5eed", "1", STARTED)
    assert store.experiments() == [state]
    assert actions(store) == ["start"]


def test_starting_again_changes_nothing(store: Store) -> None:
    before = store.experiment(KEY)
    again = store.start(KEY, snapshot={"other": 1}, fingerprint="0", seed="0", coverage="0.5", at=LATER)
    assert again == before == store.experiment(KEY)
    assert actions(store) == ["start"]


def test_a_simulated_experiment_says_so(store: Store) -> None:
    state = store.start("sim", snapshot={}, fingerprint="", seed="", coverage="1", at=STARTED, simulated=True)
    assert state.simulated


def test_pause_resume_and_stop_are_audited(store: Store) -> None:
    assert store.set_status(KEY, "paused", at=LATER).status == "paused"
    assert store.set_status(KEY, "paused", at=LATER).status == "paused"
    assert store.set_status(KEY, "running", at=LATER).status == "running"
    stopped = store.set_status(KEY, "stopped", at=LATER, then_arm="thank_you")
    assert (stopped.status, stopped.stopped_at, stopped.then_arm) == ("stopped", LATER, "thank_you")
    assert actions(store) == ["start", "pause", "resume", "stop"]
    assert store.audit_log(KEY)[-1].detail == {"then_arm": "thank_you"}


def test_what_is_stopped_stays_stopped(store: Store) -> None:
    store.set_status(KEY, "stopped", at=LATER)
    for status in ("running", "paused"):
        with pytest.raises(StateError, match=f"'{KEY}' is stopped and cannot become '{status}'"):
            store.set_status(KEY, status, at=LATER)
    with pytest.raises(StateError, match="its coverage stays at 1"):
        store.set_coverage(KEY, "1", at=LATER)


def test_an_unknown_status_is_refused(store: Store) -> None:
    with pytest.raises(StateError, match="may become paused or stopped"):
        store.set_status(KEY, "finished", at=LATER)


def test_coverage_only_goes_up(store: Store) -> None:
    store.start("ramp", snapshot={}, fingerprint="", seed="", coverage="0.1", at=STARTED)
    assert store.set_coverage("ramp", "0.5", at=LATER).coverage == "0.5"
    with pytest.raises(StateError, match=r"is 0\.5 and cannot go down to 0\.25"):
        store.set_coverage("ramp", "0.25", at=LATER)
    assert [entry.detail for entry in store.audit_log("ramp")][1:] == [{"from": "0.1", "to": "0.5"}]


def test_a_draft_can_neither_be_paused_nor_ramped(store: Store) -> None:
    with pytest.raises(UnknownExperiment, match="has not been started"):
        store.set_status("draft", "paused", at=LATER)
    with pytest.raises(UnknownExperiment, match="has not been started"):
        store.set_coverage("draft", "0.5", at=LATER)


AGAIN = "INTO audit (number, at, action, detail) VALUES (1, '2025-03-01 08:00:00.000000', 'nothing', '{}')"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET action = 'nothing'",
        "DELETE FROM audit",
        f"INSERT {AGAIN} ON CONFLICT (number) DO UPDATE SET action = 'nothing'",
        {"sqlite": f"INSERT OR REPLACE {AGAIN}", "postgresql": "TRUNCATE audit"},
    ],
)
def test_the_audit_can_be_neither_changed_nor_deleted(
    store: Store, url: str, change: str | dict[str, str]
) -> None:
    store.audit("export", key=KEY, detail={"rows": 3}, at=LATER)
    engine = create_engine(url)
    if isinstance(change, dict):
        change = change[engine.dialect.name]
    with pytest.raises(DBAPIError, match="the audit only grows"), engine.begin() as connection:
        connection.execute(text(change))
    engine.dispose()
    assert [(entry.action, entry.at) for entry in store.audit_log()] == [
        ("start", STARTED),
        ("export", LATER),
    ]


def test_a_key_is_shown_once_and_stored_as_a_digest(store: Store, url: str) -> None:
    bare = store.create_key("shop", ["ingest", "assign"], at=STARTED)
    found = store.check_key(bare)
    assert found is not None
    assert (found.name, found.scopes, found.created_at) == ("shop", ("assign", "ingest"), STARTED)
    assert store.keys() == [found]
    engine = create_engine(url)
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM api_key"))
    engine.dispose()
    assert bare.split("_", 2)[2] not in str(row)


def test_a_wrong_key_opens_nothing(store: Store) -> None:
    bare = store.create_key("shop", ["assign"], at=STARTED)
    for wrong in (
        "",
        "amends",
        bare[:-1],
        bare + "x",
        bare.upper(),
        bare.replace("amends_", "other_"),
        "a_b_c",
    ):
        assert store.check_key(wrong) is None


def test_a_revoked_key_opens_nothing_and_its_name_is_free(store: Store) -> None:
    bare = store.create_key("shop", ["assign"], at=STARTED)
    assert store.revoke_key("shop", at=LATER)
    assert not store.revoke_key("shop", at=LATER)
    assert store.check_key(bare) is None
    assert store.check_key(store.create_key("shop", ["read"], at=LATER)) is not None


def test_keys_need_known_scopes_and_a_free_name(store: Store) -> None:
    store.create_key("shop", ["assign"], at=STARTED)
    with pytest.raises(UsageError, match="'asign' is no scope. Did you mean 'assign'"):
        store.create_key("other", ["asign"], at=STARTED)
    with pytest.raises(UsageError, match="at least one scope"):
        store.create_key("other", [], at=STARTED)
    with pytest.raises(UsageError, match="a key named 'shop' already"):
        store.create_key("shop", ["read"], at=STARTED)


def test_a_key_has_a_rate_an_end_and_a_beginning_that_tells_it_apart(store: Store) -> None:
    end = STARTED + timedelta(days=365)
    bare = store.create_key("shop", ["assign"], at=STARTED, expires_at=end, rate=50)
    other = store.create_key("other", ["read"], at=STARTED)
    found = store.check_key(bare)
    assert found is not None
    assert (found.rate, found.expires_at, found.last_used_at) == (50.0, end, None)
    assert bare.startswith(found.prefix)
    assert not other.startswith(found.prefix)
    assert bare.removeprefix(found.prefix) not in repr(store.keys())
    detail = {"name": "shop", "scopes": ["assign"], "prefix": found.prefix, "expires_at": end.isoformat()}
    assert detail in [entry.detail for entry in store.audit_log() if entry.action == "create key"]


def test_the_last_use_of_a_key_is_noted_once_a_minute_and_never_goes_back(store: Store) -> None:
    store.create_key("shop", ["assign"], at=STARTED)
    noted = []
    for seconds in (0, 59, 60, 30):
        store.key_used(store.keys()[0], at=STARTED + timedelta(seconds=seconds))
        noted.append((store.keys()[0].last_used_at - STARTED).total_seconds())
    assert noted == [0, 0, 60, 60]


@pytest.mark.parametrize("end", [STARTED, STARTED - timedelta(days=1)])
def test_a_key_cannot_end_before_it_begins(store: Store, end: datetime) -> None:
    with pytest.raises(UsageError, match="that is past"):
        store.create_key("shop", ["assign"], at=STARTED, expires_at=end)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_key_needs_a_rate_above_nothing(store: Store, rate: float) -> None:
    with pytest.raises(UsageError, match="above 0"):
        store.create_key("shop", ["assign"], at=STARTED, rate=rate)
