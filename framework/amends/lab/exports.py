"""Taking an experiment's rows out of the database: refused while arms are masked, written into the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amends.lab.masking import refuse_masked

if TYPE_CHECKING:
    from amends.lab.lab import Lab

EXPORT = "export"


def begin_export(lab: Lab, key: str, *, detail: Mapping[str, Any]) -> None:
    """Writes down that rows are taken out, before the first of them is.

    Args:
        lab: The lab.
        key: The experiment's key.
        detail: What is taken out, and in which form; nothing about a person.

    Raises:
        StateError: While the arms are masked: every row names its arm.
        StoreUnavailable: The audit cannot be written, so nothing may be exported.
    """
    lab.experiment(key)
    refuse_masked(lab, key, what="an export")
    lab.store.audit(EXPORT, key=key, detail=detail, at=lab.clock())
