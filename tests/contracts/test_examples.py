"""Every example in a docstring of the package runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import amends

MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(amends.__path__, "amends.")
    if ".migrations" not in found.name and not found.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_is_written_under_them(name):
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_most_of_the_package_shows_examples():
    tried = [doctest.DocTestFinder().find(importlib.import_module(name)) for name in MODULES]
    assert sum(bool(example.examples) for module in tried for example in module) > 150
