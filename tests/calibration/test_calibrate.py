"""The runner of the calibration table: it goes on where it stopped and writes the page."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def calibrate(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/calibrate.py", "--only", "randomisation", "--jobs", "1"]
    return subprocess.run(
        [*command, "--folder", str(folder), *more], cwd=ROOT, capture_output=True, text=True, check=True
    )


def test_a_run_that_was_broken_off_goes_on_and_finds_the_same(tmp_path: Path) -> None:
    page, results = tmp_path / "page.md", tmp_path / "parts.jsonl"
    first = calibrate(tmp_path, "--write", str(page))
    written = results.read_text().splitlines()
    # Broken off while the third line was being written.
    results.write_text("\n".join(written[:2]) + "\n" + written[2][:40])
    again = calibrate(tmp_path)
    assert again.stdout == first.stdout
    whole = [line for line in results.read_text().splitlines() if line.endswith("}")]
    assert whole[:2] == written[:2]
    assert {json.loads(line)["cell"] for line in whole} == {json.loads(line)["cell"] for line in written}
    assert len(whole) == len(written)
    assert "## Randomisation" in page.read_text()
    assert "Seeds, named beforehand" in page.read_text()
