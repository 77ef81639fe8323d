"""Who may call: API keys with scopes and rates, looked up in the store and remembered for one second.

A key that was good a moment ago stays good while the database is down, so that a sender still gets
its fallback message; a key never seen by this process is answered 503 then, because nobody can say
whose it is. Whoever comes without a known key is slowed down by address; a known key never is.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from amends.api.limits import Buckets, Taken
from amends.api.problems import UNAVAILABLE, Refused
from amends.errors import StoreUnavailable

if TYPE_CHECKING:
    from amends.api.visit import Visit
    from amends.store import ApiKey

log = logging.getLogger("amends")

FRESH_SECONDS = 1.0
RENEW_SECONDS = 0.5
REMEMBERED = 1024
ADDRESSES = 10_000
STRANGERS_RATE = 0.5
STRANGERS_BURST = 20
"""Attempts without a known key: so many at once from one address, then one in two seconds."""


class KeyBook(Protocol):
    """What is asked of the store: whose key this is, or None."""

    def check_key(self, bare: str, /) -> ApiKey | None:
        """The key's name, scopes and rate, or None for a key that was never made or is revoked."""

    def key_used(self, key: ApiKey, /, *, at: datetime) -> None:
        """Notes when a key was used; written down once a minute at most."""


class _Seen:
    __slots__ = ("at", "key", "renewing")

    def __init__(self, key: ApiKey, at: float) -> None:
        self.key = key
        self.at = at
        self.renewing = False


class Doorkeeper:
    """Checks keys against the store, holding each answer for `FRESH_SECONDS`.

    Args:
        book: The store.
        clock: What time it is (aware), for keys that expire.
        rate: Requests a second for keys that have no rate of their own.
        monotonic: Seconds that never run backwards.
    """

    def __init__(
        self,
        book: KeyBook,
        *,
        clock: Callable[[], datetime],
        rate: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book = book
        self._clock = clock
        self._rate = rate
        self._monotonic = monotonic
        self._seen: OrderedDict[bytes, _Seen] = OrderedDict()
        self._lock = threading.Lock()
        self._keys = Buckets(most=REMEMBERED, monotonic=monotonic)
        self._strangers = Buckets(most=ADDRESSES, monotonic=monotonic)

    def remembered(self, visit: Visit, *, scope: str) -> ApiKey | None:
        """The caller's key where it was looked up within the last second, else None. Never waits.

        Raises:
            Refused: 401 past its day, 403 without the scope, 429 for coming too often.
        """
        found = None if visit.bare is None else self._seen.get(_digest(visit.bare))
        if found is None or self._monotonic() - found.at >= FRESH_SECONDS:
            return None
        return self._let_in(visit, found.key, scope)

    def admit(self, visit: Visit, *, scope: str) -> ApiKey:
        """The caller's key, when it has the scope. May ask the store.

        Raises:
            Refused: 401 without a known key, 403 without the scope, 429 for coming too often, 503
                when a key this process never saw cannot be looked up.
        """
        if visit.bare is None:
            self._slow_down(visit, spend=True)
            raise _unauthorized("This request carries no API key.", scope=scope)
        if _digest(visit.bare) not in self._seen:
            self._slow_down(visit, spend=False)
        key = self._look_up(visit.bare)
        if key is None:
            self._slow_down(visit, spend=True)
            raise _unauthorized("This API key is not known, or was revoked.", scope=scope)
        return self._let_in(visit, key, scope)

    def stranger(self, visit: Visit) -> None:
        """Counts a request that showed nobody's secret.

        Raises:
            Refused: 429 when too many of them came from its address.
        """
        self._slow_down(visit, spend=True)

    def due(self, visit: Visit) -> bool:
        """Whether a remembered key grows old, so that it should be renewed before anybody waits for it.

        True once for each renewal.
        """
        found = None if visit.bare is None else self._seen.get(_digest(visit.bare))
        if found is None or found.renewing or self._monotonic() - found.at < RENEW_SECONDS:
            return False
        found.renewing = True
        return True

    def renew(self, visit: Visit) -> None:
        """Asks the store for a remembered key again; may wait, and never raises for its trouble."""
        if visit.bare is None:
            return
        try:
            self._look_up(visit.bare)
        except Refused:
            log.debug("a key could not be renewed: the next request asks again")

    def _let_in(self, visit: Visit, key: ApiKey, scope: str) -> ApiKey:
        visit.key = key.name
        if key.expires_at is not None and self._clock() >= key.expires_at:
            raise _unauthorized(f"The key {key.name!r} expired on {key.expires_at:%Y-%m-%d}.", scope=scope)
        if scope not in key.scopes and "admin" not in key.scopes:
            held = ", ".join(sorted(key.scopes)) or "no scope"
            raise Refused(
                "forbidden",
                f"The key {key.name!r} has {held}; this address needs {scope!r}. "
                f"Make one with `amends keys create --scope {scope}`.",
            )
        visit.taken = self._keys.take(key.name, rate=key.rate or self._rate)
        if not visit.taken.granted:
            visit.limited = "key"
            raise _too_often(
                f"The key {key.name!r} may make {key.rate or self._rate:g} requests a second "
                f"and {visit.taken.limit} at once, in each server process.",
                visit.taken,
            )
        return key

    def _slow_down(self, visit: Visit, *, spend: bool) -> None:
        look = self._strangers.take if spend else self._strangers.peek
        taken = look(visit.address, rate=STRANGERS_RATE, holds=STRANGERS_BURST)
        if not taken.granted:
            visit.limited, visit.taken = "address", taken
            raise _too_often(
                "Too many requests without a known API key or signature came from this address.", taken
            )

    def _look_up(self, bare: str) -> ApiKey | None:
        digest, now = _digest(bare), self._monotonic()
        try:
            key = self._book.check_key(bare)
        except StoreUnavailable as error:
            known = self._seen.get(digest)
            if known is None:
                log.error("an API key could not be checked: %s", error)
                raise Refused("unavailable", f"The API key could not be checked. {UNAVAILABLE}") from error
            known.renewing = False
            return known.key
        self._remember(digest, key, now)
        if key is not None:
            self._note_use(key)
        return key

    def _note_use(self, key: ApiKey) -> None:
        try:
            self._book.key_used(key, at=self._clock())
        except StoreUnavailable as error:
            log.warning("when the key %r was used could not be noted: %s", key.name, error)

    def _remember(self, digest: bytes, key: ApiKey | None, now: float) -> None:
        with self._lock:
            if key is None:  # unknown keys are not kept: guessing must not push out the good ones
                self._seen.pop(digest, None)
                return
            self._seen[digest] = _Seen(key, now)
            self._seen.move_to_end(digest)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)


def _digest(bare: str) -> bytes:
    return hashlib.sha256(bare.encode("utf-8", "surrogateescape")).digest()


def _unauthorized(what: str, *, scope: str) -> Refused:
    return Refused(
        "unauthorized",
        f"{what} Send `Authorization: Bearer KEY` or `X-API-Key: KEY`; "
        f"`amends keys create --scope {scope}` prints one.",
        headers={"WWW-Authenticate": 'Bearer realm="amends"'},
    )


def _too_often(what: str, taken: Taken) -> Refused:
    wait = max(math.ceil(taken.wait), 1)
    return Refused("too-many-requests", f"{what} Try again in {wait} s.", headers={"Retry-After": str(wait)})
