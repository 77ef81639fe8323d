"""`AMENDS_FAIL_OPEN=spool`: a hashed arm is served while the database is away, its record kept beside it.

What can be judged without the database is judged as always: eligibility, layer, holdout and coverage of
the frozen definition that this process read last. What cannot be known is whether the customer opted
out, or the experiment was stopped elsewhere, since then. Ids and survey links are derived from the
secret, so that whoever else assigns the same unit meanwhile gives the same ones.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.errors import AmendsError, StoreUnavailable
from amends.store import Enrolment, Stored
from amends.store.pseudonyms import record_ids
from amends.store.spool import Spool

if TYPE_CHECKING:
    from amends.lab.lab import Lab

log = logging.getLogger("amends")

TOGETHER = 1_000
SIDE_BY_SIDE = 32
TRIED_AGAIN_AFTER = 1.0
_TIMES = frozenset({"at", "invite_at"})


class Spooling:
    """The lab's spool: what is kept in it, and how it gets into the database.

    Args:
        lab: The lab.
        spool: The file.
        keeps: Whether records are kept; those that wait from before are replayed all the same.
    """

    def __init__(self, lab: Lab, spool: Spool, *, keeps: bool) -> None:
        self.lab = lab
        self.spool = spool
        self.keeps = keeps
        self._units: dict[tuple[str, str], list[str | None]] = {}
        self._lock = threading.Lock()
        self._replaying: threading.Thread | None = None
        self._trouble: tuple[float, StoreUnavailable] | None = None

    @property
    def trouble(self) -> StoreUnavailable | None:
        """How the database failed within the last second: nobody waits for it again meanwhile."""
        if self._trouble is None or time.monotonic() - self._trouble[0] > TRIED_AGAIN_AFTER:
            return None
        return self._trouble[1]

    @trouble.setter
    def trouble(self, error: StoreUnavailable) -> None:
        if self.trouble is None:
            self._trouble = (time.monotonic(), error)

    def keep(self, key: str, enrolments: Sequence[Enrolment]) -> list[Stored]:
        """Keeps assignments, and gives them as the database will have them.

        Raises:
            StoreUnavailable: The file cannot be written; nothing of it is kept.
        """
        with self._lock:
            records = [
                _written(key, enrolment) for enrolment in enrolments if not self._known(key, enrolment)
            ]
            if records:
                self.spool.keep(records)
            return [self._stored(key, enrolment) for enrolment in enrolments]

    def keep_record(self, kind: str, key: str, told: Mapping[str, Any]) -> None:
        """Keeps a delivery, response or outcome.

        Args:
            kind: `delivery`, `response` or `outcome`.
            key: The experiment's key.
            told: What `amends.lab.records` needs to store it; ids as pseudonyms.
        """
        values = {name: _plain(value) for name, value in told.items()}
        self.spool.keep([{"kind": kind, "experiment": key, **values}])

    def _known(self, key: str, enrolment: Enrolment) -> bool:
        return enrolment.incident in self._units.get((key, enrolment.unit), ())

    def _stored(self, key: str, enrolment: Enrolment) -> Stored:
        incidents = self._units.setdefault((key, enrolment.unit), [])
        created = not incidents
        if enrolment.incident not in incidents:
            incidents.append(enrolment.incident)
        later = enrolment.incident is not None and incidents.index(enrolment.incident)
        return Stored(
            experiment=key,
            number=0,
            assignment_id=enrolment.assignment_id or "",
            unit=enrolment.unit,
            arm=enrolment.arm or "",
            assigned_at=enrolment.at,
            invite_at=enrolment.invite_at,
            token_nonce=enrolment.token_nonce or "",
            created=created,
            incident_number=1 + later,
            cluster=enrolment.cluster,
            stratum=enrolment.stratum,
            locale=enrolment.locale or "",
            channel=enrolment.channel or "",
        )

    def begin_replay(self) -> None:
        """Starts to bring what waits into the database, in a thread of its own, unless one does already."""
        with self._lock:
            if self.spool.empty or (self._replaying is not None and self._replaying.is_alive()):
                return
            self._replaying = threading.Thread(target=self._try, name="amends-replay", daemon=True)
            self._replaying.start()

    def _try(self) -> None:
        try:
            self.replay()
        except (StoreUnavailable, RuntimeError) as error:  # no thread begins while the program ends
            log.warning("what the spool keeps still waits: %s", error)

    def replay_first(self) -> None:
        """Brings what waits into the database before something that may refer to it.

        Raises:
            StoreUnavailable: The database does not answer, or did not within the last second.
        """
        if not self.spool.empty:
            if self.trouble is not None:
                raise self.trouble
            self.replay(patience=self.lab.settings.timeout)

    def replay(self, *, patience: float | None = None) -> int:
        """Brings what waits into the database; a record that is stored already is left as it is.

        Args:
            patience: Seconds to wait for another process that does the same; None for as long as it takes.

        Returns:
            How many records waited.

        Raises:
            StoreUnavailable: The database does not answer, or another process is at it; all still waits.
        """
        if self.spool.empty:
            return 0
        with self.spool.taken(patience=patience) as records:
            enrolments: dict[str, list[Enrolment]] = {}
            for record in records:
                if record["kind"] == "assignment":
                    enrolments.setdefault(record["experiment"], []).append(_enrolment(record))
            conflicts = sum(self._enrol(key, found) for key, found in enrolments.items())
            refused = self._record_all([record for record in records if record["kind"] != "assignment"])
        with self._lock:
            self._units.clear()
            self._trouble = None
        log.warning(
            "replayed %d records from the spool: %d stood in the database with another arm, %d were refused",
            len(records),
            conflicts,
            refused,
        )
        return len(records)

    def _enrol(self, key: str, enrolments: Sequence[Enrolment]) -> int:
        conflicts = 0
        for start in range(0, len(enrolments), TOGETHER):
            some = enrolments[start : start + TOGETHER]
            stored = self.lab.store.enrol(key, some)
            other = sum(one.arm != kept.arm for one, kept in zip(stored, some, strict=True))
            if other:
                at = self.lab.clock()
                self.lab.store.count_turned_away(
                    key, {("spooled", "the stored arm stands", at.date()): other}
                )
            conflicts += other
        return conflicts

    def _record_all(self, records: Sequence[Mapping[str, Any]]) -> int:
        """Each unit's records in their order, those of many units at once: they then share transactions."""
        from concurrent.futures import ThreadPoolExecutor

        of_unit: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for record in records:
            of_unit.setdefault((record["experiment"], self._link_of(record)), []).append(record)
        if not of_unit:
            return 0
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="amends-replay") as pool:
            return sum(pool.map(lambda own: sum(map(self._record, own)), of_unit.values()))

    def _link_of(self, record: Mapping[str, Any]) -> str:
        """The unit's link nonce, by which a response from the survey page names it too."""
        nonce = record.get("nonce")
        secret = self.lab.settings.secret
        return nonce or record_ids(record["experiment"], record["unit"], secret=secret)[1]

    def _record(self, record: Mapping[str, Any]) -> int:
        from amends.lab import records

        told = {name: value for name, value in record.items() if name not in ("kind", "experiment")}
        for name in ("at", "told_at"):
            told[name] = told[name] and datetime.fromisoformat(told[name])
        try:
            records.STORED[record["kind"]](self.lab, record["experiment"], **told)
        except StoreUnavailable:
            raise
        except AmendsError as error:
            log.warning("%s: a spooled %s is refused: %s", record["experiment"], record["kind"], error)
            return 1
        return 0

    def drain(self) -> None:
        """Waits for a replay that is under way."""
        replaying = self._replaying
        if replaying is not None:
            replaying.join(2 * self.lab.settings.timeout)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _written(key: str, enrolment: Enrolment) -> dict[str, Any]:
    values = {
        name: _plain(value)
        for name, value in asdict(enrolment).items()
        if value is not None and name not in ("_", "draw")
    }
    return {"kind": "assignment", "experiment": key, **values}


def _enrolment(record: Mapping[str, Any]) -> Enrolment:
    names = {field.name for field in fields(Enrolment)}
    values: dict[str, Any] = {name: value for name, value in record.items() if name in names}
    for name in _TIMES & values.keys():
        values[name] = datetime.fromisoformat(values[name])
    return Enrolment(**values)
