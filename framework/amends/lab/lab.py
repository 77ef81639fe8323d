"""The lab: experiments and their store together; every public verb is a short method here."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amends.assignment.blocks import SealedList
from amends.assignment.hashing import Id
from amends.discovery import Discovery, discover
from amends.errors import RecordRefused, StoreUnavailable, UnknownExperiment, UsageError, nearest
from amends.lab import (
    before_start,
    lifecycle,
    masking,
    pooling,
    reading,
    records,
    response_rows,
    service_log,
    survey_links,
    tokens,
)
from amends.lab.assigned import Assignment
from amends.lab.assigning import Wish, assign_rows, assign_wishes
from amends.lab.calling import Call, read_call
from amends.lab.enrolment import assign_calls
from amends.lab.spooling import Spooling
from amends.settings import Settings, load_settings
from amends.store import AuditEntry, ExperimentState, Store, StoredResponse
from amends.store.pseudonyms import pseudonym
from amends.store.recorder import Recorder
from amends.store.spool import Spool

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments
    from amends.analysis.preregistration import Preregistration
    from amends.analysis.report import Report
    from amends.analysis.service_log import ServiceLog, Target
    from amends.design.experiment import Experiment
    from amends.lab.cards import Card
    from amends.lab.decisive import Known
    from amends.lab.explanation import Explanation
    from amends.tally import Tally

log = logging.getLogger("amends")

# Status changes made by another process are seen within this many seconds.
STATE_LIVES = 1.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class InForce:
    """The definition and state that calls of one experiment go by at present.

    Attributes:
        key: The experiment's key.
        experiment: The definition: frozen at start, or the file's while a draft.
        state: What the store knows; None for a draft.
        locale_for: The experiment's, remembered: a few codes come again and again.
        promises: Whether its texts say by when an answer comes.
    """

    def __init__(self, experiment: Experiment, state: ExperimentState | None) -> None:
        self.key = experiment.key or ""
        self.experiment = experiment
        self.state = state
        self.read_at = time.monotonic()
        self.locale_for = lru_cache(maxsize=256)(experiment.locale_for)
        self.promises = _says(experiment, "answer_by")
        self._lists: dict[str, SealedList] = {}
        self._lock = threading.Lock()

    @property
    def status(self) -> str:
        return "draft" if self.state is None else self.state.status

    def draw(self, stratum: str, position: int) -> str:
        """The arm at a position of a stratum's sealed list."""
        with self._lock:
            return self._list(stratum).arm_at(position)

    def block(self, stratum: str, position: int) -> str:
        """The block that holds a position of a stratum's sealed list, by a name of its own."""
        with self._lock:
            return f"{stratum}#{self._list(stratum).block_at(position)}"

    def _list(self, stratum: str) -> SealedList:
        if stratum not in self._lists:
            experiment, seed = self.experiment, self.state.seed if self.state else ""
            names = [arm.name for arm in experiment.arms]
            weights = [arm.weight for arm in experiment.arms]
            self._lists[stratum] = SealedList(seed, stratum, names, weights, experiment.block_sizes)
        return self._lists[stratum]


class Lab:
    """Experiments and their store.

    Args:
        experiments: A folder of experiment files, or experiments already bound to a key; by default
            the folder of the settings.
        store: A store, or a database URL; by default the settings' database.
        settings: Settings instead of the environment's.
        clock: Gives the present as an aware UTC time.

    Raises:
        ConfigurationError: for settings that cannot work, or another secret on the same database.
    """

    def __init__(
        self,
        experiments: Path | str | Iterable[Experiment] | None = None,
        store: Store | str | None = None,
        *,
        settings: Settings | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.settings = settings or load_settings(experiments_needed=experiments is None)
        self.clock = clock or _utc_now
        self._given: dict[str, Experiment] | None = None
        self.experiments_folder: Path | None = None
        if experiments is None:
            self.experiments_folder = self.settings.experiments_folder()
        elif isinstance(experiments, (str, Path)):
            self.experiments_folder = Path(experiments)
        else:
            self._given = {_key(experiment): experiment for experiment in experiments}
        self._database_url = self.settings.database_url
        self._store: Store | None = None
        self._opening = threading.Lock()
        self._not_opened: tuple[float, str] | None = None
        if isinstance(store, Store):
            self._store = store
        else:
            self._database_url = store or self._database_url
            self._try_to_open()
        self._in_force: dict[str, InForce] = {}
        self._assigning: Recorder[Wish, Assignment] = Recorder(
            partial(assign_wishes, self), timeout=self.settings.timeout
        )
        self.changes_said: set[tuple[str, str]] = set()
        self.decided_on: dict[str, Known] = {}
        self.spooling = Spooling(
            self,
            Spool(self.settings.spool or Path(os.devnull), timeout=self.settings.timeout),
            keeps=self.settings.fail_open == "spool",
        )
        if self._store is not None:
            self.spooling.begin_replay()

    @classmethod
    def in_memory(
        cls, experiments: Iterable[Experiment], *, clock: Callable[[], datetime] | None = None
    ) -> Lab:
        """A lab without files, its experiments started: for the tests of those who use amends.

        >>> from amends import Experiment, silence, sorry
        >>> experiment = Experiment(key="late", notice="It is late.", arms=[sorry("Sorry."), silence()])
        >>> Lab.in_memory([experiment]).assign("late", "C-1").status
        'assigned'
        """
        settings = load_settings({"AMENDS_DATABASE_URL": "sqlite://"})
        lab = cls(list(experiments), settings=settings, clock=clock)
        for key in lab.discover().experiments:
            lab.start(key)
        return lab

    @property
    def store(self) -> Store:
        """The store, opened now where the database did not answer before.

        Raises:
            StoreUnavailable: when it still does not, or did not a second ago.
            ConfigurationError: another secret, no driver.
        """
        if self._store is None:
            with self._opening:
                if self._store is None:
                    self._store = self._open()
        return self._store

    def _open(self) -> Store:
        if self._not_opened is not None and time.monotonic() - self._not_opened[0] < STATE_LIVES:
            raise StoreUnavailable(self._not_opened[1])
        try:
            return Store.open(
                self._database_url,
                secret=self.settings.secret,
                timeout=self.settings.timeout,
                clock=self.clock,
            )
        except StoreUnavailable as error:
            self._not_opened = (time.monotonic(), str(error))
            raise

    def _try_to_open(self) -> None:
        # A sender that starts while the database is down still gets its usual message from `assign`.
        try:
            _ = self.store
        except StoreUnavailable as error:
            log.error("a later call tries again to open the database: %s", error)

    # Definitions

    def discover(self) -> Discovery:
        """The experiments that can be read, and the problems of those that cannot."""
        if self._given is not None:
            return Discovery(experiments=dict(self._given), problems=())
        assert self.experiments_folder is not None
        return discover(self.experiments_folder)

    def load(self, key: str) -> Experiment:
        """The definition as the file (or the given experiment) has it now.

        Raises:
            UnknownExperiment: naming the nearest key.
            DefinitionError: when the file of that key is broken.
        """
        return lifecycle.definition_now(self, key)

    def experiment(self, key: str) -> Experiment:
        """The definition in force: frozen at start, or the file's while a draft."""
        return self.in_force(key).experiment

    def in_force(self, key: str) -> InForce:
        """Definition and state, read again when older than a second.

        Raises:
            UnknownExperiment: naming the nearest key.
            StoreUnavailable: when the database does not answer.
        """
        if not isinstance(key, str):
            raise self.unknown(key)
        known = self._in_force.get(key)
        if known is not None and time.monotonic() - known.read_at < STATE_LIVES:
            return known
        state = self.store.experiment(key)
        self.spooling.begin_replay()
        if known is not None and state == known.state and state is not None:
            known.read_at = time.monotonic()
            return known
        fresh = InForce(lifecycle.definition_in_force(self, key, state), state)
        self._in_force[key] = fresh
        return fresh

    def spoolable(self, key: str) -> InForce | None:
        """What can be assigned by while the database is away; None where the usual message must do.

        Arms of a sealed list cannot be drawn without the database, nor those of a definition that this
        process has not read.
        """
        force = self._in_force.get(key)
        if not self.spooling.keeps or self.settings.spool is None or force is None:
            return None
        return force if force.status == "running" and not force.experiment.randomize.blocked else None

    def pseudonym(self, id: str) -> str:
        """What stands for an id in the database, also while that is away."""
        return pseudonym(id, secret=self.settings.secret)

    def experiment_without_store(self, key: str) -> Experiment:
        """The best definition known while the database does not answer."""
        known = self._in_force.get(key)
        return known.experiment if known else self.load(key)

    def forget_state(self, key: str) -> None:
        """Makes the next call read the experiment's state again."""
        self._in_force.pop(key, None)

    def state(self, key: str) -> ExperimentState | None:
        """What the store knows of an experiment; None for a draft."""
        return self.in_force(key).state

    def status(self, key: str) -> str:
        """`draft`, `running`, `paused` or `stopped`."""
        return self.in_force(key).status

    def unknown(self, key: object) -> UnknownExperiment:
        """The error for a key that no experiment has."""
        names = set(self.discover().experiments)
        with suppress(StoreUnavailable):  # a misspelt key is told as such while the database is down, too
            names |= {state.key for state in self.store.experiments()}
        where = (
            f" (looked in {self.experiments_folder}: {len(names)} experiments)"
            if self.experiments_folder
            else ""
        )
        return UnknownExperiment(
            f"no experiment {key!r}. {nearest(str(key), names, what='experiments')}{where}"
        )

    # Assigning

    def assign(
        self,
        key: str,
        unit_id: Id,
        /,
        *,
        delay: timedelta | None = None,
        promised_at: datetime | None = None,
        at: datetime | None = None,
        channel: str | None = None,
        locale: str | None = None,
        timezone: str | None = None,
        cluster: Id | None = None,
        strata: Mapping[str, Any] | None = None,
        covariates: Mapping[str, Any] | None = None,
        incident: Id | None = None,
        test: bool = False,
        arm: str | None = None,
        **slots: Any,
    ) -> Assignment:
        """Gives a unit its arm and the words to send; the record is durable before the words are returned.

        A crash between recording and sending then leaves a unit that counts and can be sent again,
        never a customer who read a sentence nobody knows of.

        Args:
            key: The experiment's key.
            unit_id: The unit's id in your own system; stored as a keyed pseudonym only.
            delay: How late the service is; or `promised_at`, when it was promised.
            at: When the call counts; now by default.
            channel: The customer's channel, such as `email`.
            locale: The customer's language, such as `id`.
            timezone: The customer's IANA zone, for the greeting.
            cluster: The cluster's id, where the experiment declares one.
            strata: The strata's values, where the experiment declares some.
            covariates: What was known of the unit before this call.
            incident: The parcel, visit or ticket, which tells a new incident from a retry.
            test: A rehearsal: recorded, never counted.
            arm: Forces an arm, with `test=True` only.
            **slots: The values of the texts' slots.

        Raises:
            UnknownExperiment: naming the nearest key.
            UsageError: for a missing slot, a misspelt keyword, a naive time and the like.
        """
        return self.assign_as(
            "python",
            key,
            unit_id,
            delay=delay,
            promised_at=promised_at,
            at=at,
            channel=channel,
            locale=locale,
            timezone=timezone,
            cluster=cluster,
            strata=strata,
            covariates=covariates,
            incident=incident,
            test=test,
            arm=arm,
            **slots,
        )

    def assign_as(self, sender: str, key: str, unit_id: Id, /, **arguments: Any) -> Assignment:
        """`assign` on behalf of a named sender, such as an API key's name; the tally keeps senders apart."""
        wish = self._wish(key, sender, unit_id, arguments)
        try:
            return self._assigning.record(wish)
        except StoreUnavailable as trouble:
            return self._turn_did_not_come(wish, trouble)

    async def assign_async(self, key: str, unit_id: Id, /, **arguments: Any) -> Assignment:
        """`assign` without blocking the event loop, and without a thread for every call that waits."""
        return await self.assign_as_async("python", key, unit_id, **arguments)

    async def assign_as_async(self, sender: str, key: str, unit_id: Id, /, **arguments: Any) -> Assignment:
        """`assign_async` on behalf of a named sender, such as an API key's name."""
        wish = self._wish(key, sender, unit_id, arguments)
        try:
            return await self._assigning.record_async(wish)
        except StoreUnavailable as trouble:
            return self._turn_did_not_come(wish, trouble)

    def waiting(self, queue: str) -> int:
        """How many calls wait for the database: to `assign`, or to `record` what came after."""
        if queue == "assign":
            return self._assigning.waiting
        return 0 if self._store is None else self._store.waiting

    def _wish(self, key: str, sender: str, unit_id: Id, arguments: dict[str, Any]) -> Wish:
        if not isinstance(key, str):
            raise self.unknown(key)
        if "unit_id" in arguments:
            raise UsageError(
                "unit_id=…: the unit's id is the second argument, and no text has a slot of that name."
            )
        return Wish(key, sender, {**arguments, "unit_id": unit_id})

    def _turn_did_not_come(self, wish: Wish, trouble: StoreUnavailable) -> Assignment:
        [answer] = assign_rows(self, wish.key, [wish.arguments], [wish.sender], trouble=trouble)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def assign_many(
        self,
        key: str,
        rows: Iterable[Id | Mapping[str, Any]],
        *,
        chunk: int = 10_000,
        sender: str = "python",
        **shared: Any,
    ) -> Iterator[Assignment]:
        """Assigns many units, one transaction per chunk; safe to run again.

        Args:
            key: The experiment's key.
            rows: Unit ids, or mappings with `unit_id`, any argument of `assign` and the slots.
            chunk: Rows per transaction.
            sender: Who sends, kept apart in the tally.
            **shared: Arguments of `assign` that all rows share.

        Yields:
            One `Assignment` per row, in order.

        Raises:
            UsageError: naming the row (counted from 1), before anything of its chunk is recorded.
        """
        if isinstance(chunk, bool) or not isinstance(chunk, int) or chunk < 1:
            raise UsageError(f"chunk={chunk!r}: a whole number of rows, 1 or more, is needed.")
        remaining = enumerate(rows, start=1)
        while batch := list(islice(remaining, chunk)):
            experiment, trouble = self.definition(key)
            calls = [self._read_row(experiment, n, row, shared, sender) for n, row in batch]
            yield from assign_calls(self, key, calls, trouble=trouble)

    def assign_each(
        self, key: str, rows: Iterable[Mapping[str, Any]], *, sender: str = "python"
    ) -> list[Assignment | UsageError]:
        """Assigns the rows that break no rule, in one transaction; the others come back as their error.

        Args:
            key: The experiment's key.
            rows: Mappings with `unit_id`, any argument of `assign` and the slots.
            sender: Who sends, kept apart in the tally.

        Raises:
            UnknownExperiment: naming the nearest key.
        """
        given = list(rows)
        return assign_rows(self, key, given, [sender] * len(given))

    def _read_row(
        self,
        experiment: Experiment,
        number: int,
        row: Id | Mapping[str, Any],
        shared: Mapping[str, Any],
        sender: str,
    ) -> Call:
        arguments = {**shared, **row} if isinstance(row, Mapping) else {**shared, "unit_id": row}
        if "unit_id" not in arguments:
            raise UsageError(f"row {number}: no unit_id among {sorted(map(str, arguments))}.")
        odd = next((name for name in arguments if not isinstance(name, str)), None)
        if odd is not None:
            raise UsageError(f"row {number}: {odd!r} is no name of an argument or slot.")
        try:
            unit_id = arguments.pop("unit_id")
            return read_call(experiment, unit_id, self.clock(), self.settings.locale, sender, **arguments)
        except UsageError as error:
            raise UsageError(f"row {number}: {error}") from None

    def definition(self, key: str) -> tuple[Experiment, StoreUnavailable | None]:
        """What calls are checked against; with the trouble, so that nobody waits for it twice."""
        try:
            return self.in_force(key).experiment, None
        except StoreUnavailable as error:
            return self.experiment_without_store(key), error

    def survey_url(self, experiment: Experiment, nonce: str) -> str:
        """The unit's own survey link: our page, or the outside form of the definition."""
        token = tokens.sign(self.settings.secret, nonce)
        if isinstance(experiment.survey, str):
            return experiment.survey.replace("{token}", token)
        return f"{self.settings.public_url}/s/{token}"

    def explain(
        self, key: str, unit_id: Id, *, cluster: Id | None = None, incident: Id | None = None
    ) -> Explanation:
        """Why a unit has its arm; see `amends.lab.explaining.explain`."""
        from amends.lab.explaining import explain

        return explain(self, key, unit_id, cluster=cluster, incident=incident)

    def print_cards(self, key: str, n: int, *, strata: Mapping[str, str] | None = None) -> list[Card]:
        """Numbered cards to hand out in person; see `amends.lab.cards.print_cards`."""
        from amends.lab.cards import print_cards

        return print_cards(self, key, n, strata=strata)

    def hand_out(self, key: str, code: str, /, **arguments: Any) -> Assignment:
        """Assigns the card that a customer gets now; see `amends.lab.cards.hand_out`."""
        return self.hand_out_as("card", key, code, **arguments)

    def hand_out_as(self, sender: str, key: str, code: str, /, **arguments: Any) -> Assignment:
        """`hand_out` on behalf of a named sender, such as an API key's name."""
        from amends.lab.cards import hand_out

        return hand_out(self, sender, key, code, **arguments)

    # Recording

    def record_delivery(
        self,
        key: str,
        unit_id: Id,
        status: str,
        *,
        at: datetime | None = None,
        said: str | None = None,
        detail: str | None = None,
        idempotency_key: str | None = None,
    ) -> bool:
        """Records what became of a message: `sent`, `delivered`, `failed` or `withheld`."""
        return records.record_delivery(
            self, key, unit_id, status, at=at, said=said, detail=detail, idempotency_key=idempotency_key
        )

    def record_response(
        self,
        key: str,
        unit_id: Id | None = None,
        *,
        token: str | None = None,
        satisfaction: float | None = None,
        finished: bool = True,
        at: datetime | None = None,
        idempotency_key: str | None = None,
        **items: Any,
    ) -> StoredResponse:
        """Records a survey response; see `amends.lab.records.record_response`."""
        if satisfaction is not None:
            items = {"satisfaction": satisfaction, **items}
        return records.record_response(
            self,
            key,
            unit_id,
            token=token,
            finished=finished,
            at=at,
            idempotency_key=idempotency_key,
            items=items,
        )

    def record_responses(
        self, key: str, rows: Iterable[Mapping[str, Any]], *, chunk: int = 1_000
    ) -> Iterator[StoredResponse | RecordRefused | UsageError]:
        """Records many survey responses; see `amends.lab.response_rows.record_responses`."""
        return response_rows.record_responses(self, key, rows, chunk=chunk)

    def record_outcome(
        self,
        key: str,
        unit_id: Id,
        metric: str,
        value: float,
        *,
        at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> bool:
        """Records an outcome that needs no survey, for a metric declared with `source="outcome"`."""
        return records.record_outcome(
            self, key, unit_id, metric, value, at=at, idempotency_key=idempotency_key
        )

    def survey(self, token: str, *, at: datetime | None = None) -> survey_links.SurveyVisit | None:
        """What the survey page of a token shows; None for a forged or unknown token."""
        return survey_links.survey(self, token, at=at)

    def record_started(self, token: str, *, at: datetime | None = None) -> None:
        """Records that the survey of a token was begun (a POST, never a GET)."""
        survey_links.record_started(self, token, at=at)

    # The log of delays

    def record_event(
        self,
        incident: Id,
        /,
        *,
        customer: Id | None = None,
        channel: str | None = None,
        received_at: datetime | None = None,
        promised_at: datetime | None = None,
        answered_at: datetime | None = None,
        arrived_at: datetime | None = None,
        closed_at: datetime | None = None,
        agent: Id | None = None,
        mailbox: str | None = None,
        timezone: str | None = None,
        replace: bool = False,
    ) -> bool:
        """Tells the log of delays of an incident, as often as there is something new to tell.

        What a later call leaves open stays. Of two times the earlier stands: the first reply, the first
        promise; so retries and calls out of order change nothing.

        Args:
            incident: The mail, chat, parcel or order, by your own id; like `customer` and `agent` stored
                as a keyed pseudonym only.
            customer: Whose it is, so that `amends erase` reaches it.
            channel: `email`, `chat`, `social` or your own word; it has a target.
            received_at: When the customer wrote.
            promised_at: When it was promised; takes the place of the channel's target.
            answered_at: When the first answer went out; for a parcel `arrived_at`.
            arrived_at: Another word for `answered_at`.
            closed_at: When it was closed without an answer.
            agent: Who answered.
            mailbox: A shared mailbox's name, stored as given: never a person's address.
            timezone: The customer's IANA zone, which tells weekdays from weekends.
            replace: What this call says takes the place of what is stored: to correct a mistake.

        Returns:
            Whether the incident is new in the log.

        Raises:
            UsageError: for a naive time, an answer before the receipt, no time at all.
            StoreUnavailable: when the database does not answer.
        """
        told = {
            "customer": customer,
            "channel": channel,
            "received_at": received_at,
            "promised_at": promised_at,
            "answered_at": answered_at,
            "arrived_at": arrived_at,
            "closed_at": closed_at,
            "agent": agent,
            "mailbox": mailbox,
            "timezone": timezone,
        }
        return service_log.record_event(self, incident, told, replace=replace)

    def service_log(
        self, *, at: datetime | None = None, timezone: str = "UTC", agents: Iterable[Id] = ()
    ) -> ServiceLog:
        """The log of delays: median, nine in ten, share late by channel and kind of day, who waits now.

        Args:
            at: As things stood then; now by default.
            timezone: The IANA zone of incidents that have none of their own.
            agents: Ids of agents, to be named instead of their pseudonyms.
        """
        return service_log.service_log(self, at=at, timezone=timezone, agents=agents)

    def late_now(
        self,
        rows: Iterable[Id | Mapping[str, Any]],
        *,
        channel: str | None = None,
        by: timedelta = timedelta(0),
        at: datetime | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Those of your own rows whose incident is late now, for `assign_many`.

        The log knows pseudonyms only, so you bring the ids and the slots; each row that is late comes
        back with `promised_at`, when it was due.

        Args:
            rows: Mappings with `incident`, or bare ids that are unit and incident at once.
            channel: Only this channel.
            by: Only those at least this late.
            at: As things stood then; now by default.
        """
        return service_log.late_now(self, rows, channel=channel, by=by, at=at)

    def delay_of(self, incident: Id, *, at: datetime | None = None) -> timedelta | None:
        """How late an incident is now; None where it is unknown, was answered or closed, or is not due."""
        return service_log.delay_of(self, incident, at=at)

    def response_targets(self) -> tuple[Target, ...]:
        """Every channel's target beside published averages."""
        return service_log.targets(self)

    def set_response_targets(self, given: Mapping[str, timedelta | None]) -> None:
        """Sets channels' targets; None goes back to the default. The whole log is judged by them."""
        service_log.set_targets(self, given)

    # Lifecycle

    # `by` is who does it, for the audit; without it, the command line or a program.

    def start(
        self, key: str, *, coverage: object = None, simulated: bool = False, by: str | None = None
    ) -> ExperimentState:
        """Starts a draft and freezes its definition, or resumes a paused experiment."""
        return lifecycle.start(self, key, coverage=coverage, simulated=simulated, by=by)

    def pause(self, key: str, *, by: str | None = None) -> ExperimentState:
        """Stops assigning new units; those assigned keep their arm and may be sent again."""
        return lifecycle.pause(self, key, by=by)

    def stop(self, key: str, *, then: str | None = None, by: str | None = None) -> ExperimentState:
        """Ends the experiment; `then` names the arm whose message everybody gets from now on, unrecorded."""
        return lifecycle.stop(self, key, then=then, by=by)

    def unmask(self, key: str, *, reason: str, by: str | None = None) -> AuditEntry:
        """Shows the arms of a masked experiment before its stop; see `amends.lab.masking.unmask`."""
        return masking.unmask(self, key, reason=reason, by=by)

    def hides_arms(self, key: str) -> bool:
        """Whether letters stand for the arms in every report now."""
        return masking.hides_arms(self, key)

    def ramp(self, key: str, coverage: object, *, by: str | None = None) -> ExperimentState:
        """Raises the share of eligible units that take part."""
        return lifecycle.ramp(self, key, coverage, by=by)

    def changed(self, key: str) -> tuple[str, ...]:
        """The fields in which the file differs from the definition frozen at start."""
        return lifecycle.changed(self, key)

    def checklist(self, key: str) -> list[before_start.ChecklistItem]:
        """What to look at before starting."""
        return before_start.checklist(self, key)

    # Reading

    def tally(self, key: str) -> Tally:
        """The counts per arm as they stand now."""
        return reading.tally(self, key)

    def analyze(self, key: str) -> Report:
        """The report of an experiment as its data stand now."""
        return reading.analyze(self, key)

    def live(self, key: str) -> Report:
        """The report from the counts alone, for a page that is drawn again and again.

        Its figures, verdicts and sentences are those of `analyze`; see `amends.lab.live.live` for what is
        left for later.
        """
        from amends.lab.live import live

        return live(self, key)

    def pool(self, keys: Iterable[str] | None = None, **asked: Any) -> PooledExperiments:
        """Several finished experiments together; see `amends.lab.pooling.pool`."""
        return pooling.pool(self, keys, **asked)

    def preregistration(self, key: str) -> Preregistration:
        """The frozen definition as answers to a registry's usual questions; a draft's as it is now."""
        return reading.preregistered(self, key)

    def turned_away(self, key: str) -> list[tuple[str, str, int]]:
        """How many calls were turned away, by status and reason."""
        return self.store.turned_away(key)

    def overview(self) -> list[reading.Overview]:
        """A line per experiment for lists."""
        return reading.overview(self)

    def warm_up(self) -> None:
        """Reads the experiments and asks the database once, so that the first customer does not wait."""
        for key in self.discover().experiments:
            self.in_force(key)

    def close(self) -> None:
        """Answers who still waits, then closes the database."""
        self._assigning.drain()
        self.spooling.drain()
        if self._store is not None:
            self._store.close()


def _says(experiment: Experiment, slot: str) -> bool:
    invited = None if experiment.invitation is None else experiment.invitation.text
    texts = (experiment.notice, experiment.otherwise, invited, *(arm.text for arm in experiment.arms))
    return any(wording is not None and slot in wording.slots for wording in texts)


def _key(experiment: Experiment) -> str:
    if not experiment.key:
        raise UsageError(
            "an experiment without a key: give it one, for instance Experiment(key='late_parcel', …)."
        )
    return experiment.key
