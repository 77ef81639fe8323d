"""Planned and done: the frozen plan beside what happened, and every deviation with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import known
from amends.analysis.course import Course
from amends.analysis.deviation import pair_name
from amends.analysis.formatting import VERDICTS, Sentence, count, metric_name, moment, percent
from amends.analysis.material import Material
from amends.analysis.section import Section, SectionTable, both, same
from amends.analysis.sections.done import hours
from amends.design.attention import excluding_checks

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "planned_and_done"
CHAPTER = "plan"
TITLE = Sentence("The plan beside what was done", "Rencana dibandingkan dengan pelaksanaan")
NEEDS_UNITS = False

NOTHING = Sentence("none", "tidak ada")
AS_PLANNED = Sentence(
    "Nothing departed from the plan so far.", "Sejauh ini tidak ada yang menyimpang dari rencana."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One point of the plan: what was planned, what was done, and both as figures."""

    name: str
    what: Sentence
    planned: Sentence
    done: Sentence
    figures: tuple[Any, Any]


def wanted(experiment: Experiment) -> bool:
    """Always: every plan is compared with what was done."""
    return True


def section(material: Material) -> Section | None:
    """One row a point of the plan, then the deviations; None for a draft, which has done nothing yet."""
    course = material.course
    if course is None:
        return None
    lines = [
        _hypothesis(material),
        _metrics(material),
        _sample(material),
        _contrasts(material),
        _decision(material),
        _window(material),
        _exclusions(material),
        _masking(course),
        _coverage(course),
        _time(course),
    ]
    columns = (Sentence("point", "hal"), Sentence("planned", "rencana"), Sentence("done", "pelaksanaan"))
    rows = tuple((line.what, line.planned, line.done) for line in lines)
    said = tuple(both(lambda locale, item=item: item[locale]) for item in material.deviations)  # type: ignore[misc]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=said or (AS_PLANNED,),
        tables=(SectionTable(columns, rows, words=3),),
        figures={
            "fingerprint": course.fingerprint,
            "frozen_at": course.started_at.isoformat().replace("+00:00", "Z"),
            "after_the_fact": course.after_the_fact,
            "lines": {line.name: {"planned": line.figures[0], "done": line.figures[1]} for line in lines},
            "deviations": [item.name for item in material.deviations],
        },
    )


def _hypothesis(material: Material) -> Line:
    expected = material.experiment.hypothesis
    verdicts = dict.fromkeys(item.verdict for item in material.contrasts if item.role == "primary")
    return Line(
        "hypothesis",
        Sentence("hypothesis", "hipotesis"),
        same(expected) if expected else NOTHING,
        both(lambda locale: "; ".join(VERDICTS[name][locale] for name in verdicts)),
        (expected, list(verdicts)),
    )


def _metrics(material: Material) -> Line:
    declared = [metric.name for metric in material.experiment.metrics]
    reported = list(dict.fromkeys(item.metric for item in material.contrasts))
    return Line(
        "metrics",
        Sentence("measured, the primary metric first", "yang diukur, ukuran utama lebih dulu"),
        _named(_primary_first(material.experiment, declared)),
        _named(_primary_first(material.experiment, reported)),
        (declared, reported),
    )


def _primary_first(experiment: Experiment, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: name != experiment.primary_metric.name)


def _named(metrics: list[str]) -> Sentence:
    return both(lambda locale: ", ".join(metric_name(name, locale) for name in metrics) or NOTHING[locale])


def _sample(material: Material) -> Line:
    planned, reached = material.planned, material.reached
    return Line(
        "sample",
        Sentence("matured units per arm", "unit matang per kelompok"),
        both(lambda locale: count(planned, locale)) if planned is not None else NOTHING,
        both(lambda locale: count(reached, locale)),
        (planned, reached),
    )


def _contrasts(material: Material) -> Line:
    pairs = material.experiment.pairs()
    tested = [item for item in material.contrasts if item.role == "primary" and known(item.p_value)]
    return Line(
        "contrasts",
        Sentence("comparisons", "perbandingan"),
        both(lambda locale: "; ".join(pair_name(*pair, locale) for pair in pairs)),
        both(lambda locale: "; ".join(pair_name(item.arm, item.versus, locale) for item in tested))
        if tested
        else NOTHING,
        ([list(pair) for pair in pairs], [[item.arm, item.versus] for item in tested]),
    )


_METHODS = {
    "fixed": Sentence("the fixed test", "uji tetap"),
    "always-valid": Sentence("the always-valid interval", "selang yang selalu berlaku"),
    "none": Sentence("nothing yet", "belum ada"),
}


def _decision(material: Material) -> Line:
    experiment, rule = material.experiment, material.rule
    level = rule.level if rule.method == "fixed" else rule.always_valid_level
    at = both(lambda locale: f" ({percent(level, locale)})") if level else Sentence("", "")
    by = _METHODS[rule.method]
    return Line(
        "decision",
        Sentence("error, power; who decides", "galat, kuasa uji; siapa yang memutuskan"),
        both(lambda locale: f"{percent(experiment.alpha, locale)}, {percent(experiment.power, locale)}"),
        Sentence(f"{by.en}{at.en}", f"{by.id}{at.id}"),
        ({"alpha": experiment.alpha, "power": experiment.power}, {"method": rule.method, "level": level}),
    )


def _window(material: Material) -> Line:
    window = material.experiment.response_window
    late = sum(arm.late for arm in material.tally.arms)
    waiting = sum(arm.waiting for arm in material.tally.arms)
    return Line(
        "response_window",
        Sentence("response window", "batas waktu menjawab"),
        both(lambda locale: hours(window, locale)) if window else NOTHING,
        both(
            lambda locale: {
                "en": f"{count(late)} late answers not counted, {count(waiting)} units still waiting",
                "id": f"{count(late, 'id')} jawaban terlambat tidak dihitung, {count(waiting, 'id')} unit "
                "masih menunggu",
            }[locale]
        ),
        (window.total_seconds() if window else None, {"late": late, "waiting": waiting}),
    )


def _exclusions(material: Material) -> Line:
    declared = list(material.experiment.exclusions)
    applied = [item.name for item in excluding_checks(material.experiment)]
    return Line(
        "exclusions",
        Sentence("left out", "yang dikeluarkan"),
        same("; ".join(declared)) if declared else NOTHING,
        Sentence(
            f"beside the full analysis: {', '.join(applied)}",
            f"di samping analisis lengkap: {', '.join(applied)}",
        )
        if applied
        else NOTHING,
        (declared, applied),
    )


def _masking(course: Course) -> Line:
    yes, no = Sentence("until the stop", "sampai dihentikan"), Sentence("no", "tidak")
    planned = yes if course.masked else no
    done = planned
    if course.unmasked:
        at = course.unmasked[0]
        done = Sentence(f"unmasked on {moment(at)}", f"dibuka pada {moment(at, 'id')}")
    return Line(
        "masked",
        Sentence("arms masked", "kelompok disamarkan"),
        planned,
        done,
        (course.masked, course.masked and course.unmasked is None),
    )


def _coverage(course: Course) -> Line:
    shares = [course.coverage, *(share for _, share in course.ramps)]
    return Line(
        "coverage",
        Sentence("share of the eligible taken in", "porsi yang memenuhi syarat dan diikutkan"),
        both(lambda locale: percent(float(shares[0]), locale)),
        both(lambda locale: " → ".join(percent(float(share), locale) for share in shares)),
        (float(shares[0]), [float(share) for share in shares]),
    )


def _time(course: Course) -> Line:
    start, stop = course.started_at, course.stopped_at
    going = Sentence("not stopped yet", "belum dihentikan")
    return Line(
        "time",
        Sentence("frozen; stopped", "dibekukan; dihentikan"),
        both(lambda locale: moment(start, locale)),
        both(lambda locale: moment(stop, locale)) if stop else going,
        (_utc(start), _utc(stop) if stop else None),
    )


def _utc(at: Any) -> str:
    return str(at.isoformat()).replace("+00:00", "Z")
