"""The demo as anybody sees it: built by `amends demo`, served by `amends serve`, in a real Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from amends.lab import Lab
from amends.lab.service_log import record_events
from amends.settings import load_settings

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "artifacts" / "screenshots"


@dataclass(frozen=True)
class Served:
    """A dashboard that answers.

    Attributes:
        url: Where it is.
        environ: The environment that a lab on the same database reads its settings from.
    """

    url: str
    environ: dict[str, str]

    def lab(self) -> Lab:
        """A lab of this process on the same database, as a sender has it."""
        return Lab(settings=load_settings(self.environ))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo's own database, served."""
    folder = tmp_path_factory.mktemp("demo")
    environ = {**plain_environment(), "AMENDS_EXPERIMENTS": str(ROOT / "experiments")}
    subprocess.run(
        [sys.executable, "-m", "amends", "demo", "--no-serve"], cwd=folder, env=environ, check=True
    )
    settings = {
        "AMENDS_EXPERIMENTS": str(ROOT / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'demo' / 'amends.db'}",
    }
    _log_delays(settings)
    yield from serving(folder, settings)


def _log_delays(settings: dict[str, str]) -> None:
    """Invented incidents: e-mails of four weeks, most answered late, and a mailbox that nobody reads."""
    lab = Lab(settings=load_settings(settings))
    now = lab.clock()
    rows = [
        {
            "incident": f"T-{n}",
            "channel": ("email", "chat", "social")[n % 3],
            "received_at": now - timedelta(hours=3 * n + 1),
            "answered_at": None if n % 7 == 0 else now - timedelta(hours=3 * n + 1, minutes=-(n % 50)),
            "mailbox": "returns" if n % 21 == 0 else "help",
            "timezone": "Asia/Jakarta",
        }
        for n in range(1, 220)
    ]
    record_events(lab, rows)
    lab.close()


ARMS = ("thank_you", "sorry", "silence", "voucher", "phone_call", "small_gift", "status_page", "longer_text")
SPOKEN = "".join(f'        Arm("{name}", "Sentence number {n}."),\n' for n, name in enumerate(ARMS[3:]))
FOUND = '''"""{question}"""

from amends import Arm, Experiment, Mean, Proportion, delayed_by, silence, sorry, thank_you

experiment = Experiment(
    eligible=delayed_by(hours=1),
    notice="Hello {{first_name}}, your parcel is late.",
    arms=[
        thank_you("Thank you for waiting so patiently."),
        sorry("We are sorry about this delay."),
        silence(),
{more}    ],
    metrics=[
        Proportion("completed", baseline=0.4, detect=0.1),
        Mean("satisfaction", scale=(1, 7), sd=1.4, detect=0.3),
    ],
)
'''


@pytest.fixture(scope="session")
def unusual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A draft with no data, one response, three arms, eight arms: all customers invented."""
    folder = tmp_path_factory.mktemp("unusual")
    experiments = folder / "experiments"
    experiments.mkdir()
    units = {"nobody_yet": 0, "one_answer": 1, "three_arms": 90, "eight_arms": 1_000}
    for key in units:
        more = SPOKEN if key == "eight_arms" else ""
        (experiments / f"{key}.py").write_text(FOUND.format(question=f"Is {key} drawn well?", more=more))
    settings = {
        "AMENDS_EXPERIMENTS": str(experiments),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
    }
    lab = Lab(settings=load_settings(settings))
    for key, n in units.items():
        if n:
            lab.start(key)
            _collect(lab, key, n)
    lab.close()
    yield from serving(folder, settings)


def _collect(lab: Lab, key: str, n: int) -> None:
    rows = [
        {
            "unit_id": f"C-{place}",
            "delay": timedelta(hours=2 + 20 * (place % 3)),
            "channel": ("email", "sms")[place % 2],
            "first_name": "Sari",
        }
        for place in range(n)
    ]
    for place, assignment in enumerate(lab.assign_many(key, rows)):
        if place % 3 == 0:
            lab.record_response(key, assignment.unit_id, satisfaction=1 + place % 7)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A folder without experiments, and one definition that is broken."""
    folder = tmp_path_factory.mktemp("empty")
    (folder / "experiments").mkdir()
    settings = {
        "AMENDS_EXPERIMENTS": str(folder / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{folder / 'amends.db'}",
    }
    yield from serving(folder, settings)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def serving(folder: Path, settings: dict[str, str], port: int | None = None) -> Iterator[Served]:
    """`amends serve` in a process of its own until the tests are done."""
    port = port or free_port()
    log = folder / "serve.log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "amends", "serve", "--port", str(port)],
            cwd=folder,
            env={**plain_environment(), **settings},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
            yield Served(f"http://127.0.0.1:{port}", settings)
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail(f"amends serve ended:\n{log.read_text()}", pytrace=False)
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            try:  # waits for the process to end, at most a tenth of a second
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
    pytest.fail(f"amends serve did not get ready:\n{log.read_text()}", pytrace=False)


def plain_environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}


class Visit:
    """One open page and what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("pageerror", lambda error: self.trouble.append(f"script error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # Under a page's own address Streamlit looks for its server there first, and then at the root.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            self.trouble.append(f"console error: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")):
            self.trouble.append(f"request off the machine: {request.url}")

    def settle(self, *, charts: int, text: str, seconds: int = 60) -> None:
        """Waits for content: that many drawn charts, that text, nothing still being computed."""
        self.page.wait_for_function(
            """([charts, text]) =>
                document.querySelectorAll('[data-testid=stVegaLiteChart] :is(canvas, svg)').length >= charts
                && document.body.innerText.includes(text)
                && document.querySelector('h1') && !document.querySelector('[data-stale=true]')
                && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')""",
            arg=[charts, text],
            timeout=1_000 * seconds,
        )

    def headings(self) -> list[int]:
        """The levels of the headings in order; waits for the first, as a page that is drawn anew has none."""
        found = self.page.wait_for_function(
            """() => {
                const all = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')];
                return all.length && all.map(item => Number(item.tagName[1]));
            }""",
            timeout=60_000,
        )
        return found.json_value()

    def text(self) -> str:
        return self.page.inner_text("body")

    def keep(self, name: str) -> None:
        """A screenshot of the whole page: a viewport as tall as its content."""
        height = self.page.evaluate(
            "Math.ceil(document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().height)"
        )
        size = self.page.viewport_size or {"width": 1280, "height": 900}
        self.page.set_viewport_size({"width": size["width"], "height": min(int(height) + 80, 12_000)})
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")
        self.page.set_viewport_size(size)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    """Opens a page of a given width."""
    contexts = []

    def open_page(url: str, *, width: int = 1280) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, timezone_id="Asia/Jakarta")
        contexts.append(context)
        opened = Visit(context.new_page())
        opened.page.goto(url)
        return opened

    yield open_page
    for context in contexts:
        context.close()
