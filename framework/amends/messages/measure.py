"""How long and how hard to read a message is, so that arms can be told apart by their meaning alone."""

from __future__ import annotations

import re
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_END = re.compile(r"[.!?…]+(?=\s|$)")


class Measured(NamedTuple):
    """A text's size.

    Attributes:
        characters: As a person counts them, with spaces.
        words: Runs of letters and digits.
        sentences: At least 1 where there is any word.
        longest: Letters of the longest word.
    """

    characters: int
    words: int
    sentences: int
    longest: int

    @property
    def words_per_sentence(self) -> float | None:
        """None where there is no sentence."""
        return self.words / self.sentences if self.sentences else None


def measure(text: str | None) -> Measured:
    """The size of a text; all 0 where nothing is said.

    >>> measure("We are sorry. It won't happen again!")
    Measured(characters=36, words=7, sentences=2, longest=6)
    >>> measure(None).words_per_sentence is None
    True
    """
    said = (text or "").strip()
    words = _WORD.findall(said)
    ends = len(_END.findall(said))
    unended = bool(words) and _END.search(said[-1:]) is None
    sentences = ends + unended if words else 0
    return Measured(len(said), len(words), sentences, max(map(len, words), default=0))
