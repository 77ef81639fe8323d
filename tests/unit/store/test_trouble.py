"""What counts as the database's trouble, which senders must not suffer from, and what as our mistake."""

import psycopg
import pytest
from sqlalchemy import exc

from amends.store.trouble import is_operational, worth_another_try


def told(error: Exception) -> exc.DBAPIError:
    """The driver's error as SQLAlchemy hands it on."""
    found = exc.DBAPIError.instance("SELECT 1", {}, error, psycopg.Error)
    assert isinstance(found, exc.DBAPIError)
    return found


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the server closed the connection"),
        psycopg.errors.InvalidSqlStatementName('prepared statement "_pg3_0" does not exist'),
        psycopg.errors.DuplicatePreparedStatement('prepared statement "_pg3_1" already exists'),
    ],
)
def test_a_database_or_pooler_that_fails_is_trouble(error: Exception) -> None:
    assert is_operational(told(error))


def test_a_statement_of_ours_that_is_wrong_is_a_mistake_and_is_raised() -> None:
    assert not is_operational(told(psycopg.errors.UndefinedColumn('column "armm" does not exist')))


def test_a_deadlock_is_worth_another_try_and_a_full_disk_is_not() -> None:
    assert worth_another_try(told(psycopg.errors.DeadlockDetected("deadlock detected")))
    assert not worth_another_try(told(psycopg.errors.DiskFull("no space left")))
