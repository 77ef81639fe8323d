"""What was taken out of the tables goes out of SQLite's files too."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from amends.store.engine import Database

log = logging.getLogger("amends")


def wipe(database: Database) -> bool:
    """Empties SQLite's write-ahead log, whose pages still hold what was replaced.

    In the database file itself SQLite puts zeros over what is deleted (`secure_delete`). PostgreSQL drops
    replaced rows when it vacuums, and its own log by its settings; copies made before keep everything.

    Returns:
        False where somebody read for so long that the log could not be emptied now; that is logged, and
        the next erasure or pruning empties it.
    """
    if database.dialect != "sqlite" or database.in_memory:
        return True
    with database.gate:
        connection = database.engine.raw_connection()
        try:
            raw: Any = connection.dbapi_connection
            raw.execute(f"PRAGMA busy_timeout = {max(int(database.timeout * 1000), 1)}")
            connection.info.pop("amends_busy", None)
            busy = bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        except sqlite3.Error:  # what was asked for is done; this comes after it
            busy = True
        finally:
            connection.close()
    if busy:
        log.warning(
            "%s-wal is in use and could not be emptied: erase or prune again later", database.url.database
        )
    return not busy
