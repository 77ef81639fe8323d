"""A mail server as it is written in an address, and a connection to it that is encrypted where it must be."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from amends.errors import UsageError, nearest

PORTS = {"smtp": 587, "smtps": 465}
PATIENCE = 60.0
"""Seconds that a server may take for one answer."""
_EXAMPLE = "smtp://user@mail.example.com:587"
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed over.

    Attributes:
        host: Its name.
        port: Its port.
        user: Who logs in; None where nobody does.
        tls: `tls` from the first byte, `starttls` before anything is said, or `none`.
    """

    host: str
    port: int
    user: str | None
    tls: str


class RunEnds(Exception):
    """Why a run cannot go on; whoever had no turn has it in the next run."""


class ServerRefuses(RunEnds):
    """The server will not take letters from us at all: wrong password, no encryption, strange sender."""


def read_server(address: str) -> Server:
    """Reads an SMTP address; encryption is not left to the server's good will.

    `smtp://` means STARTTLS, `smtps://` TLS from the first byte. Without either only a server on this very
    machine is spoken to, or one whose address says `?tls=none`, and then without a login.

    Raises:
        UsageError: A password in the address, another scheme, a login that would go unencrypted.

    >>> read_server("smtp://desk@mail.example.com")
    Server(host='mail.example.com', port=587, user='desk', tls='starttls')
    >>> read_server("smtp://localhost:25").tls
    'none'
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise UsageError(f"--smtp: this is no address of a mail server. Write {_EXAMPLE}.") from None
    if parts.password is not None:
        raise UsageError(
            "--smtp holds a password, which everybody on this machine can read in the list of processes. "
            "Leave it out and set AMENDS_SMTP_PASSWORD."
        )
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.fragment:
        raise UsageError(f"--smtp {address!r} is no address of a mail server. Write {_EXAMPLE}.")
    user = unquote(parts.username) if parts.username else None
    tls = _tls(parts.scheme, parts.query, here=parts.hostname in _HERE)
    if tls == "none" and user is not None and parts.hostname not in _HERE:
        raise UsageError(
            f"--smtp {address!r} would send the password of {user!r} unencrypted. "
            "Leave out tls=none, or the user."
        )
    return Server(parts.hostname, port or PORTS[parts.scheme], user, tls)


def _tls(scheme: str, query: str, *, here: bool) -> str:
    given = parse_qs(query, keep_blank_values=True)
    chosen = given.pop("tls", [])
    if given or len(chosen) > 1:
        names = ", ".join([*given, *chosen])
        raise UsageError(f"--smtp: {names!r} after the question mark is unknown. Only tls=… may stand there.")
    if scheme == "smtps":
        if chosen and chosen != ["tls"]:
            raise UsageError("--smtp: smtps:// is encrypted from the first byte. Leave tls=… out.")
        return "tls"
    if not chosen:
        return "none" if here else "starttls"
    if chosen[0] not in ("starttls", "none"):
        raise UsageError(
            f"--smtp: tls={chosen[0]!r} is unknown. {nearest(chosen[0], ('starttls', 'none'), what='values')}"
        )
    return chosen[0]


def connect(server: Server, password: str | None, *, patience: float = PATIENCE) -> smtplib.SMTP:
    """A connection that letters may be handed over on.

    Certificates are checked against the system's authorities; `SSL_CERT_FILE` names others.

    Raises:
        ServerRefuses: The certificate is not trusted, no STARTTLS, wrong login.
        OSError: The server cannot be reached.
        smtplib.SMTPException: It does not answer as a mail server does.
    """
    context = None if server.tls == "none" else ssl.create_default_context()
    connection: smtplib.SMTP | None = None
    try:
        if server.tls == "tls":
            assert context is not None
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=patience, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=patience)
        connection.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            connection.starttls(context=context)
            connection.ehlo()
        if server.user is not None:
            connection.login(server.user, password or "")
    except ssl.SSLCertVerificationError as error:
        _close(connection)
        raise ServerRefuses(
            f"the certificate of {server.host} is not trusted ({error.verify_message}). Give its authority's "
            "certificate by SSL_CERT_FILE=…, or the host's right name."
        ) from None
    except smtplib.SMTPNotSupportedError:
        what = "no STARTTLS" if server.tls == "starttls" and not _encrypted(connection) else "no login"
        _close(connection)
        raise ServerRefuses(f"{server.host} offers {what}; nothing was said to it.") from None
    except smtplib.SMTPAuthenticationError as error:
        _close(connection)
        raise ServerRefuses(
            f"{server.host} does not let {server.user!r} in (code {error.smtp_code}). "
            "Look at AMENDS_SMTP_PASSWORD."
        ) from None
    except BaseException:
        _close(connection)
        raise
    return connection


def _encrypted(connection: smtplib.SMTP | None) -> bool:
    return connection is not None and isinstance(connection.sock, ssl.SSLSocket)


def _close(connection: smtplib.SMTP | None) -> None:
    if connection is not None:
        connection.close()
