"""Signing in with the organisation's own accounts: Streamlit's OpenID Connect, and who has which role.

Streamlit does the talking with the provider and keeps what it learned in a signed cookie, as for `st.login`.
The role comes from the list of addresses in the same `secrets.toml`, at every request: whoever is taken off
the list is out after a restart, whatever cookie they hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from amends.errors import ConfigurationError, nearest
from amends.lab.roles import Actor, Role, pseudonym_of
from amends.settings import SHORTEST_SECRET

DAY = 86_400
NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
OPEN = ("/auth/login", "/auth/logout", "/oauth2callback")
"""Streamlit's own addresses on the way to the provider and back; nothing of the dashboard is behind them."""


class Accounts:
    """The people who may sign in.

    Args:
        roles: Role by e-mail address; `*@example.com` is everybody there.
        secret: The deployment's secret, for pseudonyms.
        seconds: How long a sign-in lasts.
    """

    def __init__(self, roles: Mapping[str, Role], *, secret: bytes, seconds: int) -> None:
        self._roles = {address.strip().lower(): role for address, role in roles.items()}
        self._secret = secret
        self._days = seconds / DAY

    def role_of(self, email: str) -> Role | None:
        """The role of an address: its own before that of everybody there.

        >>> held = {"ana@example.com": Role.OWNER, "*@example.com": Role.VIEWER}
        >>> accounts = Accounts(held, secret=b"s", seconds=60)
        >>> [accounts.role_of(one) for one in ("Ana@example.com", "budi@example.com", "eve@example.org")]
        [<Role.OWNER: 3>, <Role.VIEWER: 1>, None]
        """
        address = email.strip().lower()
        return self._roles.get(address) or self._roles.get(f"*@{address.rpartition('@')[2]}")

    def actor(self, cookies: Mapping[str, str]) -> Actor | None:
        """Who signed in, where the list has them; None for everybody else."""
        email = self._email(cookies)
        role = None if email is None else self.role_of(email)
        return (
            None if email is None or role is None else Actor(role, pseudonym_of(email, secret=self._secret))
        )

    def knows(self, cookies: Mapping[str, str]) -> bool:
        """Whether the provider vouched for them, on the list or not."""
        return self._email(cookies) is not None

    def way_in(self) -> str:
        """Where the browser is sent to sign in; good for some minutes."""
        from streamlit.auth_util import encode_provider_token

        return f"/auth/login?provider={encode_provider_token('default')}"

    def _email(self, cookies: Mapping[str, str]) -> str | None:
        """The address that the provider vouched for, from Streamlit's cookie."""
        from streamlit.auth_util import get_cookie_with_chunks, get_origin_from_redirect_uri
        from streamlit.web.server.server_util import get_cookie_secret
        from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
        from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

        if USER_COOKIE_NAME not in cookies:
            return None
        secret = get_cookie_secret()

        def part(name: str) -> bytes | None:
            value = cookies.get(name, "")
            return decode_signed_value(secret, name, value.encode("latin-1", "replace"), self._days)

        try:
            kept = get_cookie_with_chunks(part, USER_COOKIE_NAME)
            user: Any = json.loads(kept) if kept else {}
        except ValueError:
            return None
        email = user.get("email")
        vouched = user.get("is_logged_in") is True and user.get("email_verified", True) is True
        here = user.get("origin") == get_origin_from_redirect_uri()
        return email if vouched and here and isinstance(email, str) and "@" in email else None


def configured(secret: bytes, *, seconds: int) -> Accounts | None:
    """What `secrets.toml` says: `[auth]` as Streamlit has it, and `[amends]` with a list for each role.

    Returns:
        None where there is no `[amends]`: an `[auth]` alone may be another application's.

    Raises:
        ConfigurationError: A list without a whole `[auth]` or without Authlib, a cookie secret that could be
            guessed, an unknown role, or something that is no address.
    """
    import streamlit as st
    from streamlit.auth_util import is_authlib_installed

    if not st.secrets.load_if_toml_exists() or "amends" not in st.secrets:
        return None
    roles = _roles(st.secrets["amends"])
    said = st.secrets.get("auth", {})
    missing = [name for name in NEEDED if not said.get(name)]
    if missing:
        raise ConfigurationError(
            f"secrets.toml has [amends], who may sign in, but [auth] is without {', '.join(missing)}. "
            "Add them as docs/how-to/roles.md shows, or take [amends] out."
        )
    if len(said["cookie_secret"]) < SHORTEST_SECRET:
        raise ConfigurationError(
            f"cookie_secret in [auth] has {len(said['cookie_secret'])} characters; {SHORTEST_SECRET} are "
            "needed, for it signs who is the owner. "
            'Make one with: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    if not is_authlib_installed():
        raise ConfigurationError(
            "secrets.toml has [auth], which needs Authlib: pip install 'amends[auth]', or leave [amends] out."
        )
    return Accounts(roles, secret=secret, seconds=seconds)


def _roles(lists: Any) -> dict[str, Role]:
    """Role by address; whoever is in two lists has the higher role."""
    found: dict[str, Role] = {}
    words = [role.word for role in Role]
    for word in lists:
        if word not in words:
            raise ConfigurationError(f"[amends] has {word!r}. {nearest(word, words, what='roles')}")
        addresses = lists[word]
        if isinstance(addresses, str) or not all(isinstance(one, str) and "@" in one for one in addresses):
            raise ConfigurationError(
                f"[amends] {word} is {addresses!r}; it must be a list of e-mail addresses, such as "
                '["ana@example.com", "*@example.com"].'
            )
        for address in addresses:
            name = address.strip().lower()
            found[name] = max(found.get(name, Role.VIEWER), Role.named(word))
    return found
