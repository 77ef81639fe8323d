"""Webhooks on the command line: a secret is shown once or read from a file, never listed."""

import csv
import json

import pytest
from typer.testing import CliRunner

from amends.cli.app import app

ADD = ("webhooks", "add", "typeform", "--experiment", "late_parcel", "--rating", "satisfaction=satisfied")
OUTSIDE = 'metrics=[Proportion("completed", baseline=0.4, detect=0.05),'


@pytest.fixture
def outside(desk):
    """A folder whose experiment asks by an outside form."""
    text = desk.definition.replace(OUTSIDE, 'survey="https://forms.example/late?t={token}",\n    ' + OUTSIDE)
    assert text != desk.definition
    desk.define("late_parcel", text)
    desk("start", "late_parcel", "--yes")
    return desk


def test_a_webhook_is_added_listed_rotated_and_revoked(outside):
    added = outside(*ADD)
    secret = added.stdout.strip()
    assert len(secret) == 43
    assert "http://127.0.0.1:8501/api/v1/webhooks/typeform" in added.stderr
    assert "our own page" not in added.stderr

    shown = outside("webhooks", "list").stdout
    for words in ("typeform", "late_parcel", "satisfaction=satisfied", "never", "/api/v1/webhooks/typeform"):
        assert words in shown
    assert secret not in shown

    rotated = outside("webhooks", "rotate", "typeform", "--keep", "3")
    assert rotated.stdout.strip() != secret
    assert "the secret before stays good until" in rotated.stderr
    [listed] = json.loads(outside("webhooks", "list", "--json").stdout)
    assert (listed["secrets"], listed["refused"], listed["last_message_at"]) == (2, 0, None)
    assert "secret" not in listed
    now = outside("webhooks", "rotate", "typeform", "--keep", "0")
    assert "stays good" not in now.stderr
    assert json.loads(outside("webhooks", "list", "--json").stdout)[0]["secrets"] == 1

    assert outside("webhooks", "revoke", "typeform").stdout == "The webhook typeform is revoked.\n"
    assert json.loads(outside("webhooks", "list", "--json").stdout) == []


def test_a_vendors_secret_comes_from_a_file_or_standard_input_and_is_not_shown(outside):
    outside.file("secret.txt", "the-client-id\nthe-client-secret\n")
    monkey = ("webhooks", "add", "surveymonkey", "--experiment", "late_parcel")
    added = outside(*monkey, "--secret-from", "secret.txt")
    assert added.stdout == ""
    assert "the-client" not in added.stderr
    piped = CliRunner().invoke(
        app, [*monkey, "--name", "second", "--secret-from", "-", "--json"], input="an-id-of-12&a-secret-of-16"
    )
    assert json.loads(piped.stdout).keys() == {"name", "address"}
    assert [hook["name"] for hook in json.loads(outside("webhooks", "list", "--json").stdout)] == [
        "surveymonkey",
        "second",
    ]


def test_a_webhook_to_an_experiment_with_our_own_page_says_so(running):
    assert "our own page" in running(*ADD).stderr


def rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CUSTOMERS = "unit_id,delay_hours,first_name\n" + "".join(f"C-{n},30,Sari\n" for n in range(60))


def test_an_outside_forms_links_look_alike_in_every_arm_and_its_export_comes_in(outside):
    outside.file("customers.csv", CUSTOMERS)
    outside("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    sent = rows(outside.folder / "send.csv")
    shapes = {(row["arm"], len(row["link"]), row["link"].partition("?t=")[0]) for row in sent}
    assert {arm for arm, *_ in shapes} == {"thank_you", "sorry", "silence"}
    assert len({(length, address) for _, length, address in shapes}) == 1
    assert len({row["invitation"].replace(row["link"], "") for row in sent}) == 1

    tokens = [row["link"].partition("?t=")[2] for row in sent]
    answers = [f"{token},{n % 7 + 1},R_{n}" for n, token in enumerate(tokens[:40])]
    qualtrics = ["t,Q1,ResponseId", "t,How satisfied are you?,Response ID", '"{""ImportId"":""t""}",x,y']
    outside.file("export.csv", "\n".join([*qualtrics, *answers, ",7,R_90", "preview,7,R_91"]))
    take = ("responses", "late_parcel", "export.csv", "--token", "t", "--rating", "satisfaction=Q1")
    assert "line 2" in outside.refused(*take)
    assert outside.rows("response") == 0
    taken = outside(*take, "--skip-strangers").stdout
    assert "Recorded 40 answers of late_parcel; 0 were stored already." in taken
    assert "Left out 4 rows whose token is of no link of ours." in taken
    assert outside.rows("response") == 40


def test_a_row_of_our_own_that_breaks_a_rule_is_never_left_out(outside):
    outside.file("customers.csv", CUSTOMERS)
    outside("assign", "late_parcel", "customers.csv", "--out", "send.csv")
    token = rows(outside.folder / "send.csv")[0]["link"].partition("?t=")[2]
    outside.file("export.csv", f"t,Q1\nstranger,9\n{token},9\n")
    take = ("responses", "late_parcel", "export.csv", "--token", "t", "--rating", "satisfaction=Q1")
    assert "line 3: Q1: 9 is off the scale" in outside.refused(*take, "--skip-strangers")
    assert outside.rows("response") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "typefrom", "--experiment", "late_parcel"), "Did you mean 'typeform'"),
        (("add", "typeform", "--experiment", "late_parcle"), "Did you mean 'late_parcel'"),
        (("add", "typeform", "--experiment", "late_parcel", "--rating", "satisfaction"), "not NAME=VALUE"),
        (("add", "typeform", "--experiment", "late_parcel", "--rating", "mood=x"), "no rating 'mood'"),
        (("add", "surveymonkey", "--experiment", "late_parcel"), "--secret-from"),
        (("add", "standard", "--experiment", "late_parcel", "--secret-from", "short.txt"), "whsec_"),
        (("add", "typeform", "--experiment", "late_parcel", "--secret-from", "latin.txt"), "ASCII"),
        (("add", "typeform", "--experiment", "late_parcel", "--secret-from", "huge.txt"), "4096"),
        (("add", "typeform", "--experiment", "late_parcel", "--secret-from", "none.txt"), "No such file"),
        (("rotate", "typeform"), "no webhook 'typeform'"),
        (("revoke", "typeform"), "no webhook 'typeform'"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_remedy(running, words, said):
    running.file("short.txt", "whsec_c2hvcnQ=")
    running.file("latin.txt", b"\xe9" * 20)
    running.file("huge.txt", b"x" * 5000)
    refusal = running.refused("webhooks", *words)
    assert said in refusal
    assert "c2hvcnQ" not in refusal
