"""`amends.__all__` is sorted, complete, loaded on use, and every name has a docstring with a meaning."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import amends

DOOR = Path(amends.__file__)


def test_names_are_sorted_and_each_is_there_once() -> None:
    assert list(amends.__all__) == sorted(set(amends.__all__))


def test_every_name_can_be_imported_and_says_what_it_is() -> None:
    silent = [name for name in amends.__all__ if not (getattr(amends, name).__doc__ or "").strip()]
    assert silent == []


def test_dir_shows_the_public_names_only() -> None:
    assert dir(amends) == sorted(amends.__all__)


def test_type_checkers_see_the_same_names_as_callers() -> None:
    imported = {
        alias.asname or alias.name
        for block in ast.parse(DOOR.read_text(encoding="utf-8")).body
        if isinstance(block, ast.If)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imported == set(amends.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(amends, "thank_yuo")


def test_importing_loads_nothing_but_the_door() -> None:
    code = "import sys, amends; print(*sorted(name for name in sys.modules if name.startswith('amends')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["amends"]


def test_the_source_root_is_not_a_package() -> None:
    assert not (DOOR.parents[1] / "__init__.py").exists()
