"""The page of the Python door: every name of `amends.__all__`, from its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import amends
from amends import errors
from amends.analysis.contrasts import Contrast
from amends.analysis.pooling import PooledExperiments
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough
from amends.lab import Lab
from amends.lab.explanation import Explanation
from scripts.documentation.docstrings import cell, first_line, markdown

WIDTH = 100
INTRODUCTION = """\
# Python

Everything here is a name of the package `amends`: `import amends`, then `amends.assign(…)`, or
`from amends import Experiment`. Nothing is loaded before it is used."""
CHAPTERS: dict[str, tuple[str, ...]] = {
    "Define an experiment": (
        "Experiment", "Arm", "thank_you", "sorry", "thank_and_sorry", "silence", "text", "invite",
        "Reminder", "delayed_by", "everyone",
    ),
    "What is measured": (
        "Proportion", "Mean", "NetPromoter", "Rating", "Scale", "Choice", "Text", "service_quality",
    ),
    "How arms are drawn, and compared": (
        "hashed", "blocked", "Cluster", "Layer", "Holdout", "contrast", "primary", "exploratory", "bucket",
    ),
    "Send": ("assign", "assign_async", "assign_many", "hand_out", "Assignment", "explain", "warm_up"),
    "Record": ("record_delivery", "record_response", "record_outcome", "record_event", "late_now"),
    "Read": ("analyze", "analyze_table", "pool", "load"),
    "The lab behind it, and errors": (
        "Lab", "configure", "default_lab", "AmendsError", "StoreUnavailable",
    ),
}  # fmt: skip

RETURNED = (Report, Contrast, NotEnough, PooledExperiments, Explanation)
"""What the calls above give back and nobody makes by hand."""


def page() -> str:
    """The whole page.

    Raises:
        ValueError: A public name stands in no chapter, or a chapter names what is not public.
    """
    listed = [name for names in CHAPTERS.values() for name in names]
    if sorted(listed) != sorted(amends.__all__):
        raise ValueError(f"the chapters and amends.__all__ differ: {set(listed) ^ set(amends.__all__)}")
    parts = [INTRODUCTION]
    for title, names in CHAPTERS.items():
        parts.append(f"## {title}")
        parts += [_entry(name) for name in names]
    parts.append("## What comes back")
    for kind in RETURNED:
        parts += [f"### {kind.__name__}", markdown(inspect.getdoc(kind) or ""), _methods(kind)]
    tree = (errors.__doc__ or "").split("\n\n")
    parts += ["## Errors", tree[0].strip(), f"```text\n{tree[1].strip()}\n```", *tree[2:]]
    return "\n\n".join(part for part in parts if part)


def _entry(name: str) -> str:
    thing = getattr(amends, name)
    described = _described(name, thing)
    lines = [f"### {name}"]
    if not (inspect.isclass(thing) and issubclass(thing, Exception)):
        lines.append(f"```py\n{_call(name, described)}\n```")
    lines.append(markdown(inspect.getdoc(described) or ""))
    if thing is Lab:
        lines.append(_methods(Lab))
    return "\n\n".join(line for line in lines if line)


def _described(name: str, thing: Any) -> Any:
    """What has the full description: of a function that only calls the lab's method, that method."""
    return getattr(Lab, name) if "see `Lab." in first_line(thing) else thing


def _methods(owner: type) -> str:
    rows = [
        f"| `{name}` | {cell(first_line(method))} |"
        for name, method in sorted(inspect.getmembers(owner, callable))
        if not name.startswith("_") and first_line(method)
    ]
    return "\n".join(["| method | what it does |", "|---|---|", *rows]) if rows else ""


def _call(name: str, thing: Any) -> str:
    signature = inspect.signature(thing)
    shown = list(_parameters(signature.parameters.values()))
    returns = "" if inspect.isclass(thing) else f" -> {_bare(signature.return_annotation)}"
    line = f"{name}({', '.join(shown)}){returns}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in shown), f"){returns}"])


def _parameters(parameters: Iterable[inspect.Parameter]) -> Iterable[str]:
    starred = slashed = False
    kept = [item for item in parameters if item.name not in ("self", "unknown")]
    for item in kept:
        if slashed and item.kind is not item.POSITIONAL_ONLY:
            yield "/"
            slashed = False
        slashed = slashed or item.kind is item.POSITIONAL_ONLY
        if item.kind is item.KEYWORD_ONLY and not starred:
            yield "*"
            starred = True
        starred = starred or item.kind is item.VAR_POSITIONAL
        yield _parameter(item)


def _parameter(item: inspect.Parameter) -> str:
    stars = {item.VAR_POSITIONAL: "*", item.VAR_KEYWORD: "**"}.get(item.kind, "")
    default = "" if item.default is item.empty else f" = {_value(item.default)}"
    return f"{stars}{item.name}: {_bare(item.annotation)}{default}"


def _value(default: object) -> str:
    """A default as one would write it; a value of a class of ours by the class's name alone."""
    written = repr(default)
    return written if len(written) <= 30 else f"{type(default).__name__}(…)"


def _bare(annotation: object) -> str:
    return re.sub(r"\b[a-z_.]+\.(?=[A-Z])", "", str(annotation))
