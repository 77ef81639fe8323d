"""The studies we carry, each recomputed from the public counts or data beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, number
from amends.analysis.measure_proportions import Counts, contrast_of_proportions
from amends.analysis.refusals import refuse
from amends.analysis.result import NotEnough
from amends.studies.study import Figure, Published, Study, unprinted

if TYPE_CHECKING:
    from amends.analysis.possible_counts import PossibleCounts

HOUSEHOLDS = "household ids unpublished"
COUNTS_UNKNOWN = NotEnough("counts unknown")


@lru_cache(maxsize=1)
def studies() -> tuple[Study, ...]:
    """Every published comparison we carry.

    >>> [study.agreement for study in studies()]
    [True, True, True, None]
    """
    return (_frederick(), _gerber_green_larimer(), _broockman(), _you())


def published() -> Published:
    """The same, as one printable document."""
    return Published(studies())


def _rows(name: str) -> list[dict[str, str]]:
    text = files("amends.studies").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _arm_counts(study: str) -> dict[str, tuple[int, int]]:
    return {
        row["arm"]: (int(row["events"]), int(row["n"]))
        for row in _rows("arm_counts.csv")
        if row["study"] == study
    }


def _contrast(metric: str, arms: Mapping[str, tuple[int, int]], first: str, second: str) -> Contrast:
    return contrast_of_proportions(metric, Counts(first, *arms[first]), Counts(second, *arms[second]))


def _frederick() -> Study:
    control, reminder = _arm_counts("opportunity_cost").values()
    arms = {"reminder": reminder, "control": control}
    found = _contrast("did_not_buy", arms, "reminder", "control")
    bought = {name: 100 * (n - x) / n for name, (x, n) in arms.items()}
    return Study(
        key="frederick2009",
        title=Sentence(
            "Does one added sentence (“keep the $14.99 for other purchases”) change who buys?",
            "Apakah satu kalimat tambahan (“simpan $14,99 untuk belanja lain”) mengubah siapa yang membeli?",
        ),
        source="Frederick, Novemsky, Wang, Dhar & Nowlis (2009), Journal of Consumer Research 36, 553–561",
        doi=None,
        data="openintro, opportunity_cost (counts only)",
        licence="facts; the package is GPL-3, no code of it is used",
        outcome=Sentence("did not buy", "tidak membeli"),
        arms=arms,
        figures=(
            Figure("bought, control (%)", "75", bought["control"]),
            Figure("bought, reminder (%)", "55", bought["reminder"]),
            *unprinted(found, ("z_pooled", "chi2", "chi2_yates", "fisher", "boschloo")),
        ),
        contrasts=(_finished(found),),
        note=Sentence(
            "Published: 75% bought without the sentence, 55% with it. Test statistics are recomputed.",
            "Terbitan: 75% membeli tanpa kalimat itu, 55% dengan kalimat itu. Statistik uji dihitung ulang.",
        ),
    )


def _gerber_green_larimer() -> Study:
    printed = ("29.7", "31.5", "32.2", "34.5", "37.8")
    effects = ("0.018", "0.026", "0.049", "0.081")
    arms = _arm_counts("ggl2008")
    control, *mailings = arms
    rates = [
        Figure(f"voted, {name} (%)", shown, 100 * x / n)
        for (name, (x, n)), shown in zip(arms.items(), printed, strict=True)
    ]
    contrasts = [refuse(_contrast("voted", arms, name, control), HOUSEHOLDS) for name in mailings]
    differences = [
        Figure(
            f"effect, {item.arm}", shown, item.effect if isinstance(item.effect, float) else COUNTS_UNKNOWN
        )
        for item, shown in zip(contrasts, effects, strict=True)
    ]
    return Study(
        key="ggl2008",
        title=Sentence(
            "Which of five mailings brings people to vote?", "Surat mana yang membuat orang memilih?"
        ),
        source="Gerber, Green & Larimer (2008), American Political Science Review 102(1), 33–48, Table 2",
        doi=None,
        data="counts of the published table",
        licence="facts of a published table",
        outcome=Sentence("voted in August 2006", "memilih pada Agustus 2006"),
        arms=arms,
        figures=(*rates, *differences),
        contrasts=tuple(_finished(item) for item in contrasts),
        note=Sentence(
            "Randomised by household and the household ids are not published: rates and differences only, "
            "no p-value and no interval.",
            "Diacak per rumah tangga dan nomor rumah tangganya tidak diterbitkan: hanya tingkat dan selisih, "
            "tanpa nilai p dan tanpa selang.",
        ),
    )


def _broockman() -> Study:
    rows = _rows("broockman_email_replies.csv")
    arms = {
        name: (
            sum(int(row["responded"]) for row in rows if row["treat_out"] == code),
            sum(row["treat_out"] == code for row in rows),
        )
        for name, code in (("in_district", "0"), ("out_of_district", "1"))
    }
    found = _contrast("replied", arms, "in_district", "out_of_district")
    return Study(
        key="broockman2013",
        title=Sentence(
            "Does a legislator answer an e-mail from outside the district?",
            "Apakah anggota dewan membalas surel dari luar daerah pemilihannya?",
        ),
        source="Broockman (2013), American Journal of Political Science 57(3), 521–536",
        doi=None,
        data="causaldata, black_politicians: 5,593 e-mails",
        licence="MIT",
        outcome=Sentence("replied to the e-mail", "membalas surel"),
        arms=arms,
        figures=(
            *_coefficients(rows),
            *unprinted(found, ("z_pooled", "chi2")),
        ),
        contrasts=(_finished(found),),
        note=Sentence(
            "Published: the linear model of replying on district, legislator and their interaction.",
            "Terbitan: model linear balasan menurut daerah, anggota dewan, dan interaksinya.",
        ),
    )


def _coefficients(rows: list[dict[str, str]]) -> list[Figure]:
    """The published linear model, fitted to the same 5,593 rows by ordinary least squares."""
    import pandas as pd
    from statsmodels.formula.api import ols

    frame = pd.DataFrame(rows)[["treat_out", "leg_black", "responded"]].astype(int)
    fitted = ols("responded ~ treat_out * leg_black", data=frame).fit().params
    printed = {
        "Intercept": "0.561",
        "treat_out": "-0.275",
        "leg_black": "-0.097",
        "treat_out:leg_black": "0.128",
    }
    return [Figure(f"coefficient, {name}", shown, float(fitted[name])) for name, shown in printed.items()]


def _you() -> Study:
    from amends.analysis.possible_counts import possible_counts

    fits = possible_counts("91.1", "78.4")
    low, high = fits.p_z_range or (0.0, 1.0)
    return Study(
        key="you2020",
        title=Sentence(
            "Payment came a day late: does thanking bring more completed surveys than apologising?",
            "Pembayaran terlambat sehari: apakah terima kasih menghasilkan lebih banyak survei selesai "
            "daripada maaf?",
        ),
        source="You, Yang, Wang & Deng (2020), Journal of Marketing 84(2), 133–150; "
        "the percentages as reported in a secondary source",
        doi="10.1177/0022242919889894",
        data="two percentages; sample sizes, counts and test statistics are unknown to us",
        licence="facts",
        outcome=Sentence("completed the survey", "survei selesai"),
        arms={},
        figures=(
            Figure("completed, thank you (%)", "91.1", COUNTS_UNKNOWN),
            Figure("completed, sorry (%)", "78.4", COUNTS_UNKNOWN),
        ),
        contrasts=(),
        note=_unknown_counts(fits),
        possible={
            "percentages": [91.1, 78.4],
            "max_n": fits.max_n,
            "count": len(fits.pairs),
            "p_z_range": [low, high],
        },
    )


def _unknown_counts(fits: PossibleCounts) -> Sentence:
    ends = fits.p_z_range or (0.0, 1.0)
    low, high = (number(value, digits=3) for value in ends)
    low_id, high_id = (number(value, digits=3, locale="id") for value in ends)
    return Sentence(
        f"The counts are not known to us. {len(fits.pairs)} pairs of counts up to {fits.max_n} people in all "
        f"round to these percentages; over them p runs from {low} to {high} (pooled z), so the percentages "
        "alone do not say whether the difference was significant.",
        f"Jumlah pesertanya tidak kami ketahui. {len(fits.pairs)} pasangan jumlah sampai {fits.max_n} orang "
        f"cocok dengan persentase ini; nilai p-nya berkisar dari {low_id} sampai {high_id} (uji z gabungan), "
        "sehingga persentase saja tidak menunjukkan apakah perbedaannya bermakna.",
    )


def _finished(contrast: Contrast) -> Contrast:
    """The verdict of one fixed test at .05, as for any finished data."""
    from amends.analysis.compare import decide_finished

    return decide_finished(contrast, alpha=0.05)
