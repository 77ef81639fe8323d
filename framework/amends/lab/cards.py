"""Numbered cards for places where people hand out the message: printed, handed out, looked up.

A card is a unit that waits. Its number is bound to no arm: the n-th card handed out in a stratum
takes the n-th envelope of the sealed list. So nobody can read an arm off a card, cards that are lost
or skipped spend no envelope, and a card that was never handed out is never counted.

Where the sentence stands on the survey page itself and nobody need be asked anything, a card opens by its
own link: its customer's first button assigns it, for places where nobody can call a function.
"""

from __future__ import annotations

import base64
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from amends.errors import DefinitionError, StateError, StoreUnavailable, UsageError
from amends.lab.assigning import assign_rows
from amends.store.pseudonyms import pseudonym, record_ids

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.lab.assigned import Assignment
    from amends.lab.lab import Lab

MOST = 5_000
"""Cards of one print run: more is a slip of the finger."""

_CODE_BYTES = 5
_OURS = ("strata", "test", "arm")


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed on a card; nothing of it tells an arm.

    Attributes:
        number: Counted from 1 through all print runs of the experiment.
        code: The number and its signature, such as `17-K7F2Q9AB`: what is typed to hand it out.
        stratum: Whom it is for, "" where the design has no strata.
        url: The survey's link, which works once the card was handed out.
    """

    number: int
    code: str
    stratum: str
    url: str


@dataclass(frozen=True, slots=True)
class CardCount:
    """The cards of one stratum: printed, and handed out so far."""

    stratum: str
    printed: int
    handed_out: int


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """A printed card that nobody handed out yet, found by its link."""

    key: str
    number: int
    strata: Mapping[str, str]


def print_cards(lab: Lab, key: str, n: int, *, strata: Mapping[str, str] | None = None) -> list[Card]:
    """New cards with numbers that no other card has.

    Args:
        lab: The lab.
        key: The experiment's key; it has been started and draws in blocks.
        n: How many, 1 to 5,000.
        strata: For which stratum, where some are declared: one print run is one pile of cards.

    Raises:
        UsageError: for a number out of bounds, and for strata that are missing or not declared.
        DefinitionError: where arms are hashed, or no survey is asked for.
        StateError: unless the experiment runs or is paused.
    """
    force = lab.in_force(key)
    _check(force.experiment, key, n, strata)
    if force.status not in ("running", "paused"):
        raise StateError(f"{key!r} is {force.status}: cards are printed for a running experiment.")
    named = {name: str(value) for name, value in (strata or {}).items()}
    first = lab.store.reserve_cards(key, n, strata=named, at=lab.clock())
    return [_card(lab, force.experiment, number, named) for number in range(first, first + n)]


def hand_out(lab: Lab, sender: str, key: str, code: str, /, **arguments: Any) -> Assignment:
    """Assigns the card that is given to a customer now; the record is durable before the words appear.

    The same card again is a retry: the same arm, `repeat=True`, and no further envelope.

    Args:
        lab: The lab.
        sender: Who asks, kept apart in the tally: `card`, or an API key's name.
        key: The experiment's key.
        code: What is printed on the card. All of these are positional, so that a slot may have any name.
        **arguments: As `assign`, without `strata`, `test` and `arm`: the card has its stratum.

    Raises:
        UnknownExperiment: naming the nearest key.
        UsageError: for a code that was not printed here, and whatever `assign` refuses.
    """
    for name in _OURS:
        if name in arguments:
            raise UsageError(f"{name}= does not go with a card: the card's stratum and envelope decide.")
    experiment, _ = lab.definition(key)
    number = _number(lab, key, code)
    if number is None:
        raise _not_printed(key, code)
    try:
        runs = lab.store.printed_cards(key)
    except StoreUnavailable as trouble:
        return _not_recorded(lab, sender, experiment, number, arguments, trouble)
    for first, last, strata in runs:
        if first <= number <= last:
            wanted = {"strata": strata} if strata else {}
            return lab.assign_as(sender, key, _unit(number), **wanted, **arguments)
    raise _not_printed(key, code)


def _not_printed(key: str, code: str) -> UsageError:
    return UsageError(f"card {code!r} was not printed for {key}: copy the whole code, such as 17-K7F2Q9AB.")


def _not_recorded(
    lab: Lab,
    sender: str,
    experiment: Experiment,
    number: int,
    arguments: Mapping[str, Any],
    trouble: StoreUnavailable,
) -> Assignment:
    """The usual message, as `assign` answers when the database fails: nothing is assigned.

    Which stratum the card is for, the database alone knows; the call is checked with any.
    """
    strata = dict.fromkeys(experiment.randomize.by, "unknown")
    row = {**arguments, "unit_id": _unit(number)} | ({"strata": strata} if strata else {})
    [answer] = assign_rows(lab, experiment.key or "", [row], [sender], trouble=trouble)
    if isinstance(answer, UsageError):
        raise answer
    return answer


def count_cards(lab: Lab, key: str) -> list[CardCount]:
    """Per stratum how many cards were printed, and how many of them handed out."""
    printed: Counter[str] = Counter()
    handed: Counter[str] = Counter()
    for first, last, strata in lab.store.printed_cards(key):
        stratum = _stratum(lab.experiment(key), strata)
        units = [lab.pseudonym(_unit(number)) for number in range(first, last + 1)]
        printed[stratum] += len(units)
        found = lab.store.find_many(key, [(unit, None) for unit in units])
        handed[stratum] += sum(stored is not None for stored in found)
    return [CardCount(stratum, printed[stratum], handed[stratum]) for stratum in sorted(printed)]


def waiting_card(lab: Lab, nonce: str) -> WaitingCard | None:
    """The printed card whose link this is, though it was not handed out; None for any other link."""
    for state in lab.store.experiments():
        for first, last, strata in lab.store.printed_cards(state.key):
            number = _links(lab.settings.secret, state.key, first, last).get(nonce)
            if number is not None:
                return WaitingCard(state.key, number, strata)
    return None


def opens_itself(experiment: Experiment) -> bool:
    """Whether a card may be assigned by its customer: the page says the sentence, and nothing is asked for.

    Elsewhere somebody must say the words when the card is handed out; a card that opened itself would be
    counted in an arm whose sentence nobody heard.
    """
    return (
        experiment.show_message == "survey"
        and not experiment.eligible.needs_delay
        and not experiment.slots
        and experiment.cluster is None
    )


def open_card(lab: Lab, card: WaitingCard, *, locale: str, at: datetime) -> Assignment:
    """Assigns a card whose customer pressed the first button on its page; once, whoever comes again.

    Raises:
        StoreUnavailable: The database does not answer; nothing was assigned.
    """
    strata = {"strata": dict(card.strata)} if card.strata else {}
    given = lab.assign_as("card", card.key, _unit(card.number), locale=locale, at=at, **strata)
    if given.status == "error":
        raise StoreUnavailable(f"card {card.number} of {card.key} could not be assigned: {given.reason}")
    return given


@lru_cache(maxsize=64)
def _links(secret: bytes, key: str, first: int, last: int) -> Mapping[str, int]:
    """By link nonce, the numbers of a print run."""
    return MappingProxyType(
        {
            record_ids(key, pseudonym(_unit(number), secret=secret), secret=secret)[1]: number
            for number in range(first, last + 1)
        }
    )


def _check(experiment: Experiment, key: str, n: int, strata: Mapping[str, str] | None) -> None:
    if not 1 <= n <= MOST:
        raise UsageError(f"{n} cards: a print run has 1 to {MOST:,} of them.")
    if not experiment.randomize.blocked:
        raise DefinitionError(
            f"{key} hashes its arms: cards are opened like sealed envelopes. Write randomize=blocked()."
        )
    if experiment.on_repeat == "new_unit":
        raise DefinitionError(
            f"{key} treats each incident as a unit, and a card is one already. Leave on_repeat= out."
        )
    if not experiment.invitation:
        raise DefinitionError(f"{key} asks for no survey, and a card leads to one. Give it an invitation.")
    declared, given = experiment.randomize.by, strata or {}
    wrong = [*(name for name in declared if not given.get(name)), *(n for n in given if n not in declared)]
    if wrong:
        raise UsageError(f"stratum {wrong[0]}: the strata of {key} are {', '.join(declared) or 'none'}.")


def _card(lab: Lab, experiment: Experiment, number: int, strata: Mapping[str, str]) -> Card:
    key = experiment.key or ""
    # The link is derived from the unit, as that of any assignment: it can be printed beforehand.
    _, nonce = record_ids(key, lab.pseudonym(_unit(number)), secret=lab.settings.secret)
    return Card(
        number,
        f"{number}-{_signature(lab, key, number)}",
        _stratum(experiment, strata),
        lab.survey_url(experiment, nonce),
    )


def _stratum(experiment: Experiment, strata: Mapping[str, str]) -> str:
    return "/".join(strata[name] for name in experiment.randomize.by)


def _number(lab: Lab, key: str, code: str) -> int | None:
    """The number of a genuine code, however its letters were typed; None for any other."""
    typed, _, signature = code.strip().upper().partition("-")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 9):
        return None
    genuine = hmac.compare_digest(
        signature.encode("utf-8", "replace"), _signature(lab, key, int(typed)).encode()
    )
    return int(typed) if genuine else None


def _signature(lab: Lab, key: str, number: int) -> str:
    digest = hmac.digest(lab.settings.secret, f"amends:card:{key}:{number}".encode(), "sha256")
    return base64.b32encode(digest[:_CODE_BYTES]).decode()


def _unit(number: int) -> str:
    return f"card {number}"
