"""The page of a report's JSON: every key that a real report has, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from amends import Experiment, Mean, Proportion, silence, sorry, thank_you
from amends.analysis.arms import ArmFigures
from amends.analysis.contrasts import Contrast
from amends.analysis.report import build
from amends.analysis.reported import Progress, Report
from amends.analysis.sections.registry import MODULES
from amends.analysis.split import Split
from amends.design.plan import plan
from amends.tally import ArmTally, Tally
from scripts.documentation.docstrings import attributes, cell

INTRODUCTION = """\
# The report as JSON

`amends analyze KEY --json`, `Report.to_dict()` and `GET /api/v1/experiments/{key}/report` give this one
object. Keys may be added; none is ever renamed, translated or taken away. A figure that cannot be computed
is `{"not_enough": "the reason"}` in the place of that value, never a number. Rates and differences of rates
lie between 0 and 1 (0.126 is 12.6 percentage points); times are RFC 3339 in UTC."""

SENTENCES = "in both languages, `en` and `id`"
MORE: Mapping[str, Mapping[str, str]] = {
    "report": {
        "experiment": "the key",
        "question": "what the experiment asks",
        "questions": f"the same {SENTENCES}",
        "verdict": "of the primary metric; with several pairs, the one that matters most",
        "omnibus": "overall tests of three arms or more, one per metric",
        "decision": "who decides now (`method`), at which `level` and `always_valid_level`, and whether "
        "data are still `collecting`",
        "warnings": "what a reader must know, in English",
        "notes": f"the same {SENTENCES}",
        "headline": f"the finding in one sentence, {SENTENCES}",
        "summary": f"the finding in one short paragraph, {SENTENCES}",
        "sections": "the analyses beside the contrasts, by name; see below",
        "turned_away": "units that were not enrolled: `status`, `reason`, `n`",
        "deviations": f"from the preregistered plan: `name`, and what it means {SENTENCES}",
    },
    "arm": {
        "assigned": "units that got this arm",
        "sent": "of them, those whose message was sent",
        "delivered": "those whose message arrived",
        "failed": "those whose message could not be delivered",
        "started": "those who began the survey",
        "finished": "those who finished it",
        "late": "those who finished after the response window; not counted as completed",
        "agreed": "those who agreed to take part, where consent was asked",
        "refused": "those who refused",
        "withdrawn": "those who withdrew their answers",
        "completed": "matured units that finished in time",
        "matured": "units whose time to answer is over",
        "waiting": "units whose time to answer still runs",
        "rate_low": "lower 95% Wilson limit of `rate`",
        "rate_high": "upper 95% Wilson limit of `rate`",
        "mean": "mean of that rating",
        "sd": "its standard deviation",
    },
    "contrast": {
        "versus": "the arm it is compared with; silence always is",
        "high": "upper limit of the interval",
        "statistic": "of the default test; null where it has none",
        "df": "its degrees of freedom; null where it has none",
        "p_value": "of the default test",
        "adjustment": "how `p_adjusted` was made",
        "confidence": "of `low` and `high`",
        "alternative": "what the test is against",
        "high_adjusted": "upper limit likewise",
        "role": "`primary`, `secondary` or `guardrail`",
        "verdict": "one of `still collecting`, `difference`, `no difference shown`, `equivalent`, `cannot "
        "tell` or `not trustworthy`; its direction is the sign of `effect`",
    },
    "sample_ratio": {"cells": "days, channels and senders within which the arms were not split as planned"},
    "progress": {},
}  # fmt: skip


def page() -> str:
    """The whole page.

    Raises:
        ValueError: A key of the report is explained nowhere.
    """
    report = _example().to_dict()
    parts = [INTRODUCTION, "## Top level", _table(report, Report, "report")]
    for title, key, shown, described in (
        ("An arm", "arm", report["arms"]["thank_you"], ArmFigures),
        ("A contrast", "contrast", report["contrasts"][0], Contrast),
        ("The split between the arms", "sample_ratio", report["sample_ratio"], Split),
        ("Progress", "progress", report["progress"], Progress),
    ):
        parts += [f"## {title}", _table(shown, described, key)]
    parts += [
        "## Sections",
        "A section is there where the definition asks for it and the data carry it. Each has the exact "
        f"figures, its sentences under `said` and its methods and sources under `notes`, {SENTENCES}.",
        "\n".join(["| key | what it says |", "|---|---|", *_sections()]),
    ]
    return "\n\n".join(parts)


def _table(shown: Mapping[str, Any], described: type, key: str) -> str:
    words = {**attributes(described), **MORE[key]}
    unknown = sorted(set(shown) - set(words))
    if unknown:
        raise ValueError(f"{described.__name__}: nothing says what {', '.join(unknown)} of the JSON means")
    return "\n".join(
        ["| key | meaning |", "|---|---|", *(f"| `{name}` | {_sentence(words[name])} |" for name in shown)]
    )


def _sentence(words: str) -> str:
    """As a sentence; where an attribute is None, the JSON has null."""
    said = words.rstrip(".").replace("None", "null")
    return cell(f"{said[:1].upper()}{said[1:]}.")


def _sections() -> Iterable[str]:
    for module in MODULES:
        told = (module.__doc__ or "").strip().partition("\n")[0]
        yield f"| `{module.NAME}` | {cell(module.TITLE.en)}: {cell(told)} |"


def _example() -> Report:
    """A report with every kind of key, from counts."""
    experiment = Experiment(
        key="example",
        notice="Late.",
        arms=[thank_you("Thank you for waiting."), sorry("We are sorry for it."), silence()],
        metrics=[Proportion("completed"), Mean("satisfaction", scale=(1, 7))],
    )
    arms = [
        ArmTally(name, assigned=50, matured=50, completed=n, ratings={"satisfaction": {4: n - 9, 6: 9}})
        for name, n in (("thank_you", 40), ("sorry", 30), ("silence", 25))
    ]
    at = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    return build(experiment, Tally("example", tuple(arms)), status="running", as_of=at, plan=plan(experiment))
