"""The planned sample's rows are read once, and again only where something about them changed."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from amends import Experiment, Mean, Proportion, sorry, thank_you
from amends.lab.decisive import decisive
from amends.lab.reading import metric_specs
from amends.lab.unit_rows import matured_before

PER_ARM = {"thank_you": 10, "sorry": 10}


@pytest.fixture
def lab(open_lab):
    experiment = Experiment(
        key="late_parcel",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=[
            Proportion("completed", baseline=0.5, detect=0.3),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("complaint", source="outcome", better="lower"),
        ],
        sample=10,
    )
    return open_lab(experiment)


def counted(lab):
    experiment = lab.experiment("late_parcel")
    return decisive(
        lab,
        "late_parcel",
        per_arm=PER_ARM,
        metrics=metric_specs(experiment),
        matured_before=matured_before(experiment, lab.clock()),
    )


def unit_rows_read(lab, look) -> int:
    """How many statements about rows of units a look takes."""
    statements = []

    def executed(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    engine = lab.store._database.engine
    event.listen(engine, "before_cursor_execute", executed)
    look()
    event.remove(engine, "before_cursor_execute", executed)
    tables = ("FROM assignment", "FROM response", "FROM delivery", "FROM outcome", "FROM rating")
    return sum(any(name in statement for name in tables) for statement in statements)


def test_a_page_drawn_again_reads_no_unit_of_the_planned_sample(lab, clock):
    for number in range(60):
        lab.assign("late_parcel", f"C-{number}")
    assert unit_rows_read(lab, lambda: counted(lab)) > 0
    assert unit_rows_read(lab, lambda: counted(lab)) == 0
    clock.pass_by(days=1)  # who comes on a later day changes nothing about it
    for number in range(60, 90):
        lab.assign("late_parcel", f"C-{number}")
        lab.record_response("late_parcel", f"C-{number}", satisfaction=4)
    assert unit_rows_read(lab, lambda: counted(lab)) == 0


@pytest.mark.parametrize("change", ["response", "delivery", "complaint", "withdrawal", "earlier unit"])
def test_whatever_becomes_of_the_sample_is_seen_at_once(lab, change):
    for number in range(60):
        lab.assign("late_parcel", f"C-{number}")
        if number % 2:
            lab.record_response("late_parcel", f"C-{number}", satisfaction=1 + number % 7)
    before = counted(lab)
    if change == "response":
        lab.record_response("late_parcel", "C-0", satisfaction=7)
    elif change == "delivery":
        lab.record_delivery("late_parcel", "C-0", "sent")
    elif change == "complaint":
        lab.record_outcome("late_parcel", "C-0", "complaint", 1)
    elif change == "withdrawal":
        stored = lab.store.find("late_parcel", unit=lab.pseudonym("C-1"))
        lab.store.record_withdrawal("late_parcel", assignment_id=stored.assignment_id, at=lab.clock())
    else:
        yesterday = lab.clock() - timedelta(days=1)
        for number in range(90, 100):
            lab.assign("late_parcel", f"C-{number}", at=yesterday)
    after = counted(lab)
    lab.decided_on.clear()
    assert after == counted(lab)
    assert after != before
