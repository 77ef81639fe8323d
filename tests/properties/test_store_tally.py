"""Whatever is recorded in whatever order, the tally equals a recount, and a plain count in Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from amends.store import Enrolment, MetricSpec, Store
from amends.tally import ArmTally, Moments

KEY = "late_parcel"
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
ARMS = ("thank_you", "sorry")
METRICS = (
    MetricSpec("satisfaction", "mean", scale=(1, 7), centre=4.0),
    MetricSpec("minutes", "mean", centre=30.0),
    MetricSpec("refund", "mean", source="outcome", centre=10.0),
    MetricSpec("complaint", "proportion", source="outcome"),
)

units = st.integers(0, 7)
enrolments = st.tuples(
    st.just("enrol"),
    st.lists(
        st.tuples(units, st.integers(0, 2), st.sampled_from(["", "sms"]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
)
deliveries = st.tuples(
    st.just("delivery"), units, st.sampled_from(["sent", "delivered", "failed", "withheld"])
)
responses = st.tuples(
    st.just("response"),
    units,
    st.booleans(),
    st.booleans(),
    st.integers(1, 7),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
)
outcomes = st.tuples(
    st.just("outcome"),
    units,
    st.sampled_from(["refund", "complaint"]),
    st.sampled_from([0, 1, 2.5, 400]),
    st.booleans(),
)
histories = st.lists(st.one_of(enrolments, deliveries, responses, outcomes), max_size=30)


class Model:
    """The same rules, counted by hand over a few dictionaries."""

    def __init__(self) -> None:
        self.units: dict[int, dict[str, Any]] = {}

    def enrol(self, unit: int, day: int, test: bool) -> None:
        blank = {"day": day, "test": test, "statuses": set(), "response": None, "outcomes": {}}
        self.units.setdefault(unit, {**blank, "arm": ARMS[unit % 2]})

    def respond(self, unit: int, finished: bool, late: bool, ratings: dict[str, float]) -> None:
        before = self.units[unit]["response"]
        if before is None or not before["finished"]:
            self.units[unit]["response"] = {
                "finished": finished,
                "late": late and finished,
                "ratings": ratings,
            }

    def happen(self, unit: int, metric: str, value: float, late: bool) -> None:
        values = self.units[unit]["outcomes"]
        if metric not in values or (not values[metric][0] and value and (values[metric][1] or not late)):
            values[metric] = (value, late)

    def count(self, arm: str, *, matured_before: int) -> ArmTally:
        mine = [unit for unit in self.units.values() if unit["arm"] == arm and not unit["test"]]
        ripe = [unit for unit in mine if unit["day"] < matured_before]
        responses = [unit["response"] for unit in mine if unit["response"]]
        finished = [response for response in responses if response["finished"]]
        completed = [
            unit["response"]
            for unit in ripe
            if unit["response"] and unit["response"]["finished"] and not unit["response"]["late"]
        ]
        events = [unit["outcomes"]["complaint"] for unit in ripe if "complaint" in unit["outcomes"]]
        given = [response["ratings"]["satisfaction"] for response in completed]
        return ArmTally(
            arm=arm,
            assigned=len(mine),
            **{
                name: sum(name in unit["statuses"] for unit in mine)
                for name in ("sent", "delivered", "failed")
            },
            started=len(responses),
            finished=len(finished),
            late=sum(response["late"] for response in finished),
            matured=len(ripe),
            completed=len(completed),
            ratings={"satisfaction": {point: given.count(point) for point in range(1, 8)}},
            moments={
                "minutes": _moments([response["ratings"]["minutes"] for response in completed], 30.0),
                "refund": _moments(
                    [
                        value
                        for unit in ripe
                        for value, late in [unit["outcomes"].get("refund", (0, True))]
                        if not late
                    ],
                    10.0,
                ),
            },
            outcomes={"complaint": sum(1 for value, late in events if value and not late)},
        )


def _moments(values: list[float], centre: float) -> Moments:
    return Moments(
        len(values), sum(v - centre for v in values), sum((v - centre) ** 2 for v in values), centre
    )


def play(store: Store, model: Model, history: list[Any]) -> None:
    for step in history:
        if step[0] == "enrol":
            enrolments = [
                Enrolment(
                    str(unit), ARMS[unit % 2], at=NOON + timedelta(days=day), channel=channel, test=test
                )
                for unit, day, channel, test in step[1]
            ]
            store.enrol(KEY, enrolments)
            for unit, day, _, test in step[1]:
                model.enrol(unit, day, test)
        elif step[1] not in model.units:
            continue
        elif step[0] == "delivery":
            _, unit, status = step
            store.record_delivery(KEY, unit=str(unit), status=status, at=NOON)
            model.units[unit]["statuses"].add(status)
        elif step[0] == "response":
            _, unit, finished, late, rating, minutes = step
            ratings = {"satisfaction": rating, "minutes": minutes}
            store.record_response(KEY, unit=str(unit), finished=finished, late=late, ratings=ratings, at=NOON)
            model.respond(unit, finished, late, ratings)
        else:
            _, unit, metric, value, late = step
            store.record_outcome(KEY, unit=str(unit), metric=metric, value=value, late=late, at=NOON)
            model.happen(unit, metric, value, late)


def same(left: ArmTally, right: ArmTally) -> None:
    for name in (
        "assigned",
        "sent",
        "delivered",
        "failed",
        "started",
        "finished",
        "late",
        "matured",
        "completed",
    ):
        assert getattr(left, name) == getattr(right, name), name
    assert left.ratings == right.ratings
    assert left.outcomes == right.outcomes
    assert left.moments.keys() == right.moments.keys()
    for metric, one in left.moments.items():
        other = right.moments[metric]
        assert one.n == other.n
        assert abs(one.total - other.total) <= 1e-6 * max(1, abs(other.total))
        assert abs(one.squares - other.squares) <= 1e-6 * max(1, abs(other.squares))


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(0, 3))
def test_the_tally_equals_a_recount_after_any_history(history: list[Any], matured: int) -> None:
    store = Store.open("sqlite://", secret=b"a secret of the tests")
    centres = {"minutes": 30.0}
    store.start(KEY, snapshot={}, fingerprint="f", seed="5eed", coverage="1", at=NOON, centres=centres)
    model = Model()
    play(store, model, history)
    assert store.verify() == []
    before = NOON.date() + timedelta(days=matured)
    tally = store.read_tally(KEY, arms=ARMS, metrics=METRICS, matured_before=before)
    everybody = dict.fromkeys(ARMS, 1_000)
    rows = store.first_units(KEY, per_arm=everybody, metrics=METRICS)
    every_day = store.read_tally(KEY, arms=ARMS, metrics=METRICS)
    for arm in ARMS:
        same(tally[arm], model.count(arm, matured_before=matured))
        same(rows[arm], every_day[arm])
    store.close()
