"""What results of an analysis share: each prints as one line and exports as JSON's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from amends.analysis.contrasts import plain
from amends.analysis.formatting import number
from amends.analysis.result import Estimate, Interval, NotEnough, TestResult


class Exported:
    """A frozen dataclass of figures, the first of which is the method's `name`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Every figure under its name; what does not exist or has no bound says why, never NaN."""
        return {item.name: exported(getattr(self, item.name)) for item in fields(self)}  # type: ignore[arg-type]

    def __str__(self) -> str:
        """The method and its figures in one line, for instance `Lin (HC2): value 0.44, p value 0.141`."""
        shown = [
            f"{item.name.replace('_', ' ')} {shortened(getattr(self, item.name))}"
            for item in fields(self)  # type: ignore[arg-type]
            if item.name != "name"
        ]
        return f"{getattr(self, 'name', type(self).__name__)}: {', '.join(shown)}"


def exported(value: Any) -> Any:
    """JSON's own types, also of results within results.

    >>> exported(Interval(0.1, 0.2, "Wilson"))
    {'low': 0.1, 'high': 0.2, 'method': 'Wilson', 'confidence': 0.95}
    """
    if isinstance(value, NotEnough):
        return value.to_dict()
    if is_dataclass(value):
        return {item.name: exported(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): exported(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exported(item) for item in value]
    return plain(value)


def shortened(value: Any) -> str:
    """A figure as it stands in a line: four digits, a dash where there is none.

    >>> shortened((0.123456, 91)), shortened(NotEnough("no units")), shortened(Interval(-1, 2, "t"))
    ('(0.1235, 91)', '–', '−1.0000 to 2.0000')
    """
    if isinstance(value, NotEnough) or value is None:
        return "–"
    if isinstance(value, Interval):
        return f"{shortened(float(value.low))} to {shortened(float(value.high))}"
    if isinstance(value, Estimate):
        return f"{shortened(value.value)} ({shortened(value.interval)})"
    if isinstance(value, TestResult):
        return f"{value.name} p {shortened(float(value.p_value))}"
    if isinstance(value, list | tuple):
        return f"({', '.join(shortened(item) for item in value)})"
    if isinstance(value, float):
        return number(value, digits=4)
    return str(value)
