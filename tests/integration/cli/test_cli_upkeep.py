"""`amends db backup`, `restore` and `prune`, as typed."""

import json

import pytest


@pytest.mark.sqlite_only("pg_dump is on no PATH here; see store/test_upkeep.py")
def test_a_copy_is_made_and_brought_back(desk, monkeypatch):
    desk("start", "late_parcel", "--yes")
    (desk.folder / "customers.csv").write_text("unit_id,first_name,delay_hours\nC-1,Sari,30\n")

    said = desk("db", "backup", "copy.backup")
    assert "1 experiment" in said.stdout
    assert "Keep the secret" in said.stdout
    assert "exists" in desk("db", "backup", "copy.backup", code=2).stderr

    monkeypatch.setenv("AMENDS_DATABASE_URL", f"sqlite:///{desk.folder / 'restored.db'}")
    refused = desk("db", "restore", "copy.backup", code=2)
    assert "AMENDS_SECRET" in refused.stderr
    assert not (desk.folder / "restored.db.secret").exists()
    assert not (desk.folder / "restored.db").exists()
    secret = (desk.folder / "amends.db.secret").read_text()
    (desk.folder / "restored.db.secret").write_text(secret)

    assert "Restored 1 experiments" in desk("db", "restore", "copy.backup").stdout
    assert "exists" in desk("db", "restore", "copy.backup", code=2).stderr


def test_pruning_says_what_would_go_until_told_to_do_it(desk):
    desk("start", "late_parcel", "--yes")

    assert "Would go: 0 units" in desk("db", "prune", "--older-than", "730d").stdout
    assert json.loads(desk("db", "prune", "--older-than", "730d", "--yes", "--json").stdout)["done"] is True
    assert "730d" in desk("db", "prune", "--older-than", "two years", code=2).stderr


def test_an_arm_is_explained_and_audited_by_the_customers_own_id(desk):
    desk("start", "late_parcel", "--yes")
    rows = "".join(f"C-{n},Sari,30\n" for n in range(8))
    (desk.folder / "customers.csv").write_text("unit_id,first_name,delay_hours\n" + rows)
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")

    found = json.loads(desk("explain", "late_parcel", "C-1", "--json").stdout)
    assert found["agrees"] is True
    assert "Masuk kelompok" in desk("explain", "late_parcel", "C-1", "--locale", "id").stdout
    assert "Never assigned" in desk("explain", "late_parcel", "C-77").stdout

    assert "agrees" in desk("db", "verify", "late_parcel", "--units", "customers.csv").stdout
    (desk.folder / "others.csv").write_text("unit_id\nC-1\nC-77\n")
    assert (
        "C-77: never assigned" in desk("db", "verify", "late_parcel", "--units", "others.csv", code=1).stdout
    )
    assert "name its KEY" in desk("db", "verify", "--units", "others.csv", code=2).stderr


def test_incidents_that_are_units_are_audited_by_the_file_that_assigned_them(desk):
    desk.define(
        "late_parcel",
        desk.definition.replace("experiment = Experiment(", 'experiment = Experiment(on_repeat="new_unit", '),
    )
    desk("start", "late_parcel", "--yes")
    rows = "".join(f"C-{n % 3},parcel {n},Sari,30\n" for n in range(9))
    (desk.folder / "parcels.csv").write_text("unit_id,incident,first_name,delay_hours\n" + rows)
    desk("assign", "late_parcel", "parcels.csv", "--out", "send.csv")

    assert "agrees" in desk("db", "verify", "late_parcel", "--units", "parcels.csv").stdout
    found = json.loads(desk("explain", "late_parcel", "C-1", "--incident", "parcel 4", "--json").stdout)
    assert found["agrees"] is True
    assert "name the customer and the incident" in desk("explain", "late_parcel", "C-1", code=2).stderr
    (desk.folder / "others.csv").write_text("unit_id,incident\nC-2,parcel 4\n")
    audited = desk("db", "verify", "late_parcel", "--units", "others.csv", code=1)
    assert "parcel 4: stored in another cluster than C-2" in audited.stdout


def test_the_audit_tells_of_starts_keys_exports_and_erasures_and_names_nobody(desk):
    desk("start", "late_parcel", "--yes")
    (desk.folder / "customers.csv").write_text("unit_id,first_name,delay_hours\nC-1,Sari,30\n")
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    desk("keys", "create", "--name", "shop", "--scope", "assign")
    desk("export", "late_parcel")
    desk("erase", "C-1", "--yes")
    desk("stop", "late_parcel")

    entries = json.loads(desk("audit", "--json").stdout)
    told = [entry["action"] for entry in entries if entry["action"] != "verdict"]
    assert told == ["start", "create key", "export", "erase", "stop"]
    assert entries[2]["detail"] == {"rows": "all", "format": "csv"}
    own = desk("audit", "late_parcel").stdout
    assert "export" in own
    assert "erase" not in own, "the erasure belongs to no one experiment"
    assert "C-1" not in json.dumps(entries) + own
    assert "Did you mean" in desk("audit", "late_parcle", code=2).stderr


def test_an_export_that_is_refused_is_not_in_the_audit(desk):
    desk.define("late_parcel", desk.definition.replace("    owner=", "    masked=True,\n    owner="))
    desk("start", "late_parcel", "--yes")
    desk("export", "late_parcel", code=2)
    assert [entry["action"] for entry in json.loads(desk("audit", "--json").stdout)] == ["start"]
