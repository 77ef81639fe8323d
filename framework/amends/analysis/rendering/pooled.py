"""A pooled reading as text, as Markdown, and as rows of a data frame."""

from __future__ import annotations

from math import exp
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from amends.analysis.formatting import (
    Sentence,
    arm_name,
    count,
    decimal,
    language,
    metric_name,
    p_value,
    percent,
)
from amends.analysis.pooled_rows import PUBLISHED, RATIOS, EffectRow
from amends.analysis.pooled_words import AVERAGES, UNITS, other_questions, shown, spanned
from amends.analysis.reasons import explained
from amends.analysis.rendering.markdown import grid, safe
from amends.analysis.rendering.tables import Table, aligned
from amends.analysis.result import Interval, NotEnough

if TYPE_CHECKING:
    from amends.analysis.pooling import PooledExperiments

WIDTH = 100

WORDS = {
    "title": Sentence("Experiments pooled", "Gabungan eksperimen"),
    "experiment": Sentence("experiment", "eksperimen"),
    "effect": Sentence("effect", "efek"),
    "interval": Sentence("interval", "selang kepercayaan"),
    "first": Sentence("first message", "pesan pertama"),
    "second": Sentence("second message", "pesan kedua"),
    "weight": Sentence("weight", "bobot"),
    "pooled": Sentence("average", "rata-rata"),
    "prediction": Sentence("a new experiment", "eksperimen baru"),
    "published": Sentence("published", "terbitan"),
    "left_out": Sentence("Left out", "Tidak dipakai"),
    "reason": Sentence("reason", "alasan"),
    "notes": Sentence("Please note", "Harap diperhatikan"),
    "figures": Sentence("How sure", "Seberapa yakin"),
}
FLAGS = (("early", "†"), ("corrected", "½"), ("simulated", "⚗"))


def word(name: str, locale: str) -> str:
    return WORDS[name][locale]


def title(found: PooledExperiments, locale: str) -> str:
    """What was pooled: `Experiments pooled: thank you – sorry, completed surveys`."""
    first, second = (arm_name(arm, locale) for arm in found.pair)
    return f"{word('title', locale)}: {first} – {second}, {metric_name(found.metric, locale)}"


def row_name(row: EffectRow, locale: str) -> str:
    """The row's key with its marks: † stopped early, ½ corrected for an empty cell, ⚗ simulated."""
    marks = {"early": row.early, "corrected": row.effect.corrected, "simulated": row.simulated}
    signs = "".join(sign for name, sign in FLAGS if marks[name])
    published = f" ({word('published', locale)})" if row.source == PUBLISHED else ""
    return f"{row.name}{f' {signs}' if signs else ''}{published}"


def arm_figure(row: EffectRow, place: int, locale: str) -> str:
    """Events of units where counted, else the mean and how many gave it."""
    n = row.effect.ns[place]
    if row.events is not None:
        return f"{count(row.events[place], locale)}/{count(n, locale)}"
    return f"{decimal(row.values[place], locale=locale)} (n = {count(n, locale)})"


def rows_table(found: PooledExperiments, locale: str) -> Table:
    """One line an experiment, then the average and what a new one may show."""
    measure = found.measure
    unit = UNITS[measure][locale]
    mixed = other_questions(found.rows, pair=found.pair, metric=found.metric)
    arms = [arm_name(arm, locale) for arm in found.pair]
    columns = (
        word("experiment", locale),
        *([word("first", locale), word("second", locale)] if mixed else arms),
        f"{word('effect', locale)} ({unit})",
        word("interval", locale),
        word("weight", locale),
    )
    rows = [
        (
            row_name(row, locale),
            arm_figure(row, 0, locale),
            arm_figure(row, 1, locale),
            shown(row.effect.value, measure, locale),
            spanned(row.interval(found.confidence), measure, locale),
            "–" if isinstance(weight, NotEnough) else percent(weight, locale),
        )
        for row, weight in zip(found.rows, found.weights, strict=True)
    ]
    return Table(title(found, locale), columns, (*rows, *_totals(found, locale)))


def _totals(found: PooledExperiments, locale: str) -> list[tuple[str, ...]]:
    pooled = found.pooled
    if isinstance(pooled, NotEnough):
        return []
    rows: list[tuple[str, ...]] = []
    for name, value, limits in (
        ("pooled", shown(pooled.value, found.measure, locale), pooled.interval),
        ("prediction", "", pooled.prediction),
    ):
        span = spanned(limits, found.measure, locale) if isinstance(limits, Interval) else "–"
        rows.append((word(name, locale), "", "", value, span, ""))
    return rows


def left_out_table(found: PooledExperiments, locale: str) -> Table:
    """The experiments that are no row, with their reasons."""
    rows = tuple((item.name, item.reason[locale]) for item in found.left_out)
    return Table(
        word("left_out", locale), (word("experiment", locale), word("reason", locale)), rows, words=2
    )


def figures(found: PooledExperiments, locale: str) -> list[str]:
    """Method, test, tau², I² and Q in lines, each with its name."""
    pooled, spread = found.pooled, found.heterogeneity
    if isinstance(pooled, NotEnough) or isinstance(spread, NotEnough):
        why = pooled if isinstance(pooled, NotEnough) else spread
        assert isinstance(why, NotEnough)
        return [explained(why.reason)[locale]]

    def figure(value: Any, digits: int = 4) -> str:
        return decimal(value, digits=digits, locale=locale)

    to = "sampai" if locale == "id" else "to"
    df = "" if pooled.df is None else f"({pooled.df:.0f})"
    i2 = f"{percent(spread.i2.low, locale)} {to} {percent(spread.i2.high, locale)}"
    q = f"Q({pooled.k - 1}) = {figure(pooled.q, 2)}, {p_value(pooled.q_p_value, locale)}"
    average = AVERAGES[found.measure][locale]
    lines = Sentence(
        f"{pooled.name}; {average}; k = {pooled.k}; t{df} = {figure(pooled.statistic, 2)}, "
        f"{p_value(pooled.p_value)}",
        f"efek acak (REML, Knapp–Hartung); {average}; k = {pooled.k}; "
        f"t{df} = {figure(pooled.statistic, 2)}, {p_value(pooled.p_value, 'id')}",
    )
    ends = f"{figure(spread.interval.low)} {to} {figure(spread.interval.high)}"
    tau = Sentence(
        f"tau² = {figure(pooled.tau2)} (Q-profile {ends}): variance of the true effects",
        f"tau² = {figure(pooled.tau2)} (Q-profile {ends}): ragam efek yang sebenarnya",
    )
    share = Sentence(
        f"I² = {percent(pooled.i2)} ({i2}): share of the spread that is more than chance, from tau²; {q}",
        f"I² = {percent(pooled.i2, 'id')} ({i2}): bagian sebaran yang melebihi kebetulan, dari tau²; {q}",
    )
    return [lines[locale], tau[locale], share[locale], _prediction(pooled.prediction, locale)]


def _prediction(ahead: Interval | NotEnough | None, locale: str) -> str:
    how = Sentence(
        "Row intervals: effect and normal quantile. Prediction: t(k − 2), Higgins et al. 2009",
        "Selang tiap baris: efek dan kuantil normal. Prediksi: t(k − 2), Higgins dkk. 2009",
    )[locale]
    return f"{how} ({explained(ahead.reason)[locale]})." if isinstance(ahead, NotEnough) else f"{how}."


def to_text(found: PooledExperiments, *, locale: str = "en") -> str:
    """The whole reading, the finding first."""
    locale = language(locale)
    blocks = [[title(found, locale)], wrap(found.summary[locale], WIDTH)]
    if found.rows:
        blocks.append([*aligned(rows_table(found, locale))])
        blocks.append([f"· {line}" for line in figures(found, locale)])
    if found.left_out:
        lines = [f"{item.name}: {item.reason[locale]}" for item in found.left_out]
        blocks.append([f"{word('left_out', locale)}:", *_bullets(lines)])
    if found.notes:
        blocks.append([f"{word('notes', locale)}:", *_bullets([note[locale] for note in found.notes])])
    return "\n\n".join("\n".join(block) for block in blocks)


def _bullets(lines: list[str]) -> list[str]:
    return [part for line in lines for part in wrap(line, WIDTH, initial_indent="· ", subsequent_indent="  ")]


def to_markdown(found: PooledExperiments, *, locale: str = "en") -> str:
    """The whole reading with tables."""
    locale = language(locale)
    parts = [f"# {safe(title(found, locale))}", f"**{safe(found.summary[locale])}**"]
    if found.rows:
        parts.append(grid(rows_table(found, locale)))
        parts.append("\n".join(f"- {safe(line)}" for line in figures(found, locale)))
    if found.left_out:
        parts.append(f"## {word('left_out', locale)}\n\n{grid(left_out_table(found, locale))}")
    if found.notes:
        said = "\n".join(f"- {safe(note[locale])}" for note in found.notes)
        parts.append(f"## {word('notes', locale)}\n\n{said}")
    return "\n\n".join(parts) + "\n"


def frame_rows(found: PooledExperiments) -> list[dict[str, Any]]:
    """One flat record a row; `ratio` is the effect of `rr` and `or` itself, the effect its logarithm."""
    records = []
    for row, weight in zip(found.rows, found.weights, strict=True):
        held = row.to_dict()
        record = {name: held[name] for name in _COLUMNS}
        record["measure"] = found.measure
        record["n_arm"], record["n_versus"] = row.effect.ns
        record["weight"] = None if isinstance(weight, NotEnough) else weight
        if found.measure in RATIOS:
            record["ratio"] = exp(row.effect.value)
        records.append(record)
    return records


_COLUMNS = (
    "name",
    "source",
    "metric",
    "arm",
    "versus",
    "effect",
    "variance",
    "low",
    "high",
    "corrected",
    "early",
    "simulated",
    "after_the_fact",
    "clustered",
)
