"""The stored data: export, erase, opt out, verify."""

from __future__ import annotations

from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.lab import Lab

db_app = typer.Typer(
    help="The database.\n\n\b\nExample:\n  amends db verify", no_args_is_help=True, rich_markup_mode=None
)


def export(
    key: Key,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; KEY_data or KEY_bundle without.")
    ] = None,
    bundle: Annotated[
        bool,
        typer.Option("--bundle", help="What goes with a publication, checked in R where R is installed."),
    ] = False,
    format: Annotated[
        str | None, typer.Option(help="csv (without --format), or parquet where pyarrow is installed.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="last|TIME", help="Parquet by day: what changed since the last export, or since."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Folder of that export, kept between runs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write an experiment's records as files, with a data dictionary. Ids are pseudonyms.

    With --since, Parquet files by day of assignment for a warehouse: only the days that changed are written
    anew, each whole. Safe to run at any time, and again after a run that broke off. Letters stand for masked
    arms there; every other export is refused while they are hidden, for every row names its arm.

    \b
    Example:
      amends export late_parcel --out late_parcel_data
      amends export late_parcel --since last --to late_parcel_sync
      amends export late_parcel --bundle
    """
    from amends.exporting import export_tables
    from amends.lab.exports import begin_export

    if since is not None or to is not None:
        if since is None or to is None:
            output.refuse("--since and --to go together: amends export KEY --since last --to FOLDER.")
        if bundle or out is not None or format not in (None, "parquet"):
            output.refuse("--since writes Parquet to --to: leave --bundle, --out and --format out.")
        _sync(key, to, since, as_json=as_json)
        return
    chosen = format or "csv"
    if bundle:
        if chosen != "csv":
            output.refuse(
                f"--bundle is written as CSV, so that any program reads it: leave --format {chosen} out."
            )
        _bundle(key, out or Path(f"{key}_bundle"), as_json=as_json)
        return
    out = out or Path(f"{key}_data")
    with open_lab() as lab:
        begin_export(lab, key, detail={"rows": "all", "format": chosen})
        rows = lab.store.export_rows(key)
        tables = [
            (name, getattr(rows, name))
            for name in ("assignments", "deliveries", "responses", "outcomes", "consents")
        ]
        written = export_tables(tables, out, format=chosen)
    if as_json:
        output.say_json(
            {"experiment": key, "files": [{"file": str(w.path), "rows": w.rows} for w in written]}
        )
        return
    output.say(output.columns(["file", "rows"], [(w.path, w.rows) for w in written]))


def _sync(key: str, folder: Path, since: str, *, as_json: bool) -> None:
    from amends.lab.syncing import sync

    with open_lab() as lab:
        done = output.advancing(sync(lab, key, folder, since=_day(since)), label=f"Exporting {key}")
    if as_json:
        output.say_json(
            {"experiment": key, "folder": str(folder), "rows": done.rows, "written": done.written}
            | {"unchanged": done.unchanged, "removed": done.removed, "masked": done.masked}
        )
        return
    days = sum(done.written.values())
    output.say(
        f"Rows written to {folder}: {done.rows:,}. Files new or changed: {days:,}; as they were: "
        f"{done.unchanged:,}; gone: {done.removed:,}."
    )
    if done.masked:
        output.say("Letters stand for the arms until the stop, and deliveries are left out.")


def _day(since: str) -> date | None:
    """The UTC day from which on rows are exported; None for whatever changed."""
    from amends.importing.values import moment

    if since == "last":
        return None
    try:
        return (
            date.fromisoformat(since)
            if len(since) == len("2026-03-02")
            else moment(since).astimezone(UTC).date()
        )
    except ValueError:
        output.refuse(
            f"--since {since} is neither last, nor a day (2026-03-02), nor a time with its zone "
            "(2026-03-02T20:00:00+07:00)."
        )


def _bundle(key: str, folder: Path, *, as_json: bool) -> None:
    from amends.publishing.bundle import write_bundle

    with open_lab() as lab:
        written = write_bundle(lab, key, folder)
    if as_json:
        output.say_json(
            {
                "experiment": key,
                "folder": str(written.folder),
                "files": list(written.files),
                "r": {"said": written.checked, "agrees": written.agrees},
            }
        )
    else:
        output.say(f"Wrote {len(written.files)} files to {written.folder}.")
        output.say(
            written.checked or "R is not installed here: run Rscript analysis.R in the folder elsewhere."
        )
    if written.agrees is False:
        raise typer.Exit(output.PROBLEMS)


def erase(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The customer's id.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase without asking.")] = False,
) -> None:
    """Forget a customer: the pseudonym becomes a random value, free text and link go, counts stay.

    \b
    Example:
      amends erase C-102 --yes
    """
    if not yes:
        if not output.interactive():
            output.refuse("erasing needs a yes: there is no terminal to ask at. Run it with --yes.")
        if not typer.confirm(f"Erase {unit} for good?", err=True):
            output.refuse(f"{unit} was not erased.")
    with open_lab() as lab:
        lab.spooling.replay()  # what waits for the database would bring the customer back
        count = lab.store.forget(_pseudonym(lab, unit))
    output.say(f"Erased {unit}: {count} records now belong to nobody.")


def optout(unit: Annotated[str, typer.Argument(metavar="UNIT", help="The customer's id.")]) -> None:
    """Keep a customer out of every experiment from now on.

    \b
    Example:
      amends optout C-102
    """
    with open_lab() as lab:
        lab.store.opt_out(_pseudonym(lab, unit))
    output.say(f"{unit} is not taken into any experiment from now on.")


def _pseudonym(lab: Lab, unit: str) -> str:
    from amends.assignment.hashing import id_bytes

    return lab.store.pseudonym(id_bytes(unit).decode())


@db_app.command("verify")
def verify(
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One experiment; all of them without.")
    ] = None,
    units: Annotated[
        Path | None,
        typer.Option("--units", help="Your own ids (columns unit_id, cluster or incident): recompute arms."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recount the rows and compare them with the stored tally. Exits with 1 when they differ.

    Sealed lists are replayed from their seed. With --units each customer's arm is recomputed from the id.

    \b
    Example:
      amends db verify
      amends db verify late_parcel --units customers.csv
    """
    from amends.lab.unit_audit import audit_lists

    if units is not None and key is None:
        output.refuse("--units belongs to one experiment: name its KEY too.")
    with open_lab() as lab:
        if key is not None:
            lab.experiment(key)
        found: list[object] = list(lab.store.verify(key))
        for one in [state.key for state in lab.store.experiments()] if key is None else [key]:
            found += audit_lists(lab, one)
        if key is not None and units is not None:
            found += _audited(lab, key, units)
        waiting = lab.spooling.spool.count()
    if as_json:
        output.say_json({"discrepancies": [str(item) for item in found], "spooled": waiting})
    else:
        if waiting:
            output.say(f"{waiting} records wait in the spool {lab.spooling.spool.path}.")
        for item in found:
            output.say(str(item))
        differ = f"{len(found)} {'discrepancy' if len(found) == 1 else 'discrepancies'}."
        output.say(differ if found else "The tally agrees with the rows.")
    if found:
        raise typer.Exit(output.PROBLEMS)


def _audited(lab: Lab, key: str, file: Path) -> list[str]:
    from amends.importing import read_table
    from amends.lab.unit_audit import audit_units

    table = read_table(file)
    experiment = lab.experiment(key)
    # Where each incident is a unit, the customer is its cluster: the columns are those of `assign`.
    unit, cluster = ("incident", "unit_id") if experiment.on_repeat == "new_unit" else ("unit_id", "cluster")
    table.require([unit, *([cluster] if experiment.clustered else [])])
    return audit_units(
        lab, key, {row[unit]: row[cluster] if experiment.clustered else None for row in table.rows}
    )


def explain(
    key: Key,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The customer's id.")],
    cluster: Annotated[str | None, typer.Option(help="The cluster's id, where one is declared.")] = None,
    incident: Annotated[
        str | None, typer.Option(help="The incident's id; needed where each incident is a unit.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language: en or id.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say why a customer has this arm, or what would happen now.

    \b
    Example:
      amends explain late_parcel C-102
    """
    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: it is written in en (English) or id (Indonesian).")
    with open_lab() as lab:
        found = lab.explain(key, unit, cluster=cluster, incident=incident)
    if as_json:
        output.say_json(found.to_dict())
    else:
        output.say(found.to_text(locale))


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database to this version's tables; opening it does the same.

    \b
    Example:
      amends db upgrade
    """
    with open_lab():
        output.say("The database is up to date.")
