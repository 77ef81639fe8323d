"""For whom the arms differ: every declared moderator by its interaction, with the effect at its levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from amends.analysis.exported import exported
from amends.analysis.formatting import Sentence, count, p_value
from amends.analysis.kept import kept
from amends.analysis.material import Material
from amends.analysis.result import NotEnough
from amends.analysis.section import Section, both
from amends.analysis.sections import severity
from amends.analysis.sections.comparing import Compared, compared
from amends.analysis.sections.moderator_tables import (
    Asked,
    charts,
    levels_table,
    moderator_cell,
    odds_tables,
    tests_table,
)
from amends.analysis.sections.naming import AMONG, capital, metric_cell, no_figure, once, pair_cell
from amends.analysis.units import moderator_values, numbered_clusters, units_in
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.analysis.moderated_levels import Moderation
    from amends.design.experiment import Experiment

NAME = "moderators"
CHAPTER = "sure"
TITLE = Sentence("For whom the arms differ more", "Pada siapa perbedaan antarkelompok lebih besar")
NEEDS_UNITS = True
GROUPS_WILL_DO = True


def wanted(experiment: Experiment) -> bool:
    """Where a moderator is declared, or severity is asked in the survey."""
    return bool(experiment.moderators) or severity.wanted(experiment)


def section(material: Material) -> Section:
    """The tests of interaction with the effects at every level, severity asked afterwards as description."""
    asked = adjusted(_asked(material))
    described = severity.described(material)
    tested = [item for item in asked if not isinstance(item.found, NotEnough)]
    said = [*_findings(material, asked), *_missing(material, asked), *described.said]
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=once(said),
        tables=(
            *([tests_table(tested), *odds_tables(tested), levels_table(tested)] if tested else []),
            *described.tables,
        ),
        charts=charts(tested),
        notes=_notes(material, tested) if asked else (),
        figures={"moderators": [figures_of(item) for item in asked], **described.figures},
    )


def _asked(material: Material) -> list[Asked]:
    experiment, units = material.experiment, material.rows_at_hand
    told = (
        {name: moderator_values(name, units) for name in experiment.moderators} if units is not None else {}
    )
    found = []
    for item in compared(material):
        for name, column in told.items():
            result = moderated(material, item, column, name=name)
            found.append(Asked(item, name, name in experiment.exploratory, result))
    return found


def moderated(material: Material, item: Compared, column: Any, *, name: str) -> Moderation | NotEnough:
    """One contrast by one moderator of its units; by clusters where those were assigned."""
    from amends.analysis.clustered_moderation import clustered_moderation
    from amends.analysis.moderation import moderation

    share = item.metric.kind == "proportion"
    given: tuple[Any, ...] = (item.values, item.treated, item.of(column))
    test: Any = moderation
    if material.experiment.clustered and material.units is not None:
        test = clustered_moderation
        given = (*given, item.of(numbered_clusters(material.units)["cluster"]))
    elif item.alike is not None:
        return moderation(*given, name=name, share=share, alike=item.alike)
    found: Moderation | NotEnough = kept(
        f"{test.__name__} {name} {share}", lambda: test(*given, name=name, share=share), *given
    )
    return found


def adjusted(asked: Sequence[Asked]) -> list[Asked]:
    """Every p-value adjusted over all moderators and contrasts of one role, explored ones apart."""
    from amends.analysis.multiplicity import adjust

    families: dict[tuple[Any, bool], list[int]] = {}
    for place, item in enumerate(asked):
        families.setdefault((item.units.metric.role, item.explored), []).append(place)
    done = list(asked)
    for (_, explored), places in families.items():
        found = adjust([asked[place].p_value for place in places], method="bh" if explored else "holm")
        for place, p in zip(places, found, strict=True):
            item = asked[place]
            if not isinstance(item.found, NotEnough):
                done[place] = replace(item, found=replace(item.found, p_adjusted=p))
    return done


def _findings(material: Material, asked: Sequence[Asked]) -> list[Sentence]:
    tested = [item for item in asked if not isinstance(item.p_adjusted, NotEnough)]
    if not tested:
        return []
    if (instead := withheld(material, collecting=STILL_COLLECTING)) is not None:
        return [instead]
    alpha = material.experiment.alpha
    said = [depends(item) for item in tested if below(item, alpha)]
    if not said:
        return [NOT_SHOWN]
    return [*said, *([REST_NOT_SHOWN] if len(said) < len(tested) else [])]


def below(item: Asked, alpha: float) -> bool:
    """Whether the interaction's adjusted p-value is at most alpha."""
    p = item.p_adjusted
    return not isinstance(p, NotEnough) and p <= alpha


STILL_COLLECTING = Sentence(
    "Still collecting: for whom the arms differ more is judged when collecting has ended.",
    "Data masih dikumpulkan: pada siapa perbedaannya lebih besar baru dinilai setelah pengumpulan selesai.",
)
NOT_SHOWN = Sentence(
    "No declared moderator was shown to change the difference between the arms. That is no proof that the "
    "difference is the same for everybody.",
    "Tidak ada moderator yang terbukti mengubah perbedaan antarkelompok. Itu bukan bukti bahwa perbedaannya "
    "sama bagi semua.",
)
REST_NOT_SHOWN = Sentence(
    "For the other moderators no change was shown.",
    "Untuk moderator lainnya belum terbukti ada perubahan.",
)


def depends(item: Asked) -> Sentence:
    """That the difference depends on the moderator, with what its p-value is adjusted for."""
    name, pair = moderator_cell(item.moderator), pair_cell(item.units.arm, item.units.versus)
    metric = capital(metric_cell(item.units.metric.name))
    among = both(lambda locale: f" ({AMONG[locale]})") if item.units.selected else Sentence("", "")
    p = both(lambda locale: p_value(item.p_adjusted, locale))
    label = (
        Sentence(
            "Explored, to be confirmed by new data: ", "Temuan eksploratif, perlu diuji dengan data baru: "
        )
        if item.explored
        else Sentence("", "")
    )
    return Sentence(
        f"{label.en}{metric.en}{among.en}: the difference between {pair.en} depends on {name.en} "
        f"({_adjustment(item)} {p.en}).",
        f"{label.id}{metric.id}{among.id}: perbedaan {pair.id} bergantung pada {name.id} "
        f"({_adjustment(item)} {p.id}).",
    )


def _adjustment(item: Asked) -> str:
    return "Benjamini–Hochberg" if item.explored else "Holm"


def _missing(material: Material, asked: Sequence[Asked]) -> list[Sentence]:
    """Why a figure is missing: once for a moderator where it is so in every contrast."""
    said = [_unknown(name, material) for name in material.experiment.moderators]
    missing: dict[tuple[str, NotEnough], list[Asked]] = {}
    for item in asked:
        for reason in dict.fromkeys(_reasons(item)):
            missing.setdefault((item.moderator, reason), []).append(item)
    for (name, reason), items in missing.items():
        everywhere = len(items) == sum(item.moderator == name for item in asked)
        abouts = [moderator_cell(name)] if everywhere else [item.about for item in items]
        said += [(no_figure(about, reason),) for about in abouts]
    return [sentence for sentences in said for sentence in sentences]


def _reasons(item: Asked) -> list[NotEnough]:
    if isinstance(item.found, NotEnough):
        return [item.found]
    figures = [item.found.test, *(level.value for level in item.found.levels)]
    return [figure for figure in figures if isinstance(figure, NotEnough)]


def _unknown(name: str, material: Material) -> tuple[Sentence, ...]:
    """How many units are left out because the moderator was not told of them."""
    rows = material.rows_at_hand
    if rows is None:
        return ()
    times = units_in(rows)
    missing, total = int(times[moderator_values(name, rows).isna()].sum()), int(times.sum())
    called = moderator_cell(name)
    if not 0 < missing < total:
        return ()
    return (
        Sentence(
            f"{capital(called).en} is not known for {count(missing)} of {count(total)} units; they are left "
            "out here.",
            f"{capital(called).id} tidak diketahui untuk {count(missing, 'id')} dari {count(total, 'id')} "
            "unit; unit itu tidak ikut dihitung di sini.",
        ),
    )


def _notes(material: Material, tested: Sequence[Asked]) -> tuple[Sentence, ...]:
    said = [
        Sentence(
            "Interaction of arm and moderator by least squares with HC3 errors (MacKinnon & White 1985), on "
            "the difference of shares first and in log odds second, since the two scales may disagree (Ai & "
            "Norton 2003). Numbers enter centred, never split at the median; words by a joint Wald test.",
            "Interaksi kelompok dan moderator dengan kuadrat terkecil dan galat HC3 (MacKinnon & White "
            "1985), pertama pada selisih proporsi lalu pada log odds, karena kedua skala bisa berbeda (Ai & "
            "Norton 2003). Angka dipusatkan dan tidak pernah dibelah pada median; kategori diuji bersama "
            "dengan uji Wald.",
        ),
        Sentence(
            "Confirmatory moderators are adjusted by Holm over all moderators and contrasts of one role, "
            "exploratory ones by Benjamini and Hochberg. No level has a p-value of its own: a level that is "
            "significant and one that is not may not differ (Gelman & Stern 2006).",
            "Moderator konfirmatif disesuaikan dengan Holm atas semua moderator dan perbandingan satu peran, "
            "yang eksploratif dengan Benjamini dan Hochberg. Tiap tingkat tidak diberi nilai p: tingkat yang "
            "signifikan dan yang tidak belum tentu berbeda (Gelman & Stern 2006).",
        ),
    ]
    if material.experiment.clustered:
        said[0] = Sentence(
            "Interaction of arm and moderator by least squares with errors that count clusters (CR1 from 40 "
            "clusters on, CR2 with Satterthwaite's degrees of freedom from 15; Bell & McCaffrey 2002), on "
            "the difference of shares or means; several levels jointly by the approximate Hotelling test "
            "(Pustejovsky & Tipton 2018). Numbers enter centred, never split at the median.",
            "Interaksi kelompok dan moderator dengan kuadrat terkecil dan galat yang menghitung gugus (CR1 "
            "mulai 40 gugus, CR2 dengan derajat bebas Satterthwaite mulai 15; Bell & McCaffrey 2002), pada "
            "selisih proporsi atau rata-rata; beberapa tingkat bersama dengan uji Hotelling hampiran "
            "(Pustejovsky & Tipton 2018). Angka dipusatkan dan tidak pernah dibelah pada median.",
        )
    if any(item.units.selected for item in tested):
        said.append(
            Sentence(
                "Ratings are known only of those who answered, so their interactions are not randomised "
                "comparisons.",
                "Nilai hanya diketahui dari yang menjawab, sehingga interaksinya bukan perbandingan hasil "
                "pengacakan.",
            )
        )
    return tuple(said)


def figures_of(item: Asked) -> dict[str, Any]:
    """One moderator of one contrast for the JSON object."""
    return {
        "metric": item.units.metric.name,
        "of": item.units.metric.kind,
        "arm": item.units.arm,
        "versus": item.units.versus,
        "moderator": item.moderator,
        "declared": "exploratory" if item.explored else "confirmatory",
        "among": "answered" if item.units.selected else "randomised",
        **({"not_enough": item.found.reason} if isinstance(item.found, NotEnough) else exported(item.found)),
    }
