"""Connections that rested are asked whether they live before they are used: servers and proxies end them."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Engine, event, exc

RESTED = 1.0
"""Seconds without use after which a connection is asked; under load nobody pays for the question."""

_SINCE = "amends_since"


def see_that_idle_connections_live(engine: Engine) -> None:
    """Replaces a connection that was ended while it rested, before anybody gets it.

    Source: "Disconnect Handling - Pessimistic" in SQLAlchemy's documentation, for rested connections only.
    """

    def came_back(_raw: Any, record: Any) -> None:
        record.info[_SINCE] = time.monotonic()

    def goes_out(raw: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get(_SINCE)
        if since is None or time.monotonic() - since < RESTED:
            return
        try:
            alive = engine.dialect.do_ping(raw)
        except Exception as error:  # whatever the driver raises here, the connection is of no use
            raise exc.DisconnectionError from error
        if not alive:
            raise exc.DisconnectionError

    event.listen(engine, "checkin", came_back)
    event.listen(engine, "checkout", goes_out)
