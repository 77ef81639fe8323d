"""Figures being planned become the experiment file that plans the same."""

import pytest

from amends.design.draft import Draft
from amends.design.plan import plan
from amends.discovery import load_file

DRAFTS = [
    Draft(),
    Draft(arms=2, detect=0.1, power=0.9),
    Draft(arms=5, rated=True, detect=0.3, completion=0.35, sd=1.2),
    Draft(arms=8, cluster_size=4, icc=0.1),
    Draft(arms=2, rated=True, detect=0.5, cluster_size=3, icc=0.2),
]


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_file_of_a_draft_loads_and_plans_the_same_numbers(tmp_path, draft):
    path = tmp_path / "late_refund.py"
    path.write_text(draft.source("late_refund"), encoding="utf-8")
    loaded = plan(load_file(path))
    drafted = plan(draft.experiment())
    assert (loaded.smallest, loaded.total, loaded.level) == (drafted.smallest, drafted.total, drafted.level)
    assert loaded.clusters_per_arm == drafted.clusters_per_arm
