"""The server is killed under load, five times: whatever it acknowledged is there, once."""

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
KILLS = 5
CLIENTS = 8
BEFORE_EACH_KILL = 60

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


def environ(folder: Path) -> dict[str, str]:
    return {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
        "AMENDS_SECRET": "the secret of a server that is killed",
        "AMENDS_TIMEOUT": "60",
    }


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**environ(folder), "PYTHONPATH": str(ROOT / "framework")},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
    assert found, "the server did not start"
    return process, found[0]


class Sender(threading.Thread):
    """Assigns units and answers their survey until the server is gone; notes only what was acknowledged."""

    def __init__(self, base: str, key: str, name: str, enough: threading.Semaphore) -> None:
        super().__init__()
        self.client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self.name = name
        self.enough = enough
        self.assigned: dict[str, str] = {}
        self.answered: dict[str, int] = {}
        self.refused: list[str] = []

    def run(self) -> None:
        try:
            for number in range(100_000):
                self.one(f"{self.name}-{number}", rating=1 + number % 7)
        except httpx.HTTPError:
            return  # the kill
        finally:
            self.client.close()

    def one(self, unit: str, *, rating: int) -> None:
        slots = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Friday"}
        body = {"unit_id": unit, "delay_seconds": 200_000, "slots": slots}
        answer = self.client.post("/api/v1/experiments/late_parcel/assignments", json=body)
        if answer.status_code != 201:
            self.refused.append(f"{answer.status_code} {answer.text}")
            return
        self.assigned[unit] = answer.json()["arm"]
        answer = self.client.post(
            "/api/v1/experiments/late_parcel/responses", json={"unit_id": unit, "satisfaction": rating}
        )
        if answer.status_code != 201:
            self.refused.append(f"{answer.status_code} {answer.text}")
            return
        self.answered[unit] = rating
        self.enough.release()


def test_what_a_killed_server_acknowledged_is_there_once(folder):
    lab = Lab(settings=load_settings(environ(folder)))
    lab.start("late_parcel")
    key = lab.store.create_key("sender", ["assign", "ingest"], at=lab.clock())
    senders: list[Sender] = []
    for kill in range(KILLS):
        process, base = start(folder)
        enough = threading.Semaphore(0)
        crew = [Sender(base, key, f"{kill}-{client}", enough) for client in range(CLIENTS)]
        senders += crew
        for sender in crew:
            sender.start()
        for _ in range(BEFORE_EACH_KILL):
            assert enough.acquire(timeout=120), [sender.refused[:1] for sender in crew]
        process.kill()
        process.communicate()
        for sender in crew:
            sender.join(120)
            assert not sender.is_alive()

    assert [words for sender in senders for words in sender.refused] == []
    exported = lab.store.export_rows("late_parcel")
    rows = {row["unit"]: row for row in exported.assignments}
    responses = list(exported.responses)
    assert len(rows) == sum(arm.assigned for arm in lab.tally("late_parcel").arms)
    assert max(Counter(row["assignment_id"] for row in responses).values()) == 1
    ratings = {row["assignment_id"]: row["ratings"]["satisfaction"] for row in responses}
    for sender in senders:
        for unit, arm in sender.assigned.items():
            assert rows[lab.store.pseudonym(unit)]["arm"] == arm
        for unit, rating in sender.answered.items():
            assert ratings[rows[lab.store.pseudonym(unit)]["assignment_id"]] == rating
    assert sum(len(sender.answered) for sender in senders) >= KILLS * BEFORE_EACH_KILL
    assert lab.store.verify() == []
    lab.close()
