"""What a frozen definition says of its analyses: comparisons, tests, levels, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from amends.analysis.deviation import pair_name
from amends.analysis.formatting import Sentence, percent
from amends.analysis.section import both
from amends.analysis.verdict import ALWAYS_VALID_SHARE, FIXED_SHARE

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


def analyses(experiment: Experiment, *, after_the_fact: bool = False) -> tuple[Sentence, ...]:
    """The comparisons, tests, levels and the rule by which they decide.

    Args:
        experiment: The frozen definition.
        after_the_fact: The data were there before it: one fixed test decides, and nobody could look earlier.
    """
    return (
        *_compared(experiment),
        *_tests(experiment),
        *_adjusted(experiment),
        _rule(experiment, after_the_fact=after_the_fact),
        *_trusted(experiment, after_the_fact=after_the_fact),
        *_beside(experiment),
    )


def _compared(experiment: Experiment) -> Iterator[Sentence]:
    pairs = experiment.pairs()
    listed = both(lambda locale: "; ".join(pair_name(*pair, locale) for pair in pairs))
    yield Sentence(f"Comparisons: {listed.en}.", f"Perbandingan: {listed.id}.")
    first = [item.pair for item in experiment.contrasts if item.primary]
    if first and len(pairs) > 1:
        named = both(lambda locale: "; ".join(pair_name(*pair, locale) for pair in first))
        yield Sentence(
            f"Tested first, and the others only if it rejects: {named.en}.",
            f"Diuji lebih dulu, dan yang lain hanya bila ini menolak: {named.id}.",
        )


def _tests(experiment: Experiment) -> Iterator[Sentence]:
    kinds = {metric.kind for metric in experiment.metrics}
    if experiment.clustered:
        yield CLUSTERS
    else:
        if "proportion" in kinds:
            yield SHARES
        if "mean" in kinds:
            yield _means(experiment)
    if any(metric.selected for metric in experiment.metrics):
        yield BOUNDS
    if any(metric.margin is not None for metric in experiment.metrics):
        yield EQUIVALENT


_ROLES = ("primary", "secondary", "guardrail")

CLUSTERS = Sentence(
    "Units of one cluster share an arm, so every test is made by cluster: from 40 clusters in a comparison "
    "by CR1 errors with t(G − 1), from 15 by CR2 errors with Satterthwaite's degrees of freedom; with fewer "
    "the draw of whole clusters is replayed for p, and the interval is Welch's of the clusters' means.",
    "Unit dalam satu gugus berbagi kelompok, sehingga semua uji dilakukan per gugus: mulai 40 gugus per "
    "perbandingan dengan galat CR1 dan t(G − 1), mulai 15 gugus dengan galat CR2 dan derajat bebas "
    "Satterthwaite; bila lebih sedikit, pengundian seluruh gugus diulang untuk nilai p dan selangnya selang "
    "Welch dari rata-rata gugus.",
)
SHARES = Sentence(
    "Shares: Boschloo's exact test where counts are small, else the pooled z test, with Newcombe's interval.",
    "Porsi: uji eksak Boschloo bila hitungannya kecil, selain itu uji z gabungan, dengan selang Newcombe.",
)
WELCH = Sentence("Means: Welch's t test.", "Rata-rata: uji t Welch.")
BOUNDS = Sentence(
    "What only those who answered show is read together with Lee's and worst-case bounds; a difference is "
    "called only where the 95% region of Lee's bounds leaves out 0.",
    "Yang hanya diketahui dari yang menjawab dibaca bersama batas Lee dan kasus terburuk; perbedaan hanya "
    "dinyatakan bila wilayah 95% batas Lee tidak memuat 0.",
)
EQUIVALENT = Sentence(
    "Arms are equivalent where no test rejects and the 90% interval lies inside the declared margin.",
    "Kelompok disebut setara bila tidak ada uji yang menolak dan selang 90% berada di dalam batas yang "
    "ditetapkan.",
)


def _means(experiment: Experiment) -> Sentence:
    if not experiment.covariates:
        return WELCH
    names = ", ".join(experiment.covariates)
    return Sentence(
        f"Means: Lin's regression on arm, the centred covariates ({names}) and their products, with HC2 "
        "errors (HC3 up to 50 units); Welch's t test where a covariate is missing for somebody or cannot be "
        "used. The always-valid interval is of the plain difference.",
        f"Rata-rata: regresi Lin atas kelompok, kovariat terpusat ({names}) dan hasil kalinya, dengan galat "
        "HC2 (HC3 sampai 50 unit); uji t Welch bila ada kovariat yang tidak diketahui atau tidak dapat "
        "dipakai. Selang yang selalu berlaku dihitung dari selisih tanpa penyesuaian.",
    )


def _adjusted(experiment: Experiment) -> Iterator[Sentence]:
    families = [sum(metric.role == role for metric in experiment.metrics) for role in _ROLES]
    if max(families) * len(experiment.pairs()) > 1:
        yield Sentence(
            "p-values are adjusted by Holm over all comparisons of metrics of the same role.",
            "Nilai p disesuaikan dengan Holm atas semua perbandingan ukuran yang berperan sama.",
        )


def _rule(experiment: Experiment, *, after_the_fact: bool) -> Sentence:
    alpha = experiment.alpha
    whole = both(lambda locale: percent(alpha, locale))
    if after_the_fact:
        return Sentence(
            f"Error {whole.en} in all: one fixed test on all rows decides.",
            f"Galat {whole.id} seluruhnya: satu uji tetap pada semua baris yang memutuskan.",
        )
    fixed, always = (
        both(lambda locale, share=share: percent(alpha * share, locale))  # type: ignore[misc]
        for share in (FIXED_SHARE, ALWAYS_VALID_SHARE)
    )
    masked = Sentence(
        ", or as the arms are masked until then", ", atau karena kelompok disamarkan sampai itu"
    )
    or_masked = masked if experiment.masked else Sentence("", "")
    return Sentence(
        f"Error {whole.en} in all: while collecting, the always-valid interval decides at {always.en}, "
        "divided by the comparisons of the role; at the planned sample the fixed test decides once at "
        f"{fixed.en}, on the first planned units of every arm. At an earlier stop it decides with at least "
        f"95% of the plan{or_masked.en}; else the always-valid interval does.",
        f"Galat {whole.id} seluruhnya: selama pengumpulan, selang yang selalu berlaku memutuskan pada "
        f"{always.id} dibagi banyaknya perbandingan satu peran; pada sampel yang direncanakan uji tetap "
        f"memutuskan satu kali pada {fixed.id}, dari unit pertama tiap kelompok sesuai rencana. Bila "
        "dihentikan lebih awal, uji tetap memutuskan bila paling sedikit 95% rencana "
        f"tercapai{or_masked.id}; selain itu selang yang selalu berlaku.",
    )


def _trusted(experiment: Experiment, *, after_the_fact: bool) -> Iterator[Sentence]:
    if after_the_fact:
        return
    if experiment.randomize.blocked:
        yield Sentence(
            "Nothing is read where the sealed list, dealt again, does not give every stored arm.",
            "Tidak ada yang dibaca bila daftar tersegel yang dibagikan ulang tidak memberi kelompok yang "
            "tersimpan.",
        )
    else:
        yield Sentence(
            "Nothing is read where the arms were not split as planned (chi-square, p below 0.001).",
            "Tidak ada yang dibaca bila pembagian kelompok tidak sesuai rencana (khi-kuadrat, p di bawah "
            "0,001).",
        )


BESIDE = Sentence(
    " Adjusted differences stand beside the plain ones, which decide.",
    " Selisih yang disesuaikan hanya pembanding; yang memutuskan adalah yang tanpa penyesuaian.",
)


def _beside(experiment: Experiment) -> Iterator[Sentence]:
    """What is declared beside the comparisons, with how it is read."""
    clustered = experiment.clustered
    if experiment.covariates:
        names = ", ".join(experiment.covariates)
        all_beside = clustered or not any(metric.kind == "mean" for metric in experiment.metrics)
        yield Sentence(
            f"Covariates: {names}."
            + (" Adjusted differences stand beside the plain ones, which decide." if all_beside else ""),
            f"Kovariat: {names}."
            + (
                " Selisih yang disesuaikan hanya pembanding; yang tanpa penyesuaian memutuskan."
                if all_beside
                else ""
            ),
        )
    yield from _moderators(experiment)
    if experiment.mediators:
        names = ", ".join(experiment.mediators)
        yield Sentence(
            f"Mediators: {names}. The indirect effect, by a percentile bootstrap, with how much unseen "
            "common causes would change it.",
            f"Mediator: {names}. Efek tidak langsung dengan bootstrap persentil, beserta seberapa besar "
            "sebab bersama yang tidak terlihat akan mengubahnya.",
        )
    factors = list(dict.fromkeys(name for arm in experiment.arms for name in arm.factors))
    if len(factors) > 1 and not clustered:
        names = ", ".join(factors)
        yield Sentence(
            f"Factors: {names}. Their interaction first, then simple and main effects.",
            f"Faktor: {names}. Interaksinya dahulu, lalu efek sederhana dan efek utama.",
        )


def _moderators(experiment: Experiment) -> Iterator[Sentence]:
    untested = (
        Sentence(" Not tested, because clusters are assigned.", " Tidak diuji, karena yang diundi gugus.")
        if experiment.clustered
        else None
    )
    confirmed = [name for name in experiment.moderators if name not in experiment.exploratory]
    for names, what, how in (
        (
            confirmed,
            Sentence("Moderators", "Moderator"),
            Sentence(
                " Tested by the interaction with the arm (HC3), adjusted by Holm; no level has a p-value of "
                "its own.",
                " Diuji lewat interaksi dengan kelompok (HC3), disesuaikan dengan Holm; tiap tingkat tidak "
                "diberi nilai p.",
            ),
        ),
        (
            experiment.exploratory,
            Sentence("Moderators explored", "Moderator eksploratif"),
            Sentence(
                " The same, adjusted by Benjamini and Hochberg, to be confirmed by new data.",
                " Demikian pula, disesuaikan dengan Benjamini dan Hochberg, perlu diuji dengan data baru.",
            ),
        ),
    ):
        if names:
            listed, said = ", ".join(names), untested or how
            yield Sentence(f"{what.en}: {listed}.{said.en}", f"{what.id}: {listed}.{said.id}")
