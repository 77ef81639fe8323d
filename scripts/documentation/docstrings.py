"""A Google-style docstring as Markdown: the text, lists of arguments, examples as they stand."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises", "Source")
_TITLE = re.compile(rf"^({'|'.join(SECTIONS)}):$")
_ITEM = re.compile(r"^(\*{0,2}\w[\w., ]*): (.*)$", re.DOTALL)


def first_line(thing: Any) -> str:
    """The docstring's first sentence, or nothing.

    >>> first_line(first_line)
    "The docstring's first sentence, or nothing."
    """
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def attributes(thing: Any) -> dict[str, str]:
    """What the section `Attributes:` of a class says, by name."""
    found: dict[str, str] = {}
    title = ""
    for line in _paragraphs(inspect.getdoc(thing) or ""):
        heading, _, rest = line.partition("\n")
        title = heading.rstrip(":") if _TITLE.match(heading) else title
        if title == "Attributes" and rest:
            found.update(_items(rest))
            title = ""
    return found


def markdown(docstring: str) -> str:
    """The whole docstring.

    >>> markdown("Adds.\\n\\nArgs:\\n    a: One\\n        number.")
    'Adds.\\n\\n**Args**\\n\\n- `a`: One number.'
    """
    parts: list[str] = []
    for paragraph in _paragraphs(inspect.cleandoc(docstring)):
        heading, _, rest = paragraph.partition("\n")
        if _TITLE.match(heading):
            parts += [f"**{heading.rstrip(':')}**", _section(rest)]
        elif heading.startswith(">>>") and parts and parts[-1].startswith("```pycon"):
            parts[-1] = f"{parts[-1].removesuffix('```')}\n{paragraph}\n```"
        elif heading.startswith(">>>"):
            parts.append(f"```pycon\n{paragraph}\n```")
        else:
            parts.append(paragraph)
    return "\n\n".join(parts)


def cell(words: str) -> str:
    """A text for a cell of a Markdown table: on one line, its bars escaped."""
    return " ".join(words.split()).replace("|", "\\|")


def _section(rest: str) -> str:
    items = _items(rest)
    if not items:
        return " ".join(textwrap.dedent(rest).split())
    return "\n".join(f"- `{name}`: {words}" for name, words in items.items())


def _items(rest: str) -> dict[str, str]:
    """`name: what it is`, each beginning at the section's own margin and going on further in."""
    found: dict[str, str] = {}
    for item in re.split(r"\n(?=\S)", textwrap.dedent(rest)):
        parted = _ITEM.match(item)
        if parted is None:
            return {}
        found[parted[1]] = " ".join(parted[2].split())
    return found


def _paragraphs(docstring: str) -> list[str]:
    return [part.strip("\n") for part in re.split(r"\n\s*\n", docstring) if part.strip()]
