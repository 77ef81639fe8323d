"""`amends analyze --table`: the report of a file that nobody imported."""

import json

import pyarrow
import pyarrow.parquet
import pytest

ARMS = ["Thanked"] * 56 + ["sorry"] * 51
DONE = [1] * 51 + [0] * 5 + [1] * 40 + [0] * 11
NAMED = (
    "--table",
    "parquet:late.parquet",
    "--arm",
    "grp",
    "--completed",
    "done",
    "--map",
    "Thanked=thank_you",
)


@pytest.fixture
def table(desk):
    """56 and 51 units, of whom 51 and 40 completed, all of them satisfied to the sixth point."""
    score = [6 if done else None for done in DONE]
    rows = pyarrow.table({"grp": ARMS, "done": DONE, "score": score, "handed": [1] * 107})
    pyarrow.parquet.write_table(rows, desk.folder / "late.parquet")
    return desk


def test_the_document_is_that_of_any_report(table):
    found = json.loads(table("analyze", "late_parcel", *NAMED, "--rating", "score", "--json").stdout)
    contrast = found["contrasts"][0]
    assert contrast["n"] == [56, 51]
    assert contrast["effect"] == pytest.approx(51 / 56 - 40 / 51)
    assert contrast["p_value"] == pytest.approx(0.0939, abs=5e-5)
    assert found["arms"]["sorry"]["ratings"]["6"] == 40
    assert found["after_the_fact"] is True


def test_ratings_and_steps_are_named_by_what_they_are(table):
    words = ("--rating", "satisfaction=score", "--step", "sent=handed", "--json")
    found = json.loads(table("analyze", "late_parcel", *NAMED, *words).stdout)
    assert found["arms"]["thank_you"]["sent"] == 56
    assert found["arms"]["thank_you"]["rated"] == 51


def test_it_prints_the_report_or_writes_it_in_either_language(table):
    assert "thank you" in table("analyze", "late_parcel", *NAMED).stdout
    shown = table("analyze", "late_parcel", *NAMED, "--html", "found.html", "--locale", "id")
    assert shown.stdout == ""
    assert "terima kasih" in (table.folder / "found.html").read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "parquet:late.parquet"), "--table needs --arm COLUMN and --completed COLUMN"),
        (("--arm", "grp"), "--arm names a column of a table: add --table"),
        ((*NAMED, "--step", "read=handed"), "a step is sent, delivered, failed or started"),
        ((*NAMED, "--rating", "=score"), "--rating '=score' is not NAME=COLUMN"),
        ((*NAMED, "--rating", "scor"), "no column 'scor'"),
        ((*NAMED, "--locale", "fr"), "--locale fr"),
        (("--table", "csv:late.csv", "--arm", "a", "--completed", "b"), "is not KIND:ADDRESS"),
        ((*NAMED[:6],), "'grp' in 56 rows: 'Thanked' is not an arm"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_remedy(table, words, said):
    assert said in table.refused("analyze", "late_parcel", *words)
