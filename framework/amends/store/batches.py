"""Works of several callers in one transaction: one that fails takes nobody with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from amends.store.engine import Database
from amends.store.tallying import Tallying
from amends.store.trouble import is_operational


class Work(NamedTuple):
    """What a caller wants written.

    Attributes:
        place: Which row it locks first, as (experiment, unit): the order within a batch, so that two
            processes' batches wait for each other but not in a circle.
        run: Writes by the connection, and adds what is to be counted to the tallying.
    """

    place: tuple[str, ...]
    run: Callable[[Connection, Tallying], Any]


def write_together(database: Database, works: Sequence[Work]) -> list[Any]:
    """Runs the works in one transaction; an answer or an error for each, in order.

    Raises:
        StoreUnavailable: The database did not do its work: nothing of the batch was stored.
    """
    if len(works) == 1:
        return [database.write(lambda connection: _alone(connection, works[0]))]
    return database.write(lambda connection: _together(connection, works))


def _alone(connection: Connection, work: Work) -> Any:
    tallying = Tallying()
    answer = work.run(connection, tallying)
    tallying.write(connection)
    return answer


def _together(connection: Connection, works: Sequence[Work]) -> list[Any]:
    answers: list[Any] = [None] * len(works)
    tallying = Tallying()
    for index in sorted(range(len(works)), key=lambda index: works[index].place):
        own = Tallying()
        try:
            with connection.begin_nested():
                answers[index] = works[index].run(connection, own)
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and is_operational(error):
                raise  # the whole transaction is lost
            answers[index] = error
        else:
            tallying.add(own)
    tallying.write(connection)
    return answers
