"""The newest report at once, from the counts; the whole one when a thread has worked it out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amends.analysis.report import Report
    from amends.lab import Lab

FIRST_WAIT, WAIT = 2.0, 0.3
"""Seconds that the pages wait for a whole report: where they have none yet to show, and where they have."""
REST = 4.0
"""Times as long as a whole report took, the next one is left alone: it reads every unit of a large experiment
again, and the processor is for those who look and for those who send."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report and the counts that it was made from."""

    counted: Any
    report: Report


@dataclass(frozen=True, slots=True)
class Coming:
    """A whole report in the making, and when it was begun."""

    made: Future[Made]
    begun: float


class Filling:
    """One lab's reports. Safe to share between the pages' threads; one thread works the slow parts out."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._newest: dict[str, Made] = {}
        self._whole: dict[str, Made] = {}
        self._coming: dict[str, Coming] = {}
        self._resting: dict[str, float] = {}
        self._told: dict[str, tuple[Report, Mapping[str, Any]]] = {}
        self._lock = Lock()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="amends-report")

    def newest(self, key: str) -> Report:
        """The report of the counts as they are now; the whole one where it is of these counts."""
        now, counted = self._lab.clock(), self._counted(key)
        made = self._whole.get(key)
        if made is None or made.counted != counted:
            made = self._newest.get(key)
        if made is None or made.counted != counted:
            made = self._newest[key] = Made(counted, self._lab.live(key))
        return replace(made.report, as_of=now)

    def whole(self, key: str) -> tuple[Report | None, bool]:
        """The last whole report that is there, and whether it is of the counts as they are now.

        Where it is not, the next one is begun, and waited for a moment, unless the last has only just been
        made at great length.

        Raises:
            AmendsError: What went wrong with the one that was begun.
        """
        counted, last = self._counted(key), self._whole.get(key)
        if last is None or (last.counted != counted and monotonic() >= self._resting.get(key, 0.0)):
            coming = self._begun(key, counted)
            # The wait is of the report, not of everybody who asks for it while it is made.
            left = coming.begun + (WAIT if last else FIRST_WAIT) - monotonic()
            try:
                last = coming.made.result(max(0.0, left))
            except StillWorking:
                pass
            else:
                with self._lock:
                    self._whole[key] = last
            finally:
                with self._lock:
                    if key in self._coming and self._coming[key].made.done():
                        del self._coming[key]
        return (None, False) if last is None else (last.report, last.counted == counted)

    def all_of_it(self, key: str) -> Report:
        """The whole report of the counts as they are now, however long it takes."""
        now, counted = self._lab.clock(), self._counted(key)
        made = self._whole.get(key)
        if made is None or made.counted != counted:
            made = self._whole[key] = self._make(key, counted)
        return replace(made.report, as_of=now)

    def told(self, key: str, report: Report) -> Mapping[str, Any]:
        """`to_dict()` of a report, made once for all who show it."""
        kept = self._told.get(key)
        if kept is None or kept[0] is not report:
            kept = self._told[key] = (report, report.to_dict())
        return kept[1]

    def _begun(self, key: str, counted: Hashable) -> Coming:
        with self._lock:
            if key not in self._coming:
                self._coming[key] = Coming(self._worker.submit(self._make, key, counted), monotonic())
            return self._coming[key]

    def _make(self, key: str, counted: Any) -> Made:
        # The counts were read before the report: answers that came in between have it made once more.
        started = monotonic()
        report = self._lab.analyze(key)
        report.fill()
        ended = monotonic()
        if ended - started > FIRST_WAIT:
            self._resting[key] = ended + REST * (ended - started)
        return Made(counted, report)

    def _counted(self, key: str) -> Any:
        lab = self._lab
        return lab.tally(key).arms, lab.state(key), lab.turned_away(key), lab.hides_arms(key)
