"""The first tables.

Revision: 0001, after nothing.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TALLY_KEY = ("experiment", "arm", "day", "channel", "locale", "delay_band", "stratum", "sender")
TALLY_COUNTS = (
    *("assigned", "clusters", "sent", "delivered", "failed", "withheld"),
    *("started", "finished", "late", "completed"),
)


def upgrade() -> None:
    _create(
        "meta",
        _text("name"),
        _text("value"),
        key=["name"],
    )
    _create(
        "experiment",
        _text("key"),
        _text("status"),
        _document("snapshot"),
        _text("fingerprint"),
        _text("seed"),
        _text("coverage"),
        _instant("started_at"),
        _instant("stopped_at", nullable=True),
        _text("then_arm", nullable=True),
        _yes_no("after_the_fact"),
        _yes_no("simulated"),
        key=["key"],
    )
    _create_assignments()
    _create_records()
    _create_tally()
    _create(
        "turned_away",
        _text("experiment"),
        _day("day"),
        _text("status"),
        _text("reason"),
        _count("n"),
        key=["experiment", "day", "status", "reason"],
    )
    _create("opt_out", _text("unit"), _instant("at"), key=["unit"])
    _create(
        "api_key",
        _text("id"),
        _text("name"),
        _text("digest"),
        _document("scopes"),
        _instant("created_at"),
        _instant("revoked_at", nullable=True),
        key=["id"],
    )
    _create(
        "audit",
        _row("number"),
        _instant("at"),
        _text("action"),
        _text("experiment", nullable=True),
        _document("detail"),
        key=["number"],
    )
    _make_audit_append_only()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_is_append_only ON audit")
        op.execute("DROP FUNCTION audit_is_append_only()")
    for name in (
        *("audit", "api_key", "opt_out", "turned_away"),
        *("metric_centre", "tally_moments", "tally_rating", "tally"),
        *("idempotency", "outcome", "rating", "response", "delivery"),
        *("block_position", "incident", "cluster", "assignment", "experiment", "meta"),
    ):
        op.drop_table(name)


def _create_assignments() -> None:
    _create(
        "assignment",
        _row("number"),
        _text("id"),
        _text("experiment"),
        _text("unit"),
        _text("arm"),
        _text("stratum"),
        _document("strata", nullable=True),
        _text("cluster", nullable=True),
        _count("position", nullable=True),
        _text("channel"),
        _text("locale"),
        _text("timezone", nullable=True),
        _number("delay_seconds", nullable=True),
        _text("delay_band"),
        _document("covariates", nullable=True),
        _instant("assigned_at"),
        _day("day"),
        _instant("invite_at", nullable=True),
        _text("token_nonce"),
        _text("sender"),
        _yes_no("test"),
        key=["number"],
        refers={"experiment": "experiment.key"},
    )
    op.create_index("uq_assignment_experiment_unit", "assignment", ["experiment", "unit"], unique=True)
    op.create_index("uq_assignment_id", "assignment", ["id"], unique=True)
    op.create_index("uq_assignment_token_nonce", "assignment", ["token_nonce"], unique=True)
    op.create_index("ix_assignment_experiment_assigned_at", "assignment", ["experiment", "assigned_at"])
    _create(
        "cluster",
        _text("experiment"),
        _yes_no("test"),
        _text("cluster"),
        _text("arm"),
        _text("stratum"),
        _count("position", nullable=True),
        _row("opened_by"),
        key=["experiment", "test", "cluster"],
        refers={"experiment": "experiment.key", "opened_by": "assignment.number"},
    )
    _create(
        "incident",
        _row("assignment"),
        _text("incident"),
        _count("number"),
        _instant("at"),
        key=["assignment", "incident"],
        refers={"assignment": "assignment.number"},
    )
    _create(
        "block_position",
        _text("experiment"),
        _yes_no("test"),
        _text("stratum"),
        _count("next"),
        key=["experiment", "test", "stratum"],
        refers={"experiment": "experiment.key"},
    )


def _create_records() -> None:
    _create(
        "delivery",
        _row("number"),
        _row("assignment"),
        _text("status"),
        _instant("at"),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        key=["number"],
        refers={"assignment": "assignment.number"},
    )
    op.create_index(
        "uq_delivery_assignment_status_at", "delivery", ["assignment", "status", "at"], unique=True
    )
    _create(
        "response",
        _row("assignment"),
        _instant("started_at"),
        _instant("finished_at", nullable=True),
        _yes_no("late"),
        _document("answers", nullable=True),
        key=["assignment"],
        refers={"assignment": "assignment.number"},
    )
    _create(
        "rating",
        _row("assignment"),
        _text("item"),
        _number("value"),
        key=["assignment", "item"],
        refers={"assignment": "response.assignment"},
    )
    _create(
        "outcome",
        _row("assignment"),
        _text("metric"),
        _number("value"),
        _instant("at"),
        _yes_no("late"),
        key=["assignment", "metric"],
        refers={"assignment": "assignment.number"},
    )
    _create(
        "idempotency",
        _text("experiment"),
        _text("kind"),
        _text("key"),
        _text("digest"),
        _instant("at"),
        key=["experiment", "kind", "key"],
    )


def _create_tally() -> None:
    _create(
        "tally",
        _row("cell"),
        *(_day(name) if name == "day" else _text(name) for name in TALLY_KEY),
        *(_count(name) for name in TALLY_COUNTS),
        key=["cell"],
        refers={"experiment": "experiment.key"},
    )
    op.create_index("uq_tally_key", "tally", list(TALLY_KEY), unique=True)
    _create(
        "tally_rating",
        _row("cell"),
        _text("metric"),
        _count("rating"),
        _count("n"),
        key=["cell", "metric", "rating"],
        refers={"cell": "tally.cell"},
    )
    _create(
        "tally_moments",
        _row("cell"),
        _text("metric"),
        _text("source"),
        _count("n"),
        _number("total"),
        _number("squares"),
        _count("events"),
        key=["cell", "metric", "source"],
        refers={"cell": "tally.cell"},
    )
    _create(
        "metric_centre",
        _text("experiment"),
        _text("metric"),
        _number("centre"),
        key=["experiment", "metric"],
    )


def _make_audit_append_only() -> None:
    refusal = "the audit only grows: its rows are neither changed nor deleted"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{verb.lower()} BEFORE {verb} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )


def _create(
    name: str, *columns: sa.Column[Any], key: list[str], refers: dict[str, str] | None = None
) -> None:
    foreign = [
        sa.ForeignKeyConstraint([column], [target], name=f"fk_{name}_{column}_{target.split('.')[0]}")
        for column, target in (refers or {}).items()
    ]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"), *foreign)


def _row(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sqlmodel.AutoString(), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _document(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _day(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=False)


def _count(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Float(), nullable=nullable)


def _yes_no(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)
