"""Bounces: delivery reports (RFC 3464) out of a mailbox file, found again by the letter's own id."""

from __future__ import annotations

import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING

from amends.errors import ImportRefused

if TYPE_CHECKING:
    from amends.lab import Lab

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_OWN_ID = re.compile(r"(?im)^message-id:\s*(<[^<>\s]+>)")
_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")

OUTCOMES = ("failed", "known", "strange", "delayed", "other")


def read_bounces(lab: Lab, path: Path) -> dict[str, int]:
    """Records the letters that came back as failed deliveries; may be run again on the same file.

    Args:
        lab: The lab.
        path: An mbox file, or a Maildir folder, to which the sender's bounces go.

    Returns:
        How many reports: `failed` now, `known` before, of `strange` letters, only `delayed`; and `other`
        mail.

    Raises:
        ImportRefused: There is no such file, or it is no mailbox.
        StoreUnavailable: The database does not answer.
    """
    counts: Counter[str] = Counter()
    for message in _messages(path):
        counts[_taken_in(lab, message)] += 1
    return {name: counts[name] for name in OUTCOMES}


def _taken_in(lab: Lab, message: Message) -> str:
    report = _report(message)
    if report is None:
        return "other"
    action, status = report
    if action != "failed":
        return "delayed"
    found = [
        lab.store.bounce_mail(name, at=lab.clock(), detail=f"DSN {status}".strip()) for name in _ids(message)
    ]
    if True in found:
        return "failed"
    return "known" if False in found else "strange"


def _messages(path: Path) -> Iterator[Message]:
    if path.is_dir() and (path / "new").is_dir():
        yield from mailbox.Maildir(path, create=False)
        return
    if not path.is_file():
        raise ImportRefused(f"{path}: no such mailbox. Give an mbox file, or a Maildir folder.")
    with path.open("rb") as file:
        first = file.read(5)
    if first not in (b"", b"From "):
        raise ImportRefused(f"{path.name} is no mbox file: it does not begin with 'From '.")
    yield from mailbox.mbox(path, create=False)


def _report(message: Message) -> tuple[str, str] | None:
    """Action and status of the first recipient reported on; None for what is no delivery report."""
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for block in _parts(part):
            action = str(block.get("Action", "")).strip().lower()
            if action:
                status = _STATUS.search(str(block.get("Status", "")))
                return action, status[1] if status else ""
    return None


def _ids(message: Message) -> list[str]:
    """Ids of the letter that came back: from its own headers, else from the envelope id that we gave."""
    found: list[str] = []
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            found += [str(inner.get("Message-ID", "")) for inner in _parts(part)]
        elif kind == "text/rfc822-headers":
            found += _OWN_ID.findall(str(part.get_payload()))
        elif kind == "message/delivery-status":
            found += [f"<{str(block.get('Original-Envelope-Id', '')).strip()}>" for block in _parts(part)]
    return list(dict.fromkeys(name.strip() for name in found if _ID.fullmatch(name.strip())))


def _parts(part: Message) -> list[Message]:
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []
