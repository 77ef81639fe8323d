"""The page, the API and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab, read_settings

if TYPE_CHECKING:
    from amends.settings import Settings

keys_app = typer.Typer(help="Keys of the API.", no_args_is_help=True, rich_markup_mode=None)

SCOPES = ("assign", "ingest", "read", "admin")


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
    name: Annotated[str, typer.Option(help="Whose key it is; the tally keeps senders apart.")] = "sender",
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is stored.

    \b
    Example:
      amends keys create --name web-shop --scope assign --scope ingest
    """
    from amends.errors import nearest

    for given in scope:
        if given not in SCOPES:
            output.refuse(f"--scope {given} is not known. {nearest(given, SCOPES, what='scopes')}")
    with open_lab() as lab:
        bare = lab.store.create_key(name, tuple(dict.fromkeys(scope)), at=lab.clock())
    if as_json:
        output.say_json({"key": bare, "name": name, "scopes": list(dict.fromkeys(scope))})
    else:
        output.say(bare)
        output.notice(f"note: this is the key of {name}. It is not shown again; keep it safe.")
