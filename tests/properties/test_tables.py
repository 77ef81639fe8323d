"""A table counted in DuckDB gives the report that counting its rows one by one gives."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pandas
import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st

from amends import Experiment, Mean, Proportion, analyze_table, silence, sorry, thank_you
from amends.analysis.report import build
from amends.design.plan import plan
from amends.tally import ArmTally, Moments, Tally

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ARMS = ("thank_you", "sorry", "silence")

STUDY = Experiment(
    key="late",
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
    metrics=[
        Proportion("completed"),
        Mean("satisfaction", scale=(1, 7)),
        Proportion("returned"),
        Mean("spend", source="outcome", sd=10, detect=1),
    ],
)


@st.composite
def unit(draw: st.DrawFn) -> dict[str, Any]:
    done = draw(st.booleans())
    return {
        "arm": draw(st.sampled_from(ARMS)),
        "done": int(done),
        "score": draw(st.one_of(st.none(), st.integers(1, 7))) if done else None,
        "returned": draw(st.sampled_from([0, 1, None])),
        "spend": draw(st.one_of(st.none(), st.integers(-400, 400).map(lambda n: 1000 + n / 4))),
    }


WHOLE = dict.fromkeys(("done", "score", "returned"), pyarrow.int64())
TYPES = pyarrow.schema({"arm": pyarrow.string(), **WHOLE, "spend": pyarrow.float64()})


def counted(rows: pandas.DataFrame, arm: str) -> ArmTally:
    """One arm's counts by pandas, from the raw rows."""
    mine = rows[rows["arm"] == arm]
    done, spend = int(mine["done"].sum()), mine["spend"].dropna().astype(float) - 1000
    return ArmTally(
        arm,
        assigned=len(mine),
        matured=len(mine),
        started=done,
        finished=done,
        completed=done,
        ratings={"satisfaction": {int(k): int(n) for k, n in mine["score"].dropna().value_counts().items()}},
        moments={"spend": Moments(len(spend), spend.sum(), (spend**2).sum(), 1000.0)},
        outcomes={"returned": int(mine["returned"].fillna(0).sum())},
    )


def close(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(close(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


@settings(deadline=None, max_examples=25)
@given(st.lists(unit(), max_size=25))
def test_the_engine_and_the_rows_give_one_report(units: list[dict[str, Any]]) -> None:
    table = pyarrow.Table.from_pylist(units, schema=TYPES)
    found = analyze_table(
        STUDY,
        table,
        arm="arm",
        completed="done",
        rating="score",
        outcomes=["returned", "spend"],
        at=NOON,
    ).to_dict()
    rows = table.to_pandas()
    tally = Tally("late", tuple(counted(rows, arm) for arm in ARMS))
    expected = build(
        STUDY,
        tally,
        status="stopped",
        as_of=NOON,
        plan=plan(STUDY),
        finished_data=True,
        after_the_fact=True,
        unit_rows_only=True,
    ).to_dict()
    assert close(found, expected)
