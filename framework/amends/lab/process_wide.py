"""The process's own lab, and the module-level verbs that use it: `amends.assign(…)` and its kin."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from amends.assignment.hashing import Id
from amends.lab.assigned import Assignment
from amends.lab.lab import Lab

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments
    from amends.analysis.report import Report
    from amends.design.experiment import Experiment
    from amends.lab.explanation import Explanation

_lock = threading.Lock()
_lab: Lab | None = None


def configure(lab: Lab | None) -> None:
    """Makes a lab the process's own; None forgets it, so that the next call reads the settings again."""
    global _lab
    with _lock:
        _lab = lab


def default_lab() -> Lab:
    """The process's own lab, built from the settings at first use.

    Raises:
        ConfigurationError: when the settings cannot work.
    """
    global _lab
    with _lock:
        if _lab is None:
            _lab = Lab()
        return _lab


def load(key: str) -> Experiment:
    """The experiment of that key, bound, as its file defines it now.

    Raises:
        UnknownExperiment: naming the nearest key.
    """
    return default_lab().load(key)


def assign(key: str, unit_id: Id, /, **arguments: Any) -> Assignment:
    """Gives a unit its arm and the words to send; see `Lab.assign`."""
    return default_lab().assign(key, unit_id, **arguments)


async def assign_async(key: str, unit_id: Id, /, **arguments: Any) -> Assignment:
    """`assign` for asynchronous programs; see `Lab.assign`."""
    return await default_lab().assign_async(key, unit_id, **arguments)


def assign_many(
    key: str, rows: Iterable[Id | Mapping[str, Any]], *, chunk: int = 10_000, **shared: Any
) -> Iterator[Assignment]:
    """Assigns many units, one transaction per chunk; see `Lab.assign_many`."""
    return default_lab().assign_many(key, rows, chunk=chunk, **shared)


def record_delivery(key: str, unit_id: Id, status: str, **arguments: Any) -> bool:
    """Records what became of a message; see `Lab.record_delivery`."""
    return default_lab().record_delivery(key, unit_id, status, **arguments)


def record_response(key: str, unit_id: Id | None = None, **arguments: Any) -> Any:
    """Records a survey response; see `Lab.record_response`."""
    return default_lab().record_response(key, unit_id, **arguments)


def record_outcome(key: str, unit_id: Id, metric: str, value: float, **arguments: Any) -> bool:
    """Records an outcome that needs no survey; see `Lab.record_outcome`."""
    return default_lab().record_outcome(key, unit_id, metric, value, **arguments)


def record_event(incident: Id, /, **told: Any) -> bool:
    """Tells the log of delays of an incident: received, promised, answered; see `Lab.record_event`."""
    return default_lab().record_event(incident, **told)


def late_now(rows: Iterable[Id | Mapping[str, Any]], **wanted: Any) -> Iterator[dict[str, Any]]:
    """Those of your own rows whose incident is late now, for `assign_many`; see `Lab.late_now`."""
    return default_lab().late_now(rows, **wanted)


def explain(key: str, unit_id: Id, *, cluster: Id | None = None, incident: Id | None = None) -> Explanation:
    """Why a unit has its arm, or what would happen to it now; see `Lab.explain`."""
    return default_lab().explain(key, unit_id, cluster=cluster, incident=incident)


def hand_out(key: str, code: str, /, **arguments: Any) -> Assignment:
    """Assigns the card that a customer gets now; see `Lab.hand_out`."""
    return default_lab().hand_out(key, code, **arguments)


def analyze(key: str) -> Report:
    """The report of an experiment as its data stand now; see `Lab.analyze`."""
    return default_lab().analyze(key)


def pool(keys: Iterable[str] | None = None, **asked: Any) -> PooledExperiments:
    """Several finished experiments together: average, prediction, forest plot; see `Lab.pool`."""
    return default_lab().pool(keys, **asked)


def warm_up() -> None:
    """Opens the database and reads the experiments now, so that the first customer does not wait for it."""
    default_lab().warm_up()
