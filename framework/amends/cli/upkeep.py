"""Keeping the database: copies, and what need not be kept any longer."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.data import db_app
from amends.cli.define import AsJson
from amends.cli.opening import open_lab, read_settings

app = db_app
_DAYS = re.compile(r"([1-9]\d{0,4})d")


@app.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; it must not exist.")],
    as_json: AsJson = False,
) -> None:
    """Copy the database while it is in use, and check the copy.

    The secret is not in it: keep that elsewhere, for without it nobody can tell whose record is whose.

    \b
    Example:
      amends db backup amends-2026-03-01.backup
    """
    from amends.store.backup import backup

    with open_lab() as lab:
        lab.spooling.replay()
        lab.store.audit("backup", detail={}, at=lab.clock())  # so the copy tells of itself
    counts = backup(read_settings().database_url, file)
    if as_json:
        output.say_json({"file": str(file), **counts})
        return
    told = ", ".join(f"{n:,} {name}" for name, n in counts.items())
    output.say(f"Copied and checked: {file} ({told}). Keep the secret too, in another place.")


@app.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `amends db backup` made.")],
) -> None:
    """Bring a copy back, where no database is yet.

    \b
    Example:
      AMENDS_DATABASE_URL=sqlite:///restored.db AMENDS_SECRET=… amends db restore amends-2026-03-01.backup
    """
    from amends.settings import load_settings
    from amends.store.backup import restore

    settings = load_settings(experiments_needed=True)
    if settings.secret_file is not None:
        settings.secret_file.unlink()  # made just now, so the copy was not made under it
        output.refuse(
            "a copy belongs to the secret it was made under: put that file beside the database, as "
            f"{settings.secret_file}, or set AMENDS_SECRET."
        )
    restore(file, settings.database_url)
    with open_lab() as lab:
        found = lab.store.verify()
        lab.store.audit("restore", detail={}, at=lab.clock())
        output.say(f"Restored {len(lab.store.experiments())} experiments from {file}.")
    if found:
        for item in found:
            output.say(str(item))
        raise typer.Exit(output.PROBLEMS)


@app.command("prune")
def prune(
    older_than: Annotated[str, typer.Option("--older-than", help="Days, such as 730d.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it; without, only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take away what is personal in experiments stopped long ago; every count stays.

    What was known of customers beforehand goes, words among their answers, what carriers said, survey
    links, and incidents in the log of delays. An analysis by covariates cannot be repeated afterwards.

    \b
    Example:
      amends db prune --older-than 730d
      amends db prune --older-than 730d --yes
    """
    given = _DAYS.fullmatch(older_than)
    if given is None:
        output.refuse(f"--older-than {older_than}: a number of days is needed, such as 730d.")
    with open_lab() as lab:
        before = lab.clock() - timedelta(days=int(given[1]))
        found = lab.store.prune(before, at=lab.clock()) if yes else lab.store.would_prune(before)
    if as_json:
        output.say_json({"before": before.isoformat(), "done": yes, **found._asdict()})
        return
    told = f"{found.units:,} units, {found.events:,} incidents, {found.keys:,} idempotency keys"
    output.say(f"Taken away: {told}." if yes else f"Would go: {told}. Add --yes to do it.")
