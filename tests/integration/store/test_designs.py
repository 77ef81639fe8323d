"""What a design promises, on both databases, with eight threads that ask at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from statsmodels.api import OLS, add_constant

from amends import Experiment, Lab, Proportion, blocked, sorry, thank_you
from amends.design.randomization import Cluster, Holdout, Layer
from amends.lab.unit_audit import audit_units
from amends.settings import Settings

LATE = {"delay": timedelta(hours=30)}


def define(key: str = "late_parcel", **parts: Any) -> Experiment:
    return Experiment(
        key=key,
        owner="delivery-cx",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it.")],
        metrics=[Proportion("completed", baseline=0.4, detect=0.05)],
        **parts,
    )


@contextmanager
def running(url: str, *experiments: Experiment) -> Iterator[Lab]:
    settings = Settings(
        experiments=Path("experiments"), database_url=url, secret=b"a secret of the tests", timeout=60
    )
    lab = Lab(list(experiments), settings=settings)
    for experiment in experiments:
        lab.start(str(experiment.key))
    yield lab
    lab.close()


def at_once(work: Callable[[int], Any], n: int) -> list[Any]:
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(work, range(n)))


def test_blocks_are_exact_in_every_stratum_whoever_asks_at_once(url: str) -> None:
    with running(url, define(randomize=blocked(by=("site",), sizes=(4,)))) as lab:
        given = at_once(
            lambda n: lab.assign("late_parcel", f"C-{n // 2}", strata={"site": "ab"[n // 2 % 2]}), 160
        )

        arms = {answer.unit_id: answer.arm for answer in given}
        assert all(arms[answer.unit_id] == answer.arm for answer in given)
        for site in (0, 1):
            count = Counter(arm for unit, arm in arms.items() if int(unit[2:]) % 2 == site)
            assert set(count.values()) == {20}
        assert audit_units(lab, "late_parcel", dict.fromkeys(arms)) == []


@pytest.mark.parametrize("randomize", ["hashed", "blocked"])
def test_a_cluster_has_one_arm_whoever_asks_at_once(url: str, randomize: str) -> None:
    parts = {"randomize": blocked(sizes=(4,))} if randomize == "blocked" else {}
    with running(url, define(cluster=Cluster("party"), **parts)) as lab:
        given = at_once(lambda n: lab.assign("late_parcel", f"C-{n}", cluster=f"table {n % 12}"), 96)

        arms: dict[int, set[str | None]] = {}
        for answer in given:
            arms.setdefault(int(answer.unit_id[2:]) % 12, set()).add(answer.arm)
        assert [len(found) for found in arms.values()] == [1] * 12
        if randomize == "blocked":
            assert Counter(arm for found in arms.values() for arm in found) == {"thank_you": 6, "sorry": 6}
        assert sum(arm.clusters or 0 for arm in lab.tally("late_parcel").arms) == 12
        assert audit_units(lab, "late_parcel", {f"C-{n}": f"table {n % 12}" for n in range(96)}) == []


def test_experiments_of_one_layer_share_no_unit_and_the_holdout_has_none(url: str) -> None:
    holdout = Holdout("quiet", 0.2)
    first = define("one", layer=Layer("delays", 0.0, 0.5), holdout=holdout)
    second = define("two", layer=Layer("delays", 0.5, 1.0), holdout=holdout)
    with running(url, first, second) as lab:
        given = at_once(lambda n: [lab.assign(key, f"C-{n}") for key in ("one", "two")], 120)

        where = Counter(tuple(answer.enrolled for answer in pair) for pair in given)
        held = [pair for pair in given if "holdout" in {answer.status for answer in pair}]
        assert where[True, True] == 0
        assert where[True, False] > 30
        assert where[False, True] > 30
        assert held
        assert where[False, False] == len(held)
        for key, at in (("one", 0), ("two", 1)):
            taken = [pair[at].unit_id for pair in given if pair[at].enrolled]
            assert audit_units(lab, key, dict.fromkeys(taken)) == []


def test_forced_arms_are_flagged_and_neither_counted_nor_analysed(url: str) -> None:
    with running(url, define()) as lab:
        for n in range(10):
            assert lab.assign("late_parcel", f"T-{n}", test=True, arm="sorry").enrolled is False
            lab.record_response("late_parcel", f"T-{n}")
        for n in range(6):
            lab.assign("late_parcel", f"C-{n}")

        assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 6
        assert sum(arm.completed for arm in lab.tally("late_parcel").arms) == 0
        lab.stop("late_parcel")
        assert sum(arm.counts["assigned"] for arm in lab.analyze("late_parcel").arms.values()) == 6
        assert lab.explain("late_parcel", "T-1").figures["test"] is True


@pytest.mark.parametrize("on_repeat", ["same_arm", "nothing", "new_unit"])
def test_a_second_incident_is_answered_as_declared(url: str, on_repeat: str) -> None:
    with running(url, define(on_repeat=on_repeat)) as lab:
        once = lab.assign("late_parcel", "C-1", incident="parcel 1")
        retry = lab.assign("late_parcel", "C-1", incident="parcel 1")
        later = lab.assign("late_parcel", "C-1", incident="parcel 2")

        assert (retry.assignment_id, retry.message) == (once.assignment_id, once.message)
        rows = list(lab.store.export_rows("late_parcel").assignments)
        if on_repeat == "new_unit":
            assert later.assignment_id != once.assignment_id
            assert (later.arm, later.repeat) == (once.arm, False)  # the customer is the cluster
            assert len(rows) == 2
            assert len({row["cluster"] for row in rows}) == 1
        else:
            assert later.assignment_id == once.assignment_id
            assert later.invitation is None
            assert later.message == (once.message if on_repeat == "same_arm" else None)
            assert len(rows) == 1
        assert lab.store.verify() == []


def test_incidents_that_are_units_are_analysed_by_customer(url: str) -> None:
    customers = {f"parcel {n}": f"C-{n % 40}" for n in range(120)}
    answered = {f"parcel {n}" for n in range(120) if n % 7 in (0, 3, 5)}
    with running(url, define(on_repeat="new_unit")) as lab:
        given = at_once(lambda n: lab.assign("late_parcel", f"C-{n % 40}", incident=f"parcel {n}"), 120)
        for parcel in answered:
            lab.record_response("late_parcel", parcel)
        lab.stop("late_parcel")

        arms = {answer.unit_id: answer.arm for answer in given}
        assert audit_units(lab, "late_parcel", customers) == []
        (found,) = lab.analyze("late_parcel").to_dict()["contrasts"]
        # The same regression by statsmodels, with errors that count the 40 customers.
        parcels = sorted(customers)
        thanked = [1.0 if arms[parcel] == "thank_you" else 0.0 for parcel in parcels]
        fit = OLS([float(parcel in answered) for parcel in parcels], add_constant(thanked)).fit(
            cov_type="cluster",
            cov_kwds={"groups": [int(customers[parcel][2:]) for parcel in parcels]},
            use_t=True,
        )
        assert found["p_value"] == pytest.approx(fit.pvalues[1], rel=1e-9)
        assert found["standard_error"] == pytest.approx(fit.bse[1], rel=1e-9)
        assert found["df"] == 39
