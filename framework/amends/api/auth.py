"""Who may call: API keys with scopes, looked up in the store and remembered for one second.

A key that was good a moment ago stays good while the database is down, so that a sender still gets
its fallback message; a key never seen by this process is answered 503 then, because nobody can say
whose it is.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers

from amends.api.problems import UNAVAILABLE, Refused
from amends.errors import StoreUnavailable

if TYPE_CHECKING:
    from amends.store import ApiKey

log = logging.getLogger("amends")

SCOPES = ("assign", "ingest", "read", "admin")
FRESH_SECONDS = 1.0
REMEMBERED = 1024


class KeyBook(Protocol):
    """What is asked of the store: whose key this is, or None."""

    def check_key(self, bare: str, /) -> ApiKey | None:
        """The key's name and scopes, or None for a key that was never made or is revoked."""


def bare_key(headers: Headers) -> str | None:
    """The key a request carries, from `Authorization: Bearer` or `X-API-Key`.

    >>> bare_key(Headers({"authorization": "Bearer am_1"})), bare_key(Headers({"x-api-key": "am_2"}))
    ('am_1', 'am_2')
    >>> bare_key(Headers({"authorization": "Basic am_1"})) is None
    True
    """
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key", "").strip() or None


class Doorkeeper:
    """Checks keys against the store, holding each answer for `FRESH_SECONDS`.

    Args:
        book: The store.
        monotonic: Seconds that never run backwards.
    """

    def __init__(self, book: KeyBook, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._monotonic = monotonic
        self._seen: OrderedDict[bytes, tuple[float, ApiKey]] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, headers: Headers, *, scope: str) -> ApiKey:
        """The caller's key, when it has the scope. May ask the store.

        Raises:
            Refused: 401 without a known key, 403 without the scope, 503 when a key this process
                never saw cannot be looked up.
        """
        bare = bare_key(headers)
        if bare is None:
            raise _unauthorized("This request carries no API key.", scope=scope)
        key = self._look_up(bare)
        if key is None:
            raise _unauthorized("This API key is not known, or was revoked.", scope=scope)
        return _with_scope(key, scope)

    def remembered(self, headers: Headers, *, scope: str) -> ApiKey | None:
        """The caller's key where it was looked up within the last second, else None. Never waits.

        Raises:
            Refused: 403 without the scope.
        """
        bare = bare_key(headers)
        found = None if bare is None else self._seen.get(_digest(bare))
        if found is None or self._monotonic() - found[0] >= FRESH_SECONDS:
            return None
        return _with_scope(found[1], scope)

    def _look_up(self, bare: str) -> ApiKey | None:
        digest, now = _digest(bare), self._monotonic()
        try:
            key = self._book.check_key(bare)
        except StoreUnavailable as error:
            known = self._seen.get(digest)
            if known is None:
                log.error("an API key could not be checked: %s", error)
                raise Refused("unavailable", f"The API key could not be checked. {UNAVAILABLE}") from error
            return known[1]
        self._remember(digest, key, now)
        return key

    def _remember(self, digest: bytes, key: ApiKey | None, now: float) -> None:
        with self._lock:
            if key is None:  # unknown keys are not kept: guessing must not push out the good ones
                self._seen.pop(digest, None)
                return
            self._seen[digest] = (now, key)
            self._seen.move_to_end(digest)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)


def _digest(bare: str) -> bytes:
    return hashlib.sha256(bare.encode("utf-8", "surrogateescape")).digest()


def _with_scope(key: ApiKey, scope: str) -> ApiKey:
    if scope in key.scopes or "admin" in key.scopes:
        return key
    held = ", ".join(sorted(key.scopes)) or "no scope"
    raise Refused(
        "forbidden",
        f"The key {key.name!r} has {held}; this address needs {scope!r}. "
        f"Make one with `amends keys create --scope {scope}`.",
    )


def _unauthorized(what: str, *, scope: str) -> Refused:
    return Refused(
        "unauthorized",
        f"{what} Send `Authorization: Bearer KEY` or `X-API-Key: KEY`; "
        f"`amends keys create --scope {scope}` prints one.",
        headers={"WWW-Authenticate": 'Bearer realm="amends"'},
    )
