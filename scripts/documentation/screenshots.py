"""The screenshots of the documentation, from those that the browser tests leave in `artifacts/`.

make test ARGS=tests/browser                    takes them, of the demo (simulated customers, real e-mails)
python -m scripts.documentation.screenshots     cuts and copies them to docs/images/
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[2]
TAKEN = ROOT / "artifacts" / "screenshots"
FOLDER = ROOT / "docs" / "images"
LARGEST = 200_000
"""Bytes of a picture, so that the repository stays small."""

HEIGHTS = {1280: 900, 390: 1180}
"""What is kept of the page's top, by its width: a screenful on a desk, somewhat more on a telephone."""

SHOWN = {
    "home-en-1280": "home-en-1280",
    "experiment-en-1280": "experiment-late_parcel-en-1280",
    "experiment-en-390": "experiment-late_parcel-en-390",
    "experiment-id-1280": "experiment-late_parcel-id-1280",
    "experiment-id-390": "experiment-late_parcel-id-390",
    "plan-en-1280": "plan-en-1280",
    "studies-en-1280": "studies-en-1280",
    "try-en-390": "try-en-390",
}
"""Name in docs/images, and the browser tests' own name."""


def copy(name: str, taken: str) -> Path:
    """Cuts a screenshot at the top and writes it with a palette, which is a third of the size.

    Raises:
        FileNotFoundError: The browser tests have not run.
        ValueError: The picture is too large for the repository.
    """
    width = int(name.rpartition("-")[2])
    target = FOLDER / f"{name}.png"
    with Image.open(TAKEN / f"{taken}.png") as whole:
        top = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, HEIGHTS[width])))
        top.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)
    if target.stat().st_size > LARGEST:
        raise ValueError(f"{target} has {target.stat().st_size:,} bytes; {LARGEST:,} are allowed")
    return target


def main() -> int:
    """Copies all of them."""
    try:
        for name, taken in SHOWN.items():
            print(copy(name, taken).relative_to(ROOT))
    except FileNotFoundError as missing:
        print(f"{missing.filename} is not there: run `make test ARGS=tests/browser` first", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
