"""Taking an experiment's data out: audited, and refused for rows while the arms are masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amends.lab.masking import refuse_masked

if TYPE_CHECKING:
    from amends.lab.lab import Lab

EXPORT = "export"


def begin_export(
    lab: Lab, key: str, *, detail: Mapping[str, Any], rows: bool = True, by: str | None = None
) -> None:
    """Writes down that data are taken out, before the first of them is.

    Args:
        lab: The lab.
        key: The experiment's key.
        detail: What is taken out, and in which form; nothing about a person.
        rows: Whether it names each unit's arm. A report has letters where the arms are masked.
        by: Who takes it; without it, the command line or a program.

    Raises:
        StateError: Rows, while the arms are masked: each names its arm.
        StoreUnavailable: The audit cannot be written, so nothing may be exported.
    """
    lab.experiment(key)
    if rows:
        refuse_masked(lab, key, what="an export")
    lab.store.audit(EXPORT, key=key, detail=detail, at=lab.clock(), by=by)
