"""`amends reminders`: who of a list is due, written without a word about arms."""

import csv
import json
import sqlite3
from datetime import UTC, datetime, timedelta

from amends.assignment.reminding import needs_reminder
from amends.cli.opening import open_lab

DEFINITION = '''"""A parcel is late: thank or apologise?"""

from datetime import timedelta

from amends import Experiment, NetPromoter, Proportion, Reminder, sorry, thank_you

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it.")],
    metrics=[
        Proportion("satisfied", of="satisfaction", at_least=6, baseline=0.3, detect=0.1),
        NetPromoter("recommend"),
    ],
    response_window=timedelta(days=1),
    reminder=Reminder(share=0.5, within=timedelta(days=30)),
)
'''


def test_the_silent_who_are_drawn_are_written_with_their_links(desk):
    desk.define("tea", DEFINITION)
    desk("start", "tea", "--yes")
    long_ago = datetime.now(UTC) - timedelta(days=3)
    with open_lab() as lab:
        for number in range(40):
            lab.assign("tea", f"c-{number}", at=long_ago)
        lab.record_response("tea", "c-0", satisfaction=6, recommend=9, at=long_ago + timedelta(hours=1))
        drawn = {
            f"c-{number}"
            for number in range(1, 40)
            if needs_reminder("tea", lab.store.pseudonym(f"c-{number}"), 0.5)
        }
    listed = "\n".join(["unit_id,city", *(f"c-{number},Bandung" for number in range(41))])
    customers = desk.file("customers.csv", listed)
    result = desk("reminders", "tea", customers, "--out", "due.csv", "--json")
    assert json.loads(result.stdout) == {
        "out": "due.csv",
        "due": len(drawn),
        "answered": 1,
        "not drawn": 39 - len(drawn),
        "window open": 0,
        "past": 0,
        "never assigned": 1,
    }
    with (desk.folder / "due.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["unit"] for row in rows} == drawn
    assert list(rows[0]) == ["unit", "link", "since", "until"]
    assert len({row["link"] for row in rows}) == len(rows)
    said = desk("reminders", "tea", customers, "--out", "due.csv").stdout
    assert f"Wrote due.csv: {len(drawn)} to remind." in said
    assert "not drawn: they stay as they are" in said


def test_a_simulation_reminds_whom_chance_draws_among_the_silent(desk):
    # Nobody takes two days over an invitation of which the mean answer takes four hours.
    parts = DEFINITION.replace("window=timedelta(days=1)", "window=timedelta(days=2)")
    desk.define("tea", parts.replace("within=timedelta(days=30)", "within=timedelta(days=5)"))
    words = ["simulate", "tea", "--n", "800", "--seed", "7", "--database", "simulated.db"]
    found = json.loads(desk(*words, "--json").stdout)
    [first, *_] = found["sections"]["reminders"]["contrasts"]
    sides = [first["double_sampling"][side] for side in ("first", "second")]
    # Silent, drawn, and brought to an answer: fewer at every step, none of them zero.
    for side in sides:
        assigned, answered, drawn, came = side["ns"]
        assert assigned - answered > drawn > came > 0
    with sqlite3.connect(desk.folder / "simulated.db") as database:
        late = database.execute(
            "SELECT unit FROM assignment JOIN response ON assignment = number WHERE late"
        ).fetchall()
    assert len(late) >= sum(side["ns"][3] for side in sides)
    assert all(needs_reminder("tea", unit, 0.5) for (unit,) in late)


def test_what_cannot_be_is_refused(desk):
    desk.define("tea", DEFINITION)
    desk.define(
        "plain", DEFINITION.replace("    reminder=Reminder(share=0.5, within=timedelta(days=30)),\n", "")
    )
    customers = desk.file("customers.csv", "unit_id\nc-1\n")
    assert "amends start tea" in desk.refused("reminders", "tea", customers, "--out", "due.csv")
    desk("start", "plain", "--yes")
    assert "declares no reminder" in desk.refused("reminders", "plain", customers, "--out", "due.csv")
    desk("start", "tea", "--yes")
    assert "the list of customers itself" in desk.refused("reminders", "tea", customers, "--out", customers)
    assert "is not a file" in desk.refused("reminders", "tea", customers, "--out", "nowhere/due.csv")
    wrong = desk.file("wrong.csv", "unitid\nc-1\n")
    assert "unit_id" in desk.refused("reminders", "tea", wrong, "--out", "due.csv")


def test_check_explains_what_the_new_metrics_rest_on(desk):
    desk.define("tea", DEFINITION)
    said = desk("check", "tea").stdout
    assert "'satisfied' sets the plan: 30% in one arm against 40% in another" in said
    assert "who answered 'satisfaction' with at least 6 counts, who did not answer does not" in said


def test_metrics_of_a_rating_can_be_tried_on_invented_customers(desk):
    desk.define("tea", DEFINITION)
    found = json.loads(desk("simulate", "tea", "--n", "150", "--seed", "3", "--json").stdout)
    for arm in found["arms"].values():
        assert 0 < arm["metrics"]["satisfied"]["events"] <= arm["completed"]
        assert arm["metrics"]["satisfied"]["n"] == arm["matured"]
        assert -100 <= arm["metrics"]["recommend"]["mean"] <= 100
