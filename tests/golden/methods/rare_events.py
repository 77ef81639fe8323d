"""Pooling experiments with few events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amends.analysis import rare_events
from tests.golden.methods.reading import Got, Inputs, ends, method, part


def figures(found: Any) -> Got:
    return {
        "est": part(found, "value"),
        "se": part(found, "standard_error"),
        **ends("ci_", part(found, "interval")),
        "p": part(found, "p_value"),
        "Q": part(found, "q"),
        "Q_p": part(found, "q_p_value"),
    }


@method("mantel_haenszel")
def mantel_haenszel(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return figures(rare_events.mantel_haenszel(inputs["tables"], measure=params["measure"]))


@method("peto")
def peto(inputs: Inputs, params: Inputs, folder: Path) -> Got:
    return figures(rare_events.peto(inputs["tables"]))
