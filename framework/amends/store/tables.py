"""The tables, as SQLModel classes: what is written down about experiments, and nothing about people's names.

Hot paths use `table(...)` with SQLAlchemy Core; nothing builds one object per row. Ids of units,
clusters and incidents are pseudonyms (see `pseudonyms.py`). Times are UTC with zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, Dialect, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, also on SQLite, which has no zones: stored as UTC, read back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


RowNumber: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
Document: TypeEngine[Any] = JSON(none_as_null=True)


class Base(SQLModel):
    """Parent of every table: its own metadata, so that an embedding service's models stay apart."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def _row_number() -> Any:
    return Field(default=None, primary_key=True, sa_type=RowNumber)


def _refers(column: str, *, primary: bool = False) -> Any:
    kind = RowNumber if column != "experiment.key" else None
    options = {} if kind is None else {"sa_type": kind}
    return Field(foreign_key=column, primary_key=primary, **options)  # type: ignore[call-overload]


def _instant(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_type=Instant, nullable=nullable)


def _document(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_type=Document, nullable=nullable)


def _long() -> Any:
    return Field(default=None, sa_type=Text, nullable=True)


class Meta(Base, table=True):
    """Facts about the database itself: the secret's fingerprint."""

    name: str = Field(primary_key=True)
    value: str


class ExperimentRow(Base, table=True):
    """A started experiment with its frozen definition."""

    __tablename__ = "experiment"

    key: str = Field(primary_key=True)
    status: str
    snapshot: dict[str, Any] = _document(nullable=False)
    fingerprint: str
    seed: str
    coverage: str
    started_at: datetime = _instant()
    stopped_at: datetime | None = _instant(nullable=True)
    then_arm: str | None = None
    after_the_fact: bool = False
    simulated: bool = False


class Assignment(Base, table=True):
    """Which arm a unit was given. One row per (experiment, unit), by constraint."""

    __table_args__ = (
        Index("uq_assignment_experiment_unit", "experiment", "unit", unique=True),
        Index("uq_assignment_id", "id", unique=True),
        Index("uq_assignment_token_nonce", "token_nonce", unique=True),
        Index("ix_assignment_experiment_assigned_at", "experiment", "assigned_at"),
        # Few rows are tests: they are counted for every report without reading the others.
        Index(
            "ix_assignment_test",
            "experiment",
            sqlite_where=text("test IS 1"),
            postgresql_where=text("test IS true"),
        ),
    )

    number: int = _row_number()
    id: str
    experiment: str = _refers("experiment.key")
    unit: str
    arm: str
    stratum: str = ""
    strata: dict[str, str] | None = _document()
    cluster: str | None = None
    position: int | None = None
    channel: str = ""
    locale: str = ""
    timezone: str | None = None
    delay_seconds: float | None = None
    delay_band: str = ""
    covariates: dict[str, Any] | None = _document()
    assigned_at: datetime = _instant()
    day: date
    invite_at: datetime | None = _instant(nullable=True)
    token_nonce: str
    sender: str
    test: bool = False


class Cluster(Base, table=True):
    """The arm of a cluster and the assignment that opened it; a test cluster stands apart."""

    experiment: str = _refers("experiment.key", primary=True)
    test: bool = Field(default=False, primary_key=True)
    cluster: str = Field(primary_key=True)
    arm: str
    stratum: str = ""
    position: int | None = None
    opened_by: int = _refers("assignment.number")


class Incident(Base, table=True):
    """An incident of an assigned unit, numbered in the order of arrival."""

    assignment: int = _refers("assignment.number", primary=True)
    incident: str = Field(primary_key=True)
    number: int
    at: datetime = _instant()


class Delivery(Base, table=True):
    """What became of a message: sent, delivered, failed, withheld."""

    __table_args__ = (Index("uq_delivery_assignment_status_at", "assignment", "status", "at", unique=True),)

    number: int = _row_number()
    assignment: int = _refers("assignment.number")
    status: str
    at: datetime = _instant()
    said: str | None = _long()
    detail: str | None = _long()


class Response(Base, table=True):
    """The survey response of a unit: at most one, and the first finished one stands.

    `repeats` counts what came for the unit after that, or a second time.
    """

    assignment: int = _refers("assignment.number", primary=True)
    started_at: datetime = _instant()
    finished_at: datetime | None = _instant(nullable=True)
    late: bool = False
    answers: dict[str, Any] | None = _document()
    # The database fills it in, so that no statement that stores a response has to name it.
    repeats: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    form: str | None = None


class Consent(Base, table=True):
    """What a unit was asked before its survey and told after it, which text that was, and what it decided."""

    assignment: int = _refers("assignment.number", primary=True)
    version: str = ""
    locale: str = ""
    agreed_at: datetime | None = _instant(nullable=True)
    refused_at: datetime | None = _instant(nullable=True)
    withdrawn_at: datetime | None = _instant(nullable=True)
    debrief_version: str = ""
    debriefed_at: datetime | None = _instant(nullable=True)


class CompletionCode(Base, table=True):
    """Completion codes that were redeemed, by digest: apart from the answers, nothing joins them."""

    __tablename__ = "completion_code"

    experiment: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)
    redeemed_at: datetime = _instant()


class Rating(Base, table=True):
    """One number in a response."""

    assignment: int = Field(foreign_key="response.assignment", primary_key=True, sa_type=RowNumber)
    item: str = Field(primary_key=True)
    value: float


class Outcome(Base, table=True):
    """What happened without a survey: a complaint, a refund, a repeat visit. One value per metric."""

    assignment: int = _refers("assignment.number", primary=True)
    metric: str = Field(primary_key=True)
    value: float
    at: datetime = _instant()
    late: bool = False


class Idempotency(Base, table=True):
    """Keys under which records came in, with a digest of what they said; `at` is when the key came."""

    __table_args__ = (Index("ix_idempotency_at", "at"),)

    experiment: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    digest: str
    at: datetime = _instant()


class TurnedAway(Base, table=True):
    """Those who were not enrolled, counted by reason; nobody is named."""

    __tablename__ = "turned_away"

    experiment: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    status: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    n: int


class BlockPosition(Base, table=True):
    """The next free position on a stratum's sealed list; test units draw from lists of their own."""

    __tablename__ = "block_position"

    experiment: str = _refers("experiment.key", primary=True)
    test: bool = Field(default=False, primary_key=True)
    stratum: str = Field(primary_key=True)
    next: int


class TallyCell(Base, table=True):
    """Counts of the units that share an arm, a day and the rest of the key."""

    __tablename__ = "tally"
    __table_args__ = (
        Index(
            "uq_tally_key",
            *("experiment", "arm", "day", "channel", "locale", "delay_band", "stratum", "sender"),
            unique=True,
        ),
    )

    cell: int = _row_number()
    experiment: str = _refers("experiment.key")
    arm: str
    day: date
    channel: str
    locale: str
    delay_band: str
    stratum: str
    sender: str
    assigned: int = 0
    clusters: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    withheld: int = 0
    started: int = 0
    finished: int = 0
    late: int = 0
    completed: int = 0
    agreed: int = 0
    refused: int = 0
    withdrawn: int = 0


class TallyRating(Base, table=True):
    """How many completed units of a cell gave each rating."""

    __tablename__ = "tally_rating"

    cell: int = _refers("tally.cell", primary=True)
    metric: str = Field(primary_key=True)
    rating: int = Field(primary_key=True)
    n: int


class TallyMoments(Base, table=True):
    """Sums about the metric's centre, and how many values are events (not zero)."""

    __tablename__ = "tally_moments"

    cell: int = _refers("tally.cell", primary=True)
    metric: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    n: int
    total: float
    squares: float
    events: int


class MetricCentre(Base, table=True):
    """What a metric's sums are taken about: declared at start, else the first value seen."""

    __tablename__ = "metric_centre"

    experiment: str = Field(primary_key=True)
    metric: str = Field(primary_key=True)
    centre: float


class OptOut(Base, table=True):
    """Units that asked to be left out of every experiment."""

    __tablename__ = "opt_out"

    unit: str = Field(primary_key=True)
    at: datetime = _instant()


class Mail(Base, table=True):
    """A letter to one person, claimed before a mail server gets it; never the address."""

    __table_args__ = (
        Index("uq_mail_letter", "experiment", "unit", "kind", "incident", unique=True),
        Index("uq_mail_message_id", "message_id", unique=True),
        Index("ix_mail_unit", "unit"),
    )

    number: int = _row_number()
    experiment: str = _refers("experiment.key")
    unit: str
    kind: str
    incident: str
    message_id: str
    enrolled: bool
    state: str
    at: datetime = _instant()
    attempts: int
    detail: str | None = None


class ServiceEventRow(Base, table=True):
    """An incident as the service sees it: received or promised, answered or arrived, closed unanswered."""

    __tablename__ = "service_event"
    __table_args__ = (
        Index("ix_service_event_customer", "customer"),
        Index("ix_service_event_agent", "agent"),
    )

    incident: str = Field(primary_key=True)
    customer: str | None = None
    channel: str | None = None
    received_at: datetime | None = _instant(nullable=True)
    promised_at: datetime | None = _instant(nullable=True)
    answered_at: datetime | None = _instant(nullable=True)
    closed_at: datetime | None = _instant(nullable=True)
    agent: str | None = None
    mailbox: str | None = None
    timezone: str | None = None
    sender: str
    told_at: datetime = _instant()


class ResponseTarget(Base, table=True):
    """How many seconds a channel may take to answer, where the company's own target is not the default."""

    __tablename__ = "response_target"

    channel: str = Field(primary_key=True)
    seconds: float


class ApiKeyRow(Base, table=True):
    """An API key: only its digest is kept."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True)
    name: str
    digest: str
    scopes: list[str] = _document(nullable=False)
    created_at: datetime = _instant()
    revoked_at: datetime | None = _instant(nullable=True)
    expires_at: datetime | None = _instant(nullable=True)
    last_used_at: datetime | None = _instant(nullable=True)
    rate: float | None = None


class WebhookRow(Base, table=True):
    """Where a survey vendor tells of answers; the secrets are kept as they are, for signatures need them."""

    __tablename__ = "webhook"

    name: str = Field(primary_key=True)
    vendor: str
    experiment: str
    token_field: str
    ratings: dict[str, str] = _document(nullable=False)
    secret: str
    former_secret: str | None = None
    former_until: datetime | None = _instant(nullable=True)
    created_at: datetime = _instant()
    last_message_at: datetime | None = _instant(nullable=True)


class Audit(Base, table=True):
    """What was done to the experiments. Rows are only ever added."""

    number: int = _row_number()
    at: datetime = _instant()
    action: str
    experiment: str | None = None
    detail: dict[str, Any] = _document(nullable=False)


def table(model: type[Base]) -> Table:
    """The Core table behind a model."""
    found: Table = model.__table__  # type: ignore[attr-defined]
    return found
