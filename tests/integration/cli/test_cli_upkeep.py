"""`amends db backup`, `restore` and `prune`, as typed."""

import json


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
