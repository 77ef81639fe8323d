"""The survey page's own words in English and Indonesian. They thank no arm and apologise in none."""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "language": "English",
        "title": "Short survey",
        "step": "Question {n} of {total}",
        "questions": "{n} questions",
        "questions_one": "One question",
        "begin": "Begin",
        "rest": "{n} more questions",
        "rest_one": "One more question",
        "agree": "I agree, continue",
        "refuse": "I do not want to take part",
        "later": "Save and continue later",
        "stop": "Stop taking part",
        "stop_why": "What you have answered so far is deleted and not used. This cannot be undone.",
        "withdraw": "Withdraw my answers",
        "withdraw_why": "Your answers are deleted and not used. This cannot be undone.",
        "withdraw_now": "Delete my answers",
        "limit": "up to {limit} characters",
        "code": "Your completion code",
        "code_why": "Copy it now: it is shown on this page only, and cannot be traced to your answers.",
        "continue": "Continue",
        "send": "Send my answers",
        "send_one": "Send my answer",
        "optional": "optional",
        "error_title": "Please check",
        "choose": "Please choose an answer.",
        "choose_each": "Please answer every line.",
        "too_long": "Please shorten this to {limit} characters. It has {length}.",
        "unreadable": "This answer could not be read. Please choose again.",
        "errors": "One answer is still missing or could not be read.",
        "errors_many": "{n} answers are still missing or could not be read.",
        "stale": "This page was open for a long time. Please check your answers and send them again.",
        "unsaved": "Your answers could not be saved just now. They are still here: please send them again.",
        "closed_title": "Received",
        "closed": "We have received your answers.",
        "refused_title": "You do not take part",
        "refused": "None of your answers are stored.",
        "refused_more": "Nothing else changes for you. If you change your mind, open this link again.",
        "saved_title": "Saved",
        "saved": "Your answers so far are saved.",
        "saved_more": "Open the same link to continue.",
        "withdrawn_title": "Withdrawn",
        "withdrawn": "Your answers have been deleted and will not be used.",
        "spent": "This survey has already been filled in.",
        "expired": "This link is no longer valid.",
        "waiting_title": "Not open yet",
        "waiting": "This card has not been handed out yet.",
        "waiting_more": "Please ask the person you have it from.",
        "unknown_title": "Link not found",
        "unknown": "There is no survey at this link.",
        "unknown_more": "Please open it again from the message you received.",
        "busy_title": "One moment",
        "busy": "The survey cannot be opened just now. Please try again in a moment.",
        "unreadable_form": "The answers sent could not be read. Please open the link again.",
        "too_large": "What you wrote is too long to be sent. Please go back and shorten it.",
    },
    "id": {
        "language": "Bahasa Indonesia",
        "title": "Survei singkat",
        "step": "Pertanyaan {n} dari {total}",
        "questions": "{n} pertanyaan",
        "questions_one": "Satu pertanyaan",
        "begin": "Mulai",
        "rest": "{n} pertanyaan lagi",
        "rest_one": "Satu pertanyaan lagi",
        "agree": "Saya setuju, lanjut",
        "refuse": "Saya tidak bersedia ikut",
        "later": "Simpan, lanjutkan nanti",
        "stop": "Berhenti ikut serta",
        "stop_why": "Jawaban yang sudah Anda isi akan dihapus dan tidak dipakai. Ini tidak bisa dibatalkan.",
        "withdraw": "Tarik jawaban saya",
        "withdraw_why": "Jawaban Anda akan dihapus dan tidak dipakai. Ini tidak bisa dibatalkan.",
        "withdraw_now": "Hapus jawaban saya",
        "limit": "maksimal {limit} karakter",
        "code": "Kode penyelesaian Anda",
        "code_why": "Salin sekarang: kode ini hanya tampil di halaman ini, dan tidak dapat dikaitkan dengan "
        "jawaban Anda.",
        "continue": "Lanjut",
        "send": "Kirim jawaban",
        "send_one": "Kirim jawaban",
        "optional": "boleh dikosongkan",
        "error_title": "Periksa lagi",
        "choose": "Silakan pilih salah satu jawaban.",
        "choose_each": "Silakan isi setiap baris.",
        "too_long": "Silakan ringkas menjadi {limit} karakter. Sekarang {length} karakter.",
        "unreadable": "Jawaban ini tidak terbaca. Silakan pilih lagi.",
        "errors": "Ada satu jawaban yang belum diisi atau tidak terbaca.",
        "errors_many": "Ada {n} jawaban yang belum diisi atau tidak terbaca.",
        "stale": "Halaman ini sudah lama terbuka. Silakan periksa jawaban Anda lalu kirim lagi.",
        "unsaved": "Jawaban Anda belum bisa disimpan. Jawaban masih ada di sini: silakan kirim lagi.",
        "closed_title": "Sudah diterima",
        "closed": "Jawaban Anda sudah kami terima.",
        "refused_title": "Anda tidak ikut serta",
        "refused": "Tidak ada jawaban Anda yang disimpan.",
        "refused_more": "Tidak ada hal lain yang berubah bagi Anda. Jika Anda berubah pikiran, buka lagi "
        "tautan ini.",
        "saved_title": "Tersimpan",
        "saved": "Jawaban Anda sejauh ini sudah disimpan.",
        "saved_more": "Buka lagi tautan yang sama untuk melanjutkan.",
        "withdrawn_title": "Jawaban ditarik",
        "withdrawn": "Jawaban Anda sudah dihapus dan tidak akan dipakai.",
        "spent": "Survei ini sudah diisi.",
        "expired": "Tautan ini sudah tidak berlaku.",
        "waiting_title": "Belum dibuka",
        "waiting": "Kartu ini belum diserahkan.",
        "waiting_more": "Silakan tanyakan kepada orang yang memberikannya.",
        "unknown_title": "Tautan tidak ditemukan",
        "unknown": "Tidak ada survei di tautan ini.",
        "unknown_more": "Silakan buka lagi dari pesan yang Anda terima.",
        "busy_title": "Mohon tunggu sebentar",
        "busy": "Survei belum bisa dibuka. Silakan coba lagi sebentar lagi.",
        "unreadable_form": "Jawaban yang terkirim tidak terbaca. Silakan buka tautannya lagi.",
        "too_large": "Tulisan Anda terlalu panjang untuk dikirim. Silakan kembali dan ringkas dulu.",
    },
}


def language(locale: str | None) -> str:
    """The page's own language for a customer's locale; English where it speaks no better one.

    >>> language("id-ID"), language("id"), language("pt_BR"), language(None)
    ('id', 'id', 'en', 'en')
    """
    base = (locale or "").replace("_", "-").partition("-")[0].lower()
    return base if base in PHRASES else "en"


def language_read(header: str | None) -> str:
    """The page's own language that a browser says its reader likes best; English where it names none.

    >>> language_read("fr, id-ID;q=0.8, en;q=0.5"), language_read("*;q=x"), language_read(None)
    ('id', 'en', 'en')
    """
    liked: list[tuple[float, str]] = []
    for part in (header or "")[:_LONGEST_HEADER].split(","):
        code, _, weight = part.partition(";")
        base = code.strip().replace("_", "-").partition("-")[0].lower()
        if base in PHRASES:
            liked.append((_weight(weight), base))
    # The first of those that are liked alike: `max` keeps it.
    return max(liked, key=lambda one: one[0], default=(0.0, "en"))[1]


def _weight(given: str) -> float:
    try:
        return float(given.strip().removeprefix("q=")) if given.strip() else 1.0
    except ValueError:
        return 0.0


_LONGEST_HEADER = 1_000


def phrase(name: str, locale: str, **values: object) -> str:
    """One of the page's sentences.

    >>> phrase("step", "id", n=1, total=4)
    'Pertanyaan 1 dari 4'
    """
    return PHRASES[language(locale)][name].format(**values)
