"""Invented customers walk through the real thing: assigned, delivered, invited, answering, reminded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from amends.api import survey
from amends.assignment.reminding import needs_reminder
from amends.cli import output
from amends.design.survey import Choice, Rating, questions
from amends.errors import StateError
from amends.lab.records import record_response
from amends.simulation import Effects

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab import Assignment, Lab
    from amends.simulation import InventedCustomer


class Clock:
    """A clock that shows what it was set to; simulated days pass by setting it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Staging:
    """A simulation to run: which experiment, how many customers, and the truth they follow.

    Attributes:
        key: The experiment.
        n: Number of invented customers.
        seed: The same seed invents the same customers.
        effects: How the arms truly differ. Invented, whatever any study found.
        stops: Whether the experiment has stopped by the present, or still runs.
        days: Length of the collection so far.
    """

    key: str
    n: int
    seed: int
    effects: Effects
    stops: bool
    days: int = 21


STAGED = (
    Staging(
        "late_parcel", 600, 1, Effects({"thank_you": 0.08, "sorry": 0.03}, {"thank_you": 0.3}), stops=False
    ),
    Staging("restaurant_wait", 360, 2, Effects({"thank_you": 0.15}, {"thank_you": 0.4}), stops=True),
    Staging("delayed_compensation", 600, 3, Effects({"thank_you": 0.1}, {"thank_you": 0.4}), stops=True),
    Staging("low_reward", 500, 4, Effects({}, {"thank_you": 0.8, "sorry": 0.3}), stops=True),
    Staging("wrong_survey", 330, 5, Effects({"thank_you": 0.12, "sorry": 0.06}, {}), stops=True),
    Staging("message_and_compensation", 440, 6, Effects({}, {}), stops=True),
)
"""The study designs as the demo shows them."""


def stage(lab: Lab, clock: Clock, staging: Staging, *, now: datetime) -> None:
    """Starts an experiment in the past, marked as simulated, and plays it up to the present.

    Raises:
        StateError: The database knows the experiment already: invented customers never mix with
            real ones, nor with an earlier simulation.
    """
    import numpy as np

    from amends.simulation import check_effects, invent_customers

    key, start = staging.key, now - timedelta(days=staging.days)
    state = lab.state(key)
    if state is not None:
        what = "an earlier simulation" if state.simulated else "real data"
        raise StateError(f"the database holds {what} of {key}. Name another with --database.")
    experiment = lab.load(key)
    check_effects(experiment, staging.effects)
    customers = invent_customers(
        experiment,
        staging.n,
        np.random.default_rng(staging.seed),
        start=start,
        days=staging.days,
        effects=staging.effects,
    )
    clock.now = start
    lab.start(key, simulated=True)
    clock.now = now
    played = play(lab, experiment, customers, until=now)
    for _ in output.progress(played, total=staging.n, label=f"Simulating {key}"):
        pass
    if staging.stops:
        lab.stop(key)


def play(
    lab: Lab, experiment: Experiment, customers: Sequence[InventedCustomer], *, until: datetime
) -> Iterator[str]:
    """Plays customers in order of time; what would happen after `until` has not happened yet.

    Args:
        lab: A lab whose experiment is running and marked as simulated.
        experiment: Its definition.
        customers: As from `invent_customers`.
        until: The simulated present.

    Yields:
        What each did with the survey: `finished`, `begun` or `no`.
    """
    key = str(experiment.key)
    rows = [customer.keywords(experiment) for customer in customers]
    assignments = lab.assign_many(key, rows, sender="simulation")
    for customer, assignment in zip(customers, assignments, strict=True):
        answered = "no"
        if assignment.enrolled and assignment.arm is not None:
            _deliver(lab, assignment, customer)
            _outcomes(lab, experiment, assignment, customer, until=until)
            answered = _answer(lab, experiment, assignment, customer, until=until)
        yield answered


def _deliver(lab: Lab, assignment: Assignment, customer: InventedCustomer) -> None:
    """Records what became of the message; silence has one too, where it states the facts."""
    if assignment.message is None:
        return
    status = "delivered" if customer.delivered else "failed"
    lab.record_delivery(assignment.experiment, assignment.unit_id, "sent", at=customer.at)
    lab.record_delivery(
        assignment.experiment, assignment.unit_id, status, at=customer.at + timedelta(seconds=5)
    )


def _outcomes(
    lab: Lab, experiment: Experiment, assignment: Assignment, customer: InventedCustomer, *, until: datetime
) -> None:
    """Records the outcomes that need no survey; an absent event is not recorded, as in life."""
    at = customer.at + timedelta(days=1)
    for metric in experiment.metrics:
        if metric.source != "outcome" or at > until:
            continue
        value = customer.outcomes[metric.name][str(assignment.arm)]
        if metric.kind == "mean" or value:
            lab.record_outcome(assignment.experiment, assignment.unit_id, metric.name, value, at=at)


def _answer(
    lab: Lab, experiment: Experiment, assignment: Assignment, customer: InventedCustomer, *, until: datetime
) -> str:
    """Answers the invitation; who stays silent may be drawn for a reminder, and may answer that."""
    arm = str(assignment.arm)
    if assignment.survey_url is None or assignment.invite_at is None:
        return "no"
    answered = "no"
    at = assignment.invite_at + customer.answers_after
    if arm in customer.opens and at <= until:
        finishes = arm in customer.completes
        answered = _fill_in(lab, experiment, assignment, customer, at=at, finishes=finishes)
    again = _reminded(lab, experiment, assignment, customer)
    if answered != "finished" and again is not None and again <= until:
        return _fill_in(lab, experiment, assignment, customer, at=again, finishes=True)
    return answered


def _reminded(
    lab: Lab, experiment: Experiment, assignment: Assignment, customer: InventedCustomer
) -> datetime | None:
    """When an answer to a reminder comes: to a silent customer whom chance draws, once the window closed."""
    reminder, window, invited = experiment.reminder, experiment.response_window, assignment.invite_at
    if reminder is None or window is None or invited is None or customer.answers_reminder is None:
        return None
    pseudonym = lab.store.pseudonym(assignment.unit_id)
    if not needs_reminder(assignment.experiment, pseudonym, reminder.share):
        return None
    return invited + window + customer.answers_reminder


def _fill_in(
    lab: Lab,
    experiment: Experiment,
    assignment: Assignment,
    customer: InventedCustomer,
    *,
    at: datetime,
    finishes: bool,
) -> str:
    """Opens the link and fills in the form, by the survey page's own code."""
    answers = _answers(experiment, customer, str(assignment.arm))
    if isinstance(experiment.survey, str):
        return _fill_in_outside(lab, assignment, answers, at=at, finishes=finishes)
    token = str(assignment.survey_url).rsplit("/", 1)[-1]
    page = survey.visit(lab, token, at=at)
    if not finishes:
        survey.submit(lab, token, dict(page.hidden), at=at)
        return "begun"
    for step in range(len(experiment.items) + 2):
        moment = at + timedelta(seconds=20 * (step + 1))
        page = survey.submit(lab, token, {**answers, **page.hidden}, at=moment)
        if page.state != "form":
            break
    return "finished" if page.state == "closed" else "begun"


def _fill_in_outside(
    lab: Lab, assignment: Assignment, answers: dict[str, str], *, at: datetime, finishes: bool
) -> str:
    """An outside form's answers come back by the token, as its export would bring them."""
    record_response(
        lab,
        assignment.experiment,
        assignment.unit_id,
        finished=finishes,
        at=at,
        items=answers if finishes else {},
    )
    return "finished" if finishes else "begun"


def _answers(experiment: Experiment, customer: InventedCustomer, arm: str) -> dict[str, str]:
    """A complete form: the customer's ratings, the first choice, a text that says what it is."""
    answers: dict[str, str] = {}
    for item in questions(experiment.items):
        if isinstance(item, Rating):
            felt = customer.ratings[item.name][arm]
            answers[item.name] = str(sum(item.scale) - felt if item.reverse else felt)
        elif isinstance(item, Choice):
            answers[item.name] = next(iter(item.options))
        else:
            answers[item.name] = "(simulated)"
    return answers
