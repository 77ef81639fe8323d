"""Every deviation from the preregistered plan, each named, with what it means or what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from amends.analysis import course_deviations, data_deviations
from amends.analysis.course import Course
from amends.analysis.deviation import Deviation, Done
from amends.analysis.formatting import Sentence


def deviations(course: Course, done: Done) -> tuple[Deviation, ...]:
    """Every deviation, in the order of an experiment's life. Finished data were imported: one says it all."""
    if course.after_the_fact:
        return (
            AFTER_THE_FACT,
            *data_deviations.exclusions(done.experiment),
            *data_deviations.not_invited(done),
            *data_deviations.untested(done),
        )
    found: Iterable[Iterator[Deviation]] = (
        course_deviations.edited(course),
        course_deviations.coverage(course),
        course_deviations.pauses(course),
        course_deviations.unmasked(course),
        course_deviations.sample(done),
        course_deviations.early_verdicts(course),
        data_deviations.not_invited(done),
        data_deviations.late(done),
        data_deviations.taking_part(done),
        data_deviations.waiting(done),
        data_deviations.set_aside(course),
        data_deviations.exclusions(done.experiment),
        data_deviations.untested(done),
    )
    return tuple(item for group in found for item in group)


AFTER_THE_FACT = Deviation(
    "after_the_fact",
    Sentence(
        "The definition was written when the data were already there.",
        "Definisi ditulis ketika data sudah ada.",
    ),
    Sentence(
        "Nothing was preregistered: read the findings as a description that a new experiment should confirm.",
        "Tidak ada yang dipraregistrasi: bacalah temuannya sebagai gambaran yang perlu dipastikan oleh "
        "eksperimen baru.",
    ),
)
