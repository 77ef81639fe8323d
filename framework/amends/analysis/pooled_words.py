"""What a pooled reading says in plain words: the average, what a new experiment may show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence, amount, metric_name, number
from amends.analysis.pooled_rows import RATIOS, EffectRow
from amends.analysis.reasons import explained
from amends.analysis.result import Interval, NotEnough
from amends.analysis.sentences import joined, quoted

if TYPE_CHECKING:
    from amends.analysis.meta import Pooled

UNITS = {
    "rd": Sentence("percentage points", "poin persentase"),
    "rr": Sentence("risk ratio", "rasio risiko"),
    "or": Sentence("odds ratio", "rasio odds"),
    "md": Sentence("points", "poin"),
    "g": Sentence("standard deviations", "simpangan baku"),
}
AVERAGES = {
    "rd": Sentence("difference", "selisih"),
    "rr": Sentence("risk ratio", "rasio risiko"),
    "or": Sentence("odds ratio", "rasio odds"),
    "md": Sentence("difference", "selisih"),
    "g": Sentence("standardized difference (Hedges g)", "selisih terbaku (g Hedges)"),
}


def shown(value: float, measure: str, locale: str = "en") -> str:
    """An effect as people read it: percentage points, points, or the ratio itself.

    >>> shown(0.1264, "rd"), shown(0.0, "rr"), shown(-0.3, "md", "id")
    ('12.6', '1.00', '−0,30')
    """
    if measure in RATIOS:
        return number(exp(value), digits=2, locale=locale)
    return amount(value, "proportion" if measure == "rd" else "mean", locale)


def spanned(interval: Interval, measure: str, locale: str = "en") -> str:
    """An interval in the same unit: `−1.1 to 26.6`."""
    word = "sampai" if locale == "id" else "to"
    return f"{shown(interval.low, measure, locale)} {word} {shown(interval.high, measure, locale)}"


def other_questions(rows: Sequence[EffectRow], *, pair: tuple[str, str], metric: str) -> list[EffectRow]:
    """The rows that compare other messages or count something else than what was asked."""
    return [row for row in rows if {row.arm, row.versus} != set(pair) or row.metric != metric]


def summarize(
    rows: Sequence[EffectRow],
    pooled: Pooled | NotEnough,
    fixed: Pooled | NotEnough,
    *,
    pair: tuple[str, str],
    metric: str,
    measure: str,
) -> Sentence:
    """The finding: the average with its interval, then what a new experiment may show."""
    if isinstance(pooled, NotEnough) or isinstance(fixed, NotEnough):
        pooled = pooled if isinstance(pooled, NotEnough) else fixed
        assert isinstance(pooled, NotEnough)
        return _nothing(rows, pooled, pair=pair, metric=metric)
    mixed = bool(other_questions(rows, pair=pair, metric=metric))
    said = [_both(lambda locale: _average(rows, pooled, pair, metric, measure, mixed, locale))]
    wider = too_narrow(pooled, fixed)
    judged = wider or pooled.interval
    if wider is not None:
        said.append(_narrow(wider, measure))
    if isinstance(judged, Interval):
        said.append(_direction(judged, pair, mixed))
    short = (
        wider is not None
        and isinstance(pooled.prediction, Interval)
        and _width(pooled.prediction) < _width(wider)
    )
    said.append(PREDICTS_TOO_LITTLE if short else _new_experiment(pooled, measure))
    if mixed:
        said.append(MIXED)
    if any(row.simulated for row in rows):
        said.insert(0, SIMULATED)
    return joined(said)


def _both(words: Callable[[str], str]) -> Sentence:
    return Sentence(words("en"), words("id"))


SIMULATED = Sentence(
    "Some of these customers are simulated, not real ones.",
    "Sebagian pelanggan di sini simulasi, bukan pelanggan sungguhan.",
)
MIXED = Sentence(
    "Published comparisons of other messages are among them: the average mixes different questions, "
    "so read the rows before the average.",
    "Di antaranya ada perbandingan terbitan tentang pesan lain: rata-ratanya mencampur pertanyaan yang "
    "berbeda, jadi bacalah barisnya lebih dulu.",
)


PREDICTS_TOO_LITTLE = Sentence(
    "For the same reason the prediction for a new experiment is too narrow to rely on.",
    "Karena alasan yang sama, perkiraan bagi eksperimen baru terlalu sempit untuk diandalkan.",
)


def _nothing(rows: Sequence[EffectRow], why: NotEnough, *, pair: tuple[str, str], metric: str) -> Sentence:
    if not rows:
        return _both(
            lambda locale: {
                "en": f"No finished experiment that can be used compares {paired(pair, 'en')} on "
                f"{metric_name(metric)}: there is nothing to pool.",
                "id": f"Belum ada eksperimen selesai yang dapat dipakai untuk membandingkan "
                f"{paired(pair, 'id')} pada {metric_name(metric, 'id')}: belum ada yang dapat digabung.",
            }[locale]
        )
    if len(rows) == 1:
        name = rows[0].name
        return Sentence(
            f"Only {name} can be used, so there is nothing to pool it with: read its own report.",
            f"Hanya {name} yang dapat dipakai, sehingga belum ada yang dapat digabung: "
            "bacalah laporannya sendiri.",
        )
    reason = explained(why.reason)
    return Sentence(
        f"These {len(rows)} experiments cannot be pooled: {reason.en}.",
        f"{len(rows)} eksperimen ini tidak dapat digabung: {reason.id}.",
    )


def paired(pair: tuple[str, str], locale: str) -> str:
    word = "dengan" if locale == "id" else "with"
    return f"{quoted(pair[0], locale)} {word} {quoted(pair[1], locale)}"


def _average(
    rows: Sequence[EffectRow],
    pooled: Pooled,
    pair: tuple[str, str],
    metric: str,
    measure: str,
    mixed: bool,
    locale: str,
) -> str:
    figure = shown(pooled.value, measure, locale)
    unit = "" if measure in RATIOS else f" {UNITS[measure][locale]}"
    limits = pooled.interval
    level = f"{number(100 * limits.confidence, digits=0)}%" if isinstance(limits, Interval) else ""
    what = AVERAGES[measure][locale]
    first, second = (quoted(arm, locale) for arm in pair)
    if locale == "id":
        counted = f"{len(rows)} {'perbandingan' if mixed else 'eksperimen'}"
        whom = "pesan pertama terhadap pesan kedua" if mixed else f"{first} terhadap {second}"
        on = "" if mixed else f" pada {metric_name(metric, 'id')}"
        span = f" (selang kepercayaan {level}: {spanned(limits, measure, 'id')})" if level else ""  # type: ignore[arg-type]
        return f"Dari {counted}, rata-rata {what} {whom}{on} adalah {figure}{unit}{span}."
    counted = f"{len(rows)} {'comparisons' if mixed else 'experiments'}"
    whom = "the first message against the second" if mixed else f"{first} against {second}"
    on = "" if mixed else f" in {metric_name(metric)}"
    span = f" ({level} interval {spanned(limits, measure)})" if level else ""  # type: ignore[arg-type]
    return f"Across {counted}, the average {what} of {whom}{on} is {figure}{unit}{span}."


def _direction(interval: Interval, pair: tuple[str, str], mixed: bool) -> Sentence:
    if interval.low <= 0 <= interval.high:
        return Sentence(
            "On average neither is shown to be higher.",
            "Secara rata-rata belum terbukti mana yang lebih tinggi.",
        )
    place = 0 if interval.low > 0 else 1
    if mixed:
        which = (("the first message", "pesan pertama"), ("the second message", "pesan kedua"))[place]
    else:
        which = (quoted(pair[place], "en"), quoted(pair[place], "id"))
    return Sentence(
        f"On average {which[0]} came out higher.", f"Secara rata-rata {which[1]} hasilnya lebih tinggi."
    )


def _new_experiment(pooled: Pooled, measure: str) -> Sentence:
    """What a further experiment of the kind may show: the prediction interval."""
    ahead = pooled.prediction
    if not isinstance(ahead, Interval):
        if pooled.k < 3:
            return Sentence(
                "Two experiments are too few to say what a new one may show.",
                "Dua eksperimen belum cukup untuk memperkirakan hasil eksperimen baru.",
            )
        return Sentence(
            "The effects are exactly alike, which leaves no error to judge by.",
            "Efeknya persis sama, sehingga tidak ada galat untuk menilainya.",
        )
    if measure == "rd" and (ahead.low < -1 or ahead.high > 1):
        return Sentence(
            f"{pooled.k} experiments are too few to say what a new one may show: "
            "the prediction reaches beyond what is possible.",
            f"{pooled.k} eksperimen belum cukup untuk memperkirakan hasil eksperimen baru: "
            "perkiraannya melampaui yang mungkin.",
        )
    unit = {locale: "" if measure in RATIOS else f" {UNITS[measure][locale]}" for locale in ("en", "id")}
    either = ahead.low < 0 < ahead.high
    return Sentence(
        f"A new experiment of this kind may show anything from {spanned(ahead, measure)}{unit['en']}"
        f"{', so it may come out either way' if either else ''}.",
        f"Eksperimen baru yang serupa dapat menunjukkan antara {spanned(ahead, measure, 'id')}{unit['id']}"
        f"{', jadi hasilnya bisa ke arah mana pun' if either else ''}.",
    )


def too_narrow(pooled: Pooled, fixed: Pooled) -> Interval | None:
    """The fixed effect's interval where Knapp–Hartung's is narrower still; None where it is not.

    Effects that by luck are nearly alike make Knapp–Hartung's interval narrower than the data allow; then the
    wider of the two is judged by (Wiksten, Rücker & Schwarzer 2016; Jackson et al. 2017).
    """
    own, other = pooled.interval, fixed.interval
    if not isinstance(own, Interval) or not isinstance(other, Interval):
        return None
    return other if _width(own) < _width(other) else None


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def _narrow(wider: Interval, measure: str) -> Sentence:
    return Sentence(
        "The effects are more alike than chance alone would have them, which makes this interval too "
        f"narrow: that of the fixed effect, {spanned(wider, measure)}, is the one to judge by.",
        "Efeknya lebih mirip daripada yang diharapkan dari kebetulan saja, sehingga selang ini terlalu "
        f"sempit: selang efek tetap, {spanned(wider, measure, 'id')}, yang dipakai untuk menilai.",
    )
