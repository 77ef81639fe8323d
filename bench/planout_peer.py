"""planout as a peer: written for older Pythons, so what it misses in this one is given to it here.

Its package imports `six` without declaring it, and takes from `collections` what moved to `collections.abc`.
"""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def planout_paths(key: str, arms: list[str]) -> dict[str, Callable[[str], str]]:
    """An experiment for each customer, as its documentation has it, and the assignment below that."""
    if find_spec("six") is None:
        names = {
            "binary_type": bytes,
            "string_types": (str,),
            "integer_types": (int,),
            "iteritems": dict.items,
        }
        sys.modules["six"] = ModuleType("six")
        vars(sys.modules["six"]).update(names)
    collections.MutableMapping = MutableMapping  # type: ignore[attr-defined]
    assignment: Any = import_module("planout.assignment").Assignment
    experiment: Any = import_module("planout.experiment").Experiment
    choice: Any = import_module("planout.ops.random").UniformChoice

    def assign(_self: Any, params: Any, unit: str) -> None:
        params.arm = choice(choices=arms, unit=unit)

    def setup(self: Any) -> None:
        self.name = key

    def nothing(*_: object) -> bool:
        return True

    without_log = {"setup": setup, "assign": assign}
    without_log |= dict.fromkeys(("configure_logger", "log", "previously_logged"), nothing)
    late = type("Late", (experiment,), without_log)

    def assignment_alone(unit_id: str) -> str:
        params = assignment(key)
        params.arm = choice(choices=arms, unit=unit_id)
        return str(params.arm)

    return {
        "planout: an Experiment per customer": lambda unit_id: str(late(unit=unit_id).get("arm")),
        "planout: an Assignment alone": assignment_alone,
    }
