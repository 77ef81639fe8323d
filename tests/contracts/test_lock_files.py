"""The lock files pin everything the project declares, at one version each, and hold no address."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["requirements.lock", "requirements-test.lock"]


def lines(name: str) -> list[str]:
    return (ROOT / name).read_text(encoding="utf-8").splitlines()


def pins(name: str) -> dict[str, set[str]]:
    """Package → its pinned versions (several where they depend on the Python version)."""
    found: dict[str, set[str]] = {}
    for requirement in map(Requirement, lines(name)):
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def declared(*groups: str) -> list[Requirement]:
    """What pyproject.toml asks for: the product's own needs, and those of the named groups."""
    texts = [*PROJECT["project"]["dependencies"]]
    for group in groups:
        texts += PROJECT["dependency-groups"][group]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("name", LOCKS)
def test_a_line_is_a_name_and_a_version_and_no_address(name: str) -> None:
    pinned = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==[0-9][\w.+!]*( ; [^/@]+)?")
    assert [line for line in lines(name) if not pinned.fullmatch(line)] == []


@pytest.mark.parametrize(("name", "groups"), [(LOCKS[0], ()), (LOCKS[1], ("test", "lint", "docs"))])
def test_every_declared_package_is_pinned_inside_its_range(name: str, groups: tuple[str, ...]) -> None:
    pinned = pins(name)
    outside = [
        f"{requirement} but {version}"
        for requirement in declared(*groups)
        for version in pinned.get(canonicalize_name(requirement.name), {"missing"})
        if not requirement.specifier.contains(version.removeprefix("=="))
    ]
    assert outside == []


def test_the_tests_run_on_the_versions_that_users_get() -> None:
    product, test = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: test.get(name) for name in product} == product


def test_no_lock_of_another_tool_is_kept() -> None:
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert [path for path in kept if path.endswith(("uv.lock", "poetry.lock", "package-lock.json"))] == []


def test_what_the_product_imports_it_declares() -> None:
    """The wheel test cannot see a package that only the test lock brings; this one can."""
    known = packages_distributions()
    allowed = {canonicalize_name(requirement.name) for requirement in declared()}
    allowed |= {
        canonicalize_name(Requirement(text).name)
        for texts in PROJECT["project"]["optional-dependencies"].values()
        for text in texts
    }
    # The vocabulary of fastapi and jinja2, which they bring at the version they need.
    allowed |= {"anyio", "markupsafe", "pydantic", "starlette"}
    ours = {"amends", "dashboards", "framework"}
    undeclared = set()
    for path in [*(ROOT / "framework").rglob("*.py"), *(ROOT / "dashboards").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for module in {name.split(".")[0] for name in names} - ours - sys.stdlib_module_names:
                if not allowed & {canonicalize_name(found) for found in known.get(module, [])}:
                    undeclared.add(f"{path.relative_to(ROOT)}: {module}")
    assert undeclared == set()
