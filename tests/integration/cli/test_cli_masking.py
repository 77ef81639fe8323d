"""A masked experiment at the command line, the API's reading side and on the pages."""

import json

import pytest

from amends.api.reading import overview

MASKED = '''"""A parcel is late: what to say?"""

from amends import Experiment, silence, sorry, thank_you

experiment = Experiment(
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    masked=True,
)
'''
REASON = "a complaint about one of the texts"


@pytest.fixture
def masked(desk):
    desk.define("late_refund", MASKED)
    desk("start", "late_refund", "--yes")
    desk.file("customers.csv", "unit_id\n" + "\n".join(f"C-{n}" for n in range(30)))
    desk("assign", "late_refund", "customers.csv", "--out", "send.csv")
    return desk


def names_in(shown: str) -> list[str]:
    return [name for name in ("thank", "sorry", "silence") if name in shown.lower()]


def test_report_and_analyze_show_letters(masked):
    assert names_in(masked("report", "late_refund").stdout) == []
    document = json.loads(masked("analyze", "late_refund", "--json").stdout)
    assert names_in(json.dumps(document)) == []
    assert document["masked"] is True
    masked("report", "late_refund", "--html", "r.html", "--markdown", "r.md")
    for name in ("r.html", "r.md"):
        assert names_in((masked.folder / name).read_text()) == []


def test_an_export_is_refused_until_the_stop(masked):
    said = masked.refused("export", "late_refund", "--out", "data")
    assert "late_refund is masked until its stop, and an export names the arms" in said
    assert "amends unmask late_refund" in said
    assert not (masked.folder / "data").exists()
    masked("stop", "late_refund")
    masked("export", "late_refund", "--out", "data")


def test_unmasking_shows_the_names_and_lets_the_data_out(masked):
    said = masked("unmask", "late_refund", "--reason", REASON).stdout
    assert said.startswith("late_refund is unmasked since 20")
    assert names_in(masked("report", "late_refund").stdout) == ["thank", "sorry", "silence"]
    masked("export", "late_refund", "--out", "data")


def test_unmasking_needs_a_reason_and_something_to_unmask(masked):
    assert "--reason" in masked.refused("unmask", "late_refund")
    assert "the reason is empty" in masked.refused("unmask", "late_refund", "--reason", " ")
    assert "no experiment 'late_refnd'" in masked.refused("unmask", "late_refnd", "--reason", REASON)
    assert "late_parcel has not started" in masked.refused("unmask", "late_parcel", "--reason", REASON)
    masked("start", "late_parcel", "--yes")
    assert "late_parcel is not masked" in masked.refused("unmask", "late_parcel", "--reason", REASON)
    masked("stop", "late_refund")
    assert "late_refund has stopped" in masked.refused("unmask", "late_refund", "--reason", REASON)


def test_a_definition_that_cannot_be_masked_is_named_by_check(desk):
    desk.define("late_refund", MASKED.replace("silence()", "silence(weight=2)"))
    assert "masked=True with the weights 1:1:2" in desk("check", "late_refund", code=1).stderr


def test_the_list_of_the_api_names_letters(masked):
    from amends.cli.opening import open_lab

    with open_lab() as lab:
        lines = {line["key"]: line for line in overview(lab)["experiments"]}
    assert lines["late_refund"]["arms"] == ("A", "B", "C")
    assert lines["late_parcel"]["arms"] == ("thank_you", "sorry", "silence")
