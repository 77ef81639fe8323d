"""Why a figure is missing, as it reads in a sentence, in both languages."""

from __future__ import annotations

from amends.analysis.formatting import Sentence

_KNOWN = {
    "clustered": Sentence(
        "units share arms by cluster, so a test that takes units as independent is refused",
        "unit berbagi kelompok per gugus, sehingga uji yang menganggap unit saling bebas ditolak",
    ),
    "masked until the stop": Sentence("masked until the stop", "disamarkan sampai eksperimen dihentikan"),
    "household ids unpublished": Sentence(
        "people were randomised by household and the household ids are not published",
        "pengacakan dilakukan per rumah tangga dan nomor rumah tangganya tidak diterbitkan",
    ),
}

# Reasons that carry a name or a number: what they contain, and their gist.
_GISTS = (
    ("was not invited", "salah satu kelompok tidak diundang mengisi survei"),
    ("no units", "belum ada unit"),
    ("no answers", "belum ada jawaban"),
    ("no values", "belum ada nilai"),
    ("no right answer is declared", "jawaban benar tidak ditetapkan"),
    ("answer; 2 needed", "hanya ada satu jawaban, perlu dua"),
    ("nobody of", "tidak ada satu pun yang mengalaminya"),
    ("everybody of", "semuanya mengalaminya"),
    ("exactly alike", "semua efeknya persis sama, sehingga tidak ada galat"),
    ("degrees of freedom needs 3", "prediksi baru dapat dibuat dari tiga eksperimen"),
    ("no experiments to pool", "belum ada eksperimen yang dapat digabung"),
    ("1 experiment; 2 needed", "hanya ada satu eksperimen, perlu dua"),
    ("different rating scales", "skala nilainya berbeda; g Hedges dapat digabung sebagai gantinya"),
    ("Hedges g needs", "g Hedges memerlukan paling sedikit empat jawaban"),
    ("are alike", "semua jawaban sama"),
    (
        "without declared weights",
        "porsi tiap kelompok tidak disebutkan, sehingga tidak ada rencana pembanding",
    ),
    ("sealed list", "daftar tersegel belum diperiksa ulang"),
    ("always-valid interval starts", "selang yang selalu berlaku dimulai dari 50 unit"),
    ("no planned sample", "jumlah sampel belum direncanakan"),
    ("no units assigned", "belum ada unit"),
    ("received equally often", "pesan diterima sama seringnya di kedua kelompok"),
    ("monotonicity", "pesan justru lebih jarang diterima di kelompok pertama"),
    ("received what they were assigned", "semua menerima pesan sesuai pembagian"),
    ("do not cross", "kombinasi faktor tidak lengkap"),
    ("2 needed for a crossing", "perlu dua faktor"),
    ("none was reminded", "belum ada yang diingatkan"),
    ("nobody was reminded", "belum ada yang diingatkan"),
    ("reminded units answered", "terlalu sedikit jawaban setelah pengingat"),
    ("units answered every item", "terlalu sedikit jawaban yang lengkap"),
    ("same answer from everyone", "semua memberi jawaban yang sama"),
    ("one-factor model", "model satu faktor tidak dapat dihitung dari jawaban ini"),
    ("no bound", "besarnya tidak terbatas"),
    ("no experiments", "belum ada eksperimen"),
    ("events and non-events", "hanya satu eksperimen yang memuat kejadian dan bukan kejadian"),
)


def explained(reason: str) -> Sentence:
    """A reason in both languages; in Indonesian a rare one is shortened to "data belum cukup".

    >>> explained("silence has no units yet").id
    'belum ada unit'
    """
    if reason in _KNOWN:
        return _KNOWN[reason]
    gist = next((said for part, said in _GISTS if part in reason), "data belum cukup")
    return Sentence(reason, gist)
