"""What goes into the store and what comes out of it: frozen values, no SQL. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from amends.errors import UsageError

Draw = Callable[[str, int], str]
"""From a stratum and a position in it to the arm on the sealed list."""


def utc_now() -> datetime:
    """The present, aware and in UTC: the store's clock unless another is given."""
    return datetime.now(UTC)


def as_utc(at: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        UsageError: The time is naive, so nobody can say which instant it is.

    >>> from datetime import timezone, timedelta
    >>> as_utc(datetime(2025, 3, 1, 6, 30, tzinfo=timezone(timedelta(hours=7)))).isoformat()
    '2025-02-28T23:30:00+00:00'
    """
    if at.tzinfo is None:
        raise UsageError(
            f"the time {at.isoformat()} has no time zone. Times must be aware: "
            "write datetime.now(UTC), or add tzinfo to the one you have."
        )
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class ExperimentState:
    """A started experiment: its frozen definition and where it stands.

    Attributes:
        key: The experiment's key.
        status: `running`, `paused` or `stopped`; a draft has no state at all.
        snapshot: The definition as it was frozen at start.
        fingerprint: SHA-256 of the snapshot, hexadecimal.
        seed: Secret seed of the sealed lists, hexadecimal.
        coverage: Share of eligible units taken in, as decimal text, for instance `"0.1"`.
        started_at: When it was started (UTC).
        stopped_at: When it was stopped (UTC).
        then_arm: The arm whose message everybody gets after the stop; None for `otherwise`.
        after_the_fact: Frozen by an import of finished data, not before collecting them.
        simulated: Its customers are invented.
    """

    key: str
    status: str
    snapshot: Mapping[str, Any]
    fingerprint: str
    seed: str
    coverage: str
    started_at: datetime
    stopped_at: datetime | None = None
    then_arm: str | None = None
    after_the_fact: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A unit to be given an arm, everything already checked and judged.

    Attributes:
        unit: The unit's pseudonym.
        arm: Its arm where it is hashed or forced; None where it is drawn from a sealed list.
        draw: The sealed lists, asked only for the winner of a position; ignored where `arm` is given.
        at: When (aware); its UTC day is the tally's day.
        stratum: Name of the stratum, `""` where there is none.
        strata: The stratum's values by name, as the caller gave them.
        cluster: The cluster's pseudonym; the cluster's stored arm wins over `arm`.
        delay_seconds: How late the service was, in seconds.
        delay_band: The tally's bucket for that delay.
        incident: The incident's pseudonym.
        invite_at: When the survey invitation goes out (aware).
        sender: The API key's name, `python` or `cli`.
        test: Stored, but kept out of every count, and drawn from a sealed list of its own.
        assignment_id: The public id; None for a random one.
        token_nonce: What the survey link signs; None for a random one.
    """

    unit: str
    arm: str | None = None
    draw: Draw | None = None
    _: KW_ONLY
    at: datetime
    stratum: str = ""
    strata: Mapping[str, str] | None = None
    cluster: str | None = None
    channel: str | None = None
    locale: str | None = None
    timezone: str | None = None
    delay_seconds: float | None = None
    delay_band: str = ""
    covariates: Mapping[str, Any] | None = None
    incident: str | None = None
    invite_at: datetime | None = None
    sender: str = "python"
    test: bool = False
    assignment_id: str | None = None
    token_nonce: str | None = None


class Stored(NamedTuple):
    """An assignment as the database has it.

    Attributes:
        experiment: The experiment's key.
        number: Row number: the order in which units were assigned.
        assignment_id: The public id, 32 hexadecimal digits.
        unit: The unit's pseudonym.
        arm: The arm it was given.
        assigned_at: When (UTC).
        invite_at: When its survey invitation goes out (UTC).
        token_nonce: What the survey link signs: 12 characters, says nothing about the arm.
        created: This very call inserted the row.
        incident_number: 1 for the first incident or none; 2 and more for a later one; 0 where the
            incident asked for is not stored yet (from `find` and `find_many` only).
        sent: A sending or delivery was recorded at or after this incident's own time.
    """

    experiment: str
    number: int
    assignment_id: str
    unit: str
    arm: str
    assigned_at: datetime
    invite_at: datetime | None
    token_nonce: str
    created: bool
    incident_number: int = 1
    sent: bool = False
    cluster: str | None = None
    stratum: str = ""
    test: bool = False
    locale: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A survey response as the database has it.

    Attributes:
        first: What this call brought was stored; False where an earlier finished response stands.
        late: Finished after the response window had closed: kept, not counted as completed.
        ratings: Numbers by item.
        answers: Everything else by item.
        form: Digest of the page's form that finished it, by which the same form is known again.
    """

    first: bool
    experiment: str
    assignment_id: str
    unit: str
    arm: str
    started_at: datetime | None
    finished_at: datetime | None
    late: bool = False
    ratings: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    form: str | None = None

    @property
    def finished(self) -> bool:
        """Whether a finished response is stored."""
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """What a unit decided about taking part. A withdrawal is the last word.

    Attributes:
        agreed_at: When it agreed (UTC), last.
        refused_at: When it refused; it may have agreed later.
        withdrawn_at: When it withdrew.
        version: Of the consent text that it read, in the language `locale`.
        debriefed_at: When it was shown the debriefing, of `debrief_version`.
    """

    agreed_at: datetime | None = None
    refused_at: datetime | None = None
    withdrawn_at: datetime | None = None
    version: str = ""
    locale: str = ""
    debriefed_at: datetime | None = None
    debrief_version: str = ""

    @property
    def decision(self) -> str:
        """`agreed`, `refused`, `withdrawn`, or `""` while nothing was decided.

        >>> now = datetime(2026, 3, 1, tzinfo=UTC)
        >>> StoredConsent(refused_at=now).decision, StoredConsent(refused_at=now, agreed_at=now).decision
        ('refused', 'agreed')
        """
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.agreed_at is not None:
            return "agreed"
        return "" if self.refused_at is None else "refused"


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """How a metric is read from the tally.

    Attributes:
        name: The metric's name.
        kind: `proportion` or `mean`.
        source: `survey` or `outcome`.
        scale: Lowest and highest rating, where it is rated on a scale.
        centre: What the sums are taken about (mid-scale, or the expected value).
    """

    name: str
    kind: str
    source: str = "survey"
    scale: tuple[int, int] | None = None
    centre: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """One row of a finished experiment that is imported.

    Attributes:
        unit: The unit's pseudonym.
        arm: The arm it had been given.
        completed: Whether it finished the survey.
        at: When it was assigned (aware); None takes the time of the import.
        ratings: Numbers by item; only those who completed have any.
        answers: Everything else by item.
        outcomes: Values by outcome metric.
    """

    unit: str
    arm: str
    completed: bool
    _: KW_ONLY
    at: datetime | None = None
    ratings: Mapping[str, float] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Mapping[str, float] = field(default_factory=dict)
    covariates: Mapping[str, Any] | None = None
    cluster: str | None = None
    stratum: str = ""
    channel: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A place where the tally, the sealed lists or the constraints disagree with the rows.

    >>> print(Discrepancy("late_parcel", "2025-03-01 thank_you: assigned", 12, 13))
    late_parcel: 2025-03-01 thank_you: assigned: rows say 12, stored 13
    """

    experiment: str
    where: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.experiment}: {self.where}: rows say {self.expected}, stored {self.found}"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the API, without its secret part.

    Attributes:
        name: Whose it is; the tally keeps senders apart by it.
        scopes: What it opens.
        created_at: When it was made (UTC).
        revoked_at: When it was ended (UTC).
        prefix: How the key begins: enough to tell keys apart, not to use one.
        expires_at: When it ends by itself (UTC); None for never.
        last_used_at: When it was used last (UTC), a minute more or less.
        rate: Requests a second that it may make; None for the server's default.
    """

    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None = None
    prefix: str = ""
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a survey vendor tells of an experiment's answers.

    Attributes:
        name: What it is called here.
        vendor: Who tells: `typeform` and the like.
        experiment: Whose answers come in.
        token_field: The vendor's field that carries the token of the survey link.
        ratings: Item name to the vendor's field.
        created_at: When it was added (UTC).
        secret: What messages are signed with. Never in a `repr`.
        former_secret: What they were signed with before the last rotation.
        former_until: When that one stops being good (UTC).
        last_message_at: When a genuine message came last (UTC), a minute more or less.
    """

    name: str
    vendor: str
    experiment: str
    token_field: str
    ratings: Mapping[str, str]
    created_at: datetime
    secret: str = field(repr=False)
    former_secret: str | None = field(default=None, repr=False)
    former_until: datetime | None = None
    last_message_at: datetime | None = None

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """The secrets that are good now: one, or two while one replaces the other."""
        if self.former_secret is None or self.former_until is None or self.former_until <= now:
            return (self.secret,)
        return (self.secret, self.former_secret)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what when, as far as the store was told."""

    at: datetime
    action: str
    experiment: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """One experiment's rows, each table an iterator of dicts that reads page by page."""

    assignments: Iterator[dict[str, Any]]
    deliveries: Iterator[dict[str, Any]]
    responses: Iterator[dict[str, Any]]
    outcomes: Iterator[dict[str, Any]]
    consents: Iterator[dict[str, Any]]


TurnedAwayKey = tuple[str, str, date]
"""Status, reason and UTC day."""
