"""A letter: plain text with the headers that keep machines from answering it, and no word about the arm."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from urllib.parse import urlsplit

from amends.errors import UsageError
from amends.store.mail_values import Letter

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
LONGEST_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters of a run share.

    Attributes:
        sender: Whom they come from, and where bounces go.
        reply_to: Where answers go instead.
        unsubscribe: The address or page at which one opts out.
    """

    sender: Address
    reply_to: Address | None = None
    unsubscribe: str | None = None


def read_address(cell: str) -> str:
    """A bare e-mail address, as a server takes it; a domain in other letters is put into its ASCII form.

    Raises:
        ValueError: saying what is wrong, without the address: it is neither stored nor shown.

    >>> read_address("Sari.W@Example.com"), read_address("a@bücher.example")
    ('Sari.W@Example.com', 'a@xn--bcher-kva.example')
    """
    if any(not character.isprintable() for character in cell):
        raise ValueError("has a line break or another control character")
    local, at, domain = cell.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("is no e-mail address; write one such as name@example.com")
    try:
        domain = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        raise ValueError("has a domain that cannot exist") from None
    labels = domain.split(".")
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        raise ValueError("has a part before the @ that mail servers do not take; one bare address is needed")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(labels) < 2:
        raise ValueError("has a part after the @ that is no domain; write one such as name@example.com")
    found = f"{local}@{domain}"
    if len(found) > LONGEST_ADDRESS:
        raise ValueError(f"is longer than {LONGEST_ADDRESS} characters")
    return found


def read_mailbox(option: str, given: str) -> Address:
    """A sender such as `Parcel desk <desk@example.com>`.

    Raises:
        UsageError: naming the option.

    >>> str(read_mailbox("--from", "Parcel desk <desk@example.com>"))
    'Parcel desk <desk@example.com>'
    """
    name, address = parseaddr(given)
    try:
        if any(not character.isprintable() for character in given):
            raise ValueError("has a control character")
        local, _, domain = read_address(address).rpartition("@")
    except ValueError as error:
        raise UsageError(
            f'{option} {given!r}: the address {error}. Write "Parcel desk <desk@example.com>".'
        ) from None
    return Address(name, local, domain)


def read_unsubscribe(given: str | None) -> str | None:
    """Where one opts out: an e-mail address, `mailto:` or `https://`.

    Raises:
        UsageError: for anything else.

    >>> read_unsubscribe("stop@example.com")
    'mailto:stop@example.com'
    """
    if given is None:
        return None
    address = given if urlsplit(given).scheme else f"mailto:{given}"
    parts = urlsplit(address)
    target = "@" in parts.path if parts.scheme == "mailto" else parts.hostname
    plain = all(33 <= ord(character) < 127 and character not in "<>," for character in address)
    if parts.scheme not in ("mailto", "https") or not target or not plain:
        raise UsageError(
            f"--unsubscribe {given!r}: an address or page is needed, such as stop@example.com or "
            "https://example.com/stop."
        )
    return address


def compose(
    head: Letterhead, *, to: str, subject: str, text: str, message_id: str, at: datetime, locale: str
) -> bytes:
    """The letter as a server takes it.

    RFC 3834 (Auto-Submitted) and Exchange's X-Auto-Response-Suppress keep out-of-office notes away; bounces
    are wanted, so they are not suppressed.

    >>> from datetime import UTC
    >>> head = Letterhead(read_mailbox("--from", "desk@example.com"))
    >>> made = compose(head, to="sari@example.com", subject="Your parcel", text="Late.",
    ...                message_id="<1@example.com>", at=datetime(2026, 3, 1, tzinfo=UTC), locale="en")
    >>> print(made.decode().splitlines()[1])
    To: sari@example.com
    """
    letter = EmailMessage(policy=SMTP)
    letter["From"] = head.sender
    letter["To"] = to
    letter["Subject"] = subject
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = message_id
    if head.reply_to is not None:
        letter["Reply-To"] = head.reply_to
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if head.unsubscribe is not None:
        letter["List-Unsubscribe"] = f"<{head.unsubscribe}>"
    letter.set_content(text, charset="utf-8", cte="quoted-printable")
    letter["Content-Language"] = locale.replace("_", "-")
    return letter.as_bytes()


def message_id(secret: bytes, key: str, letter: Letter, domain: str) -> str:
    """The id that a letter has whenever and by whomever it is sent; it tells neither the unit nor the arm.

    >>> message_id(b"k" * 32, "late_parcel", Letter("a9e5", "message"), "example.com")
    '<d91b9566dd99144bf403d3141458d42d@example.com>'
    """
    told = "\0".join(("amends:mail", key, *letter))
    return f"<{hmac.digest(secret, told.encode(), sha256)[:16].hex()}@{domain}>"
