"""A file that keeps records while the database is away: written through to the disk, read back exactly.

One line a record, with a checksum, so that a line that was cut off by a crash is known as such and was
never acknowledged. Every process of this machine uses the same file and takes the same lock for each
touch; nothing stands in it but pseudonyms, arms and answers.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from amends.errors import StoreUnavailable

log = logging.getLogger("amends")

LARGEST = 256 * 2**20
"""Bytes; beyond them the failure policy is that of a database that is down."""

POLLED = 0.005
"""Seconds between two looks whether the file is free; `flock` cannot wait for a given time."""

Record = Mapping[str, Any]


class Spool:
    """Records on their way to the database.

    Args:
        path: The file; it need not exist. Made readable by this user alone.
        timeout: Seconds to wait for another thread or process that has the file.

    >>> import tempfile
    >>> spool = Spool(Path(tempfile.mkdtemp()) / "amends.db.spool")
    >>> spool.keep([{"kind": "delivery", "status": "sent"}])
    >>> with spool.taken() as records:
    ...     records
    [{'kind': 'delivery', 'status': 'sent'}]
    >>> spool.empty
    True
    """

    def __init__(self, path: Path, *, timeout: float = 5.0) -> None:
        self.path = path
        self.timeout = timeout

    @property
    def aside(self) -> Path:
        """Where records stand while they are being stored, so that further ones need not wait for that."""
        return self.path.with_name(f"{self.path.name}.replay")

    @property
    def empty(self) -> bool:
        """Whether nothing waits; costs a look at the files' sizes."""
        return not (_size(self.path) or _size(self.aside))

    def keep(self, records: Sequence[Record]) -> None:
        """Appends records and returns once they are on the disk.

        Raises:
            StoreUnavailable: The file cannot be written, or has grown to its limit.
        """
        written = b"".join(map(_line, records))
        try:
            with self._locked(self.path, self.timeout) as file:
                end = file.seek(0, os.SEEK_END)
                if end + len(written) > LARGEST:
                    raise StoreUnavailable(
                        f"the spool {self.path} holds {end:,} bytes; more than {LARGEST:,} it does not take."
                    )
                try:
                    file.write(written if self._ends_a_line(file, end) else b"\n" + written)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    file.truncate(end)
                    raise
        except OSError as error:
            raise StoreUnavailable(f"the spool {self.path} cannot be written ({error.strerror}).") from error

    @contextmanager
    def taken(self, *, patience: float | None = None) -> Iterator[list[dict[str, Any]]]:
        """Everything that waits; it is taken away when the block ends without an error.

        A crash inside leaves it all, to be taken once more: whoever takes must be able to store a record
        that is stored already.

        Args:
            patience: Seconds to wait for somebody else who has the file; None for as long as it takes.

        Raises:
            StoreUnavailable: The file cannot be read, or somebody has it for longer.
        """
        try:
            with self._locked(self.aside, patience) as aside:
                self._move_to(aside)
                aside.seek(0)
                yield list(_read(aside.read(), self.aside))
                aside.truncate(0)
                os.fsync(aside.fileno())
        except OSError as error:
            raise StoreUnavailable(f"the spool {self.path} cannot be read ({error.strerror}).") from error

    def _move_to(self, aside: Any) -> None:
        """Moves what waits to the end of what an earlier attempt has left; a crash may leave it in both."""
        with self._locked(self.path, self.timeout) as file:
            end = aside.seek(0, os.SEEK_END)
            waits = file.read()
            if waits:
                aside.write(waits if self._ends_a_line(aside, end) else b"\n" + waits)
                aside.flush()
                os.fsync(aside.fileno())
                file.truncate(0)
                os.fsync(file.fileno())

    def count(self) -> int:
        """How many records wait."""
        return sum(path.read_bytes().count(b"\n") for path in (self.path, self.aside) if _size(path))

    @staticmethod
    def _ends_a_line(file: Any, end: int) -> bool:
        if not end:
            return True
        file.seek(end - 1)
        return bool(file.read(1) == b"\n")

    @contextmanager
    def _locked(self, path: Path, patience: float | None) -> Iterator[Any]:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            began = time.monotonic()
            while not _took(file):
                if patience is not None and time.monotonic() - began >= patience:
                    raise StoreUnavailable(
                        f"the spool {path} is in use for longer than {patience:g} s: what waits in it "
                        "is being stored. Nothing was stored of this; try again."
                    )
                time.sleep(POLLED)
            yield file


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _took(file: Any) -> bool:
    import fcntl  # not on Windows, where there is no spool

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _line(record: Record) -> bytes:
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(body), body)


def _read(raw: bytes, path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line:
            continue
        checksum, _, body = line.partition(b" ")
        if checksum != b"%08x" % crc32(body):
            log.warning("%s, line %d: cut off by a crash, never acknowledged: left out", path, number)
            continue
        yield json.loads(body)
