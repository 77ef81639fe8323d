"""The list of customers to write to: every row checked, address and subject included, before anybody is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amends.design.wording import Wording, wording_of
from amends.errors import UsageError, nearest
from amends.importing import read_customers, read_table
from amends.lab.calling import Call, read_call
from amends.mailing.letter import read_address
from amends.messages.render import fill

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.importing.customers import Customer
    from amends.lab import Lab

INVITED = {"en": "A short survey", "id": "Survei singkat"}
REMINDED = {"en": "Reminder: a short survey", "id": "Pengingat: survei singkat"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to write to, as one row of the list says.

    Attributes:
        row: The keywords of `assign`.
        call: The same, checked.
        unit: The unit's pseudonym.
        incident: The incident's, or an empty text.
        customer: The customer's pseudonym; the unit's, but where each incident is a unit.
        address: The e-mail address: only here, and in the letter.
        locale: The language of what is written.
        subjects: The subject by kind of letter.
    """

    row: Mapping[str, Any]
    call: Call
    unit: str
    incident: str
    customer: str
    address: str
    locale: str
    subjects: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom to write to, and the columns that nothing asks for."""

    people: tuple[Recipient, ...]
    ignored: tuple[str, ...]


def read_subject(option: str, given: list[str], experiment: Experiment) -> Wording:
    """A subject, the same in every arm: one text, or one per language as `en=…`, with slots of the texts.

    Raises:
        UsageError: for a language twice, a slot that no text has, a text beside languages.
    """
    from amends.design.locales import check_locale
    from amends.errors import DefinitionError

    by_locale: dict[str, str] = {}
    whole = []
    for text in given:
        code, equals, words = text.partition("=")
        try:
            language = check_locale(code) if equals else ""
        except DefinitionError:
            language = ""
        if not language:
            whole.append(text)
        elif language in by_locale:
            raise UsageError(f"{option} is given twice in {language!r}: keep one.")
        else:
            by_locale[language] = words
    try:
        wording = wording_of(tuple(whole), by_locale, what=option)
    except DefinitionError as error:
        raise UsageError(str(error)) from None
    for slot in sorted(wording.slots - experiment.slots):
        known = nearest(slot, experiment.slots, what="slots")
        raise UsageError(f"{option} has the slot {{{slot}}}, which no text of {experiment.key} has. {known}")
    return wording


def read_recipients(
    lab: Lab,
    key: str,
    path: Path,
    *,
    subjects: Mapping[str, Wording],
    shared: Mapping[str, str],
    unit: str = "unit_id",
    to: str = "email",
) -> Recipients:
    """Reads the list; a single bad row refuses it whole.

    Args:
        lab: The lab.
        key: The experiment's key.
        path: A CSV file as `amends assign` reads it, with a column of addresses.
        subjects: The subject by kind of letter.
        shared: Arguments of `assign` that a row need not bring.
        unit: The column with the customers' ids.
        to: The column with the addresses.

    Raises:
        ImportRefused: naming the lines and what is wrong; never an address.
    """
    experiment, now = lab.experiment(key), lab.clock()

    def call_of(keywords: Mapping[str, Any]) -> Call:
        arguments = {**shared, **keywords}
        return read_call(experiment, arguments.pop("unit_id"), now, lab.settings.locale, "cli", **arguments)

    lives_at: dict[str, Customer] = {}

    def checked(customer: Customer) -> None:
        _subjects(experiment, call_of(customer.keywords), subjects)
        first = lives_at.setdefault(str(customer.own[to]).lower(), customer)
        if first.unit_id != customer.unit_id:  # one person under two ids, perhaps of two arms
            raise UsageError(
                f"the address in {to} stands on line {first.line} too, under another id; one person gets "
                "one message, so keep one of them"
            )

    listed = read_customers(read_table(path), experiment, unit=unit, check=checked, own={to: _address})
    people = []
    for customer in listed.customers:
        call = call_of(customer.keywords)
        people.append(
            Recipient(
                row={**shared, **customer.keywords},
                call=call,
                unit=lab.pseudonym(call.unit_id),
                incident=lab.pseudonym(call.incident) if call.incident else "",
                customer=lab.pseudonym(customer.unit_id),
                address=str(customer.own[to]),
                locale=experiment.locale_for(call.locale) or call.locale,
                subjects=_subjects(experiment, call, subjects),
            )
        )
    return Recipients(tuple(people), listed.ignored)


def _address(cell: str) -> str:
    if not cell:
        raise ValueError("is blank")
    return read_address(cell)


def _subjects(experiment: Experiment, call: Call, subjects: Mapping[str, Wording]) -> dict[str, str]:
    locale = experiment.locale_for(call.locale)
    if locale is None:
        return {}  # nothing is written in a language without texts
    filled = {}
    for kind, wording in subjects.items():
        pieces = wording.pieces(locale)
        if pieces is None:
            raise UsageError(
                f"the {kind} has no subject in {locale!r}; there is {', '.join(wording.locales)}. "
                f'Add "{locale}=…" to it.'
            )
        filled[kind] = fill(pieces, call.slots)
        if not filled[kind].isprintable():
            raise UsageError(f"the {kind}'s subject would hold a line break or another control character.")
    return filled
