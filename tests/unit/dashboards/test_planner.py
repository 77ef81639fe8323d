"""The planning page: the numbers of `amends plan`, the curve of the planning functions, the address."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from amends.analysis.planning import Rates, power_curve, power_of_sample
from amends.design.draft import Draft
from amends.design.plan import plan
from dashboards import plan_chart
from dashboards.words import Words
from tests.unit.dashboards.test_charts import rows_with
from tests.unit.dashboards.test_pages import collect, main_stays_main, open_lab, run, said

__all__ = ["main_stays_main", "open_lab"]


def the_planner() -> None:
    from dashboards import frame, planner

    frame.settle_language()
    planner.page()


def visit(**query: str) -> AppTest:
    return run(AppTest.from_function(the_planner, default_timeout=30), **query)


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_page_gives_the_numbers_of_the_plan_and_the_days_they_take(open_lab: Any, language: str) -> None:
    open_lab()
    planned, words = plan(Draft().experiment()), Words(language)
    text = said(visit(lang=language, day="100"))
    assert words.say("plan_intro", n=words.count(planned.smallest), total=words.count(planned.total)) in text
    assert words.say("plan_days", days="65", n="100") in text
    assert all(sentence in text.replace("&#x27;", "'") for sentence in planned.assumptions[language])


def test_the_address_carries_every_figure(open_lab: Any) -> None:
    open_lab()
    app = visit(metric="satisfaction", base="30", points="0.5", sd="1.2", arms="2", cluster="3", icc="0.1")
    draft = Draft(arms=2, rated=True, completion=0.3, sd=1.2, detect=0.5, cluster_size=3, icc=0.1)
    assert f"{plan(draft.experiment()).smallest:,} per arm" in said(app)
    assert app.code[0].value == draft.source("late_order").strip()


@pytest.mark.parametrize("asked", ["-5", "nan", "inf", "forty", "1e99", ""])
def test_nonsense_in_the_address_is_the_first_value_or_the_nearest_allowed(open_lab: Any, asked: str) -> None:
    open_lab()
    app = visit(base=asked, arms=asked, day=asked)
    assert not app.error
    assert " per arm" in said(app)


def test_a_rate_that_would_pass_a_hundred_percent_is_refused(open_lab: Any) -> None:
    open_lab()
    app = visit(base="95", least="10")
    assert "100%" in app.error[0].value


def test_what_an_experiment_could_have_seen_is_the_smallest_detectable_difference(open_lab: Any) -> None:
    lab = open_lab("late_parcel")
    collect(lab, 60)
    found = plan(lab.experiment("late_parcel").derived(sample=lab.overview()[0].reached)).detectable
    text = said(visit())
    assert "What your experiments could have seen" in text
    shown = Words("en").amount(found, "proportion") if found else "not enough data"
    assert shown in text


def test_the_curve_is_drawn_at_the_planning_functions_powers() -> None:
    planned = plan(Draft(arms=2).experiment())
    effect, sizes = Rates(0.4, 0.45), [100, 1_000, planned.smallest]
    points = power_curve(effect, sizes, alpha=planned.level)
    drawn = {row["n"]: row["power"] for row in rows_with(plan_chart.power(points, planned, Words("en")), "n")}
    for n in sizes[:2]:
        assert drawn[n] == pytest.approx(100 * power_of_sample(effect, (n, n), alpha=planned.level).power)
    assert drawn[planned.smallest] == pytest.approx(80, abs=0.5)
    (here,) = rows_with(plan_chart.power([], planned, Words("en")), "label")[:1]
    assert (here["n"], here["power"]) == (planned.smallest, 100 * planned.power)
