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
