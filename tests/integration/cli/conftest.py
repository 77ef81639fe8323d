"""A folder with one experiment, and the command line in it."""

import os

import pytest
from sqlalchemy import create_engine
from typer.testing import CliRunner

from amends.cli.app import app

DEFINITION = '''"""A parcel is late: thank, apologise, or only state the facts?"""

from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, thank_you

experiment = Experiment(
    owner="delivery-cx",
    eligible=delayed_by(hours=24),
    notice="Hello {first_name}, your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    metrics=[Proportion("completed", baseline=0.4, detect=0.05), Mean("satisfaction", scale=(1, 7), sd=1.4)],
)
'''


class Desk:
    """A folder with one experiment, and the command line in it."""

    definition = DEFINITION

    def __init__(self, folder, url):
        self.folder = folder
        self.url = url

    def __call__(self, *words: str, code: int = 0):
        result = CliRunner().invoke(app, list(words))
        shown = result.stdout + result.stderr
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert "Traceback" not in shown
        assert result.exit_code == code, shown
        return result

    def refused(self, *words: str, code: int = 2) -> str:
        result = self(*words, code=code)
        assert result.stdout == "" or code == 1
        return result.stderr

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def define(self, key: str, text: str = DEFINITION) -> None:
        self.file(f"experiments/{key}.py", text)

    def run(self, statement) -> list:
        """Runs a statement behind the program's back; its rows, where it has any."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            done = connection.execute(statement)
            found = done.all() if done.returns_rows else []
        engine.dispose()
        return found

    def rows(self, table: str) -> int:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        engine.dispose()
        return found


@pytest.fixture
def desk(tmp_path, monkeypatch, database_url):
    for name in os.environ:
        if name.startswith("AMENDS_"):
            monkeypatch.delenv(name)
    if not database_url.startswith("sqlite"):  # SQLite stands beside the experiments, without any setting
        monkeypatch.setenv("AMENDS_DATABASE_URL", database_url)
        monkeypatch.setenv("AMENDS_SECRET", "a secret of more than sixteen characters")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments").mkdir()
    made = Desk(tmp_path, database_url)
    made.define("late_parcel")
    return made


@pytest.fixture
def running(desk):
    desk("start", "late_parcel", "--yes")
    return desk


@pytest.fixture
def assigned(running):
    """Two customers of the running experiment have their arms."""
    running.file("late.csv", "unit_id,delay_hours,first_name\nC-1,30,Sari\nC-2,30,Budi\n")
    running("assign", "late_parcel", "late.csv", "--out", "send.csv")
    return running
