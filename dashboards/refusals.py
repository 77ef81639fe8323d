"""What a refused definition or act is told, in Indonesian: what people meet, by its English words.

Refusals are written once, in English, where the rule stands, with the value, the rule and the remedy. Here
each is known by its words and said again; what is not known here is shown in English and says that it is.
Names of arguments and what Python itself says stay as they are: they are what one looks for in the file.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_WHERE = re.compile(r"(?P<file>\S+\.py)(?:, line (?P<line>\d+))?: (?P<rest>.*)", re.DOTALL)

_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
REFUSALS, ACTS = (
    tuple((re.compile(item["en"], re.DOTALL), item["id"]) for item in _TOLD[kind])
    for kind in ("refusal", "act")
)
_REMEDIES = (
    (r"Did you mean (.+)\?", r"Maksudnya \1?"),
    (r"Known .+?: (.+)\.", r"Yang dikenal: \1."),
    (r" or (?=['\"])", " atau "),
)


def said_in(message: str, language: str) -> str:
    """A refusal in the page's language.

    >>> said_in("tea.py, line 9: Experiment has no argument 'arm'. Did you mean 'arms'?", "id")
    "tea.py, baris 9: Experiment tidak mengenal argumen 'arm'. Maksudnya 'arms'?"
    >>> said_in("something new", "id")
    'something new (penjelasan ini baru ada dalam bahasa Inggris)'
    """
    if language != "id":
        return message
    placed = _WHERE.fullmatch(message)
    where, rest = "", message
    if placed is not None:
        line = f", baris {placed['line']}" if placed["line"] else ""
        where, rest = f"{placed['file']}{line}: ", placed["rest"]
    found = _again(rest)
    if found is None:
        return f"{where}{rest} (penjelasan ini baru ada dalam bahasa Inggris)"
    return where + found


def _again(message: str) -> str | None:
    for english, indonesian in (*REFUSALS, *ACTS):
        known = english.fullmatch(message)
        if known is not None:
            said = known.expand(indonesian)
            for remedy, spoken in _REMEDIES:
                said = re.sub(remedy, spoken, said)
            return said
    return None
