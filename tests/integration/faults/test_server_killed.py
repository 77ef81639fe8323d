"""The API's server is killed under load, or its database stopped: what it acknowledged is there, once."""

import re
import shutil
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest

from amends import Lab
from amends.settings import load_settings

ROOT = Path(__file__).parents[3]
CLIENTS = 8
BEFORE_EACH_KILL = 8
"""Answered surveys of each client."""

SCRIPT = """
from amends.api.serve import run
from amends.lab import Lab

run(Lab(), port=0, only="api", say=lambda line: print(line, flush=True))
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "experiments").mkdir()
    shutil.copy(ROOT / "experiments" / "late_parcel.py", tmp_path / "experiments")
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, folder) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'amends.db'}"
    return request.getfixturevalue("postgresql").url


def environ(folder: Path, url: str) -> dict[str, str]:
    return {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": url,
        "AMENDS_SECRET": "the secret of a server that is killed",
        "AMENDS_TIMEOUT": "60" if url.startswith("sqlite") else "5",
    }


@pytest.fixture
def start(folder):
    """Starts servers in processes of their own; none outlives the test."""
    processes = []

    def serve(url: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**environ(folder, url), "PYTHONPATH": str(ROOT / "framework")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        processes.append(process)
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert address, "the server did not start"
        return process, address[0]

    yield serve
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


class Sender(threading.Thread):
    """Assigns units and answers their survey until the server is gone; notes only what was acknowledged."""

    def __init__(self, base: str, key: str, name: str, *, may_be_down: bool = False) -> None:
        super().__init__()
        self.client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self.name = name
        self.may_be_down = may_be_down
        self.end = threading.Event()
        self.answers = threading.Semaphore(0)
        self.outages = threading.Semaphore(0)
        self.assigned: dict[str, str] = {}
        self.answered: dict[str, int] = {}
        self.refused: list[str] = []

    def run(self) -> None:
        try:
            for number in range(100_000):
                if self.end.is_set() or self.refused:
                    return
                self.one(f"{self.name}-{number}", rating=1 + number % 7)
        except httpx.HTTPError as error:
            if self.may_be_down:  # the server itself was not killed
                self.refused.append(repr(error))
        finally:
            self.client.close()

    def one(self, unit: str, *, rating: int) -> None:
        slots = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Friday"}
        body = {"unit_id": unit, "delay_seconds": 200_000, "slots": slots}
        answer = self.client.post("/api/v1/experiments/late_parcel/assignments", json=body)
        if not self.acknowledged(answer):
            return
        self.assigned[unit] = answer.json()["arm"]
        answer = self.client.post(
            "/api/v1/experiments/late_parcel/responses", json={"unit_id": unit, "satisfaction": rating}
        )
        if self.acknowledged(answer):
            self.answered[unit] = rating
            self.answers.release()

    def acknowledged(self, answer: httpx.Response) -> bool:
        if answer.status_code == 201:
            return True
        if self.may_be_down and answer.status_code == 503:
            self.outages.release()
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")
        return False


def wait_for(crew: list[Sender], times: int, *, outages: bool = False) -> None:
    """Waits until each sender had so many answers, or refusals for the database's sake."""
    for sender in crew:
        for _ in range(times):
            came = (sender.outages if outages else sender.answers).acquire(timeout=120)
            assert came, sender.refused[:1]


def lost(lab: Lab, senders: list[Sender]) -> list[str]:
    """What was acknowledged and is not stored so; empty when all of it is there, once."""
    exported = lab.store.export_rows("late_parcel")
    rows = {row["unit"]: row for row in exported.assignments}
    responses = list(exported.responses)
    ratings = {row["assignment_id"]: row["ratings"]["satisfaction"] for row in responses}
    assert len(rows) == sum(arm.assigned for arm in lab.tally("late_parcel").arms)
    assert max(Counter(row["assignment_id"] for row in responses).values()) == 1
    faults = [str(discrepancy) for discrepancy in lab.store.verify()]
    for sender in senders:
        for unit, arm in sender.assigned.items():
            if rows[lab.pseudonym(unit)]["arm"] != arm:
                faults.append(f"{unit}: acknowledged {arm}")
        for unit, rating in sender.answered.items():
            if ratings.get(rows[lab.pseudonym(unit)]["assignment_id"]) != rating:
                faults.append(f"{unit}: acknowledged the rating {rating}")
    return faults


def ready(folder: Path, url: str) -> tuple[Lab, str]:
    """A lab with the started experiment, and a key for senders."""
    lab = Lab(settings=load_settings(environ(folder, url)))
    lab.start("late_parcel")
    return lab, lab.store.create_key("sender", ["assign", "ingest"], at=lab.clock())


def test_what_a_killed_server_acknowledged_is_there_once(folder, start, url, at_size, found):
    lab, key = ready(folder, url)
    kills = at_size(small=5 if url.startswith("sqlite") else 2, full=50)
    senders: list[Sender] = []
    for kill in range(kills):
        process, base = start(url)
        crew = [Sender(base, key, f"{kill}-{client}") for client in range(CLIENTS)]
        senders += crew
        for sender in crew:
            sender.start()
        wait_for(crew, BEFORE_EACH_KILL)
        process.kill()
        process.wait()
        for sender in crew:
            sender.join(120)
            assert not sender.is_alive()

    assert [words for sender in senders for words in sender.refused] == []
    assert lost(lab, senders) == []
    answered = sum(len(sender.answered) for sender in senders)
    assert answered >= kills * CLIENTS * BEFORE_EACH_KILL
    kind = url.partition(":")[0].partition("+")[0]
    found(
        f"The API's server killed {kills} times (kill -9) under {CLIENTS} clients, {kind}: "
        f"{sum(len(sender.assigned) for sender in senders):,} assignments and {answered:,} answers "
        "acknowledged, all stored once; `db verify` clean"
    )
    lab.close()


def test_a_server_whose_database_stops_says_503_and_goes_on_when_it_is_back(
    folder, start, postgresql, at_size, found
):
    lab, key = ready(folder, postgresql.url)
    process, base = start(postgresql.url)
    crew = [Sender(base, key, f"client-{client}", may_be_down=True) for client in range(CLIENTS)]
    for sender in crew:
        sender.start()
    times = at_size(small=2, full=20)
    for turn in range(times):
        wait_for(crew, BEFORE_EACH_KILL)
        postgresql.stop("fast" if turn % 2 else "immediate")
        wait_for(crew, 3, outages=True)
        postgresql.start()
        assert httpx.get(f"{base}/healthz").status_code == 200
    wait_for(crew, BEFORE_EACH_KILL)
    for sender in crew:
        sender.end.set()
        sender.join(120)
    process.terminate()
    process.wait(60)

    assert [words for sender in crew for words in sender.refused] == []
    assert lost(lab, crew) == []
    found(
        f"PostgreSQL stopped {times} times under a serving API: 201 or 503, nothing else; "
        f"{sum(len(sender.answered) for sender in crew):,} answers acknowledged, all stored once"
    )
    lab.close()
