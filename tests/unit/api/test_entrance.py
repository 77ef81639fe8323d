"""The outermost layer: who may be inside, what becomes of a body nobody reads, how addresses are named."""

import asyncio

import pytest
from starlette.routing import Route

from amends.api import entrance
from amends.api.entrance import Entrance, allowed_methods, template
from amends.api.metrics import Metrics


def scope(method: str = "GET", path: str = "/x", **more) -> dict:
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [], "client": ("192.0.2.1", 1), **more,
    }  # fmt: skip


class Line:
    """What a server gives an application: messages in, messages out."""

    def __init__(self, *messages: dict) -> None:
        self.coming = list(messages)
        self.sent: list[dict] = []

    async def receive(self) -> dict:
        return self.coming.pop(0)

    async def send(self, message: dict) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]


async def answer_200(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"long"})


def test_beyond_the_most_at_once_a_request_is_told_to_come_back_and_those_inside_go_on(monkeypatch):
    monkeypatch.setattr(entrance, "MOST_AT_ONCE", 3)

    async def play() -> tuple[list[Line], Line, Line]:
        go = asyncio.Event()

        async def slow(scope, receive, send) -> None:
            await go.wait()
            await answer_200(scope, receive, send)

        door = Entrance(slow, routes=[], metrics=Metrics())
        inside = [Line() for _ in range(3)]
        tasks = [asyncio.create_task(door(scope(), line.receive, line.send)) for line in inside]
        await asyncio.sleep(0)
        refused = Line()
        await door(scope(), refused.receive, refused.send)
        go.set()
        await asyncio.gather(*tasks)
        after = Line()
        await door(scope(), after.receive, after.send)
        return inside, refused, after

    inside, refused, after = asyncio.run(play())

    assert [line.status for line in inside] == [200] * 3
    assert refused.status == 503
    assert (b"retry-after", b"5") in refused.sent[0]["headers"]
    assert after.status == 200


def test_the_rest_of_a_refused_body_is_read_in_bounds_while_the_answer_is_out_already(monkeypatch):
    monkeypatch.setattr(entrance, "LARGEST_OF_ALL", 100)
    chunk = {"type": "http.request", "body": b"x" * 30, "more_body": True}
    line = Line(*[chunk] * 50)

    async def refuse(scope, receive, send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"too large"})

    asyncio.run(Entrance(refuse, routes=[], metrics=Metrics())(scope("POST"), line.receive, line.send))

    assert (b"connection", b"close") in line.sent[0]["headers"]
    assert line.sent[1] == {"type": "http.response.body", "body": b"too large", "more_body": True}
    assert line.sent[2] == {"type": "http.response.body", "body": b""}
    assert len(line.coming) == 50 - 4, "120 bytes are the first past 100"


def test_a_head_request_is_answered_without_its_body_and_seen_as_get():
    seen = []

    async def look(scope, receive, send) -> None:
        seen.append(scope["method"])
        await answer_200(scope, receive, send)

    line = Line()
    asyncio.run(Entrance(look, routes=[], metrics=Metrics())(scope("HEAD"), line.receive, line.send))

    assert seen == ["GET"]
    assert [message.get("body") for message in line.sent[1:]] == [b""]


@pytest.mark.parametrize(
    ("path", "route", "named"),
    [
        ("/s/AbC", "/s/{token}", "/s/{token}"),
        ("/api/v1/experiments/late/report", "/experiments/{key}/report", "/api/v1/experiments/{key}/report"),
        ("/healthz", "/healthz", "/healthz"),
        ("/whatever", None, "none"),
    ],
)
def test_an_address_is_named_by_its_template(path, route, named):
    matched = {} if route is None else {"route": Route(route, answer_200)}
    assert template({"path": path, **matched}) == named


def test_methods_of_an_address_come_from_all_its_routes():
    routes = [Route("/x", answer_200, methods=["GET"]), Route("/x", answer_200, methods=["POST"])]

    assert allowed_methods(routes, scope()) == ["GET", "HEAD", "POST"]
    assert allowed_methods(routes, scope(path="/y")) == []
