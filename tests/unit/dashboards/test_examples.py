"""The examples in the docstrings hold."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from dashboards import calculator, frame, look, parts, words


@pytest.mark.parametrize("module", [calculator, frame, look, parts, words])
def test_examples_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
