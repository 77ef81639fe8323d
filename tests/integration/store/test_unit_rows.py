"""Units as rows: what the analyses that need more than counts are handed, read from real databases."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Mean, Proportion, silence, thank_you
from amends.design.survey import Choice, Rating, Scale
from amends.lab import Lab
from amends.lab.reading import units

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
