"""Through a real store: metrics of ratings, reminders, weights, guardrails, and R on the published bundle."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amends import Experiment, Mean, NetPromoter, Proportion, Reminder, silence, sorry, thank_you
from amends.analysis.reminded import drawn as drawn_of
from amends.analysis.reminded import reminded
from amends.assignment.reminding import needs_reminder
from amends.errors import StateError, UsageError
from amends.importing import Columns, read_finished, read_table
from amends.importing.storing import store_finished
from amends.lab import Lab
from amends.lab.reminding import reminders
from amends.lab.unit_rows import units
from amends.publishing.bundle import write_bundle
from amends.settings import load_settings

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WINDOW, WITHIN = timedelta(days=2), timedelta(days=5)
METRICS = (
    Proportion("satisfied", of="satisfaction", at_least=6, baseline=0.3, detect=0.1),
    Proportion("csat", of="satisfaction", at_least=6, among="answered"),
    NetPromoter("recommend"),
    Proportion("complaint", role="guardrail", better="lower", harm=0.05),
)


class World:
    """Customers whose answers are known to the test, whether they give them at once, reminded, or never."""

    def __init__(self, n, **parts):
        self.now = MONDAY
        given = {
            "key": "tea",
            "notice": "Your tea is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
            "metrics": METRICS,
            "covariates": ["orders"],
            "response_window": WINDOW,
            "reminder": Reminder(share=0.4, within=WITHIN),
        }
        self.lab = Lab.in_memory([Experiment(**{**given, **parts})], clock=lambda: self.now)
        rng = np.random.default_rng(4)
        self.orders = [int(value) for value in rng.integers(0, 6, n)]
        self.chance = rng.random(n)
        self.rating = [int(min(7, max(1, 2 + self.orders[k] + rng.integers(-1, 2)))) for k in range(n)]
        self.likely = [int(value) for value in rng.integers(0, 11, n)]
        self.arm = {}
        for number in range(n):
            found = self.lab.assign(
                "tea", f"c-{number}", at=MONDAY, channel="email", covariates={"orders": self.orders[number]}
            )
            self.arm[number] = found.arm

    def eager(self, number):
        bonus = 0.2 if self.arm[number] == "thank_you" else 0.0
        return self.chance[number] < 0.2 + 0.1 * self.orders[number] + bonus

    def answer(self, number, at):
        self.lab.record_response(
            "tea", f"c-{number}", satisfaction=self.rating[number], recommend=self.likely[number], at=at
        )


@pytest.fixture
def world():
    made = World(400)
    for number in range(400):
        if made.eager(number):
            made.answer(number, MONDAY + timedelta(hours=3))
        if number % 17 == 0:
            made.lab.record_outcome("tea", f"c-{number}", "complaint", 1, at=MONDAY + timedelta(hours=5))
    yield made
    made.lab.close()


def remind(world):
    """The window has closed: those who are due are reminded, and answer."""
    world.now = MONDAY + WINDOW + timedelta(hours=1)
    found = reminders(world.lab, "tea", [f"c-{number}" for number in range(400)])
    for due in found.due:
        world.answer(int(due.unit[2:]), world.now + timedelta(hours=2))
    # Somebody who was not drawn answers late by himself: he stands for nobody.
    drawn = {due.unit for due in found.due}
    stray = next(n for n in range(400) if not world.eager(n) and f"c-{n}" not in drawn)
    world.answer(stray, world.now + timedelta(hours=3))
    return found, stray


def test_the_tally_the_rows_and_the_answers_themselves_agree_on_every_metric(world):
    world.now = MONDAY + WINDOW + timedelta(days=1)
    report = world.lab.analyze("tea")
    rows = units(world.lab, "tea")
    assert len(rows) == 400
    for arm in ("thank_you", "sorry"):
        mine = [number for number in range(400) if world.arm[number] == arm]
        answered = [number for number in mine if world.eager(number)]
        satisfied = sum(world.rating[number] >= 6 for number in answered)
        held = report.arms[arm].metrics
        assert (held["satisfied"]["events"], held["satisfied"]["n"]) == (satisfied, len(mine))
        assert (held["csat"]["events"], held["csat"]["n"]) == (satisfied, len(answered))
        scores = [100 if world.likely[n] >= 9 else -100 if world.likely[n] <= 6 else 0 for n in answered]
        assert held["recommend"]["mean"] == pytest.approx(np.mean(scores))
        assert held["recommend"]["sd"] == pytest.approx(np.std(scores, ddof=1))
        complaints = sum(number % 17 == 0 for number in mine)
        assert (held["complaint"]["events"], held["complaint"]["n"]) == (complaints, len(mine))


def test_late_answers_count_in_the_reminder_estimate_and_nowhere_else(world):
    world.now = MONDAY + WINDOW + timedelta(days=1)
    before = world.lab.tally("tea")
    found, stray = remind(world)
    world.now = MONDAY + WINDOW + WITHIN + timedelta(days=2)
    after = world.lab.tally("tea")
    for arm in ("thank_you", "sorry"):
        assert after[arm].ratings == before[arm].ratings
        assert after[arm].completed == before[arm].completed
    assert sum(after[arm].late for arm in ("thank_you", "sorry")) == len(found.due) + 1

    experiment, rows = world.lab.experiment("tea"), units(world.lab, "tea")
    chosen = drawn_of(experiment, rows)
    for arm in ("thank_you", "sorry"):
        mine = [number for number in range(400) if world.arm[number] == arm]
        drawn = [
            n
            for n in mine
            if not world.eager(n) and needs_reminder("tea", world.lab.store.pseudonym(f"c-{n}"), 0.4)
        ]
        assert stray not in drawn
        got = reminded(experiment.metric("csat"), arm, rows, chosen)
        early = Counter(int(world.rating[n] >= 6) for n in mine if world.eager(n))
        assert (got.assigned, got.reminded) == (len(mine), len(drawn))
        late = Counter(int(world.rating[n] >= 6) for n in drawn)
        assert (dict(got.early), dict(got.late)) == (dict(early), dict(late))


def test_with_every_reminder_answered_the_estimate_is_hansen_hurwitz_and_near_the_truth(world):
    remind(world)
    world.now = MONDAY + WINDOW + WITHIN + timedelta(days=2)
    section = next(item for item in world.lab.analyze("tea").sections if item.name == "reminders")
    made = next(item for item in section.figures["contrasts"] if item["metric"] == "csat")["double_sampling"]
    for arm, one in (("thank_you", made.first), ("sorry", made.second)):
        mine = [number for number in range(400) if world.arm[number] == arm]
        happy = {number: world.rating[number] >= 6 for number in mine}
        early = [happy[number] for number in mine if world.eager(number)]
        drawn = [
            happy[n]
            for n in mine
            if not world.eager(n) and needs_reminder("tea", world.lab.store.pseudonym(f"c-{n}"), 0.4)
        ]
        by_hand = (sum(early) + (len(mine) - len(early)) * np.mean(drawn)) / len(mine)
        assert one.value == pytest.approx(by_hand)
        assert one.low == pytest.approx(one.high)
        assert one.interval.low <= np.mean(list(happy.values())) <= one.interval.high
    assert "over everyone assigned the difference is" in section.said[0].en
    assert "untuk semua yang ditetapkan" in section.said[0].id
    assert section.charts[0].lines[1].name.en == "with reminders"


def test_before_their_time_has_passed_reminders_tell_nothing(world):
    remind(world)
    world.now = MONDAY + WINDOW + timedelta(days=2)
    section = next(item for item in world.lab.analyze("tea").sections if item.name == "reminders")
    assert "has not passed for any unit" in section.said[0].en
    assert "pengingat" in section.said[0].id


def test_who_is_due_follows_from_the_draw_alone_and_from_having_been_silent(world):
    early = reminders(world.lab, "tea", ["c-0", "c-1"])
    assert early.due == ()
    world.now = MONDAY + WINDOW + timedelta(hours=1)
    ids = [f"c-{number}" for number in range(400)] + ["stranger"]
    found = reminders(world.lab, "tea", ids)
    silent = [n for n in range(400) if not world.eager(n)]
    drawn = {f"c-{n}" for n in silent if needs_reminder("tea", world.lab.store.pseudonym(f"c-{n}"), 0.4)}
    assert {due.unit for due in found.due} == drawn
    assert found.counts["answered"] == 400 - len(silent)
    assert found.counts["never assigned"] == 1
    assert sum(found.counts.values()) == 401
    assert reminders(world.lab, "tea", ids) == found
    assert found.due[0].link.startswith("http")
    world.now = MONDAY + WINDOW + WITHIN + timedelta(hours=1)
    assert reminders(world.lab, "tea", ids).due == ()
    assert world.lab.state("tea") is not None
    assert len(units(world.lab, "tea")) == 400


def test_reminders_need_a_declaration_and_a_start():
    with_none = World(4, reminder=None)
    with pytest.raises(UsageError, match=r"reminder=Reminder\(share=0.3\)"):
        reminders(with_none.lab, "tea", ["c-1"])
    with_none.lab.close()
    declared = World(0).lab.experiment("tea")
    draft = Lab([declared], settings=load_settings({"AMENDS_DATABASE_URL": "sqlite://"}))
    with pytest.raises(StateError, match="amends start tea"):
        reminders(draft, "tea", ["c-1"])
    draft.close()


def test_weights_use_what_was_known_and_come_nearer_to_the_truth(world):
    world.now = MONDAY + WINDOW + timedelta(days=1)
    report = world.lab.analyze("tea")
    section = next(item for item in report.sections if item.name == "weighting")
    made = next(item for item in section.figures["contrasts"] if item["metric"] == "csat")["weighted"]
    assert made.used == ("orders",)
    truth = {
        arm: np.mean([world.rating[n] >= 6 for n in range(400) if world.arm[n] == arm])
        for arm in ("thank_you", "sorry")
    }
    naive = report["csat", "thank_you", "sorry"]
    assert abs(made.first - truth["thank_you"]) < abs(naive.values[0] - truth["thank_you"])
    assert abs(made.second - truth["sorry"]) < abs(naive.values[1] - truth["sorry"])
    assert "if orders tell who answers" in section.said[0].en
    assert any("A model, not a bound" in note.en for note in section.notes)


def test_r_confirms_composite_csat_and_score_from_the_published_rows(world, tmp_path):
    world.now = MONDAY + WINDOW + timedelta(days=1)
    world.lab.stop("tea")
    bundle = write_bundle(world.lab, "tea", tmp_path / "out")
    assert bundle.agrees is True, bundle.checked or "R is not installed: apt install r-base-core"
    assert bundle.checked.startswith("R agrees with")
    assert "do not" not in bundle.checked


def test_an_imported_rating_reaches_the_composite_without_a_mean(tmp_path):
    experiment = Experiment(
        key="done",
        notice="Late.",
        arms=[thank_you("Thank you."), silence()],
        metrics=METRICS[:2],
    )
    lab = Lab([experiment], settings=load_settings({"AMENDS_DATABASE_URL": "sqlite://"}))
    lines = ["who,arm,done,stars"]
    for number in range(60):
        done, name = number % 3 > 0, "thank_you" if number % 2 else "silence"
        lines.append(f"u{number},{name},{int(done)},{1 + number % 7 if done else ''}")
    file = tmp_path / "finished.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    columns = Columns(unit="who", arm="arm", completed="done", rating="stars")
    rows = read_finished(read_table(file), experiment, columns)
    store_finished(lab.store, experiment, rows, at=MONDAY, units_given=True)
    report = lab.analyze("done")
    happy = [n for n in range(60) if n % 3 and 1 + n % 7 >= 6 and n % 2]
    assert report.arms["thank_you"].metrics["satisfied"]["events"] == len(happy)
    assert report["satisfied", "thank_you", "silence"].n == (30, 30)
    lab.close()


def test_a_mean_that_needs_no_survey_says_what_is_not_assumed_and_absence_is_no_event():
    experiment = Experiment(
        key="late",
        notice="Late.",
        arms=[thank_you("Thank you."), silence()],
        metrics=[Proportion("refund", baseline=0.1), Mean("minutes", source="outcome", sd=4)],
        response_window=timedelta(days=1),
    )
    now = MONDAY + timedelta(days=5)
    lab = Lab.in_memory([experiment], clock=lambda: now)
    for number in range(80):
        lab.assign("late", f"u{number}", at=MONDAY)
        if number % 4 == 0:
            lab.record_outcome("late", f"u{number}", "refund", 1, at=MONDAY + timedelta(hours=2))
        if number % 2 == 0:
            lab.record_outcome("late", f"u{number}", "minutes", number, at=MONDAY + timedelta(hours=2))
    report = lab.analyze("late")
    assert sum(arm.metrics["refund"]["events"] for arm in report.arms.values()) == 20
    assert sum(arm.metrics["refund"]["n"] for arm in report.arms.values()) == 80
    assert sum(arm.metrics["minutes"]["n"] for arm in report.arms.values()) == 40
    assert any("40 of 80 units have a value" in note.en for note in report.notes)
    lab.close()
