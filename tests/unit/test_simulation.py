"""Invented customers: the same from the same seed, with the effects that were asked for."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from amends import Cluster, Mean, Proportion, Reminder, Scale, blocked, everyone
from amends.errors import UsageError
from amends.lab.calling import read_call
from amends.simulation import ANSWERS_REMINDER, Effects, invent_customers

START = datetime(2026, 3, 1, tzinfo=UTC)


def invent(experiment, n=400, seed=7, **options):
    return invent_customers(experiment, n, np.random.default_rng(seed), start=START, **options)


def share(customers, arm):
    return sum(arm in customer.completes for customer in customers) / len(customers)


def test_the_same_seed_invents_the_same_customers(define):
    assert invent(define()) == invent(define())
    assert invent(define()) != invent(define(), seed=8)


def test_every_customer_says_in_the_id_that_it_is_simulated(define):
    assert all(customer.unit_id.startswith("simulated-") for customer in invent(define(), n=5))


def test_customers_come_in_order_of_time_within_the_collection(define):
    times = [customer.at for customer in invent(define(), days=10)]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] <= START + timedelta(days=10)


def test_without_effects_every_arm_does_the_same(define):
    for customer in invent(define()):
        assert customer.completes in (frozenset(), {"thank_you", "sorry", "silence"})
        assert len(set(customer.ratings["satisfaction"].values())) == 1


def test_completion_follows_the_baseline_and_the_effect(define):
    customers = invent(define(), n=4000, effects=Effects(completion={"thank_you": 0.2, "sorry": -0.1}))
    # Three standard errors of a share of 4,000 are 0.024 at most.
    assert share(customers, "silence") == pytest.approx(0.40, abs=0.024)
    assert share(customers, "thank_you") == pytest.approx(0.60, abs=0.024)
    assert share(customers, "sorry") == pytest.approx(0.30, abs=0.024)


def test_an_arm_that_helps_never_loses_a_customer(define):
    for customer in invent(define(), effects=Effects(completion={"thank_you": 0.2})):
        assert "silence" not in customer.completes or "thank_you" in customer.completes


def test_only_where_reminders_are_declared_some_answer_one_within_its_time(define):
    assert {customer.answers_reminder for customer in invent(define())} == {None}
    within = timedelta(days=5)
    reminding = define(response_window=timedelta(days=3), reminder=Reminder(share=0.5, within=within))
    found = [customer.answers_reminder for customer in invent(reminding, n=2000)]
    brought = [after for after in found if after is not None]
    # Three standard errors of a share of 2,000.
    assert len(brought) / 2000 == pytest.approx(ANSWERS_REMINDER, abs=3 * (0.35 * 0.65 / 2000) ** 0.5)
    assert all(timedelta(0) < after < within for after in brought)


def test_who_completes_has_opened_the_survey(define):
    customers = invent(define())
    assert all(customer.completes <= customer.opens for customer in customers)
    assert any(customer.opens > customer.completes for customer in customers)


def test_ratings_stay_on_their_scale_and_follow_the_effect(define):
    customers = invent(define(), n=2000, effects=Effects(satisfaction={"thank_you": 1.0}))
    ratings = [customer.ratings["satisfaction"] for customer in customers]
    assert {value for rating in ratings for value in rating.values()} <= set(range(1, 8))
    means = {arm: np.mean([rating[arm] for rating in ratings]) for arm in ("thank_you", "silence")}
    assert 0.6 < means["thank_you"] - means["silence"] < 1.0


def test_every_rating_of_the_survey_has_an_answer(define):
    experiment = define(
        survey=[Scale("self_esteem", items=["I feel valued.", "I feel ignored."], reverse=[2])]
    )
    customer = invent(experiment, n=1)[0]
    assert set(customer.ratings) == {"satisfaction", "self_esteem_1", "self_esteem_2"}


def test_outcomes_that_need_no_survey_are_invented_too(define):
    metrics = [
        Proportion("completed", baseline=0.4),
        Proportion("complaint", baseline=0.1),
        Mean("spent", sd=5.0, detect=1.0, source="outcome"),
    ]
    customers = invent(define(metrics=metrics), n=2000)
    complaints = np.mean([customer.outcomes["complaint"]["sorry"] for customer in customers])
    assert complaints == pytest.approx(0.1, abs=0.021)
    assert set(customers[0].outcomes) == {"complaint", "spent"}


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"eligible": everyone()},
        {"randomize": blocked(by=("site", "shift"))},
        {"cluster": Cluster("party", size=3, icc=0.1)},
        {"on_repeat": "new_unit"},
        {"notice": "Hello {first_name}, {tracking_number} on {new_date}: {voucher_amount} {odd_thing}."},
    ],
    ids=["late parcel", "everyone", "blocked", "clustered", "incidents", "slots"],
)
def test_assign_takes_every_invented_customer(define, parts):
    experiment = define(**parts)
    for customer in invent(experiment, n=6):
        keywords = customer.keywords(experiment)
        unit = keywords.pop("unit_id")
        assert read_call(experiment, unit, START, "en", **keywords).unit_id


def test_members_of_a_cluster_share_it_and_its_strata(define):
    customers = invent(define(cluster=Cluster("party", size=3, icc=0.9)), n=300)
    assert [customer.cluster for customer in customers[:4]] == ["party-000000"] * 3 + ["party-000001"]
    together = [
        len({"sorry" in member.completes for member in customers[first : first + 3]}) == 1
        for first in range(0, 300, 3)
    ]
    # With independent members about 28% of the parties would agree.
    assert sum(together) > 60


def test_an_effect_of_an_unknown_arm_is_refused_with_the_nearest(define):
    with pytest.raises(UsageError, match="Did you mean 'thank_you'"):
        invent(define(), effects=Effects(completion={"thankyou": 0.1}))


def test_an_effect_beyond_certainty_is_refused(define):
    with pytest.raises(UsageError, match="between 0 and 1"):
        invent(define(), effects=Effects(completion={"thank_you": 0.7}))


def test_fewer_than_one_customer_is_refused(define):
    with pytest.raises(UsageError, match="1 or more"):
        invent(define(), n=0)
