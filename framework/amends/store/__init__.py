"""The only place with SQL. `Store` is its door; everything it takes and gives is in `values`.

What a caller should know:

- `find` and `find_many` store nothing (unless `find` is given `at`); an incident that is not stored
  yet has `incident_number` 0. `enrol` stores it and numbers it from 2 on.
- `enrol` does not look at the experiment's status. It raises `UnknownExperiment` for a draft.
- A `test` enrolment is stored but never counted, and draws from a sealed list of its own: `draw` is
  then called with the stratum `"test:…"`.
- `by_token` gives a `Stored`, which names its `experiment`; `response` tells whether it is answered.
- Ratings are counted at their point of the scale where they are whole and no larger than 100, else
  summed about the metric's centre.
- Every time must be aware; `UsageError` otherwise.

The values load without SQLAlchemy; `Store` is loaded when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.store.service_values import ServiceEvent
from amends.store.values import (
    ApiKey,
    AuditEntry,
    Discrepancy,
    Enrolment,
    ExperimentState,
    Export,
    Finished,
    MetricSpec,
    Stored,
    StoredConsent,
    StoredResponse,
    Webhook,
)

if TYPE_CHECKING:
    from amends.store.store import Store

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Discrepancy",
    "Enrolment",
    "ExperimentState",
    "Export",
    "Finished",
    "MetricSpec",
    "ServiceEvent",
    "Store",
    "Stored",
    "StoredConsent",
    "StoredResponse",
    "Webhook",
]


def __getattr__(name: str) -> Any:
    if name == "Store":
        from amends.store.store import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
