"""A real server on a loopback port over a lab on a real SQLite file, and clients with keys."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import uvicorn

from amends.api.app import create_api
from amends.api.serve import listening


class Server(uvicorn.Server):
    """Says when it answers, so that no test has to wait and see."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answers = threading.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets=sockets)
        self.answers.set()


@contextmanager
def running(application) -> Iterator[str]:
    """The address of an application served by uvicorn in a thread."""
    with listening("127.0.0.1", 0) as door:
        server = Server(uvicorn.Config(application, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            assert server.answers.wait(timeout=30), "the server did not start"
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)
            assert not thread.is_alive(), "the server did not stop"


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves a lab for the length of a test and gives its address."""
    with ExitStack() as stack:
        yield lambda lab: stack.enter_context(running(create_api(lab)))


@pytest.fixture
def client(serve) -> Iterator[Callable[..., httpx.Client]]:
    """A client of a lab's server, with a key of the scopes named; without scopes, without a key."""
    with ExitStack() as stack:

        def make(lab, *scopes: str, name: str = "web-shop", base: str | None = None) -> httpx.Client:
            headers = {}
            if scopes:
                headers["Authorization"] = f"Bearer {lab.store.create_key(name, scopes, at=lab.clock())}"
            return stack.enter_context(httpx.Client(base_url=base or serve(lab), headers=headers, timeout=30))

        yield make


@pytest.fixture
def late_body() -> dict:
    """A body that qualifies for the late-parcel experiment."""
    return {"unit_id": "C-1", "delay_seconds": 30 * 3600, "slots": {"first_name": "Sari"}}
