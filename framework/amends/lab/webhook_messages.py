"""Answers that a survey vendor tells of: genuine, joined by the link's token, each message counted once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.errors import KeyReused, RecordRefused
from amends.importing.finished import rating_scales, read_rating
from amends.importing.vendors import Message, Unreadable, Vendor, within
from amends.lab import tokens
from amends.lab.records import record_response, remembered_key
from amends.store import Webhook

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

LONGEST_SHOWN = 40


class NotGenuine(Exception):
    """A message that no webhook's secret shows to be the vendor's own."""


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a genuine message.

    Attributes:
        recorded: Whether it brought an answer that now stands.
        repeat: Whether the same message, or a finished answer by that link, was there before.
        reason: Why nothing was recorded; empty otherwise.
    """

    recorded: bool
    repeat: bool = False
    reason: str = ""


def receive(
    lab: Lab, vendor: Vendor, webhooks: Sequence[Webhook], *, headers: Mapping[str, str], body: bytes
) -> Received:
    """Takes in one message: its signature is checked first, over the bytes as they came.

    Where several webhooks have the same secret, the token tells whose answer it is.

    Args:
        lab: The lab.
        vendor: Whose address it came to.
        webhooks: The vendor's webhooks.
        headers: Header fields by lower-case name.
        body: The body.

    Raises:
        NotGenuine: No secret fits, or the message is too old; nothing of it was read.
        Unreadable: A genuine body that is not JSON.
        RecordRefused: A genuine message that cannot be recorded: a forged token, a rating off its
            scale. Counted once a message; sent again it is tried again, so that a mapping can be mended.
        StoreUnavailable: When the database does not answer.
    """
    now = lab.clock()
    fitting = _fitting(vendor, webhooks, headers, body, now=now)
    message = _read(vendor, headers, body)
    for webhook in fitting:
        lab.store.webhook_came(webhook, at=now)
    if message.finished is None:
        return Received(recorded=False, reason=message.why)
    links = [(webhook, token) for webhook in fitting if (token := _token(webhook, message))]
    if not links:
        return Received(recorded=False, reason=f"no token in {fitting[0].token_field}: nobody's link")
    told = f"webhook:{lab.store.pseudonym(f'{vendor.name}:{message.id}')}"
    webhook = links[0][0]
    try:
        webhook, token = _whose(lab, links)
        return _record(lab, webhook, message, token, told=told, now=now)
    except RecordRefused:
        lab.store.count_refused_once(webhook.experiment, told, reason=refused_reason(webhook))
        raise


def refused_reason(webhook: Webhook) -> str:
    """Under which reason a webhook's refused messages are counted."""
    return f"a message of webhook {webhook.name}"


def _fitting(
    vendor: Vendor, webhooks: Sequence[Webhook], headers: Mapping[str, str], body: bytes, *, now: datetime
) -> list[Webhook]:
    """The webhooks one of whose secrets fits the signature."""
    if not webhooks:
        raise NotGenuine(f"there is no webhook of {vendor.called}: amends webhooks add {vendor.name}")
    fitting: list[Webhook] = []
    why = ""
    for webhook in webhooks:
        doubts = [vendor.doubt(secret, headers, body, now) for secret in webhook.secrets(now)]
        if None in doubts:
            fitting.append(webhook)
        why = doubts[0] or why
    if not fitting:
        raise NotGenuine(why)
    return fitting


def _read(vendor: Vendor, headers: Mapping[str, str], body: bytes) -> Message:
    try:
        return vendor.read(headers, body)
    except Unreadable:
        raise
    except ValueError as error:
        raise RecordRefused(f"this message of {vendor.called} cannot be read: {error}.") from None


def _token(webhook: Webhook, message: Message) -> str:
    found = within(message.hidden, webhook.token_field)
    return found if isinstance(found, str) else ""


def _whose(lab: Lab, links: Sequence[tuple[Webhook, str]]) -> tuple[Webhook, str]:
    """The webhook of the experiment that the token belongs to."""
    genuine = False
    for webhook, token in links:
        nonce = tokens.unsign(lab.settings.secret, token)
        stored = None if nonce is None else lab.store.by_token(nonce)
        if stored is not None and stored.experiment == webhook.experiment:
            return webhook, token
        genuine = genuine or stored is not None
    why = f"is of no link of {links[0][0].experiment}" if genuine else "is not genuine"
    raise RecordRefused(f"the survey link's token {why}: nothing was recorded.")


def _record(
    lab: Lab, webhook: Webhook, message: Message, token: str, *, told: str, now: datetime
) -> Received:
    """Records an answer, unless the same message brought it before."""
    remembered = remembered_key(lab, told)
    if remembered is not None and lab.store.is_known(webhook.experiment, "response", remembered):
        return Received(recorded=True, repeat=True)
    try:
        stored = record_response(
            lab,
            webhook.experiment,
            token=token,
            finished=bool(message.finished),
            # A vendor's clock that runs ahead of ours says nothing about when the answer came.
            at=message.at if message.at is not None and message.at <= now else None,
            idempotency_key=told,
            items=_ratings(lab.experiment(webhook.experiment), webhook, message),
        )
    except KeyReused:  # the same message at the same moment, through another process
        return Received(recorded=True, repeat=True)
    return Received(recorded=True, repeat=not stored.first)


def _ratings(experiment: Experiment, webhook: Webhook, message: Message) -> dict[str, int]:
    """The ratings of a message, each held against its scale; a question that was passed over is none.

    Raises:
        RecordRefused: Naming field and value.
    """
    scales = rating_scales(experiment)
    for item in webhook.ratings:
        if item not in scales:  # the webhook was added to a draft, which was changed before it started
            raise RecordRefused(
                f"{experiment.key} asks for no {item}: revoke webhook {webhook.name} and add it anew."
            )
    given = {item: within(message.answers, field) for item, field in webhook.ratings.items()}
    try:
        return {
            item: read_rating(
                _written(value, webhook.ratings[item]), item, scales[item], column=webhook.ratings[item]
            )
            for item, value in given.items()
            if value is not None and value != ""
        }
    except ValueError as error:
        raise RecordRefused(f"{error}: nothing was recorded.") from None


def _written(value: Any, field: str) -> str:
    if not isinstance(value, (int, float, str)):
        raise ValueError(f"{field}: a number is needed")
    written = str(value)
    if len(written) > LONGEST_SHOWN:
        raise ValueError(f"{field}: a number of at most {LONGEST_SHOWN} characters is needed")
    return written
