"""What was done to the experiments and the data, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from amends.cli import output
from amends.cli.define import AsJson
from amends.cli.opening import open_lab


def audit(
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="One experiment; everything without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the audit: starts, stops, ramps, keys, unmaskings, exports, erasures. Nothing can change it.

    While arms are masked, verdicts are told without them.

    \b
    Example:
      amends audit
      amends audit late_parcel --json
    """
    from amends.lab.assigned import rfc3339
    from amends.lab.masking import hides_arms
    from amends.lab.verdicts import VERDICT

    with open_lab() as lab:
        if key is not None:
            lab.experiment(key)
        entries = lab.store.audit_log(key)
        masked = {name for name in {entry.experiment for entry in entries} if name and hides_arms(lab, name)}
    told = [
        (entry, {} if entry.action == VERDICT and entry.experiment in masked else entry.detail)
        for entry in entries
    ]
    if as_json:
        output.say_json(
            [
                {
                    "at": rfc3339(entry.at),
                    "action": entry.action,
                    "experiment": entry.experiment,
                    "detail": dict(detail),
                }
                for entry, detail in told
            ]
        )
        return
    rows = [
        (rfc3339(entry.at), entry.action, entry.experiment or "-", _told(detail)) for entry, detail in told
    ]
    output.say(output.columns(["when (UTC)", "what", "experiment", "detail"], rows))


def _told(detail: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in detail.items()
    )
