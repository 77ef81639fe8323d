"""One letter to a mail server: taken, refused, not taken, or unknown, by the step at which it ended.

RFC 5321, section 4.2.5: a server answers for a letter from the moment it says 250 to the end of the data.
Before the end of the data is sent nobody has the letter; after it, and without an answer, nobody knows.
"""

from __future__ import annotations

import re
import smtplib
from dataclasses import dataclass

_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})\b")
_LEADING_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a letter.

    Attributes:
        state: `taken`; `refused` for good; `put off`, not taken now; `unknown`; `unwelcome`, where the
            server takes nothing from this sender at all.
        detail: Step and codes, such as `RCPT 550 5.1.1`; never a server's words, which hold addresses.
        lost: Whether the connection is gone.
    """

    state: str
    detail: str | None = None
    lost: bool = False


def hand_over(connection: smtplib.SMTP, letter: bytes, *, sender: str, to: str, envelope: str) -> Outcome:
    """Hands a letter over.

    Args:
        connection: Where nothing else is under way.
        letter: Header and body, lines ending in CRLF.
        sender: The envelope's sender, to whom bounces go.
        to: The recipient's address.
        envelope: An id that a bounce repeats, where the server knows how (RFC 3461).
    """
    reports = connection.has_extn("dsn")
    steps = (
        ("MAIL", f"mail FROM:<{sender}>" + (f" RET=HDRS ENVID={envelope}" if reports else ""), (250,)),
        ("RCPT", f"rcpt TO:<{to}>" + (" NOTIFY=FAILURE" if reports else ""), (250, 251)),
        ("DATA", "data", (354,)),
    )
    step, handed = "MAIL", False
    try:
        for step, command, welcome in steps:
            code, said = connection.docmd(command)
            if code not in welcome:
                return _refused(connection, step, code, said)
        step = "DATA"
        connection.send(_LEADING_DOT.sub(b"..", letter if letter.endswith(b"\r\n") else letter + b"\r\n"))
        handed = True
        connection.send(b".\r\n")
        code, said = connection.getreply()
    except (smtplib.SMTPException, OSError):
        connection.close()
        return Outcome("unknown" if handed else "put off", f"{step} connection lost", lost=True)
    if code == 250:
        return Outcome("taken")
    return _refused(connection, step, code, said)


def _refused(connection: smtplib.SMTP, step: str, code: int, said: bytes) -> Outcome:
    found = _ENHANCED.match(said)
    detail = " ".join([step, str(code), *([found[1].decode()] if found else [])])
    lost = code == 421 or not _ready_again(connection)
    if lost:
        connection.close()
    if not 500 <= code < 600:
        return Outcome("put off", detail, lost)
    return Outcome("unwelcome" if step == "MAIL" or code == 530 else "refused", detail, lost)


def _ready_again(connection: smtplib.SMTP) -> bool:
    try:
        return connection.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False
