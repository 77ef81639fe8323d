"""The built wheel holds the product and nothing else, and works in an empty folder without the checkout."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
KEY = "late_refund"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True)
    (built,) = folder.glob("amends-*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment, the locked packages and the wheel in it; its folder of programs."""
    folder = tmp_path_factory.mktemp("fresh") / "with a space"
    python = folder / "bin" / "python"
    wanted = ["-r", str(ROOT / "requirements.lock"), str(wheel)]
    if shutil.which("uv"):
        subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        install = ["uv", "pip", "install", "--quiet", "--python", str(python)]
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        # What is never imported need not be compiled; uv compiles nothing either.
        quiet = ["--quiet", "--disable-pip-version-check", "--no-compile"]
        install = [str(python), "-m", "pip", "install", *quiet]
    subprocess.run([*install, *wanted], check=True)
    return python.parent


def environ() -> dict[str, str]:
    """The environment without what would lead back to the checkout or to other settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AMENDS_", "PYTHON", "STREAMLIT_")) and name != "VIRTUAL_ENV"
    }


def run(program: Path, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *words], cwd=folder, env=environ(), capture_output=True, text=True, check=False
    )


def files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_the_pages_and_nothing_else(wheel: Path) -> None:
    held = {name for name in ZipFile(wheel).namelist() if not name.startswith("amends-0.1.0.dist-info/")}
    package = {f"amends/{name}" for name in files(ROOT / "framework" / "amends")}
    pages = {f"amends/_dashboards/{name}" for name in files(ROOT / "dashboards")}
    assert held == package | pages


@pytest.mark.parametrize(
    "ending", ["/script.py.mako", "/migrations/env.py", ".html", "broockman_email_replies.csv"]
)
def test_the_wheel_holds_what_is_not_python(ending: str, wheel: Path) -> None:
    assert any(name.startswith("amends/") and name.endswith(ending) for name in ZipFile(wheel).namelist())


def test_a_new_experiment_is_complete_as_it_was_written(fresh: Path, tmp_path: Path) -> None:
    assert run(fresh / "amends", "new", KEY, folder=tmp_path).returncode == 0
    assert (tmp_path / "experiments" / f"{KEY}.py").is_file()
    checked = run(fresh / "amends", "check", "--json", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert json.loads(checked.stdout)["problems"] == []


def test_the_published_studies_are_inside(fresh: Path, tmp_path: Path) -> None:
    told = run(fresh / "amends", "studies", "--json", folder=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "Broockman" in told.stdout


@contextmanager
def served(program: Path, folder: Path) -> Iterator[str]:
    """Serves the folder on a free port until the block ends; gives the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(program), "serve", "--port", str(port)],
        cwd=folder,
        env=environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    said = []
    try:
        assert process.stderr is not None
        for line in process.stderr:  # ends when the process does, so a failed start is seen at once
            said.append(line)
            if address in line:
                break
        else:
            pytest.fail("amends serve ended:\n" + "".join(said))
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_page_shows_a_new_experiment_in_a_real_browser(
    fresh: Path, tmp_path: Path, browser: Browser
) -> None:
    assert run(fresh / "amends", "new", KEY, folder=tmp_path).returncode == 0
    with served(fresh / "amends", tmp_path) as address:
        assert urlopen(f"{address}/").status == 200
        assert urlopen(f"{address}/healthz").status == 200
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.goto(address)
        page.get_by_text("Late refund").first.wait_for(timeout=60_000)
        assert page.get_by_test_id("stException").count() == 0
        page.close()
