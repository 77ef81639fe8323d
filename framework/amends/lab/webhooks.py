"""Answers that a survey vendor tells of: genuine, joined by the link's token, each message counted once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from amends.errors import KeyReused, RecordRefused, UsageError, nearest
from amends.importing.finished import rating_scales, read_rating
from amends.importing.vendors import VENDORS, Message, Unreadable, Vendor, within
from amends.lab.calling import text_of
from amends.lab.records import nonce_of, record_response
from amends.store import Webhook

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

TOKEN_FIELD = "t"
FORMER_KEPT = timedelta(days=7)
LONGEST_FIELD = 200
LONGEST_SHOWN = 40
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


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


def add_webhook(
    lab: Lab,
    vendor: str,
    *,
    experiment: str,
    ratings: Mapping[str, str],
    entropy: bytes,
    token_field: str = TOKEN_FIELD,
    name: str | None = None,
    secret: str | None = None,
) -> Webhook:
    """Stores where a vendor tells of an experiment's answers.

    Args:
        lab: The lab.
        vendor: One of `amends.importing.vendors.VENDORS`.
        experiment: The experiment's key.
        ratings: Item name to the vendor's field.
        entropy: 32 random bytes, for a secret of ours.
        token_field: The vendor's field that carries the link's token.
        name: What to call it; the vendor's name, with a number where that is taken.
        secret: The vendor's own secret; without, one is made of `entropy`.

    Raises:
        UsageError: For an unknown vendor or item, a name that cannot be or is taken, an unfit secret.
        UnknownExperiment: For an unknown experiment.
    """
    known = vendor_of(vendor)
    _check_ratings(known, lab.experiment(experiment), ratings)
    taken = {webhook.name for webhook in lab.store.webhooks()}
    named = _free_name(vendor, taken) if name is None else name
    if not _NAME.fullmatch(named):
        raise UsageError(f"name {named!r}: up to 40 of a-z, 0-9, - and _ are needed.")
    webhook = Webhook(
        name=named,
        vendor=vendor,
        experiment=experiment,
        token_field=_field("token", token_field),
        ratings={item: _field(item, field) for item, field in ratings.items()},
        created_at=lab.clock(),
        secret=_secret(known, secret, entropy),
    )
    lab.store.add_webhook(webhook)
    return webhook


def rotate_webhook(
    lab: Lab, name: str, *, entropy: bytes, secret: str | None = None, keep: timedelta = FORMER_KEPT
) -> Webhook:
    """Gives a webhook a new secret; the one before stays good for a while, so that no message is lost.

    Raises:
        UsageError: For an unknown name, an unfit secret, or the secret that it has.
    """
    before = webhook_of(lab, name)
    new = _secret(vendor_of(before.vendor), secret, entropy)
    if new == before.secret:
        raise UsageError(f"{name} has this secret already: give another one.")
    now = lab.clock()
    if not lab.store.rotate_webhook(name, new, until=now + keep, at=now):
        raise UsageError(f"{name} was revoked meanwhile.")
    return webhook_of(lab, name)


def webhook_of(lab: Lab, name: str) -> Webhook:
    """The webhook of a name.

    Raises:
        UsageError: With the nearest name.
    """
    found = {webhook.name: webhook for webhook in lab.store.webhooks()}
    if name not in found:
        raise UsageError(f"there is no webhook {name!r}. {nearest(name, found, what='webhooks')}")
    return found[name]


def vendor_of(name: str) -> Vendor:
    """The vendor of a name.

    Raises:
        UsageError: With the nearest name.
    """
    if name not in VENDORS:
        raise UsageError(f"{name!r} is no vendor. {nearest(name, VENDORS, what='vendors')}")
    return VENDORS[name]


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
    try:
        message = vendor.read(headers, body)
    except Unreadable:
        raise
    except ValueError as error:
        raise RecordRefused(f"this message of {vendor.called} cannot be read: {error}.") from None
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
        if lab.store.is_known(webhook.experiment, "response", told):
            return Received(recorded=True, repeat=True)
        return _record(lab, webhook, message, token, told=told, now=now)
    except KeyReused:  # the same message at the same moment, through another process
        return Received(recorded=True, repeat=True)
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


def _token(webhook: Webhook, message: Message) -> str:
    found = within(message.hidden, webhook.token_field)
    return found if isinstance(found, str) else ""


def _whose(lab: Lab, links: Sequence[tuple[Webhook, str]]) -> tuple[Webhook, str]:
    """The webhook of the experiment that the token belongs to."""
    for webhook, token in links:
        stored = lab.store.by_token(nonce_of(lab, token))
        if stored is not None and stored.experiment == webhook.experiment:
            return webhook, token
    raise RecordRefused(
        f"the survey link's token belongs to nobody in {links[0][0].experiment}: nothing was recorded."
    )


def _record(
    lab: Lab, webhook: Webhook, message: Message, token: str, *, told: str, now: datetime
) -> Received:
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
    return Received(recorded=True, repeat=not stored.first)


def _ratings(experiment: Experiment, webhook: Webhook, message: Message) -> dict[str, int]:
    """The ratings of a message, each held against its scale; a question that was passed over is none.

    Raises:
        RecordRefused: Naming field and value.
    """
    scales = rating_scales(experiment)
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


def _check_ratings(vendor: Vendor, experiment: Experiment, ratings: Mapping[str, str]) -> None:
    if ratings and not vendor.holds_answers:
        raise UsageError(
            f"{vendor.called} sends no answers, so it has no field for {next(iter(ratings))}: leave --rating "
            "out, and take the answers in with `amends responses`."
        )
    scales = rating_scales(experiment)
    for item in ratings:
        if item not in scales:
            near = nearest(item, scales, what="ratings")
            raise UsageError(f"{experiment.key} asks for no rating {item!r}. {near}")


def _secret(vendor: Vendor, given: str | None, entropy: bytes) -> str:
    if given is None:
        if vendor.new_secret is None:
            raise UsageError(
                f"{vendor.called} has a secret of its own: write it to a file and give --secret-from FILE."
            )
        return vendor.new_secret(entropy)
    try:
        return vendor.check_secret(given)
    except ValueError as error:  # its words never hold the secret
        raise UsageError(f"this secret cannot be one of {vendor.called}: {error}.") from None


def _field(name: str, given: str) -> str:
    field = text_of(name, given, longest=LONGEST_FIELD)
    if not field:
        raise UsageError(f"{name}: the name of the vendor's field is needed.")
    return field


def _free_name(vendor: str, taken: set[str]) -> str:
    name, number = vendor, 2
    while name in taken:
        name, number = f"{vendor}-{number}", number + 1
    return name
