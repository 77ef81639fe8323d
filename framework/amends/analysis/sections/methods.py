"""Which method made which figure, with its source: so that every number can be questioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, arm_name, metric_name, number
from amends.analysis.material import Material
from amends.analysis.section import Cells, Section, SectionTable, both, same

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "methods"
CHAPTER = "sure"
TITLE = Sentence("How each figure was made", "Cara setiap angka dihitung")
NEEDS_UNITS = False
FOLDED = True

SOURCES = {
    "pooled z": "Pooled two-proportion z test, the chi-square test without Yates; Campbell 2007",
    "Boschloo exact": "Boschloo's exact unconditional test, two-sided by doubling; "
    "Lydersen, Fagerland & Laake 2009",
    "Fisher exact": "Fisher's exact test (conservative)",
    "Welch t": "Welch's t test, which lets the spreads differ; Delacre, Lakens & Leys 2017",
    "Newcombe": "Newcombe 1998, method 10, from two Wilson intervals",
    "Welch": "Welch's t interval",
    "CR1": "Cluster-robust error CR1 with t(G − 1); Cameron & Miller 2015",
    "CR2": "Cluster-robust error CR2 with Satterthwaite's degrees of freedom; "
    "Bell & McCaffrey 2002, Pustejovsky & Tipton 2018",
    "randomisation of clusters": "Randomisation test: the draw of whole clusters, within their blocks, is "
    "replayed; p = (b + 1) / (B + 1) where draws stand for all; Phipson & Smyth 2010, Athey & Imbens 2017",
    "cluster means": "Welch's t interval of the clusters' means, each cluster counted once",
    "Lin HC2": "Regression adjustment with arm-by-covariate terms, HC2 errors; Lin 2013",
    "Lin HC3": "Regression adjustment with arm-by-covariate terms, HC3 errors; Lin 2013",
}


def wanted(experiment: Experiment) -> bool:
    """Always."""
    return True


def section(material: Material) -> Section | None:
    """One row a contrast: units, test, interval, adjustment; the sources of the methods below."""
    if not material.contrasts:
        return None
    rows = tuple(_row(item) for item in material.contrasts)
    columns = (
        Sentence("metric", "ukuran"),
        Sentence("contrast", "perbandingan"),
        Sentence("units", "unit"),
        Sentence("test", "uji"),
        Sentence("interval", "selang"),
        Sentence("adjustment", "penyesuaian"),
    )
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        tables=(SectionTable(columns, rows, words=2),),
        notes=_sources(material),
        figures={"alpha": material.experiment.alpha, "alternative": "two-sided"},
    )


def _row(contrast: Contrast) -> Cells:
    confidence = contrast.confidence

    def units(locale: str) -> str:
        return " / ".join(number(n, digits=0, locale=locale) for n in contrast.n)

    def limits(locale: str) -> str:
        return f"{contrast.interval} {number(100 * confidence, digits=0, locale=locale)}%"

    return (
        both(lambda locale: metric_name(contrast.metric, locale)),
        both(lambda locale: f"{arm_name(contrast.arm, locale)} – {arm_name(contrast.versus, locale)}"),
        both(units),
        same(contrast.test),
        both(limits),
        same(contrast.adjustment),
    )


def _sources(material: Material) -> tuple[Sentence, ...]:
    used = dict.fromkeys(
        name for item in material.contrasts for name in (item.test, item.interval) if name in SOURCES
    )
    said = [same(f"{name}: {SOURCES[name]}.") for name in used]
    if any(item.adjustment == "Holm" for item in material.contrasts):
        said.append(same("Holm: Holm 1979, over all contrasts of one role."))
    if any(item.bounds is not None for item in material.contrasts):
        said.append(
            same(
                "Bounds: Lee 2009 with fractional trimming; region Imbens & Manski 2004, Stoye 2009; "
                "worst case Horowitz & Manski 2000."
            )
        )
    if material.rule.always_valid_level is not None:
        said.append(same("Always-valid interval: asymptotic confidence sequence, Waudby-Smith et al. 2024."))
    return tuple(said)
