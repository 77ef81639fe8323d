"""Two servers over one PostgreSQL: one arm and one row per unit, whoever is asked, and one count of it all.

What each server keeps for itself, and for how long, is tested here too: an experiment's state and a key
for a second, the buckets of the rate limit for good.
"""

import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import httpx
import pytest
from sqlalchemy import create_engine, text

from amends import Lab
from amends.api.auth import FRESH_SECONDS
from amends.api.limits import burst
from amends.lab.lab import STATE_LIVES
from amends.settings import load_settings

ROOT = Path(__file__).parents[3]
CLIENTS, UNITS, SITES = 6, 30, ("north", "south")
HASHED, BLOCKED = "late_parcel", "wait"
SCRIPT = """
from amends.cli.opening import read_settings
from amends.cli.serving import run

run(read_settings(), host="127.0.0.1", port=0, only="api")
"""
DEFINITION = '''"""Late: thank, apologise, or only state the facts?"""

from amends import Experiment, Mean, blocked, hashed, silence, sorry, thank_you

experiment = Experiment(
    notice="It is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry."), silence()],
    metrics=[Mean("satisfaction", scale=(1, 7))],
    randomize=RANDOMIZE,
)
'''

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@pytest.fixture
def environ(tmp_path, url) -> dict[str, str]:
    folder = tmp_path / "experiments"
    folder.mkdir()
    for key, randomize in ((HASHED, "hashed()"), (BLOCKED, 'blocked(by=("site",))')):
        (folder / f"{key}.py").write_text(DEFINITION.replace("RANDOMIZE", randomize))
    return {
        "AMENDS_EXPERIMENTS": str(folder),
        "AMENDS_DATABASE_URL": url,
        "AMENDS_SECRET": "the secret that both servers share",
        "AMENDS_TIMEOUT": "30",
    }


@pytest.fixture
def lab(environ):
    """A third process's view: the tests' own, which starts, pauses and looks."""
    lab = Lab(settings=load_settings(environ))
    for key in (HASHED, BLOCKED):
        lab.start(key)
    yield lab
    lab.close()


@pytest.fixture
def replicas(environ, lab):
    """The addresses of two servers, each in a process of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**inherited, **environ, "PYTHONPATH": str(ROOT / "framework")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        yield [_address(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _address(process) -> str:
    said = []
    for line in process.stderr:
        said.append(line)
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    pytest.fail(f"the server did not start: {said}")


@pytest.fixture
def key(lab) -> str:
    return lab.store.create_key("web-shop", ["assign", "ingest"], at=lab.clock())


def client_of(base: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def assigning(base: str, key: str, seed: int) -> list[tuple[str, str, int, str]]:
    """Asks for every unit of both experiments, in an order of its own; experiment, unit, answer, arm."""
    wanted = [(experiment, place) for experiment in (HASHED, BLOCKED) for place in range(UNITS)]
    random.Random(seed).shuffle(wanted)
    seen = []
    with client_of(base, key) as client:
        for experiment, place in wanted:
            unit, site = f"C-{place}", SITES[place % len(SITES)]
            body = {"unit_id": unit} | ({"strata": {"site": site}} if experiment == BLOCKED else {})
            answer = client.post(f"/api/v1/experiments/{experiment}/assignments", json=body)
            assert answer.status_code in (200, 201), answer.text
            seen.append((experiment, unit, answer.status_code, answer.json()["arm"]))
            # Everybody answers, at whichever server: the first answer stands.
            rating = 1 + place % 7
            answer = client.post(
                f"/api/v1/experiments/{experiment}/responses",
                json={"unit_id": unit, "satisfaction": rating},
                headers={"Idempotency-Key": f"{experiment}-{unit}"},
            )
            assert answer.status_code in (200, 201), answer.text
    return seen


def test_units_asked_for_at_both_have_one_row_one_arm_and_are_counted_once_in_whole_blocks(
    lab, replicas, key
):
    with ThreadPoolExecutor(CLIENTS) as pool:
        parts = list(
            pool.map(lambda seed: assigning(replicas[seed % len(replicas)], key, seed), range(CLIENTS))
        )
    answers = [answer for part in parts for answer in part]
    assert len(answers) == CLIENTS * 2 * UNITS
    told, created = defaultdict(set), Counter()
    for experiment, unit, status, arm in answers:
        told[experiment, unit].add(arm)
        created[experiment, unit] += status == 201
    assert {len(arms) for arms in told.values()} == {1}
    assert set(created.values()) == {1}

    engine = create_engine(lab.store.url)
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT experiment, unit, arm FROM assignment")).all()
        responses = connection.execute(text("SELECT count(*) FROM response")).scalar_one()
    engine.dispose()
    kept = {(experiment, unit): arm for experiment, unit, arm in stored}
    assert len(stored) == len(kept) == len(told) == responses == 2 * UNITS
    for (experiment, unit), arms in told.items():
        assert arms == {kept[experiment, lab.pseudonym(unit)]}
    for experiment in (HASHED, BLOCKED):
        arms = lab.tally(experiment).arms
        assert sum(arm.assigned for arm in arms) == sum(arm.completed for arm in arms) == UNITS
    assert lab.store.verify() == []
    definition = lab.experiment(HASHED)
    assert all(
        arms == {definition.arm_of(unit)} for (experiment, unit), arms in told.items() if experiment == HASHED
    )
    check_blocks(lab)


def check_blocks(lab: Lab) -> None:
    """Every stratum's sealed list is used from its start, without a gap, each arm where the list has it."""
    dealt = sorted(lab.store.dealt(BLOCKED))
    sealed = lab.in_force(BLOCKED)
    for stratum in SITES:
        arms = {position: arm for name, position, arm in dealt if name == stratum}
        assert sorted(arms) == list(range(UNITS // len(SITES)))
        assert all(arm == sealed.draw(stratum, position) for position, arm in arms.items())
        blocks = defaultdict(Counter)
        for position, arm in arms.items():
            blocks[sealed.block(stratum, position)][arm] += 1
        blocks.pop(sealed.block(stratum, max(arms)))  # the last may be open still
        assert blocks
        assert all(len(block) == 3 and len(set(block.values())) == 1 for block in blocks.values())


def test_a_record_sent_to_both_at_once_is_stored_once_and_another_under_its_key_is_refused(
    lab, replicas, key
):
    places = range(20)
    for place in places:
        lab.assign(HASHED, f"C-{place}")

    def record(base: str, place: int, rating: int) -> int:
        with client_of(base, key) as client:
            return client.post(
                f"/api/v1/experiments/{HASHED}/responses",
                json={"unit_id": f"C-{place}", "satisfaction": rating},
                headers={"Idempotency-Key": f"answer {place}"},
            ).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        both = [[pool.submit(record, base, place, 5) for base in replicas] for place in places]
        codes = [sorted(one.result() for one in pair) for pair in both]
    assert codes == [[200, 201]] * len(places)
    assert [record(base, 0, 4) for base in replicas] == [409, 409]
    assert sum(arm.completed for arm in lab.tally(HASHED).arms) == len(places)
    assert lab.store.verify() == []


def seconds_until(ask, wanted) -> float:
    """Asks again and again until the answer is the wanted one; how long that took."""
    began = monotonic()
    while (found := ask()) != wanted:
        assert monotonic() - began < 30, f"still {found!r}"
    return monotonic() - began


def test_a_pause_a_start_and_a_stop_elsewhere_are_seen_by_every_replica_within_a_second(lab, replicas, key):
    clients = [client_of(base, key) for base in replicas]
    numbers = iter(range(1_000_000))

    def status_at(client: httpx.Client) -> str:
        body = {"unit_id": f"new-{next(numbers)}"}
        return client.post(f"/api/v1/experiments/{HASHED}/assignments", json=body).json()["status"]

    assert [status_at(client) for client in clients] == ["assigned", "assigned"]
    for change, status in ((lab.pause, "paused"), (lab.start, "assigned"), (lab.stop, "stopped")):
        change(HASHED)
        for client in clients:
            # A request of half a second on a machine with other things to do is no stale state.
            assert seconds_until(lambda client=client: status_at(client), status) < STATE_LIVES + 2
    for client in clients:
        client.close()
    assert lab.store.verify() == []


def test_a_key_opens_every_replica_has_a_rate_at_each_and_is_refused_a_second_after_it_was_revoked(
    lab, replicas, key
):
    clients = [client_of(base, key) for base in replicas]

    def code_at(client: httpx.Client) -> int:
        return client.post(f"/api/v1/experiments/{HASHED}/assignments", json={"unit_id": "C-1"}).status_code

    assert [code_at(client) for client in clients] == [201, 200]
    assert lab.store.revoke_key("web-shop", at=lab.clock())
    for client in clients:
        assert seconds_until(lambda client=client: code_at(client), 401) < FRESH_SECONDS + 2
        client.close()

    # A token in a hundred seconds: none comes back while the test asks.
    slow = lab.store.create_key("slow", ["assign"], rate=0.01, at=lab.clock())
    assert burst(0.01) == 1
    codes = []
    for base in replicas:
        with client_of(base, slow) as client:
            codes.append([code_at(client) for _ in range(3)])
    assert codes == [[200, 429, 429]] * 2
