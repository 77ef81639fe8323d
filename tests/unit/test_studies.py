"""Published comparisons: published beside recomputed."""

import csv
import json
from importlib.resources import files

import pytest

from amends.studies import Figure, published, studies


@pytest.fixture(scope="module")
def by_key():
    return {study.key: study for study in studies()}


def figures(study):
    return {figure.name: figure for figure in study.figures}


def test_every_printed_figure_that_can_be_recomputed_is_found_again():
    assert {study.key: study.agreement for study in studies()} == {
        "frederick2009": True,
        "ggl2008": True,
        "broockman2013": True,
        "you2020": None,
    }


def test_frederick_has_its_known_statistics(by_key):
    tests = by_key["frederick2009"].contrasts[0].tests
    assert by_key["frederick2009"].arms == {"reminder": (34, 75), "control": (19, 75)}
    assert tests["z_pooled"]["statistic"] == pytest.approx(2.5622, abs=5e-5)
    assert tests["chi2"]["statistic"] == pytest.approx(6.5649, abs=5e-5)
    assert tests["chi2"]["p_value"] == pytest.approx(0.0104, abs=5e-5)
    assert tests["chi2_yates"]["statistic"] == pytest.approx(5.7187, abs=5e-5)
    assert tests["fisher"]["p_value"] == pytest.approx(0.0164, abs=5e-5)


def test_the_household_experiment_has_rates_and_differences_only(by_key):
    study = by_key["ggl2008"]
    assert sum(n for _, n in study.arms.values()) == 344_084
    assert [round(item.effect, 3) for item in study.contrasts] == [0.018, 0.026, 0.049, 0.081]
    reason = {"not_enough": "household ids unpublished"}
    for contrast in (item.to_dict() for item in study.contrasts):
        assert contrast["p_value"] == contrast["p_adjusted"] == reason
        assert contrast["low"] == contrast["high"] == contrast["statistic"] == reason
        assert all(test["p_value"] == reason for test in contrast["tests"].values())
        assert contrast["verdict"] == "cannot tell"


def test_broockman_is_refitted_from_the_real_rows(by_key):
    found = figures(by_key["broockman2013"])
    refitted = [found[f"coefficient, {name}"].recomputed for name in ("Intercept", "treat_out", "leg_black")]
    assert refitted == pytest.approx([0.5614, -0.2745, -0.0966], abs=5e-5)
    assert found["coefficient, treat_out:leg_black"].recomputed == pytest.approx(0.1281, abs=5e-5)
    assert by_key["broockman2013"].arms == {"in_district": (1562, 2814), "out_of_district": (803, 2779)}


def test_the_counts_file_and_the_rows_of_broockman_agree():
    folder = files("amends.studies").joinpath("data")
    rows = list(csv.DictReader(folder.joinpath("broockman_email_replies.csv").read_text().splitlines()))
    counts = list(csv.DictReader(folder.joinpath("arm_counts.csv").read_text().splitlines()))
    assert len(rows) == 5593
    cells = [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    counted = [
        (
            sum(int(row["responded"]) for row in rows if (row["treat_out"], row["leg_black"]) == cell),
            sum((row["treat_out"], row["leg_black"]) == cell for row in rows),
        )
        for cell in cells
    ]
    listed = [(int(row["events"]), int(row["n"])) for row in counts if row["study"] == "broockman2013"]
    assert counted == listed


def test_unknown_counts_stay_unknown(by_key):
    study = by_key["you2020"]
    assert study.arms == {}
    assert study.contrasts == ()
    for figure in study.to_dict()["figures"]:
        assert figure["recomputed"] == {"not_enough": "counts unknown"}
        assert figure["agrees"] is None
    assert study.possible["count"] == 59
    assert "0.011 to 0.105" in study.note.en
    assert "0,011 sampai 0,105" in study.note.id


def test_a_wrong_figure_would_be_noticed():
    assert Figure("bought", "75", 74.4).agrees is False
    assert Figure("bought", "75", 74.5).agrees is True


def test_the_document_is_json_and_the_text_names_every_source():
    document = published().to_dict()
    json.dumps(document, allow_nan=False)
    for study in studies():
        assert study.source in str(published())
    assert "cocok" in published().to_text(locale="id")


def test_the_data_folder_names_source_and_licence():
    words = files("amends.studies").joinpath("data", "README.md").read_text(encoding="utf-8")
    assert all(
        part in words for part in ("causaldata", "MIT", "openintro", "American Political Science Review")
    )
