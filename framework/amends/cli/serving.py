"""The page, the API and its keys."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab, read_settings

if TYPE_CHECKING:
    from amends.settings import Settings
    from amends.store import ApiKey

keys_app = typer.Typer(
    help="Keys of the API.\n\n\b\nExample:\n  amends keys create --scope assign",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    only: Annotated[str | None, typer.Option(help="api or dashboard; both without.")] = None,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="A line of JSON on stderr for each request, without ids.")
    ] = False,
) -> None:
    """Serve the dashboard, the API and the survey page.

    Set AMENDS_DASHBOARD_PASSWORD, and the dashboard asks for it; the analysts' and owners' passwords let
    their holders unmask and download, and start and stop.

    \b
    Example:
      amends serve --port 8501
    """
    if only not in (None, "api", "dashboard"):
        output.refuse(f"--only {only} is not known: api or dashboard.")
    run(read_settings(port=port), host=host, port=port, only=only, access_log=access_log)


def run(settings: Settings, *, host: str, port: int, only: str | None, access_log: bool = False) -> None:
    """Serves on these settings until it is interrupted."""
    from amends.api.serve import run as serve_until_stopped
    from amends.settings import dashboard_passwords

    with open_lab(settings) as lab:
        serve_until_stopped(
            lab,
            host,
            port,
            only,
            access_log=access_log,
            passwords=None if only == "api" else dashboard_passwords(),
            say=output.notice,
        )


@keys_app.command("create")
def create(
    scope: Annotated[list[str], typer.Option("--scope", help="assign, ingest, read or admin; repeat it.")],
    name: Annotated[str | None, typer.Option(help="Whose key it is; the tally keeps senders apart.")] = None,
    rate: Annotated[
        str | None, typer.Option(help="Requests it may make: 50/s, 600/min; AMENDS_RATE (1000/s) without.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="Last day it works, in UTC (2026-12-31), or in how many days (90d).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is stored.

    \b
    Example:
      amends keys create --name web-shop --scope assign --scope ingest --rate 50/s --expires 365d
    """
    limit = None if rate is None else _rate(rate)
    with open_lab() as lab:
        named = name or _free_name({known.name for known in lab.store.keys()})  # noqa: SIM118
        scopes = list(dict.fromkeys(scope))
        now = lab.clock()
        ends = None if expires is None else _end(expires, now)
        bare = lab.store.create_key(named, scopes, at=now, rate=limit, expires_at=ends)
    if as_json:
        output.say_json({"key": bare, "name": named, "scopes": scopes, "rate": limit, "expires_at": ends})
    else:
        output.say(bare)
        output.notice(f"note: this is the key of {named}. It is not shown again; keep it safe.")


def _rate(written: str) -> float:
    from amends.rates import per_second

    try:
        return per_second(written)
    except ValueError as error:
        output.refuse(f"--rate: {error}")


def _end(written: str, now: datetime) -> datetime:
    """The moment a key ends: after its last day, or after so many days from now."""
    days = re.fullmatch(r"(\d{1,5})d", written, re.ASCII)
    if days:
        return now + timedelta(days=int(days[1]))
    try:
        return datetime.combine(date.fromisoformat(written), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        output.refuse(f"--expires {written}: write a day, 2026-12-31, or a number of days, 90d.")


def _free_name(taken: set[str]) -> str:
    number = 1
    while f"key-{number}" in taken:
        number += 1
    return f"key-{number}"


@keys_app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys: how each begins, its scopes, rate, end and last use, never the keys themselves.

    \b
    Example:
      amends keys list
    """
    with open_lab() as lab:
        found, now = lab.store.keys(), lab.clock()
    if as_json:
        output.say_json([_listed(key) for key in found])
        return
    rows = [
        (
            key.name,
            f"{key.prefix}…",
            " ".join(key.scopes),
            "-" if key.rate is None else f"{key.rate:g}/s",
            _state(key, now),
            "never" if key.last_used_at is None else f"{key.last_used_at:%Y-%m-%d %H:%M}",
        )
        for key in found
    ]
    output.say(output.columns(["name", "begins with", "scopes", "rate", "state", "last used (UTC)"], rows))


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None:
        return "in use"
    return f"{'expired' if key.expires_at <= now else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"


def _listed(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "rate": key.rate,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


@keys_app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key ends.")]) -> None:
    """End a key at once.

    \b
    Example:
      amends keys revoke web-shop
    """
    from amends.errors import UsageError, nearest

    with open_lab() as lab:
        if not lab.store.revoke_key(name, at=lab.clock()):
            names = [key.name for key in lab.store.keys() if key.revoked_at is None]  # noqa: SIM118
            raise UsageError(f"no key of {name!r} is in use. {nearest(name, names, what='keys')}")
    output.say(f"The key of {name} is revoked.")
