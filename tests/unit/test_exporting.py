"""Writing records as files: whole, explained, and harmless in a spreadsheet."""

import csv
from datetime import UTC, datetime

import pyarrow.parquet
import pytest

from amends.errors import UsageError
from amends.exporting import DICTIONARY, export_tables, safe_cell, write_csv, write_text


def read(path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    "dangerous", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
)
def test_what_a_spreadsheet_would_run_is_written_as_text(dangerous):
    assert safe_cell(dangerous) == "'" + dangerous


@pytest.mark.parametrize("harmless", ["C-1", "-0.5", "+6281234567", "a=b", "", "Terima kasih 🙏"])
def test_what_a_spreadsheet_only_shows_stays_as_it_is(harmless):
    assert safe_cell(harmless) == harmless


def test_values_are_written_so_that_any_tool_reads_them():
    moment = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert safe_cell(moment) == "2026-03-02T12:00:00Z"
    assert safe_cell({"b": 1, "a": "é"}) == '{"a": "é", "b": 1}'
    assert (safe_cell(None), safe_cell(False), safe_cell(3)) == ("", "false", "3")


def test_a_csv_file_takes_its_place_only_when_it_is_complete(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def rows():
        yield {"a": 1}
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        write_csv(path, ["a"], rows())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_csv_file_quotes_what_needs_it(tmp_path):
    path = tmp_path / "out.csv"
    assert write_csv(path, ["message"], [{"message": 'Halo, "Kak"\nSari'}]) == 1
    assert read(path) == [["message"], ['Halo, "Kak"\nSari']]


def test_text_is_written_in_utf_8(tmp_path):
    write_text(tmp_path / "report.md", "78,4 % – Terima kasih")
    assert (tmp_path / "report.md").read_bytes().decode("utf-8") == "78,4 % – Terima kasih"


TABLES = [
    ("assignments", [{"arm": "sorry", "strata": {"site": "Solo"}}, {"arm": "=x", "strata": None}]),
    ("outcomes", []),
]


def test_an_export_explains_every_column(tmp_path):
    written = export_tables(TABLES, tmp_path / "data")
    assert [(item.path.name, item.rows) for item in written] == [
        ("assignments.csv", 2),
        ("outcomes.csv", 0),
        (DICTIONARY, 10),
    ]
    assert read(tmp_path / "data" / "assignments.csv") == [
        ["arm", "strata"],
        ["sorry", '{"site": "Solo"}'],
        ["'=x", ""],
    ]
    dictionary = read(tmp_path / "data" / DICTIONARY)
    assert [row[:2] for row in dictionary[1:3]] == [["assignments.csv", "arm"], ["assignments.csv", "strata"]]
    assert read(tmp_path / "data" / "outcomes.csv") == [[row[1] for row in dictionary[3:]]]
    assert all(row[2] for row in dictionary)


def test_parquet_holds_the_same_rows(tmp_path):
    export_tables(TABLES[:1], tmp_path, format="parquet")
    assert pyarrow.parquet.read_table(tmp_path / "assignments.parquet").to_pylist() == [
        {"arm": "sorry", "strata": '{"site": "Solo"}'},
        {"arm": "=x", "strata": None},
    ]


def test_an_unknown_format_and_a_file_for_a_folder_are_refused(tmp_path):
    with pytest.raises(UsageError, match="csv or parquet"):
        export_tables(TABLES, tmp_path, format="xlsx")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="needs a folder"):
        export_tables(TABLES, tmp_path / "file")
