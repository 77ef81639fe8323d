"""The bundle for a publication: whole, without a trace of whom it is about, and confirmed by R itself."""

import csv
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Mean, Proportion, blocked, hashed, silence, sorry, thank_you
from amends.design.contrasts import primary
from amends.design.survey import Rating
from amends.errors import StateError, UsageError
from amends.lab import Lab
from amends.publishing.bundle import SCRIPT, run_in_r, write_bundle

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def made(n, *, sample=None, **parts):
    given = {
        "key": "tea",
        "question": "Thank or apologise?",
        "notice": "Your tea is late.",
        "arms": [thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        "metrics": [Proportion("completed"), Mean("satisfaction", scale=(1, 7)), Proportion("refund")],
        "survey": [Rating("satisfaction")],
        "covariates": ["orders"],
        "sample": sample,
        "response_window": timedelta(days=1),
    }
    lab = Lab.in_memory([Experiment(**{**given, **parts})], clock=lambda: MONDAY + timedelta(days=30))
    for number in range(n):
        lab.assign(
            "tea",
            f"customer-{number}",
            at=MONDAY + timedelta(minutes=number),
            channel="email",
            covariates={
                "orders": number * number % 7,
                "city": ("Solo", "Ambon", "Bandung")[number % 13 % 3],
                "surname": "Wijaya",
            },
            **({"cluster": f"table-{number // 3 + number % 2}"} if "cluster" in parts else {}),
        )
        if number % 7 % 3:
            lab.record_response(
                "tea",
                f"customer-{number}",
                satisfaction=1 + (number * 5) % 7,
                at=MONDAY + timedelta(minutes=number + 5),
            )
        if number % 11 == 0:
            lab.record_outcome("tea", f"customer-{number}", "refund", 1, at=MONDAY + timedelta(hours=20))
    return lab


def rows(file):
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


@pytest.fixture
def bundle(tmp_path):
    lab = made(300, sample=80)
    lab.stop("tea")
    yield write_bundle(lab, "tea", tmp_path / "out")
    lab.close()


def test_r_makes_every_figure_again(bundle):
    assert bundle.agrees is True, bundle.checked or "R is not installed: apt install r-base-core"
    assert bundle.checked == "R agrees with 81 of 81 figures."


def test_r_also_makes_the_decision_on_the_first_planned_units_again(bundle):
    decided = [row for row in rows(bundle.folder / "expected.csv") if row["rows"] == "first planned"]
    assert len(decided) == 9
    theirs = {
        (row["metric"], row["arm"], row["versus"]): float(row["p_adjusted"])
        for row in rows(bundle.folder / "r_output.csv")
        if row["rows"] == "first planned"
    }
    for row in decided:
        assert theirs[row["metric"], row["arm"], row["versus"]] == pytest.approx(
            float(row["p_adjusted"]), abs=2e-4
        )


def test_r_notices_a_changed_answer(bundle):
    file = bundle.folder / "units.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    changed = lines[1].split(",")
    place = lines[0].split(",").index("metric.completed")
    changed[place] = "0.0" if changed[place] == "1.0" else "1.0"
    file.write_text("\n".join([lines[0], ",".join(changed), *lines[2:]]) + "\n", encoding="utf-8")
    said, agrees = run_in_r(bundle.folder)
    assert agrees is False
    assert "differs: completed" in said


def test_small_samples_are_confirmed_by_the_exact_test(tmp_path):
    lab = made(90, arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it.")])
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    assert "Boschloo exact" in {row["test"] for row in rows(bundle.folder / "expected.csv")}
    assert bundle.agrees is True, bundle.checked


@pytest.mark.parametrize(("guests", "test"), [(120, "CR1"), (60, "CR2"), (30, "randomisation of clusters")])
def test_r_makes_the_figures_of_clusters_again(tmp_path, guests, test):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it.")]
    lab = made(guests, arms=arms, cluster="party", covariates=[], sample=guests // 4)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    assert test in {row["test"] for row in rows(bundle.folder / "expected.csv")}
    assert bundle.agrees is True, bundle.checked
    assert "does not recompute" not in bundle.checked
    lab.close()


@pytest.mark.parametrize("wanted", [hashed(), blocked(sizes=[4])], ids=["hashed", "blocked"])
def test_r_replays_the_draw_of_few_clusters_within_their_blocks(tmp_path, wanted):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it.")]
    lab = made(0, arms=arms, cluster="party", covariates=[], sample=20, randomize=wanted)
    for number in range(40):
        lab.assign("tea", f"customer-{number}", cluster=f"table-{number * number % 47 // 4}", at=MONDAY)
        if number * number % 7 % 3:
            rating = 1 + number * 5 % 7
            lab.record_response("tea", f"customer-{number}", satisfaction=rating, at=MONDAY)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    expected = rows(bundle.folder / "expected.csv")
    assert {row["test"] for row in expected if row["p_value"]} == {"randomisation of clusters"}
    assert ("block" in rows(bundle.folder / "units.csv")[0]) == wanted.blocked
    assert bundle.agrees is True, bundle.checked
    assert "does not recompute" not in bundle.checked
    lab.close()


def test_r_tests_the_declared_contrast_first_and_holds_the_others_to_it(tmp_path):
    lab = made(
        300,
        sample=80,
        contrasts=[primary("thank_you", "sorry"), ("thank_you", "silence"), ("sorry", "silence")],
    )
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    expected = rows(bundle.folder / "expected.csv")
    first = [row for row in expected if row["adjustment"] == "primary first, then Holm"]
    assert {(row["arm"], row["versus"]) for row in first if row["first"] == "1"} == {("thank_you", "sorry")}
    assert bundle.agrees is True, bundle.checked
    assert "does not recompute" not in bundle.checked
    lab.close()


def test_a_family_counts_contrasts_that_cannot_be_tested_in_r_too(tmp_path):
    lab = made(0, sample=20)
    for number in range(90):
        arm = lab.assign("tea", f"customer-{number}", at=MONDAY, covariates={"orders": number % 5}).arm
        if arm != "silence" and number % 5:
            lab.record_response("tea", f"customer-{number}", satisfaction=1 + number % 7, at=MONDAY)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    tested = [row for row in rows(bundle.folder / "expected.csv") if row["metric"] == "satisfaction"]
    assert [bool(row["p_adjusted"]) for row in tested if row["rows"] == "all"] == [True, False, False]
    assert bundle.agrees is True, bundle.checked
    lab.close()


def test_values_that_are_all_alike_or_missing_stop_no_script(tmp_path):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it.")]
    few = {
        "cluster": "party",
        "covariates": [],
        "arms": arms,
        "metrics": [Proportion("completed")],
        "sample": 4,
    }
    lab = made(0, **few, randomize=blocked(sizes=[2]))
    for number in range(18):
        lab.assign("tea", f"customer-{number}", cluster=f"table-{number // 3}", at=MONDAY)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "alike")
    assert bundle.agrees is True, bundle.checked
    lab.close()
    lab = made(0, arms=arms)
    for number in range(18):
        lab.assign("tea", f"customer-{number}", at=MONDAY, covariates={"orders": 1})
        lab.record_response("tea", f"customer-{number}", satisfaction=5, at=MONDAY)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "constant")
    assert bundle.agrees is True, bundle.checked
    lab.close()
    lab = made(0, **few)
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "nothing")
    assert bundle.agrees is None
    assert bundle.checked.startswith("R agrees with 0 of 0 figures")
    lab.close()


def test_who_joins_a_cluster_after_the_decision_changes_none_of_it(tmp_path):
    arms = [thank_you("Thank you for waiting."), sorry("We are sorry for it.")]
    lab = made(0, arms=arms, covariates=[], sample=60, on_repeat="new_unit")

    def parcels(first, many, day):
        for number in range(first, first + many):
            at, unit = MONDAY + timedelta(days=day, minutes=number - first), f"parcel-{number}"
            lab.assign("tea", f"customer-{number % 90}", incident=unit, at=at)
            if number * number % 7 % 3:
                lab.record_response("tea", unit, satisfaction=1 + number * 5 % 7, at=at)

    def decided():
        return [(item.decision["n"], item.decision["effect"]) for item in lab.analyze("tea").contrasts]

    parcels(0, 160, day=0)
    made_then = decided()
    parcels(160, 140, day=6)
    assert decided() == made_then
    lab.stop("tea")
    # R decides again from the rows, whose clusters have grown meanwhile.
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    assert {row["rows"] for row in rows(bundle.folder / "expected.csv")} == {"all", "first planned"}
    assert bundle.agrees is True, bundle.checked
    lab.close()


def test_r_makes_the_adjusted_difference_again_also_with_words(tmp_path):
    lab = made(120, covariates=["orders", "city"])
    lab.stop("tea")
    bundle = write_bundle(lab, "tea", tmp_path / "out")
    assert "Lin HC2" in {row["test"] for row in rows(bundle.folder / "expected.csv")}
    assert bundle.agrees is True, bundle.checked
    lab.close()


def test_no_id_pseudonym_time_or_undeclared_covariate_leaves_the_house(tmp_path):
    lab = made(60)
    lab.stop("tea")
    folder = write_bundle(lab, "tea", tmp_path / "out").folder
    written = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    for number in range(60):
        assert f"customer-{number}" not in written
        assert lab.store.pseudonym(f"customer-{number}") not in written
    assert "Wijaya" not in written
    assert "09:0" not in (folder / "units.csv").read_text(encoding="utf-8")


def test_every_column_is_explained(bundle):
    columns = list(rows(bundle.folder / "units.csv")[0])
    assert [row["column"] for row in rows(bundle.folder / "codebook.csv")] == columns


def test_the_definition_carries_its_seal(bundle):
    content = json.loads((bundle.folder / "definition.json").read_text(encoding="utf-8"))
    assert Experiment.from_snapshot(content["definition"]).fingerprint() == content["sha256"]


def test_running_experiment_is_not_published(tmp_path):
    lab = made(20)
    with pytest.raises(StateError, match="amends stop tea"):
        write_bundle(lab, "tea", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_folder_with_something_in_it_is_left_alone(tmp_path):
    lab = made(20)
    lab.stop("tea")
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="--out"):
        write_bundle(lab, "tea", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_the_script_needs_nothing_but_its_folder(bundle, tmp_path):
    moved = tmp_path / "elsewhere"
    bundle.folder.rename(moved)
    done = subprocess.run(["Rscript", "--vanilla", SCRIPT], cwd=moved, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
