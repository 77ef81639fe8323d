"""What a report says of its units as a whole, before any comparison."""

from __future__ import annotations

from amends.analysis.formatting import Sentence

MORE_THAN_PLANNED = Sentence(
    "More units than planned had arrived at the stop and the fixed test was read on all of them.",
    "Saat dihentikan, jumlah unit melebihi rencana dan uji tetap dibaca pada semuanya.",
)
ROWS_AS_UNITS = Sentence(
    "The file names no unit: each row was taken as one, so repeated customers would count twice.",
    "Berkas tidak menyebut unit: setiap baris dianggap satu unit, "
    "sehingga pelanggan yang berulang terhitung dua kali.",
)
DECIDED_BEFORE = Sentence(
    "A verdict rests on the units that were there when it was made and stands; "
    "the figures shown are of all units so far.",
    "Putusan didasarkan pada unit yang sudah ada saat putusan dibuat dan tidak berubah lagi; "
    "angka yang ditampilkan mencakup semua unit sejauh ini.",
)
CLUSTERS_COUNT = Sentence(
    "Whole clusters were given an arm, so tests and intervals count clusters, not units; the customary "
    "tests, which take units as independent, are refused.",
    "Kelompok diberikan kepada seluruh gugus, sehingga uji dan selang menghitung gugus, bukan unit; "
    "uji-uji lain yang lazim, yang menganggap unit saling bebas, ditolak.",
)
CLUSTERED_NOTE = Sentence(
    "Units share arms by cluster: tests and intervals that take units as independent are refused.",
    "Unit berbagi kelompok per gugus: uji dan selang yang menganggap unit saling bebas ditolak.",
)
