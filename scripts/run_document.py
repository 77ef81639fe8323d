"""Runs the examples of a Markdown file in the current folder and compares what they print.

Per fenced block, in the order of the document:

- ```python runs; all Python blocks of a document share one namespace. A first line `# path/name.py`
  also saves the block under that path.
- ```text right after a Python block is what that block prints.
- ```console has lines `$ command`, each followed by what it prints; a line ending in `\\` goes on.

- A block of any other kind whose fence says `title="path/name.csv"` is saved under that path.

`…` in an expected output stands for anything, on one line or over several. Every other
block (sh, json, …) is left alone.

    python scripts/run_document.py README.md            says what differs, exit code 1
    python scripts/run_document.py README.md --update   writes the real outputs into the file
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import subprocess
import sys
import traceback
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r'\btitle="([^"]+)"')
SAVED_AS = re.compile(r"# ([\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, where the text stands, and the path its fence gives."""

    kind: str
    text: str
    start: int
    end: int
    title: str | None = None


def blocks(document: str) -> list[Block]:
    """The fenced blocks of a Markdown text, in order."""
    return [
        Block(found[1], found[3], found.start(3), found.end(3), title[1] if title else None)
        for found in BLOCK.finditer(document)
        for title in [TITLE.search(found[2])]
    ]


def matches(expected: str, printed: str) -> bool:
    """Whether the output is the expected one; `…` stands for anything, spaces at line ends do not count."""

    def tidy(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())

    pattern = ".*?".join(re.escape(part) for part in tidy(expected).split("…"))
    return re.fullmatch(pattern, tidy(printed), re.DOTALL) is not None


def save(name: str, text: str) -> None:
    """Writes a file below the current folder."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run_python(block: Block, namespace: dict[str, object]) -> str:
    """What a Python block prints; an exception ends it with the traceback's last line."""
    if saved := SAVED_AS.match(block.text):
        save(saved[1], block.text.removeprefix(saved[0]).lstrip("\n"))
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(block.text, "<example>", "exec"), namespace)
        except Exception as error:
            print(traceback.format_exception_only(error)[-1].strip())
    return output.getvalue()


def run_console(block: Block) -> str:
    """The block again, with the real outputs under its commands."""
    shown = []
    for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block.text, re.MULTILINE):
        done = subprocess.run(
            command, shell=True, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output = done.stdout if done.stdout.endswith("\n") or not done.stdout else f"{done.stdout}\n"
        shown.append(f"$ {command}\n{output}")
    return "".join(shown)


def run(document: str) -> list[tuple[Block, str]]:
    """Every expected output of the document, with what was really printed."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    found: list[tuple[Block, str]] = []
    all_blocks = blocks(document)
    for block, after in zip_longest(all_blocks, all_blocks[1:]):
        if block.kind == "console":
            found.append((block, run_console(block)))
        elif block.kind == "python":
            printed = run_python(block, namespace)
            if after and re.fullmatch(r"```\s+```text\n", document[block.end : after.start]):
                found.append((after, printed))
            elif printed:
                found.append((Block("unexpected", "", block.end, block.end), printed))
        elif block.title:
            save(block.title, block.text)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("--update", action="store_true", help="write the real outputs into the document")
    chosen = parser.parse_args()

    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    document = chosen.document.read_text(encoding="utf-8")
    different = [(block, printed) for block, printed in run(document) if not matches(block.text, printed)]
    for block, printed in different:
        line = document.count("\n", 0, block.start) + 1
        print(f"{chosen.document.name}, line {line}: the example printed something else")
        print(*difflib.unified_diff(block.text.splitlines(), printed.splitlines(), lineterm=""), sep="\n")
    if different and chosen.update:
        for block, printed in reversed(different):
            if block.kind != "unexpected":
                document = document[: block.start] + printed.strip("\n") + "\n" + document[block.end :]
        chosen.document.write_text(document, encoding="utf-8")
        return 0
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
