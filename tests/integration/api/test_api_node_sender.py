"""The example for senders in docs/examples, run by a real Node against a real server."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from amends import Lab

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "sender.mjs"
USUAL = "Hello Sari, your parcel JX12 is late."
FACTS = f"{USUAL} It should arrive on Friday."


@pytest.fixture
def lab(settings, clock):
    shutil.copy(ROOT / "experiments" / "late_parcel.py", settings.experiments)
    lab = Lab(settings=settings, clock=clock)
    lab.start("late_parcel")
    yield lab
    lab.close()


def run(address: str, key: str = "none", *, customer: str = "C-1", hours: int = 30) -> dict:
    node = shutil.which("node")
    assert node, "Node is missing: install Node 20 or later (https://nodejs.org, or apt-get install nodejs)"
    done = subprocess.run(
        [node, str(EXAMPLE), customer, str(hours), "Sari", "JX12", "Friday"],
        env={**os.environ, "AMENDS_URL": address, "AMENDS_KEY": key},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def run_until_answered(address: str, key: str, **arguments) -> dict:
    """On a busy machine 300 ms may pass; the next run of the same customer gets the same arm."""
    answers = (run(address, key, **arguments) for _ in range(10))
    return next(answer for answer in answers if answer["status"] != "error")


def test_the_example_is_as_short_as_promised():
    assert len(EXAMPLE.read_text().splitlines()) <= 15


def test_a_late_customer_gets_the_words_of_an_arm(lab, serve):
    key = lab.store.create_key("node", ["assign"], at=lab.clock())

    answer = run_until_answered(serve(lab), key)

    given = lab.assign("late_parcel", "C-1", delay=None, promised_at=lab.clock(), **slots())
    assert given.repeat
    assert answer == {"send": given.message, "then": given.invitation, "status": "assigned"}
    assert answer["send"].startswith(FACTS)


def test_a_customer_who_is_not_late_gets_the_usual_words_of_the_experiment(lab, serve):
    key = lab.store.create_key("node", ["assign"], at=lab.clock())

    answer = run_until_answered(serve(lab), key, hours=1)

    assert answer == {"send": FACTS, "then": None, "status": "not_eligible"}


def test_with_a_wrong_key_the_usual_message_goes_out(lab, serve):
    assert run(serve(lab), "wrong") == {"send": USUAL, "then": None, "status": "error"}


def test_without_a_server_the_usual_message_goes_out():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]

    assert run(f"http://127.0.0.1:{port}") == {"send": USUAL, "then": None, "status": "error"}


def test_with_a_server_that_never_answers_the_usual_message_goes_out_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = run(f"http://127.0.0.1:{silent.getsockname()[1]}")

    assert answer == {"send": USUAL, "then": None, "status": "error"}


def slots() -> dict[str, str]:
    return {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Friday"}
