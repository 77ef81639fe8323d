"""Assigning over HTTP with everything on, beside an ordinary FastAPI route and a plain one with SQLModel.

Compared is the server's CPU for one request, which another busy process hardly moves; the callers are
32 connections in another process. Every request assigns a new unit; every one must be answered 201, and
afterwards the units must be in the database, which must be as durable as ours (synchronous FULL).
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from interleaved import measure, options, ratio, show

HERE = Path(__file__).parent
CONNECTIONS = 32
WARM, TIMED = 320, 3_200
OURS = "amends: the assign route"
ORDINARY = "the same behind an ordinary FastAPI route"
PLAIN = "a plain FastAPI + SQLModel route"
KINDS = {OURS: "ours", ORDINARY: "ordinary", PLAIN: "plain"}

EXPERIMENT = '''"""A parcel is late: thank, apologise, or only state the facts?"""

from amends import Experiment, delayed_by, silence, sorry, text, thank_you

experiment = Experiment(
    owner="bench",
    eligible=delayed_by(hours=24),
    notice=text(en="Hello {first_name}, your parcel is late."),
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry."), silence()],
)
'''


async def load(port: int, key: str, names: list[str], *, experiment: str = "bench") -> None:
    """Assigns every unit once over `CONNECTIONS` connections; any answer but 201 ends the benchmark."""
    waiting = iter(names)

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for name in waiting:
            body = json.dumps(
                {
                    "unit_id": name,
                    "delay_seconds": 108000,
                    "channel": "email",
                    "slots": {"first_name": "Sari"},
                }
            ).encode()
            writer.write(
                b"POST /api/v1/experiments/%s/assignments HTTP/1.1\r\nHost: x\r\n"
                b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                % (experiment.encode(), key.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            said = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 201"):
                raise RuntimeError(f"a request failed: {head[:40]!r} {said[:300]!r}")
        writer.close()

    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(kind: str, *, count_commits: bool = False) -> tuple[float, float]:
    """Starts a server, loads it, checks what it stored; CPU seconds and commits for one request."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = prepare(folder)
        environ = {
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            **({"COUNT_COMMITS": "1"} if count_commits else {}),
        }
        process = subprocess.Popen(
            [sys.executable, str(HERE / "http_servers.py"), kind, name, key],
            env=environ, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            asyncio.run(load(port, key, [f"warm-{number}" for number in range(WARM)]))
            before = cpu_seconds(process.pid)
            asyncio.run(load(port, key, [f"unit-{number}" for number in range(TIMED)]))
            spent = cpu_seconds(process.pid) - before
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=60)
        check(folder / ("plain.db" if kind == "plain" else "amends.db"))
        return spent / TIMED, int(rest or 0) / (WARM + TIMED)


def prepare(folder: Path) -> str:
    """An experiment that runs, and a key."""
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from http_servers import lab_of\nlab = lab_of(Path(sys.argv[1]))\nlab.start('bench')\n"
        "print(lab.store.create_key('bench', ['assign']))\nlab.close()\n"
    )
    (folder / "experiments").mkdir()
    (folder / "experiments" / "bench.py").write_text(EXPERIMENT)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=HERE, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
    )  # fmt: skip
    return done.stdout.split()[-1]


def check(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        rows, arms = connection.execute("SELECT count(*), count(DISTINCT arm) FROM assignment").fetchone()
        assert (rows, arms) == (WARM + TIMED, 3), f"{database.name} has {rows} units in {arms} arms"
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def flushes_a_second(seconds: float = 0.3) -> float:
    """How often this disk makes 4 KiB durable: the floor under every durable answer."""
    with tempfile.NamedTemporaryFile() as file:
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())
            count += 1
    return count / (time.perf_counter() - started)


def timed(kind: str) -> Callable[[], float]:
    return lambda: run(kind)[0]


def main() -> None:
    chosen = options(__doc__.splitlines()[0], rounds=3)
    floor = flushes_a_second()
    commits = {name: run(kind, count_commits=True)[1] for name, kind in KINDS.items()}
    seconds = measure({name: timed(kind) for name, kind in KINDS.items()}, rounds=chosen.rounds)
    floor = (floor + flushes_a_second()) / 2
    show(
        f"One assignment over HTTP, {CONNECTIONS} connections ({floor:.0f} flushes a second here)",
        seconds,
        [
            ("of a plain FastAPI + SQLModel route's CPU", ratio(seconds, OURS, PLAIN), "≤", 0.25),
            ("of the same handler as an ordinary FastAPI route", ratio(seconds, OURS, ORDINARY), "≤", 0.85),
            ("flushes for one request", commits[OURS], "≤", 0.1),
        ],
        unit="ms of the server's CPU a request",
        scale=1e3,
        as_json=chosen.json,
    )


if __name__ == "__main__":
    main()
