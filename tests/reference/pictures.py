"""Charts as pictures, and how far two pictures are apart.

python -m tests.reference    draws every reference picture anew, after a look at what has changed
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from dashboards.look import DARK, LIGHT, Look
from dashboards.words import Words

FOLDER = Path(__file__).parent / "pictures"
LOOKS = {"light": LIGHT, "dark": DARK}
LANGUAGES = ("en", "id")
WIDTH = 480
COLOURS = 96
TILE = 12
TOLERANCE = 9
"""Levels of 255 that the worst tile may be off on average: more than a letter's edge, less than a mark."""
# It comes with the converter, so that every machine draws with the same letters.
FONT = "Liberation Sans"


def named(function: str, language: str, light: str) -> Path:
    """Where the reference picture lies."""
    return FOLDER / f"{function}-{language}-{light}.png"


def kinds() -> Iterator[tuple[str, str]]:
    """Every language on every ground."""
    return product(LANGUAGES, LOOKS)


def picture(chart: Any, look: Look) -> Image.Image:
    """The chart, drawn without a browser."""
    import vl_convert

    spec = copy.deepcopy(chart.to_dict())
    spec |= {"width": WIDTH, "background": look.surface, "padding": 8}
    spec["config"]["font"] = FONT
    drawn = vl_convert.vegalite_to_png(spec, scale=1)
    return Image.open(io.BytesIO(drawn)).convert("RGB")


def drawn(function: str, language: str, light: str) -> Image.Image:
    """A chart of `drawings` as it is drawn now."""
    from tests.reference.drawings import DRAWINGS

    look = LOOKS[light]
    return picture(DRAWINGS[function](Words(language), look), look)


def apart(first: Image.Image, second: Image.Image) -> float:
    """How far the worst tile of the two is off, in levels of 255 averaged over the tile and its colours.

    A mean over the whole picture would not see one mark out of its place. Pictures of unlike sizes are as
    far apart as can be.
    """
    if first.size != second.size:
        return 255.0
    tiles = ImageChops.difference(first.convert("RGB"), second.convert("RGB")).convert("L").reduce(TILE)
    worst = tiles.getextrema()[1]
    assert isinstance(worst, int)
    return float(worst)


def write() -> None:
    """Draws every reference picture that has changed anew, and removes those of charts that are gone."""
    from tests.reference.drawings import DRAWINGS

    FOLDER.mkdir(exist_ok=True)
    kept = set()
    for function, (language, light) in product(DRAWINGS, kinds()):
        file = named(function, language, light)
        kept.add(file)
        now = drawn(function, language, light)
        if not file.exists() or apart(now, Image.open(file)) > TOLERANCE / 3:
            now.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
            print(f"{file.name} is new")
    for file in set(FOLDER.glob("*.png")) - kept:
        file.unlink()
        print(f"{file.name} is gone")
