"""One process, one port: the dashboard, the API and the survey page.

The dashboard is Streamlit's own ASGI application. Ours stands beside it behind one small dispatcher
instead of inside it as mounted routes: a sender's call then passes none of Streamlit's middleware
(session cookie, compression, path checks), and whatever lies under our addresses is answered by us,
in JSON, never by a page.
"""

from __future__ import annotations

import errno
import math
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from amends.api.accounts import configured
from amends.api.app import create_api
from amends.api.door import SESSION, Door, stand_at
from amends.api.entrance import LARGEST_HEADERS
from amends.api.sign_in import Guarded
from amends.api.visit import write_access_log
from amends.errors import ConfigurationError
from amends.lab import configure
from amends.lab.before_start import LOOPBACK, on_this_machine

if TYPE_CHECKING:
    from amends.lab import Lab

OURS = ("/api", "/s", "/healthz", "/readyz", "/metrics")
SLOWEST_GOODBYE = 1
"""Seconds that a request under way is waited for at the end, beyond those it may wait for the database."""
# Loaded in a thread once the server answers, so that neither the first report nor start-up waits.
HEAVY = ("pandas", "scipy.stats", "altair", "amends.analysis.report")


def run(
    lab: Lab,
    host: str = "127.0.0.1",
    port: int = 8501,
    only: str | None = None,
    *,
    access_log: bool = False,
    passwords: Mapping[str, str] | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Serves until interrupted.

    Args:
        lab: The lab behind the pages and the API; it becomes the process's own (`amends.default_lab()`).
        host: Address to listen on; `0.0.0.0` for every one.
        port: Port; 0 for a free one.
        only: `api` (with the survey page) or `dashboard`; both by default.
        access_log: Write a line of JSON to stderr for each request, without ids.
        passwords: What opens the dashboard, by role; without, whoever reaches it may read it.
        say: Gets the one line with the address.

    Raises:
        ConfigurationError: when the port is taken or the address is not this machine's.
    """
    with listening(host, port) as door:
        real_port = door.getsockname()[1]
        configure(lab)
        application = create_application(lab, host=host, port=real_port, only=only, passwords=passwords)
        # uvicorn's access log would hold survey links, which open a customer's form: ours does not.
        if access_log:
            write_access_log()
        settings = uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # as Streamlit has it: squeezing a page costs more than drawing it
            timeout_graceful_shutdown=SLOWEST_GOODBYE + math.ceil(lab.settings.timeout),
            http="h11",  # the quicker parser, where installed, puts no bound on header fields as they come in
            h11_max_incomplete_event_size=2 * LARGEST_HEADERS,
            lifespan="off" if only == "api" else "on",
        )
        guarded = isinstance(getattr(application, "pages", None), Guarded)
        server = _Announcing(settings, lambda: say(_address(host, real_port, only, guarded=guarded)))
        if only != "api":
            threading.Thread(target=_warm, name="amends-warm", daemon=True).start()
        with _interrupted_quietly():
            server.run(sockets=[door])
    if not server.started:
        raise ConfigurationError(f"the server could not start on {host}:{port}; the lines above say why.")


def create_application(
    lab: Lab,
    *,
    host: str,
    port: int,
    only: str | None = None,
    passwords: Mapping[str, str] | None = None,
) -> ASGIApp:
    """The whole as one ASGI application, for a server of your own choice.

    Args:
        lab: The lab.
        host: Address it is reached at, for the dashboard's check of where a page came from.
        port: Likewise.
        only: Leave out the other half.
        passwords: What opens the dashboard, by role; no sign-in without one, unless accounts are configured.

    Raises:
        ConfigurationError: for accounts in `secrets.toml` that cannot work.
    """
    api = create_api(lab, only_probes=only == "dashboard")
    if only == "api":
        return api
    pages = dashboard(host=host, port=port)
    secret, public_url = lab.settings.secret, lab.settings.public_url
    door = Door(
        secret=secret,
        passwords=passwords,
        accounts=configured(secret, seconds=SESSION),
        laptop=host in LOOPBACK and on_this_machine(public_url),
    )
    stand_at(door)
    if door.guarded:
        pages = Guarded(pages, door=door, secure=public_url.startswith("https://"))
    return Beside(api, pages)


def dashboard(*, host: str, port: int) -> ASGIApp:
    """Streamlit's application over the dashboard's files. One per process, as Streamlit has it."""
    from streamlit import config
    from streamlit.starlette import App
    from streamlit.web import bootstrap

    script = dashboards_path() / "app.py"
    # Named before the options are read, so that the theme beside the script is found from any folder.
    config._main_script_path = str(script)
    bootstrap.load_config_options(
        {
            "server.address": host,
            "server.port": port,
            "server.headless": True,
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": False,
            "client.toolbarMode": "minimal",
            "global.developmentMode": False,
            "logger.level": "warning",
            # Streamlit would look through every object there is after every refresh of every viewer: four
            # fifths of the time. Python's own collector takes what is dropped all the same, when it adds up.
            "runner.postScriptGC": False,
        }
    )
    return App(script)


def dashboards_path() -> Path:
    """The folder of the dashboard's files: packaged with amends, else the checkout's `dashboards/`.

    Raises:
        ConfigurationError: naming both places, when neither has it.
    """
    package = Path(__file__).resolve().parents[1]
    packaged, checkout = package / "_dashboards", package.parents[1] / "dashboards"
    for folder in (packaged, checkout):
        if (folder / "app.py").is_file():
            return folder
    raise ConfigurationError(
        f"the dashboard's files are missing: neither {packaged} nor {checkout} has app.py."
    )


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to the address, closed afterwards.

    Raises:
        ConfigurationError: when that is not possible, with the remedy.
    """
    try:
        # With the protocol named, asyncio turns Nagle's delay off; without, each answer waits 40 ms.
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError, OverflowError) as error:
        raise ConfigurationError(f"--host {host!r} --port {port} is no address: {error}.") from None
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as door:
        if sys.platform != "win32":  # there it would let two servers share a port
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(address)
            door.listen(2048)
        except OSError as error:
            raise ConfigurationError(_why_not(error, host, port)) from None
        yield door


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use. Stop what uses it, or choose another: --port {port + 1}"
    if error.errno == errno.EACCES:
        return (
            f"port {port} on {host} needs more rights than this user has. Choose one above 1023: --port 8501"
        )
    return f"{host}:{port} cannot be listened on: {error.strerror}. --host 127.0.0.1 is this machine alone."


class Beside:
    """Sends a request to the API when its path is one of ours, else to the dashboard."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self.api = api
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one web socket, or the start and end of the dashboard's life."""
        if scope["type"] == "http" and is_ours(scope["path"]):
            await self.api(scope, receive, send)
        elif scope["type"] == "http":
            await self.pages(scope, receive, _with_page_headers(send))
        else:
            await self.pages(scope, receive, send)


def is_ours(path: str) -> bool:
    """Whether the API answers a path.

    >>> is_ours("/api/v2/anything"), is_ours("/s/AAAA"), is_ours("/studies"), is_ours("//api/v1")
    (True, True, False, True)
    """
    plain = "/" + path.lstrip("/")
    return any(plain == ours or plain.startswith(f"{ours}/") for ours in OURS)


def _with_page_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            headers.setdefault("Referrer-Policy", "same-origin")
        await send(message)

    return with_headers


def _address(host: str, port: int, only: str | None, *, guarded: bool) -> str:
    shown = f"[{host}]" if ":" in host else host
    base = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else shown}:{port}"
    what = {None: f"{base}  (API at {base}/api/v1)", "api": f"{base}/api/v1", "dashboard": base}[only]
    open_door = (
        ""
        if guarded or host in LOOPBACK or only == "api"
        else " Whoever reaches this machine can read the dashboard: set AMENDS_DASHBOARD_PASSWORD."
    )
    return f"amends is at {what}. Ctrl-C stops it.{open_door}"


def _warm() -> None:
    for name in HEAVY:
        import_module(name)


@contextmanager
def _interrupted_quietly() -> Iterator[None]:
    """Ctrl-C and a service manager's TERM both end the server in good order, without a traceback.

    uvicorn stops gracefully on either and then raises the signal again for whoever stood there
    before; that is this handler.
    """

    def leave(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    in_main = threading.current_thread() is threading.main_thread()
    before: dict[int, Any] = {}
    if in_main:
        before = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Announcing(uvicorn.Server):
    """Says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._ready()
