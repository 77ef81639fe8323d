"""Severity asked in the survey: described by arm, never a moderator, since the message came before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.section import Cells, SectionTable, count_cell, figure_cell
from amends.analysis.sections.naming import arm_cell, columns, own_word
from amends.analysis.units import spread_about
from amends.design.survey import Rating, Scale

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment

ONLY_DESCRIBED = Sentence(
    "Severity was asked in the survey, measured after the message: descriptive only. The arms may have "
    "changed the answer, so no difference is tested by it.",
    "Tingkat keparahan ditanyakan dalam survei, diukur setelah pesan: hanya deskriptif. Pesan bisa mengubah "
    "jawabannya, sehingga tidak ada perbedaan yang diuji menurut keparahan.",
)


@dataclass(frozen=True, slots=True)
class Described:
    """What is shown of severity: nothing where it was not asked."""

    said: tuple[Sentence, ...] = ()
    tables: tuple[SectionTable, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


def asked(experiment: Experiment) -> tuple[str, ...]:
    """Names of the ratings and scales that ask how severe it was."""
    items = experiment.survey if isinstance(experiment.survey, tuple) else ()
    return tuple(item.name for item in items if isinstance(item, Rating | Scale) and item.role == "severity")


def wanted(experiment: Experiment) -> bool:
    """Where the survey asks how severe it was."""
    return bool(asked(experiment))


def described(material: Material) -> Described:
    """Answers, mean and spread in every arm."""
    names, units = asked(material.experiment), material.rows_at_hand
    if not names or units is None:
        return Described()
    rows: list[Cells] = []
    figures: dict[str, dict[str, Any]] = {}
    for name in names:
        for arm in material.experiment.arms:
            n, mean, sd = _summary(f"item.{name}", units.loc[units["arm"] == arm.name])
            figures.setdefault(name, {})[arm.name] = {"n": n, "mean": mean, "sd": sd}
            rows.append(
                (
                    own_word(name),
                    arm_cell(arm.name),
                    count_cell(n),
                    figure_cell(mean),
                    figure_cell(sd),
                )
            )
    table = SectionTable(
        columns(
            ("asked after the message", "ditanyakan setelah pesan"),
            ("arm", "kelompok"),
            ("answers", "jawaban"),
            ("mean", "rata-rata"),
            ("sd", "sd"),
        ),
        tuple(rows),
        words=2,
        caption=Sentence("Severity, descriptive only", "Keparahan, hanya deskriptif"),
    )
    return Described((ONLY_DESCRIBED,), (table,), {"severity": figures})


def _summary(column: str, rows: DataFrame) -> tuple[int, float | None, float | None]:
    """How many answered, their mean and their standard deviation."""
    import numpy as np

    values = np.asarray(rows.get(column, ()), dtype=float)
    known = np.isfinite(values)
    if not known.any():
        return 0, None, None
    times, within = (part[known] for part in spread_about(column, rows))
    values, n = values[known], int(times.sum())
    mean = float((times * values).sum() / n)
    squares = float((times * (values - mean) ** 2 + within).sum())
    # A table's amounts stand about a centre near them.
    centre = float(rows[f"{column}:centre"].iloc[0]) if f"{column}:centre" in rows else 0.0
    return n, mean + centre, (squares / (n - 1)) ** 0.5 if n > 1 else None
