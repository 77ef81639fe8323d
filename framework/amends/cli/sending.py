"""Arms and words for a list of customers, and the texts themselves for a provider's approval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    from amends.importing.customers import Customer, CustomerList
    from amends.importing.table import Table
    from amends.lab import Assignment, Lab

SENT_COLUMNS = (
    "unit",
    "incident",
    "arm",
    "status",
    "reason",
    "locale",
    "message",
    "invitation",
    "invite_at",
    "link",
    "repeat",
    "sent",
)


def assign(
    key: Key,
    customers: Annotated[
        Path | None, typer.Argument(metavar="[CUSTOMERS.CSV]", help="One row per customer, UTF-8.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the file to send from is written.")] = None,
    unit: Annotated[str, typer.Option(help="Column with the customers' ids.")] = "unit_id",
    locale: Annotated[str | None, typer.Option(help="Language where the file has no locale column.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel where the file has no channel column.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="IANA zone where the file has no timezone column.")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A table instead: parquet:PATH, postgres:URL?table=NAME, spark:PATH."
        ),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="PATH.parquet", help="Where the table's arms are written.")
    ] = None,
    cluster: Annotated[str | None, typer.Option(help="Column of the table with the clusters' ids.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give every customer of a list an arm and write what to send them.

    Columns read: unit_id; delay_hours, delay_minutes, delay_seconds or promised_at; locale, channel,
    timezone, cluster, incident; the strata; and one column per slot of the texts. Every row is
    checked before any customer is assigned. Safe to run again: the same customers get the same arms;
    column `repeat` tells who was in an earlier run, `sent` whose message is recorded as sent.

    With --table, the arms of a whole table are drawn by hash inside its engine, and unit, arm and
    status are written to --to; nothing is recorded here, the file is the record.

    \b
    Example:
      amends assign late_parcel customers.csv --out send.csv
      amends assign late_parcel --table parquet:late.parquet --unit customer_id --to arms.parquet
    """
    if table is not None or to is not None:
        from amends.cli.whole_tables import assign_whole_table

        listed_only = {"CUSTOMERS.CSV": customers, "--out": out, "--locale": locale}
        listed_only |= {"--channel": channel, "--timezone": timezone}
        if beside := [name for name, value in listed_only.items() if value is not None]:
            output.refuse(f"{', '.join(beside)} is of a list of customers: leave it out beside --table.")
        if table is None or to is None:
            output.refuse("--table URL and --to PATH.parquet go together: what to read, and where to write.")
        assign_whole_table(key, table, unit=unit, cluster=cluster, to=to, as_json=as_json)
        return
    if customers is None or out is None:
        output.refuse(
            f"amends assign {key} needs a list and --out, CUSTOMERS.CSV --out send.csv, or a table and --to."
        )
    if cluster is not None:
        output.refuse("--cluster is of a table; a list has its clusters' ids in its column cluster.")
    from amends.exporting import write_csv

    with open_lab() as lab:
        if out.is_dir() or not out.absolute().parent.is_dir():
            output.refuse(f"--out {out} is not a file in an existing folder.")
        if customers.exists() and out.exists() and customers.samefile(out):
            output.refuse(f"--out {out} is the list of customers itself; choose another name.")
        options = {"locale": locale, "channel": channel, "timezone": timezone}
        shared = {name: value for name, value in options.items() if value}
        listed = _read_list(lab, key, customers, unit=unit, shared=shared)
        if listed.ignored:
            output.notice(
                f"note: no text asks for these columns, they are ignored: {', '.join(listed.ignored)}"
            )
        rows = [{**shared, **customer.keywords} for customer in listed.customers]
        answers = list(
            output.progress(
                lab.assign_many(key, rows, sender="cli"), total=len(rows), label=f"Assigning {key}"
            )
        )
        lines = (sent_line(given, answer) for given, answer in zip(rows, answers, strict=True))
        write_csv(out, SENT_COLUMNS, lines)
    _summary(answers, out, as_json=as_json)


def _read_list(lab: Lab, key: str, path: Path, *, unit: str, shared: Mapping[str, str]) -> CustomerList:
    """The checked rows; the checks are those of `assign` itself, made before anything is recorded."""
    from amends.importing import read_table

    return customers_of(lab, key, read_table(path), unit=unit, shared=shared, check=True)


def customers_of(
    lab: Lab, key: str, table: Table, *, unit: str, shared: Mapping[str, str], check: bool
) -> CustomerList:
    """A table's rows as keywords of `assign`, with `check` held against all that `assign` asks for."""
    from amends.importing import read_customers
    from amends.lab.calling import read_call

    experiment = lab.experiment(key)
    now = lab.clock()

    def checked(customer: Customer) -> object:
        arguments: dict[str, Any] = {**shared, **customer.keywords}
        return read_call(experiment, arguments.pop("unit_id"), now, lab.settings.locale, **arguments)

    return read_customers(table, experiment, unit=unit, check=checked if check else None)


def sent_line(given: Mapping[str, object], answer: Assignment) -> dict[str, object]:
    """A row of the file to send from."""
    return {
        "unit": given["unit_id"],
        "incident": given.get("incident"),
        "arm": answer.arm,
        "status": answer.status,
        "reason": answer.reason,
        "locale": answer.locale,
        "message": answer.message,
        "invitation": answer.invitation,
        "invite_at": answer.invite_at,
        "link": answer.survey_url,
        "repeat": answer.repeat,
        "sent": answer.sent,
    }


def _summary(answers: list[Assignment], out: Path, *, as_json: bool) -> None:
    """Says how many got which arm, and ends with 2 where the database failed."""
    arms = Counter(answer.arm for answer in answers if answer.status == "assigned")
    others = Counter(answer.status for answer in answers if answer.status != "assigned")
    again = sum(answer.repeat for answer in answers)
    if as_json:
        output.say_json(
            {
                "out": str(out),
                "customers": len(answers),
                "repeat": again,
                "arms": arms,
                "not_assigned": others,
            }
        )
    else:
        output.say(f"Wrote {out}: {len(answers)} customers, {again} of them assigned in an earlier run.")
        output.say(output.columns(["arm or status", "customers"], sorted((arms + others).items())))
    if others["error"]:
        output.refuse(
            f"{others['error']} customers could not be recorded: the database did not answer. "
            f"They have the usual message in {out}; run the same command again."
        )


def messages(
    key: Key,
    format: Annotated[str, typer.Option(help="text, or whatsapp for numbered template slots.")] = "text",
    as_json: AsJson = False,
) -> None:
    """Print the texts of every arm in every language.

    \b
    Example:
      amends messages late_parcel --format whatsapp
    """
    if format not in ("text", "whatsapp"):
        output.refuse(f"--format {format} is not known: text or whatsapp.")
    from amends.cli.texts import texts_of

    with open_lab() as lab:
        texts = [text.to_dict(format) for text in texts_of(lab.experiment(key))]
    if as_json:
        output.say_json({"experiment": key, "format": format, "messages": texts})
        return
    for text in texts:
        output.say(f"[{text['locale'] or 'any language'}] {text['arm'] or 'every arm'}: {text['kind']}")
        output.say(f"  {text['text']}" if text["text"] else "  (nothing is sent)")
        if format == "whatsapp":
            for number, slot in enumerate(text["slots"], start=1):
                output.say(f"  {{{{{number}}}}} = {slot}")
        output.say()
