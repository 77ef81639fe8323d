"""A real SMTP server for tests (aiosmtpd): keeps what it accepted, and refuses as it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "desk", "a password of the tests"


@dataclass
class Post:
    """What a server did.

    Attributes:
        port: Where it listens.
        accepted: Address and letter, for each that it answered with 250 or was about to.
        at_rcpt: Answers to RCPT by address, one an attempt, before it accepts.
        at_data: Answers to the end of the data by address, likewise; `lost` keeps the letter, says nothing
            and hangs up; `slow` keeps it and waits a moment with the answer.
        encrypted: Whether each session was, when a letter came.
        logged_in: Who had logged in, likewise.
    """

    port: int
    accepted: list[tuple[str, EmailMessage]] = field(default_factory=list)
    at_rcpt: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_data: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    at_mail: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logged_in: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def letters(self, address: str) -> list[EmailMessage]:
        return [letter for to, letter in self.accepted if to == address]

    def most(self) -> int:
        """The most letters of one subject that any address got."""
        counts = Counter((to, letter["Subject"]) for to, letter in self.accepted)
        return max(counts.values(), default=0)


class _Handler:
    def __init__(self, post: Post) -> None:
        self.post = post

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.post.at_mail:
            return self.post.at_mail.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.post.at_rcpt[address]:
            return self.post.at_rcpt[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        [to] = envelope.rcpt_tos
        told = self.post.at_data[to].pop(0) if self.post.at_data[to] else ""
        if told and told not in ("lost", "slow"):
            return told
        self.post.accepted.append((to, message_from_bytes(envelope.content, policy=default)))
        self.post.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.post.logged_in.append(session.auth_data.login.decode() if session.auth_data else None)
        if told == "slow":
            await asyncio.sleep(0.05)
        if told == "lost":
            server.transport.abort()
        return "250 2.0.0 taken"


def _authenticate(server, session, envelope, mechanism, data) -> AuthResult:
    right = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False, auth_data=data)


@contextmanager
def serving(
    *, certificate: Path | None = None, implicit: bool = False, login: bool = False
) -> Iterator[Post]:
    """Serves on loopback: plain, with STARTTLS, or encrypted from the first byte."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    post = Post(free_port())
    options: dict[str, object] = {"hostname": "127.0.0.1", "port": post.port, "ident": "tests"}
    if implicit:
        options["ssl_context"] = context
    elif context is not None:
        options |= {"tls_context": context, "require_starttls": True}
    if login:
        options |= {
            "authenticator": _authenticate,
            "auth_required": True,
            "auth_require_tls": context is not None and not implicit,
        }
    controller = Controller(_Handler(post), **options)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def make_certificate(file: Path, *, name: str = "127.0.0.1") -> Path:
    """A self-signed certificate and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    try:
        other: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        other = x509.DNSName(name)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(
        made.public_bytes(encoding) + key.private_bytes(encoding, form, serialization.NoEncryption())
    )
    return file
