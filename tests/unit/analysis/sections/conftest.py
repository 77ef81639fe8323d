"""Scripted units of an experiment, and what a section makes of them."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from amends import Experiment, Mean, Proportion, Rating, silence, sorry, thank_you
from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.reading import Reading, read_contrasts
from amends.analysis.report import build
from amends.analysis.units import unit_frame
from amends.analysis.verdict import deciding_rule
from amends.tally import ArmTally, Moments, Tally

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PLAIN = {
    "cluster": None, "stratum": "", "position": None, "day": date(2026, 3, 2), "assigned_at": NOON,
    "channel": "", "locale": "en", "delay_band": "", "sender": "", "delay_seconds": None, "incidents": 0,
    "sent": False, "delivered": False, "failed": False, "said": None, "started": False, "completed": False,
    "late": False,
}  # fmt: skip


@pytest.fixture
def experiment_of():
    """Three arms, completion and satisfaction; keyword arguments replace or add parts."""

    def make(**parts):
        given = {
            "key": "late_parcel",
            "notice": "Your parcel is late.",
            "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
            "metrics": [Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
            "survey": [Rating("satisfaction")],
        }
        return Experiment(**{**given, **parts})

    return make


@pytest.fixture
def units_of():
    """A frame of units: a list a column, one value for all where a single one is given."""

    def make(**columns):
        n = len(columns["arm"])
        given = {"unit": [f"u{place}" for place in range(n)], **PLAIN, **columns}
        return unit_frame(
            {
                name.replace("__", "."): list(value) if isinstance(value, list | np.ndarray) else [value] * n
                for name, value in given.items()
            }
        )

    return make


@pytest.fixture
def parties():
    """Columns of units of 90 parties in three arms; who answers and how satisfied is alike in a party."""

    def make(*, clusters=90, size=5, arms=("thank_you", "sorry", "silence"), seed=4):
        rng = np.random.default_rng(seed)
        party = np.repeat(np.arange(clusters), size)
        common, own = rng.normal(size=clusters)[party] * 0.6, rng.normal(size=len(party))
        done = common + own > -0.6
        rating = np.clip(np.round(4 + 1.2 * (common + rng.normal(size=len(party)))), 1, 7)
        return {
            "arm": [arms[one % len(arms)] for one in party],
            "cluster": [f"c{one}" for one in party],
            "completed": list(done),
            "item__satisfaction": list(np.where(done, rating, np.nan)),
        }

    return make


@pytest.fixture
def tally_of_units():
    """The counts per arm that the store would keep of these units."""

    def make(experiment, units):
        return Tally(experiment.key, tuple(_counted(experiment, arm.name, units) for arm in experiment.arms))

    return make


def _counted(experiment, arm, units):
    mine = units[units["arm"] == arm]
    done = mine[mine["completed"].astype(bool)]
    ratings, moments, outcomes = {}, {}, {}
    for metric in experiment.metrics:
        if metric.of is not None:
            continue
        column = f"{'item' if metric.source == 'survey' else 'outcome'}.{metric.name}"
        if metric.kind == "proportion":
            if metric.source == "outcome" and column in mine:
                outcomes[metric.name] = int((mine[column].fillna(0) != 0).sum())
            continue
        values = done[column].dropna() if column in done else []
        if metric.scale is not None and all(float(value).is_integer() for value in values):
            counts = {}
            for value in values:
                counts[int(value)] = counts.get(int(value), 0) + 1
            ratings[metric.name] = counts
        elif len(values):
            centre = sum(metric.scale) / 2 if metric.scale else 0.0
            off = np.asarray(values, dtype=float) - centre
            moments[metric.name] = Moments(len(off), float(off.sum()), float(off @ off), centre)
    n = len(mine)
    return ArmTally(
        arm, assigned=n, matured=n, started=len(done), finished=len(done), completed=len(done),
        ratings=ratings, moments=moments, outcomes=outcomes,
        delivered=int(mine["delivered"].sum()),
    )  # fmt: skip


@pytest.fixture
def material_of(tally_of_units):
    """What a section is given, all units collected unless the status says otherwise."""

    def make(experiment, units, *, status="stopped", finished_data=True, **more):
        tally = tally_of_units(experiment, units)
        rule = deciding_rule(
            status=status, alpha=experiment.alpha, planned=10_000, finished_data=finished_data
        )
        contrasts = read_contrasts(experiment, tally, Reading(rule))
        return Material(experiment, tally, status, rule, contrasts, units=units, **more)

    return make


@pytest.fixture
def report_of_units(tally_of_units):
    """The whole report of finished data."""

    def make(experiment, units):
        tally = tally_of_units(experiment, units)
        return build(experiment, tally, status="stopped", as_of=NOON, finished_data=True, units=units)

    return make


@pytest.fixture
def words():
    """Everything a section says, in one language."""

    def make(section, locale="en"):
        sentences = [*section.said, *section.notes, section.title]
        for table in section.tables:
            sentences += [*table.columns, *(cell for row in table.rows for cell in row)]
            sentences += [table.caption] if table.caption else []
        for chart in section.charts:
            sentences += [chart.title, chart.unit]
            sentences += [said for line in chart.lines for said in (line.name, line.said)]
        assert all(isinstance(sentence, Sentence) for sentence in sentences)
        return "\n".join(sentence[locale] for sentence in sentences)

    return make
