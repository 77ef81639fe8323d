"""Commands that only read: figures, studies, plans, texts; each in words and as one JSON document."""

import json
import shutil
from pathlib import Path

import pytest

EXPERIMENTS = Path(__file__).parents[3] / "experiments"
GOLDEN = Path(__file__).parents[2] / "golden"
ARMS = ("thank_you", "sorry")
PARTIES = '''"""The food is late: thank or apologise?"""

from amends import Cluster, Experiment, Proportion, sorry, thank_you

experiment = Experiment(
    unit="guest",
    notice="Your food took longer than we promised.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it.")],
    metrics=[Proportion("completed", baseline=0.4, detect=0.2)],
    cluster=Cluster("party", size=3, icc=0.2),
)
'''
LATE = "unit_id,delay_hours,first_name\n" + "\n".join(f"C-{n},30,Sari" for n in range(30)) + "\n"


def golden_cluster(case):
    cases = json.loads((GOLDEN / "cluster.json").read_text())
    return next(item["expected"] for item in cases if item["id"] == f"open/{case}")


def document(result):
    """The one JSON document on stdout."""
    return json.loads(result.stdout)


def test_a_margin_named_beforehand_lets_two_arms_be_called_equivalent(desk):
    given = ("compare", "--mean", "5.6,1.1,400", "5.5,1.2,410", "--margin", "0.3")
    assert "within the declared margin of 0.30 points" in desk(*given).stdout
    assert json.loads(desk(*given, "--json").stdout)["equivalence"]["within"] is True
    assert "margin -1.0" in desk(*given[:-1], "-1", code=2).stderr


def test_two_arms_are_compared_from_counts_alone(desk):
    assert "91.1% against 78.4%" in desk("compare", "51/56", "40/51").stdout
    contrast = document(desk("compare", "51/56", "40/51", "--json"))
    assert contrast["n"] == [56, 51]
    assert contrast["test"] == "Boschloo exact"
    assert contrast["p_value"] == pytest.approx(0.0939, abs=5e-5)
    assert contrast["tests"]["chi2_yates"]["p_value"] == pytest.approx(0.1188, abs=5e-5)


def test_the_comparison_turned_round_is_its_own_negative(desk):
    there, back = (
        document(desk("compare", *pair, "--json")) for pair in (("51/56", "40/51"), ("40/51", "51/56"))
    )
    assert (there["effect"], there["low"], there["high"]) == pytest.approx(
        (-back["effect"], -back["high"], -back["low"])
    )


def test_two_means_are_compared_from_summary_figures(desk):
    contrast = document(desk("compare", "--mean", "5.9,0.9,51", "5.4,1.1,40", "--json"))
    assert (contrast["test"], contrast["effect"]) == ("Welch t", pytest.approx(0.5))
    assert contrast["p_value"] == pytest.approx(0.0226, abs=1e-4)


def test_counts_without_an_event_give_a_reason_instead_of_a_number(desk):
    contrast = document(desk("compare", "0/5", "0/6", "--json"))
    assert "not_enough" in contrast["p_value"]


def test_the_counts_behind_two_percentages_are_all_listed(desk):
    found = document(desk("possible-counts", "91.1", "78.4", "--json"))
    assert len(found["pairs"]) == found["count"] == 59
    assert found["p_z_range"] == pytest.approx([0.011, 0.105], abs=5e-4)
    assert "not known to us" in desk("possible-counts", "91.1", "78.4", "--max-n", "110").stdout


def test_a_published_figure_that_cannot_arise_is_named_with_its_nearest(desk):
    assert "91.1% can arise from 56" in desk("check-figure", "--percent", "91.1", "--n", "56").stdout
    found = document(desk("check-figure", "--percent", "91,1%", "--n", "50", "--json"))
    assert not found["possible"]
    assert found["checks"][0]["nearest"] == ["90.0", "92.0"]


def test_a_mean_and_its_spread_are_checked_together_on_their_scale(desk):
    words = ("check-figure", "--mean", "5.9", "--sd", "0.9", "--n", "51", "--scale", "1", "7")
    assert desk(*words).stdout.count("can arise") == 2
    mean, spread = document(desk(*words, "--json"))["checks"]
    assert mean["possible"]
    assert spread["scale"] == [1, 7]
    words = ("check-figure", "--mean", "6.9", "--sd", "1.9", "--n", "51", "--scale", "1", "7")
    assert "deviation 1.9 cannot arise" in desk(*words).stdout


def test_the_published_studies_stand_beside_what_we_compute(desk):
    shown = desk("studies").stdout
    assert "household ids unpublished" in shown
    assert "5,593" in json.dumps(document(desk("studies", "--json")), ensure_ascii=False)


def test_a_plan_says_its_assumptions(desk):
    shown = desk("plan", "late_parcel").stdout
    assert "customers assigned in all" in shown
    assert "sets the plan" in shown
    by_key = document(desk("plan", "late_parcel", "--json"))
    by_flags = document(
        desk("plan", "--baseline", "0.4", "--detect", "0.05", "--power", "0.8", "--arms", "3", "--json")
    )
    assert by_key["smallest"] == by_flags["smallest"] == 2149
    means = document(desk("plan", "--sd", "1.4", "--detect", "0.3", "--json"))
    assert 300 < means["smallest"] < 400


def test_check_reads_every_shipped_experiment(desk):
    for path in EXPERIMENTS.glob("*.py"):
        shutil.copy(path, desk.folder / "experiments")
    checked = document(desk("check", "--json"))
    assert checked["problems"] == []
    assert len(checked["experiments"]) == 7
    for entry in checked["experiments"]:
        assert entry["question"]
        assert entry["plan"]["total"] == sum(entry["plan"]["per_arm"].values())
        assert entry["assumptions"]


def test_check_of_one_experiment_reads_that_one(desk):
    desk.define("other")
    assert [entry["key"] for entry in document(desk("check", "other", "--json"))["experiments"]] == ["other"]


def test_check_as_json_carries_the_problems_and_exits_with_one(desk):
    desk.define("broken", "experiment = 1\n")
    found = document(desk("check", "--json", code=1))
    assert [problem["file"].endswith("broken.py") for problem in found["problems"]] == [True]
    assert [entry["key"] for entry in found["experiments"]] == ["late_parcel"]


def test_the_report_of_a_draft_has_all_arms_with_zeros(desk):
    found = document(desk("report", "late_parcel", "--json"))
    assert found["status"] == "draft"
    assert {arm: counts["assigned"] for arm, counts in found["arms"].items()} == {
        "thank_you": 0,
        "sorry": 0,
        "silence": 0,
    }
    assert "not_enough" in json.dumps(found["contrasts"])


def test_the_texts_are_listed_in_words_and_for_a_provider(desk):
    assert (
        "Hello {first_name}, your parcel is late. Thank you for waiting."
        in desk("messages", "late_parcel").stdout
    )
    shown = desk("messages", "late_parcel", "--format", "whatsapp").stdout
    assert "Hello {{1}}, your parcel is late. Thank you for waiting." in shown
    assert "{{1}} = first_name" in shown
    kinds = [
        (text["kind"], text["arm"])
        for text in document(desk("messages", "late_parcel", "--json"))["messages"]
    ]
    assert kinds[:3] == [("message", "thank_you"), ("message", "sorry"), ("message", "silence")]
    assert {kind for kind, _ in kinds[3:]} == {"invitation", "otherwise"}


def test_ramp_raises_the_coverage_and_pause_keeps_the_arms(desk):
    assert "coverage 0.1" in desk("start", "late_parcel", "--yes", "--coverage", "0.1").stdout
    desk.file("customers.csv", LATE)
    desk("assign", "late_parcel", "customers.csv", "--out", "tenth.csv")
    tenth = desk.rows("assignment")
    assert tenth < 30
    assert "covers 0.5" in desk("ramp", "late_parcel", "0.5").stdout
    assert "is paused" in desk("pause", "late_parcel").stdout
    desk("assign", "late_parcel", "customers.csv", "--out", "paused.csv")
    assert desk.rows("assignment") == tenth
    desk("start", "late_parcel", "--yes")
    desk("assign", "late_parcel", "customers.csv", "--out", "half.csv")
    assert desk.rows("assignment") >= tenth


def test_a_key_is_shown_once_and_can_be_revoked(desk):
    first = document(desk("keys", "create", "--scope", "assign", "--scope", "read", "--json"))
    assert first["scopes"] == ["assign", "read"]
    second = desk("keys", "create", "--scope", "ingest", "--name", "survey")
    assert second.stdout.strip().startswith("amends_")
    listed = desk("keys", "list").stdout
    assert first["key"] not in listed
    assert "survey" in listed
    assert "revoked" in desk("keys", "revoke", "survey").stdout
    assert [key["revoked_at"] is None for key in document(desk("keys", "list", "--json"))] == [True, False]


def test_a_key_shows_how_it_begins_its_rate_its_end_and_its_last_use(desk):
    limits = ("--rate", "600/min", "--expires", "2199-12-31")
    made = document(desk("keys", "create", "--scope", "assign", "--name", "shop", *limits, "--json"))
    assert (made["rate"], made["expires_at"]) == (10, "2200-01-01T00:00:00Z")
    desk("keys", "create", "--scope", "read", "--name", "page", "--expires", "90d")
    listed = desk("keys", "list").stdout
    assert made["key"][:20] in listed
    assert "10/s" in listed
    assert "until 2200-01-01" in listed
    assert "never" in listed
    shop = document(desk("keys", "list", "--json"))[0]
    assert made["key"].startswith(shop["prefix"])
    assert (shop["rate"], shop["last_used_at"]) == (10, None)


def test_an_opted_out_customer_gets_the_usual_message(desk):
    desk("start", "late_parcel", "--yes")
    desk("optout", "C-1")
    desk.file("customers.csv", LATE)
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert desk.rows("assignment") == 29
    assert "opted out" in (desk.folder / "send.csv").read_text()


def test_an_erased_customer_is_unknown_and_still_counted(desk):
    desk("start", "late_parcel", "--yes")
    desk.file("customers.csv", LATE)
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert "needs a yes" in desk.refused("erase", "C-1")
    desk("erase", "C-1", "--yes")
    assert desk.rows("assignment") == 30
    assert "never assigned" in desk.refused("respond", "late_parcel", "C-1", "--rating", "satisfaction=6")
    desk("db", "verify")


@pytest.mark.sqlite_only("it changes the file behind our back")
def test_verify_finds_a_tally_that_was_tampered_with(desk):
    import sqlite3

    desk("start", "late_parcel", "--yes")
    desk.file("customers.csv", LATE)
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    assert document(desk("db", "verify", "--json")) == {"discrepancies": [], "spooled": 0}
    with sqlite3.connect(desk.folder / "amends.db") as connection:
        connection.execute("UPDATE tally SET assigned = assigned + 1")
    assert document(desk("db", "verify", "--json", code=1))["discrepancies"]
    assert "rows say" in desk("db", "verify", "late_parcel", code=1).stdout


@pytest.mark.sqlite_only("it changes the file behind our back")
def test_verify_replays_sealed_lists_without_being_asked(desk):
    import sqlite3

    desk.define(
        "parties",
        desk.definition.replace("import Experiment,", "import Experiment, blocked,").replace(
            "    owner=", "    randomize=blocked(),\n    owner="
        ),
    )
    desk("start", "parties", "--yes")
    desk.file("one.csv", LATE.splitlines()[0] + "\n" + LATE.splitlines()[1])
    desk("assign", "parties", "one.csv", "--out", "send.csv")
    desk("db", "verify")
    with sqlite3.connect(desk.folder / "amends.db") as connection:
        connection.execute(
            "UPDATE assignment SET arm = CASE arm WHEN 'sorry' THEN 'silence' ELSE 'sorry' END"
        )
        connection.execute("UPDATE tally SET arm = CASE arm WHEN 'sorry' THEN 'silence' ELSE 'sorry' END")
    said = desk("db", "verify", code=1).stdout
    assert "parties: envelope 1: stored" in said
    assert "1 discrepancy." in said


def test_a_finished_experiment_is_imported_analysed_and_said_to_be_after_the_fact(desk):
    lines = [
        f"{arm},{'yes' if n % 3 else 'no'},{n % 7 + 1 if n % 3 else ''}"
        for arm in ("Thanked", "Sorry", "silence")
        for n in range(60)
    ]
    desk.file("done.csv", "\n".join(["group,done,stars", *lines]))
    words = [
        "--arm",
        "group",
        "--completed",
        "done",
        "--rating",
        "stars",
        "--map",
        "Thanked=thank_you",
        "--map",
        "Sorry=sorry",
    ]
    result = desk("import", "late_parcel", "done.csv", *words)
    assert "Imported 180 units" in result.stdout
    assert "each row counts as a unit" in result.stderr
    found = document(desk("report", "late_parcel", "--json"))
    assert (found["status"], found["after_the_fact"]) == ("stopped", True)
    assert [arm["completed"] for arm in found["arms"].values()] == [40, 40, 40]
    assert any("names no unit" in warning for warning in found["warnings"])
    assert "Exported" not in desk("export", "late_parcel", "--out", "data", "--format", "parquet").stderr
    assert (desk.folder / "data" / "assignments.parquet").exists()


def test_a_simulation_says_so_and_leaves_the_real_database_alone(desk):
    words = ["simulate", "late_parcel", "--n", "120", "--seed", "7", "--effect", "thank_you=0.3"]
    found = document(desk(*words, "--json"))
    assert found["simulated"] is True
    assert sum(arm["assigned"] for arm in found["arms"].values()) <= 120
    assert found["arms"]["thank_you"]["completed"] > 0
    assert not (desk.folder / "amends.db").exists()
    assert "SIMULATED" in desk(*words, "--database", "kept.db").stdout
    assert "earlier simulation" in desk.refused(*words, "--database", "kept.db")


def test_what_an_experiment_file_prints_never_mixes_with_the_json(desk):
    desk.define("chatty", desk.definition + 'print("hello")\n')
    result = desk("check", "chatty", "--json")
    assert [entry["key"] for entry in document(result)["experiments"]] == ["chatty"]
    assert "hello" in result.stderr


def test_an_assignment_run_can_be_read_by_a_program(desk):
    desk("start", "late_parcel", "--yes")
    desk.file("customers.csv", LATE)
    found = document(desk("assign", "late_parcel", "customers.csv", "--out", "send.csv", "--json"))
    assert sum(found["arms"].values()) == found["customers"] == 30
    assert (found["repeat"], found["not_assigned"]) == (0, {})


def test_ids_that_a_spreadsheet_would_run_are_written_as_text(desk):
    desk("start", "late_parcel", "--yes")
    desk.file("customers.csv", "unit_id,delay_hours,first_name\n=1+1,30,Sari\n+6281234567,30,Budi\n")
    desk("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    lines = (desk.folder / "send.csv").read_text().splitlines()
    assert lines[1].startswith("'=1+1,")
    assert lines[2].startswith("+6281234567,")


def test_a_stopped_experiment_stays_so(desk):
    desk("start", "late_parcel", "--yes")
    desk("stop", "late_parcel")
    assert "has stopped and stays so" in desk.refused("start", "late_parcel", "--yes")


def test_an_experiment_whose_file_is_gone_goes_on_with_the_frozen_definition(desk):
    desk("start", "late_parcel", "--yes")
    (desk.folder / "experiments" / "late_parcel.py").unlink()
    assert "its file is gone" in desk.refused("check", "late_parcel")
    assert document(desk("report", "late_parcel", "--json"))["status"] == "running"


def test_a_clustered_experiment_is_imported_with_its_clusters_and_tested_by_them(desk):
    """The golden tables through the whole way: file, store, report; the figures are those of R."""
    desk.define("parties", PARTIES)
    shutil.copy(GOLDEN / "clustered.csv", desk.folder)
    words = ["import", "parties", "clustered.csv", "--arm", "thanks", "--completed", "completed"]
    words += ["--map", "1=thank_you", "--map", "0=sorry"]
    assert "--cluster" in desk.refused(*words)
    desk(*words, "--cluster", "table_id")
    found = document(desk("report", "parties", "--json"))
    contrast, expected = found["contrasts"][0], golden_cluster("crse_completed")
    assert sum(arm["clusters"] for arm in found["arms"].values()) == expected["G"]
    assert (contrast["test"], contrast["df"]) == ("CR1", expected["G"] - 1)
    assert (contrast["effect"], contrast["standard_error"], contrast["p_value"]) == pytest.approx(
        (expected["est"], expected["se_cr1_stata"], expected["p_cr1_t_Gm1"]), rel=1e-7
    )
    assert contrast["verdict"] == "difference"
    assert all("not_enough" in test["p_value"] for test in contrast["tests"].values())
    naive = found["sections"]["clusters"]["naive"][0]
    assert naive["high"] - naive["low"] < contrast["high"] - contrast["low"]
    text = desk("report", "parties").stdout
    assert "72 whole clusters" in text
    desk("db", "verify", "parties")


def test_one_party_an_arm_is_refused_with_its_reason_and_the_report_still_appears(desk):
    desk.define("parties", PARTIES)
    desk.file(
        "done.csv", "party,arm,done\n" + "\n".join(f"P{n % 2},{ARMS[n % 2]},{n % 3 % 2}" for n in range(40))
    )
    desk("import", "parties", "done.csv", "--arm", "arm", "--completed", "done", "--cluster", "party")
    contrast = document(desk("report", "parties", "--json"))["contrasts"][0]
    assert "one cluster per arm" in contrast["p_value"]["not_enough"]
    assert isinstance(contrast["effect"], float)
    assert "cannot be told apart" in desk("report", "parties").stdout.replace("\n", " ")


def test_guests_simulated_in_parties_get_a_verdict(desk):
    desk.define("parties", PARTIES)
    words = ["simulate", "parties", "--n", "900", "--seed", "5", "--effect", "thank_you=0.3"]
    found = document(desk(*words, "--json"))
    contrast = found["contrasts"][0]
    assert contrast["test"] == "CR1"
    assert contrast["verdict"] == "difference"
    assert found["arms"]["sorry"]["clusters"] > 100


def test_the_restaurant_is_simulated_to_a_verdict_and_its_sealed_list_drawn_anew(desk):
    shutil.copy(EXPERIMENTS / "restaurant_wait.py", desk.folder / "experiments")
    words = ["simulate", "restaurant_wait", "--n", "420", "--seed", "3", "--effect", "thank_you=0.25"]
    found = document(desk(*words, "--json"))
    assert found["verdict"] == "difference"
    replayed = found["sections"]["randomisation"]["contrasts"][0]["replayed"]
    assert replayed["name"].startswith("randomisation test, within blocks")
    assert replayed["p_value"] < 0.01
