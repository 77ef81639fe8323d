"""The report of a table is the report of its rows, whichever engine holds them."""

import numpy as np
import pyarrow
import pytest

from amends import Experiment, Mean, Proportion, analyze_table, silence, sorry, thank_you
from amends.errors import UsageError
from tests.integration.warehouse.conftest import ENGINES, NOON, comparable, differences, frame, recorded

WORDS = {"Dankeschön ✓": "thank_you", "申し訳": "sorry"}
NAMED = {
    "arm": "gruppe",
    "completed": "done",
    "rating": "r_satisfaction",
    "outcomes": {"returned": "o_returned", "spend": "o_spend"},
    "arms": WORDS,
    "at": NOON,
}
BEFORE = {"covariates": {"orders": "c_orders"}, "moderators": {"city": "c_city"}}


def define(**parts):
    return Experiment(
        key="late",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Proportion("returned"),
            Mean("spend", source="outcome", sd=10, detect=1),
        ],
        **parts,
    )


def made(n, *, clusters=0):
    rng = np.random.default_rng(20260302)
    rows = []
    for _ in range(n):
        cluster = int(rng.integers(clusters)) if clusters else None
        place = rng.integers(3) if cluster is None else cluster % 3
        done = bool(rng.random() < 0.6)
        row = {
            "arm": ("thank_you", "sorry", "silence")[place],
            "completed": done,
            "ratings": {"satisfaction": int(rng.integers(1, 8))} if done and rng.random() < 0.9 else {},
            "outcomes": {"returned": float(rng.random() < 0.3), "spend": float(rng.lognormal())},
            "covariates": {"orders": int(rng.poisson(3)), "city": str(rng.choice(["Solo", "Ubud"]))},
        }
        rows.append(row | ({} if cluster is None else {"cluster": f"meja {cluster}"}))
    return rows


def arrow(rows):
    return pyarrow.Table.from_pandas(frame(rows), preserve_index=False)


@pytest.fixture(scope="module")
def described():
    """Rows with covariates and moderators, and the report that the store gives of them."""
    experiment, rows = define(covariates=["orders"], moderators=["city"]), made(240)
    return experiment, rows, recorded(experiment, rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_table_gives_the_report_that_its_recorded_rows_give(engine, table_in, described):
    experiment, rows, expected = described
    found = analyze_table(experiment, table_in(engine, arrow(rows)), **NAMED, **BEFORE)
    assert differences(expected, comparable(found.to_dict())) == []
    assert found["satisfaction", "thank_you", "sorry"].test == "Lin HC2"


@pytest.mark.parametrize("engine", ["duckdb", "postgresql", "spark"])
def test_moderators_and_covariates_of_too_many_rows_are_read_from_groups_alike(engine, table_in, described):
    experiment, rows, expected = described
    table = table_in(engine, arrow(rows))
    found = comparable(analyze_table(experiment, table, **NAMED, **BEFORE, most_units=0).to_dict())
    for part in ("arms", "contrasts"):
        assert differences(expected[part], found[part]) == []
    assert differences(expected["sections"]["moderators"], found["sections"]["moderators"]) == []
    assert len(found["sections"]["moderators"]["moderators"]) == 12


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_summed_in_the_engine_equals_what_is_summed_of_the_rows(engine, table_in):
    experiment, rows = define(), made(300)
    found = analyze_table(experiment, table_in(engine, arrow(rows)), **NAMED)
    for arm, figures in found.to_dict()["arms"].items():
        mine = [row for row in rows if row["arm"] == arm]
        spend = np.array([row["outcomes"]["spend"] for row in mine])
        ratings = [row["ratings"]["satisfaction"] for row in mine if row["ratings"]]
        assert figures["assigned"] == figures["matured"] == len(mine)
        assert figures["completed"] == sum(row["completed"] for row in mine)
        assert figures["ratings"] == {str(point): ratings.count(point) for point in range(1, 8)}
        assert figures["metrics"]["returned"]["events"] == sum(row["outcomes"]["returned"] for row in mine)
        assert figures["metrics"]["spend"]["mean"] == pytest.approx(spend.mean(), rel=1e-9)
        assert figures["metrics"]["spend"]["sd"] == pytest.approx(spend.std(ddof=1), rel=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_skewed_amount_far_from_zero_keeps_its_spread(engine, table_in):
    """Sums of squares of values near a billion hold nothing of a spread near 1."""
    rows = made(400)
    for row in rows:
        # Eighths are exact in binary at this size, so that the two routes start from the same values.
        row["outcomes"]["spend"] = 1e9 + round(row["outcomes"]["spend"] * 8) / 8
    found = analyze_table(define(), table_in(engine, arrow(rows)), **NAMED).to_dict()
    for arm, figures in found["arms"].items():
        away = np.array([row["outcomes"]["spend"] - 1e9 for row in rows if row["arm"] == arm])
        assert figures["metrics"]["spend"]["sd"] == pytest.approx(away.std(ddof=1), rel=1e-9)
        assert figures["metrics"]["spend"]["mean"] - 1e9 == pytest.approx(away.mean(), abs=1e-6)


@pytest.mark.parametrize("engine", ["pandas", "duckdb", "postgresql", "spark"])
def test_clusters_are_counted_as_clusters(engine, table_in):
    experiment, rows = define(cluster="party"), made(240, clusters=48)
    found = analyze_table(experiment, table_in(engine, arrow(rows)), **NAMED, cluster="party")
    assert differences(recorded(experiment, rows), comparable(found.to_dict())) == []
    assert found["completed", "thank_you", "sorry"].test == "CR2"
    assert {arm: figures.clusters for arm, figures in found.arms.items()} == {
        "thank_you": 16, "sorry": 16, "silence": 16
    }  # fmt: skip


@pytest.mark.parametrize("engine", ["duckdb", "postgresql", "spark"])
def test_clusters_of_too_many_rows_are_tested_from_their_sums(engine, table_in):
    experiment, rows = define(cluster="party"), made(240, clusters=48)
    table = table_in(engine, arrow(rows))
    found = analyze_table(experiment, table, **NAMED, cluster="party", most_units=0)
    expected, given = recorded(experiment, rows), comparable(found.to_dict())
    for item in (*expected["contrasts"], *given["contrasts"]):
        # Whom the bounds of a rating leave out is not in sums.
        item.pop("bounds", None)
        item["decision"].pop("region", None)
    for part in ("arms", "contrasts"):
        assert differences(expected[part], given[part]) == []
    assert found["completed", "thank_you", "sorry"].test == "CR2"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_table_is_a_report_of_zeros(engine, table_in):
    empty = arrow(made(5)).slice(0, 0)
    found = analyze_table(define(), table_in(engine, empty), **NAMED)
    assert {figures.counts["assigned"] for figures in found.arms.values()} == {0}
    assert "not_enough" in found.to_dict()["contrasts"][0]["effect"]


@pytest.mark.parametrize("engine", ENGINES)
def test_one_row_is_counted_and_nothing_is_claimed(engine, table_in):
    rows = [row for row in made(20) if row["ratings"]][:1]
    found = analyze_table(define(), table_in(engine, arrow(rows)), **NAMED).to_dict()
    assert sum(figures["assigned"] for figures in found["arms"].values()) == 1
    assert all(isinstance(item["p_value"], dict) for item in found["contrasts"])


@pytest.mark.parametrize("engine", ENGINES)
def test_wrong_values_are_named_with_their_rows(engine, table_in):
    table = frame(made(60)).astype({"done": "float64", "r_satisfaction": "float64"})
    table.loc[0:2, "gruppe"] = "Merci"
    table.loc[3, "gruppe"] = None
    table.loc[4:5, "done"] = 2
    table.loc[6, "done"] = None
    table.loc[7:9, ["done", "r_satisfaction"]] = [1, 9]
    table.loc[10, ["done", "r_satisfaction"]] = [1, 4.5]
    with pytest.raises(UsageError) as refused:
        analyze_table(
            define(), table_in(engine, pyarrow.Table.from_pandas(table, preserve_index=False)), **NAMED
        )
    said = str(refused.value)
    for problem in (
        "'gruppe' in 1 row: the arm is empty",
        "'gruppe' in 3 rows: 'Merci' is not an arm",
        'arms={"Merci": ARM}',
        "'done' in 1 row: it is empty",
        "'done' in 2 rows: '2' is not 0 or 1",
        "and 2 more",
    ):
        assert problem in said
