"""What the terminal gets: text or one JSON document on stdout; notices, questions and bars on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import IO, Any, NoReturn, TypeVar, cast

import typer

DONE, PROBLEMS, REFUSED = 0, 1, 2

Item = TypeVar("Item")


def prepare_streams() -> None:
    """Lets any text be printed, whatever the terminal's encoding: what it cannot show becomes `?`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


@contextmanager
def results_only() -> Generator[None, None, None]:
    """Sends whatever others print (an experiment file that says hello) to stderr; results stay on stdout."""
    global _results
    before, _results = _results, _results or sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _results = before


_results: IO[str] | None = None
"""The stdout that results go to while `results_only`; None for the present `sys.stdout`."""


def say(text: str = "") -> None:
    """Prints a result line on stdout."""
    typer.echo(text, file=_results)


def notice(text: str) -> None:
    """Prints a remark on stderr, so that stdout stays what a program reads."""
    typer.echo(text, err=True)


def say_json(document: Any) -> None:
    """Prints one JSON document, never NaN, never escaped letters."""
    say(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2, default=_as_json))


def _as_json(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)


def refuse(message: str) -> NoReturn:
    """Ends the command with one clear message and exit code 2."""
    notice(f"Error: {message}")
    raise typer.Exit(REFUSED)


def interactive() -> bool:
    """Whether somebody sits at the terminal to answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def columns(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns, numbers to the right.

    >>> print(columns(["arm", "n"], [["thank_you", 56], ["sorry", 7]]))
    arm         n
    thank_you  56
    sorry       7
    """
    body = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(headers), *body]) for i in range(len(headers))]
    right = [bool(body) and all(_numeric(line[i]) for line in body) for i in range(len(headers))]

    def line(cells: Sequence[str]) -> str:
        aligned = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return "  ".join(aligned).rstrip()

    return "\n".join([line(list(headers)), *map(line, body)])


def _numeric(cell: str) -> bool:
    return cell.replace(".", "").replace(",", "").replace("%", "").lstrip("+-").isdigit()


def progress(
    items: Iterable[Item], *, total: int, label: str, stream: IO[str] | None = None
) -> Iterator[Item]:
    """Passes items through behind a progress bar on stderr; without a terminal it stays silent."""
    target = stream or sys.stderr
    if total < 200 or not target.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=label, total=total, console=Console(file=target), transient=True)


def advancing(steps: Generator[int, None, Item], *, label: str, total: int | None = None) -> Item:
    """What a work returns that says how many more rows are done, behind a bar on stderr where one is seen."""
    if not sys.stderr.isatty():
        while True:
            try:
                next(steps)
            except StopIteration as done:
                return cast("Item", done.value)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(label, total=total)
        while True:
            try:
                bar.advance(task, next(steps))
            except StopIteration as done:
                return cast("Item", done.value)
