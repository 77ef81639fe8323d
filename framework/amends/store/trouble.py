"""Which errors of a driver mean that the database is in trouble, and which are worth another try."""

from __future__ import annotations

import sqlite3

from sqlalchemy import exc

TRY_AGAIN = frozenset({"40001", "40P01"})
"""PostgreSQL's codes for a serialization failure and a deadlock: nothing was stored, so repeat."""

ANOTHERS = frozenset({"26000", "42P05"})
"""PostgreSQL's codes where a pooler in transaction mode gave us somebody else's prepared statements."""

_TOLD_BY_SQLALCHEMY = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)
_TOLD_BY_SQLITE = (sqlite3.OperationalError, sqlite3.InterfaceError, sqlite3.InternalError)


def is_operational(error: Exception) -> bool:
    """Whether the database is in trouble, not our statement; a damaged file has no error of its own."""
    if isinstance(error, exc.SQLAlchemyError):
        told = isinstance(error, _TOLD_BY_SQLALCHEMY) or type(error) is exc.DatabaseError
        return told or _state(error) in ANOTHERS
    return isinstance(error, _TOLD_BY_SQLITE) or type(error) is sqlite3.DatabaseError


def worth_another_try(error: Exception) -> bool:
    """Whether nothing was stored and the same may go well now: a deadlock, a connection that was lost."""
    if not isinstance(error, exc.DBAPIError):
        return False
    return error.connection_invalidated or _state(error) in TRY_AGAIN


def _state(error: exc.SQLAlchemyError) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
