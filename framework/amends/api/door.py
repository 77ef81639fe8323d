"""Who stands at the dashboard's door: the role behind a cookie, decided here and nowhere else.

The middleware asks before anything of the dashboard is sent, and the pages ask again at every click, with
the cookies their web socket was opened with. Nothing that a visitor can write (address, widget, header)
says a role: a session is a cookie signed with the deployment's secret and the role's own password, so that
another password ends the sessions of that role, and of no other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner

from amends.lab.before_start import LOOPBACK, on_this_machine
from amends.lab.roles import Actor, Role

if TYPE_CHECKING:
    from amends.api.accounts import Accounts

COOKIE = "amends_session"
SESSION = 12 * 3_600
"""Seconds until a sign-in is asked for again."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Door:
    """The ways into a dashboard.

    Args:
        secret: The deployment's secret, which signs sessions.
        passwords: The shared password of each role that has one, by its word.
        accounts: The organisation's own accounts, where they are configured.
        laptop: Whether this server listens to this machine alone, and leads nobody else to itself.
    """

    def __init__(
        self,
        *,
        secret: bytes,
        passwords: Mapping[str, str] | None = None,
        accounts: Accounts | None = None,
        laptop: bool = False,
    ) -> None:
        self.accounts = accounts
        self._laptop = laptop
        self._passwords = {Role.named(word): said.encode() for word, said in (passwords or {}).items()}
        self._signers = {role: _signer(secret, role, said) for role, said in self._passwords.items()}

    @property
    def asks_for_password(self) -> bool:
        return bool(self._passwords)

    @property
    def guarded(self) -> bool:
        """Whether anybody has to sign in."""
        return bool(self._passwords) or self.accounts is not None

    def role_of(self, password: bytes) -> Role | None:
        """Whose password it is. All are compared, so that the time taken tells nothing."""
        matching = [role for role, kept in self._passwords.items() if hmac.compare_digest(password, kept)]
        return matching[0] if matching else None

    def session(self, role: Role) -> str:
        """The cookie of somebody who just gave that role's password."""
        return self._signers[role].sign(role.word.encode()).decode()

    def actor(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Actor | None:
        """Who asks; None for somebody who has to sign in first.

        Without any sign-in, whoever sits at the machine that serves is the owner, and everybody else reads.

        Args:
            cookies: What the browser sent.
            headers: Likewise, by lower-case name.
        """
        if not self.guarded:
            here = self._laptop and _from_this_machine(headers)
            return Actor(Role.OWNER if here else Role.VIEWER)
        role = self._signed_in(cookies.get(COOKIE, ""))
        if role is not None:
            return Actor(role)
        return None if self.accounts is None else self.accounts.actor(cookies)

    def _signed_in(self, cookie: str) -> Role | None:
        for role, signer in self._signers.items():
            try:
                if signer.unsign(cookie, max_age=SESSION) == role.word.encode():
                    return role
            except BadSignature:  # an expired one is one too
                continue
        return None


def _signer(secret: bytes, role: Role, password: bytes) -> TimestampSigner:
    key = hmac.digest(secret, b"amends:dashboard:%d:" % role + password, "sha256")
    return TimestampSigner(key, salt=b"amends.dashboard", digest_method=hashlib.sha256)


def _from_this_machine(headers: Mapping[str, str]) -> bool:
    """Whether a browser on this machine asked for this machine, and no proxy passed it on.

    The address of the caller says nothing: behind a proxy all of them are this machine's.

    >>> _from_this_machine({"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"})
    True
    >>> _from_this_machine({"host": "127.0.0.1:8501", "origin": "https://amends.example.com"})
    False
    >>> _from_this_machine({"host": "localhost", "x-forwarded-for": "203.0.113.9"})
    False
    """
    if any(name in headers for name in FORWARDED):
        return False
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    origin = headers.get("origin")
    return host in LOOPBACK and (origin is None or on_this_machine(origin))


_at_the_door: Door | None = None


def stand_at(door: Door | None) -> None:
    """Makes it the door of this process's dashboard; None takes it away."""
    global _at_the_door
    _at_the_door = door


def door_of_this_process() -> Door | None:
    """The door that `create_application` made; None where something else serves the pages."""
    return _at_the_door
