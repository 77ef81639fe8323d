"""`amends codes`: which completion codes of a panel are genuine, and not handed in before."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amends.cli import output
from amends.cli.define import AsJson, Key
from amends.cli.opening import open_lab

SHOWN = {
    "unknown": "was not made here for {key}",
    "again": "was handed in before",
}


def codes(
    key: Key,
    file: Annotated[
        Path | None, typer.Argument(metavar="[CODES.CSV]", help="The panel's list, UTF-8.")
    ] = None,
    column: Annotated[str, typer.Option(help="Column with the codes.")] = "code",
    code: Annotated[list[str] | None, typer.Option(help="One code by hand; repeat it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Take in the completion codes that participants handed in; each is good once.

    Nothing tells whose answers a code belongs to. Taken in twice, a list's codes are not new any more.

    \b
    Example:
      amends codes delayed_compensation codes.csv --column code
    """
    from amends.importing import read_table
    from amends.lab.completion import redeem

    places: list[str] = [f"--code {one}" for one in code or ()]
    given = list(code or ())
    if file is not None:
        table = read_table(file)
        table.require([column])
        places += [f"line {row.line}" for row in table.rows]
        given += [row.get(column) for row in table.rows]
    if not given:
        output.refuse("no codes: name a file with them, or give one with --code.")
    with open_lab() as lab:
        found = redeem(lab, key, given)
    good = sum(one.status == "good" for one in found)
    if as_json:
        output.say_json({"good": good, "codes": [{"code": one.code, "status": one.status} for one in found]})
        return
    output.say(f"{good:,} of {len(found):,} codes are good.")
    for place, one in zip(places, found, strict=True):
        if one.status != "good":
            output.say(f"  {place}: {one.code or '(empty)'} {SHOWN[one.status].format(key=key)}")
