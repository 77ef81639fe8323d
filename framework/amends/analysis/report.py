"""The report of one experiment: everything found, in every form a reader may want.

`build` reads counts into a `Report`; the forms themselves live in `amends.analysis.rendering`. Nothing
heavy is imported until a figure needs it, so that a page can be drawn before scipy is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from amends.analysis.arms import ArmFigures, arm_figures, arm_tally
from amends.analysis.contrasts import Contrast, plain
from amends.analysis.formatting import Sentence, arm_name, metric_name
from amends.analysis.reading import Reading, expected_completion, read_contrasts
from amends.analysis.result import NotEnough
from amends.analysis.split import Split, check_split
from amends.analysis.summary import Setting, headline, summarize
from amends.analysis.verdict import Rule, deciding_rule
from amends.errors import UsageError, nearest
from amends.tally import Tally

if TYPE_CHECKING:
    from pandas import DataFrame

    from amends.design.experiment import Experiment
    from amends.design.plan import Plan

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

    Attributes:
        experiment: The key; `question` what it asks.
        unit: What was assigned, in the singular.
        status: `draft`, `running`, `paused` or `stopped`.
        as_of: When the counts were read, UTC.
        simulated: The customers are invented.
        after_the_fact: The definition was written when the data were already there.
        masked: The arms were masked.
        alpha: The error of the whole decision.
        arms: Figures per arm, in declaration order.
        omnibus: Overall tests of three arms or more, one per metric.
        contrasts: Every metric between every pair, with its verdict.
        sample_ratio: Whether the arms were split as planned.
        progress: Against the planned sample.
        rule: Who decides now, at what level.
        deviations: From the preregistered plan, as sentences.
        notes: What a reader must know, in both languages.
        turned_away: Units not enrolled: status, reason, count.
        summary: The finding in one short paragraph; `headline` in one sentence.

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
    omnibus: tuple[Mapping[str, Any], ...]
    contrasts: tuple[Contrast, ...]
    sample_ratio: Split
    progress: Progress
    rule: Rule
    deviations: tuple[Any, ...]
    notes: tuple[Sentence, ...]
    turned_away: tuple[tuple[str, str, int], ...]
    summary: Sentence
    headline: Sentence

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
    def decisions(self) -> dict[tuple[str, str, str], str]:
        """Verdicts that stand from now on, by `(metric, arm, versus)`: to be stored, never re-decided."""
        final = {"difference", "equivalent", "no difference shown"}
        if self.rule.collecting:
            final = {"difference"}
        return {item.key: item.verdict for item in self.contrasts if item.verdict in final}

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

    def to_dict(self) -> dict[str, Any]:
        """The published JSON object: its keys are never renamed or translated, and it holds no NaN."""
        return {
            "experiment": self.experiment,
            "question": self.question,
            "unit": self.unit,
            "status": self.status,
            "as_of": rfc3339(self.as_of),
            "simulated": self.simulated,
            "after_the_fact": self.after_the_fact,
            "masked": self.masked,
            "alpha": self.alpha,
            "verdict": self.verdict,
            "arms": {name: arm.to_dict() for name, arm in self.arms.items()},
            "omnibus": plain(self.omnibus),
            "contrasts": [item.to_dict() for item in self.contrasts],
            "sample_ratio": self.sample_ratio.to_dict(),
            "progress": self.progress.to_dict(),
            "decision": {
                "method": self.rule.method,
                "level": self.rule.level,
                "always_valid_level": self.rule.always_valid_level,
                "collecting": self.rule.collecting,
            },
            "deviations": plain(self.deviations),
            "warnings": list(self.warnings),
            "notes": [note.to_dict() for note in self.notes],
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
        from amends.analysis.rendering.html import to_html

        return to_html(self, locale=locale)

    def to_apa(self) -> str:
        """The results as sentences in APA style, one per contrast."""
        from amends.analysis.rendering.apa import to_apa

        return to_apa(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from amends.analysis.rendering.html import to_fragment

        return to_fragment(self)


def rfc3339(at: datetime) -> str:
    """A time as RFC 3339 in UTC.

    >>> rfc3339(datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    '2026-03-01T08:30:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def build(
    experiment: Experiment,
    tally: Tally,
    *,
    status: str,
    as_of: datetime,
    plan: Plan | None = None,
    decision_tally: Tally | None = None,
    finished_data: bool = False,
    simulated: bool = False,
    after_the_fact: bool = False,
    masked: bool = False,
    deviations: Iterable[Any] = (),
    turned_away: Iterable[tuple[str, str, int]] = (),
    unit_rows_only: bool = False,
    stored_verdicts: Mapping[tuple[str, str, str], str] | None = None,
    not_invited: Collection[str] = (),
    replayed: bool | None = None,
    weights_declared: bool | None = None,
) -> Report:
    """Reads the counts of an experiment into its report.

    Args:
        experiment: The frozen (or, as a draft, the present) definition, bound to its key.
        tally: Counts per arm, matured days only where the definition has a response window.
        status: `draft`, `running`, `paused` or `stopped`.
        as_of: When the counts were read.
        plan: The planned sample, from `amends.design.plan`.
        decision_tally: Exactly the first planned matured units of every arm, once they are there:
            the fixed test decides on these, once. Ignored while an experiment without a response
            window runs.
        finished_data: Imported or tabled data: one fixed test at alpha on all rows.
        simulated: The customers are invented; said first of all.
        after_the_fact: The definition was written when the data were already there.
        masked: Nobody could see which arm was which until the stop.
        deviations: From the preregistered plan.
        turned_away: Units not enrolled, as `(status, reason, n)`.
        unit_rows_only: The imported file named no unit, so each row was taken as one.
        stored_verdicts: Verdicts made earlier (`Report.decisions`); they stand.
        not_invited: Arms that got no invitation; their survey contrasts are refused.
        replayed: For blocked experiments, whether the sealed list gave every stored arm again.
        weights_declared: Whether the intended shares are known; by default so, except for finished data
            whose weights are all 1, where nobody has stated them.
    """
    progress = _progress(experiment, tally, plan)
    planned = progress.planned_per_arm if isinstance(progress.planned_per_arm, int) else None
    if experiment.response_window is None and status != "stopped":
        # Without a window late answers go on changing the first units, so nothing is settled before the stop.
        decision_tally = None
    rule = deciding_rule(
        status=status,
        alpha=experiment.alpha,
        planned=planned,
        reached=progress.reached,
        finished_data=finished_data,
        decision_data=decision_tally is not None,
        masked=masked,
    )
    if weights_declared is None:
        weights_declared = not finished_data or any(str(weight) != "1" for weight in experiment.weights)
    split = check_split(experiment, tally, weights_declared=weights_declared, replayed=replayed)
    reading = Reading(
        rule=rule,
        planned=progress.planned or None,
        completion=expected_completion(experiment),
        decision_tally=decision_tally,
        trustworthy=split.trustworthy,
        stored=stored_verdicts,
        not_invited=not_invited,
    )
    contrasts = read_contrasts(experiment, tally, reading)
    setting = Setting(
        unit=experiment.unit,
        planned=planned,
        reached=progress.reached,
        better={metric.name: metric.better for metric in experiment.metrics},
        margins={metric.name: metric.margin for metric in experiment.metrics},
        simulated=simulated,
        after_the_fact=after_the_fact,
        status=status,
    )
    beyond = status == "stopped" and not finished_data and decision_tally is None
    notes = [
        *_notes(experiment, split, rule, contrasts, unit_rows_only=unit_rows_only),
        *([MORE_THAN_PLANNED] if beyond and planned is not None and progress.reached > planned else []),
    ]
    return Report(
        experiment=experiment.key or "",
        question=experiment.question,
        unit=experiment.unit,
        status=status,
        as_of=as_of,
        simulated=simulated,
        after_the_fact=after_the_fact,
        masked=masked,
        alpha=experiment.alpha,
        arms=arm_figures(experiment, tally),
        omnibus=_omnibus(experiment, tally),
        contrasts=contrasts,
        sample_ratio=split,
        progress=progress,
        rule=rule,
        deviations=tuple(deviations),
        notes=tuple(notes),
        turned_away=tuple(turned_away),
        summary=summarize(contrasts, setting),
        headline=headline(contrasts, setting),
    )


MORE_THAN_PLANNED = Sentence(
    "More units than planned had arrived at the stop and the fixed test was read on all of them.",
    "Saat dihentikan, jumlah unit melebihi rencana dan uji tetap dibaca pada semuanya.",
)
ROWS_AS_UNITS = Sentence(
    "The file names no unit: each row was taken as one, so repeated customers would count twice.",
    "Berkas tidak menyebut unit: setiap baris dianggap satu unit, "
    "sehingga pelanggan yang berulang terhitung dua kali.",
)
CLUSTERED_NOTE = Sentence(
    "Units share arms by cluster: tests and intervals that take units as independent are refused.",
    "Unit berbagi kelompok per gugus: uji dan selang yang menganggap unit saling bebas ditolak.",
)


def _progress(experiment: Experiment, tally: Tally, plan: Plan | None) -> Progress:
    matured = {arm.name: arm_tally(tally, arm.name).matured for arm in experiment.arms}
    if plan is None:
        return Progress(NotEnough("no planned sample"), min(matured.values()), {})
    smallest = plan.smallest
    # In whole numbers, so that a full plan is never missed by a rounding of shares.
    reached = min(matured[name] * smallest // due for name, due in plan.per_arm.items())
    return Progress(smallest, reached, dict(plan.per_arm))


def _notes(
    experiment: Experiment, split: Split, rule: Rule, contrasts: Sequence[Contrast], *, unit_rows_only: bool
) -> list[Sentence]:
    notes = [*split.notes]
    if rule.note is not None:
        notes.append(rule.note)
    if unit_rows_only:
        notes.append(ROWS_AS_UNITS)
    if experiment.clustered:
        notes.append(CLUSTERED_NOTE)
    return [*notes, *_placed(contrasts)]


def _placed(contrasts: Sequence[Contrast]) -> list[Sentence]:
    """The contrasts' warnings, each once: after the metric's name, and the pair's where not all share it."""
    found: list[Sentence] = []
    for metric in dict.fromkeys(item.metric for item in contrasts):
        family = [item for item in contrasts if item.metric == metric]
        for warning in dict.fromkeys(warning for item in family for warning in item.warnings):
            where = [item for item in family if warning in item.warnings]
            named = [] if len(where) == len(family) else where
            found.append(Sentence(*(_prefixed(metric, named, warning, locale) for locale in ("en", "id"))))
    return found


def _prefixed(metric: str, named: Sequence[Contrast], warning: Sentence, locale: str) -> str:
    pairs = ", ".join(f"{arm_name(item.arm, locale)} – {arm_name(item.versus, locale)}" for item in named)
    name = metric_name(metric, locale)
    return f"{name[:1].upper()}{name[1:]}{f' ({pairs})' if pairs else ''}: {warning[locale]}"


def _omnibus(experiment: Experiment, tally: Tally) -> tuple[Mapping[str, Any], ...]:
    if len(experiment.arms) < 3:
        return ()
    from amends.analysis.overall import overall_tests

    return overall_tests(experiment, tally)
