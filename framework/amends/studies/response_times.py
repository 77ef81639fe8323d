"""Published response times by channel: what companies were found to take, each with its source."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

from amends.analysis.service_log import PublishedTime

_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


@lru_cache(maxsize=1)
def published_figures() -> tuple[dict[str, str], ...]:
    """Every published figure on answering we carry: times, and shares of companies that never replied."""
    text = files("amends.studies").joinpath("data", "response_times.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def published_times() -> tuple[PublishedTime, ...]:
    """Observed averages by channel.

    >>> [time.seconds / 3600 for time in published_times() if time.channel == "email"]
    [36.0, 12.0, 17.0]
    """
    return tuple(
        PublishedTime(row["channel"], float(row["value"]) * _SECONDS[row["unit"]], row["source"])
        for row in published_figures()
        if row["figure"] == "observed_mean"
    )
