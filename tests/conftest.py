"""Fixtures shared by all tests: a clock that stands still, a definition, a lab on SQLite, a real browser."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from amends import Experiment, Mean, Proportion, delayed_by, silence, sorry, text, thank_you
from amends.settings import Settings

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="fault tests at their full sizes: make soak")
    parser.addoption("--every-database", action="store_true", help="what can, runs on PostgreSQL too")


def pytest_configure(config):
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "sqlite_only(reason): is about SQLite's file, whatever the options")


@pytest.fixture
def at_size(request):
    """A number of repetitions: small within `make test`, full within `make soak`."""

    def choose(*, small: int, full: int) -> int:
        return full if request.config.getoption("--soak") else small

    return choose


@pytest.fixture
def found(record_property):
    """Keeps a sentence of what a test saw, for the page that `make soak` writes."""

    def keep(sentence: str) -> None:
        record_property("found", sentence)

    return keep


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **spell: float) -> None:
        self.now += timedelta(**spell)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def define():
    """Makes a late-parcel experiment; keyword arguments replace or add parts."""

    def make(key: str = "late_parcel", **parts):
        definition = {
            "key": key,
            "question": "A parcel is late: thank, apologise, or only state the facts?",
            "owner": "delivery-cx",
            "eligible": delayed_by(hours=24),
            "notice": text(
                en="Hello {first_name}, your parcel is late.", id="Halo Kak {first_name}, paketnya terlambat."
            ),
            "arms": [
                thank_you(en="Thank you for waiting so patiently.", id="Terima kasih sudah sabar menunggu."),
                sorry(en="We are sorry about this delay.", id="Mohon maaf atas keterlambatan ini."),
                silence(),
            ],
            "metrics": [
                Proportion("completed", baseline=0.40, detect=0.05),
                Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
            ],
        }
        return Experiment(**{**definition, **parts})

    return make


@pytest.fixture(scope="session")
def pristine_file(tmp_path_factory):
    """A SQLite file with the tables and nothing in them, to copy: quicker than making them each time.

    It is bound to no secret yet: whoever opens a copy binds that.
    """
    from amends.store import Store

    file = tmp_path_factory.mktemp("pristine") / "amends.db"
    Store.open(f"sqlite:///{file}", secret=b"a secret of more than sixteen characters").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DELETE FROM meta")
        connection.commit()
    return file


@pytest.fixture
def database_url(tmp_path, pristine_file) -> str:
    """The database under `settings`: SQLite; tests/integration also has PostgreSQL."""
    return f"sqlite:///{shutil.copy(pristine_file, tmp_path / 'amends.db')}"


@pytest.fixture
def settings(tmp_path, database_url) -> Settings:
    folder = tmp_path / "experiments"
    folder.mkdir()
    return Settings(
        experiments=folder,
        database_url=database_url,
        secret=b"a secret of more than sixteen characters",
        # Patience of a test machine that does much else at once, not a bound under test.
        timeout=60,
    )


@pytest.fixture
def open_lab(settings, clock):
    """Opens labs on one database and closes them afterwards; `start=False` leaves drafts."""
    from amends import Lab

    opened = []

    def make(*experiments, start: bool = True, **state):
        lab = Lab(list(experiments), settings=settings, clock=clock)
        opened.append(lab)
        if start:
            for experiment in experiments:
                lab.start(experiment.key, **state)
        return lab

    yield make
    for lab in opened:
        lab.close()


@pytest.fixture(scope="session")
def every_form():
    """Everything a report can be turned into, as one text."""

    def make(report) -> str:
        forms = [
            form(locale=locale)
            for form in (report.to_text, report.to_markdown, report.to_html)
            for locale in ("en", "id")
        ]
        document = json.dumps(report.to_dict(), ensure_ascii=False)
        return "\n".join([*forms, report.to_apa(), report.to_frame().to_csv(), document, repr(report)])

    return make


@pytest.fixture
def late():
    """Arguments of a call that qualifies for the late-parcel experiment."""
    return {"delay": timedelta(hours=30), "first_name": "Sari"}


@pytest.fixture(scope="module")
def browser():
    """A real Chromium; `make test` finds or installs one. Without one the tests fail, they never skip.

    Closed after each module: Playwright keeps an event loop running in the thread that opened it, in
    which no other test could run its own.
    """
    from playwright.sync_api import sync_playwright

    program = os.environ.get("AMENDS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.fail("No Chromium: run make test, which finds or installs one, or set AMENDS_CHROMIUM.", False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()
