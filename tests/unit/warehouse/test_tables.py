"""What a table must name, what it may leave out, and what its report then says."""

from datetime import UTC, datetime

import numpy as np
import pandas
import pytest

from amends import Experiment, Mean, Proportion, Rating, analyze_table, exploratory, silence, sorry, thank_you
from amends.errors import UsageError
from amends.warehouse import clusters, gathering
from amends.warehouse.sources import as_table, open_table
from tests.integration.warehouse.conftest import differences

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def define(*, metrics=None, **parts):
    return Experiment(
        key="late",
        notice="Your parcel is late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")],
        metrics=metrics or [Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
        **parts,
    )


def rows(**columns):
    given = {"arm": ["thank_you"] * 4 + ["sorry"] * 4, "done": [1, 1, 1, 0, 1, 0, 0, 0]}
    return pandas.DataFrame(given | {"score": [6, 7, None, None, 3, None, None, None]} | columns)


def analyze(experiment=None, table=None, **named):
    named = {"arm": "arm", "completed": "done", "rating": "score", "at": NOON} | named
    return analyze_table(experiment or define(), rows() if table is None else table, **named)


def test_counts_are_those_of_the_rows():
    arms = analyze().to_dict()["arms"]
    assert [arms["thank_you"][name] for name in ("assigned", "completed", "started", "rated")] == [4, 3, 3, 2]
    assert arms["thank_you"]["ratings"] == {str(point): int(point in (6, 7)) for point in range(1, 8)}
    assert arms["sorry"]["rate"] == 0.25


def test_the_funnel_is_counted_where_its_columns_are_named():
    steps = {"handed": [1] * 8, "came": [1, 1, 1, 1, 1, 1, 0, None], "opened": [True] * 5 + [False] * 3}
    found = analyze(table=rows(**steps), sent="handed", delivered="came", started="opened").arms
    assert [found["sorry"].counts[name] for name in ("sent", "delivered", "started")] == [4, 2, 1]
    assert [found["thank_you"].counts[name] for name in ("sent", "delivered", "started")] == [4, 4, 4]


@pytest.mark.parametrize(("yes", "no"), [(1, 0), (True, False), ("yes", "no"), ("TRUE", "false"), (1.0, 0.0)])
def test_completed_may_be_written_in_any_of_the_ways_a_file_may(yes, no):
    done = [yes if value else no for value in rows()["done"]]
    assert analyze(table=rows(done=done)).arms["thank_you"].counts["completed"] == 3


def test_without_a_unit_column_the_report_says_that_each_row_was_taken_as_one():
    assert any("each row was taken as one" in note for note in analyze().warnings)
    named = analyze(table=rows(id=range(8)), unit="id")
    assert not any("each row was taken as one" in note for note in named.warnings)


def test_a_unit_that_stands_there_twice_is_refused_with_an_example():
    with pytest.raises(UsageError, match=r"second time in 1 of 8 rows, such as 'c' \(2 rows\)"):
        analyze(table=rows(id=list("abccdefg")), unit="id")
    with pytest.raises(UsageError, match="empty in 1 rows"):
        analyze(table=rows(id=["a", None, *"bcdefg"]), unit="id")


def test_what_the_definition_asks_for_and_no_column_holds_is_said():
    found = analyze(define(covariates=["orders"], moderators=["city"]), rating=None)
    said = next(note for note in found.notes if "No column" in note.en)
    assert "satisfaction, orders, city" in said.en
    assert "satisfaction, orders, city" in said.id
    assert isinstance(found.to_dict()["contrasts"][1]["effect"], dict)


def test_a_share_that_no_column_holds_is_refused_and_not_read_as_nobody():
    returned = [Proportion("completed"), Proportion("returned")]
    with pytest.raises(UsageError, match=r'outcomes=\{"returned": COLUMN\}'):
        analyze(define(metrics=returned), rating=None)
    satisfied = [Proportion("completed"), Proportion("satisfied", of="satisfaction", at_least=6)]
    with pytest.raises(UsageError, match=r'rating=\{"satisfaction": COLUMN\}'):
        analyze(define(metrics=satisfied), rating=None)


def test_a_share_of_ratings_counts_the_silent_where_its_definition_does():
    satisfied = [Proportion("completed"), Proportion("satisfied", of="satisfaction", at_least=6)]
    found = analyze(define(metrics=satisfied))["satisfied", "thank_you", "sorry"]
    assert found.counts == ((2, 4), (0, 4))


def test_where_no_survey_is_measured_completing_is_the_outcome():
    replied = Experiment(
        key="mail",
        notice="A question.",
        arms=[thank_you("Thank you."), silence()],
        metrics=[Proportion("replied")],
    )
    table = pandas.DataFrame({"arm": ["thank_you", "thank_you", "silence"], "done": [1, 0, 0]})
    found = analyze(replied, table, rating=None)["replied", "thank_you", "silence"]
    assert found.counts == ((1, 2), (0, 1))


def test_more_rows_than_units_are_read_of_is_said_with_what_is_missing():
    table = rows(orders=[3, 1, 4, 1, 5, 9, 2, 6])
    found = analyze(define(covariates=["orders"]), table, covariates="orders", most_units=7)
    note = next(note for note in found.notes if "The table has 8 rows" in note.en)
    assert "more than the 7" in note.en
    assert "8 baris" in note.id
    assert "adjustment" not in {section.name for section in found.sections}


@pytest.mark.parametrize("n", [45, 400])
def test_means_of_more_rows_than_units_are_read_of_are_adjusted_from_groups_alike(n):
    """The other route is statsmodels' fit of the single units."""
    rng = np.random.default_rng(11)
    table = pandas.DataFrame({"arm": rng.choice(["thank_you", "sorry"], n), "done": rng.integers(0, 2, n)})
    table["orders"], table["city"] = rng.poisson(3, n), rng.choice(["Solo", "Ubud", "Kudus"], n)
    score = np.clip(rng.integers(1, 6, n) + table["orders"] // 3, 1, 7)
    table["score"] = score.where(table["done"] == 1)
    table["spend"] = (1e4 + table["orders"] * 5 + rng.lognormal(size=n)).where(rng.random(n) < 0.9)
    experiment = define(
        metrics=[
            Proportion("completed"),
            Mean("satisfaction", scale=(1, 7)),
            Mean("spend", source="outcome", sd=10, detect=1),
        ],
        covariates=["orders", "city"],
    )
    named = {"table": table, "outcomes": "spend", "covariates": ["orders", "city"]}
    units = analyze(experiment, **named)
    groups = analyze(experiment, **named, most_units=0)
    for metric in ("satisfaction", "spend"):
        one, other = units[metric, "thank_you", "sorry"], groups[metric, "thank_you", "sorry"]
        assert one.test == other.test == ("Lin HC3" if n < 50 else "Lin HC2")
        for figure in ("effect", "low", "high", "statistic", "df", "p_value", "standard_error"):
            assert getattr(other, figure) == pytest.approx(getattr(one, figure), rel=1e-9), figure


def test_a_covariate_that_is_missing_for_some_leaves_the_plain_difference_and_says_of_how_many():
    table = rows(orders=[None, 1, 1, 1, 2, 2, 2, 2], done=1, score=[6, 7, 5, 5, 3, 4, 4, 2])
    found = analyze(define(covariates=["orders"]), table, covariates="orders", most_units=0)
    assert any("covariate 'orders' is missing for 1 of 8 units" in note for note in found.warnings)
    assert found["satisfaction", "thank_you", "sorry"].test.startswith("Welch")


def moderated(n=500):
    rng = np.random.default_rng(5)
    table = pandas.DataFrame({"arm": rng.choice(["thank_you", "sorry"], n), "done": rng.integers(0, 2, n)})
    city, waited = rng.choice(["Solo", "Ubud", "Kudus"], n), rng.integers(0, 9, n) / 4
    table["city"] = pandas.Series(city).where(rng.random(n) < 0.95)
    table["waited"], table["first"] = pandas.Series(waited).where(rng.random(n) < 0.9), rng.random(n) < 0.5
    table["how"], table["tongue"] = rng.choice(["sms", "email", ""], n), rng.choice(["id", "en"], n)
    table["score"] = pandas.Series(rng.integers(1, 8, n)).where(table["done"] == 1)
    table["harm"] = pandas.Series(rng.integers(1, 8, n)).where(table["done"] == 1)
    table["spend"] = pandas.Series(1e6 + waited + rng.lognormal(size=n)).where(rng.random(n) < 0.9)
    return table


def with_moderators(**parts):
    spend = Mean("spend", source="outcome", sd=10, detect=1)
    return define(
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7)), spend],
        survey=[Rating("satisfaction"), Rating("harm", "How bad was it?", role="severity")],
        moderators=["city", exploratory("waited"), "first"],
        **parts,
    )


MODERATED = {
    "rating": {"satisfaction": "score", "harm": "harm"},
    "outcomes": "spend",
    "moderators": ["city", "waited", "first"],
}


def test_moderators_of_more_rows_than_units_are_read_of_are_the_same_from_groups_alike():
    """The other route is least squares of the single units: words, numbers, yes and no, some not known."""
    table = moderated()
    units = analyze(with_moderators(), table, **MODERATED).to_dict()["sections"]["moderators"]
    groups = analyze(with_moderators(), table, **MODERATED, most_units=0)
    assert differences(units, groups.to_dict()["sections"]["moderators"]) == []
    found = units["moderators"]
    assert {item["moderator"] for item in found if "not_enough" not in item} == {"city", "waited", "first"}
    assert {item["kind"] for item in found} == {"levels", "numbers"}
    assert units["severity"]["harm"]["sorry"]["n"] > 0
    assert not any("Not made" in note.en and "For whom" in note.en for note in groups.notes)


def test_a_moderator_of_too_many_values_for_groups_is_refused_with_its_column(monkeypatch):
    monkeypatch.setattr(gathering, "MOST_CELLS", 40)
    table = rows(id=np.arange(8) / 7).iloc[np.repeat(np.arange(8), 8)].reset_index(drop=True)
    table["id"] = np.arange(64) / 7
    with pytest.raises(UsageError, match=r"column 'id' \(covariate.visits\) has 41 different values or more"):
        analyze(define(moderators=["visits"]), table, moderators={"visits": "id"}, most_units=0)


@pytest.mark.parametrize("limit", [2_000_000, 0])
def test_segments_that_a_column_was_named_for_are_explored(limit):
    """The differences beside the table are those of pandas' means."""
    table = moderated()
    found = analyze(table=table, segments={"channel": "how", "locale": "tongue"}, most_units=limit)
    asked = found.to_dict()["sections"]["segments"]["segments"]
    shares = table.groupby(["how", "arm"])["done"].mean()
    item = next(i for i in asked if (i["metric"], i["moderator"]) == ("completed", "channel"))
    assert [level["level"] for level in item["levels"]] == ["email", "sms"]
    for level in item["levels"]:
        gap = shares[level["level"], "thank_you"] - shares[level["level"], "sorry"]
        assert level["value"] == pytest.approx(gap, abs=1e-12)
    assert item["left_out"] == int((table["how"] == "").sum())
    assert {i["moderator"] for i in asked} == {"channel", "locale"}


@pytest.mark.parametrize("parties", [90, 30, 12])
def test_clusters_of_more_rows_than_units_are_read_of_are_tested_from_their_sums(parties):
    """CR1, CR2 and the replayed draw; clusters of unequal sizes, one without any answer."""
    table = moderated(600)
    place = np.random.default_rng(8).integers(0, parties, 600) ** 2 // parties
    table["party"], table["arm"] = place, np.where(place % 2 == 0, "thank_you", "sorry")
    table.loc[place == 0, ["done", "score"]] = [0, None]
    table["done"] = table["done"].map({1: "yes", 0: "no"})
    spend = Mean("spend", source="outcome", sd=10, detect=1)
    satisfied = Proportion("satisfied", of="satisfaction", at_least=6)
    experiment = define(metrics=[Mean("satisfaction", scale=(1, 7)), satisfied, spend], cluster="party")
    named = {"table": table, "cluster": "party", "outcomes": "spend"}
    units, sums = (analyze(experiment, **named, most_units=limit) for limit in (2_000_000, 0))
    one, other = units.to_dict(), sums.to_dict()
    assert "single units are needed" in str(other["contrasts"][0]["bounds"]["lee"]["ci_low"])
    for item in (*one["contrasts"], *other["contrasts"]):
        # Whom the bounds leave out is not in sums.
        item.pop("bounds", None)
        item["decision"].pop("region", None)
    assert differences(one["contrasts"], other["contrasts"]) == []
    assert differences(one["arms"], other["arms"]) == []
    expected = {90: "CR1", 30: "CR2", 12: "randomisation of clusters"}
    assert sums["satisfaction", "thank_you", "sorry"].test == expected[parties]


def test_more_clusters_than_are_read_as_rows_leave_the_counts_and_say_so(monkeypatch):
    monkeypatch.setattr(clusters, "MOST_CLUSTERS", 3)
    table = rows(party=[1, 1, 2, 2, 3, 3, 4, 4])
    found = analyze(define(cluster="party"), table, cluster="party", most_units=0)
    assert found["completed", "thank_you", "sorry"].counts == ((3, 4), (1, 4))
    assert isinstance(found.to_dict()["contrasts"][0]["p_value"], dict)
    assert any("more than 3 clusters" in note.en and "3 gugus" in note.id for note in found.notes)


def test_a_cluster_in_two_arms_is_refused_among_sums_too():
    parties = ["m1", "m1", "m2", "m3", "m3", "m4", "m5", "m5"]
    with pytest.raises(UsageError, match="1 clusters have units in two arms, such as 'm3'"):
        analyze(define(cluster="party"), rows(party=parties), cluster="party", most_units=0)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"arm": "amr"}, r"no column 'amr' \(arm\)\. Did you mean 'arm'\?"),
        ({"rating": {"satisfacton": "score"}}, "Did you mean 'satisfaction'"),
        ({"segments": {"chanel": "arm"}}, "Did you mean 'channel'"),
        ({"outcomes": ["done"]}, "outcomes: 'done' is nothing that late declares"),
        ({"covariates": "score"}, "'score' is nothing that late declares"),
        ({"cluster": "arm"}, "declares no cluster="),
        ({"arms": {"x": "thank"}}, "arms: 'thank' is no arm of late. Did you mean 'thank_you'"),
        ({"not_invited": ["sory"]}, "not_invited: 'sory' is no arm"),
    ],
)
def test_a_name_that_nothing_has_is_refused_with_the_nearest(named, said):
    with pytest.raises(UsageError, match=said):
        analyze(**named)


def test_a_clustered_experiment_needs_its_cluster_column():
    with pytest.raises(UsageError, match="add cluster=COLUMN"):
        analyze(define(cluster="party"))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"score": [9, 7, None, None, 3, None, None, None]}, "'score' in 1 row: 9 is off the scale"),
        ({"score": [6.5, 7, None, None, 3, None, None, None]}, "6.5 is between the points"),
        ({"score": [6, 7, None, 5, 3, None, None, None]}, "a rating of a unit that did not complete"),
        ({"arm": ["thanks"] * 8}, "'arm' in 8 rows: 'thanks' is not an arm"),
        ({"arm": [None] * 8}, "'arm' in 8 rows: the arm is empty"),
        ({"done": [1, 1, 1, 0, 1, 0, 0, None]}, "'done' in 1 row: it is empty"),
        ({"done": [1, 1, 1, 0, 1, 0, 0, 7]}, "'done' in 1 row: '7' is not 0 or 1"),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused_with_its_rows(columns, said):
    with pytest.raises(UsageError, match=said):
        analyze(table=rows(**columns))


def test_an_arm_that_was_not_invited_may_have_nothing_under_completed():
    found = analyze(table=rows(done=[1, 1, 1, 0, None, None, None, None], score=None), not_invited=["sorry"])
    assert "not invited" in found.to_dict()["arms"]["sorry"]["rate"]["not_enough"]
    with pytest.raises(UsageError, match="completed, although the arm was not invited"):
        analyze(not_invited=["sorry"])


def test_amounts_that_are_not_finite_are_refused_and_missing_ones_are_not_counted():
    spend = [Proportion("completed"), Mean("spend", source="outcome", sd=1, detect=1)]
    table = rows(spend=[1.5, 2.5, None, 0, 1, 1, 1, 1])
    found = analyze(define(metrics=spend), table, rating=None, outcomes=["spend"]).to_dict()
    assert found["arms"]["thank_you"]["metrics"]["spend"]["n"] == 3
    assert found["arms"]["thank_you"]["metrics"]["spend"]["mean"] == pytest.approx(4 / 3)
    with pytest.raises(UsageError, match="'spend' in 3 rows: among them is a value that is not a finite"):
        analyze(
            define(metrics=spend),
            rows(spend=[np.inf, 2.5, None, 0, 1, 1, 1, 1]),
            rating=None,
            outcomes=["spend"],
        )


def test_a_cluster_in_two_arms_is_refused():
    with pytest.raises(UsageError, match="1 clusters have units in two arms, such as 'm3'"):
        analyze(
            define(cluster="party"),
            rows(party=["m1", "m1", "m2", "m3", "m3", "m4", "m5", "m5"]),
            cluster="party",
        )


def test_a_column_of_ids_in_the_place_of_ratings_is_refused_and_not_counted(monkeypatch):
    monkeypatch.setattr(gathering, "MOST_CELLS", 5)
    with pytest.raises(UsageError, match="column 'id' .* has 6 different values or more"):
        analyze(table=rows(id=range(8), done=1), rating="id")


def test_resampled_figures_do_not_depend_on_the_order_of_the_rows():
    experiment = define(
        survey=[Rating("satisfaction"), Rating("esteem", "Were you valued?", role="mediator")],
        mediators=["esteem"],
    )
    rng = np.random.default_rng(3)
    table = pandas.DataFrame({"arm": rng.choice(["thank_you", "sorry"], 80), "done": 1})
    table["score"], table["esteem"] = rng.integers(1, 8, 80), rng.integers(1, 8, 80)
    named = {"rating": {"satisfaction": "score", "esteem": "esteem"}}
    one = analyze(experiment, table, **named).to_dict()
    other = analyze(experiment, table.iloc[::-1].reset_index(drop=True), **named).to_dict()
    assert "mediation" in one["sections"]
    assert one == other


def test_only_tables_and_addresses_are_taken():
    with pytest.raises(UsageError, match="table is a list; it must be a pandas, polars, Arrow or Ibis table"):
        as_table([1, 2])
    with pytest.raises(UsageError, match="Did you mean 'parquet'"):
        open_table("parqet:late.parquet")
    with pytest.raises(UsageError, match="table parquet:… cannot be opened: IO Error"):
        open_table("parquet:/nowhere/late.parquet")
    with pytest.raises(UsageError, match=r"must end in \?table=NAME"):
        open_table("postgres:postgresql://127.0.0.1/base")
    with pytest.raises(UsageError, match="experiment is a int"):
        analyze(7)


def test_a_failing_address_does_not_show_its_password():
    with pytest.raises(UsageError) as refused:
        open_table("postgres:postgresql://me:hush@127.0.0.1:1/base?table=late")
    assert "hush" not in str(refused.value)


def test_a_column_of_lists_is_refused_by_its_kind():
    with pytest.raises(UsageError, match=r"column 'score' \(satisfaction\) holds array<int64>"):
        analyze(table=rows(score=[[1]] * 8))


def test_words_where_amounts_should_be_are_refused_with_the_word():
    spending = [Proportion("completed"), Mean("spend", source="outcome", sd=10, detect=1)]
    with pytest.raises(UsageError, match="cannot be read as its columns were named: .*'much'"):
        analyze(define(metrics=spending), rows(paid=["much"] * 8), rating=None, outcomes={"spend": "paid"})


@pytest.mark.parametrize("other", [{"done": ["maybe"] * 8}, {"done": None}])
def test_files_of_one_folder_that_differ_are_refused_with_the_file(tmp_path, other):
    rows().to_parquet(tmp_path / "a.parquet")
    rows(**other).dropna(axis="columns", how="all").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(UsageError, match=r"b\.parquet"):
        analyze(table=f"parquet:{tmp_path}/*.parquet")


def test_a_covariate_that_some_lack_is_counted_alike_from_units_and_from_groups():
    spending = [Proportion("completed"), Mean("spend", source="outcome", sd=10, detect=1)]
    table = rows(paid=[1.0, None, 2.0, 5.0, 3.0, 4.0, None, 9.0], orders=[None, None, 1, 2, None, 1, 1, 2])
    named = {"rating": None, "outcomes": {"spend": "paid"}, "covariates": "orders"}
    said = [
        analyze(define(metrics=spending, covariates=["orders"]), table, **named, most_units=most).to_dict()
        for most in (8, 7)
    ]
    (by_unit, by_group) = (found["contrasts"][1]["warnings"] for found in said)
    assert any("'orders' is missing for 2 of 6 units" in warning for warning in by_unit)
    assert by_group == by_unit
