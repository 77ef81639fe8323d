"""What the pages read: the process's lab behind caches short enough to feel live.

Every open page asks every `REFRESH` seconds; the cache makes twenty viewers cost what one costs.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from datetime import date, timedelta

    from pandas import DataFrame

    from amends.analysis.over_time import DayOfEffect
    from amends.analysis.pooling import PooledExperiments
    from amends.analysis.possible_counts import PossibleCounts
    from amends.analysis.report import Report
    from amends.analysis.result import NotEnough
    from amends.analysis.service_log import ServiceLog
    from amends.discovery import Discovery
    from amends.lab import Lab
    from amends.lab.reading import Overview
    from amends.studies import Study
    from dashboards.filling import Filling

REFRESH = 2.0
FRESH = 0.9 * REFRESH
"""Seconds that figures are kept: new ones stand on every page within two refreshes."""
LOG_FRESH = 15.0
COUNTS = (
    "assigned",
    "sent",
    "delivered",
    "failed",
    "started",
    "finished",
    "late",
    "matured",
    "completed",
    "rated",
)


def lab() -> Lab:
    """The lab that `amends.configure` set, else the one of the settings."""
    from amends.lab import default_lab

    return default_lab()


def overview() -> list[Overview]:
    """A line per experiment, without any statistics, so that the list is there at once."""
    held = lab()
    return _overview(held, id(held))


def report(key: str) -> Report:
    """The whole report as of at most a second ago."""
    held = lab()
    return _report(held, id(held), key)


def newest(key: str) -> Report:
    """The report from the counts as of at most a second ago; only `first_look` of it is quick."""
    held = lab()
    return _newest(held, id(held), key)


def whole(key: str) -> tuple[Report | None, bool]:
    """The last whole report there is, and whether it is of the newest counts; the next is begun."""
    held = lab()
    return _whole(held, id(held), key)


def told(key: str, report: Report) -> Mapping[str, Any]:
    """The report as the contract's dictionary, made once for all who look."""
    held = lab()
    return _filling(held, id(held)).told(key, report)


def pooled(*, include_published: bool) -> PooledExperiments:
    """The finished experiments together, as of at most a minute ago: only stopped ones are read."""
    held = lab()
    return _pooled(held, id(held), include_published)


def service_log(timezone: str) -> ServiceLog:
    """The log of delays as of at most `LOG_FRESH` seconds ago; incidents without a zone have this one."""
    held = lab()
    return _service_log(held, id(held), timezone)


def late_enough_now() -> list[tuple[str, timedelta, int]]:
    """Per running experiment that asks for a delay: its key, that delay, and how many wait so long now."""
    held = lab()
    return _late_enough_now(held, id(held))


def over_time(key: str) -> tuple[tuple[DayOfEffect, ...] | NotEnough, date | None]:
    """The effect on completion day by day, and when the planned sample will be there at this pace."""
    held = lab()
    return _over_time(held, id(held), key)


def late_per_day() -> float | None:
    """How many incidents a day were late in the last four weeks of the log; None where it says nothing."""
    held = lab()
    return _late_per_day(held, id(held))


def could_have_seen() -> list[tuple[str, str, str, int, float | None]]:
    """Per experiment with data: key, primary metric and its kind, units of the smallest arm, and the
    smallest difference that so many find with the planned power."""
    held = lab()
    return _could_have_seen(held, id(held))


def discovery() -> Discovery:
    held = lab()
    return _discovery(held, id(held))


@st.cache_resource(show_spinner=False)
def studies() -> tuple[Study, ...]:
    """The published comparisons with what we get from the same counts; they never change."""
    from amends.studies import studies as carried

    return carried()


@st.cache_resource(show_spinner=False)
def fitting_counts() -> PossibleCounts:
    """Every pair of counts that rounds to 91.1% and 78.4%."""
    from amends.analysis.possible_counts import possible_counts

    return possible_counts("91.1", "78.4")


@st.cache_resource(ttl=LOG_FRESH, show_spinner=False, max_entries=32)
def _service_log(_lab: Lab, identity: int, timezone: str) -> ServiceLog:
    return _lab.service_log(timezone=timezone)


@st.cache_data(ttl=LOG_FRESH, show_spinner=False)
def _late_enough_now(_lab: Lab, identity: int) -> list[tuple[str, timedelta, int]]:
    from amends.lab.service_log import waiting

    found = []
    for line in _lab.overview():
        least = _lab.experiment(line.key).eligible.at_least if line.status == "running" else None
        if least is not None:
            everywhere = next(iter(waiting(_lab, by=least)), None)
            found.append((line.key, least, everywhere.overdue if everywhere else 0))
    return found


@st.cache_resource(ttl=LOG_FRESH, show_spinner=False, max_entries=256)
def _over_time(_lab: Lab, identity: int, key: str) -> tuple[tuple[DayOfEffect, ...] | NotEnough, date | None]:
    from amends.lab.over_time import effect_over_time, planned_end

    return effect_over_time(_lab, key), planned_end(_lab, key)


@st.cache_data(ttl=60.0, show_spinner=False)
def _late_per_day(_lab: Lab, identity: int) -> float | None:
    from amends.lab.service_log import late_per_day

    return late_per_day(_lab)


@st.cache_data(ttl=60.0, show_spinner=False)
def _could_have_seen(_lab: Lab, identity: int) -> list[tuple[str, str, str, int, float | None]]:
    from amends.design.plan import plan

    found = []
    for line in _lab.overview():
        if not line.reached:
            continue
        definition = _lab.experiment(line.key)
        metric = definition.primary_metric
        sample = plan(definition.derived(sample=line.reached))
        found.append((line.key, metric.name, metric.kind, line.reached, sample.detectable))
    return found


# The lab itself cannot be hashed and stands for one database; its identity keeps two of them apart.


@st.cache_data(ttl=FRESH, show_spinner=False)
def _overview(_lab: Lab, identity: int) -> list[Overview]:
    return _lab.overview()


@st.cache_resource(ttl=FRESH, show_spinner=False, max_entries=256)
def _report(_lab: Lab, identity: int, key: str) -> Report:
    """Reads the counts; the report is made again only when these have changed."""
    return _filling(_lab, identity).all_of_it(key)


@st.cache_resource(ttl=FRESH, show_spinner=False, max_entries=256)
def _newest(_lab: Lab, identity: int, key: str) -> Report:
    return _filling(_lab, identity).newest(key)


@st.cache_resource(ttl=FRESH, show_spinner=False, max_entries=256)
def _whole(_lab: Lab, identity: int, key: str) -> tuple[Report | None, bool]:
    return _filling(_lab, identity).whole(key)


@st.cache_resource(show_spinner=False, max_entries=16)
def _filling(_lab: Lab, identity: int) -> Filling:
    from dashboards.filling import Filling

    return Filling(_lab)


@st.cache_resource(ttl=60.0, show_spinner=False, max_entries=16)
def _pooled(_lab: Lab, identity: int, include_published: bool) -> PooledExperiments:
    return _lab.pool(include_published=include_published)


@st.cache_resource(ttl=FRESH, show_spinner=False)
def _discovery(_lab: Lab, identity: int) -> Discovery:
    return _lab.discover()


def forget() -> None:
    """Lets the next page read anew: for whoever has just acted, and does not want to see how it was."""
    for kept in (_overview, _report, _newest, _discovery):
        kept.clear()


def hides_arms(key: str) -> bool:
    """Whether letters stand for the arms now, so that no text may be shown beside them."""
    return lab().hides_arms(key)


def figures(key: str) -> Mapping[str, Any]:
    """The whole report as the contract's dictionary."""
    return report(key).to_dict()


def as_json(key: str) -> str:
    """Every figure, for machines; the same document as `amends analyze KEY --json`."""
    return json.dumps(figures(key), ensure_ascii=False, indent=1)


def counts(key: str) -> list[dict[str, Any]]:
    """The raw counts, a row per arm with the same columns; ratings one per metric and point of the scale."""
    arms = figures(key)["arms"]
    rows = []
    for name, arm in arms.items():
        row = {"arm": name, **{count: arm[count] for count in COUNTS if isinstance(arm[count], int)}}
        for metric, held in arm["metrics"].items():
            if "events" in held:
                row[f"{metric}_events"] = held["events"]
            row.update({f"{metric}_{point}": n for point, n in held.get("ratings", {}).items()})
        rows.append(row)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [{column: row.get(column, 0) for column in columns} for row in rows]


def counts_as_csv(key: str) -> str:
    """The raw counts as CSV."""
    rows = counts(key)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def counts_as_parquet(key: str) -> bytes:
    """The raw counts as Parquet, whole numbers as such."""
    from pandas import DataFrame

    return _parquet(DataFrame(counts(key)))


def comparisons_as_csv(key: str) -> str:
    """A row per contrast, as `Report.to_frame` has it."""
    return str(report(key).to_frame().to_csv(index=False))


def comparisons_as_parquet(key: str) -> bytes:
    """A row per contrast, as `Report.to_frame` has it, unrounded."""
    return _parquet(report(key).to_frame())


def _parquet(frame: DataFrame) -> bytes:
    written = io.BytesIO()
    frame.to_parquet(written, index=False)
    return written.getvalue()
