"""The set-up script where something is missing: one line says what to install, nothing is left."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POSIX_TOOLS = ["cat", "cksum", "dirname", "grep", "id", "mkdir", "rm", "sh", "tr", "uname"]


@pytest.fixture
def bare_machine(tmp_path: Path) -> tuple[Path, Path]:
    """A checkout in a folder with a space, and a folder of programs with the POSIX tools and nothing else."""
    checkout, programs = tmp_path / "my check-out", tmp_path / "bin"
    (checkout / "scripts").mkdir(parents=True)
    programs.mkdir()
    for name in ["scripts/setup.sh", "requirements.lock", "requirements-test.lock", "pyproject.toml"]:
        shutil.copy(ROOT / name, checkout / name)
    for tool in POSIX_TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (programs / tool).symlink_to(found)
    return checkout, programs


def set_up(checkout: Path, programs: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(checkout / "scripts" / "setup.sh"), *words],
        cwd=checkout.parent,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_python_or_uv_one_line_says_what_to_install(bare_machine: tuple[Path, Path]) -> None:
    checkout, programs = bare_machine
    done = set_up(checkout, programs, "demo")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "amends needs Python 3.11 or newer: "
        "install it (Debian, Ubuntu: apt install python3 python3-venv), or uv."
    )
    assert not (checkout / ".venv").exists()


def test_an_unknown_purpose_is_refused_with_the_known_ones(bare_machine: tuple[Path, Path]) -> None:
    done = set_up(*bare_machine, "deploy")
    assert done.returncode == 1
    assert done.stderr == "scripts/setup.sh demo|test, not 'deploy'\n"


def test_the_oldest_python_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert "--python-version 3.11" in (ROOT / "scripts" / "lock.sh").read_text(encoding="utf-8")
    assert "(3, 11)" in (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8")
