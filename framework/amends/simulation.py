"""Invented customers with known effects, to try an experiment before real customers meet it. Pure.

Nothing here is data: whoever stores what these customers do must mark the experiment as simulated.
Every customer carries what they would do under *each* arm (potential outcomes), so that the true
effect is known and can be held against what the analysis finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

from amends.design.survey import Rating
from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    import numpy as np

    from amends.design.experiment import Experiment
    from amends.design.metrics import Mean, Proportion

FIRST_NAMES = {
    "en": ("Alice", "Ben", "Carla", "David", "Emma", "Farah", "George", "Hannah", "Ivan", "Julia"),
    "id": ("Sari", "Budi", "Dewi", "Agus", "Putri", "Rizky", "Ayu", "Bayu", "Ratna", "Wahyu"),
}
CHANNELS = ("whatsapp", "email", "sms")
DELIVERED = 0.97
"""Share of messages that arrive, the same in every arm."""
LEAVES_HALFWAY = 0.04
"""Share of those not finishing who nevertheless open the survey and leave it."""
ANSWERS_REMINDER = 0.35
"""Share of the silent who answer once they are reminded, the same in every arm."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The truth that is simulated: how each arm differs from a customer who hears nothing special.

    Attributes:
        completion: Arm to change in the chance of completing, in proportion points (0.1 is ten).
        satisfaction: Arm to change in the mean rating, in points of the scale.
    """

    completion: Mapping[str, float] = field(default_factory=dict)
    satisfaction: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InventedCustomer:
    """One customer who does not exist.

    Attributes:
        unit_id: `simulated-000001` and so on.
        at: When the message is due, aware UTC.
        delay: How late the service is.
        locale: Language of the message; `channel` likewise says where it goes.
        slots: What the texts ask for.
        cluster: The party or household, where the experiment declares one.
        strata: A value for each blocking factor.
        delivered: Whether the message arrives.
        opens: Arms under which the survey is begun.
        completes: Arms under which it is finished; a subset of `opens`.
        ratings: Per survey question that is a rating, the answer under each arm.
        outcomes: Per outcome metric, its value under each arm.
        answers_after: Time from invitation to answer.
        answers_reminder: Time from a reminder to the answer that it brings; None where it brings none, or
            where the experiment declares no reminder.
    """

    unit_id: str
    at: datetime
    delay: timedelta
    locale: str
    channel: str
    slots: Mapping[str, str]
    cluster: str | None
    strata: Mapping[str, str] | None
    delivered: bool
    opens: frozenset[str]
    completes: frozenset[str]
    ratings: Mapping[str, Mapping[str, int]]
    outcomes: Mapping[str, Mapping[str, float]]
    answers_after: timedelta
    answers_reminder: timedelta | None = None

    def keywords(self, experiment: Experiment) -> dict[str, object]:
        """The row as `assign_many` takes it: only what the experiment asks for."""
        given: dict[str, object] = {"unit_id": self.unit_id, "at": self.at, "channel": self.channel}
        if experiment.eligible.needs_delay:
            given["delay"] = self.delay
        if experiment.eligible.needs_timezone:
            given["timezone"] = "UTC"
        if self.locale in experiment.locales:
            given["locale"] = self.locale
        if self.cluster is not None:
            given["cluster"] = self.cluster
        if self.strata:
            given["strata"] = dict(self.strata)
        if experiment.on_repeat == "new_unit":
            given["incident"] = f"{self.unit_id}-incident"
        return {**given, **self.slots}


def check_effects(experiment: Experiment, effects: Effects) -> None:
    """Refuses effects of arms that do not exist, or that push the chance of completing out of 0 to 1.

    Raises:
        UsageError: Naming the arm and what is allowed.
    """
    names = [arm.name for arm in experiment.arms]
    for arm in (*effects.completion, *effects.satisfaction):
        if arm not in names:
            raise UsageError(f"effect of {arm!r}: no such arm. {nearest(arm, names, what='arms')}")
    baseline = _baseline(experiment)
    for arm, change in effects.completion.items():
        if not 0 <= baseline + change <= 1:
            raise UsageError(
                f"effect {arm}={change:g}: the chance of completing would be {baseline + change:.2f}; "
                f"from a baseline of {baseline:.2f} it must stay between 0 and 1."
            )


def invent_customers(
    experiment: Experiment,
    n: int,
    rng: np.random.Generator,
    *,
    start: datetime,
    days: int = 14,
    effects: Effects | None = None,
) -> list[InventedCustomer]:
    """Invents `n` customers of an experiment, in order of their time.

    Chances come from the definition: the first proportion's `baseline`, each mean's middle of the
    scale and `sd`. A customer's inclination is drawn once and serves every arm, so an arm that helps
    never loses a customer (monotone, as Lee's bounds suppose).

    Args:
        experiment: Bound or not; its texts, strata and metrics say what a customer needs.
        n: Number of customers, at least 1.
        rng: `numpy.random.default_rng(7)`: the same seed invents the same customers.
        start: Time of the first day, aware UTC; customers spread over `days` days.
        days: Length of the simulated collection.
        effects: The truth; without it every arm works alike.

    Raises:
        UsageError: Fewer than one customer, or impossible effects.
    """
    if n < 1:
        raise UsageError(f"{n} customers cannot be simulated: 1 or more are needed.")
    effects = effects or Effects()
    check_effects(experiment, effects)
    invent = _Inventor(experiment, rng, effects)
    seconds = sorted(float(value) for value in rng.uniform(0, days * 86_400, size=n))
    return [
        invent.customer(number, start + timedelta(seconds=round(when)))
        for number, when in enumerate(seconds, 1)
    ]


class _Inventor:
    """Draws one customer after another; holds what does not change between them."""

    def __init__(self, experiment: Experiment, rng: np.random.Generator, effects: Effects) -> None:
        self.experiment = experiment
        self.rng = rng
        self.effects = effects
        self.arms = tuple(arm.name for arm in experiment.arms)
        self.locales = tuple(experiment.locales) or ("en",)
        self.baseline = _baseline(experiment)
        self.blocking = experiment.strata
        self.party = _party_size(experiment)
        self.alike = float((experiment.cluster.icc if experiment.cluster else None) or 0.0)
        self.shared = 0.0
        self.strata: dict[str, str] = {}
        own = [metric for metric in experiment.metrics if metric.of is None]
        self.sd = {metric.name: metric.sd for metric in own}
        self.middle = {metric.name: metric.baseline for metric in own if metric.kind == "mean"}

    def customer(self, number: int, at: datetime) -> InventedCustomer:
        rng = self.rng
        if self.party is None or (number - 1) % self.party == 0:
            self.shared = float(rng.normal())
            self.strata = {name: f"{name} {int(rng.integers(3)) + 1}" for name in self.blocking}
        locale = self.locales[int(rng.integers(len(self.locales)))]
        delay = timedelta(minutes=round(float(rng.gamma(4.0, 12.0)) * 60))
        inclination = NormalDist().cdf(self._blend(float(rng.normal())))
        completes = frozenset(
            arm for arm in self.arms if inclination < self.baseline + self.effects.completion.get(arm, 0.0)
        )
        halfway = float(rng.uniform()) < LEAVES_HALFWAY
        mood = self._blend(float(rng.normal()))
        return InventedCustomer(
            unit_id=f"simulated-{number:06d}",
            at=at,
            delay=delay,
            locale=locale,
            channel=CHANNELS[int(rng.integers(len(CHANNELS)))],
            slots={name: self._slot(name, locale, number, at) for name in sorted(self.experiment.slots)},
            cluster=None if self.party is None else f"party-{(number - 1) // self.party:06d}",
            strata=dict(self.strata) or None,
            delivered=float(rng.uniform()) < DELIVERED,
            opens=frozenset(self.arms) if halfway else completes,
            completes=completes,
            ratings={
                item.name: self._ratings(item.name, item.scale, mood)
                for item in self.experiment.items
                if isinstance(item, Rating)
            },
            outcomes={
                metric.name: self._outcomes(metric, inclination)
                for metric in self.experiment.metrics
                if metric.source == "outcome"
            },
            answers_after=timedelta(minutes=round(float(rng.exponential(240.0)), 1)),
            answers_reminder=self._reminded(),
        )

    def _reminded(self) -> timedelta | None:
        """When a reminder would be answered, within the time that is waited for it."""
        reminder = self.experiment.reminder
        if reminder is None or float(self.rng.uniform()) >= ANSWERS_REMINDER:
            return None
        return reminder.within * round(float(self.rng.uniform(0.05, 0.9)), 3)

    def _blend(self, own: float) -> float:
        """A standard normal draw that members of one cluster share by the declared correlation."""
        return float(self.alike**0.5 * self.shared + (1 - self.alike) ** 0.5 * own)

    def _ratings(self, name: str, scale: tuple[int, int], mood: float) -> dict[str, int]:
        """The answer under each arm: one mood, shifted by the arm, rounded onto the scale."""
        low, high = scale
        given = self.middle.get(name)
        middle = low + 0.65 * (high - low) if given is None else given
        spread = self.sd.get(name) or (high - low) / 4
        shifts = self.effects.satisfaction
        return {
            arm: int(min(high, max(low, round(middle + spread * mood + shifts.get(arm, 0.0)))))
            for arm in self.arms
        }

    def _outcomes(self, metric: Proportion | Mean, inclination: float) -> dict[str, float]:
        """The value under each arm; the effect on completion shifts the first proportion only."""
        if metric.kind == "mean":
            drawn = (metric.baseline or 0.0) + (metric.sd or 1.0) * float(self.rng.normal())
            low, high = metric.scale or (drawn, drawn)
            return dict.fromkeys(self.arms, float(min(high, max(low, round(drawn, 2)))))
        chance = float(metric.baseline or 0.0)
        if metric is _first_proportion(self.experiment):
            shifts = self.effects.completion
            return {arm: float(inclination < chance + shifts.get(arm, 0.0)) for arm in self.arms}
        return dict.fromkeys(self.arms, float(self.rng.uniform() < chance))

    def _slot(self, name: str, locale: str, number: int, at: datetime) -> str:
        """A plausible filling for a slot, by what its name says."""
        if "name" in name:
            names = FIRST_NAMES.get(locale.split("_")[0].split("-")[0], FIRST_NAMES["en"])
            return names[int(self.rng.integers(len(names)))]
        if "date" in name or "day" in name:
            return (at + timedelta(days=2)).date().isoformat()
        if "amount" in name:
            return "Rp50.000" if locale.startswith("id") else "$5"
        if "number" in name or "id" in name.split("_"):
            return f"SIM{number:06d}"
        return f"({name.replace('_', ' ')})"


def _first_proportion(experiment: Experiment) -> Proportion | Mean | None:
    return next(
        (metric for metric in experiment.metrics if metric.kind == "proportion" and metric.of is None), None
    )


def _baseline(experiment: Experiment) -> float:
    """The chance of completing that the definition plans with; one half where it plans with none."""
    first = _first_proportion(experiment)
    return 0.5 if first is None or first.baseline is None else first.baseline


def _party_size(experiment: Experiment) -> int | None:
    """Units per cluster; None where the experiment is not clustered."""
    if experiment.cluster is None:
        return None
    return max(1, round(experiment.cluster.size or 3))
