"""Why this arm: the numbers are those that decided, and a wrong arm is seen."""

import json

import pytest
from sqlalchemy import text

from amends.assignment.hashing import bucket
from amends.design.randomization import Cluster, Holdout, Layer, blocked
from amends.errors import StateError, UnknownExperiment, UsageError

KEY = "late_parcel"


def spoil(lab, arm: str) -> None:
    """Changes every stored arm behind the product's back."""
    with lab.store._database.engine.begin() as connection:
        connection.execute(text("UPDATE assignment SET arm = :arm"), {"arm": arm})


def test_a_hashed_arm_is_explained_by_its_bucket_and_the_thresholds(define, open_lab, late):
    lab = open_lab(define())
    given = lab.assign(KEY, "C-1", **late)

    found = lab.explain(KEY, "C-1")

    assert (found.arm, found.agrees) == (given.arm, True)
    assert found.figures["bucket"] == bucket(KEY, "arm", "C-1")
    low, *_ = [limit for limit in [0, *define().thresholds][::-1] if limit <= found.figures["bucket"]]
    assert f"{low / 2**52:.4f} to" in found.to_text()
    assert given.assignment_id in found.to_text("id")
    assert json.loads(json.dumps(found.to_dict()))["arm"] == given.arm


def test_a_wrong_arm_does_not_agree(define, open_lab, late):
    lab = open_lab(define())
    right = lab.assign(KEY, "C-1", **late).arm
    spoil(lab, next(arm.name for arm in define().arms if arm.name != right))

    found = lab.explain(KEY, "C-1")

    assert found.agrees is False
    assert "not the stored arm" in found.to_text()


def test_a_drawn_arm_is_explained_by_its_envelope(define, open_lab, late):
    lab = open_lab(define(randomize=blocked(by=("site",))))
    for n in range(5):
        given = lab.assign(KEY, f"C-{n}", strata={"site": "Bandung"}, **late)

    found = lab.explain(KEY, "C-4")

    assert (found.arm, found.agrees) == (given.arm, True)
    assert (found.figures["stratum"], found.figures["position"]) == ("Bandung", 4)
    assert "Envelope 5 of the sealed list of stratum Bandung" in found.to_text()
    spoil(lab, "nobody")
    assert lab.explain(KEY, "C-4").agrees is False


@pytest.mark.parametrize("randomize", [None, blocked()])
def test_a_clustered_arm_is_the_clusters(define, open_lab, late, randomize):
    parts = {} if randomize is None else {"randomize": randomize}
    lab = open_lab(define(cluster=Cluster("party"), **parts))
    lab.assign(KEY, "C-1", cluster="table 4", **late)
    given = lab.assign(KEY, "C-2", cluster="table 4", **late)

    without, found = lab.explain(KEY, "C-2"), lab.explain(KEY, "C-2", cluster="table 4")

    assert (found.arm, found.agrees) == (given.arm, True)
    if randomize is None:
        assert without.agrees is None
        assert "--cluster" in without.to_text()
        assert found.figures["bucket"] == bucket(KEY, "arm", "table 4")
    else:
        assert without.agrees is True


def test_a_forced_arm_is_said_to_be(define, open_lab, late):
    lab = open_lab(define())
    other = next(arm.name for arm in define().arms if arm.name != define().arm_of("C-1"))
    lab.assign(KEY, "C-1", test=True, arm=other, **late)

    found = lab.explain(KEY, "C-1")

    assert found.agrees is None
    assert "never counted" in found.to_text()
    assert "it was forced" in found.to_text()


def test_who_was_never_assigned_is_told_what_would_happen(define, open_lab):
    lab = open_lab(define(layer=Layer("delays", 0.0, 0.5), holdout=Holdout("quiet", 0.3)), coverage=0.4)
    lab.store.opt_out(lab.pseudonym("C-9"))

    found, out = lab.explain(KEY, "C-1"), lab.explain(KEY, "C-9")

    assert (found.arm, found.agrees) == (None, None)
    assert found.figures["layer"]["inside"] is (bucket("delays", "layer", "C-1") < 2**51)
    assert found.figures["holdout"]["bucket"] == bucket("quiet", "holdout", "C-1")
    assert found.figures["coverage"]["covered"] is (bucket(KEY, "coverage", "C-1") < int(0.4 * 2**52))
    assert found.figures["hashed_arm"] == define().arm_of("C-1")
    assert "opted out" in out.to_text()


def test_the_next_envelope_is_not_told(define, open_lab):
    found = open_lab(define(randomize=blocked())).explain(KEY, "C-1")

    assert "nobody sees beforehand" in found.to_text()
    assert not any(arm.name in found.to_text() for arm in define().arms)


def test_masked_arms_are_not_told_and_wrong_calls_are_refused(define, open_lab, late):
    lab = open_lab(define(masked=True))
    lab.assign(KEY, "C-1", **late)

    with pytest.raises(StateError, match="masked"):
        lab.explain(KEY, "C-1")
    with pytest.raises(UnknownExperiment):
        lab.explain("late_parcle", "C-1")


def test_a_cluster_where_none_is_declared_is_refused(define, open_lab):
    with pytest.raises(UsageError, match="declares no cluster"):
        open_lab(define()).explain(KEY, "C-1", cluster="table 4")


def test_a_rehearsed_cluster_is_explained_by_the_rehearsals_own_list(define, open_lab, late):
    lab = open_lab(define(cluster=Cluster("party"), randomize=blocked()))
    lab.assign(KEY, "C-1", cluster="table 4", **late)
    lab.assign(KEY, "C-2", cluster="table 5", **late)
    rehearsed = lab.assign(KEY, "T-1", cluster="table 5", test=True, **late)

    found = lab.explain(KEY, "T-1")

    assert (found.arm, found.agrees) == (rehearsed.arm, True)
    assert found.figures["position"] == 0


def test_whoever_was_assigned_is_told_by_what_and_under_which_coverage(define, open_lab, late, clock):
    lab = open_lab(define(layer=Layer("delays", 0.0, 1.0)), coverage=0.5)
    unit = next(f"C-{n}" for n in range(99) if bucket(KEY, "coverage", f"C-{n}") < 2**51)
    lab.assign(KEY, unit, channel="email", locale="id", **late)
    clock.pass_by(days=1)
    lab.ramp(KEY, 0.9)

    found = lab.explain(KEY, unit)

    assert found.figures["delay_seconds"] == 30 * 3600
    assert found.figures["coverage"] == {
        "bucket": bucket(KEY, "coverage", unit),
        "coverage": "0.5",
        "covered": True,
    }
    assert found.figures["layer"]["inside"] is True
    assert "delay 1 day 6 h, channel email, language id, told by python" in found.to_text()
    assert "keterlambatan 1 hari 6 jam, kanal email" in found.to_text("id")
    assert "perlu 0 sampai 0,5: ikut" in found.to_text("id")


def test_a_new_guest_of_a_known_table_is_told_the_tables_arm(define, open_lab, late):
    lab = open_lab(define(cluster=Cluster("party"), randomize=blocked()))
    given = lab.assign(KEY, "C-1", cluster="table 4", **late)

    known, new = (lab.explain(KEY, "C-2", cluster=f"table {n}") for n in (4, 5))

    assert known.figures["cluster_arm"] == given.arm
    assert lab.assign(KEY, "C-2", cluster="table 4", **late).arm == given.arm
    assert "cluster_arm" not in new.figures
    assert "nobody sees beforehand" in new.to_text()


def test_a_cluster_that_is_not_the_units_own_explains_nothing(define, open_lab, late):
    lab = open_lab(define(cluster=Cluster("party")))
    lab.assign(KEY, "C-1", cluster="table 4", **late)

    found = lab.explain(KEY, "C-1", cluster="table 5")

    assert (found.agrees, found.figures["same_cluster"]) == (None, False)
    assert "bucket" not in found.figures


def test_where_each_incident_is_a_unit_customer_and_incident_are_named(define, open_lab, late):
    lab = open_lab(define(on_repeat="new_unit"))
    given = lab.assign(KEY, "C-1", incident="parcel 1", **late)

    found, later = (lab.explain(KEY, "C-1", incident=f"parcel {n}") for n in (1, 2))

    assert (found.arm, found.agrees) == (given.arm, True)
    assert found.figures["bucket"] == bucket(KEY, "arm", "C-1")
    assert later.figures["cluster_arm"] == given.arm
    with pytest.raises(UsageError, match="name the customer and the incident"):
        lab.explain(KEY, "C-1")
    with pytest.raises(UsageError, match="is the customer"):
        lab.explain(KEY, "C-1", incident="parcel 1", cluster="C-1")


def test_a_later_incident_of_one_unit_is_numbered(define, open_lab, late):
    lab = open_lab(define())
    for parcel in ("parcel 1", "parcel 2"):
        lab.assign(KEY, "C-1", incident=parcel, **late)

    assert [
        lab.explain(KEY, "C-1", incident=f"parcel {n}").figures["incident_number"] for n in (1, 2, 3)
    ] == [
        1,
        2,
        0,
    ]


def test_an_imported_arm_follows_from_nothing_here(define, open_lab):
    from amends.importing.finished import FinishedRow
    from amends.importing.storing import store_finished

    lab = open_lab(define(), start=False)
    rows = [FinishedRow(n, f"C-{n}", define().arms[n % 3].name, True, {}) for n in range(9)]
    store_finished(lab.store, define(), rows, at=lab.clock(), units_given=True)
    lab.forget_state(KEY)

    for n in range(9):
        found = lab.explain(KEY, f"C-{n}")
        assert found.agrees is None
        assert "drawn elsewhere" in found.to_text()
        assert "bucket" not in found.figures


@pytest.mark.parametrize("design", [{}, {"randomize": blocked()}])
def test_what_happens_now_is_what_happens(define, open_lab, late, design):
    lab = open_lab(
        define(layer=Layer("delays", 0.0, 0.7), holdout=Holdout("quiet", 0.3), **design), coverage=0.6
    )
    lab.store.opt_out(lab.pseudonym("C-0"))

    for n in range(60):
        foretold = lab.explain(KEY, f"C-{n}").figures["now"]
        assert lab.assign(KEY, f"C-{n}", **late).status == foretold
        assert lab.explain(KEY, f"C-{n}").figures["now"] == foretold
    for change in (lab.pause, lab.stop):
        change(KEY)
        for unit in [*(f"C-{n}" for n in range(20)), "N-1"]:
            foretold = lab.explain(KEY, unit).figures["now"]
            assert lab.assign(KEY, unit, **late).status == foretold


def test_before_the_start_nobody_would_be_assigned(define, open_lab):
    lab = open_lab(define(randomize=blocked()), start=False)

    assert lab.explain(KEY, "C-1").figures["now"] == "not_started"
    assert "before the start" in lab.explain(KEY, "C-1").to_text()


def test_after_a_stop_the_words_that_everybody_gets_are_named(define, open_lab):
    lab = open_lab(define())
    lab.stop(KEY, then="sorry")

    assert "the message of “sorry”" in lab.explain(KEY, "C-1").to_text()
