"""Conventions of the terminal: aligned columns, one JSON document, errors as exit code 2."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from amends.cli import output
from amends.cli.app import FIRST, MORE, app
from amends.cli.records import pairs

runner = CliRunner()


def commands() -> list[list[str]]:
    """Every command, subcommands too."""
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():
        found += [[name, inner] for inner in command.commands] if hasattr(command, "commands") else [[name]]
    return found


def test_numbers_are_aligned_to_the_right_and_words_to_the_left():
    shown = output.columns(["arm", "rate"], [["thank_you", "91.1%"], ["sorry", "8.4%"]])
    assert shown.splitlines() == ["arm         rate", "thank_you  91.1%", "sorry       8.4%"]


def test_columns_without_rows_are_a_header():
    assert output.columns(["arm", "n"], []) == "arm  n"


def test_json_is_one_document_with_letters_as_they_are(capsys):
    output.say_json({"message": "Terima kasih – é", "at": datetime(2026, 3, 2, tzinfo=UTC)})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"message": "Terima kasih – é", "at": "2026-03-02T00:00:00Z"}
    assert "é" in shown


def test_json_never_holds_a_nan():
    with pytest.raises(ValueError, match="JSON"):
        output.say_json({"p": float("nan")})


def test_progress_without_a_terminal_is_silent(capsys):
    assert list(output.progress(range(500), total=500, label="Counting")) == list(range(500))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("bad", ["satisfaction", "=6", "satisfaction="])
def test_a_pair_that_is_no_pair_is_refused(bad):
    with pytest.raises(typer.Exit) as ended:
        pairs([bad], "--rating")
    assert ended.value.exit_code == 2


def test_a_pair_named_twice_is_refused():
    with pytest.raises(typer.Exit):
        pairs(["a=1", "a=2"], "--map")


def test_the_five_verbs_stand_first_in_the_help():
    shown = runner.invoke(app, ["--help"]).output
    first, rest = shown.split("The five verbs")[1].split("And also")
    assert [line.split()[0] for line in first.splitlines() if line.strip() and line != ":"] == [
        "new",
        "check",
        "start",
        "assign",
        "report",
    ]
    assert "possible-counts" in rest


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(command):
    result = runner.invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output
    assert "amends " + " ".join(command) in result.output.split("Example:")[1]


def test_every_function_offered_is_a_command():
    names = {" ".join(command) for command in commands()}
    offered = {command.__name__.strip("_").replace("_", "-") for command in (*FIRST, *MORE)}
    assert offered <= names


def test_an_unknown_command_or_option_is_wrong_usage():
    assert runner.invoke(app, ["chek"]).exit_code == 2
    assert runner.invoke(app, ["check", "--jsn"]).exit_code == 2


def test_the_version_is_said_installed_or_not():
    assert runner.invoke(app, ["--version"]).output.startswith("amends ")


def test_help_loads_nothing_heavy():
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from amends.cli.app import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "heavy = {'pandas', 'numpy', 'scipy', 'streamlit', 'sqlmodel', 'sqlalchemy', 'fastapi', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
