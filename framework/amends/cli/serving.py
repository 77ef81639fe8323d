"""The page, the API and its keys."""

from __future__ import annotations

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
) -> None:
    """Serve the dashboard, the API and the survey page.

    \b
    Example:
      amends serve --port 8501
    """
    if only not in (None, "api", "dashboard"):
        output.refuse(f"--only {only} is not known: api or dashboard.")
    run(read_settings(port=port), host=host, port=port, only=only)


def run(settings: Settings, *, host: str, port: int, only: str | None) -> None:
    """Serves on these settings until it is interrupted."""
    from amends.api.serve import run as serve_until_stopped

    with open_lab(settings) as lab:
        serve_until_stopped(lab, host, port, only, say=output.notice)


@keys_app.command("create")
def create(
    scope: Annotated[list[str], typer.Option("--scope", help="assign, ingest, read or admin; repeat it.")],
    name: Annotated[str | None, typer.Option(help="Whose key it is; the tally keeps senders apart.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is stored.

    \b
    Example:
      amends keys create --name web-shop --scope assign --scope ingest
    """
    with open_lab() as lab:
        named = name or _free_name({known.name for known in lab.store.keys()})  # noqa: SIM118
        scopes = list(dict.fromkeys(scope))
        bare = lab.store.create_key(named, scopes, at=lab.clock())
    if as_json:
        output.say_json({"key": bare, "name": named, "scopes": scopes})
    else:
        output.say(bare)
        output.notice(f"note: this is the key of {named}. It is not shown again; keep it safe.")


def _free_name(taken: set[str]) -> str:
    number = 1
    while f"key-{number}" in taken:
        number += 1
    return f"key-{number}"


@keys_app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys: names and scopes, never the keys themselves.

    \b
    Example:
      amends keys list
    """
    with open_lab() as lab:
        found = lab.store.keys()
    if as_json:
        output.say_json([_listed(key) for key in found])
        return
    rows = [(key.name, " ".join(key.scopes), "revoked" if key.revoked_at else "in use") for key in found]
    output.say(output.columns(["name", "scopes", "state"], rows))


def _listed(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
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
