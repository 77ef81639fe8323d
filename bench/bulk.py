"""Loading 10,000 rows beside the ORM's `add_all`: new assignments, and a finished experiment with answers.

The ORM's candidate adds the same rows to the same tables of the same durable database in one
transaction, and no more than that: it does not look for units that are there already, keeps no tally
and answers nobody, all of which ours does. Rows of both are counted afterwards. `assign_many` is the whole
way from ids to the words that are sent.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from amends import Lab
from amends.store import Enrolment, Finished
from amends.store.importing import SENDER
from amends.store.tables import Assignment, Rating, Response
from durable import KEY, NOON, lab_on, postgresql
from interleaved import measure, options, ratio, show

ROWS, GOAL = 10_000, 10
_turns = count()


def fresh(kind: str) -> list[str]:
    turn = next(_turns)
    return [f"{kind}-{turn}-{place}" for place in range(ROWS)]


def assignment(key: str, unit: str, sender: str) -> dict[str, Any]:
    return {
        "id": unit.ljust(32),
        "experiment": key,
        "unit": unit,
        "arm": "sorry",
        "assigned_at": NOON,
        "day": NOON.date(),
        "token_nonce": unit,
        "sender": sender,
    }


def timed(work: Callable[[], object]) -> float:
    gc.collect()  # each pays for its own garbage, not for what the candidate before it left
    started = perf_counter()
    work()
    return perf_counter() - started


def assigning(lab: Lab) -> dict[str, Callable[[], float]]:
    engine = lab.store._database.engine

    def by_us() -> float:
        units = [
            Enrolment(unit, "sorry", at=NOON, assignment_id=unit.ljust(32), token_nonce=unit)
            for unit in fresh("ours")
        ]
        return timed(lambda: lab.store.enrol(KEY, units))

    def by_orm() -> float:
        units = fresh("orm")

        def work() -> None:
            with Session(engine) as session:
                session.add_all(Assignment(**assignment(KEY, unit, "orm")) for unit in units)
                session.commit()

        return timed(work)

    def whole_way() -> float:
        units = fresh("many")
        return timed(lambda: list(lab.assign_many(KEY, units)))

    def bare() -> float:
        """As fast as SQLite takes these rows with all their indexes: nothing but its own work."""
        rows = [tuple(assignment(KEY, unit, "bare").values()) for unit in fresh("bare")]
        rows = [(*row[:4], f"{NOON:%Y-%m-%d %H:%M:%S.000000}", str(row[5]), *row[6:]) for row in rows]
        columns = ", ".join(assignment(KEY, "", ""))
        statement = (
            f"INSERT INTO assignment ({columns}, stratum, channel, locale, delay_band, test)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', 0)"
        )

        def work() -> None:
            with lab.store._database.engine.begin() as connection:
                connection.exec_driver_sql(statement, rows)

        return timed(work)

    candidates = {"store.enrol": by_us, "ORM add_all": by_orm, "assign_many, ids to words": whole_way}
    return {**candidates, "executemany alone": bare} if engine.dialect.name == "sqlite" else candidates


def importing(lab: Lab) -> dict[str, Callable[[], float]]:
    engine = lab.store._database.engine

    def by_us() -> float:
        rows = [
            Finished(unit, "sorry", completed=True, ratings={"satisfaction": 5.0}, at=NOON)
            for unit in fresh("ours")
        ]
        key = f"import_{next(_turns)}"
        frozen: dict[str, Any] = {
            "snapshot": {"key": key},
            "fingerprint": "f" * 64,
            "seed": "5eed",
            "at": NOON,
        }
        return timed(lambda: lab.store.import_finished(key, rows, **frozen))

    def by_orm() -> float:
        units, key = fresh("orm"), f"orm_{next(_turns)}"
        lab.store.start(key, snapshot={}, fingerprint="f" * 64, seed="5eed", coverage="1", at=NOON)

        def work() -> None:
            with Session(engine) as session:
                rows = [Assignment(**assignment(key, unit, SENDER)) for unit in units]
                session.add_all(rows)
                session.flush()
                numbers = [row.number for row in rows]
                session.add_all(Response(assignment=n, started_at=NOON, finished_at=NOON) for n in numbers)
                session.flush()
                session.add_all(Rating(assignment=n, item="satisfaction", value=5.0) for n in numbers)
                session.commit()

        return timed(work)

    return {"import_finished": by_us, "ORM add_all": by_orm}


def check(lab: Lab, rounds: int) -> None:
    with lab.store._database.read() as connection:
        for by in ("ours", "orm", "many"):
            expected = (rounds + 1) * ROWS * (1 if by == "many" else 2)
            where = "sender IN ('python', 'import')" if by != "orm" else "sender IN ('orm', 'import')"
            if by == "many":
                where = "sender = 'python' AND unit NOT LIKE 'ours-%'"
            else:
                where += f" AND unit LIKE '{by}-%'"
            found = connection.execute(text(f"SELECT count(*) FROM assignment WHERE {where}")).scalar()
            assert found == expected, (by, found, expected)
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"


def run(lab: Lab, where: str, *, rounds: int, as_json: bool) -> None:
    for title, ours, candidates in (
        (f"Assigning {ROWS:,} new units", "store.enrol", assigning(lab)),
        (f"Importing {ROWS:,} finished units with a rating each", "import_finished", importing(lab)),
    ):
        seconds = measure(candidates, rounds=rounds)
        times = ratio(seconds, "ORM add_all", ours)
        goals = [("times as fast as the ORM", times, "≥", float(GOAL))]
        show(f"{title}, {where}", seconds, goals, unit="µs a row", scale=1e6 / ROWS, as_json=as_json)
    check(lab, rounds)
    lab.close()


def main() -> None:
    chosen = options(__doc__.splitlines()[0], rounds=5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(
            lab_on(f"sqlite:///{folder / 'bulk.db'}", folder),
            "SQLite",
            rounds=chosen.rounds,
            as_json=chosen.json,
        )
        with postgresql() as url:
            run(lab_on(url, folder), "PostgreSQL", rounds=chosen.rounds, as_json=chosen.json)


if __name__ == "__main__":
    main()
