"""What can go wrong, as a tree; every message names the value, the rule and the remedy.

AmendsError
├── DefinitionError      a file in experiments/ breaks a rule
├── UnknownExperiment    no experiment of that key; the nearest name is offered
├── UsageError           a call was written wrongly: missing slot, misspelt keyword, naive time
├── ConfigurationError   settings that cannot work: no experiments folder, another secret
├── StateError           the experiment's state forbids it: draft, stopped, already running
│   └── DefinitionChanged    the file of a started experiment was edited
├── NotAllowed           the role of whoever asked does not reach that far
├── RecordRefused        a record breaks a rule: rating off the scale, unknown item
│   ├── NeverAssigned        a response for a unit that no arm was given to
│   └── KeyReused            an idempotency key that came with another record before
├── ImportRefused        a file breaks a rule; nothing of it was stored
└── StoreUnavailable     operational: the database did not answer in time

Programmer errors raise at once. `StoreUnavailable` is the only operational one: `assign` turns
it into `status="error"`, `record_*` let it through.
"""

from __future__ import annotations


class AmendsError(Exception):
    """Any error of amends. `str(error)` is written for the person who can mend it."""


class DefinitionError(AmendsError):
    """An experiment's definition breaks a rule."""


class UnknownExperiment(AmendsError):
    """No experiment has that key."""


class UsageError(AmendsError):
    """A call was written wrongly: a missing slot, a misspelt keyword, a naive time."""


class ConfigurationError(AmendsError):
    """The settings cannot work: no experiments folder, another secret on the same database."""


class StateError(AmendsError):
    """The experiment's state does not allow it."""


class DefinitionChanged(StateError):
    """The file of a started experiment differs from the definition frozen at start.

    Attributes:
        changed: Names of the fields that differ, for instance `("alpha", "arms")`.
    """

    def __init__(self, message: str, *, changed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.changed = changed


class NotAllowed(AmendsError):
    """What was asked for is for another role."""


class RecordRefused(AmendsError):
    """A delivery, response or outcome breaks a rule and was not stored."""


class NeverAssigned(RecordRefused):
    """The unit was never given an arm, so nothing can be recorded for it."""


class KeyReused(RecordRefused):
    """An idempotency key came with another record before; this one was not stored."""


class ImportRefused(AmendsError):
    """A file breaks a rule; nothing of it was stored.

    Attributes:
        problems: One line per problem, with its line number where it has one.
    """

    def __init__(self, message: str, *, problems: tuple[str, ...] = ()) -> None:
        super().__init__("\n".join((message, *problems)))
        self.problems = problems


class StoreUnavailable(AmendsError):
    """The database could not be reached, or did not answer within `AMENDS_TIMEOUT`."""


def nearest(name: str, allowed: object, *, what: str = "") -> str:
    """A remedy sentence: `"Did you mean 'late_parcel'?"`, or the list of what is allowed.

    >>> nearest("late_parcle", ["late_parcel", "low_reward"])
    "Did you mean 'late_parcel'?"
    >>> nearest("zzz", ["a", "b"], what="experiments")
    'Known experiments: a, b.'
    """
    from difflib import get_close_matches

    names = sorted(str(item) for item in allowed)  # type: ignore[attr-defined]
    close = get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known {what or 'names'}: {', '.join(names) or 'none'}."
