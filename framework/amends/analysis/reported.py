"""A report: what an experiment shows at one moment, and the door to every form of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import ArmFigures
from amends.analysis.contrasts import Contrast, plain
from amends.analysis.deviation import Deviation
from amends.analysis.formatting import Sentence
from amends.analysis.later import Later
from amends.analysis.result import NotEnough
from amends.analysis.section import Section
from amends.analysis.settled import to_keep
from amends.analysis.split import Split
from amends.analysis.verdict import Rule
from amends.errors import UsageError, nearest

if TYPE_CHECKING:
    from pandas import DataFrame

OVERALL = (
    "not trustworthy",
    "difference",
    "still collecting",
    "cannot tell",
    "no difference shown",
    "equivalent",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the collection is.

    Attributes:
        planned_per_arm: Planned assigned units of the smallest arm; `NotEnough` without a plan.
        reached: Matured units of the arm furthest behind its share, on the smallest arm's scale.
        planned: Planned units of every arm.
    """

    planned_per_arm: int | NotEnough
    reached: int
    planned: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        return {
            "planned_per_arm": plain(self.planned_per_arm),
            "reached": self.reached,
            "planned": plain(self.planned),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What an experiment shows at one moment.

    What takes long and decides nothing (`omnibus`, `sections`, and of every contrast the customary tests and
    the effect sizes) is worked out when it is first read; `fill` works out all of it.

    Attributes:
        experiment: The key; `question` what it asks, and `asks` the same in both languages.
        unit: What was assigned, in the singular.
        status: `draft`, `running`, `paused` or `stopped`.
        as_of: When the counts were read, UTC.
        simulated: The customers are invented.
        after_the_fact: The definition was written when the data were already there.
        masked: Nobody can see, or could see until the stop, which arm is which; while the experiment runs
            or is paused, letters stand for the arms.
        alpha: The error of the whole decision.
        arms: Figures per arm, in declaration order.
        contrasts: Every metric between every pair, with its verdict.
        sample_ratio: Whether the arms were split as planned.
        progress: Against the planned sample.
        rule: Who decides now, at what level.
        deviations: From the preregistered plan, each with what it means.
        told: What a reader must know and no section has to be made for, before and after what the
            sections warn of; `notes` has all of it.
        turned_away: Units not enrolled: status, reason, count.
        summary: The finding in one short paragraph; `headline` in one sentence.
        overall: Makes `omnibus`; `beside` makes `sections`.

    `report["completed", "thank_you", "sorry"]` is a `Contrast`.
    """

    experiment: str
    question: str | None
    unit: str
    status: str
    as_of: datetime
    simulated: bool
    after_the_fact: bool
    masked: bool
    alpha: float
    arms: Mapping[str, ArmFigures]
    contrasts: tuple[Contrast, ...]
    sample_ratio: Split
    progress: Progress
    rule: Rule
    deviations: tuple[Deviation, ...]
    told: tuple[tuple[Sentence, ...], tuple[Sentence, ...]]
    turned_away: tuple[tuple[str, str, int], ...]
    summary: Sentence
    headline: Sentence
    overall: Later[tuple[Mapping[str, Any], ...]]
    beside: Later[tuple[Section, ...]]
    asks: Sentence | None = None

    @property
    def omnibus(self) -> tuple[Mapping[str, Any], ...]:
        """Overall tests of three arms or more, one per metric."""
        return self.overall.value

    @property
    def sections(self) -> tuple[Section, ...]:
        """The analyses beside the contrasts, in reading order."""
        return self.beside.value

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What a reader must know, in both languages."""
        before, after = self.told
        return (*before, *(warning for section in self.sections for warning in section.warnings), *after)

    def fill(self) -> None:
        """Works out now what would be when it is read."""
        for contrast in self.contrasts:
            for figures in (contrast.tests, contrast.effect_sizes, contrast.effect_intervals):
                len(figures)
        self.overall.value, self.beside.value  # noqa: B018

    @property
    def primary(self) -> tuple[Contrast, ...]:
        """The primary metric's contrasts."""
        return tuple(item for item in self.contrasts if item.role == "primary")

    @property
    def verdict(self) -> str:
        """The primary metric's verdict; with several pairs, the one that matters most."""
        found = {item.verdict for item in self.primary}
        return next((name for name in OVERALL if name in found), "cannot tell")

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notes in English."""
        return tuple(note.en for note in self.notes)

    @property
    def decisions(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Verdicts that stand from now on, by `(metric, arm, versus)`: to be stored, never re-decided.

        Each with the figures it rests on, in JSON's own types. While answers may still come in only a
        difference stands; "cannot tell" stands where the test rejected and the bounds hold 0.
        """
        final = {"difference", "equivalent", "no difference shown"}
        if self.rule.collecting or self.rule.waiting:
            final = {"difference"}
        elif self.rule.method == "fixed":
            final = {*final, "cannot tell"}
        return {
            item.key: to_keep(item)
            for item in self.contrasts
            if item.verdict in final
            and (item.verdict != "cannot tell" or (item.decision or {}).get("rejected_by"))
        }

    def __getitem__(self, key: tuple[str, str, str]) -> Contrast:
        """The contrast of a metric, an arm and the arm it is compared with.

        Raises:
            UsageError: There is no such contrast; those that exist are named.
        """
        for item in self.contrasts:
            if item.key == tuple(key):
                return item
        wanted = ", ".join(str(part) for part in key)
        known = [", ".join(item.key) for item in self.contrasts]
        raise UsageError(
            f"{self.experiment} has no contrast [{wanted}]. {nearest(wanted, known, what='contrasts')}"
        )

    def heading(self, locale: str) -> str:
        """What it asks, or its key where nobody wrote that."""
        return self.experiment if self.asks is None else self.asks[locale]

    def to_dict(self) -> dict[str, Any]:
        """The published JSON object: its keys are never renamed or translated, and it holds no NaN."""
        return {
            **self.first_look(),
            "omnibus": plain(self.omnibus),
            "contrasts": [item.to_dict() for item in self.contrasts],
            "warnings": list(self.warnings),
            "notes": [note.to_dict() for note in self.notes],
            "sections": {section.name: section.to_dict() for section in self.sections},
        }

    def first_look(self) -> dict[str, Any]:
        """The JSON object without what takes long: no `omnibus`, `sections` or what the sections warn of, and
        contrasts without the customary tests and effect sizes. What it holds is the same in both."""
        notes = [note for part in self.told for note in part]
        return {
            "experiment": self.experiment,
            "question": self.question,
            "questions": None if self.asks is None else self.asks.to_dict(),
            "unit": self.unit,
            "status": self.status,
            "as_of": rfc3339(self.as_of),
            "simulated": self.simulated,
            "after_the_fact": self.after_the_fact,
            "masked": self.masked,
            "alpha": self.alpha,
            "verdict": self.verdict,
            "arms": {name: arm.to_dict() for name, arm in self.arms.items()},
            "omnibus": [],
            "contrasts": [item.first_look() for item in self.contrasts],
            "sample_ratio": self.sample_ratio.to_dict(),
            "progress": self.progress.to_dict(),
            "decision": {
                "method": self.rule.method,
                "level": self.rule.level,
                "always_valid_level": self.rule.always_valid_level,
                "collecting": self.rule.collecting,
            },
            "deviations": [item.to_dict() for item in self.deviations],
            "warnings": [note.en for note in notes],
            "notes": [note.to_dict() for note in notes],
            "turned_away": [
                {"status": status, "reason": reason, "n": n} for status, reason, n in self.turned_away
            ],
            "summary": self.summary.to_dict(),
            "headline": self.headline.to_dict(),
        }

    def to_frame(self) -> DataFrame:
        """One row per contrast as a pandas data frame; figures that do not exist are missing values."""
        from amends.analysis.rendering.frame import to_frame

        return to_frame(self)

    def to_text(self, *, locale: str = "en") -> str:
        """Aligned plain text, as `print(report)` shows it."""
        from amends.analysis.rendering.text import to_text

        return to_text(self, locale=locale)

    def to_markdown(self, *, locale: str = "en") -> str:
        """The report as Markdown with tables."""
        from amends.analysis.rendering.markdown import to_markdown

        return to_markdown(self, locale=locale)

    def to_html(self, *, locale: str = "en") -> str:
        """One self-contained page: no script, nothing fetched, fit for printing."""
        from amends.analysis.rendering.page import to_html

        return to_html(self, locale=locale)

    def to_svg(self, *, locale: str = "en") -> str:
        """The report as one sheet, drawn."""
        from amends.analysis.rendering.sheet import to_svg

        return to_svg(self, locale=locale)

    def to_pdf(self, *, locale: str = "en") -> bytes:
        """The sheet as one PDF page; needs the `report` extra."""
        from amends.analysis.rendering.printed import to_pdf

        return to_pdf(self, locale=locale)

    def to_png(self, *, locale: str = "en") -> bytes:
        """The sheet as a picture; needs the `report` extra."""
        from amends.analysis.rendering.printed import to_png

        return to_png(self, locale=locale)

    def to_apa(self) -> str:
        """The results as sentences in APA style, one per contrast."""
        from amends.analysis.rendering.apa import to_apa

        return to_apa(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from amends.analysis.rendering.page import to_fragment

        return to_fragment(self)


def rfc3339(at: datetime) -> str:
    """A time as RFC 3339 in UTC.

    >>> rfc3339(datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    '2026-03-01T08:30:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
