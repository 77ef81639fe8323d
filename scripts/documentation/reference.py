"""The reference: five pages made from the code, committed so that they can be read without building.

python -m scripts.documentation.reference    writes docs/reference/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from scripts.documentation import (
    command_reference,
    http_reference,
    python_reference,
    report_reference,
    settings_reference,
)

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
MADE = "<!-- Made from the code by `make docs`. Change the docstrings, not this page. -->"
PAGES: dict[str, Callable[[], str]] = {
    "python.md": python_reference.page,
    "commands.md": command_reference.page,
    "http-api.md": http_reference.page,
    "settings.md": settings_reference.page,
    "report-json.md": report_reference.page,
}


def pages(names: Iterable[str] = PAGES) -> dict[str, str]:
    """The text of the pages by file name, as the code says now."""
    return {name: f"{MADE}\n\n{PAGES[name]().strip()}\n" for name in names}


def write() -> None:
    """Writes the pages that differ from what is there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        file = FOLDER / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"docs/reference/{name} is new")


if __name__ == "__main__":
    write()
