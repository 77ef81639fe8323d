"""What an experiment's arguments may be, and the error that shows how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amends.design.checks import check_text
from amends.design.invitation import Invitation, invite
from amends.design.wording import EVERY_LOCALE, Wording, as_wording
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def an_instance(value: Any, kind: type, what: str, example: str) -> Any:
    """The value where it is of the kind (or None where None is the default)."""
    if isinstance(value, kind) or (value is None and what in ("cluster", "layer", "holdout", "reminder")):
        return value
    raise DefinitionError(f"{what} is {value!r}; it must be made like {example}.")


def as_invitation(value: Any) -> Invitation | None:
    if value is None or isinstance(value, Invitation):
        return value
    if isinstance(value, Wording):
        return Invitation(value)
    if isinstance(value, str):
        return invite(value)
    raise DefinitionError(f"invitation is {value!r}; it must be made like invite(en=…, id=…), or be None.")


def as_question(value: Any) -> tuple[str | None, Mapping[str, str]]:
    """The question as the report's own language has it (None: the file's first line), and in further ones."""
    if value is None or isinstance(value, str):
        return value if value is None else check_text(value, "question"), MappingProxyType({})
    wording = as_wording(value, "question")
    assert wording is not None
    if wording.slots:
        raise DefinitionError(
            f"question has the slot {{{min(wording.slots)}}}; it is the same for everybody. Write it without."
        )
    texts = dict(wording.texts)
    own = texts.pop(EVERY_LOCALE, None) or texts.pop("en", None)
    return own, MappingProxyType(texts)


def check_sample(sample: Any) -> int | None:
    if sample is None or (isinstance(sample, int) and not isinstance(sample, bool) and sample >= 2):
        return sample
    raise DefinitionError(
        f"sample is {sample!r}; it must be a whole number of at least 2: the planned units of the "
        "smallest arm."
    )
