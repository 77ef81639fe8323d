"""A CSV file that grows by whole parts, so that whoever was killed goes on where the last part ended.

Until it is whole the file lies beside its place, with a note of how far it is. The note is written after
the rows are on disk: rows behind it are cut off and made again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from amends.errors import UsageError
from amends.exporting import safe_cell, write_text


class ContinuedFile:
    """Rows on their way to a CSV file, and what was counted of them.

    Attributes:
        rows: Rows of whole parts.
        counts: What the caller counted, by name; kept with the rows.
    """

    def __init__(self, path: Path, columns: Iterable[str], *, what: str) -> None:
        self._path = path
        self._what = what
        self._columns = list(columns)
        self._part = path.with_name(f".{path.name}.part")
        self._note = path.with_name(f".{path.name}.reached")
        self._seen = hashlib.sha256()
        self.rows, self.counts, self._bytes, self._digest = 0, Counter[str](), 0, ""
        if self._part.exists() and self._note.exists():
            self._read_note(json.loads(self._note.read_text(encoding="utf-8")))
        self._file = self._part.open("r+" if self.rows else "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        if self.rows:
            self._file.seek(self._bytes)
            self._file.truncate()
        else:
            self._writer.writerow(self._columns)

    def _read_note(self, note: Mapping[str, object]) -> None:
        if note["what"] != self._what:
            raise UsageError(
                f"{self._part} was begun for another run ({note['what']}, now {self._what}). Remove it and "
                f"{self._note} to begin anew: customers who have an arm keep it."
            )
        self.rows, self._bytes = int(str(note["rows"])), int(str(note["bytes"]))
        self._digest, self.counts = str(note["digest"]), Counter(note["counts"])  # type: ignore[call-overload]

    def skip(self, ids: Iterable[str]) -> None:
        """Passes over ids whose rows are there already; `same_list` then says whether they are the same."""
        for one in ids:
            self._seen.update(one.encode("utf-8", "surrogatepass") + b"\0")

    def same_list(self) -> bool:
        """Whether the ids passed over are those that the rows are of."""
        return self._seen.hexdigest() == self._digest

    def add(
        self, ids: Iterable[str], rows: Iterator[Mapping[str, object]], counts: Mapping[str, int]
    ) -> None:
        """Writes a part and its note; both are on disk when this returns."""
        for row in rows:
            self._writer.writerow([safe_cell(row.get(name, "")) for name in self._columns])
            self.rows += 1
        self.skip(ids)
        self.counts.update(counts)
        self._file.flush()
        os.fsync(self._file.fileno())
        note = {
            "what": self._what,
            "rows": self.rows,
            "bytes": os.fstat(self._file.fileno()).st_size,
            "digest": self._seen.hexdigest(),
            "counts": self.counts,
        }
        write_text(self._note, json.dumps(note))

    def finish(self) -> None:
        """Moves the whole file to its place."""
        self._file.close()
        self._part.replace(self._path)
        self._note.unlink(missing_ok=True)

    def __enter__(self) -> ContinuedFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
