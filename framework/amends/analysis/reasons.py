"""Why a figure is missing, as it reads in a sentence, in both languages."""

from __future__ import annotations

from amends.analysis.formatting import Sentence

_KNOWN = {
    "clustered": Sentence(
        "units share arms by cluster, so a test that takes units as independent is refused",
        "unit berbagi kelompok per gugus, sehingga uji yang menganggap unit saling bebas ditolak",
    ),
    "nobody recorded it": Sentence("nobody recorded it", "tidak ada yang mencatatnya"),
    "no rating is asked": Sentence("no rating is asked", "tidak ada penilaian yang ditanyakan"),
    "fewer than two arms have anything to send": Sentence(
        "fewer than two arms have anything to send",
        "kurang dari dua kelompok yang memiliki pesan untuk dikirim",
    ),
    "fewer than two arms were invited to the survey": Sentence(
        "fewer than two arms were invited to the survey",
        "kurang dari dua kelompok yang diundang mengisi survei",
    ),
    "masked until the stop": Sentence("masked until the stop", "disamarkan sampai eksperimen dihentikan"),
    "household ids unpublished": Sentence(
        "people were randomised by household and the household ids are not published",
        "pengacakan dilakukan per rumah tangga dan nomor rumah tangganya tidak diterbitkan",
    ),
}

# Reasons that carry a name or a number: what they contain, and their gist. The first that fits is taken.
_GISTS = (
    (
        "are recorded as",
        "catatan corongnya tidak masuk akal: lebih banyak unit di langkah yang lebih kemudian",
    ),
    ("no interval", "selangnya tidak dapat dihitung"),
    ("not adjusted yet", "belum disesuaikan"),
    ("needed for the error", "unitnya terlalu sedikit untuk menghitung galat"),
    ("was not invited", "salah satu kelompok tidak diundang mengisi survei"),
    ("arms answered equally often", "kedua kelompok sama seringnya menjawab"),
    ("everybody in the", "semua di salah satu kelompok menjawab"),
    ("no right answer is declared", "jawaban benar tidak ditetapkan"),
    ("exactly alike", "semua efeknya persis sama, sehingga tidak ada galat"),
    ("degrees of freedom needs 3", "prediksi baru dapat dibuat dari tiga eksperimen"),
    ("no experiments to pool", "belum ada eksperimen yang dapat digabung"),
    ("1 experiment; 2 needed", "hanya ada satu eksperimen, perlu dua"),
    ("different rating scales", "skala nilainya berbeda; g Hedges dapat digabung sebagai gantinya"),
    ("Hedges g needs", "g Hedges memerlukan paling sedikit empat jawaban"),
    ("time to answer a reminder", "waktu menjawab pengingat belum habis untuk unit mana pun"),
    ("the model of who answers cannot be fitted", "model tentang siapa yang menjawab tidak dapat dihitung"),
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
    ("no experiments", "belum ada eksperimen"),
    ("events and non-events", "hanya satu eksperimen yang memuat kejadian dan bukan kejadian"),
    ("no bound", "besarnya tidak terbatas"),
    ("drawn in blocks", "dibagi dalam blok: diperiksa dengan daftar tersegel, bukan dengan uji"),
    ("sealed list", "daftar tersegel belum diperiksa ulang"),
    ("always-valid interval starts", "selang yang selalu berlaku dimulai dari 50 unit"),
    ("matured units;", "unit yang sudah lewat batas waktunya belum cukup"),
    ("no planned sample", "jumlah sampel belum direncanakan"),
    ("no deliveries are recorded", "belum ada pengiriman yang dicatat"),
    ("no unit was lost", "tidak ada unit yang hilang"),
    ("no two values are frequent", "tidak ada dua nilai yang cukup sering untuk dibandingkan"),
    ("of an arm have a value", "terlalu sedikit unit yang punya nilai"),
    ("customer with several incidents", "ada kelompok tanpa pelanggan dengan beberapa kejadian"),
    ("no survey rating is declared", "tidak ada penilaian survei yang dijadikan ukuran"),
    (
        "without declared weights",
        "porsi tiap kelompok tidak disebutkan, sehingga tidak ada rencana pembanding",
    ),
    ("odds", "modelnya tidak punya penyelesaian untuk jawaban ini"),
    ("ratio", "rasionya tidak dapat dihitung"),
    ("exact test", "unitnya terlalu banyak untuk uji eksak"),
    ("exact power", "unitnya terlalu banyak untuk hitungan eksak"),
    ("do not overlap", "jawaban antarkelompok tidak bertumpang tindih"),
    ("is missing for", "sebagian unit tidak punya nilai kovariat"),
    ("for every unit", "nilainya sama untuk semua unit"),
    ("cannot be told apart", "kovariatnya tidak dapat dibedakan dari yang lain"),
    ("for certain", "kelompok dan kovariat sudah menentukan kejadiannya"),
    ("determine a coefficient alone", "ada unit yang sendirian menentukan hasilnya"),
    ("leaves no error", "tidak ada galat yang tersisa untuk menilai"),
    ("no error to", "tidak ada galat yang tersisa untuk menilai"),
    ("nothing varies", "belum ada yang bervariasi"),
    ("cannot be fitted", "modelnya tidak dapat dihitung"),
    ("coefficients;", "unitnya terlalu sedikit untuk modelnya"),
    ("no other assignment", "tidak ada pembagian lain yang mungkin"),
    ("bounds need", "batasnya memerlukan skala dan jumlah tiap nilai"),
    ("count at each rating", "diperlukan jumlah tiap nilai, bukan hanya rata-rata dan sebaran"),
    ("may be infinite", "selisihnya mungkin nol, sehingga jumlah yang diperlukan mungkin tak terhingga"),
    ("find no difference", "selisih itu tidak dapat ditemukan dengan unit sebanyak ini"),
    ("has no size", "pengaruhnya tidak punya besaran"),
    ("too large", "pengaruhnya terlalu besar untuk dihitung"),
    ("rates are equal", "persentasenya sama"),
    ("no statistic", "tidak ada statistik uji"),
    ("resamples", "terlalu sedikit sampel ulang yang dapat dipakai"),
    ("after trimming", "terlalu sedikit jawaban setelah pemangkasan"),
    ("ratings of", "penilaiannya lebih banyak daripada unitnya"),
    ("nobody or everybody", "ada kelompok yang tidak satu pun, atau semuanya, mengalaminya"),
    ("in one arm and nobody", "semua di satu kelompok dan tak satu pun di kelompok lain mengalaminya"),
    ("both proportions", "semua atau tak satu pun mengalaminya, sehingga tidak ada variasi"),
    ("nobody of", "tidak ada satu pun yang mengalaminya"),
    ("everybody of", "semuanya mengalaminya"),
    ("no event", "ada kelompok tanpa kejadian"),
    ("needs both kinds", "selangnya memerlukan yang mengalami dan yang tidak"),
    ("answer; 2 needed", "hanya ada satu jawaban, perlu dua"),
    ("1 answer", "hanya ada satu jawaban, perlu dua"),
    ("two answers", "hanya ada dua jawaban yang berbeda"),
    ("cluster", "gugusnya terlalu sedikit"),
    ("experiment", "eksperimennya terlalu sedikit"),
    ("fewer than two arms", "kurang dari dua kelompok punya unit"),
    ("arm alone; 2 needed", "hanya ada satu kelompok, perlu dua"),
    ("arm; 2 needed", "hanya ada satu kelompok, perlu dua"),
    ("1 unit; 2 needed", "hanya ada satu unit, perlu dua"),
    ("no two arms have units", "belum ada unit"),
    ("no units", "belum ada unit"),
    ("no answers", "belum ada jawaban"),
    ("needs an answer", "belum ada jawaban"),
    ("no values", "belum ada nilai"),
    ("are alike", "semua jawaban sama"),
    ("no spread", "semua jawaban sama, sehingga tidak ada sebaran"),
    ("unbounded", "tidak terbatas"),
    ("is no scale", "satu butir belum membentuk skala, perlu dua"),
    ("has 1 level", "faktornya hanya punya satu tingkat, perlu dua"),
    ("no common factor", "satu butir mengikuti yang lain, sehingga faktor bersama tidak terbaca"),
    ("leave one factor undetermined", "butirnya terlalu sedikit untuk satu faktor, perlu tiga"),
    ("more units than items", "unitnya harus lebih banyak daripada butirnya"),
    ("between steps", "langkah skala yang dipakai terlalu sedikit"),
    ("steps hold too few", "jawaban per langkah skala terlalu sedikit"),
    ("does not vary", "jumlah nilainya tidak bervariasi"),
    ("logit has no solution", "modelnya tidak punya penyelesaian"),
    ("one independent answer", "unitnya terlalu mirip satu sama lain"),
    ("; 2 needed", "hanya ada satu, perlu dua"),
    ("without covariates", "hanya diuji tanpa kovariat"),
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
