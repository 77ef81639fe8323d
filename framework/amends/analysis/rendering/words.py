"""Labels that every form of a report shares, in English and Indonesian."""

from __future__ import annotations

from amends.analysis.contrasts import Contrast
from amends.analysis.formatting import Sentence, amount, arm_name, interval
from amends.analysis.reasons import explained
from amends.analysis.reported import Report
from amends.analysis.result import NotEnough

LABELS = {
    "chapter_checks": Sentence("Can the data be trusted?", "Apakah datanya dapat dipercaya?"),
    "chapter_done": Sentence("What was done", "Apa yang dilakukan"),
    "chapter_happened": Sentence("What happened", "Apa yang terjadi"),
    "chapter_sure": Sentence("How sure we are", "Seberapa yakin kami"),
    "chapter_unknown": Sentence("What we cannot know", "Apa yang tidak dapat kami ketahui"),
    "chapter_plan": Sentence("Planned and done", "Rencana dan pelaksanaan"),
    "arm": Sentence("arm", "kelompok pesan"),
    "assigned": Sentence("assigned", "ditetapkan"),
    "delivered": Sentence("delivered", "terkirim"),
    "started": Sentence("started", "mulai mengisi"),
    "completed": Sentence("completed", "survei selesai"),
    "matured": Sentence("matured", "matang"),
    "rate": Sentence("completion rate", "tingkat survei selesai"),
    "rated": Sentence("ratings", "jumlah nilai"),
    "mean": Sentence("mean", "rata-rata"),
    "sd": Sentence("sd", "simpangan baku"),
    "arms": Sentence("Arms", "Kelompok pesan"),
    "contrasts": Sentence("Contrasts", "Perbandingan"),
    "contrast": Sentence("contrast", "perbandingan"),
    "metric": Sentence("metric", "ukuran"),
    "difference": Sentence("difference", "selisih"),
    "interval": Sentence("95% confidence interval", "selang kepercayaan 95%"),
    "test": Sentence("test", "uji"),
    "statistic": Sentence("statistic", "statistik"),
    "section_figures": Sentence("Figures and method", "Angka dan metode"),
    "elsewhere": Sentence(
        "Also in the page, the Markdown and the JSON form",
        "Juga tersedia dalam halaman, Markdown, dan JSON",
    ),
    "charts": Sentence("Charts", "Grafik"),
    "more_rows": Sentence(
        "… and {n} more rows in the page, the Markdown and the JSON form",
        "… dan {n} baris lagi dalam halaman, Markdown, dan JSON",
    ),
    "all_the_same": Sentence("Show the figures all the same", "Tetap tampilkan angkanya"),
    "p": Sentence("p", "p"),
    "p_adjusted": Sentence("p, adjusted", "p, disesuaikan"),
    "verdict": Sentence("verdict", "kesimpulan"),
    "bounds": Sentence("Bounds of the differences", "Batas selisih"),
    "lee": Sentence("Lee bounds", "batas Lee"),
    "lee_region": Sentence("95% region", "wilayah 95%"),
    "manski": Sentence("worst case", "kasus terburuk"),
    "tipping_point": Sentence("tipping point", "titik balik"),
    "other_tests": Sentence("Other customary tests", "Uji lain yang lazim"),
    "overall": Sentence("Overall test", "Uji keseluruhan"),
    "sample_ratio": Sentence("Split between arms", "Pembagian kelompok"),
    "split_ok": Sentence("as planned", "sesuai rencana"),
    "split_bad": Sentence("not as planned (SRM)", "tidak sesuai rencana (SRM)"),
    "progress": Sentence("Progress", "Kemajuan"),
    "warnings": Sentence("Please note", "Harap diperhatikan"),
    "status": Sentence("Status", "Status"),
    "as_of": Sentence("As of", "Per"),
    "summary": Sentence("Finding", "Temuan"),
    "deviations": Sentence("Deviations from the plan", "Penyimpangan dari rencana"),
    "not_enough": Sentence("not enough data", "belum cukup"),
    "any_time": Sentence("May be read at any time", "Boleh dibaca kapan saja"),
    "always_valid": Sentence("always-valid interval", "selang yang selalu berlaku"),
    "descriptive": Sentence(
        "Until the planned sample is there, p is only what it would be "
        "if collection had been planned to end now.",
        "Sebelum sampel yang direncanakan tercapai, p hanyalah nilai "
        "seandainya pengumpulan memang direncanakan berakhir sekarang.",
    ),
    "price": Sentence(
        "The always-valid interval may be read at any time; it is wider than the 95% one "
        "(1.8 times at the planned sample), which is the price of looking.",
        "Selang yang selalu berlaku boleh dibaca kapan saja; selang ini lebih lebar daripada selang 95% "
        "(1,8 kali pada sampel yang direncanakan), itulah harga untuk melihat lebih awal.",
    ),
    "several_tests": Sentence(
        "Listed so that published figures can be matched. The test above was chosen beforehand: do not pick.",
        "Dicantumkan agar angka terbitan dapat dicocokkan. "
        "Uji di atas sudah ditetapkan sebelumnya: jangan memilih.",
    ),
    "all_units": Sentence(
        "Completion is over everyone assigned, answered or not; ratings are of those who answered.",
        "Survei selesai dihitung dari semua yang ditetapkan, menjawab atau tidak; "
        "nilai hanya dari yang menjawab.",
    ),
    "simulated": Sentence("SIMULATED DATA", "DATA SIMULASI"),
    "of_planned": Sentence("planned per arm", "per kelompok sesuai rencana"),
}

TEST_NAMES = {
    "z_pooled": "pooled z",
    "chi2": "chi-square",
    "chi2_yates": "chi-square (Yates)",
    "fisher": "Fisher",
    "boschloo": "Boschloo",
    "welch": "Welch t",
    "student": "Student t",
    "mann_whitney": "Mann–Whitney",
}


def label(name: str, locale: str) -> str:
    """A label in the reader's language."""
    return LABELS[name][locale]


def pair(contrast: Contrast, locale: str) -> str:
    """The two arms of a contrast: `thank you – sorry`."""
    return f"{arm_name(contrast.arm, locale)} – {arm_name(contrast.versus, locale)}"


def effect(contrast: Contrast, locale: str) -> str:
    """The difference in its unit: percentage points, or points of the scale."""
    return amount(contrast.effect, contrast.kind, locale)


def limits(contrast: Contrast, locale: str) -> str:
    """The unadjusted interval, or a dash where there is none."""
    if isinstance(contrast.low, NotEnough):
        return "–"
    return interval(contrast.low, contrast.high, contrast.kind, locale)


def footnotes(report: Report, locale: str) -> list[str]:
    """What stands under the tables whatever they show."""
    said = [label("all_units", locale)]
    if report.rule.collecting:
        said.append(label("descriptive", locale))
    if any(item.always_valid is not None for item in report.contrasts):
        said.append(label("price", locale))
    return said


def reasons(report: Report, locale: str) -> list[str]:
    """Why figures are missing, each reason once, in the order of the contrasts."""
    found: dict[str, None] = {}
    for item in report.contrasts:
        for value in (item.effect, item.p_value, item.low):
            if isinstance(value, NotEnough):
                found[explained(value.reason)[locale]] = None
    return list(found)
