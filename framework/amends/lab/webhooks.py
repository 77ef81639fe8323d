"""Where survey vendors tell of an experiment's answers: added, given new secrets, found by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from amends.errors import UsageError, nearest
from amends.importing.finished import rating_scales
from amends.importing.vendors import VENDORS, Vendor
from amends.lab.calling import text_of
from amends.store import Webhook

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

TOKEN_FIELD = "t"
FORMER_KEPT = timedelta(days=7)
LONGEST_FIELD = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


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
