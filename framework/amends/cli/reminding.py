"""Who is due a reminder, from the list of customers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

COLUMNS = ("unit", "link", "since", "until")
SAID = {
    "due": "due a reminder",
    "answered": "have answered",
    "not drawn": "not drawn: they stay as they are",
    "window open": "may still answer",
    "past": "drawn, but the time to remind them is over",
    "never assigned": "never assigned",
}


def reminders(
    key: Key,
    customers: Annotated[
        Path, typer.Argument(metavar="CUSTOMERS.CSV", help="The list that was assigned, UTF-8.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the list of those due is written.")],
    unit: Annotated[str | None, typer.Option(help="Column with the ids; unit_id, or incident.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write who of a list is due a reminder now: drawn by chance among those who did not answer.

    For experiments that declare reminder=Reminder(share=…). Only ids are read; nobody is assigned and
    nothing is recorded. The file does not tell the arm: the reminder is the same for everybody. Run it
    every day, the same customers are drawn each time until they answer.

    \b
    Example:
      amends reminders late_parcel customers.csv --out reminders.csv
    """
    from amends.exporting import write_csv
    from amends.importing import read_table
    from amends.lab.reminding import reminders as due_now

    with open_lab() as lab:
        if out.is_dir() or not out.absolute().parent.is_dir():
            output.refuse(f"--out {out} is not a file in an existing folder.")
        if customers.exists() and out.exists() and customers.samefile(out):
            output.refuse(f"--out {out} is the list of customers itself; choose another name.")
        column = unit or ("incident" if lab.experiment(key).on_repeat == "new_unit" else "unit_id")
        table = read_table(customers)
        table.require((column,))
        found = due_now(lab, key, [row[column] for row in table.rows if row[column]])
        lines = ({name: getattr(item, name) for name in COLUMNS} for item in found.due)
        write_csv(out, COLUMNS, lines)
    if as_json:
        output.say_json({"out": str(out), **found.counts})
        return
    output.say(f"Wrote {out}: {len(found.due)} to remind.")
    output.say(output.columns(["customers", ""], [(str(n), SAID[name]) for name, n in found.counts.items()]))
