"""The mailer is killed, ended or run twice at once: at the mail server no address has a letter twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from amends.store import Store
from tests.integration import mail_server
from tests.integration.cli.conftest import DEFINITION

SECRET = "the secret of a mailer that is killed"


class Mailer:
    """`amends send` in processes of its own, in a folder with a started experiment and its list."""

    def __init__(self, folder, url, server):
        self.folder, self.url, self.server = folder, url, server
        self.kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
        self.environ = {**kept, "AMENDS_DATABASE_URL": url, "AMENDS_SECRET": SECRET, "AMENDS_TIMEOUT": "20"}
        (folder / "experiments").mkdir()
        (folder / "experiments" / "late_parcel.py").write_text(DEFINITION, encoding="utf-8")
        self.call("start", "late_parcel", "--yes").wait(timeout=60)

    def listed(self, people):
        rows = [f"C-{i},c{i}@example.com,Sari,30" for i in range(people)]
        text = "\n".join(["unit_id,email,first_name,delay_hours", *rows])
        (self.folder / "customers.csv").write_text(text + "\n", encoding="utf-8")

    def call(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "amends", *words],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def send(self, *, per_minute=100_000):
        return self.call(
            *(
                "send",
                "late_parcel",
                "customers.csv",
                "--smtp",
                self.server.url,
                "--from",
                "desk@example.com",
            ),
            *("--subject", "Late", "--per-minute", str(per_minute), "--attempts", "1", "--yes", "--json"),
        )

    def end(self, running, *, at, how):
        """Ends a run once the server has so many letters; its exit code, and what it printed."""
        while len(self.server.accepted) < at and running.poll() is None:
            time.sleep(0.001)
        running.send_signal(how)
        printed, _ = running.communicate(timeout=120)
        return running.returncode, printed

    def finish(self):
        """A last run, which is left alone; what it says."""
        printed, _ = self.send().communicate(timeout=300)
        return json.loads(printed)

    def sent(self):
        """How many messages the database counts as sent; its tallies must agree with its rows."""
        store = Store.open(self.url, secret=SECRET.encode())
        assert store.verify() == []
        cells = store.cells("late_parcel")
        store.close()
        return sum(cell["sent"] for cell in cells)


@pytest.fixture
def server():
    with mail_server.serving() as made:
        yield made


@pytest.fixture
def mailer(request, tmp_path, server):
    """On SQLite, or on the database that a test asks for."""
    kind = getattr(request, "param", "sqlite")
    url = request.getfixturevalue(kind).url if kind != "sqlite" else f"sqlite:///{tmp_path / 'amends.db'}"
    return Mailer(tmp_path, url, server)


both_databases = pytest.mark.parametrize("mailer", ["sqlite", "postgresql"], indirect=True)


@both_databases
def test_a_mailer_killed_in_the_middle_and_run_again_writes_to_nobody_twice(mailer, server, at_size, found):
    kills = at_size(small=2, full=50)
    people = 12 * kills
    mailer.listed(people)
    rng = random.Random(7)
    for i in range(0, people, 3):
        server.at_data[f"c{i}@example.com"] = ["slow"] * 2
    for _ in range(kills):
        at = len(server.accepted) + rng.randrange(3, 19)
        code, _ = mailer.end(mailer.send(), at=at, how=signal.SIGKILL)
        assert code == -signal.SIGKILL, "every run is killed before its end"
    said = mailer.finish()
    unclear = {(left["unit"], left["letter"]) for left in said["unclear"]}
    assert server.most() == 1
    assert len(unclear) <= kills
    for i in range(people):
        subjects = [letter["Subject"] for letter in server.letters(f"c{i}@example.com")]
        if (f"C-{i}", "message") in unclear:
            assert "A short survey" not in subjects
        elif (f"C-{i}", "invitation") not in unclear:
            assert subjects == ["Late", "A short survey"]
    assert mailer.sent() == people - sum(kind == "message" for _, kind in unclear)
    found(
        f"a mailer killed {kills} times among {2 * people:,} letters ({mailer.kind}): no address had a "
        f"letter twice, {len(unclear)} were left for a decision by hand"
    )


@both_databases
def test_two_mailers_at_once_write_to_nobody_twice(mailer, server):
    mailer.listed(16)
    both = [mailer.send() for _ in range(2)]
    for one in both:
        one.communicate(timeout=120)
    assert [one.returncode for one in both] == [0, 0]
    mailer.finish()
    assert server.most() == 1
    assert len(server.accepted) == 32


@pytest.mark.parametrize("mailer", ["postgresql"], indirect=True)
def test_a_mailer_whose_database_goes_away_ends_and_the_next_run_writes_to_nobody_twice(
    mailer, server, postgresql
):
    mailer.listed(20)
    running = mailer.send()
    while len(server.accepted) < 6 and running.poll() is None:  # one that ended by itself fails below
        time.sleep(0.001)
    postgresql.stop("immediate")
    printed, _ = running.communicate(timeout=120)
    assert running.returncode == 2
    assert json.loads(printed)["stopped"]
    reached = len(server.accepted)
    assert reached < 40
    postgresql.start()
    said = mailer.finish()
    assert len(said["unclear"]) <= 1
    assert server.most() == 1
    assert len(server.accepted) >= 40 - 2 * len(said["unclear"])
    assert mailer.sent() >= 19


def test_a_mailer_asked_to_end_finishes_the_letter_in_its_hand(mailer, server):
    mailer.listed(12)
    for i in range(12):
        server.at_data[f"c{i}@example.com"] = ["slow"] * 2
    code, printed = mailer.end(mailer.send(), at=5, how=signal.SIGINT)
    said = json.loads(printed)
    assert (code, said["unclear"]) == (2, [])
    assert "asked to end" in said["stopped"]
    told = [n for letters in said["letters"].values() for name, n in letters.items() if name == "sent"]
    assert sum(told) == len(server.accepted) < 24
    assert mailer.finish()["unclear"] == []
    assert server.most() == 1
    assert len(server.accepted) == 24


def test_a_mailer_that_waits_for_its_rate_ends_at_once_when_asked(mailer, server):
    mailer.listed(3)
    began = time.monotonic()
    code, printed = mailer.end(mailer.send(per_minute=0.5), at=1, how=signal.SIGTERM)
    assert code == 2
    assert json.loads(printed)["letters"]["message"] == {"sent": 1}
    assert time.monotonic() - began < 60, "two minutes lie between two letters"
