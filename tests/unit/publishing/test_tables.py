"""Every table of a report leaves as CSV: what the report shows, in a form that spreadsheets read."""

import csv
import io
import zipfile

import pandas as pd
import pytest

import amends
from amends.analysis.rendering.markdown import to_markdown
from amends.publishing.tables import LIST, tables_zip

EXPERIMENT = amends.Experiment(
    key="late_parcel",
    notice="Your parcel is late.",
    arms=[amends.thank_you("Thank you for waiting."), amends.sorry("=1+1, we are sorry.")],
    metrics=[amends.Proportion("completed", baseline=0.7), amends.Mean("satisfaction", scale=(1, 7), sd=1.4)],
)


@pytest.fixture(scope="module")
def report():
    rows = [
        {"id": n, "arm": arm, "done": n % 10 < done, "rating": 1 + n % 7 if n % 10 < done else None}
        for arm, done in (("thank_you", 6), ("sorry", 8))
        for n in range(200)
    ]
    return amends.analyze_table(EXPERIMENT, pd.DataFrame(rows), arm="arm", completed="done", rating="rating")


def opened(packed):
    """The files by name, each as rows of cells."""
    folder = zipfile.ZipFile(io.BytesIO(packed))
    assert folder.testzip() is None
    return {
        name: list(csv.reader(io.StringIO(folder.read(name).decode("utf-8-sig"))))
        for name in folder.namelist()
    }


@pytest.mark.parametrize("locale", ["en", "id"])
def test_every_table_of_the_markdown_is_a_file_with_as_many_rows(report, locale):
    files = opened(tables_zip(report, locale=locale))
    shown = to_markdown(report, locale=locale).split("\n\n")
    grids = sorted(len(part.splitlines()) - 1 for part in shown if part.startswith("| "))

    listed = files.pop(LIST)[1:]

    assert [row[0] for row in listed] == list(files)
    assert sorted(len(rows) for rows in files.values()) == grids
    assert len(grids) > 5


def test_a_difference_below_zero_is_a_number_to_a_spreadsheet_and_a_sentence_no_formula(report):
    files = opened(tables_zip(report))
    cells = [cell for rows in files.values() for row in rows for cell in row]
    (contrasts,) = (rows for name, rows in files.items() if name.endswith("_contrasts.csv"))

    assert float(contrasts[1][2]) == pytest.approx(-20.0, abs=0.05)
    assert "'=1+1, we are sorry." in cells
    assert not [cell for cell in cells if cell.startswith("=") or cell == "–"]


def test_the_same_report_gives_the_same_bytes(report):
    assert tables_zip(report) == tables_zip(report)
