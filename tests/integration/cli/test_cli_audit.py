"""`amends audit`: what was done when, as typed, without anything about a customer."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import create_engine

pytestmark = pytest.mark.both_databases

CUSTOMERS = "unit_id,first_name,delay_hours\n" + "".join(f"C-{n},Sari,30\n" for n in range(40))


@pytest.fixture
def lived(desk):
    """Everything that is audited was done once, but imports and prints."""
    desk("start", "late_parcel", "--coverage", "0.5", "--yes")
    desk("ramp", "late_parcel", "1")
    desk("pause", "late_parcel")
    desk("start", "late_parcel", "--yes")
    desk("keys", "create", "--name", "web-shop", "--scope", "assign")
    desk("keys", "revoke", "web-shop")
    desk("assign", "late_parcel", desk.file("customers.csv", CUSTOMERS), "--out", "send.csv")
    desk("export", "late_parcel", "--out", "data")
    desk("erase", "C-1", "--yes")
    desk("optout", "C-2")
    desk("optout", "C-2")
    desk("stop", "late_parcel", "--then", "thank_you")
    desk("export", "late_parcel", "--bundle", "--out", "bundle")
    desk("db", "prune", "--older-than", "30d", "--yes")
    return desk


def test_everything_that_was_done_is_told_in_its_order(lived):
    told = json.loads(lived("audit", "--json").stdout)

    assert [entry["action"] for entry in told if entry["action"] != "verdict"] == [
        *("start", "ramp", "pause", "resume", "create key", "revoke key"),
        *("export", "erase", "opt out", "stop", "export", "prune"),
    ]
    assert [entry["at"] for entry in told] == sorted(entry["at"] for entry in told)
    exported = [entry["detail"] for entry in told if entry["action"] == "export"]
    assert [detail["format"] for detail in exported] == ["csv", "bundle"]
    assert "C-1" not in json.dumps(told)


def test_people_read_it_as_a_table_and_may_narrow_it(lived):
    whole = lived("audit").stdout
    one = lived("audit", "late_parcel").stdout

    assert "web-shop" in whole
    assert "web-shop" not in one
    assert one.splitlines()[0].split() == ["when", "(UTC)", "what", "experiment", "detail"]
    assert "late_parcel  from 0.5, to 1" in one


def test_what_does_not_exist_is_refused_with_what_does(lived):
    assert "late_parcel" in lived("audit", "late_parcle", code=2).stderr


def test_a_copy_and_its_return_are_audited_in_what_is_brought_back(running, monkeypatch, database_url):
    if not database_url.startswith("sqlite"):
        return  # PostgreSQL's programs are on no PATH here; `store/test_upkeep.py` brings its copies back
    running("db", "backup", "copy.backup")
    monkeypatch.setenv("AMENDS_SECRET", (running.folder / "amends.db.secret").read_text())
    monkeypatch.setenv("AMENDS_DATABASE_URL", f"sqlite:///{running.folder / 'restored.db'}")
    running("db", "restore", "copy.backup")

    told = json.loads(running("audit", "--json").stdout)

    assert [entry["action"] for entry in told] == ["start", "backup", "restore"]


def test_a_verdict_of_masked_arms_is_told_without_them(desk, database_url):
    desk.define("late_parcel", desk.definition.replace("    owner=", "    masked=True,\n    owner="))
    desk("start", "late_parcel", "--yes")
    decision = {"metric": "completed", "arm": "thank_you", "versus": "sorry", "decision": {"effect": 0.2}}
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit (number, at, action, experiment, detail) "
            f"VALUES (77, '2026-03-02 12:00:00.000000', 'verdict', 'late_parcel', '{json.dumps(decision)}')"
        )
    engine.dispose()

    hidden = desk("audit", "late_parcel").stdout
    desk("stop", "late_parcel")
    shown = desk("audit", "late_parcel").stdout

    assert "verdict" in hidden
    assert "versus" not in hidden
    assert "arm thank_you, versus sorry" in shown
