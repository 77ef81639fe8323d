"""Arms for a whole table: the bar while it runs, and what is said at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amends.cli import output
from amends.cli.opening import open_lab

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from amends.lab import Lab
    from amends.lab.whole_tables import Drawn


def assign_whole_table(
    key: str, url: str, *, unit: str, cluster: str | None, to: Path, as_json: bool
) -> None:
    """Draws the arms of a table and says how many got which."""
    if to.suffix != ".parquet":
        output.refuse(f"--to {to} must end in .parquet, which is what is written.")
    with open_lab() as lab:
        lab.experiment(key)  # an unknown key is said before an engine is started
        from amends.warehouse.sources import open_table, reading

        with reading():
            counts = _run(lab, key, open_table(url), unit=unit, cluster=cluster, to=to)
    per_arm = {arm: n for (_, arm), n in sorted(counts.items(), key=str) if arm is not None}
    others = {status: 0 for (status, arm) in sorted(counts, key=str) if arm is None}
    for (status, arm), n in counts.items():
        if arm is None:
            others[status] += n
    if as_json:
        output.say_json({"to": str(to), "rows": counts.total(), "arms": per_arm, "not_assigned": others})
        return
    output.say(f"Wrote {to}: {counts.total():,} rows. They are recorded nowhere else: keep the file.")
    output.say(output.columns(["arm or status", "rows"], [*per_arm.items(), *others.items()]))


def _run(lab: Lab, key: str, table: ir.Table, *, unit: str, cluster: str | None, to: Path) -> Drawn:
    from amends.lab.whole_tables import assign_table

    total = int(table.count().to_pyarrow().as_py())
    steps = assign_table(lab, key, table, unit=unit, cluster=cluster, to=to)
    return output.advancing(steps, total=total, label=f"Assigning {key}")
