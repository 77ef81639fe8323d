"""The command line. Thin: each command reads its words, calls the library, prints.

Exit codes: 0 done; 1 problems found by `check` or `db verify`; 2 wrong usage or refused input.
"""

from __future__ import annotations


def main() -> None:
    """Runs the command line on `sys.argv` and exits."""
    from amends.cli.app import app
    from amends.cli.output import prepare_streams

    prepare_streams()
    app(prog_name="amends")
