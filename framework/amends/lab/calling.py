"""What a sender's call must bring, checked before anything is drawn, whatever the arm will be. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unicodedata import category
from zoneinfo import ZoneInfo

from amends.assignment.hashing import Id, id_bytes
from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

KEYWORDS = (
    "delay",
    "promised_at",
    "at",
    "channel",
    "locale",
    "timezone",
    "cluster",
    "strata",
    "covariates",
    "incident",
    "test",
    "arm",
)


LONGEST_TEXT = 200
LARGEST_NUMBER = 1e100  # its square and sums of them are finite
LONGEST_LOCALE = 35  # of a language tag, RFC 5646 section 4.4.1


@dataclass(frozen=True, slots=True)
class Call:
    """A checked call of `assign`, all ids as text.

    Attributes:
        unit_id: The unit; the incident's id where each incident is a unit.
        cluster: The cluster's id, None where the experiment is not clustered.
        drawn_for: The id that is hashed: the cluster's where there is one, else the unit's.
        at: When the call counts, UTC.
        delay: How late the service is, where the sender said so.
        stratum: The stratum's name, its values joined in declared order.
        sender: Who sends, kept apart in the tally.
    """

    unit_id: str
    at: datetime
    locale: str
    slots: Mapping[str, str]
    delay: timedelta | None = None
    channel: str = ""
    timezone: str | None = None
    cluster: str | None = None
    strata: Mapping[str, str] | None = None
    covariates: Mapping[str, Any] | None = None
    incident: str | None = None
    test: bool = False
    arm: str | None = None
    sender: str = "python"

    @property
    def drawn_for(self) -> str:
        return self.unit_id if self.cluster is None else self.cluster

    @property
    def local_time(self) -> datetime | None:
        """The moment by the customer's own clock; None where the call does not say their zone."""
        return self.at.astimezone(ZoneInfo(self.timezone)) if self.timezone else None

    @property
    def stratum(self) -> str:
        return "/".join((self.strata or {}).values())


def read_call(
    experiment: Experiment,
    unit_id: Id,
    now: datetime,
    default_locale: str,
    sender: str = "python",
    /,
    *,
    delay: timedelta | None = None,
    promised_at: datetime | None = None,
    at: datetime | None = None,
    channel: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    cluster: Id | None = None,
    strata: Mapping[str, Any] | None = None,
    covariates: Mapping[str, Any] | None = None,
    incident: Id | None = None,
    test: bool = False,
    arm: str | None = None,
    **slots: Any,
) -> Call:
    """Checks a call against the experiment's definition.

    Args:
        experiment: The definition in force. The first five are positional, so that a slot may have any name.
        unit_id: The customer, parcel, party or incident.
        now: The present, UTC; `at` replaces it.
        default_locale: Language where the call names none.
        sender: Who sends: the API key's name, `python` or `cli`.
        delay: How late the service is; `promised_at` is the other way to say it.
        slots: The values of the texts' slots.

    Raises:
        UsageError: naming the value, the rule and the remedy.
    """
    moment = now if at is None else moment_of("at", at)
    unit = _id("unit_id", unit_id)
    incident_id = None if incident is None else _id("incident", incident)
    cluster_id = None if cluster is None else _id("cluster", cluster)
    if experiment.on_repeat == "new_unit":
        if incident_id is None:
            raise UsageError(
                f"{experiment.key} treats each incident as a unit (on_repeat='new_unit'): pass incident=…"
            )
        unit, cluster_id, incident_id = incident_id, unit, None
    elif experiment.cluster is None and cluster_id is not None:
        raise UsageError(
            f"cluster={cluster!r}: {experiment.key} declares no cluster. Leave the argument out."
        )
    elif experiment.cluster is not None and cluster_id is None:
        raise UsageError(
            f"{experiment.key} is clustered by {experiment.cluster.name}: pass cluster=… in every call."
        )
    if not isinstance(test, bool):
        raise UsageError(f"test={test!r}: True or False is needed.")
    _check_arm(experiment, arm, test)
    return Call(
        sender=sender,
        unit_id=unit,
        at=moment,
        locale=text_of("locale", locale, longest=LONGEST_LOCALE) or default_locale,
        slots=_slots(experiment, slots),
        delay=_delay(experiment, delay, promised_at, moment),
        channel=text_of("channel", channel) or "",
        timezone=_zone(experiment, timezone),
        cluster=cluster_id,
        strata=_strata(experiment, strata),
        covariates=_covariates(covariates),
        incident=incident_id,
        test=test,
        arm=arm,
    )


def _id(name: str, value: Id) -> str:
    try:
        return id_bytes(value).decode()
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None


def text_of(name: str, value: object, *, longest: int = LONGEST_TEXT) -> str | None:
    """A short text that can be stored; None for an empty one.

    Raises:
        UsageError: for what is no text, too long, or has control characters.

    >>> text_of("channel", "email"), text_of("channel", "")
    ('email', None)
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UsageError(f"{name}={value!r}: a text is needed.")
    if len(value) > longest:
        raise UsageError(f"{name}={value[:40]!r}…: {len(value):,} characters; at most {longest} are allowed.")
    if not value.isprintable() and any(category(character) in ("Cc", "Cs") for character in value):
        raise UsageError(
            f"{name}={value!r} has a control character or a lone surrogate: remove it before the call."
        )
    return value


def written_of(name: str, value: str | int | float) -> str:
    """A slot's or stratum's value as text that can be sent and stored."""
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{name}={value!r}: a number that can be written out is needed.")
    try:
        written = str(value)
        written.encode()
    except ValueError:
        raise UsageError(
            f"{name}=…: a number of that many digits, or a lone surrogate, cannot be sent. Decode it again."
        ) from None
    if "\0" in written:
        raise UsageError(f"{name}={written[:40]!r} has a NUL character: remove it before the call.")
    return written


def moment_of(name: str, value: object) -> datetime:
    """An aware time as UTC.

    Raises:
        UsageError: for a naive time, or one that no service is late by.

    >>> moment_of("at", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)).isoformat()
    '2026-03-01T09:30:00+00:00'
    """
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise UsageError(
            f"{name}={value!r}: a time with its zone is needed, for instance datetime.now(timezone.utc)."
        )
    if not 1970 < value.year < 2200:
        raise UsageError(f"{name}={value.isoformat()}: a time between the years 1971 and 2199 is needed.")
    return value.astimezone(UTC)


def _covariates(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was known of the unit, held against what the database can keep."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise UsageError(f"covariates={given!r}: a mapping from names to values is needed.")
    for name, value in given.items():
        try:
            kept = json.dumps({name: value}, allow_nan=False, ensure_ascii=False).encode()
        except (TypeError, ValueError, RecursionError):
            kept = b"\\u0000"
        too_large = isinstance(value, float | int) and abs(value) > LARGEST_NUMBER
        if too_large or b"\\u0000" in kept:
            raise UsageError(
                f"covariate {name!r}: a text, a finite number (1e100 at most), True, False or None is "
                f"needed, not this {type(value).__name__}."
            )
    return dict(given) or None


def _delay(
    experiment: Experiment, delay: timedelta | None, promised_at: datetime | None, at: datetime
) -> timedelta | None:
    promised = None if promised_at is None else moment_of("promised_at", promised_at)
    if delay is not None and promised is not None:
        raise UsageError("delay= and promised_at= say the same thing: pass one of them.")
    if delay is not None and not isinstance(delay, timedelta):
        raise UsageError(f"delay={delay!r}: a timedelta is needed, for instance timedelta(hours=30).")
    if promised is not None:
        delay = at - promised
    if delay is None and experiment.eligible.needs_delay:
        raise UsageError(
            f"{experiment.key} needs to know how late the service is: "
            "pass delay=timedelta(hours=…) or promised_at=…"
        )
    return delay


def _slots(experiment: Experiment, given: Mapping[str, Any]) -> dict[str, str]:
    missing = sorted(experiment.slots - given.keys())
    unknown = sorted(given.keys() - experiment.slots)
    if unknown:
        known = [*experiment.slots, *KEYWORDS]
        raise UsageError(
            f"{unknown[0]}={given[unknown[0]]!r}: no text of {experiment.key} asks for {{{unknown[0]}}}. "
            f"{nearest(unknown[0], known, what='slots and arguments')}"
        )
    if missing:
        raise UsageError(
            f"{experiment.key} needs {', '.join(f'{name}=…' for name in missing)}: "
            "its texts have these slots, and every call gives all of them, whatever arm is drawn."
        )
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise UsageError(f"{name}={value!r}: a slot is filled with a text or a number.")
    return {name: written_of(name, value) for name, value in given.items()}


def _strata(experiment: Experiment, given: Mapping[str, Any] | None) -> dict[str, str] | None:
    declared = experiment.strata
    if not declared:
        if given:
            raise UsageError(
                f"strata={given!r}: {experiment.key} declares no strata. Leave the argument out."
            )
        return None
    if not isinstance(given, Mapping) or set(given) != set(declared):
        wanted = ", ".join(f'"{name}": …' for name in declared)
        raise UsageError(
            f"{experiment.key} is blocked by {', '.join(declared)}: pass strata={{{wanted}}}, got {given!r}."
        )
    return {name: _stratum(f"stratum {name}", given[name]) for name in declared}


def _stratum(name: str, value: object) -> str:
    written = "" if isinstance(value, bool) or not isinstance(value, (str, int)) else written_of(name, value)
    text = text_of(name, written)
    if text is None or "/" in text:
        raise UsageError(f"{name}={value!r}: a text without '/' or a whole number is needed.")
    return text


def zone_of(name: str | None) -> str | None:
    """An IANA zone's name, checked.

    Raises:
        UsageError: for a name that no zone has.
    """
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        raise UsageError(f"timezone={name!r} is unknown: pass an IANA name such as 'Asia/Jakarta'.") from None
    return name


def _zone(experiment: Experiment, name: str | None) -> str | None:
    if name is None and experiment.eligible.needs_timezone:
        raise UsageError(
            f"{experiment.key} has quiet hours by the customer's own clock: pass timezone=…, an IANA name "
            "such as 'Asia/Jakarta'."
        )
    return zone_of(name)


def _check_arm(experiment: Experiment, arm: str | None, test: bool) -> None:
    if arm is None:
        return
    if not test:
        raise UsageError(
            f"arm={arm!r} would break the randomisation: forcing an arm needs test=True, which never counts."
        )
    names = [item.name for item in experiment.arms]
    if arm not in names:
        raise UsageError(f"arm={arm!r} is not an arm of {experiment.key}. {nearest(arm, names, what='arms')}")
