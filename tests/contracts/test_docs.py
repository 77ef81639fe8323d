"""Every example in README.md and docs/ runs, and prints what is written under it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNNER = ROOT / "scripts" / "run_document.py"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

FROM_AN_EMPTY_FOLDER = ("tutorial", "id")
"""Folders of docs/ whose pages a reader follows from the first minute, with nothing but the package."""


def run_document(document: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")}
    return subprocess.run(
        [sys.executable, str(RUNNER), str(document)],
        cwd=folder,
        env={**environ, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_print_what_is_written_under_them(document: Path, tmp_path: Path) -> None:
    if document.parent.name not in FROM_AN_EMPTY_FOLDER:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "experiments", tmp_path / "experiments", ignore=ignored)
        (tmp_path / "framework").symlink_to(ROOT / "framework")
    done = run_document(document, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("example", "right"),
    [
        ("```python\nprint(1 + 1)\n```\n\n```text\n2\n```\n", True),
        ("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n", False),
        ("```python\nprint(1 + 1)\n```\n", False),
        ("```python\nimport nowhere\n```\n", False),
        ("```python\nprint('id 7f3a end')\n```\n\n```text\nid … end\n```\n", True),
        ("```console\n$ echo one; echo two\none\ntwo\n```\n", True),
        ("```console\n$ echo one; echo two\none\n```\n", False),
        ("```console\n$ echo one \\\n  two\none two\n```\n", True),
        ("```console\n$ false\nnothing failed\n```\n", False),
        ('```csv title="made/a.csv"\na,b\n```\n\n```console\n$ cat made/a.csv\na,b\n```\n', True),
        ("```csv\na,b\n```\n\n```console\n$ ls\nexample.md\n```\n", True),
        ("```python\n# made/here.txt\n```\n\n```console\n$ ls made\nhere.txt\n```\n", True),
    ],
)
def test_the_runner_tells_right_from_wrong(example: str, right: bool, tmp_path: Path) -> None:
    document = tmp_path / "example.md"
    document.write_text(example, encoding="utf-8")
    done = run_document(document, tmp_path)
    assert (done.returncode == 0) is right, done.stdout + done.stderr


def test_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 150


def test_links_lead_to_files_that_exist() -> None:
    missing = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert missing == []
