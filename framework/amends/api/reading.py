"""What dashboards and reports of other systems read: the experiments, one definition, its report."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from amends.api.desk import BEHIND_A_KEY, Desk, ExperimentKey, answers, as_json, problems
from amends.lab import masking
from amends.lab.assigned import rfc3339

if TYPE_CHECKING:
    from amends.lab import Lab
    from amends.lab.reading import Overview


class Format(StrEnum):
    """The forms a report can take."""

    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"


class Language(StrEnum):
    """The languages a report can be read in."""

    EN = "en"
    ID = "id"


# The page of a report has its style within, and nothing is loaded.
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
_PROBLEMS = problems(401, 403, 429, 503)


def routes(desk: Desk) -> APIRouter:
    """The addresses that only read. Keys need scope `read`."""
    router = APIRouter(tags=["read"])

    @router.get(
        "/experiments",
        summary="All experiments with status and progress",
        responses={**_PROBLEMS, 200: answers("The list; broken files stand beside it.", LIST_EXAMPLE)},
        openapi_extra=BEHIND_A_KEY,
    )
    async def experiments(request: Request) -> Response:
        await desk.admit(request, scope="read")
        return as_json(await desk.run(overview, desk.lab))

    @router.get(
        "/experiments/{key}",
        summary="One experiment's definition and state",
        description="While an experiment masks its arms, `masked` is true and the definition has letters, "
        "those of the report, in the place of names, and no texts; a key with scope `admin` sees the arms.",
        responses={**_PROBLEMS, **problems(404), 200: answers("The definition in force.", ONE_EXAMPLE)},
        openapi_extra=BEHIND_A_KEY,
    )
    async def experiment(key: ExperimentKey, request: Request) -> Response:
        caller = await desk.admit(request, scope="read")
        named = "admin" in caller.scopes
        return as_json(await desk.run(definition, desk.lab, key, named=named))

    @router.get(
        "/experiments/{key}/report",
        summary="The report as the data stand now",
        description="As JSON with words in both languages, or as a page, Markdown or text in one of them. "
        "Arms stay masked where the experiment masks them.",
        responses={**_PROBLEMS, **problems(404, 422), 200: _report_answers()},
        openapi_extra=BEHIND_A_KEY,
    )
    async def report(
        key: ExperimentKey,
        request: Request,
        form: Annotated[Format, Query(alias="format", description="The form of the answer.")] = Format.JSON,
        locale: Annotated[Language, Query(description="The language of a page or text.")] = Language.EN,
    ) -> Response:
        await desk.admit(request, scope="read")
        return await desk.run(written, desk.lab, key, form, locale=str(locale))

    return router


def written(lab: Lab, key: str, form: Format, *, locale: str) -> Response:
    """An experiment's report in one of its forms."""
    report = lab.analyze(key)
    if form is Format.JSON:
        return as_json(report.to_dict())
    if form is Format.HTML:
        page = report.to_html(locale=locale).encode()
        return Response(page, media_type="text/html", headers={"Content-Security-Policy": _PAGE_POLICY})
    if form is Format.MARKDOWN:
        return Response(report.to_markdown(locale=locale).encode(), media_type="text/markdown")
    return Response(report.to_text(locale=locale).encode(), media_type="text/plain")


def overview(lab: Lab) -> dict[str, Any]:
    """The list of experiments; broken files stand beside the good ones, never in their way."""
    problems_found = [{"path": str(item.path), "message": item.message} for item in lab.discover().problems]
    return {"experiments": [_line(line) for line in lab.overview()], "problems": problems_found}


def definition(lab: Lab, key: str, *, named: bool = False) -> dict[str, Any]:
    """A definition in force with its state; the seed of sealed lists stays secret.

    Args:
        lab: The lab.
        key: The experiment's key.
        named: Whether the arms of an experiment that masks them are named all the same.
    """
    state, experiment = lab.state(key), lab.experiment(key)
    mask = None if named else masking.mask(lab, key)
    shown = experiment if mask is None else mask.definition(experiment)
    body: dict[str, Any] = {
        "key": key,
        "status": lab.status(key),
        "masked": mask is not None,
        "definition": shown.snapshot(),
    }
    if state is None:
        return body
    moments = {"started_at": state.started_at, "stopped_at": state.stopped_at}
    return body | {
        "fingerprint": state.fingerprint,
        "coverage": state.coverage,
        "then_arm": state.then_arm,
        "after_the_fact": state.after_the_fact,
        "simulated": state.simulated,
        **{name: None if moment is None else rfc3339(moment) for name, moment in moments.items()},
    }


def _line(line: Overview) -> dict[str, Any]:
    values = {field.name: getattr(line, field.name) for field in fields(line)}
    return {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in values.items()}


LIST_EXAMPLE: dict[str, Any] = {
    "experiments": [
        {
            "key": "late_parcel",
            "question": "A parcel is late: thank the customer for waiting, apologise, or state the facts?",
            "status": "running",
            "arms": ["thank_you", "sorry", "silence"],
            "assigned": 168,
            "reached": 51,
            "planned": 134,
            "started_at": "2026-03-01T09:30:00Z",
            "simulated": False,
            "after_the_fact": False,
            "changed": [],
            "questions": {
                "en": "A parcel is late: thank the customer for waiting, apologise, or state the facts?",
                "id": "Paket terlambat: berterima kasih, meminta maaf, atau menyampaikan fakta saja?",
            },
        }
    ],
    "problems": [{"path": "experiments/broken.py", "message": "line 3: division by zero"}],
}
ONE_EXAMPLE: dict[str, Any] = {
    "key": "late_parcel",
    "status": "stopped",
    "masked": False,
    "definition": {"key": "late_parcel", "arms": [{"name": "thank_you"}, {"name": "sorry"}]},
    "fingerprint": "0f4c1d6a1f0a5d34c8f7b0c7be5bb0d0a6f2a5c9f6e3b1d2c4a5968778695a4b",
    "coverage": "0.1",
    "then_arm": "thank_you",
    "after_the_fact": False,
    "simulated": False,
    "started_at": "2026-03-01T09:30:00Z",
    "stopped_at": "2026-05-01T09:30:00Z",
}
REPORT_EXAMPLE: dict[str, Any] = {
    "experiment": "late_parcel",
    "status": "running",
    "as_of": "2026-03-09T09:30:00Z",
    "simulated": False,
    "masked": False,
    "alpha": 0.05,
    "verdict": "still collecting",
    "arms": {"thank_you": {"assigned": 56, "completed": 51, "rate": 0.9107142857142857}},
    "contrasts": [
        {"metric": "completed", "arm": "thank_you", "versus": "sorry", "verdict": "still collecting"}
    ],
    "sample_ratio": {"p_value": 0.63, "ok": True},
    "progress": {"planned_per_arm": 134, "reached": 51},
    "warnings": [],
    "summary": {"en": "Still collecting data.", "id": "Data masih dikumpulkan."},
}


def _report_answers() -> dict[str, Any]:
    found = answers(
        "The report; a figure that cannot be computed is `not_enough` with the reason.", REPORT_EXAMPLE
    )
    texts = {
        "text/html": "<!doctype html>…",
        "text/markdown": "# late_parcel\n…",
        "text/plain": "late_parcel · running\n…",
    }
    found["content"] |= {
        media: {"schema": {"type": "string"}, "example": example} for media, example in texts.items()
    }
    return found
