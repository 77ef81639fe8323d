"""Webhooks of survey vendors on the command line: add one, list them, give one a new secret, end one."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab
from amends.cli.records import pairs

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.store import Webhook

webhooks_app = typer.Typer(
    help="Where survey vendors tell of answers.\n\n\b\nExample:\n"
    "  amends webhooks add typeform --experiment late_parcel --rating satisfaction=satisfied",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ENTROPY = 32
LARGEST_SECRET = 4096
SecretFrom = Annotated[
    Path | None,
    typer.Option(
        "--secret-from",
        metavar="FILE",
        help="The vendor's own secret, in a file (- for standard input): never on the command line.",
    ),
]


@webhooks_app.command("add")
def add(
    vendor: Annotated[
        str, typer.Argument(metavar="VENDOR", help="standard, typeform, surveymonkey or qualtrics.")
    ],
    experiment: Annotated[str, typer.Option(metavar="KEY", help="Whose answers come in.")],
    rating: Annotated[
        list[str] | None,
        typer.Option("--rating", metavar="ITEM=FIELD", help="The vendor's field of a rating; repeat it."),
    ] = None,
    token: Annotated[str, typer.Option(help="The vendor's field with the token of the survey link.")] = "t",
    name: Annotated[str | None, typer.Option(help="What to call it; the vendor's name without.")] = None,
    secret_from: SecretFrom = None,
    as_json: AsJson = False,
) -> None:
    """Take in what a survey vendor sends. Prints a new secret once, where the vendor brings none.

    \b
    Example:
      amends webhooks add typeform --experiment late_parcel --rating satisfaction=satisfied
    """
    from amends.lab.webhooks import add_webhook

    with open_lab() as lab:
        webhook = add_webhook(
            lab,
            vendor,
            experiment=experiment,
            ratings=pairs(rating, "--rating"),
            token_field=token,
            name=name,
            secret=_given(secret_from),
            entropy=secrets.token_bytes(ENTROPY),
        )
        address = _address(lab, webhook)
        outside = isinstance(lab.experiment(experiment).survey, str)
    _say_secret(webhook, address, shown=secret_from is None, as_json=as_json)
    if not outside:
        output.notice(
            f"note: the links of {experiment} lead to our own page. For the vendor's form, write "
            'survey="https://…?t={token}" in the definition, before it starts.'
        )


@webhooks_app.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """List the webhooks, never their secrets.

    \b
    Example:
      amends webhooks list
    """
    with open_lab() as lab:
        now = lab.clock()
        rows = [_listed(lab, webhook, secrets=len(webhook.secrets(now))) for webhook in lab.store.webhooks()]
    if as_json:
        output.say_json(rows)
        return
    headers = ["name", "experiment", "ratings", "secrets", "last message (UTC)", "refused", "address"]
    output.say(output.columns(headers, [_as_row(row) for row in rows]))


@webhooks_app.command("rotate")
def rotate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Which webhook.")],
    keep: Annotated[int, typer.Option(min=0, max=90, help="Days that the secret before stays good.")] = 7,
    secret_from: SecretFrom = None,
    as_json: AsJson = False,
) -> None:
    """Give a webhook a new secret; the one before stays good for some days, so that nothing is lost.

    \b
    Example:
      amends webhooks rotate typeform
      amends webhooks rotate typeform --keep 0
    """
    from amends.lab.webhooks import rotate_webhook

    with open_lab() as lab:
        webhook = rotate_webhook(
            lab,
            name,
            secret=_given(secret_from),
            keep=timedelta(days=keep),
            entropy=secrets.token_bytes(ENTROPY),
        )
        address = _address(lab, webhook)
    _say_secret(webhook, address, shown=secret_from is None, as_json=as_json)
    if keep:
        output.notice(f"note: the secret before stays good until {webhook.former_until:%Y-%m-%d %H:%M} UTC.")


@webhooks_app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="Which webhook ends.")]) -> None:
    """End a webhook at once and forget its secrets. Answers stay.

    \b
    Example:
      amends webhooks revoke typeform
    """
    from amends.lab.webhooks import webhook_of

    with open_lab() as lab:
        webhook = webhook_of(lab, name)
        lab.store.revoke_webhook(webhook.name, at=lab.clock())
    output.say(f"The webhook {name} is revoked.")


def _given(file: Path | None) -> str | None:
    """The secret in a file; None without one."""
    if file is None:
        return None
    if str(file) == "-":
        raw = sys.stdin.buffer.read(LARGEST_SECRET + 1)
    else:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_SECRET + 1)
    if len(raw) > LARGEST_SECRET or not raw.isascii():
        output.refuse(f"--secret-from {file}: up to {LARGEST_SECRET} bytes of ASCII are needed.")
    return raw.decode("ascii")


def _say_secret(webhook: Webhook, address: str, *, shown: bool, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {"name": webhook.name, "address": address}
        output.say_json(document | ({"secret": webhook.secret} if shown else {}))
        return
    if shown:
        output.say(webhook.secret)
        output.notice(f"note: this is the secret of {webhook.name}. It is not shown again; keep it safe.")
    output.notice(f"note: messages go to {address}")


def _address(lab: Lab, webhook: Webhook) -> str:
    return f"{lab.settings.public_url}/api/v1/webhooks/{webhook.vendor}"


def _listed(lab: Lab, webhook: Webhook, *, secrets: int) -> dict[str, Any]:
    from amends.lab.webhook_messages import refused_reason

    counted = lab.store.turned_away(webhook.experiment)
    refused = sum(
        n for status, reason, n in counted if (status, reason) == ("refused", refused_reason(webhook))
    )
    return {
        "name": webhook.name,
        "vendor": webhook.vendor,
        "experiment": webhook.experiment,
        "token_field": webhook.token_field,
        "ratings": dict(webhook.ratings),
        "secrets": secrets,
        "created_at": webhook.created_at,
        "last_message_at": webhook.last_message_at,
        "refused": refused,
        "address": _address(lab, webhook),
    }


def _as_row(listed: dict[str, Any]) -> tuple[object, ...]:
    last = listed["last_message_at"]
    return (
        listed["name"],
        listed["experiment"],
        " ".join(f"{item}={field}" for item, field in listed["ratings"].items()) or "-",
        listed["secrets"],
        "never" if last is None else f"{last:%Y-%m-%d %H:%M}",
        listed["refused"],
        listed["address"],
    )
