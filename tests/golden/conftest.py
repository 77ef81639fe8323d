"""Reference cases: read whole from a folder, one test a case, and what is unreadable is a failing case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
REQUIRED = ("id", "method", "inputs", "expected", "rtol")


@dataclass(frozen=True)
class Case:
    """One reference case, or why it could not be read."""

    name: str
    folder: Path
    content: dict[str, Any]
    trouble: str | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-dir", default=None, help="folder of reference cases to run instead of our own")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        folder = metafunc.config.getoption("--golden-dir", default=None)
        cases = read_folder(Path(folder) if folder else HERE)
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def read_folder(folder: Path) -> list[Case]:
    """Every case of every `*.json` in the folder; a folder without any is one failing case."""
    files = sorted(folder.glob("*.json"))
    if not files:
        return [Case(str(folder), folder, {}, f"{folder.resolve()} holds no *.json file")]
    return [case for file in files for case in read_file(file)]


def read_file(file: Path) -> list[Case]:
    """The file's cases; where it is not a list of cases, one failing case in its place."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [Case(file.name, file.parent, {}, f"{file.name} cannot be read: {error}")]
    if not isinstance(content, list) or not content:
        return [Case(file.name, file.parent, {}, f"{file.name} is not a list of cases")]
    return [read_case(file, place, item) for place, item in enumerate(content, start=1)]


def read_case(file: Path, place: int, item: object) -> Case:
    if not isinstance(item, dict):
        return Case(f"{file.name}:{place}", file.parent, {}, "a case is an object")
    name = f"{file.stem}:{item.get('id', place)}"
    missing = [key for key in REQUIRED if key not in item]
    trouble = f"the case lacks {', '.join(missing)}" if missing else None
    if not missing and not (isinstance(item["expected"], dict) and item["expected"]):
        trouble = "the case expects nothing"
    return Case(name, file.parent, item, trouble)
