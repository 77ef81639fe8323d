"""A disk that is full: the usual message, nothing half-written, and work goes on once there is room."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("on_a_small_disk.py")
SIZES = {"sqlite": "16m", "postgresql": "128m"}
"""A file system in memory that only the child sees, and that ends with it."""


@pytest.mark.parametrize("kind", SIZES)
def test_a_full_disk_gives_the_usual_message_and_loses_nothing_that_was_acknowledged(kind):
    folder = tempfile.mkdtemp(prefix="amends-full-")
    own = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    mount = 'mount -t tmpfs -o mode=755,size="$1" none "$2" && exec "$3" "$4" "$5" "$2"'
    ended = subprocess.run(
        [*own, "sh", "-c", mount, "sh", SIZES[kind], folder, sys.executable, str(SCRIPT), kind],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    said = json.loads(ended.stdout.splitlines()[-1])

    assert said["full"]["error"] == 20, "the disk was full"
    assert said["full"]["assigned"] > 0
    assert set(said["full"]) <= {"assigned", "error", "answer refused"}
    assert said["after"] == {"assigned": 60}, "with room again the same process goes on"
    assert (said["lost"], said["verify"]) == ([], [])
