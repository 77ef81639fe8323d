"""The page of the command line: the help of every command, as it prints it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from amends.cli.app import app

INTRODUCTION = """\
# Commands

What `amends COMMAND --help` prints. Exit codes: 0 done; 1 problems found by `check`, `db verify` and other
checks; 2 wrong usage or refused input. With `--json` stdout is one JSON document and notices go to stderr."""


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for path, text in _helps(typer.main.get_command(app), ("amends",), None):
        level = "##" if len(path) <= 2 else "###"
        parts.append(f"{level} {' '.join(path)}\n\n```\n{text}\n```")
    return "\n\n".join(parts)


def _helps(command: Any, path: tuple[str, ...], parent: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    context = command.make_context(path[-1], [], parent=parent, resilient_parsing=True)
    context.terminal_width = context.max_content_width = 100
    yield path, "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())
    for name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, (*path, name), context)
