"""`/s/{token}`: the survey page. Reading records nothing; headers keep the link out of logs and search."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from amends.api.bodies import read_bytes
from amends.api.desk import Desk
from amends.api.phrases import language_read
from amends.api.problems import RETRY_AFTER, Refused
from amends.api.survey import Outcome, submit, visit
from amends.api.survey_page import closing, content_security_policy, render_page

LARGEST_FORM = 256 * 1024
"""Bytes: two texts of the longest kind in letters that a browser writes in twelve characters each."""
MOST_FIELDS = 500


def routes(desk: Desk) -> APIRouter:
    """The customer's side of the door."""
    router = APIRouter(tags=["survey"], include_in_schema=False)

    @router.api_route("/s/{token}", methods=["GET", "HEAD"])
    async def show(token: str, request: Request) -> Response:
        lang = request.query_params.get("lang", "")
        reads = language_read(request.headers.get("accept-language"))
        return _counted(await desk.run(visit, desk.lab, token, at=desk.lab.clock(), lang=lang, reads=reads))

    @router.post("/s/{token}")
    async def take(token: str, request: Request) -> Response:
        reads = language_read(request.headers.get("accept-language"))
        try:
            raw = await read_bytes(request, largest=LARGEST_FORM)
        except Refused as refused:
            if refused.code != "too-large":  # the connection closed: nobody is there to read a page
                raise
            return _html(render_page(closing("too_large", reads)), status=413)
        try:
            form = parse_qs(
                raw.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        except ValueError:
            return _html(render_page(closing("unreadable_form", reads)), status=400)
        return _counted(await desk.run(submit, desk.lab, token, form, at=desk.lab.clock(), reads=reads))

    def _counted(outcome: Outcome) -> Response:
        if outcome.new:
            desk.metrics.recorded("response")
        elif outcome.status == 503:
            desk.metrics.store_failed()
        return page(outcome)

    return router


def page(outcome: Outcome) -> Response:
    """The response of a visit or a submitted form."""
    if outcome.state == "elsewhere":
        return RedirectResponse(outcome.location, status_code=303, headers=HEADERS)
    response = _html(outcome.html, status=outcome.status)
    if outcome.status == 503:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _html(document: str, *, status: int) -> Response:
    headers = {**HEADERS, "Content-Security-Policy": content_security_policy()}
    return HTMLResponse(document.encode("utf-8", "replace"), status_code=status, headers=headers)


HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
