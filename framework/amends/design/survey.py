"""A survey: our own page of questions, or the address of an outside form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from amends.design.checks import check_list, check_unique
from amends.design.items import AGREE_HIGH, AGREE_LOW, Choice, Item, Rating, Scale, Text
from amends.design.wording import Wording
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Choice",
    "Question",
    "Rating",
    "Scale",
    "Text",
    "as_survey",
    "item_from_dict",
    "questions",
    "service_quality",
]

Question = Rating | Choice | Text
_KINDS: Mapping[str, type[Rating] | type[Scale] | type[Choice] | type[Text]] = {
    "rating": Rating,
    "scale": Scale,
    "choice": Choice,
    "text": Text,
}


def service_quality() -> tuple[Rating, ...]:
    """Three ratings of the service: attention, understanding, responsiveness.

    >>> [item.name for item in service_quality()]
    ['attention', 'understanding', 'responsiveness']
    """
    statements = {
        "attention": Wording(
            {"en": "They gave me their full attention.", "id": "Saya dilayani dengan penuh perhatian."}
        ),
        "understanding": Wording(
            {"en": "They understood my problem.", "id": "Masalah saya dipahami dengan baik."}
        ),
        "responsiveness": Wording({"en": "They responded quickly.", "id": "Saya ditanggapi dengan cepat."}),
    }
    return tuple(
        Rating(name, statement, low=AGREE_LOW, high=AGREE_HIGH) for name, statement in statements.items()
    )


def as_survey(value: Any) -> tuple[Rating | Scale | Choice | Text, ...] | str | None:
    """The `survey=` argument: questions (lists may be nested), an outside form's address, or None."""
    if value is None:
        return None
    if isinstance(value, str):
        return _checked_address(value)
    items: list[Rating | Scale | Choice | Text] = []
    for item in (
        (value,) if isinstance(value, Item) else check_list(value, "survey", '[Rating("satisfaction")]')
    ):
        if isinstance(item, (tuple, list)):
            nested = as_survey(item)
            items += nested if isinstance(nested, tuple) else ()
        elif isinstance(item, (Rating, Scale, Choice, Text)):
            items.append(item)
        else:
            raise DefinitionError(
                f"survey has {item!r}, which is no question. Use Rating, Scale, Choice, Text or "
                "service_quality()."
            )
    check_unique([question.name for question in questions(items)], "survey item")
    return tuple(items)


def questions(items: Iterable[Rating | Scale | Choice | Text]) -> tuple[Question, ...]:
    """What is asked one by one: a `Scale` becomes its ratings."""
    asked: list[Question] = []
    for item in items:
        asked += item.ratings if isinstance(item, Scale) else (item,)
    return tuple(asked)


def item_from_dict(data: Any) -> Rating | Scale | Choice | Text:
    """A survey item read back from `to_dict()`."""
    return _KINDS[data["kind"]].from_dict(data)


def _checked_address(value: str) -> str:
    if value.startswith(("https://", "http://")) and "{token}" in value and " " not in value:
        return value
    raise DefinitionError(
        f"survey {value!r} is no address of an outside form: it must begin with https:// and hold {{token}}, "
        'for instance survey="https://forms.example/late?t={token}".'
    )
