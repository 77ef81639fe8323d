"""Every text an experiment sends, as a list: for reading through, and for a provider's approval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.wording import Wording

Pieces = tuple[str, ...]
"""A text cut at its slots: literal, slot, literal, …, literal."""


@dataclass(frozen=True, slots=True)
class SentText:
    """One text in one language.

    Attributes:
        kind: `message`, `invitation` (the same in every arm) or `otherwise` (for everyone not enrolled).
        arm: The arm it belongs to; None where it is the same in all.
        locale: Its language; None where one text stands for all.
        pieces: The text cut at its slots; None where nothing is sent.
    """

    kind: str
    arm: str | None
    locale: str | None
    pieces: Pieces | None

    def to_dict(self, format: str) -> dict[str, Any]:
        """As plain values; `whatsapp` numbers the slots in order of appearance."""
        text, slots = self._written(numbered=format == "whatsapp")
        return {"kind": self.kind, "arm": self.arm, "locale": self.locale, "text": text, "slots": slots}

    def _written(self, *, numbered: bool) -> tuple[str | None, list[str]]:
        if self.pieces is None:
            return None, []
        slots = list(dict.fromkeys(self.pieces[1::2]))
        names = {slot: f"{{{{{slots.index(slot) + 1}}}}}" if numbered else f"{{{slot}}}" for slot in slots}
        return "".join(names[part] if n % 2 else part for n, part in enumerate(self.pieces)), slots


def texts_of(experiment: Experiment) -> Iterator[SentText]:
    """The texts of every arm, the invitation and the usual message, language by language."""
    for locale in experiment.locales or (None,):
        for arm in experiment.arms:
            parts = (experiment.notice, arm.text if experiment.show_message == "message" else None)
            yield SentText("message", arm.name, locale, _joined(parts, locale))
        if experiment.invitation is not None:
            yield SentText("invitation", None, locale, _joined((experiment.invitation.text,), locale))
        usual = experiment.otherwise if experiment.otherwise is not None else experiment.notice
        yield SentText("otherwise", None, locale, _joined((usual,), locale))


def _joined(wordings: tuple[Wording | None, ...], locale: str | None) -> Pieces | None:
    """The texts one after the other with a blank between; None where none of them says anything."""
    joined: Pieces = ()
    for wording in wordings:
        pieces = None if wording is None else wording.pieces(locale or "en")
        if pieces:
            joined = (*joined[:-1], f"{joined[-1]} {pieces[0]}", *pieces[1:]) if joined else pieces
    return joined or None
