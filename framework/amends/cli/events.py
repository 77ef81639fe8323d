"""The log of delays on the command line: bring events in, read them, see who is late now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab
from amends.cli.records import pairs

if TYPE_CHECKING:
    from amends.importing import Table
    from amends.store import ServiceEvent

events_app = typer.Typer(
    no_args_is_help=True, help="The log of delays: bring events in, read them, see who is late now."
)

Locale = Annotated[str, typer.Option("--locale", help="Language of the result: en or id.")]
DELAYS = ("delay_hours", "delay_minutes", "delay_seconds", "promised_at")
"""Columns that say how late it is; the log's own answer takes their place."""


@events_app.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(metavar="FILE.CSV", help="One row per incident, UTF-8.")],
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FACT=COLUMN", help="Where a fact stands; repeat it."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of rows that name none.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="What the file says takes the place of what is stored.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in a service desk's export: all rows, or none. Safe to run again.

    Facts read: incident; received_at, promised_at, answered_at (or arrived_at), closed_at, each with its
    zone; channel, customer, agent, mailbox, timezone. Told again, an incident keeps the earliest time.

    \b
    Example:
      amends events import tickets.csv --channel email --column incident=ticket_id \\
        --column received_at=created_at --column answered_at=first_reply_at
    """
    from amends.errors import nearest
    from amends.importing import read_events, read_table
    from amends.importing.events import FACTS
    from amends.lab.service_log import read_event

    columns = pairs(column, "--column")
    for fact in columns:
        if fact not in FACTS:
            output.refuse(f"--column {fact}=…: {nearest(fact, FACTS, what='facts')}")
    told: list[ServiceEvent] = []
    with open_lab() as lab:

        def check(row: Mapping[str, object]) -> None:
            facts = dict(row)
            told.append(read_event(lab, str(facts.pop("incident")), facts))

        read = read_events(read_table(file), columns, channel=channel, check=check)
        new = lab.store.record_events(told, sender="cli", replace=replace, at=lab.clock())
    if as_json:
        output.say_json({"rows": len(told), "new": new, "ignored": list(read.ignored)})
        return
    if read.ignored:
        output.notice(f"note: these columns say nothing about an event: {', '.join(read.ignored)}")
    incidents = "incident is" if new == 1 else "incidents are"
    output.say(f"Read {len(told):,} rows; {new:,} {incidents} new in the log.")
    output.say("See it with: amends events report")


@events_app.command("report")
def report(
    timezone: Annotated[
        str, typer.Option(help="Zone of incidents that name none, e.g. Asia/Jakarta.")
    ] = "UTC",
    agents: Annotated[
        Path | None, typer.Option("--agents", metavar="FILE", help="Ids of agents, one a line, to name them.")
    ] = None,
    locale: Locale = "en",
    as_json: AsJson = False,
) -> None:
    """Show how long people wait, what is late, when events come in, and which mailboxes nobody reads.

    \b
    Example:
      amends events report --timezone Asia/Jakarta
    """
    _check_locale(locale)
    names = [] if agents is None else [line for line in _lines(agents) if line]
    with open_lab() as lab:
        log = lab.service_log(timezone=timezone, agents=names)
    if as_json:
        output.say_json(log.to_dict())
    else:
        output.say(log.to_text(locale=locale))


@events_app.command("late")
def late(
    ids: Annotated[
        Path | None,
        typer.Option("--ids", metavar="FILE.CSV", help="Your own list, with the incidents' ids."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="LATE.CSV", help="Where those who are late are written.")
    ] = None,
    incident: Annotated[str, typer.Option(help="The list's column with the incidents' ids.")] = "incident",
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    by: Annotated[str | None, typer.Option(metavar="24h", help="Only those at least this late.")] = None,
    locale: Locale = "en",
    as_json: AsJson = False,
) -> None:
    """Show who is late now; with a list of yours, write those of it for `amends assign`.

    The log keeps pseudonyms only, so it cannot name anybody: --ids brings the ids, and every other
    column you need (unit_id, names, languages). Each late row is written with promised_at, when it was due.

    \b
    Example:
      amends events late --by 24h
      amends events late --by 24h --ids customers.csv --out late.csv
      amends assign late_parcel late.csv --out send.csv
    """
    _check_locale(locale)
    if (ids is None) != (out is None):
        output.refuse(
            "--ids and --out go together: a list of yours, and the file those of it are written to."
        )
    least = timedelta(0) if by is None else _spell(by, "--by")
    if ids is not None and out is not None:
        _write_late(ids, out, incident=incident, channel=channel, by=least, as_json=as_json)
        return
    from amends.analysis.formatting import Sentence
    from amends.lab.service_log import waiting

    nobody = Sentence("Nobody is waiting now.", "Saat ini tidak ada yang menunggu.")
    with open_lab() as lab:
        found = waiting(lab, channel=channel, by=least)
    if as_json:
        from amends.analysis.exported import exported

        output.say_json({"waiting": exported(found)})
    else:
        from amends.analysis.rendering.service_log import waiting_table
        from amends.analysis.rendering.tables import aligned

        output.say("\n".join(aligned(waiting_table(found, locale))) if found else nobody[locale])


def _write_late(
    ids: Path, out: Path, *, incident: str, channel: str | None, by: timedelta, as_json: bool
) -> None:
    from amends.exporting import write_csv
    from amends.importing import read_table
    from amends.lab.service_log import late_now

    if out.is_dir() or not out.absolute().parent.is_dir():
        output.refuse(f"--out {out} is not a file in an existing folder.")
    if ids.exists() and out.exists() and ids.samefile(out):
        output.refuse(f"--out {out} is the list itself; choose another name.")
    listed = read_table(ids)
    listed.require([incident])
    _no_blanks(listed, incident)
    with open_lab() as lab:
        rows = list(
            late_now(lab, (row.cells for row in listed.rows), channel=channel, by=by, incident=incident)
        )
        known = lab.store.find_events(lab.store.pseudonym(row[incident]) for row in listed.rows)
        unknown = len({row[incident] for row in listed.rows}) - len(known)
    columns = [*(name for name in listed.columns if name not in DELAYS), "promised_at"]
    lines = ({**row, "promised_at": _written(row["promised_at"])} for row in rows)
    write_csv(out, columns, lines, as_given=True)
    if as_json:
        output.say_json({"out": str(out), "rows": len(listed.rows), "late": len(rows), "not_in_log": unknown})
        return
    output.say(f"Wrote {out}: {len(rows):,} of {len(listed.rows):,} are late now.")
    if unknown:
        which = "incident of the list is" if unknown == 1 else "incidents of the list are"
        output.notice(f"note: {unknown:,} {which} not in the log.")


def _no_blanks(listed: Table, incident: str) -> None:
    from amends.importing.table import refuse

    refuse(
        listed.path,
        [f"line {row.line}: {incident} is blank" for row in listed.rows if not row.get(incident)],
    )


def _written(at: Any) -> str:
    from amends.lab.assigned import rfc3339

    return rfc3339(at)


@events_app.command("targets")
def targets(
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="CHANNEL=TIME", help="For instance email=2h; repeat it."),
    ] = None,
    reset: Annotated[
        list[str] | None, typer.Option("--reset", metavar="CHANNEL", help="Back to the default; repeat it.")
    ] = None,
    locale: Locale = "en",
    as_json: AsJson = False,
) -> None:
    """Show the target of each channel beside published averages, or set it.

    \b
    Example:
      amends events targets
      amends events targets --set email=2h --set whatsapp=10m
    """
    _check_locale(locale)
    given: dict[str, timedelta | None] = {
        channel: _spell(written, f"--set {channel}") for channel, written in pairs(set_, "--set").items()
    }
    for channel in reset or ():
        if given.setdefault(channel, None) is not None:
            output.refuse(f"--reset {channel} and --set {channel}=… contradict each other.")
    with open_lab() as lab:
        if given:
            lab.set_response_targets(given)
        found = lab.response_targets()
    if as_json:
        from amends.analysis.exported import exported

        output.say_json({"targets": exported(found)})
        return
    from amends.analysis.rendering.service_log import targets_table
    from amends.analysis.rendering.tables import aligned

    output.say("\n".join(aligned(targets_table(found, locale))))


def _spell(written: str, option: str) -> timedelta:
    from amends.analysis.durations import seconds_of

    try:
        return timedelta(seconds=seconds_of(written))
    except ValueError as error:
        output.refuse(f"{option}: {error}.")


def _check_locale(locale: str) -> None:
    if locale not in ("en", "id"):
        output.refuse(f"--locale {locale}: the result is written in en (English) or id (Indonesian).")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        output.refuse(f"{path} cannot be read as a text file in UTF-8 (looked at {path.absolute()}).")
