"""What those who did not answer may hide: the bounds of every contrast on one axis, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from amends.analysis.contrasts import Contrast, known
from amends.analysis.effect_chart import NAIVE, WORST, effect_chart, name_of
from amends.analysis.formatting import Figure, Sentence, amount, arm_name, interval, percent
from amends.analysis.material import Material
from amends.analysis.measure_adjusted import unadjusted
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import Section, SectionChart, both

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "nonresponse"
CHAPTER = "unknown"
TITLE = Sentence(
    "What those who did not answer may hide", "Apa yang mungkin tersembunyi pada yang tidak menjawab"
)
NEEDS_UNITS = False

MANY = Sentence(
    "Only those who answered gave a value, and who answered was not drawn by lot. The bounds say how far "
    "each difference may move: among those who would answer in either arm (Lee bounds), and over everyone, "
    "whatever the silent would have said (worst case).",
    "Nilai hanya ada dari yang menjawab, dan siapa yang menjawab bukan hasil undian. Batas-batas ini "
    "menunjukkan sejauh mana tiap selisih dapat bergeser: di antara orang yang akan menjawab di kedua "
    "kelompok (batas Lee), dan untuk semua orang, apa pun jawaban mereka yang diam (kasus terburuk).",
)
LEE = Sentence("Lee bounds", "batas Lee")
REGION = Sentence("Lee bounds, 95% region", "batas Lee, wilayah 95%")

METHODS = Sentence(
    "Bounds by Lee (2009) with fractional trimming and the region of Imbens and Manski (2004; Stoye 2009); "
    "worst case by Horowitz and Manski (2000). In the chart the dot is the difference among those who "
    "answered, on every line.",
    "Batas menurut Lee (2009) dengan pemangkasan pecahan dan wilayah Imbens dan Manski (2004; Stoye 2009); "
    "kasus terburuk menurut Horowitz dan Manski (2000). Titik pada grafik adalah selisih di antara yang "
    "menjawab, pada setiap garis.",
)
OWN_RESPONDERS = Sentence(
    "Every pair of arms has its own people who would answer either way and its own assumption of one "
    "direction; bounds of two pairs cannot be added up into those of a third.",
    "Setiap pasangan kelompok punya orang-orangnya sendiri yang akan menjawab bagaimanapun pesannya dan "
    "asumsi satu arahnya sendiri; batas dua pasangan tidak dapat dijumlahkan menjadi batas pasangan ketiga.",
)
NOT_WEIGHTED = Sentence(
    "Not weighted by the chance of answering: no covariate known before the message is declared "
    "(covariates=, moderators=).",
    "Tidak dibobot menurut peluang menjawab: tidak ada kovariat yang diketahui sebelum pesan ditetapkan "
    "(covariates=, moderators=).",
)


def wanted(experiment: Experiment) -> bool:
    """Where a metric is known only of those who answered."""
    return any(metric.selected for metric in experiment.metrics)


def section(material: Material) -> Section | None:
    """Naive difference, Lee bounds with their region, worst case and tipping point of every contrast."""
    held = [unadjusted(item) for item in material.contrasts if item.bounds is not None]
    if not any(known(item.effect) for item in held):
        return None
    notes = [METHODS]
    if len(material.experiment.arms) > 2:
        notes.append(OWN_RESPONDERS)
    if not (material.experiment.covariates or material.experiment.moderators):
        notes.append(NOT_WEIGHTED)
    said = tuple(_said(item, _scale(material.experiment, item)) for item in held)
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=said if len(said) == 1 else (MANY,),
        more=() if len(said) == 1 else said,
        charts=tuple(chart for item in held if (chart := _chart(item)) is not None),
        notes=tuple(notes),
        figures={"contrasts": [_figures(item) for item in held]},
    )


def _chart(contrast: Contrast) -> SectionChart | None:
    bounds = contrast.bounds or {}
    lee, worst = bounds["lee"], bounds["manski"]
    spans = (
        (NAIVE, contrast.effect, contrast.low, contrast.high, True),
        (LEE, contrast.effect, lee["low"], lee["high"], False),
        (REGION, contrast.effect, lee["ci_low"], lee["ci_high"], False),
        (WORST, contrast.effect, worst["low"], worst["high"], False),
    )
    return effect_chart(contrast, spans)


def _scale(experiment: Experiment, contrast: Contrast) -> tuple[float, float] | None:
    """Where a unit's value can lie."""
    return (0, 1) if contrast.kind == "proportion" else experiment.metric(contrast.metric).scale


def _said(contrast: Contrast, scale: tuple[float, float] | None) -> Sentence:
    """A sentence for every figure that there is, in one paragraph."""
    start = name_of(contrast)
    if isinstance(contrast.effect, NotEnough):
        why = explained(contrast.effect.reason)
        return both(lambda locale: f"{start[locale]}: {_NOT_ENOUGH[locale]} ({why[locale]}).")
    bounds = contrast.bounds or {}
    found = [_naive(contrast), _lee(contrast, bounds), _worst(contrast, bounds)]
    found.append(_tipping(contrast, bounds, scale))
    first, *rest = [sentence for sentence in found if sentence is not None]
    return both(lambda locale: " ".join([f"{start[locale]}: {first[locale]}", *(s[locale] for s in rest)]))


_NOT_ENOUGH = Sentence("not enough data", "belum cukup")


def _naive(contrast: Contrast) -> Sentence:
    size = _amounts(contrast, contrast.effect)
    span = _spans(contrast, contrast.low, contrast.high, between=False)
    around = (
        Sentence("", "")
        if span is None
        else Sentence(f" (95% confidence interval {span.en})", f" (selang kepercayaan 95% {span.id})")
    )
    return Sentence(
        f"among those who answered the difference is {size.en} points{around.en}; who answered was not "
        "drawn by lot.",
        f"di antara yang menjawab selisihnya {size.id} poin{around.id}; siapa yang menjawab bukan hasil "
        "undian.",
    )


def _lee(contrast: Contrast, bounds: Any) -> Sentence | None:
    lee = bounds["lee"]
    span = _spans(contrast, lee["low"], lee["high"])
    region = _spans(contrast, lee["ci_low"], lee["ci_high"], between=False)
    if span is None:
        return None
    wide = Sentence("", "")
    if region is not None:
        wide = Sentence(
            f" (with the play of chance {region.en})", f" (dengan memperhitungkan kebetulan {region.id})"
        )
    assumed = _monotone(contrast, bounds)
    return Sentence(
        f"Among those who would answer in either of these two arms it lies between {span.en}{wide.en}, "
        f"{assumed.en}.",
        f"Di antara yang akan menjawab di kedua kelompok ini, selisihnya terletak antara {span.id}{wide.id}, "
        f"{assumed.id}.",
    )


def _monotone(contrast: Contrast, bounds: Any) -> Sentence:
    """The assumption of one direction, for this pair: who answered more, and what was cut off."""
    shares, trimmed = bounds["answered"], bounds["lee"]["trimmed_arm"]
    if not isinstance(trimmed, str):
        return Sentence(
            "if the message changes answering in one direction only: both arms answered equally often",
            "bila pesan hanya mengubah kesediaan menjawab ke satu arah: kedua kelompok sama seringnya "
            "menjawab",
        )
    more, less = (0, 1) if trimmed == contrast.arm else (1, 0)
    names = (contrast.arm, contrast.versus)

    def words(locale: str) -> str:
        many, few = (f"“{arm_name(names[place], locale)}”" for place in (more, less))
        high, low = (percent(shares[place], locale) for place in (more, less))
        if locale == "id":
            return (
                f"bila {many} tidak membuat seorang pun lebih enggan menjawab daripada {few} ({high} "
                f"berbanding {low} menjawab, kelebihannya dipangkas dari atas lalu dari bawah)"
            )
        return (
            f"if {many} makes nobody less willing to answer than {few} does ({high} against {low} answered; "
            "the excess was cut off from the top, then from the bottom)"
        )

    return both(words)


def _worst(contrast: Contrast, bounds: Any) -> Sentence | None:
    span = _spans(contrast, bounds["manski"]["low"], bounds["manski"]["high"])
    if span is None:
        return None
    return Sentence(
        f"Over everyone, whatever the silent would have said, it lies between {span.en}.",
        f"Untuk semua orang, apa pun jawaban mereka yang diam, selisihnya terletak antara {span.id}.",
    )


def _tipping(contrast: Contrast, bounds: Any, scale: tuple[float, float] | None) -> Sentence | None:
    shift, mean = bounds["tipping_point"], contrast.values[0]
    if not isinstance(shift, float | int) or not shift or not isinstance(mean, float | int):
        return None
    if scale is not None and not scale[0] <= mean - shift <= scale[1]:
        return both(
            lambda locale: (
                f"Nothing that the silent of “{arm_name(contrast.arm, locale)}” alone could have said would "
                "make it vanish over everyone."
                if locale == "en"
                else f"Apa pun jawaban mereka yang diam di “{arm_name(contrast.arm, locale)}” saja, "
                "selisihnya untuk semua orang tidak akan hilang."
            )
        )
    size = _amounts(contrast, abs(shift))
    lower = shift > 0
    return both(
        lambda locale: (
            f"Over everyone it would vanish if those of “{arm_name(contrast.arm, locale)}” who did not "
            f"answer stood {size[locale]} points {'lower' if lower else 'higher'} than those who did."
            if locale == "en"
            else f"Untuk semua orang selisihnya hilang bila mereka yang tidak menjawab di "
            f"“{arm_name(contrast.arm, locale)}” berada {size[locale]} poin lebih "
            f"{'rendah' if lower else 'tinggi'} daripada yang menjawab."
        )
    )


def _amounts(contrast: Contrast, value: Figure) -> Sentence:
    return both(lambda locale: amount(value, contrast.kind, locale))


def _spans(contrast: Contrast, low: Figure, high: Figure, *, between: bool = True) -> Sentence | None:
    if not known(low) or not known(high):
        return None
    words = both(lambda locale: interval(low, high, contrast.kind, locale))
    if not between:
        return words
    return Sentence(words.en.replace(" to ", " and "), words.id.replace(" sampai ", " dan "))


def _figures(contrast: Contrast) -> dict[str, Any]:
    bounds = contrast.bounds or {}
    return {
        "metric": contrast.metric,
        "arm": contrast.arm,
        "versus": contrast.versus,
        "naive": {"difference": contrast.effect, "low": contrast.low, "high": contrast.high},
        "answered": bounds["answered"],
        "lee": bounds["lee"],
        "worst_case": bounds["manski"],
        "tipping_points": bounds["tipping_points"],
    }
