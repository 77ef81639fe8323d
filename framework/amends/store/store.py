"""The one door to the database: what the rest of the product may ask of it, each in one line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from amends.errors import NeverAssigned, RecordRefused, UnknownExperiment
from amends.store import (
    answer_checks,
    auditing,
    cards,
    consenting,
    counting,
    enrolling,
    exporting,
    finding,
    forgetting,
    idempotency,
    importing,
    keys,
    lifecycle,
    mailing,
    on_record,
    outcomes,
    planned,
    pruning,
    pseudonyms,
    reading,
    recording,
    redeeming,
    responses,
    schema,
    segments,
    service_events,
    short_way,
    syncing,
    traces,
    unit_checks,
    unit_groups,
    unit_rows,
    verifying,
    webhooks,
)
from amends.store.batches import Work, write_together
from amends.store.consenting import Read
from amends.store.engine import Database
from amends.store.finding import Wanted
from amends.store.mail_values import Letter, StoredMail
from amends.store.on_record import OnRecord
from amends.store.outcomes import NewOutcome
from amends.store.recorder import Recorder
from amends.store.recording import Whose
from amends.store.responses import NewResponse
from amends.store.service_values import ServiceEvent
from amends.store.tallying import Tallying
from amends.store.values import (
    ApiKey,
    AuditEntry,
    Discrepancy,
    Enrolment,
    ExperimentState,
    Export,
    Finished,
    MetricSpec,
    Stored,
    StoredConsent,
    StoredResponse,
    TurnedAwayKey,
    Webhook,
    as_utc,
    utc_now,
)
from amends.tally import Tally

Answer = TypeVar("Answer")

RESPONSE_BEFORE_ASSIGNMENT = "response_before_assignment"


class Store:
    """Everything that is written down about experiments.

    Every method is one short transaction, durable when it returns, and safe to call from any thread;
    a store may be carried over a fork. Units, clusters and incidents are named by pseudonym.
    Operational trouble is always `StoreUnavailable`.

    >>> store = Store.open("sqlite://", secret=b"0123456789abcdef")
    >>> store.experiments()
    []
    >>> store.close()
    """

    def __init__(self, database: Database, *, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._secret = secret
        self._clock = clock
        self._recorder: Recorder[Work, Any] = Recorder(
            partial(write_together, database), timeout=database.timeout
        )

    @classmethod
    def open(
        cls,
        url: str,
        *,
        secret: bytes,
        timeout: float = 5.0,
        clock: Callable[[], datetime] = utc_now,
        migrate: bool = True,
    ) -> Store:
        """Opens a database, creating or updating its tables.

        Args:
            url: SQLAlchemy URL, for instance `sqlite:///amends.db`; `sqlite://` is in memory.
            secret: Key of the pseudonyms. A database stays with the secret it was made with.
            timeout: Seconds that any call may wait for the database.
            clock: What time it is (aware), where a call does not say.
            migrate: Update an older schema; otherwise an older schema is refused.

        Raises:
            ConfigurationError: No such database, driver or folder; another secret; a newer schema.
            StoreUnavailable: The database does not answer.
        """
        pseudonyms.fingerprint(secret)
        database = Database(url, timeout=timeout)
        try:
            schema.prepare(database, secret=secret, migrate=migrate)
        except BaseException:
            database.dispose()
            raise
        return cls(database, secret=secret, clock=clock)

    @property
    def url(self) -> str:
        """The database's URL, its password hidden."""
        return self._database.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Writes what waits to be written, then closes every connection."""
        self._recorder.drain()
        self._database.dispose()

    @property
    def waiting(self) -> int:
        """How many records wait for their turn to be written."""
        return self._recorder.waiting

    def ping(self) -> str:
        """Asks the database for its schema: it is open and answers.

        Raises:
            StoreUnavailable: It does not.
        """
        return self._database.look(lambda connection: schema.version(connection) or "")

    def pseudonym(self, id: str) -> str:
        """What stands for an id in the database."""
        return pseudonyms.pseudonym(id, secret=self._secret)

    # Lifecycle

    def experiment(self, key: str) -> ExperimentState | None:
        """A started experiment; None for a draft, or for what no experiment can be called."""
        if not key.isidentifier():
            return None
        return self._database.look(lambda connection: lifecycle.read(connection, key))

    def experiments(self) -> list[ExperimentState]:
        """Every started experiment, the earliest first."""
        return self._database.look(lambda connection: lifecycle.read_all(connection))

    def start(
        self,
        key: str,
        *,
        snapshot: Mapping[str, Any],
        fingerprint: str,
        seed: str,
        coverage: str,
        at: datetime,
        simulated: bool = False,
        centres: Mapping[str, float] | None = None,
        planned: Mapping[str, int] | None = None,
        by: str | None = None,
    ) -> ExperimentState:
        """Freezes a definition and lets it run; one that is there already is returned unchanged.

        Args:
            by: Who did it, for the audit.
            planned: Planned units per arm, kept in the audit: a later version may plan otherwise.
            centres: What the sums of metrics without a scale are taken about; by default the first value.
        """
        state = ExperimentState(
            key, "running", snapshot, fingerprint, seed, coverage, as_utc(at), simulated=simulated
        )
        return self._database.write(
            lambda connection: lifecycle.start(
                connection, state, centres=centres or {}, planned=planned, by=by
            )
        )

    def set_status(
        self, key: str, status: str, *, at: datetime, then_arm: str | None = None, by: str | None = None
    ) -> ExperimentState:
        """Pauses, resumes (`running`) or stops.

        Raises:
            UnknownExperiment: It was never started.
            StateError: It is stopped, or there is no such status.
        """
        return self._database.write(
            lambda connection: lifecycle.set_status(connection, key, status, at=at, then_arm=then_arm, by=by)
        )

    def set_coverage(
        self, key: str, coverage: str, *, at: datetime, by: str | None = None
    ) -> ExperimentState:
        """Raises the share of units taken in.

        Raises:
            UnknownExperiment: It was never started.
            StateError: It would be lowered, or the experiment is stopped.
        """
        return self._database.write(
            lambda connection: lifecycle.set_coverage(connection, key, coverage, at=at, by=by)
        )

    def audit(
        self,
        action: str,
        *,
        key: str | None = None,
        detail: Mapping[str, Any],
        at: datetime,
        by: str | None = None,
    ) -> None:
        """Adds an entry to the audit; `start`, `set_status`, `set_coverage` and others do so themselves."""
        told = auditing.told_by(detail, by)
        self._database.write(
            lambda connection: auditing.write(connection, action, key=key, detail=told, at=at)
        )

    def audit_log(self, key: str | None = None) -> list[AuditEntry]:
        """Every entry, or one experiment's, in the order they were written."""
        return self._database.look(lambda connection: auditing.read(connection, key))

    def reserve_cards(self, key: str, n: int, *, strata: Mapping[str, Any], at: datetime) -> int:
        """The first of `n` card numbers that nobody else gets.

        Raises:
            UnknownExperiment: It was never started.
        """
        return self._database.write(
            lambda connection: cards.reserve(connection, key, n, strata=strata, at=at)
        )

    def printed_cards(self, key: str) -> list[tuple[int, int, dict[str, str]]]:
        """Every print run of cards: first number, last number, strata."""
        return self._database.look(lambda connection: cards.printed(connection, key))

    # Assigning

    def find(
        self, key: str, *, unit: str, incident: str | None = None, at: datetime | None = None
    ) -> Stored | None:
        """A unit's assignment; None where it has none.

        An incident that is not stored has `incident_number` 0; with `at` it is stored and numbered.
        """
        stored = self._database.look(lambda connection: finding.find(connection, key, unit, incident))
        if stored is None or stored.incident_number or incident is None or at is None:
            return stored
        found = stored
        return self._database.write(
            lambda connection: enrolling.know_incident(connection, found, incident, at)
        )

    def look_up(
        self, key: str, wanted: Sequence[Wanted], *, also_asked: Iterable[str] = ()
    ) -> tuple[list[Stored | None], set[str]]:
        """The assignments of many (unit, incident), in order, and who of those without one opted out.

        Args:
            also_asked: Clusters and other pseudonyms to look for among those who opted out.
        """
        others = set(also_asked)
        if len(wanted) == 1 and not others and self._database.has_short_way:
            unit = wanted[0][0]
            out = short_way.opted_out(self._database, key, unit)
            if out is not None:
                return [None], {unit} if out else set()

        def look(connection: Connection) -> tuple[list[Stored | None], set[str]]:
            found = finding.find_many(connection, key, wanted)
            new = {unit for (unit, _), stored in zip(wanted, found, strict=True) if stored is None}
            return found, counting.opted_out(connection, new | others) if new else set()

        return self._database.look(look)

    def find_many(self, key: str, wanted: Sequence[Wanted]) -> list[Stored | None]:
        """The assignments of many (unit, incident), in order; stores nothing."""
        return self._database.look(lambda connection: finding.find_many(connection, key, wanted))

    def on_record(self, number: int) -> OnRecord | None:
        """How an assignment was judged, and where on the sealed list it stands."""
        return self._database.look(lambda connection: on_record.read(connection, number))

    def cluster_arm(self, key: str, cluster: str) -> str | None:
        """The arm that a cluster has; None for one that nobody met."""
        return self._database.look(lambda connection: on_record.cluster_arm(connection, key, cluster))

    def enrol(self, key: str, enrolments: Sequence[Enrolment]) -> list[Stored]:
        """Gets or creates the assignments of many units in one transaction, in order.

        The store does not ask for the experiment's status: whoever enrols has done so.

        Raises:
            UnknownExperiment: It was never started.
            UsageError: A time without zone; neither an arm nor a way to draw one.
        """
        if not enrolments:
            return []
        if len(enrolments) == 1 and self._database.has_short_way:
            stored = short_way.enrol(self._database, key, enrolments[0])
            if stored is not None:
                return [stored]
        try:
            return self._database.write(lambda connection: enrolling.enrol(connection, key, enrolments))
        except IntegrityError:
            if self.experiment(key) is None:
                raise UnknownExperiment(
                    f"the experiment {key!r} has not been started. Start it: amends start {key}"
                ) from None
            raise

    def by_token(self, nonce: str) -> Stored | None:
        """The assignment behind a survey link; its `experiment` says of which experiment."""
        return self._database.look(lambda connection: finding.find_by_nonce(connection, nonce))

    def by_tokens(self, nonces: Iterable[str]) -> dict[str, Stored]:
        """The assignments behind many survey links, by nonce; without those that no assignment has."""
        return self._database.look(lambda connection: finding.find_by_nonces(connection, nonces))

    def opted_out(self, unit: str) -> bool:
        """Whether a unit asked to be left out of every experiment."""
        return bool(self.opted_out_of([unit]))

    def opted_out_of(self, units: Iterable[str]) -> set[str]:
        """Those of the units that asked to be left out."""
        return self._database.look(lambda connection: counting.opted_out(connection, units))

    def anybody_opted_out(self) -> bool:
        """Whether there is anyone to leave out at all."""
        return self._database.look(counting.anybody_opted_out)

    def opt_out(self, unit: str, *, at: datetime | None = None) -> bool:
        """Leaves a unit out of every experiment; False where it was before. The audit keeps the time."""
        when = at or self._clock()
        return self._database.write(lambda connection: counting.opt_out(connection, unit, at=when))

    def count_turned_away(self, key: str, counts: Mapping[TurnedAwayKey, int]) -> None:
        """Adds to the counts of those not enrolled, by (status, reason, UTC day)."""
        if counts:
            self._database.write(lambda connection: counting.turn_away(connection, key, counts))

    def turned_away(self, key: str) -> list[tuple[str, str, int]]:
        """How many were turned away, by status and reason."""
        return self._database.look(lambda connection: counting.turned_away(connection, key))

    # Recording

    def record_delivery(
        self,
        key: str,
        *,
        unit: str,
        status: str,
        at: datetime,
        said: str | None = None,
        detail: str | None = None,
        idempotency_key: str | None = None,
        told_at: datetime | None = None,
    ) -> bool:
        """Stores a delivery; False where exactly this one is stored already.

        Args:
            told_at: `at`, where the sender said it; part of what the idempotency key stands for.

        Raises:
            NeverAssigned: The unit has no assignment.
            RecordRefused: No such status.
            KeyReused: The idempotency key came with another content before.
        """
        now = self._clock()
        return self._record(
            (key, unit),
            lambda connection, tallying: recording.delivery(
                connection,
                tallying,
                key,
                Whose(unit),
                status,
                at=at,
                said=said,
                detail=detail,
                idempotency_key=idempotency_key,
                now=now,
                told_at=told_at,
            ),
        )

    def record_started(
        self, key: str, *, at: datetime, unit: str | None = None, assignment_id: str | None = None
    ) -> bool:
        """Stores that the survey was begun; False where it was before.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        whose = Whose(unit, assignment_id)
        return self._record(
            (key, unit or "", assignment_id or ""),
            lambda connection, tallying: recording.started(connection, tallying, key, whose, at=at),
        )

    def record_consent(
        self, key: str, *, assignment_id: str, agreed: bool, read: Read, at: datetime
    ) -> StoredConsent:
        """Stores whether a unit takes part; what stands now. One that had agreed withdraws by refusing.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        decide = consenting.agree if agreed else consenting.refuse
        whose = Whose(None, assignment_id)
        return self._record(
            (key, "", assignment_id),
            lambda connection, tallying: decide(connection, tallying, key, whose, read=read, at=at),
        )

    def record_withdrawal(self, key: str, *, assignment_id: str, at: datetime) -> StoredConsent:
        """Takes a unit's answers away for good, and out of the tally; that it was assigned stays.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        whose = Whose(None, assignment_id)
        return self._record(
            (key, "", assignment_id),
            lambda connection, tallying: consenting.withdraw(connection, tallying, key, whose, at=at),
        )

    def record_debriefing(self, key: str, *, assignment_id: str, read: Read, at: datetime) -> StoredConsent:
        """Stores which debriefing a unit was shown, the first time.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        whose = Whose(None, assignment_id)
        return self._record(
            (key, "", assignment_id),
            lambda connection, tallying: consenting.debriefed(
                connection, tallying, key, whose, read=read, at=at
            ),
        )

    def read_survey(
        self, key: str, *, assignment_id: str
    ) -> tuple[StoredResponse | None, StoredConsent | None]:
        """What a unit answered and decided so far.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        with self._database.read() as connection:
            return consenting.read_survey(connection, key, Whose(None, assignment_id))

    def record_response(
        self,
        key: str,
        *,
        at: datetime,
        finished: bool,
        unit: str | None = None,
        assignment_id: str | None = None,
        ratings: Mapping[str, float] | None = None,
        answers: Mapping[str, Any] | None = None,
        late: bool = False,
        idempotency_key: str | None = None,
        told_at: datetime | None = None,
        form: str | None = None,
    ) -> StoredResponse:
        """Stores a response; where a finished one is stored already, answers with that.

        Args:
            form: Digest of the page's form that finishes it.

        Raises:
            NeverAssigned: The unit has no assignment; that is counted with those turned away.
            RecordRefused: The idempotency key came with another content before, or the unit takes no part.
        """
        now = self._clock()
        try:
            return self._record(
                (key, unit or "", assignment_id or ""),
                lambda connection, tallying: recording.response(
                    connection,
                    tallying,
                    key,
                    Whose(unit, assignment_id),
                    finished=finished,
                    ratings=ratings or {},
                    answers=answers or {},
                    at=at,
                    late=late,
                    idempotency_key=idempotency_key,
                    now=now,
                    told_at=told_at,
                    form=form,
                ),
            )
        except NeverAssigned:
            place = (RESPONSE_BEFORE_ASSIGNMENT, "no arm was ever given", as_utc(at).date())
            self.count_turned_away(key, {place: 1})
            raise

    def record_responses(self, key: str, rows: Sequence[NewResponse]) -> list[StoredResponse | RecordRefused]:
        """Stores many responses in one transaction; in order, what stands for each or why it was refused."""
        now = self._clock()
        return self._database.write(lambda connection: responses.responses(connection, key, rows, now=now))

    def response(
        self, key: str, *, unit: str | None = None, assignment_id: str | None = None
    ) -> StoredResponse | None:
        """What is stored for a unit's survey; None where it has not begun.

        Raises:
            NeverAssigned: The unit has no assignment.
        """
        return self._database.look(
            lambda connection: recording.read_response(connection, key, Whose(unit, assignment_id))
        )

    def record_outcome(
        self,
        key: str,
        *,
        unit: str,
        metric: str,
        value: float,
        at: datetime,
        late: bool = False,
        idempotency_key: str | None = None,
        told_at: datetime | None = None,
    ) -> bool:
        """Stores an outcome's value; False where an earlier value stands (0 gives way to a later one).

        Raises:
            NeverAssigned: The unit has no assignment.
            RecordRefused: The idempotency key came with another content before.
        """
        now = self._clock()
        return self._record(
            (key, unit),
            lambda connection, tallying: recording.outcome(
                connection,
                tallying,
                key,
                Whose(unit),
                metric=metric,
                value=value,
                at=at,
                late=late,
                idempotency_key=idempotency_key,
                now=now,
                told_at=told_at,
            ),
        )

    def record_outcomes(self, key: str, rows: Sequence[NewOutcome]) -> int:
        """Stores many outcomes in one transaction; how many are new. Earlier values stand."""
        return self._database.write(lambda connection: outcomes.outcomes(connection, key, rows))

    def _record(self, place: tuple[str, ...], run: Callable[[Connection, Tallying], Answer]) -> Answer:
        """Writes a record, together with those of other callers that wait at the same time."""
        answer: Answer = self._recorder.record(Work(place, run))
        return answer

    def redeem_codes(self, key: str, marks: Sequence[str], *, at: datetime) -> set[str]:
        """Stores digests of completion codes; those that were not redeemed before."""
        if not marks:
            return set()
        return self._database.write(lambda connection: redeeming.redeem(connection, key, marks, at=at))

    # Reading

    def read_tally(
        self,
        key: str,
        *,
        arms: Sequence[str],
        metrics: Sequence[MetricSpec],
        matured_before: date | None = None,
    ) -> Tally:
        """The counts per arm; days before `matured_before` are matured (None: every day)."""
        as_of = self._clock()
        return self._database.look(
            lambda connection: reading.read_tally(
                connection, key, arms=arms, metrics=metrics, matured_before=matured_before, as_of=as_of
            )
        )

    def first_units(
        self,
        key: str,
        *,
        per_arm: Mapping[str, int],
        metrics: Sequence[MetricSpec],
        matured_before: date | None = None,
    ) -> Tally:
        """The same counts over exactly the first matured units of each arm, in order of assignment."""
        as_of = self._clock()
        return self._database.look(
            lambda connection: planned.first_units(
                connection, key, per_arm=per_arm, metrics=metrics, matured_before=matured_before, as_of=as_of
            ),
            long=True,
        )

    def planned_day(
        self, key: str, *, per_arm: Mapping[str, int], matured_before: date | None = None
    ) -> date | None:
        """The day on which the last arm reached its number; None where one has not."""
        return self._database.look(
            lambda connection: planned.last_day(connection, key, per_arm, matured_before), long=True
        )

    def tally_until(self, key: str, last: date) -> tuple[Any, ...]:
        """Everything that the tally holds of the days up to one: equal while nothing about them changed."""
        return self._database.look(lambda connection: planned.tally_until(connection, key, last))

    def units(
        self,
        key: str,
        *,
        matured_before: date | None = None,
        answers: Collection[str] = (),
    ) -> dict[str, list[Any]]:
        """Matured units as columns, in order of assignment; see `amends.store.unit_rows.unit_columns`."""
        return self._database.look(
            lambda connection: unit_rows.unit_columns(
                connection, key, matured_before=matured_before, answers=answers
            ),
            long=True,
        )

    def unit_groups(
        self,
        key: str,
        *,
        matured_before: date | None = None,
        rated: Collection[str] = (),
        outcomes: Collection[str] = (),
    ) -> dict[str, list[Any]]:
        """Matured units that are alike, counted; see `amends.store.unit_groups.unit_groups`."""
        return self._database.look(
            lambda connection: unit_groups.unit_groups(
                connection, key, matured_before=matured_before, rated=rated, outcomes=outcomes
            ),
            long=True,
        )

    def segments(
        self,
        key: str,
        *,
        parts: Collection[str],
        weekend: bool,
        arms: Sequence[str],
        metrics: Sequence[MetricSpec],
        matured_before: date | None = None,
    ) -> dict[str, dict[str, Tally]]:
        """Counts of matured units within segments; see `amends.store.segments.segments`."""
        return self._database.look(
            lambda connection: segments.segments(
                connection,
                key,
                parts=parts,
                weekend=weekend,
                arms=arms,
                metrics=metrics,
                matured_before=matured_before,
            ),
            long=True,
        )

    def unit_checks(
        self,
        key: str,
        *,
        covariates: Collection[str] = (),
        customer: str = "unit",
        clustered: bool = False,
        within_days: int = 30,
        matured_before: date | None = None,
    ) -> dict[str, Any]:
        """What the data checks ask of the assignments: counts per arm by name.

        Args:
            key: The experiment's key.
            covariates: Names of what was known before the message.
            customer: The column that names the customer; `cluster` where incidents are the units.
            clustered: Whether units share arms by cluster.
            within_days: How far back other experiments are looked at.
            matured_before: The first day that has not matured; None where every day counts.
        """
        return self._database.look(
            lambda connection: {
                **unit_checks.assigned(connection, key),
                **unit_checks.audited(connection, key),
                "incidents": unit_checks.several_incidents(connection, key),
                "elsewhere": unit_checks.in_other_experiments(
                    connection, key, within_days=within_days, customer=customer
                ),
                "covariates": unit_checks.covariate_values(connection, key, covariates),
                "opted_out": unit_checks.opted_out_since(connection, key),
                "apart": unit_checks.clusters_apart(connection, key) if clustered else None,
                "waiting": unit_checks.waiting_by_cluster(connection, key, matured_before=matured_before)
                if clustered
                else [],
                "carried": unit_checks.first_and_later(connection, key, matured_before=matured_before)
                if customer == "cluster"
                else {},
            },
            long=True,
        )

    def answer_checks(
        self,
        key: str,
        *,
        rated: Mapping[str, answer_checks.Scale],
        answered: Mapping[str, answer_checks.Scale] = MappingProxyType({}),
        alike: Sequence[str] = (),
        too_fast: float,
        tolerance: float | None = None,
    ) -> dict[str, Any]:
        """What the data checks ask of the answers; see `amends.store.answer_checks.answers`."""
        return self._database.look(
            lambda connection: answer_checks.answers(
                connection,
                key,
                rated=rated,
                answered=answered,
                alike=alike,
                too_fast=too_fast,
                tolerance=tolerance,
            ),
            long=True,
        )

    def set_aside(self, key: str) -> int:
        """How many test and forced assignments there are, which no count holds."""
        return self._database.look(lambda connection: reading.set_aside(connection, key))

    def cells(self, key: str) -> list[dict[str, Any]]:
        """The tally cell by cell, for segments and trends."""
        return self._database.look(lambda connection: reading.cells(connection, key))

    def assigned_within(
        self, key: str, *, clusters: bool = False, by: Sequence[str] = ("day", "channel", "sender")
    ) -> dict[tuple[str, str], dict[str, int]]:
        """Units (or clusters) per arm within each `("day" | "channel" | "sender" | …, which one)`."""
        return self._database.look(
            lambda connection: reading.assigned_within(connection, key, clusters=clusters, by=by)
        )

    def daily(self, key: str) -> list[tuple[date, str, int, int]]:
        """UTC day, arm, assigned, completed."""
        return self._database.look(lambda connection: reading.daily(connection, key))

    def verify(self, key: str | None = None) -> list[Discrepancy]:
        """Recounts from the rows; empty when tally, sealed lists and constraints agree with them."""
        return self._database.look(lambda connection: verifying.verify(connection, key), long=True)

    def dealt(self, key: str) -> list[tuple[str, int, str]]:
        """Positions taken from the sealed lists, as (stratum, position, stored arm)."""
        return self._database.look(lambda connection: list(verifying.dealt(connection, key)), long=True)

    # Whole experiments

    def already_stored(self, key: str, units: Iterable[str]) -> set[str]:
        """Those of the units that have an assignment in this experiment."""
        return self._database.look(lambda connection: importing.already_stored(connection, key, units))

    def import_finished(
        self,
        key: str,
        rows: Iterable[Finished],
        *,
        snapshot: Mapping[str, Any],
        fingerprint: str,
        seed: str,
        at: datetime,
        coverage: str = "1",
        simulated: bool = False,
    ) -> ExperimentState:
        """Stores a finished experiment, frozen after the fact and stopped: all rows or none.

        Raises:
            RecordRefused: No rows; a unit twice or stored already; the experiment ran or runs here.
        """
        now = as_utc(at)
        state = ExperimentState(
            *(key, "stopped", snapshot, fingerprint, seed, coverage, now),
            stopped_at=now,
            after_the_fact=True,
            simulated=simulated,
        )
        finished = list(rows)
        return self._database.write(lambda connection: importing.import_finished(connection, state, finished))

    def export_rows(self, key: str) -> Export:
        """Iterators of dicts over assignments, deliveries, responses, outcomes and consents."""
        return exporting.export_rows(self._database, key)

    def snapshot(self, key: str) -> AbstractContextManager[syncing.Snapshot]:
        """One moment's view of an experiment's rows by day, for exports that go on from the last one."""
        return syncing.snapshot(self._database, key)

    def forget(self, unit: str, *, at: datetime | None = None) -> int:
        """Erases a unit from every experiment, keeping arm and ratings; how many assignments it had."""
        when = at or self._clock()
        erased = self._database.write(lambda connection: forgetting.forget(connection, unit, at=when))
        traces.wipe(self._database)
        return erased

    # Letters to mail servers

    def mail(self, key: str, units: Iterable[str]) -> dict[Letter, StoredMail]:
        """Every letter of these units that was ever claimed."""
        with self._database.read() as connection:
            return mailing.read(connection, key, units)

    def claim_mail(self, key: str, letter: Letter, *, message_id: str, enrolled: bool, at: datetime) -> bool:
        """Takes a letter into the hand before a server gets it; see `amends.store.mailing.claim`."""
        return self._database.write(
            lambda connection: mailing.claim(
                connection, key, letter, message_id=message_id, enrolled=enrolled, at=at
            )
        )

    def settle_mail(
        self, key: str, letter: Letter, state: str, *, at: datetime, detail: str | None = None
    ) -> bool:
        """What became of a claimed letter, and of its unit's delivery; see `amends.store.mailing.settle`."""
        return self._record(
            (key, letter.unit),
            lambda connection, tallying: mailing.settle(
                connection, tallying, key, letter, state, at=at, detail=detail
            ),
        )

    def withhold_mail(self, key: str, letter: Letter, *, message_id: str, at: datetime) -> bool:
        """Records that a silent unit without a notice gets no letter; False where that is known."""
        return self._record(
            (key, letter.unit),
            lambda connection, tallying: mailing.withhold(
                connection, tallying, key, letter, message_id=message_id, at=at
            ),
        )

    def bounce_mail(self, message_id: str, *, at: datetime, detail: str) -> bool | None:
        """A letter that came back; None for a strange one, False for one known to have failed."""
        return self._record(
            ("", message_id),
            lambda connection, tallying: mailing.bounce(
                connection, tallying, message_id, at=at, detail=detail
            ),
        )

    def decide_mail(
        self, key: str, units: Sequence[str], state: str, *, claimed_before: datetime, at: datetime
    ) -> int:
        """Settles by hand letters left claimed; see `amends.store.mailing.decide`."""
        return self._record(
            (key, min(units, default="")),
            lambda connection, tallying: mailing.decide(
                connection, tallying, key, units, state, claimed_before=claimed_before, at=at
            ),
        )

    # The delay and response-time log

    def record_events(
        self,
        events: Sequence[ServiceEvent],
        *,
        sender: str = "python",
        replace: bool = False,
        at: datetime | None = None,
    ) -> int:
        """Stores what is told of incidents, all or none; how many are new. See `service_events.record`."""
        when = at or self._clock()
        return self._database.write(
            lambda connection: service_events.record(
                connection, events, sender=sender, at=when, replace=replace
            )
        )

    def service_events(self) -> dict[str, list[Any]]:
        """The whole log as columns: times, channel, agent, mailbox and zone of every incident."""
        return self._database.look(lambda connection: service_events.read(connection), long=True)

    def find_events(self, incidents: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What the log has of these incidents, by pseudonym."""
        return self._database.look(lambda connection: service_events.find(connection, incidents))

    def response_targets(self) -> dict[str, float]:
        """Seconds by channel, where the company set a target of its own."""
        return self._database.look(lambda connection: service_events.targets(connection))

    def set_response_targets(self, given: Mapping[str, float | None], *, at: datetime | None = None) -> None:
        """Sets targets in seconds; None goes back to the default."""
        when = at or self._clock()
        self._database.write(lambda connection: service_events.set_targets(connection, given, at=when))

    def would_prune(self, before: datetime) -> pruning.Pruned:
        """How much `prune` would take away."""
        return self._database.look(lambda connection: pruning.would_go(connection, before), long=True)

    def prune(self, before: datetime, *, at: datetime | None = None) -> pruning.Pruned:
        """Takes away what is personal and older; see `amends.store.pruning.prune`."""
        return pruning.prune(self._database, before, at=at or self._clock())

    # Keys

    def create_key(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        at: datetime | None = None,
        expires_at: datetime | None = None,
        rate: float | None = None,
    ) -> str:
        """Makes an API key and returns it, the only time that it can be seen.

        Args:
            expires_at: When it ends by itself; None for never.
            rate: Requests a second that it may make; None for the server's default.

        Raises:
            UsageError: No scope, an unknown scope, a name that is taken, an end that is past.
        """
        when = at or self._clock()
        return self._database.write(
            lambda connection: keys.create(
                connection, name, scopes, at=when, expires_at=expires_at, rate=rate
            )
        )

    def check_key(self, bare: str) -> ApiKey | None:
        """Whose key this is; None where it is unknown, wrong or revoked."""
        return self._database.look(lambda connection: keys.check(connection, bare))

    def key_used(self, key: ApiKey, *, at: datetime) -> None:
        """Notes when a key was used, unless that was noted within the last minute."""
        if key.last_used_at is None or at - key.last_used_at >= keys.USE_NOTED_AFTER:
            self._database.write(lambda connection: keys.used(connection, key.name, at=at))

    def keys(self) -> list[ApiKey]:
        """Every key, without its secret part."""
        return self._database.look(lambda connection: keys.read(connection))

    def revoke_key(self, name: str, *, at: datetime | None = None) -> bool:
        """Ends a key; False where no key of that name is in use."""
        when = at or self._clock()
        return self._database.write(lambda connection: keys.revoke(connection, name, at=when))

    # Webhooks

    def add_webhook(self, webhook: Webhook) -> None:
        """Stores where a survey vendor tells of answers.

        Raises:
            UsageError: There is one of that name already.
        """
        self._database.write(lambda connection: webhooks.add(connection, webhook))

    def webhooks(self, vendor: str | None = None) -> list[Webhook]:
        """Every webhook, or a vendor's, the oldest first."""
        with self._database.read() as connection:
            return webhooks.read(connection, vendor)

    def rotate_webhook(self, name: str, secret: str, *, until: datetime, at: datetime | None = None) -> bool:
        """Gives a webhook a new secret, the one before being good until then; False where there is none."""
        when = at or self._clock()
        return self._database.write(
            lambda connection: webhooks.rotate(connection, name, secret, until=until, at=when)
        )

    def revoke_webhook(self, name: str, *, at: datetime | None = None) -> bool:
        """Takes a webhook away with its secrets; False where there is none of that name."""
        when = at or self._clock()
        return self._database.write(lambda connection: webhooks.revoke(connection, name, at=when))

    def webhook_came(self, webhook: Webhook, *, at: datetime) -> None:
        """Notes when a genuine message came, unless that was noted within the last minute."""
        last = webhook.last_message_at
        if last is None or at - last >= webhooks.COMING_NOTED_AFTER:
            self._database.write(lambda connection: webhooks.came(connection, webhook.name, at=at))

    def is_known(self, key: str, kind: str, idempotency_key: str) -> bool:
        """Whether a record of that kind came in under this idempotency key before."""
        with self._database.read() as connection:
            return idempotency.is_known(connection, key, kind, idempotency_key)

    def count_refused_once(self, key: str, message: str, *, reason: str) -> bool:
        """Counts a refused message under a reason; False where the same message was counted before."""
        now = self._clock()

        def count(connection: Connection) -> bool:
            if idempotency.came_before(connection, key, "refused", message, {}, now=now):
                return False
            counting.turn_away(connection, key, {("refused", reason, as_utc(now).date()): 1})
            return True

        return self._database.write(count)
