"""Published figures on answering: what companies were found to take and what they left unanswered."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files

from amends.analysis.formatting import Sentence
from amends.analysis.service_log import PublishedTime

_SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}


@lru_cache(maxsize=1)
def published_figures() -> tuple[dict[str, str], ...]:
    """Every figure we carry, as `data/response_times.csv` has it: value, unit and source."""
    text = files("amends.studies").joinpath("data", "response_times.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def published_times() -> tuple[PublishedTime, ...]:
    """Observed averages by channel.

    >>> [time.seconds / 3600 for time in published_times() if time.channel == "email"]
    [36.0, 12.0, 17.0]
    """
    return tuple(
        PublishedTime(row["channel"], float(row["value"]) * _SECONDS[row["unit"]], _source(row))
        for row in published_figures()
        if row["figure"] == "observed_mean"
    )


def published_audits() -> tuple[Sentence, ...]:
    """How many companies never answered an e-mail, in sentences with their source.

    >>> published_audits()[1].en
    'Published: 62% of companies never replied (SuperOffice 2018, audit of 1,000 companies).'
    """
    found = {(row["figure"], row["source"].split()[0]): row for row in published_figures()}
    none, never, weekday = (
        found[figure, "Netomi"] for figure in ("no_email", "never_replied", "weekday_answered")
    )
    other = found["never_replied", "SuperOffice"]
    return (
        Sentence(
            f"Published: {none['value']}% of companies had no e-mail, {never['value']}% of the rest never "
            f"replied, and weekday mails were {weekday['value']} times likelier to be answered "
            f"({none['source']}).",
            f"Terbitan: {none['value']}% perusahaan tidak punya surel, {never['value']}% dari sisanya tidak "
            f"pernah membalas, dan surel pada hari kerja {weekday['value']} kali lebih mungkin dijawab "
            f"({none['source_id']}).",
        ),
        Sentence(
            f"Published: {other['value']}% of companies never replied ({other['source']}).",
            f"Terbitan: {other['value']}% perusahaan tidak pernah membalas ({other['source_id']}).",
        ),
    )


def _source(row: dict[str, str]) -> Sentence:
    return Sentence(row["source"], row["source_id"])
