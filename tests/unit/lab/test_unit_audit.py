"""Units audited by their own ids: arms, clusters, layers, holdouts, and who was covered when."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from amends.assignment.hashing import bucket
from amends.design.randomization import Cluster, Holdout, Layer, blocked
from amends.errors import StateError
from amends.lab.unit_audit import audit_lists, audit_units

KEY = "late_parcel"


def spoil(lab, statement: str, **values) -> None:
    """Changes rows behind the product's back."""
    with lab.store._database.engine.begin() as connection:
        connection.execute(text(statement), values)


def arms_become(lab, arm: str) -> None:
    spoil(lab, "UPDATE assignment SET arm = :arm", arm=arm)


def test_units_audited_by_their_ids_agree_until_somebody_changes_them(define, open_lab, late):
    lab = open_lab(define())
    for n in range(20):
        lab.assign(KEY, f"C-{n}", **late)
    ids = {f"C-{n}": None for n in range(20)}

    assert audit_units(lab, KEY, ids) == []
    assert audit_units(lab, KEY, {**ids, "C-99": None}) == ["C-99: never assigned"]
    arms_become(lab, "sorry")
    assert len(audit_units(lab, KEY, ids)) == sum(define().arm_of(unit) != "sorry" for unit in ids)


def test_a_sealed_list_is_replayed(define, open_lab, late):
    lab = open_lab(define(randomize=blocked()))
    for n in range(12):
        lab.assign(KEY, f"C-{n}", **late)

    others = sum(arm != "sorry" for _, _, arm in lab.store.dealt(KEY))
    assert audit_lists(lab, KEY) == []
    arms_become(lab, "sorry")
    said = audit_lists(lab, KEY)
    assert len(said) == others
    assert "stored sorry, the sealed list holds " in said[0]


def test_the_replay_of_a_masked_experiment_names_no_arm(define, open_lab, late):
    lab = open_lab(define(randomize=blocked(), masked=True))
    lab.assign(KEY, "C-1", **late)
    stored = "thank_you" if next(iter(lab.store.dealt(KEY)))[2] != "thank_you" else "sorry"
    arms_become(lab, stored)

    assert audit_lists(lab, KEY) == [f"{KEY}: envelope 1: another arm is stored than the sealed list holds"]


def test_a_unit_in_another_cluster_than_its_file_says_is_named(define, open_lab, late):
    lab = open_lab(define(cluster=Cluster("party")))
    lab.assign(KEY, "C-1", cluster="table 4", **late)
    lab.assign(KEY, "C-2", cluster="table 4", **late)

    assert audit_units(lab, KEY, {"C-1": "table 4", "C-2": "table 4"}) == []
    assert audit_units(lab, KEY, {"C-1": "table 5"}) == ["C-1: stored in another cluster than table 5"]


@pytest.mark.parametrize("randomize", [None, blocked()])
def test_whoever_the_layer_the_holdout_or_the_coverage_keeps_out_is_named(define, open_lab, late, randomize):
    parts = {} if randomize is None else {"randomize": randomize}
    design = {"layer": Layer("delays", 0.0, 0.5), "holdout": Holdout("quiet", 0.3), **parts}
    lab = open_lab(define(**design), coverage=0.4)
    ids = [f"C-{n}" for n in range(60)]
    taken = [unit for unit in ids if lab.assign(KEY, unit, **late).enrolled]
    assert 0 < len(taken) < len(ids)
    assert audit_units(lab, KEY, dict.fromkeys(taken)) == []

    # Rows of units that were kept out, written past the product: all that is wrong is their unit.
    out = next(
        unit
        for unit in ids
        if bucket("delays", "layer", unit) >= 2**51
        and bucket("quiet", "holdout", unit) < 0.3 * 2**52
        and bucket(KEY, "coverage", unit) >= 0.4 * 2**52
    )
    spoil(
        lab,
        "UPDATE assignment SET unit = :new WHERE unit = :old",
        new=lab.pseudonym(out),
        old=lab.pseudonym(taken[0]),
    )
    said = " / ".join(line for line in audit_units(lab, KEY, {out: None}) if "its id gives" not in line)

    assert "outside the layer delays from 0" in said
    assert "belongs to the holdout quiet" in said
    assert "when the coverage of 0.4 left it out" in said


def test_a_unit_is_held_against_the_coverage_of_its_own_time(define, open_lab, late):
    lab = open_lab(define(), coverage=0.3)
    later = next(
        unit for unit in (f"C-{n}" for n in range(100)) if 0.3 <= bucket(KEY, "coverage", unit) / 2**52 < 0.8
    )
    assert lab.assign(KEY, later, **late).status == "not_covered"
    lab.ramp(KEY, 0.8)
    given = lab.assign(KEY, later, **late)
    assert given.enrolled
    assert audit_units(lab, KEY, {later: None}) == []

    # As if it had been taken in before the raise.
    ramped = lab.store.audit_log(KEY)[-1].at
    before = (ramped - timedelta(microseconds=1)).isoformat(sep=" ").replace("+00:00", "")
    spoil(lab, "UPDATE assignment SET assigned_at = :at", at=before)

    assert "when the coverage of 0.3 left it out" in audit_units(lab, KEY, {later: None})[0]


def test_a_draft_has_nothing_to_audit(define, open_lab):
    with pytest.raises(StateError, match="has not been started"):
        audit_units(open_lab(define(), start=False), KEY, {"C-1": None})


def test_an_incident_that_is_a_unit_is_audited_by_its_customer(define, open_lab, late):
    lab = open_lab(define(on_repeat="new_unit"))
    for n in range(12):
        lab.assign(KEY, f"C-{n % 4}", incident=f"parcel {n}", **late)

    assert audit_units(lab, KEY, {f"parcel {n}": f"C-{n % 4}" for n in range(12)}) == []
    assert audit_units(lab, KEY, {"parcel 1": "C-2"}) == ["parcel 1: stored in another cluster than C-2"]
