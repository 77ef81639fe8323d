"""`amends serve` as it is used: one process, one port, ended by Ctrl-C."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from amends import Lab
from amends.settings import load_settings

ROOT = Path(__file__).parents[3]

SCRIPT = """
import sys
from amends.api.serve import run
from amends.lab import Lab

lab = Lab()
run(lab, port=0, only=sys.argv[1] or None, access_log=True, say=lambda line: print(line, flush=True))
lab.close()
print("ended in good order", flush=True)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "experiments").mkdir()
    shutil.copy(ROOT / "experiments" / "late_parcel.py", folder / "experiments")
    return folder


@pytest.fixture(scope="module")
def both(folder) -> Iterator[str]:
    """The address of the dashboard and the API together."""
    with served(folder) as (base, _process):
        yield base


def environment() -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    return {
        **environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "framework"), environ.get("PYTHONPATH", "")]),
    }


def start(folder: Path, *, only: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, only],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def served(folder: Path, *, only: str = "") -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = start(folder, only=only)
    try:
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"no address in {line!r}: {process.stderr.read()}"
        yield found[0], process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_one_port_serves_the_dashboard_the_api_the_survey_and_the_probes(both):
    with httpx.Client(base_url=both, timeout=30) as browser:
        page = browser.get("/")
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert browser.get("/_stcore/health").text == "ok"
        assert browser.get("/healthz").json() == {"status": "ok"}
        assert browser.get("/readyz").json() == {"status": "ready", "experiments": 1, "problems": 0}
        assert browser.get("/api/openapi.json").json()["info"]["title"] == "amends"
        assert "There is no survey at this link." in browser.get("/s/forged").text


def test_unknown_addresses_beside_the_dashboard_answer_json_and_never_its_page(both):
    with httpx.Client(base_url=both, timeout=30) as browser:
        for path in (
            "/api",
            "/api/",
            "/api/v9/x",
            "/s",
            "/s/a/b",
            "/healthz/",
            "/readyz/x",
            "/metrics/x",
            "//api/v1",
        ):
            answer = browser.get(both + path)
            assert answer.status_code == 404, path
            assert answer.json()["type"] == "urn:amends:problem:not-found", path


def test_the_api_alone_has_no_dashboard(folder):
    with served(folder, only="api") as (base, _process), httpx.Client(base_url=base, timeout=30) as browser:
        assert browser.get("/readyz").status_code == 200
        assert browser.get("/").status_code == 404
        assert browser.get("/").json()["status"] == 404


def test_the_dashboard_alone_has_probes_and_no_api(folder):
    with (
        served(folder, only="dashboard") as (base, _process),
        httpx.Client(base_url=base, timeout=30) as browser,
    ):
        assert browser.get("/").headers["content-type"].startswith("text/html")
        assert browser.get("/readyz").status_code == 200
        for path in ("/api/v1/experiments", "/api/openapi.json", "/s/AAAA"):
            assert browser.get(path).status_code == 404, path
            assert browser.get(path).json()["status"] == 404


@pytest.mark.parametrize(
    ("only", "number"), [("", signal.SIGINT), ("", signal.SIGTERM), ("api", signal.SIGTERM)]
)
def test_ctrl_c_and_term_end_it_in_good_order(folder, only, number):
    with served(folder, only=only) as (base, process):
        assert httpx.get(f"{base}/healthz", timeout=30).status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert out == "ended in good order\n"
    assert "Traceback" not in err


@pytest.mark.parametrize("only", ["", "api"])
def test_a_request_under_way_when_the_server_is_told_to_stop_is_answered_and_recorded(tmp_path, only):
    (tmp_path / "experiments").mkdir()
    shutil.copy(ROOT / "experiments" / "late_parcel.py", tmp_path / "experiments")
    database = f"sqlite:///{tmp_path / 'amends.db'}"
    lab = Lab(settings=load_settings({"AMENDS_EXPERIMENTS": str(tmp_path / "experiments"),
                                      "AMENDS_DATABASE_URL": database}))  # fmt: skip
    lab.start("late_parcel")
    key = lab.store.create_key("shop", ["assign"])
    slots = {"first_name": "Sari", "tracking_number": "JX12", "new_date": "Friday"}
    body = {"unit_id": "C-1", "delay_seconds": 200_000, "slots": slots}
    path = "/api/v1/experiments/late_parcel/assignments"
    with (
        served(tmp_path, only=only) as (base, process),
        httpx.Client(base_url=base, headers={"X-API-Key": key}, timeout=60) as sender,
        ThreadPoolExecutor(1) as pool,
        closing(sqlite3.connect(tmp_path / "amends.db", isolation_level=None)) as other,
    ):
        assert sender.post(path, json=body | {"unit_id": "C-0"}).status_code == 201
        other.execute("BEGIN IMMEDIATE")  # what the request must wait for
        under_way = pool.submit(sender.post, path, json=body)
        with pytest.raises(TimeoutError):
            under_way.result(timeout=0.5)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(TimeoutError):
            under_way.result(timeout=0.5)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{base}/healthz", timeout=30)
        other.execute("COMMIT")
        answer = under_way.result(timeout=30)
        out, _ = process.communicate(timeout=60)

    assert (answer.status_code, answer.json()["status"]) == (201, "assigned")
    assert (process.returncode, out) == (0, "ended in good order\n")
    assert lab.assign("late_parcel", "C-1", delay=timedelta(days=3), **slots).repeat
    lab.close()


def test_the_access_log_has_a_line_a_request_and_no_ids_tokens_or_addresses(folder):
    with served(folder, only="api") as (base, process):
        with httpx.Client(base_url=base, timeout=30) as browser:
            browser.get("/s/AAAAAAAAAAAAlPE1wvESZyBW", headers={"X-Request-ID": "visit-1"})
            browser.post(
                "/api/v1/experiments/late_parcel/assignments?unit=customer-4711",
                json={"unit_id": "customer-4711"},
                headers={"X-API-Key": "amends_secret"},
            )
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)

    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    shown, assigned = lines
    assert shown.pop("ms") >= 0
    assert shown == {
        "request_id": "visit-1", "method": "GET", "route": "/s/{token}", "status": 404, "key": None,
    }  # fmt: skip
    assert (assigned["route"], assigned["status"]) == ("/api/v1/experiments/{key}/assignments", 401)
    for told in ("4711", "AAAA", "secret", "127.0.0.1", "late_parcel"):
        assert told not in err


def test_a_port_in_use_is_refused_with_the_remedy_and_exit_code_2(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "amends", "serve", "--port", str(port)],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    assert done.returncode == 2
    assert done.stdout == ""
    remedy = f"port {port} on 127.0.0.1 is in use. Stop what uses it, or choose another: --port {port + 1}"
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("host", "said"), [("no.such.host.invalid", "is no address"), ("203.0.113.9", "cannot be listened on")]
)
def test_an_address_that_is_not_this_machines_is_refused(host, said):
    from amends.api.serve import listening
    from amends.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=said), listening(host, 8501):
        pass


def test_the_dashboards_files_are_found_in_the_checkout():
    from amends.api.serve import dashboards_path

    assert dashboards_path() == ROOT / "dashboards"


def test_answers_are_sent_without_waiting_for_the_other_side():
    from amends.api.serve import listening

    with listening("127.0.0.1", 0) as door:
        assert door.proto == socket.IPPROTO_TCP
