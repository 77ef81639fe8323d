"""A chart is drawn once from the same figures, whoever looks at it and however often.

A page that refreshes every two seconds draws a dozen charts, mostly of figures that have not changed, and
twenty viewers draw the same ones. Building a chart takes a hundred times as long as finding it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

import streamlit as st
from altair.utils.schemapi import debug_mode

from amends.design.value import Value
from dashboards.words import Words

KEPT = 512
"""Charts in memory, of some kilobytes each: those of a page for a quarter of an hour of new counts."""


def spec(draw: Callable[..., Any], *figures: Any, **named: Any) -> dict[str, Any] | None:
    """What `draw` makes of the figures, as Vega-Lite has it; None where it draws nothing.

    Args:
        draw: A function of this package that depends on nothing but its arguments.
        figures: Its arguments; all that is told of them is what makes them equal.
        named: Its named arguments.

    Raises:
        TypeError: An argument of which it cannot be told whether it is the same.
    """
    told = json.dumps([figures, named], default=_told, sort_keys=True)
    found = _drawn(
        draw,
        f"{draw.__module__}.{draw.__qualname__}",
        hashlib.sha256(told.encode()).digest(),
        (figures, named),
    )
    # Read anew for each viewer, because whoever shows it takes its data out.
    return None if found is None else dict(json.loads(found))


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _drawn(
    _draw: Callable[..., Any], name: str, told: bytes, _arguments: tuple[Any, Mapping[str, Any]]
) -> str | None:
    figures, named = _arguments
    # The tests hold every chart against Vega-Lite's schema; to do so again takes as long as all the rest.
    with debug_mode(False):
        chart = _draw(*figures, **named)
    return None if chart is None else json.dumps(chart.to_dict(validate=False))


def _told(value: Any) -> Any:
    """A value that JSON has no form for, by its kind and all its parts."""
    if isinstance(value, Words):
        return value.language
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return [[key, held] for key, held in value.items()]
    if isinstance(value, Value):
        return [type(value).__name__, [getattr(value, name) for name in value._fields]]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, [getattr(value, field.name) for field in fields(value)]]
    raise TypeError(f"it cannot be told whether a {type(value).__name__} is the same as another")
