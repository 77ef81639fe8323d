"""Checks of the ratings: points that the scale does not have, and scales that have run out at one end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.arms import arm_tally
from amends.analysis.checks.check import Check, by_arm
from amends.analysis.formatting import Sentence, count, metric_name, percent
from amends.analysis.section import both
from amends.design.survey import Rating

if TYPE_CHECKING:
    from amends.analysis.material import Material

CEILING = 0.60


def rating_checks(material: Material) -> list[Check]:
    """Ratings off their scale and ceilings; none where no rating is asked for."""
    rated = any(metric.kind == "mean" and metric.source == "survey" for metric in material.experiment.metrics)
    asked = any(isinstance(item, Rating) for item in material.experiment.items)
    found = [_off_scale(material)] if rated or asked else []
    return found + _ceilings(material)


def off_scale(material: Material) -> dict[str, int]:
    """By item, ratings that its scale does not have: in the tally, the stored ratings, other answers."""
    found: dict[str, int] = {}
    for metric in material.experiment.metrics:
        scale = getattr(metric, "scale", None)
        if scale is None or metric.kind != "mean" or metric.source != "survey":
            continue
        counted = [
            arm_tally(material.tally, arm.name).ratings.get(metric.name, {})
            for arm in material.experiment.arms
        ]
        found[metric.name] = sum(
            n for arm in counted for point, n in arm.items() if not scale[0] <= point <= scale[1]
        )
    rows = material.rows
    for item, n in (rows.off_scale if rows is not None else {}).items():
        found[item] = max(found.get(item, 0), n)
    return {item: n for item, n in found.items() if n}


def _off_scale(material: Material) -> Check:
    wrong = off_scale(material)
    listed = both(
        lambda locale: " · ".join(
            f"{metric_name(item, locale)} {count(n, locale)}" for item, n in sorted(wrong.items())
        )
    )
    return Check(
        name="off_scale",
        what=Sentence("ratings that the scale does not have", "nilai di luar skala"),
        found=listed if wrong else Sentence("none", "tidak ada"),
        state="broken" if wrong else "ok",
        meaning=Sentence(
            "Ratings outside the scale, or between its points, cannot come through the survey: rows were "
            "changed behind it. Means and tests rest on them; repair or restore the rows.",
            "Nilai di luar skala, atau di antara titik-titiknya, tidak mungkin datang lewat survei: ada "
            "baris yang diubah. Rata-rata dan uji bertumpu padanya; perbaiki atau pulihkan barisnya.",
        ),
        figures={"items": wrong},
    )


def _ceilings(material: Material) -> list[Check]:
    found = []
    for metric in material.experiment.metrics:
        if metric.kind != "mean" or metric.source != "survey" or getattr(metric, "scale", None) is None:
            continue
        check = _ceiling(material, metric.name, metric.scale)  # type: ignore[arg-type]
        found += [check] if check is not None else []
    return found


def _ceiling(material: Material, metric: str, scale: tuple[int, int]) -> Check | None:
    counted = {
        arm.name: arm_tally(material.tally, arm.name).ratings.get(metric, {})
        for arm in material.experiment.arms
    }
    given = {arm: ratings for arm, ratings in counted.items() if sum(ratings.values())}
    if not given:
        return None
    tops = {arm: ratings.get(scale[1], 0) / sum(ratings.values()) for arm, ratings in given.items()}
    bottoms = {arm: ratings.get(scale[0], 0) / sum(ratings.values()) for arm, ratings in given.items()}
    high = max(*tops.values(), *bottoms.values()) > CEILING
    low_end = max(bottoms.values()) > CEILING
    shown = bottoms if low_end else tops
    name = both(lambda locale: metric_name(metric, locale))
    end = Sentence("lowest", "terendah") if low_end else Sentence("highest", "tertinggi")
    return Check(
        name=f"ceiling_{metric}",
        what=Sentence(f"{end.en} rating, {name.en}", f"nilai {end.id}, {name.id}"),
        found=both(
            lambda locale: by_arm({arm: percent(part, locale) for arm, part in shown.items()}, locale)
        ),
        state="look at this" if high else "ok",
        meaning=Sentence(
            "More than 60% of an arm gave the same end of the scale, which leaves no room to differ: read "
            "the ordinal and rank results beside the means.",
            "Lebih dari 60% dalam satu kelompok memberi nilai di ujung skala yang sama, sehingga tidak ada "
            "ruang untuk berbeda: baca hasil ordinal dan peringkat di samping rata-rata.",
        ),
        figures={"highest": tops, "lowest": bottoms},
    )
