"""What sections share where whole clusters were given an arm: the units, and the words of the methods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amends.analysis.formatting import Sentence
from amends.analysis.material import Material
from amends.analysis.refusals import CLUSTERED
from amends.analysis.result import NotEnough
from amends.analysis.units import numbered_clusters, values_of

FACTORIAL = Sentence(
    "Interaction, simple effects and main effects of a full crossing, on the difference of shares first and "
    "in log odds second (Ai & Norton 2003). Whole clusters were given an arm, so each arm's error counts its "
    "clusters (CR2, Bell & McCaffrey 2002) and effects are judged by t with Satterthwaite's degrees of "
    "freedom. Main effects weigh the other factors' levels equally. Nothing here is adjusted for several "
    "metrics.",
    "Interaksi, efek sederhana dan efek utama dari silang penuh, pertama pada selisih proporsi lalu pada log "
    "odds (Ai & Norton 2003). Kelompok diberikan kepada seluruh gugus, sehingga galat tiap kelompok "
    "menghitung gugusnya (CR2, Bell & McCaffrey 2002) dan efek dinilai dengan t dan derajat bebas "
    "Satterthwaite. Efek utama memberi bobot sama pada tingkat faktor lain. Tidak ada penyesuaian untuk "
    "banyak ukuran.",
)
ALL_PAIRS = Sentence(
    "Games–Howell, counting clusters: every arm's error is that of its clusters (CR2, Bell & McCaffrey "
    "2002), p-values and intervals from the studentized range (Games & Howell 1976).",
    "Games–Howell, menghitung gugus: galat tiap kelompok berasal dari gugusnya (CR2, Bell & McCaffrey "
    "2002), nilai p dan selang dari sebaran rentang terstudentisasi (Games & Howell 1976).",
)
BAYES = Sentence(
    "An approximation that counts clusters: every arm's share or mean with a t distribution as wide as its "
    "clusters say, under a flat prior; no beta-binomial, which would take units as independent. Expected "
    "loss: what choosing this arm gives up on average (Stucchio 2015).",
    "Pendekatan yang menghitung gugus: proporsi atau rata-rata tiap kelompok dengan sebaran t selebar yang "
    "ditunjukkan gugusnya, dengan prior datar; bukan beta-binomial, yang menganggap unit saling bebas. "
    "Kerugian harapan: yang rata-rata hilang bila kelompok ini dipilih (Stucchio 2015).",
)
ORDINAL = Sentence(
    "Whole clusters were given an arm, so both tests count clusters. Proportional-odds logit (McCullagh "
    "1980) with the sandwich of clusters and t(G - 1), from 40 clusters on; Brunner–Munzel (2000) with "
    "placements summed by cluster (Obuchowski 1997), from 15 on. Neither is adjusted for several contrasts.",
    "Kelompok diberikan kepada seluruh gugus, sehingga kedua uji menghitung gugus. Logit odds proporsional "
    "(McCullagh 1980) dengan galat sandwich gugus dan t(G - 1), mulai 40 gugus; Brunner–Munzel (2000) dengan "
    "peringkat dijumlahkan per gugus (Obuchowski 1997), mulai 15 gugus. Keduanya tidak disesuaikan untuk "
    "banyak perbandingan.",
)
MEDIATION = Sentence(
    "Whole clusters were given an arm, so every resample draws whole clusters within their arm, from 40 "
    "clusters on with at least 10 in an arm (Rao & Wu 1988).",
    "Kelompok diberikan kepada seluruh gugus, sehingga tiap ulangan mengundi seluruh gugus di dalam "
    "kelompoknya, mulai 40 gugus dengan sedikitnya 10 tiap kelompok (Rao & Wu 1988).",
)


@dataclass(frozen=True, slots=True, eq=False)
class OfClusters:
    """Units of several arms with a value and their cluster, for tests that count clusters.

    Attributes:
        values: One value a unit, none missing.
        arms: Every unit's arm.
        clusters: Its cluster as a whole number.
    """

    values: Any
    arms: Any
    clusters: Any

    def __getitem__(self, names: Sequence[str]) -> OfClusters:
        """Those of some arms alone."""
        import numpy as np

        here = np.isin(self.arms, list(names))
        return OfClusters(self.values[here], self.arms[here], self.clusters[here])


def of_clusters(material: Material, metric: str, names: Sequence[str]) -> OfClusters | NotEnough:
    """The units of the named arms with a value of the metric; the reason where only counts are at hand."""
    import numpy as np

    units = material.units
    if units is None:
        return NotEnough(CLUSTERED)
    values = np.asarray(values_of(material.experiment.metric(metric), units), dtype=float)
    numbered = numbered_clusters(units)["cluster"].to_numpy()
    known = np.isfinite(values)
    return OfClusters(values[known], units["arm"].to_numpy(dtype=object)[known], numbered[known])[names]
