"""Data checks on real databases: each is broken on purpose, and its row turns."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine

from amends import Cluster, Experiment, Mean, Proportion, blocked, silence, sorry, thank_you
from amends.design.survey import Rating, Scale
from amends.errors import KeyReused, NeverAssigned
from amends.lab import Lab

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = "late_parcel"


def definition(**parts) -> Experiment:
    given = {
        "key": KEY,
        "notice": "Your parcel is late.",
        "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        "metrics": [Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    }
    return Experiment(**{**given, **parts})


class Desk:
    """A lab on a database that tests may damage, and its data checks."""

    def __init__(self, settings, clock):
        self.settings, self.clock = settings, clock
        self.lab = None

    def open(self, *experiments, start=True):
        self.lab = Lab(list(experiments), settings=self.settings, clock=self.clock)
        for experiment in experiments if start else ():
            self.lab.start(experiment.key)
        return self.lab

    def damage(self, statement: str, *values) -> None:
        engine = create_engine(self.settings.database_url)
        place = "?" if engine.dialect.name == "sqlite" else "%s"
        with engine.begin() as connection:
            assert connection.exec_driver_sql(statement.replace("?", place), values).rowcount
        engine.dispose()

    def check(self, name: str, key: str = KEY):
        return self.checks(key)[name]

    def checks(self, key: str = KEY):
        return self.lab.analyze(key).to_dict()["sections"]["checks"]["found"]

    def state(self, name: str, key: str = KEY) -> str:
        return self.check(name, key)["state"]

    def fill(self, n: int, *, at=MONDAY, prefix="C", spread=timedelta(minutes=1), **more) -> list[str]:
        units = [f"{prefix}-{number}" for number in range(n)]
        rows = [{"unit_id": unit, "at": at + spread * number, **more} for number, unit in enumerate(units)]
        self.arms = {**getattr(self, "arms", {})}
        for answer in self.lab.assign_many(KEY, rows):
            self.arms[answer.unit_id] = answer.arm
        return units


@pytest.fixture
def desk(settings, clock):
    clock.now = MONDAY + timedelta(days=60)
    made = Desk(settings, clock)
    yield made
    if made.lab is not None:
        made.lab.close()


def test_a_clean_experiment_has_nothing_but_ok(desk):
    desk.open(definition())
    for unit in desk.fill(60, channel="email"):
        desk.lab.record_delivery(KEY, unit, "sent", at=MONDAY + timedelta(hours=2))
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(hours=3))
    found = desk.checks()
    assert {check["state"] for check in found.values()} == {"ok"}
    assert {"split", "weekdays", "text_length", "late_answers", "off_scale", "left_out"} <= set(found)


def test_rows_deleted_from_one_arm_break_the_split_and_the_verdict(desk):
    desk.open(definition())
    desk.fill(400)
    assert desk.state("split") == "ok"
    desk.damage("UPDATE tally SET assigned = assigned - 120 WHERE arm = 'sorry' AND assigned > 150")
    found = desk.lab.analyze(KEY)
    assert found.to_dict()["sections"]["checks"]["found"]["split"]["state"] == "broken"
    assert found.verdict == "not trustworthy"


def test_one_sender_that_gives_one_arm_only_turns_its_row(desk):
    desk.open(definition())
    desk.fill(300)
    desk.damage("UPDATE tally SET sender = 'shop' WHERE arm = 'sorry'")
    found = desk.check("split_by_sender")
    assert found["state"] == "broken"
    assert {cell["value"] for cell in found["cells"]} == {"python", "shop"}
    assert all(cell["p_value"] < 0.001 for cell in found["cells"])


def test_an_arm_without_anybody_on_mondays_is_broken(desk):
    desk.open(definition())
    for week in range(6):
        for day in range(7):
            at = MONDAY + timedelta(weeks=week, days=day)
            desk.fill(10, at=at, prefix=f"{week}-{day}")
    assert desk.state("weekdays") == "ok"
    for week in range(6):
        monday = (MONDAY + timedelta(weeks=week)).date().isoformat()
        desk.damage("DELETE FROM tally WHERE arm = 'sorry' AND day = ?", monday)
    found = desk.check("weekdays")
    assert found["state"] == "broken"
    assert found["missed"] == [{"arm": "sorry", "weekday": "Monday"}]
    assert any("weekday" in note.en for note in desk.lab.analyze(KEY).notes)


def test_a_day_on_which_the_sender_was_down_is_found(desk):
    desk.open(definition())
    for day in range(21):
        if day != 9:
            desk.fill(12, at=MONDAY + timedelta(days=day), prefix=f"{day}")
    found = desk.check("outages")
    assert found["state"] == "look at this"
    assert found["unexpected"] == ["2026-03-11"]


def test_closed_sundays_are_no_outage(desk):
    desk.open(definition())
    for day in range(28):
        if day % 7 != 6:
            desk.fill(12, at=MONDAY + timedelta(days=day), prefix=f"{day}")
    found = desk.check("outages")
    assert found["state"] == "ok"
    assert len(found["empty"]) == 3


def test_shares_that_change_when_the_coverage_is_raised_are_broken(desk):
    desk.lab = Lab([definition()], settings=desk.settings, clock=desk.clock)
    desk.clock.now = MONDAY
    desk.lab.start(KEY, coverage="0.5")
    desk.fill(400)
    desk.clock.now = MONDAY + timedelta(days=7)
    desk.lab.ramp(KEY, "1")
    desk.fill(400, at=MONDAY + timedelta(days=8), prefix="D")
    desk.clock.now = MONDAY + timedelta(days=20)
    found = desk.check("ramps")
    assert found["state"] == "ok"
    assert [step[1:] for step in found["steps"]] == [["0.5", "1"]]
    desk.damage("UPDATE tally SET assigned = 3 * assigned WHERE arm = 'sorry' AND day > '2026-03-05'")
    assert desk.state("ramps") == "broken"


def test_deliveries_lost_in_one_arm_turn_their_row(desk):
    desk.open(definition())
    for unit in desk.fill(200):
        if desk.arms[unit] == "sorry" or unit.endswith(("1", "2", "3", "4", "5")):
            desk.lab.record_delivery(KEY, unit, "delivered", at=MONDAY + timedelta(days=1))
    found = desk.check("lost_delivered")
    assert found["state"] == "broken"
    assert found["lost"]["sorry"] == 0


def test_answers_of_strangers_and_repeats_are_counted(desk):
    desk.open(definition())
    units = desk.fill(20)
    for unit in units:
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(days=1))
    assert desk.state("refused_answers") == desk.state("repeated_answers") == "ok"
    for number in range(3):
        with pytest.raises(NeverAssigned):
            desk.lab.record_response(KEY, f"stranger-{number}", satisfaction=5)
    for unit in units[:4]:
        again = desk.lab.record_response(KEY, unit, satisfaction=1, at=MONDAY + timedelta(days=2))
        assert again.ratings["satisfaction"] == 5
    refused, repeated = desk.check("refused_answers"), desk.check("repeated_answers")
    assert (refused["state"], refused["refused"], refused["answers"]) == ("look at this", 3, 23)
    assert (repeated["state"], repeated["repeated"]) == ("look at this", 4)
    by_arm = {arm: sum(desk.arms[unit] == arm for unit in units[:4]) for arm in ("thank_you", "sorry")}
    assert repeated["by_arm"] == by_arm


def test_repeats_are_counted_with_the_arm_also_of_many_at_once_and_without_tests(desk):
    lab = desk.open(definition())
    units = desk.fill(12)
    lab.assign(KEY, "trial", test=True)
    rows = [{"unit_id": unit, "satisfaction": 5} for unit in units]
    list(lab.record_responses(KEY, rows))
    thanked = [unit for unit in units if desk.arms[unit] == "thank_you"]
    again = [*thanked, thanked[0]]
    list(lab.record_responses(KEY, [{"unit_id": unit, "satisfaction": 2} for unit in again]))
    for _ in range(2):
        lab.record_response(KEY, "trial", satisfaction=4)
    repeated = desk.check("repeated_answers")
    assert repeated["by_arm"] == {"thank_you": len(thanked) + 1, "sorry": 0}
    n = len(thanked)
    assert f"thank you {n + 1} of {2 * n + 1}" in repeated["found"]["en"]
    assert "sorry 0 of" in repeated["found"]["en"]


def test_the_same_record_again_is_told_from_another_answer(desk):
    desk.open(definition())
    (unit,) = desk.fill(1)
    for _ in range(3):
        desk.lab.record_response(
            KEY, unit, finished=False, satisfaction=5, at=MONDAY + timedelta(days=1), idempotency_key="k"
        )
    with pytest.raises(KeyReused):
        desk.lab.record_response(KEY, unit, satisfaction=2, idempotency_key="k")
    assert desk.check("repeated_answers")["reasons"] == {"the same record again": 2}


def test_one_arm_that_answers_late_is_looked_at(desk):
    desk.open(definition(response_window=timedelta(days=2)))
    for unit in desk.fill(120):
        late = desk.arms[unit] == "sorry" and unit.endswith(("0", "1", "2"))
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(days=5 if late else 1))
    found = desk.check("late_answers")
    assert found["state"] == "look at this"
    assert found["events"]["thank_you"] == 0
    assert found["p_value"] < 0.01


@pytest.mark.parametrize(("early", "state"), [(0, "ok"), (2, "look at this"), (20, "broken")])
def test_answers_before_the_message_are_found(desk, early, state):
    desk.open(definition())
    for number, unit in enumerate(desk.fill(60)):
        sent = MONDAY + timedelta(hours=4)
        desk.lab.record_delivery(KEY, unit, "sent", at=sent)
        spell = timedelta(hours=-1) if number < early else timedelta(hours=1)
        desk.lab.record_response(KEY, unit, satisfaction=5, at=sent + spell)
    found = desk.check("early_answers")
    assert (found["state"], sum(found["early"].values())) == (state, early)


def test_half_a_minute_between_two_clocks_is_no_early_answer(desk):
    desk.open(definition())
    (unit,) = desk.fill(1)
    desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(hours=1))
    desk.lab.record_delivery(KEY, unit, "sent", at=MONDAY + timedelta(hours=1, seconds=30))
    assert desk.state("early_answers") == "ok"


def test_unequal_sentences_are_looked_at_even_before_anybody_came(desk):
    long = "We are sorry for it, and we shall do everything in our power to make sure of a better day."
    desk.open(definition(arms=[thank_you("Thank you for waiting."), sorry(long)]))
    assert desk.state("text_length") == "look at this"
    assert "split" not in desk.checks()


def test_ratings_off_the_scale_or_between_its_points_are_broken(desk):
    desk.open(definition())
    for unit in desk.fill(12):
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(days=1))
    assert desk.state("off_scale") == "ok"
    desk.damage("UPDATE rating SET value = 9 WHERE assignment = 1")
    desk.damage("UPDATE rating SET value = 5.5 WHERE assignment = 2")
    assert desk.check("off_scale")["items"] == {"satisfaction": 2}
    assert any("Ratings outside the scale" in note.en for note in desk.lab.analyze(KEY).notes)


def test_a_tally_with_a_point_off_the_scale_is_broken_too(desk):
    desk.open(definition())
    for unit in desk.fill(5):
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(days=1))
    desk.damage("UPDATE tally_rating SET rating = 8")
    assert desk.state("off_scale") == "broken"


def test_other_answers_off_the_scale_are_broken(desk):
    desk.open(definition(survey=[Rating("satisfaction"), Rating("severity", "How bad?", role="severity")]))
    for unit in desk.fill(6):
        desk.lab.record_response(KEY, unit, satisfaction=5, severity=3, at=MONDAY + timedelta(days=1))
    assert desk.state("off_scale") == "ok"
    desk.damage("""UPDATE response SET answers = '{"severity": "bad"}' WHERE assignment = 3""")
    assert desk.check("off_scale")["items"] == {"severity": 1}


def test_a_score_between_the_points_of_a_scale_is_sound(desk):
    esteem = Scale("esteem", items=["I feel valued.", "I feel ignored."], reverse=[2])
    desk.open(definition(metrics=[Proportion("completed"), Mean("esteem", scale=(1, 7))], survey=[esteem]))
    for unit in desk.fill(6):
        desk.lab.record_response(KEY, unit, esteem_1=6, esteem_2=3, at=MONDAY + timedelta(days=1))
    assert desk.state("off_scale") == "ok"
    desk.damage("UPDATE rating SET value = 7.5 WHERE assignment = 3")
    assert desk.check("off_scale")["items"] == {"esteem": 1}


@pytest.mark.parametrize(("haste", "state"), [(0, "ok"), (20, "look at this")])
def test_forms_filled_in_faster_than_anybody_reads_are_looked_at(desk, haste, state):
    desk.open(definition())
    at = MONDAY + timedelta(days=1)
    for number, unit in enumerate(desk.fill(40)):
        desk.lab.record_response(KEY, unit, finished=False, at=at)
        spent = timedelta(seconds=1 if number < haste else 30)
        desk.lab.record_response(KEY, unit, satisfaction=5, at=at + spent)
    found = desk.check("fast_answers")
    assert (found["state"], sum(found["events"].values())) == (state, haste)
    assert sum(found["of"].values()) == 40


@pytest.mark.parametrize(("straight", "state"), [(2, "ok"), (30, "look at this")])
def test_the_same_answer_throughout_is_looked_at(desk, straight, state):
    esteem = Scale("esteem", items=["Valued.", "Seen.", "Heard."], role="mediator")
    desk.open(definition(survey=[Rating("satisfaction"), esteem]))
    for number, unit in enumerate(desk.fill(40)):
        last = 4 if number < straight else 5
        desk.lab.record_response(
            KEY, unit, satisfaction=4, esteem_1=4, esteem_2=4, esteem_3=last, at=MONDAY + timedelta(days=1)
        )
    found = desk.check("straight_lining")
    assert (found["state"], sum(found["events"].values())) == (state, straight)


def test_an_arm_at_the_top_of_the_scale_is_looked_at(desk):
    desk.open(definition())
    for number, unit in enumerate(desk.fill(40)):
        top = desk.arms[unit] == "sorry" or number % 2 == 0
        desk.lab.record_response(KEY, unit, satisfaction=7 if top else 4, at=MONDAY + timedelta(days=1))
    found = desk.check("ceiling_satisfaction")
    assert found["state"] == "look at this"
    assert found["highest"]["sorry"] == 1.0


def test_units_with_a_second_incident_are_counted(desk):
    desk.open(definition())
    units = desk.fill(40, incident="first")
    assert desk.state("repeats") == "ok"
    for unit in units[:12]:
        desk.lab.assign(KEY, unit, incident="second", at=MONDAY + timedelta(days=3))
        desk.lab.assign(KEY, unit, incident="third", at=MONDAY + timedelta(days=4))
    found = desk.check("repeats")
    assert (found["state"], sum(found["units"].values())) == ("look at this", 12)


def test_customers_of_another_experiment_must_be_spread_evenly(desk):
    other = Experiment(key="other", notice="Late again.", arms=[thank_you("Thank you so much."), silence()])
    desk.open(definition(), other)
    units = desk.fill(200, at=MONDAY + timedelta(days=20))
    for unit in units[:20]:
        desk.lab.assign("other", unit, at=MONDAY)
    for unit in units[20:30]:
        # More than 30 days earlier, and later: neither counts.
        desk.lab.assign("other", f"{unit}", at=MONDAY + timedelta(days=25))
    found = desk.check("other_experiments")
    assert (found["state"], sum(found["units"].values())) == ("ok", 20)
    for unit in units[30:]:
        if desk.arms[unit] == "sorry":
            desk.lab.assign("other", unit, at=MONDAY)
    assert desk.state("other_experiments") == "look at this"
    assert sum(desk.check("other_experiments", "other")["units"].values()) == 10


def test_what_was_said_at_the_first_incident_may_carry_over(desk):
    desk.open(definition(on_repeat="new_unit"))
    for turn in (1, 2):
        for number in range(60):
            made = desk.lab.assign(
                KEY,
                f"C-{number}",
                incident=f"{number}-{turn}",
                at=MONDAY + timedelta(days=7 * turn, minutes=number),
            )
            sad = made.arm == "sorry" and turn == 2
            if number % 4 and not (sad and number % 8):
                desk.lab.record_response(
                    KEY, token=made.survey_url.rsplit("/", 1)[-1], at=MONDAY + timedelta(days=7 * turn + 1)
                )
    found = desk.check("carry_over")
    assert found["state"] == "look at this"
    assert sum(arm["n"] for arm in found["customers"].values()) == 60
    assert found["customers"]["sorry"]["later"] < found["customers"]["sorry"]["first"]


def test_a_cluster_in_two_arms_is_broken(desk):
    desk.open(definition(cluster=Cluster("household", size=2, icc=0.1)))
    for number in range(20):
        desk.lab.assign(KEY, f"C-{number}", cluster=f"H-{number // 2}", at=MONDAY)
    assert desk.state("clusters_apart") == "ok"
    desk.damage("UPDATE assignment SET arm = CASE arm WHEN 'sorry' THEN 'thank_you' ELSE 'sorry' END "
                "WHERE number = 3")  # fmt: skip
    assert desk.check("clusters_apart")["clusters"] == 1
    assert desk.state("clusters_apart") == "broken"


def test_a_covariate_that_differs_between_the_arms_is_looked_at(desk):
    desk.open(definition(covariates=["orders", "tier"]))
    for number in range(120):
        desk.lab.assign(
            KEY,
            f"C-{number}",
            at=MONDAY,
            channel="email" if number % 2 else "sms",
            covariates={"orders": number % 10, "tier": "gold" if number % 3 else None},
        )
    found = desk.check("balance")
    assert found["state"] == "ok"
    by_name = {item["name"]: item for item in found["variables"]}
    assert (by_name["orders"]["kind"], by_name["tier"]["kind"]) == ("number", "category")
    assert sum(by_name["tier"]["missing"].values()) == 40
    desk.damage(
        """UPDATE assignment SET covariates = '{"orders": 40}' WHERE arm = 'sorry' AND (number & 1) = 1"""
    )
    assert desk.state("balance") == "look at this"


def test_who_does_not_count_is_counted(desk):
    desk.open(definition())
    units = desk.fill(10)
    desk.lab.assign(KEY, "trial", test=True, arm="sorry", at=MONDAY)
    store = desk.lab.store
    for unit in (units[0], "never seen"):
        store.opt_out(store.pseudonym(unit))
    desk.lab.assign(KEY, "never seen", at=MONDAY)
    store.forget(store.pseudonym(units[1]))
    found = desk.check("left_out")
    assert {name: found[name] for name in ("tests", "opted_out_before", "opted_out_since", "erased")} == {
        "tests": 1,
        "opted_out_before": 1,
        "opted_out_since": 1,
        "erased": 1,
    }
    assert found["state"] == "ok"


def test_a_sealed_list_that_was_changed_is_broken(desk):
    desk.open(definition(randomize=blocked()))
    desk.fill(12)
    found = desk.check("split")
    assert (found["state"], found["method"]) == ("ok", "replay of the sealed list")
    desk.damage("UPDATE assignment SET arm = CASE arm WHEN 'sorry' THEN 'thank_you' ELSE 'sorry' END "
                "WHERE number = 3")  # fmt: skip
    assert desk.state("split") == "broken"


def test_counts_of_a_large_experiment_are_kept_for_a_minute(desk, monkeypatch):
    desk.open(definition())
    desk.fill(10)
    monkeypatch.setattr("amends.lab.checking.LARGE", 10)
    assert desk.check("left_out")["tests"] == 0
    desk.lab.assign(KEY, "trial", test=True, arm="sorry", at=MONDAY)
    assert desk.check("left_out")["tests"] == 0
    desk.clock.pass_by(seconds=61)
    assert desk.check("left_out")["tests"] == 1


def test_masked_arms_are_checked_without_what_tells_them_apart(desk):
    desk.open(definition(arms=[thank_you("Thank you for waiting."), silence()], masked=True))
    for unit in desk.fill(60):
        if desk.arms[unit] != "silence":
            desk.lab.record_delivery(KEY, unit, "delivered", at=MONDAY + timedelta(hours=2))
        desk.lab.record_response(KEY, unit, satisfaction=5, at=MONDAY + timedelta(hours=3))
    found = desk.checks()
    assert set(found["split"]["assigned"]) == set(found["late_answers"]["of"]) == {"A", "B"}
    assert not {"text_length", "lost_delivered", "early_answers"} & set(found)
    assert "silence" not in str(found)
    desk.lab.stop(KEY)
    assert {"lost_delivered", "early_answers"} <= set(desk.checks())
