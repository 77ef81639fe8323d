"""What may be recorded after an assignment, what is refused, and that refusals leave nothing behind."""

from datetime import UTC, datetime, timedelta

import pytest

from amends import Mean, Proportion, Scale, invite, service_quality
from amends.analysis.means import Summary
from amends.analysis.measure_means import sample
from amends.errors import NeverAssigned, RecordRefused, StateError, UsageError


@pytest.fixture
def lab(open_lab, define, late):
    complained = Proportion(
        "complained", baseline=0.1, detect=0.05, better="lower", source="outcome", role="guardrail"
    )
    spent = Mean("spent", sd=10, detect=2, source="outcome", role="secondary")
    metrics = [
        Proportion("completed", baseline=0.4, detect=0.05),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
        complained,
        spent,
    ]
    lab = open_lab(define(metrics=metrics, survey=[*service_quality()], response_window=timedelta(days=3)))
    lab.assign("late_parcel", "C-1", **late)
    return lab


def totals(lab):
    arms = lab.tally("late_parcel").arms
    names = ("assigned", "sent", "delivered", "failed", "started", "finished", "late")
    return {name: sum(getattr(arm, name) for arm in arms) for name in names}


def test_a_finished_response_counts_as_completed_with_its_rating(lab, clock):
    stored = lab.record_response("late_parcel", "C-1", satisfaction=6, attention=7)
    assert stored.first
    clock.pass_by(days=9)
    arm = next(arm for arm in lab.tally("late_parcel").arms if arm.assigned)
    assert (arm.started, arm.finished, arm.completed, arm.matured) == (1, 1, 1, 1)
    assert {point: n for point, n in arm.ratings["satisfaction"].items() if n} == {6: 1}


def test_the_first_finished_response_stands_and_a_repeat_is_answered_with_it(lab):
    lab.record_response("late_parcel", "C-1", satisfaction=6)
    again = lab.record_response("late_parcel", "C-1", satisfaction=2)
    assert (again.first, again.ratings) == (False, {"satisfaction": 6})
    assert totals(lab)["finished"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"finished": "no"},
        {"idempotency_key": 7},
        {"idempotency_key": "k" * 201},
        {"at": datetime.max.replace(tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_response_written_wrongly_raises_and_counts_nowhere(lab, wrong):
    with pytest.raises(UsageError, match=f"{next(iter(wrong))}="):
        lab.record_response("late_parcel", "C-1", satisfaction=6, **wrong)
    assert totals(lab)["started"] == 0


@pytest.mark.parametrize("token", [7, "x" * 201, "\ud800"])
def test_what_is_no_token_is_refused(lab, token):
    with pytest.raises(UsageError, match="token="):
        lab.record_response("late_parcel", token=token, satisfaction=6)


@pytest.mark.parametrize("detail", [7, "x" * 2_001, "\ud800", "550\0"])
def test_a_detail_of_a_delivery_that_could_not_be_stored_is_refused(lab, detail):
    with pytest.raises(UsageError, match="detail"):
        lab.record_delivery("late_parcel", "C-1", "failed", detail=detail)
    assert lab.record_delivery("late_parcel", "C-1", "failed", detail="550\nmailbox full")


def test_a_start_without_a_finish_is_no_completion(lab):
    lab.record_response("late_parcel", "C-1", finished=False)
    assert (totals(lab)["started"], totals(lab)["finished"]) == (1, 0)
    lab.record_response("late_parcel", "C-1", satisfaction=5)
    assert (totals(lab)["started"], totals(lab)["finished"]) == (1, 1)


@pytest.mark.parametrize("rating", [0, 8, 4.5, "six", True, None, float("nan")])
def test_a_rating_off_the_scale_is_refused_naming_value_and_scale(lab, rating):
    with pytest.raises(RecordRefused, match=r"satisfaction.*1.*7"):
        lab.record_response(
            "late_parcel",
            "C-1",
            **{"satisfaction": rating} if rating is not None else {"attention": 9, "satisfaction": 9},
        )
    assert totals(lab)["finished"] == 0


def test_an_item_nobody_asks_is_refused_with_the_nearest(lab):
    with pytest.raises(RecordRefused, match="Did you mean 'attention'"):
        lab.record_response("late_parcel", "C-1", satisfaction=6, atention=5)


def test_a_response_before_any_assignment_is_refused_and_counted(lab):
    with pytest.raises(NeverAssigned, match="'C-404' was never assigned"):
        lab.record_response("late_parcel", "C-404", satisfaction=6)
    assert ("refused", "response before assignment", 1) in lab.turned_away("late_parcel")
    assert totals(lab)["finished"] == 0


def test_a_response_dated_before_its_assignment_is_refused(lab, clock):
    with pytest.raises(RecordRefused, match="before the unit's assignment"):
        lab.record_response("late_parcel", "C-1", satisfaction=6, at=clock.now - timedelta(days=1))


def test_a_response_by_token_needs_no_id_and_a_forged_one_is_refused(lab, late):
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    assert lab.record_response("late_parcel", token=token, satisfaction=6).first
    forged = ("A" if token[0] != "A" else "B") + token[1:]
    with pytest.raises(RecordRefused, match="not genuine"):
        lab.record_response("late_parcel", token=forged, satisfaction=6)


def test_a_link_with_a_genuine_nonce_and_another_signature_opens_nothing(lab, late):
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert lab.survey(token).state == "open"
    assert lab.survey(forged) is None
    with pytest.raises(RecordRefused, match="not genuine"):
        lab.record_response("late_parcel", token=forged, satisfaction=6)


def test_the_token_shows_neither_arm_nor_id(open_lab, define, late):
    lab = open_lab(define())
    tokens = {}
    for n in range(30):
        answer = lab.assign("late_parcel", f"customer-{n}", **late)
        tokens[answer.survey_url.rpartition("/")[2]] = answer.arm
    assert len({len(token) for token in tokens}) == 1
    assert not any(arm in token or "customer" in token for token, arm in tokens.items())


def test_unit_and_token_together_or_neither_are_refused(lab):
    for arguments in ({}, {"unit_id": "C-1", "token": "x"}):
        with pytest.raises(UsageError, match="either unit_id or token"):
            lab.record_response("late_parcel", **arguments)


def test_an_answer_after_the_window_is_kept_as_late_and_not_counted(lab, clock):
    clock.pass_by(days=3, minutes=1)
    stored = lab.record_response("late_parcel", "C-1", satisfaction=6)
    assert stored.late
    clock.pass_by(days=9)
    arm = next(arm for arm in lab.tally("late_parcel").arms if arm.assigned)
    assert (arm.finished, arm.late, arm.completed) == (1, 1, 0)
    assert not any(arm.ratings.get("satisfaction", {}).values())


def test_an_answer_at_the_very_end_of_the_window_is_in_time(lab, clock):
    clock.pass_by(days=3)
    assert not lab.record_response("late_parcel", "C-1", satisfaction=6).late


def test_the_window_runs_from_the_invitation_where_that_waits(open_lab, define, late, clock):
    words = invite(en="Please: {survey_url}", id="Mohon: {survey_url}", after=timedelta(hours=2))
    lab = open_lab(define(invitation=words, response_window=timedelta(days=3)))
    for unit in ("C-1", "C-2"):
        lab.assign("late_parcel", unit, **late)
    clock.pass_by(days=3, hours=2)
    assert not lab.record_response("late_parcel", "C-1", satisfaction=6).late
    assert sum(arm.matured for arm in lab.tally("late_parcel").arms) == 0
    clock.pass_by(minutes=1)
    assert lab.record_response("late_parcel", "C-2", satisfaction=6).late
    clock.now = clock.now.replace(hour=1, minute=59) + timedelta(days=1)
    assert sum(arm.matured for arm in lab.tally("late_parcel").arms) == 0
    clock.pass_by(minutes=1)
    assert sum(arm.matured for arm in lab.tally("late_parcel").arms) == 2


def test_without_a_window_an_answer_is_late_once_the_experiment_has_stopped(open_lab, define, late, clock):
    lab = open_lab(define())
    for unit in ("C-1", "C-2"):
        lab.assign("late_parcel", unit, **late)
    clock.pass_by(days=40)
    assert not lab.record_response("late_parcel", "C-1", satisfaction=6).late
    lab.stop("late_parcel")
    clock.pass_by(minutes=1)
    assert lab.record_response("late_parcel", "C-2", satisfaction=6).late
    assert sum(arm.completed for arm in lab.tally("late_parcel").arms) == 1


def test_a_token_is_worth_nothing_in_another_experiment(open_lab, define, late):
    lab = open_lab(define(), define("other_parcel"))
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    with pytest.raises(RecordRefused, match="belongs to late_parcel, not to other_parcel"):
        lab.record_response("other_parcel", token=token, satisfaction=6)
    assert lab.record_response("late_parcel", token=token, satisfaction=6).first


def test_units_wait_until_the_window_of_their_whole_day_has_closed(lab, clock):
    lab.record_response("late_parcel", "C-1", satisfaction=6)
    waiting = next(arm for arm in lab.tally("late_parcel").arms if arm.assigned)
    assert (waiting.matured, waiting.waiting, waiting.completed) == (0, 1, 0)
    clock.pass_by(days=3, hours=11, minutes=59)
    assert next(arm for arm in lab.tally("late_parcel").arms if arm.assigned).matured == 0
    clock.pass_by(minutes=1)
    assert next(arm for arm in lab.tally("late_parcel").arms if arm.assigned).matured == 1


def test_a_scale_is_scored_as_the_mean_of_its_items_after_reversing(open_lab, define, late):
    esteem = Scale("esteem", items=["I feel valued.", "I feel ignored.", "I matter."], reverse=[2])
    metrics = [Proportion("completed"), Mean("esteem", scale=(1, 7), role="secondary")]
    lab = open_lab(define(metrics=metrics, survey=[esteem]))
    for n, (first, second, third) in enumerate([(7, 1, 7), (6, 1, 5), (5, 3, 4)]):
        lab.assign("late_parcel", n, test=False, **late)
        lab.record_response("late_parcel", n, esteem_1=first, esteem_2=second, esteem_3=third)
    seen = [
        sample(lab.experiment("late_parcel").metric("esteem"), arm) for arm in lab.tally("late_parcel").arms
    ]
    summaries = [one.summary for one in seen if isinstance(one.summary, Summary)]
    assert sum(one.n for one in summaries) == 3
    assert sum(one.n * one.mean for one in summaries) == pytest.approx(7 + 6 + 14 / 3)


def test_a_delivery_counts_once_per_status(lab):
    assert lab.record_delivery("late_parcel", "C-1", "sent") is True
    assert lab.record_delivery("late_parcel", "C-1", "sent") is False
    lab.record_delivery("late_parcel", "C-1", "delivered")
    assert (totals(lab)["sent"], totals(lab)["delivered"], totals(lab)["failed"]) == (1, 1, 0)


def test_a_delivery_is_refused_for_an_unknown_status_or_unit(lab):
    with pytest.raises(UsageError, match="'delivred' is unknown. Did you mean 'delivered'"):
        lab.record_delivery("late_parcel", "C-1", "delivred")
    with pytest.raises(NeverAssigned):
        lab.record_delivery("late_parcel", "C-404", "sent")


def test_what_a_person_said_must_be_the_sentence_of_an_arm(lab):
    with pytest.raises(UsageError, match="said='sory' is not an arm of late_parcel"):
        lab.record_delivery("late_parcel", "C-1", "delivered", said="sory")
    assert totals(lab)["delivered"] == 0
    assert lab.record_delivery("late_parcel", "C-1", "delivered", said="sorry")


def test_outcomes_need_no_survey(lab, clock):
    lab.record_outcome("late_parcel", "C-1", "complained", 1)
    lab.record_outcome("late_parcel", "C-1", "spent", 12.5)
    clock.pass_by(days=9)
    arm = next(arm for arm in lab.tally("late_parcel").arms if arm.assigned)
    assert arm.outcomes["complained"] == 1
    assert arm.moments["spent"].n == 1


def test_an_outcome_is_refused_when_undeclared_or_off_its_values(lab):
    with pytest.raises(UsageError, match="Did you mean 'complained'"):
        lab.record_outcome("late_parcel", "C-1", "complaned", 1)
    with pytest.raises(UsageError, match="not an outcome"):
        lab.record_outcome("late_parcel", "C-1", "satisfaction", 5)
    for value in (2, 0.5, "yes", float("nan"), float("inf")):
        with pytest.raises(RecordRefused, match="complained"):
            lab.record_outcome("late_parcel", "C-1", "complained", value)


def test_nothing_is_recorded_for_a_draft(open_lab, define):
    lab = open_lab(define(), start=False)
    with pytest.raises(StateError, match="has not started"):
        lab.record_response("late_parcel", "C-1", satisfaction=6)


def test_a_naive_time_is_refused(lab):
    with pytest.raises(UsageError, match="time with its zone"):
        lab.record_response("late_parcel", "C-1", satisfaction=6, at=datetime(2026, 3, 3))


def test_the_survey_of_a_link_is_open_then_spent_and_a_forged_link_is_nothing(lab, late):
    answer = lab.assign("late_parcel", "C-1", **late)
    token = answer.survey_url.rpartition("/")[2]
    assert lab.survey(token).state == "open"
    assert lab.survey(token).arm == answer.arm
    lab.record_response("late_parcel", token=token, satisfaction=6)
    assert lab.survey(token).state == "spent"
    assert lab.survey("nonsense") is None


def test_a_link_expires_a_month_after_the_stop(lab, late, clock):
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    lab.stop("late_parcel")
    assert lab.survey(token).state == "open"
    clock.pass_by(days=31)
    assert lab.survey(token).state == "expired"


def test_a_link_expires_a_month_after_its_window_while_the_experiment_runs(lab, late, clock):
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    clock.pass_by(days=32)
    assert lab.survey(token).state == "open"
    clock.pass_by(days=2)
    assert lab.survey(token).state == "expired"


def test_a_stop_cuts_no_window_short(define, open_lab, late, clock):
    lab = open_lab(define(response_window=timedelta(days=60)))
    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    lab.stop("late_parcel")
    clock.pass_by(days=59)
    assert lab.survey(token).state == "open"
    assert not lab.record_response("late_parcel", token=token, satisfaction=5).late
    other = open_lab(define("other"), define("open"))
    token = other.assign("open", "C-1", **late).survey_url.rpartition("/")[2]
    clock.pass_by(days=400)
    assert other.survey(token).state == "open"  # neither a window nor a stop


def test_a_link_whose_customer_was_erased_is_genuine_and_leads_nowhere(lab, late):
    from amends.lab.survey_links import is_genuine

    token = lab.assign("late_parcel", "C-1", **late).survey_url.rpartition("/")[2]
    lab.store.forget(lab.pseudonym("C-1"))
    assert lab.survey(token) is None
    assert is_genuine(lab, token)
    assert not is_genuine(lab, token[:-1])


def test_the_tally_equals_a_recount_of_the_rows(lab, late):
    for n in range(40):
        lab.assign("late_parcel", n, **late)
        if n % 2:
            lab.record_delivery("late_parcel", n, "sent")
        if n % 3 == 0:
            lab.record_response("late_parcel", n, satisfaction=1 + n % 7)
        if n % 5 == 0:
            lab.record_outcome("late_parcel", n, "spent", n / 3)
    assert lab.store.verify() == []
