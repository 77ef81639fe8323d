"""The pictures of the statistics: drawn from `ideas`, legible on light and dark pages.

    python -m scripts.documentation.pictures    writes docs/statistics/pictures/

The figures stand beside the pictures in `figures.json`, and every picture names the hash of its own, so
that a test can tell whether it shows what the functions give now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from scripts.documentation.ideas import MARGIN, Rows, figures

FOLDER = Path(__file__).parents[2] / "docs" / "statistics" / "pictures"
FIGURES = FOLDER / "figures.json"
INK, MUTED, LINE, SURFACE = "#1b2733", "#51606f", "#d5dde5", "#fefefe"
FIRST, SECOND, THIRD = "#0b62a5", "#b3540b", "#4b7d2e"
IN_THE_DARK = {
    INK: "#f1f4f7", MUTED: "#b8c2cc", LINE: "#3d4854", SURFACE: "#12161d",
    FIRST: "#7db8ec", SECOND: "#f2a07b", THIRD: "#a5d08a",
}  # fmt: skip
WIDTH = 460
PERCENT = alt.Axis(format=".0%")


def draw(name: str, rows: Rows) -> str:
    """The picture of an idea as SVG."""
    import vl_convert

    chart = DRAWN[name](pd.DataFrame(rows)).properties(width=WIDTH).configure(**_look())
    drawn: str = vl_convert.vegalite_to_svg(chart.to_json())
    return _for_both_lights(drawn, mark(rows))


def mark(rows: Rows) -> str:
    """The hash by which a picture names its figures, to nine digits: further ones differ by machine."""
    plain = json.dumps([{key: _rounded(value) for key, value in row.items()} for row in rows])
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def write() -> None:
    """Draws every picture whose figures are not those it was drawn from."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = figures()
    for name, rows in found.items():
        file = FOLDER / f"{name}.svg"
        if not file.exists() or f"figures {mark(rows)}" not in file.read_text(encoding="utf-8"):
            file.write_text(draw(name, rows), encoding="utf-8")
            print(f"docs/statistics/pictures/{file.name} is new")
    FIGURES.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(value: object) -> object:
    return float(f"{value:.9g}") if isinstance(value, float) else value


def _for_both_lights(svg: str, figures_hash: str) -> str:
    """Swaps the colours where the reader's system is dark; the surface goes with them, so nothing is lost."""
    rules = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}'
        for light, dark in IN_THE_DARK.items()
    )
    head, _, rest = svg.partition(">")
    style = f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"
    return f"{head}><!-- figures {figures_hash} -->{style}{rest}\n"


def _look() -> dict[str, Any]:
    words = {"labelColor": MUTED, "titleColor": INK, "labelFontSize": 13, "titleFontSize": 13}
    return {
        "background": SURFACE,
        "padding": 14,
        "font": "Arial, Helvetica, sans-serif",
        "axis": alt.AxisConfig(
            **words,
            titleFontWeight="normal",
            domainColor=LINE,
            tickColor=LINE,
            gridColor=LINE,
            labelLimit=280,
        ),
        "legend": alt.LegendConfig(
            **words, orient="top", title=None, symbolStrokeWidth=3, columnPadding=36, labelLimit=300
        ),
        "view": alt.ViewConfig(stroke=None),
    }


def _intervals(
    data: pd.DataFrame, by: str, title: str, *, zero: bool = True, axis: alt.Axis | None = None
) -> alt.LayerChart:
    """One row for each reading: its interval as a bar, its value as a point."""
    longest = max(len(name) for name in data[by])
    # Readers' fonts are wider than the one the picture is laid out with: room for them is fixed.
    named = alt.Axis(grid=False, ticks=False, domain=False, minExtent=8 * longest)
    places = alt.Y(f"{by}:N", sort=None, title=None, axis=named)
    scale = alt.X("low:Q", title=title, axis=axis or alt.Axis(), scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(data).encode(y=places)
    bars = base.mark_rule(color=FIRST, strokeWidth=5, strokeCap="round").encode(x=scale, x2="high:Q")
    points = (
        base.transform_filter("datum.value != null")
        .mark_point(filled=True, size=90, color=INK, opacity=1)
        .encode(x="value:Q")
    )
    layers = [bars, points]
    if zero:
        layers.insert(0, _upright(0))
    return alt.layer(*layers).properties(height=48 * len(data))


def _upright(at: float, *, dash: bool = False) -> alt.Chart:
    line = alt.MarkDef("rule", color=MUTED, strokeWidth=1.5, **({"strokeDash": [4, 4]} if dash else {}))
    return alt.Chart(pd.DataFrame({"low": [at]}), mark=line).encode(x="low:Q")


def _level(at: float) -> alt.Chart:
    line = alt.MarkDef("rule", color=MUTED, strokeWidth=1.5, strokeDash=[4, 4])
    return alt.Chart(pd.DataFrame({"at": [at]}), mark=line).encode(y="at:Q")


def _lines(data: pd.DataFrame, x: alt.X, by: str, title: str, *, points: bool = False) -> alt.LayerChart:
    """Shares along something, one line for each rule, each with a dash of its own."""
    names = list(dict.fromkeys(data[by]))
    colours = alt.Color(
        f"{by}:N", sort=names, scale=alt.Scale(domain=names, range=[FIRST, SECOND, THIRD][: len(names)])
    )
    dashes = alt.StrokeDash(
        f"{by}:N", sort=names, scale=alt.Scale(domain=names, range=[[1, 0], [7, 3], [2, 3]][: len(names)])
    )
    line = alt.Chart(data).mark_line(strokeWidth=3, point={"filled": True, "size": 60} if points else False)
    shares = alt.Y("share:Q", title=title, axis=PERCENT)
    return alt.layer(line.encode(x=x, y=shares, color=colours, strokeDash=dashes), _level(0.05)).properties(
        height=260
    )


def _proportions(data: pd.DataFrame) -> alt.LayerChart:
    return _intervals(data, "case", "share that completed, with its 95% interval", zero=False, axis=PERCENT)


def _unequal(data: pd.DataFrame) -> alt.LayerChart:
    x = alt.X("first:Q", title="answers in the arm that spreads twice as much, of 100 in all")
    return _lines(data, x, "test", "differences called where there is none", points=True)


def _nonresponse(data: pd.DataFrame) -> alt.LayerChart:
    return _intervals(data, "reading", "difference in satisfaction, points of a 1–7 scale")


def _looking(data: pd.DataFrame) -> alt.LayerChart:
    x = alt.X("look:Q", title="looks so far, one every 200 customers", scale=alt.Scale(domain=[1, 20]))
    return _lines(data, x, "rule", "experiments that have shown a difference")


def _split(data: pd.DataFrame) -> alt.LayerChart:
    data = data.assign(said=data["ok"].map({True: "as chance has it", False: "alert"}))
    powers = alt.Axis(values=[1, 0.1, 0.01, 0.001, 0.0001, 0.00001], format="~f", minExtent=60)
    base = alt.Chart(data).encode(
        x=alt.X("first:Q", title="customers in the first arm, of 3,000", scale=alt.Scale(zero=False)),
        y=alt.Y("p_value:Q", title="p-value of the split", scale=alt.Scale(type="log"), axis=powers),
        color=alt.Color(
            "said:N", scale=alt.Scale(domain=["as chance has it", "alert"], range=[FIRST, SECOND])
        ),
        shape=alt.Shape(
            "said:N", scale=alt.Scale(domain=["as chance has it", "alert"], range=["circle", "cross"])
        ),
    )
    return alt.layer(base.mark_point(filled=True, size=80, opacity=1), _level(0.001)).properties(height=260)


def _assigned(data: pd.DataFrame) -> alt.LayerChart:
    return _intervals(data, "reading", "difference in completed surveys", axis=PERCENT)


def _clusters(data: pd.DataFrame) -> alt.LayerChart:
    x = alt.X("size:Q", title="customers in a cluster", scale=alt.Scale(domain=[1, 30]))
    return _lines(data, x, "icc", "differences called where there is none")


def _questions(data: pd.DataFrame) -> alt.LayerChart:
    places = alt.Y("question:N", title=None, axis=alt.Axis(grid=False, ticks=False, domain=False))
    values = [0.001, 0.01, 0.05, 0.1, 1]
    axis = alt.Axis(values=values, format="~g")
    base = alt.Chart(data).encode(y=places)
    scale = alt.Scale(type="log", domain=[0.002, 1])
    bars = base.mark_rule(color=LINE, strokeWidth=4).encode(
        x=alt.X("alone:Q", title="p-value", axis=axis, scale=scale), x2="together:Q"
    )
    long = data.melt("question", ["alone", "together"], "read", "p")
    names = {"alone": "by itself", "together": "adjusted for all six (Holm)"}
    points = (
        alt.Chart(long.assign(read=long["read"].map(names)))
        .mark_point(filled=True, size=100, opacity=1)
        .encode(
            x="p:Q",
            y=places,
            color=alt.Color("read:N", scale=alt.Scale(domain=list(names.values()), range=[SECOND, FIRST])),
            shape=alt.Shape(
                "read:N", scale=alt.Scale(domain=list(names.values()), range=["triangle-up", "circle"])
            ),
        )
    )
    line = alt.MarkDef("rule", color=MUTED, strokeWidth=1.5, strokeDash=[4, 4])
    level = alt.Chart(pd.DataFrame({"alone": [0.05]}), mark=line).encode(x="alone:Q")
    return alt.layer(bars, level, points).properties(height=240)


def _alike(data: pd.DataFrame) -> alt.LayerChart:
    data = data.assign(row=data["shown"])
    title = "difference in completed surveys, with its 90% interval"
    shown = _intervals(data, "row", title, axis=PERCENT)
    return alt.layer(_upright(-MARGIN, dash=True), _upright(MARGIN, dash=True), shown).properties(
        height=48 * len(data)
    )


DRAWN: dict[str, Callable[[pd.DataFrame], alt.LayerChart]] = {
    "proportions": _proportions,
    "unequal-variances": _unequal,
    "nonresponse": _nonresponse,
    "looking": _looking,
    "split": _split,
    "everyone-assigned": _assigned,
    "clusters": _clusters,
    "many-questions": _questions,
    "alike": _alike,
}

if __name__ == "__main__":
    write()
