"""The dashboard: its first paint, a refresh over a million customers, and twenty viewers beside the API.

First paint is timed in a real Chromium beside an empty Streamlit page that the same server serves. Refreshes
are timed by clients that speak the dashboard's own protocol (`viewers.py`): twenty Chromium pages draw two
hundred charts every two seconds, so two processors would be busy with the browsers, and the server would not
be what is measured. Before every refresh an answer comes in, so that no refresh finds its figures in memory.
The customers are invented. API and dashboard are processes of their own on one database.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from amends.lab import Lab
from amends.settings import load_settings
from crowd import KEY, gather
from http_assign import cpu_seconds, load
from interleaved import options, ratio, show
from viewers import Viewer

FEW, MANY, VIEWERS = 1_000, 1_000_000, 20
PERIOD = 2.0
STAY = 30.0
REQUESTS = 3_200
EMPTY_PAGE = "import streamlit as st\n\nst.title('Nothing but a title')\n"
SERVE = """
import runpy, sys
from pathlib import Path
from amends.api import serve
pages, port = sys.argv[1:3]
if pages:
    serve.dashboards_path = lambda: Path(pages)
sys.argv = ["amends", "serve", "--only", sys.argv[3], "--port", port]
runpy.run_module("amends", run_name="__main__")
"""
FIRSTS = """
window.firsts = {};
new MutationObserver(() => {
    for (const [name, where] of [["title", "h1"], ["content", ".am-hero, .am-experiment"]])
        if (!(name in firsts) && document.querySelector(where)?.innerText) firsts[name] = performance.now();
}).observe(document, {childList: true, subtree: true, characterData: true});
"""
_names = count()


@dataclass(frozen=True)
class Server:
    """A process that answers."""

    url: str
    port: int
    pid: int


@contextmanager
def serving(
    environ: Mapping[str, str], *, only: str = "dashboard", pages: Path | None = None
) -> Iterator[Server]:
    """`amends serve --only …` in a process of its own, over other pages where these are given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(pages or ""), str(port), only],
        env={**plain, **environ}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while not _answers(f"http://127.0.0.1:{port}/readyz"):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < until, "the server did not answer in two minutes"
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def chromium() -> str:
    """The browser that is named, or that scripts/setup.sh found."""
    noted = Path(__file__).parents[1] / ".venv" / "chromium-path"
    found = os.environ.get("AMENDS_CHROMIUM") or (
        noted.exists() and noted.read_text(encoding="utf-8").strip()
    )
    found = found or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium: scripts/setup.sh test finds or installs one"
    return found


def visit(browser: Browser, url: str, *, content: bool) -> dict[str, float]:
    """Seconds from going there to the title, the first content and the browser's first paint."""
    time.sleep(0.5)  # the page before has gone, and what it still asked of its server is answered
    page = browser.new_context().new_page()
    page.add_init_script(FIRSTS)
    page.goto(url)
    page.wait_for_function(f"() => '{'content' if content else 'title'}' in firsts", timeout=120_000)
    firsts: dict[str, float] = page.evaluate("() => firsts")
    paint = "performance.getEntriesByName('first-contentful-paint')"
    page.wait_for_function(f"() => {paint}.length", timeout=120_000)
    painted = page.evaluate(f"() => {paint}[0].startTime")
    page.context.close()
    return {name: at / 1000 for name, at in {**firsts, "paint": painted}.items()}


def first_paint(folder: Path, environ: Mapping[str, str], rounds: int, *, as_json: bool) -> None:
    pages = folder / "empty"
    pages.mkdir(exist_ok=True)
    (pages / "app.py").write_text(EMPTY_PAGE, encoding="utf-8")
    seconds: dict[str, list[float]] = {}
    with sync_playwright() as playwright, serving(environ, pages=pages) as bare, serving(environ) as ours:
        program = chromium()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        visits = {"empty": bare.url, "home": ours.url, "experiment": f"{ours.url}/?experiment={KEY}&lang=en"}
        for turn in range(rounds + 1):
            for name, url in visits.items():
                for what, at in visit(browser, url, content=name != "empty").items():
                    if turn:
                        seconds.setdefault(f"{name}: {what}", []).append(at)
        browser.close()
    goals = [
        (f"s over an empty page until the {page} page's {what}", _over(seconds, page, what), "≤", 0.5)
        for page in ("home", "experiment")
        for what in ("paint", "title", "content")
    ]
    show("First paint in Chromium", seconds, goals, unit="s", scale=1, as_json=as_json)


def _over(seconds: Mapping[str, list[float]], page: str, what: str) -> float:
    base = seconds["empty: paint" if what == "paint" else "empty: title"]
    return median(ours - bare for ours, bare in zip(seconds[f"{page}: {what}"], base, strict=True))


def answer(lab: Lab) -> None:
    """A customer is assigned and answers, so that every figure is new."""
    unit = lab.assign(KEY, f"new-{next(_names)}", delay=timedelta(hours=30), first_name="Sari").unit_id
    lab.record_response(KEY, unit, satisfaction=6)


async def refreshes(environs: Mapping[str, Mapping[str, str]], rounds: int) -> dict[str, list[float]]:
    """One viewer of each database, in turn; the page's first whole reports are waited for before."""
    seconds: dict[str, list[float]] = {name: [] for name in environs}
    labs = {name: Lab(settings=load_settings(environ)) for name, environ in environs.items()}
    with serving(environs["few"]) as few, serving(environs["many"]) as many:
        open_pages = {
            name: await Viewer.open(server.url, f"experiment={KEY}&lang=en")
            for name, server in (("few", few), ("many", many))
        }
        for turn in range(-5, rounds):
            for name in sorted(environs, reverse=bool(turn % 2)):
                answer(labs[name])
                await asyncio.sleep(PERIOD)
                taken = await open_pages[name].refresh()
                if turn >= 0:
                    seconds[name].append(taken)
        for page in open_pages.values():
            await page.close()
    for lab in labs.values():
        lab.close()
    return seconds


async def viewers(environ: Mapping[str, str]) -> dict[str, list[float]]:
    """Twenty pages open for a while, answers coming in all the time."""
    lab = Lab(settings=load_settings(environ))
    with serving(environ) as server:
        pages = [await Viewer.open(server.url, f"experiment={KEY}&lang=en") for _ in range(VIEWERS)]
        stays = [asyncio.create_task(page.stay(STAY)) for page in pages]
        while not all(stay.done() for stay in stays):
            await asyncio.to_thread(answer, lab)
            await asyncio.sleep(PERIOD / 4)
        taken = [seconds for stay in stays for seconds in stay.result()]
        await asyncio.gather(*(page.close() for page in pages))
    lab.close()
    return {f"a refresh, {VIEWERS} viewers": taken}


async def assigning(environ: Mapping[str, str], rounds: int) -> dict[str, list[float]]:
    """The API process's CPU for a request, with nobody at the dashboard and with twenty viewers, in turn."""
    lab = Lab(settings=load_settings(environ))
    key = lab.store.create_key(f"bench-{next(_names)}", ["assign"])
    lab.close()
    seconds: dict[str, list[float]] = {"nobody looks": [], "viewers": []}
    with serving(environ, only="api") as api, serving(environ) as dashboard:
        pages = [await Viewer.open(dashboard.url, f"experiment={KEY}&lang=en") for _ in range(VIEWERS)]
        for turn in range(rounds + 1):
            for name in seconds:
                stays = [asyncio.create_task(page.stay(3_600)) for page in pages if name == "viewers"]
                names = [f"{name}-{turn}-{next(_names)}" for _ in range(REQUESTS)]
                before = cpu_seconds(api.pid)
                await load(api.port, key, names, experiment=KEY)
                spent = (cpu_seconds(api.pid) - before) / REQUESTS
                for page in pages if stays else ():
                    page.leave_soon()
                await asyncio.gather(*stays)
                if turn:
                    seconds[name].append(spent)
        await asyncio.gather(*(page.close() for page in pages))
    return seconds


def main() -> None:
    chosen = options(__doc__.splitlines()[0], rounds=9)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = gather(folder, FEW), gather(folder, MANY)
        measure_all(folder, few, many, rounds=chosen.rounds, as_json=chosen.json)


def measure_all(
    folder: Path, few: Mapping[str, str], many: Mapping[str, str], *, rounds: int, as_json: bool
) -> None:
    """Every part over two databases that are there already."""
    first_paint(folder, few, rounds, as_json=as_json)
    seconds = asyncio.run(refreshes({"few": few, "many": many}, rounds))
    goals: list[Any] = [(f"times as long over {MANY:,} customers", ratio(seconds, "many", "few"), "≤", 1.5)]
    named = {f"{FEW:,} customers": seconds["few"], f"{MANY:,} customers": seconds["many"]}
    show("A refresh with new answers", named, goals, unit="ms", scale=1e3, as_json=as_json)
    together = asyncio.run(viewers(many))
    (taken,) = together.values()
    goals = [("s for nineteen of twenty refreshes", quantiles(taken, n=20)[-1], "≤", PERIOD)]
    show(f"{VIEWERS} viewers, {MANY:,} customers", together, goals, unit="ms", scale=1e3, as_json=as_json)
    spent = asyncio.run(assigning(many, max(2, rounds // 3)))
    goals = [(f"of its CPU with {VIEWERS} viewers", ratio(spent, "viewers", "nobody looks"), "≤", 1.25)]
    show(
        "The assign route beside viewers",
        spent,
        goals,
        unit="ms of the API's CPU a request",
        scale=1e3,
        as_json=as_json,
    )


if __name__ == "__main__":
    main()
