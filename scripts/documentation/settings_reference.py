"""The page of the settings: the table of `amends.settings`, checked against the names it reads."""

from __future__ import annotations

import re

from amends import settings

INTRODUCTION = """\
# Settings

Settings are environment variables. A name that begins with `AMENDS_` and is not in this table is refused with
the nearest one that is, so that a misspelt setting is never silently without effect."""


def page() -> str:
    """The whole page.

    Raises:
        ValueError: A setting is read and not described, or the other way round.
    """
    rows = re.findall(r"^\|.*\|$", settings.__doc__ or "", re.MULTILINE)
    described = set(re.findall(r"^\| `AMENDS_(\w+)`", "\n".join(rows), re.MULTILINE))
    if described != set(settings._NAMES):
        raise ValueError(f"the table of settings and what is read differ: {described ^ set(settings._NAMES)}")
    return INTRODUCTION + "\n\n" + "\n".join(rows)
