"""What a sender gets back, for every status, repeat and incident."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from amends import (
    Cluster,
    Experiment,
    Holdout,
    Layer,
    blocked,
    delayed_by,
    invite,
    silence,
    sorry,
    text,
    thank_you,
)
from amends.errors import UnknownExperiment, UsageError

FACTS = "Hello Sari, your parcel is late."
SENTENCES = {
    "thank_you": f"{FACTS} Thank you for waiting so patiently.",
    "sorry": f"{FACTS} We are sorry about this delay.",
    "silence": FACTS,
}


def one_of_each(lab, late, key="late_parcel"):
    found = {}
    for n in range(60):
        answer = lab.assign(key, f"C-{n}", **late)
        found.setdefault(answer.arm, answer)
    return found


def test_each_arm_says_its_sentence_after_the_same_facts(open_lab, define, late):
    answers = one_of_each(open_lab(define()), late)
    assert {arm: answer.message for arm, answer in answers.items()} == SENTENCES
    assert {answer.notice for answer in answers.values()} == {FACTS}


def test_silence_gets_the_same_survey_invitation_as_every_arm(open_lab, define, late):
    answers = one_of_each(open_lab(define()), late)
    texts = {answer.invitation.replace(answer.survey_url, "LINK") for answer in answers.values()}
    assert len(texts) == 1
    assert "LINK" in texts.pop()
    assert len({answer.survey_url for answer in answers.values()}) == 3


def test_every_answer_of_a_running_experiment_has_a_recorded_arm(open_lab, define, late, clock):
    lab = open_lab(define())
    answer = lab.assign("late_parcel", "C-1", **late)
    stored = lab.store.find("late_parcel", unit=lab.store.pseudonym("C-1"))
    assert (answer.status, answer.enrolled, answer.repeat, answer.sent) == ("assigned", True, False, False)
    assert (stored.arm, stored.assignment_id, stored.assigned_at) == (
        answer.arm,
        answer.assignment_id,
        answer.assigned_at,
    )
    assert answer.assigned_at == clock.now
    assert answer.arm == define().arm_of("C-1")


def test_same_customer_always_gets_the_same_arm(open_lab, define, late, clock):
    lab = open_lab(define())
    first = lab.assign("late_parcel", "C-1", **late)
    clock.pass_by(days=3)
    again = lab.assign("late_parcel", "C-1", delay=timedelta(hours=1), first_name="Sari")
    assert (again.arm, again.assignment_id, again.assigned_at) == (
        first.arm,
        first.assignment_id,
        first.assigned_at,
    )
    assert (first.repeat, again.repeat) == (False, True)
    assert again.status == "assigned", "the delay is not judged again"
    assert again.invitation == first.invitation


def test_a_repeat_is_rendered_in_this_calls_language_and_words(open_lab, define, late):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", **late)
    again = lab.assign("late_parcel", "C-1", delay=timedelta(hours=30), first_name="Budi", locale="id-ID")
    assert again.locale == "id"
    assert again.message.startswith("Halo Kak Budi, paketnya terlambat.")


def test_a_draft_is_not_started_and_gives_the_usual_message(open_lab, define, late):
    answer = open_lab(define(), start=False).assign("late_parcel", "C-1", **late)
    assert (answer.status, answer.arm, answer.enrolled, answer.message) == ("not_started", None, False, FACTS)
    assert answer.invitation is None


def test_otherwise_replaces_the_notice_for_everyone_not_enrolled(open_lab, define, late):
    usual = text(en="{first_name}, we will be late.", id="{first_name}, kami terlambat.")
    lab = open_lab(define(otherwise=usual))
    answer = lab.assign("late_parcel", "C-1", delay=timedelta(hours=2), first_name="Sari")
    assert (answer.status, answer.message) == ("not_eligible", "Sari, we will be late.")


def test_a_short_delay_is_turned_away_counted_and_may_qualify_later(open_lab, define, late):
    lab = open_lab(define())
    early = lab.assign("late_parcel", "C-1", delay=timedelta(hours=2), first_name="Sari")
    assert (early.status, early.arm, early.message) == ("not_eligible", None, FACTS)
    assert "24" in early.reason
    assert lab.turned_away("late_parcel") == [("not_eligible", early.reason, 1)]
    assert lab.assign("late_parcel", "C-1", **late).status == "assigned"


def test_promised_at_says_the_delay_too(open_lab, define, clock):
    lab = open_lab(define())
    promised = clock.now - timedelta(hours=25)
    assert lab.assign("late_parcel", "C-1", promised_at=promised, first_name="Sari").status == "assigned"
    promised = clock.now - timedelta(hours=23)
    assert lab.assign("late_parcel", "C-2", promised_at=promised, first_name="Sari").status == "not_eligible"


def test_a_language_without_texts_is_not_eligible_and_never_another_language(open_lab, define, late):
    answer = open_lab(define()).assign("late_parcel", "C-1", locale="fr", **late)
    assert (answer.status, answer.message) == ("not_eligible", None)
    assert "fr" in answer.reason


def test_an_opted_out_customer_is_not_eligible(open_lab, define, late):
    lab = open_lab(define())
    lab.store.opt_out(lab.store.pseudonym("C-1"), at=lab.clock())
    answer = lab.assign("late_parcel", "C-1", **late)
    assert (answer.status, answer.message) == ("not_eligible", FACTS)
    assert "opted out" in answer.reason


def test_coverage_takes_in_its_share_and_ramp_only_adds(open_lab, define, late):
    lab = open_lab(define(), coverage="0.1")
    before = {n for n in range(300) if lab.assign("late_parcel", n, **late).enrolled}
    assert 10 < len(before) < 60
    assert (
        lab.assign("late_parcel", next(n for n in range(300) if n not in before), **late).status
        == "not_covered"
    )
    lab.ramp("late_parcel", 0.5)
    after = {n for n in range(300) if lab.assign("late_parcel", n, **late).enrolled}
    assert before < after
    assert 110 < len(after) < 190


def test_holdout_and_layer_keep_units_out_with_the_usual_message(open_lab, define, late):
    lab = open_lab(
        define("held", holdout=Holdout("company", 0.5)), define("layered", layer=Layer("delays", 0.0, 0.5))
    )
    held = {lab.assign("held", n, **late).status for n in range(40)}
    layered = {lab.assign("layered", n, **late).status for n in range(40)}
    assert held == {"assigned", "holdout"}
    assert layered == {"assigned", "not_covered"}
    assert all(lab.assign("held", n, **late).message for n in range(40))


def test_experiments_of_one_layer_never_share_a_unit(open_lab, define, late):
    lab = open_lab(
        define("first", layer=Layer("delays", 0.0, 0.5)), define("second", layer=Layer("delays", 0.5, 1.0))
    )
    for n in range(100):
        enrolled = [lab.assign(key, n, **late).enrolled for key in ("first", "second")]
        assert sum(enrolled) == 1


def test_while_paused_known_units_keep_their_arm_and_new_ones_get_the_usual_message(open_lab, define, late):
    lab = open_lab(define())
    known = lab.assign("late_parcel", "C-1", **late)
    lab.pause("late_parcel")
    again = lab.assign("late_parcel", "C-1", **late)
    assert (again.status, again.arm, again.message) == ("assigned", known.arm, known.message)
    new = lab.assign("late_parcel", "C-2", **late)
    assert (new.status, new.arm, new.message) == ("paused", None, FACTS)
    lab.start("late_parcel")
    assert lab.assign("late_parcel", "C-2", **late).status == "assigned"


def test_after_stop_known_units_keep_their_arm_and_everybody_else_gets_the_then_message(
    open_lab, define, late
):
    lab = open_lab(define())
    known = lab.assign("late_parcel", "C-1", incident="P-1", **late)
    assert known.arm != "sorry", "its own sentence must differ from everybody's after the stop"
    lab.stop("late_parcel", then="sorry")
    again = lab.assign("late_parcel", "C-1", incident="P-1", **late)
    assert (again.status, again.arm, again.message) == ("stopped", known.arm, known.message)
    assert (again.survey_url, again.invitation) == (known.survey_url, known.invitation)
    later = lab.assign("late_parcel", "C-1", incident="P-2", **late)
    assert (later.status, later.arm, later.message) == ("stopped", known.arm, SENTENCES["sorry"])
    assert later.invitation is None
    new = lab.assign("late_parcel", "C-9", **late)
    assert (new.status, new.arm, new.message, new.enrolled) == (
        "stopped",
        None,
        SENTENCES["sorry"],
        False,
    )
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 1


def test_after_stop_without_then_everybody_gets_the_usual_message(open_lab, define, late):
    lab = open_lab(define())
    lab.stop("late_parcel")
    assert lab.assign("late_parcel", "C-9", **late).message == FACTS


def test_a_new_incident_is_told_from_a_retry(open_lab, define, late):
    lab = open_lab(define())
    first = lab.assign("late_parcel", "C-1", incident="P-1", **late)
    retry = lab.assign("late_parcel", "C-1", incident="P-1", **late)
    second = lab.assign("late_parcel", "C-1", incident="P-2", **late)
    second_again = lab.assign("late_parcel", "C-1", incident="P-2", **late)
    assert retry.invitation == first.invitation
    assert {first.arm, second.arm, second_again.arm} == {first.arm}
    assert second.message == first.message, "same_arm: the message is said again"
    assert second.invitation is None, "no second invitation"
    assert second_again.invitation is None
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 1


def test_on_repeat_nothing_gives_a_later_incident_the_usual_message(open_lab, define, late):
    lab = open_lab(define(on_repeat="nothing"))
    first = lab.assign("late_parcel", "C-1", incident="P-1", **late)
    second = lab.assign("late_parcel", "C-1", incident="P-2", **late)
    assert (second.arm, second.message, second.invitation) == (first.arm, FACTS, None)


def test_on_repeat_new_unit_makes_each_incident_a_unit_of_its_customer(open_lab, define, late):
    lab = open_lab(define(on_repeat="new_unit"))
    answers = [lab.assign("late_parcel", "C-1", incident=f"P-{n}", **late) for n in range(3)]
    assert len({answer.assignment_id for answer in answers}) == 3
    assert len({answer.arm for answer in answers}) == 1, "the arm is the customer's"
    assert all(answer.invitation for answer in answers)
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 3
    with pytest.raises(UsageError, match="incident"):
        lab.assign("late_parcel", "C-1", **late)


def test_sent_is_true_once_a_delivery_is_recorded_and_false_for_the_next_incident(
    open_lab, define, late, clock
):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", incident="P-1", **late)
    lab.record_delivery("late_parcel", "C-1", "sent")
    clock.pass_by(minutes=1)
    assert lab.assign("late_parcel", "C-1", incident="P-1", **late).sent is True
    assert lab.assign("late_parcel", "C-1", incident="P-2", **late).sent is False


@pytest.mark.parametrize(
    ("status", "sent"), [("sent", True), ("delivered", True), ("failed", False), ("withheld", False)]
)
def test_only_a_message_that_went_out_counts_as_sent(open_lab, define, late, status, sent):
    lab = open_lab(define())
    lab.assign("late_parcel", "C-1", **late)
    lab.record_delivery("late_parcel", "C-1", status)
    assert lab.assign("late_parcel", "C-1", **late).sent is sent


def test_blocked_arms_are_balanced_in_every_stratum(open_lab, define, late):
    lab = open_lab(define(randomize=blocked(by=("site",), sizes=[3])))
    for site in ("north", "south"):
        arms = [
            lab.assign("late_parcel", f"{site}-{n}", strata={"site": site}, **late).arm for n in range(30)
        ]
        assert {name: arms.count(name) for name in set(arms)} == {"thank_you": 10, "sorry": 10, "silence": 10}


def test_a_repeat_spends_no_position_of_the_sealed_list(open_lab, define, late):
    lab = open_lab(define(randomize=blocked(sizes=[3])))
    arms = []
    for n in range(9):
        arms.append(lab.assign("late_parcel", n, **late).arm)
        lab.assign("late_parcel", n, **late)
    assert all(arms.count(name) == 3 for name in ("thank_you", "sorry", "silence"))
    assert not lab.store.verify()


def test_units_of_a_cluster_share_its_arm_and_each_has_a_row(open_lab, define, late):
    lab = open_lab(define(cluster=Cluster("household", size=3, icc=0.1)))
    arms = {lab.assign("late_parcel", f"C-{n}", cluster="H-1", **late).arm for n in range(5)}
    assert len(arms) == 1
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 5
    assert sum(arm.clusters for arm in lab.tally("late_parcel").arms) == 1


def test_a_clusters_arm_is_its_own_hash_whoever_comes_first(open_lab, define, late):
    lab = open_lab(define(cluster=Cluster("household", size=3, icc=0.1)))
    for n in range(12):
        answer = lab.assign("late_parcel", f"C-{n}", cluster=f"H-{n}", **late)
        assert answer.arm == lab.experiment("late_parcel").arm_of(f"H-{n}")


def test_whoever_belongs_to_an_opted_out_cluster_is_not_eligible(open_lab, define, late):
    lab = open_lab(define(cluster="household"))
    lab.store.opt_out(lab.store.pseudonym("H-1"), at=lab.clock())
    statuses = [lab.assign("late_parcel", f"C-{n}", cluster=f"H-{n}", **late).status for n in range(3)]
    assert statuses == ["assigned", "not_eligible", "assigned"]


def test_a_rehearsal_gets_the_arm_it_asks_for_and_never_counts(open_lab, define, late):
    lab = open_lab(define())
    answer = lab.assign("late_parcel", "qa-1", test=True, arm="sorry", delay=timedelta(0), first_name="Sari")
    assert (answer.arm, answer.message, answer.enrolled) == ("sorry", SENTENCES["sorry"], False)
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


def test_a_rehearsal_that_is_turned_away_is_not_counted_either(open_lab, define, late):
    lab = open_lab(define())
    short = {**late, "delay": timedelta(hours=1)}
    assert lab.assign("late_parcel", "qa-1", test=True, **short).status == "not_eligible"
    assert lab.turned_away("late_parcel") == []
    lab.assign("late_parcel", "C-1", **short)
    assert sum(n for _, _, n in lab.turned_away("late_parcel")) == 1


def test_the_invitation_is_due_after_its_declared_wait(open_lab, define, late, clock):
    words = invite(en="Please: {survey_url}", id="Mohon: {survey_url}", after=timedelta(hours=2))
    answer = open_lab(define(invitation=words)).assign("late_parcel", "C-1", **late)
    assert answer.invite_at == clock.now + timedelta(hours=2)


def test_an_experiment_without_notice_is_silent_in_silence(open_lab, late):
    quiet = Experiment(key="quiet", arms=[sorry("Sorry."), silence()], eligible=delayed_by(hours=1))
    lab = open_lab(quiet)
    answers = {}
    for n in range(20):
        answer = lab.assign("quiet", n, delay=timedelta(hours=2))
        answers[answer.arm] = answer.message
    assert answers == {"sorry": "Sorry.", "silence": None}


def test_slots_are_filled_literally_and_never_run(open_lab, define):
    hostile = "{0.__class__} {survey_url} {{x}}"
    answer = open_lab(define()).assign("late_parcel", "C-1", delay=timedelta(hours=30), first_name=hostile)
    assert f"Hello {hostile}, your parcel is late." in answer.message


def test_assign_many_answers_in_order_and_is_safe_to_run_again(open_lab, define, late):
    lab = open_lab(define())
    rows = [{"unit_id": f"C-{n}", "first_name": f"N{n}"} for n in range(25)]
    first = list(lab.assign_many("late_parcel", rows, chunk=10, delay=timedelta(hours=30)))
    again = list(lab.assign_many("late_parcel", rows, chunk=7, delay=timedelta(hours=30)))
    assert [answer.unit_id for answer in first] == [row["unit_id"] for row in rows]
    assert [answer.arm for answer in first] == define().arms_of([row["unit_id"] for row in rows])
    assert [answer.assignment_id for answer in again] == [answer.assignment_id for answer in first]
    assert all(answer.repeat for answer in again)


def test_a_bad_row_stops_its_chunk_before_anything_of_it_is_recorded(open_lab, define):
    lab = open_lab(define())
    rows = [{"unit_id": "C-1", "first_name": "Sari"}, {"unit_id": "C-2"}]
    with pytest.raises(UsageError, match="row 2: late_parcel needs first_name"):
        list(lab.assign_many("late_parcel", rows, delay=timedelta(hours=30)))
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


def test_assign_async_gives_the_same_answer(open_lab, define, late):
    lab = open_lab(define())
    answer = asyncio.run(lab.assign_async("late_parcel", "C-1", **late))
    assert answer.arm == lab.assign("late_parcel", "C-1", **late).arm


def test_an_unknown_experiment_is_answered_with_the_nearest_name(open_lab, define, late):
    with pytest.raises(UnknownExperiment, match="'late_parcle'.*Did you mean 'late_parcel'"):
        open_lab(define()).assign("late_parcle", "C-1", **late)


@pytest.mark.parametrize("key", [None, 7, [], "", "late parcel", "a\0", "\ud800"])
def test_what_no_experiment_can_be_called_is_unknown_too(open_lab, define, late, key):
    with pytest.raises(UnknownExperiment, match="no experiment"):
        open_lab(define()).assign(key, "C-1", **late)


def test_a_customer_of_another_language_gets_what_is_written_for_every_language(open_lab, define, late):
    lab = open_lab(define(otherwise="Ihre Sendung / your parcel: {first_name}."), define("plain"))
    answer = lab.assign("late_parcel", "C-1", locale="de", **late)
    assert (answer.status, answer.message) == ("not_eligible", "Ihre Sendung / your parcel: Sari.")
    assert (answer.notice, answer.locale) == (None, None)
    assert lab.assign("plain", "C-1", locale="de", **late).message is None, "never another language"


def test_a_repeat_that_names_another_cluster_or_stratum_is_logged_without_the_customer(
    open_lab, define, late, caplog
):
    lab = open_lab(define("c", cluster="party"), define("b", randomize=blocked(by=("site",))))
    first = lab.assign("c", "C-1", cluster="table-1", **late)
    dealt = lab.assign("b", "C-1", strata={"site": "kota"}, **late)
    lab.assign("c", "C-1", cluster="table-1", **late)
    assert not caplog.messages
    assert lab.assign("c", "C-1", cluster="table-2", **late).arm == first.arm
    assert lab.assign("b", "C-1", strata={"site": "bogor"}, **late).arm == dealt.arm
    assert [first.assignment_id in caplog.messages[0], "cluster" in caplog.messages[0]] == [True, True]
    assert [dealt.assignment_id in caplog.messages[1], "stratum" in caplog.messages[1]] == [True, True]
    assert not any(word in caplog.text for word in ("C-1", "table", "bogor"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first_name": None}, "first_name=None"),
        ({"frist_name": "Sari"}, "frist_name='Sari'.*Did you mean 'first_name'"),
        ({"delay": None}, "how late the service is"),
        ({"delay": 30}, "delay=30: a timedelta"),
        ({"at": datetime(2026, 1, 1)}, "time with its zone"),
        ({"promised_at": datetime(2026, 1, 1)}, "time with its zone"),
        ({"arm": "sorry"}, "test=True"),
        ({"arm": "sory", "test": True}, "Did you mean 'sorry'"),
        ({"cluster": "H-1"}, "declares no cluster"),
        ({"strata": {"site": "a"}}, "declares no strata"),
        ({"timezone": "Asia/Jakrata"}, "timezone='Asia/Jakrata' is unknown"),
        ({"test": 1}, "True or False"),
        ({"locale": 7}, "locale=7"),
        ({"locale": "x" * 36}, "36 characters; at most 35"),
        ({"channel": "mail\0"}, "control character"),
        ({"channel": "\ud800"}, "lone surrogate"),
        ({"at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))}, "years 1971 and 2199"),
        ({"delay": None, "promised_at": datetime.min.replace(tzinfo=UTC)}, "years 1971 and 2199"),
        ({"first_name": "\ud800"}, "lone surrogate"),
        ({"first_name": "Sari\0"}, "NUL"),
        ({"first_name": float("nan")}, "first_name=nan"),
        ({"first_name": 10**5000}, "that many digits"),
        ({"incident": 10**5000}, "incident: .*pass the id as text"),
        ({"covariates": ["age"]}, "a mapping"),
        ({"covariates": {1: 2}}, "a mapping from names"),
        ({"covariates": {"age": float("inf")}}, "covariate 'age'.*finite"),
        ({"covariates": {"age": -1e200}}, "covariate 'age'.*1e100 at most"),
        ({"covariates": {"age": object()}}, "covariate 'age'.*object"),
        ({"covariates": {"city": "\ud800"}}, "covariate 'city'"),
    ],
)
def test_a_call_written_wrongly_raises_at_once_with_what_is_allowed(open_lab, define, late, change, words):
    lab = open_lab(define())
    with pytest.raises(UsageError, match=words):
        lab.assign("late_parcel", "C-1", **{**late, **change})
    assert sum(arm.assigned for arm in lab.tally("late_parcel").arms) == 0


def test_a_missing_slot_raises_even_when_the_unit_would_be_silent_or_turned_away(open_lab, define):
    lab = open_lab(define())
    for n in range(5):
        with pytest.raises(UsageError, match="needs first_name"):
            lab.assign("late_parcel", n, delay=timedelta(hours=1))


@pytest.mark.parametrize("chunk", [0, -1, True, 2.5, None])
def test_a_list_in_chunks_of_no_size_is_refused_instead_of_left_out(open_lab, define, late, chunk):
    lab = open_lab(define())
    with pytest.raises(UsageError, match="chunk="):
        list(lab.assign_many("late_parcel", ["C-1"], chunk=chunk, **late))


def test_a_row_whose_columns_have_no_names_is_refused(open_lab, define, late):
    lab = open_lab(define())
    with pytest.raises(UsageError, match="row 1: 7 is no name"):
        list(lab.assign_many("late_parcel", [{"unit_id": "C-1", 7: "x"}], **late))


def test_delay_and_promised_at_together_are_refused(open_lab, define, late, clock):
    with pytest.raises(UsageError, match="same thing"):
        open_lab(define()).assign("late_parcel", "C-1", promised_at=clock.now, **late)


def test_cluster_and_strata_are_required_where_declared(open_lab, define, late):
    lab = open_lab(define("c", cluster="party"), define("b", randomize=blocked(by=("site", "shift"))))
    with pytest.raises(UsageError, match="clustered by party"):
        lab.assign("c", "C-1", **late)
    with pytest.raises(UsageError, match="blocked by site, shift"):
        lab.assign("b", "C-1", strata={"site": "x"}, **late)


@pytest.mark.parametrize("value", ["a/b", "", None, True, 1.5])
def test_a_stratum_that_could_be_taken_for_two_is_refused(open_lab, define, late, value):
    lab = open_lab(define(randomize=blocked(by=("site", "shift"))))
    with pytest.raises(UsageError, match="stratum site.*without '/'"):
        lab.assign("late_parcel", "C-1", strata={"site": value, "shift": "c"}, **late)


def test_the_greeting_follows_the_customers_own_clock(open_lab, clock):
    hello = Experiment(
        key="hello",
        notice=text(en="{greeting}, it is late.", id="{greeting}, ini terlambat."),
        arms=[thank_you(en="Thank you.", id="Terima kasih."), silence()],
    )
    lab = open_lab(hello)
    jakarta = lab.assign("hello", "C-1", locale="id", timezone="Asia/Jakarta")
    assert "malam" in jakarta.notice.lower(), "noon in UTC is 19.00 in Jakarta"
    london = lab.assign("hello", "C-1", locale="id", timezone="Europe/London")
    assert "siang" in london.notice.lower()


def test_a_slot_may_have_any_name_that_is_no_argument(open_lab):
    odd = Experiment(
        key="odd",
        notice="It is {now}, {self} {sender}: it is late by {default_locale}.",
        arms=[sorry("Sorry."), silence()],
    )
    slots = {"now": "noon", "self": "me", "sender": "JX", "default_locale": "far"}
    lab = open_lab(odd)
    answer = lab.assign("odd", "C-1", **slots)
    assert answer.notice == "It is noon, me JX: it is late by far."
    with pytest.raises(UsageError, match="no text of odd asks for {today}"):
        lab.assign("odd", "C-1", today=1, **slots)


def test_whoever_is_invited_to_our_page_finds_a_question_there(open_lab):
    plain = Experiment(key="plain", notice="It is late.", arms=[sorry("Sorry."), silence()])
    assert [item.name for item in plain.items] == ["satisfaction"]
    lab = open_lab(plain)
    lab.assign("plain", "C-1")
    assert lab.record_response("plain", "C-1", satisfaction=6).first
