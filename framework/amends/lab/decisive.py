"""The planned sample's own counts, remembered: its rows are read again only where something changed.

They are as many as the plan says, and a page asks for them every two seconds. Whatever becomes of a unit
changes the tally of its day in the same transaction, and of a tally's figures the ones that can only grow
tell of those that can shrink (whoever withdraws is counted as withdrawn). So while the tally up to the
sample's last day stands, the sample's counts do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from amends.lab.lab import Lab
    from amends.store.values import MetricSpec
    from amends.tally import Tally


class Known(NamedTuple):
    """What was read last.

    Attributes:
        asked: How many of each arm, and which metrics.
        last: The day on which the last arm reached its number.
        until: The tally up to that day.
        counts: The counts of the sample.
    """

    asked: tuple[Any, ...]
    last: date
    until: tuple[Any, ...]
    counts: Tally


def decisive(
    lab: Lab,
    key: str,
    *,
    per_arm: Mapping[str, int],
    metrics: Sequence[MetricSpec],
    matured_before: date | None,
) -> Tally:
    """Counts over exactly the first planned matured units of each arm; see `Store.first_units`."""
    asked = (tuple(per_arm.items()), tuple(metrics))
    known = lab.decided_on.get(key)
    if known is not None and known.asked == asked and lab.store.tally_until(key, known.last) == known.until:
        return replace(known.counts, as_of=lab.clock())
    last = lab.store.planned_day(key, per_arm=per_arm, matured_before=matured_before)
    until = None if last is None else lab.store.tally_until(key, last)
    counts = lab.store.first_units(key, per_arm=per_arm, metrics=metrics, matured_before=matured_before)
    # Read before and after: counts of a moment in between would be remembered under another moment's tally.
    if last is not None and until is not None and lab.store.tally_until(key, last) == until:
        lab.decided_on[key] = Known(asked, last, until, counts)
    return counts
