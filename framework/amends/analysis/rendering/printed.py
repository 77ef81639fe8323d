"""The sheet as PDF or PNG, by the `report` extra; nothing is fetched and no browser is needed."""

from __future__ import annotations

from types import ModuleType

from amends.analysis.rendering.sheet import to_svg
from amends.analysis.reported import Report
from amends.errors import UsageError

SHARP = 2.0
"""Pixels of the PNG for each unit of the sheet."""


def to_pdf(report: Report, *, locale: str = "en") -> bytes:
    """The sheet as one PDF page.

    Raises:
        UsageError: The extra is not installed; the command that installs it is named.
    """
    made: bytes = _converter().svg_to_pdf(to_svg(report, locale=locale))
    return made


def to_png(report: Report, *, locale: str = "en") -> bytes:
    """The sheet as a picture, sharp enough for a slide.

    Raises:
        UsageError: The extra is not installed; the command that installs it is named.
    """
    made: bytes = _converter().svg_to_png(to_svg(report, locale=locale), scale=SHARP)
    return made


def _converter() -> ModuleType:
    try:
        import vl_convert
    except ImportError:
        raise UsageError(
            "PDF and PNG need the package vl-convert-python, which is not installed: "
            'pip install "amends[report]", or write the report as HTML or SVG.'
        ) from None
    module: ModuleType = vl_convert
    return module
