"""Every example in the docstrings of the analysis prints what stands under it."""

import doctest
import importlib
import pkgutil

import pytest

import amends.analysis

MODULES = [found.name for found in pkgutil.iter_modules(amends.analysis.__path__, "amends.analysis.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_is_written_under_them(name) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
