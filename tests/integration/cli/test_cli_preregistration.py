"""amends preregistration: text, Markdown, JSON, and what it refuses."""

import json


def test_a_started_experiment_prints_its_questions_and_fingerprint(running):
    shown = running("preregistration", "late_parcel").stdout
    assert shown.startswith("Preregistration: late_parcel")
    assert "1. Have data been collected for this study already?" in shown
    assert "SHA-256 of the definition: " in shown


def test_it_speaks_indonesian(running):
    shown = running("preregistration", "late_parcel", "--locale", "id").stdout
    assert shown.startswith("Praregistrasi: late_parcel")
    assert "Dibekukan pada" in shown


def test_markdown_goes_to_a_file(running):
    done = running("preregistration", "late_parcel", "--markdown", "plan.md")
    assert done.stdout == ""
    text = (running.folder / "plan.md").read_text(encoding="utf-8")
    assert text.startswith("# Preregistration: late\\_parcel")
    assert "## 8. What else is settled beforehand?" in text


def test_json_is_one_document(running):
    document = json.loads(running("preregistration", "late_parcel", "--json").stdout)
    assert document["experiment"] == "late_parcel"
    assert len(document["fingerprint"]) == 64
    assert document["answers"]["sample_size"]["said"][0]["id"]


def test_a_draft_is_printed_as_one(desk):
    assert "A draft, not frozen yet." in desk("preregistration", "late_parcel").stdout


def test_another_language_and_an_unknown_experiment_are_refused(running):
    assert "--locale fr" in running.refused("preregistration", "late_parcel", "--locale", "fr")
    assert "no experiment 'late_parcle'" in running.refused("preregistration", "late_parcle")
    assert "nowhere" in running.refused("preregistration", "late_parcel", "--markdown", "nowhere/plan.md")
