"""Units as rows: what the analyses that need more than counts are handed, read from real databases."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Mean, Proportion, blocked, silence, thank_you
from amends.analysis.units import first_planned
from amends.design.survey import Choice, Rating, Scale
from amends.lab import Lab
from amends.lab.unit_rows import units

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def lab():
    experiment = Experiment(
        key="rows",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7)), Proportion("refund")],
        survey=[
            Rating("satisfaction"),
            Scale("esteem", items=["I feel valued.", "I feel ignored."], reverse=[2], role="mediator"),
            Choice("colour", "Which colour?", options=["red", "blue"]),
        ],
        covariates=["orders"],
        response_window=timedelta(days=2),
    )
    made = Lab.in_memory([experiment], clock=lambda: MONDAY + timedelta(days=5))
    yield made
    made.close()


def test_every_record_of_a_unit_stands_in_its_row(lab):
    lab.assign("rows", "a", at=MONDAY, channel="email", covariates={"orders": 3})
    lab.assign("rows", "b", at=MONDAY + timedelta(hours=1))
    lab.record_delivery("rows", "a", "delivered", at=MONDAY + timedelta(hours=1), said="silence")
    lab.record_response(
        "rows",
        "a",
        satisfaction=6,
        esteem_1=7,
        esteem_2=2,
        colour="blue",
        at=MONDAY + timedelta(hours=2),
    )
    lab.record_outcome("rows", "b", "refund", 1, at=MONDAY + timedelta(hours=3))
    rows = units(lab, "rows")
    assert list(rows["channel"]) == ["email", ""]
    assert list(rows["completed"]) == [True, False]
    assert list(rows["delivered"]) == [True, False]
    assert rows["said"][0] == "silence"
    assert rows["covariate.orders"][0] == 3
    assert rows["item.satisfaction"][0] == 6
    assert rows["item.esteem"][0] == 6.5
    assert rows["item.colour"][0] == "blue"
    assert rows["outcome.refund"][1] == 1
    assert rows["item.satisfaction"].isna()[1]
    assert rows["said"].isna()[1]


def test_units_whose_window_is_open_and_rehearsals_are_left_out(lab):
    lab.assign("rows", "a", at=MONDAY)
    lab.assign("rows", "late", at=MONDAY + timedelta(days=4))
    lab.assign("rows", "trial", at=MONDAY, test=True, arm="silence")
    assert len(units(lab, "rows")) == 1


def test_answers_after_the_window_are_marked_late_and_their_rating_stands_apart(lab):
    lab.assign("rows", "a", at=MONDAY)
    lab.record_response("rows", "a", satisfaction=6, at=MONDAY + timedelta(days=3))
    rows = units(lab, "rows")
    assert list(rows["late"]) == [True]
    assert list(rows["completed"]) == [False]
    assert "item.satisfaction" not in rows or rows["item.satisfaction"].isna().all()
    assert list(rows["late.satisfaction"]) == [6]


def test_the_frame_agrees_with_the_tally(lab):
    for number in range(40):
        lab.assign("rows", number, at=MONDAY + timedelta(minutes=number))
        if number % 3:
            lab.record_response("rows", number, satisfaction=1 + number % 7, at=MONDAY + timedelta(hours=2))
    rows, tally = units(lab, "rows"), lab.tally("rows")
    for arm in ("thank_you", "silence"):
        mine = rows[rows["arm"] == arm]
        assert len(mine) == tally[arm].matured
        assert int(mine["completed"].sum()) == tally[arm].completed
        given = mine["item.satisfaction"].dropna().value_counts().to_dict()
        assert {point: n for point, n in tally[arm].ratings["satisfaction"].items() if n} == given


@pytest.fixture
def parties():
    """A blocked experiment of parties: the envelope is the party's, and its guests share the arm."""
    experiment = Experiment(
        key="parties",
        unit="guest",
        notice="The food is late.",
        arms=[thank_you("Thank you for waiting."), silence()],
        metrics=[Proportion("completed")],
        cluster="party",
        randomize=blocked(by="site", sizes=(4,)),
    )
    made = Lab.in_memory([experiment], clock=lambda: MONDAY)
    for party in range(12):
        site = "north" if party % 3 else "south"
        for guest in range(2):
            made.assign("parties", f"{party}-{guest}", cluster=f"table {party}", strata={"site": site})
    yield made
    made.close()


def test_guests_carry_the_position_and_the_block_of_their_party(parties):
    rows = units(parties, "parties")
    by_party = rows.groupby("cluster", sort=False)
    assert (by_party["position"].nunique() == 1).all()
    assert (by_party["block"].nunique() == 1).all()
    first = by_party.first()
    for site, found in first.groupby("stratum"):
        assert sorted(found["position"]) == list(range(len(found)))
        assert list(found["block"]) == [f"{site}#{position // 4}" for position in found["position"]]
    for _, block in first.groupby("block"):
        if len(block) == 4:
            assert sorted(block["arm"]) == ["silence", "silence", "thank_you", "thank_you"]


def test_hashed_units_have_no_block(lab):
    lab.assign("rows", "a", at=MONDAY)
    assert "block" not in units(lab, "rows")


def test_the_first_planned_rows_are_those_that_the_store_counts(parties):
    rows = units(parties, "parties")
    per_arm = {"thank_you": 5, "silence": 3}
    kept = first_planned(rows, per_arm, clustered=True)
    counted = parties.store.first_units("parties", per_arm=per_arm, metrics=[])
    assert kept["arm"].value_counts().to_dict() == {arm.arm: arm.assigned for arm in counted.arms}
    assert kept.groupby("arm")["cluster"].nunique().to_dict() == {
        arm.arm: arm.clusters for arm in counted.arms
    }
    single = first_planned(rows, per_arm, clustered=False)
    assert single["arm"].value_counts().to_dict() == per_arm


def _alike(frame, names):
    """The rows' values as a sorted list: whatever order they came in."""
    told = frame.reindex(columns=names).astype(object).where(lambda column: column.notna(), None)
    return sorted(map(repr, told.itertuples(index=False, name=None)))


@pytest.mark.parametrize("spoken", [False, True])
def test_units_counted_by_the_database_are_those_read_one_by_one(spoken):
    from itertools import product

    from amends.design.metrics import Proportion as Share

    experiment = Experiment(
        key="rows",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), silence()],
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Share("happy", of="satisfaction", at_least=6),
            Proportion("refund", source="outcome"),
        ],
        response_window=timedelta(days=2),
    )
    lab = Lab.in_memory([experiment], clock=lambda: MONDAY + timedelta(days=9))
    kinds = list(product([(), ("sent",), ("sent", "delivered"), ("failed",)], [None, 2, 6], [0, 1], [0, 1]))
    for number, (deliveries, rating, refund, late) in enumerate(kinds):
        unit = f"u{number}"
        lab.assign("rows", unit, at=MONDAY)
        for hour, status in enumerate(deliveries):
            said = "silence" if spoken and number % 3 == 0 else None
            lab.record_delivery("rows", unit, status, at=MONDAY + timedelta(hours=hour), said=said)
        if rating:
            lab.record_response("rows", unit, satisfaction=rating, at=MONDAY + timedelta(days=3 * late))
        if refund:
            lab.record_outcome("rows", unit, "refund", 1, at=MONDAY + timedelta(days=3 * late))
    lab.assign("rows", "waits", at=MONDAY + timedelta(days=8))
    from amends.lab.unit_rows import plain_units

    counted, read = plain_units(lab, "rows"), units(lab, "rows")

    names = ["arm", "delivered", "failed", "said", "completed", "item.satisfaction", "outcome.refund"]
    assert len(counted) == len(kinds) == 48
    assert _alike(counted, names) == _alike(read, names)
    lab.close()
