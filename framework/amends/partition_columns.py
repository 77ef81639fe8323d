"""The columns of the exported Parquet files: their types, and what each means, in English and Indonesian."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

SCHEMA_VERSION = 1
"""Grows when a column is added, renamed or read differently; every file says under which it was written."""


class Column(NamedTuple):
    """A column of an exported table.

    Attributes:
        name: Its name in the file.
        type: `text`, `whole`, `number`, `yes/no`, `time` (UTC, microseconds), `json` (a text) or `ratings`
            (a map from item to number).
        en: What it means; `id` the same in Indonesian.
    """

    name: str
    type: str
    en: str
    id: str


_ID = Column(
    "assignment_id",
    "text",
    "Identifier of one unit's assignment; joins the tables.",
    "Pengenal penugasan satu unit; menghubungkan tabel-tabel.",
)
_UNIT = Column(
    "unit",
    "text",
    "Keyed pseudonym of the unit: HMAC-SHA256 of its id under the installation's secret.",
    "Nama samaran unit: HMAC-SHA256 dari id-nya dengan kunci rahasia instalasi ini.",
)
_ARM = Column(
    "arm",
    "text",
    "Arm the unit was assigned to, whatever was delivered; a letter while the experiment is masked.",
    "Kelompok pesan unit ini, apa pun yang terkirim; berupa huruf selama eksperimen disamarkan.",
)
_TEST = Column(
    "test",
    "yes/no",
    "True for test and forced assignments, which no figure counts: leave them out of an analysis.",
    "Benar untuk penugasan uji coba atau yang dipaksakan, yang tidak dihitung: jangan ikut dianalisis.",
)
_WHOSE = (_ID, _UNIT, _ARM, _TEST)

TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "assignments": (
            *_WHOSE,
            Column(
                "assigned_at",
                "time",
                "When the arm was drawn and recorded; its UTC day is the folder.",
                "Saat kelompok pesan diundi dan dicatat; hari UTC-nya menjadi nama folder.",
            ),
            Column(
                "invite_at",
                "time",
                "When the survey invitation was due; blank where none was.",
                "Saat undangan survei dijadwalkan; kosong bila tidak ada.",
            ),
            Column(
                "channel",
                "text",
                "Channel of the message, as the sender gave it.",
                "Saluran pesan, seperti disebut pengirim.",
            ),
            Column("locale", "text", "Language of the message.", "Bahasa pesan."),
            Column(
                "timezone",
                "text",
                "The customer's time zone, where the sender gave it.",
                "Zona waktu pelanggan, bila disebut pengirim.",
            ),
            Column(
                "delay_seconds",
                "number",
                "How late the service was when the arm was drawn, in seconds.",
                "Lama keterlambatan layanan saat pengundian, dalam detik.",
            ),
            Column(
                "delay_band",
                "text",
                "The delay's class, as the tally counts it.",
                "Golongan lama keterlambatan, seperti dihitung dalam rekap.",
            ),
            Column(
                "cluster",
                "text",
                "Keyed pseudonym of the unit's cluster; blank where the experiment is not clustered.",
                "Nama samaran klaster unit; kosong bila eksperimen tidak memakai klaster.",
            ),
            Column(
                "stratum",
                "text",
                "Values of the blocking factors, joined by '/'.",
                "Nilai faktor blok, digabung dengan '/'.",
            ),
            Column(
                "strata", "json", "Values of the blocking factors by name.", "Nilai faktor blok menurut nama."
            ),
            Column(
                "position",
                "whole",
                "Position on the stratum's sealed list, where arms are drawn in blocks.",
                "Nomor urut dalam daftar tertutup, bila pengundian memakai blok.",
            ),
            Column(
                "covariates",
                "json",
                "What was known before the assignment, by name.",
                "Hal yang diketahui sebelum pengundian, menurut nama.",
            ),
            Column(
                "sender",
                "text",
                "API key's name, or python or cli.",
                "Nama kunci API, atau python atau cli.",
            ),
        ),
        "deliveries": (
            *_WHOSE,
            Column(
                "status",
                "text",
                "What happened: sent, delivered, failed or withheld.",
                "Yang terjadi: sent (dikirim), delivered (sampai), failed (gagal), withheld (ditahan).",
            ),
            Column("at", "time", "When it happened.", "Saat kejadiannya."),
            Column(
                "said",
                "text",
                "Arm whose sentence was really said, where a person says it.",
                "Kelompok pesan yang kalimatnya benar-benar diucapkan, bila orang yang mengucapkannya.",
            ),
            Column(
                "detail",
                "text",
                "The carrier's code for the delivery.",
                "Kode dari pengantar pesan.",
            ),
        ),
        "responses": (
            *_WHOSE,
            Column("started_at", "time", "When the survey was begun.", "Saat survei mulai diisi."),
            Column(
                "finished_at",
                "time",
                "When the survey was finished; blank while it is not.",
                "Saat survei selesai; kosong selama belum selesai.",
            ),
            Column(
                "late",
                "yes/no",
                "Whether it was finished after the response window: kept, not counted as completed.",
                "Apakah selesai setelah batas waktu: disimpan, tidak dihitung sebagai survei selesai.",
            ),
            Column("ratings", "ratings", "Number given per rating.", "Angka yang diberikan per penilaian."),
            Column(
                "answers",
                "json",
                "Answers to the other survey items, by name.",
                "Jawaban atas pertanyaan lain, menurut nama.",
            ),
        ),
    }
)


def dictionary(experiment: str) -> dict[str, object]:
    """The data dictionary as data, for programs.

    >>> dictionary("late_parcel")["schema_version"], sorted(TABLES)
    (1, ['assignments', 'deliveries', 'responses'])
    """
    return {
        "experiment": experiment,
        "schema_version": SCHEMA_VERSION,
        "partitioned_by": "UTC day of assignment",
        "tables": {
            name: [
                {"column": column.name, "type": column.type, "en": column.en, "id": column.id}
                for column in columns
            ]
            for name, columns in TABLES.items()
        },
    }


def dictionary_page(experiment: str) -> str:
    """The data dictionary as a Markdown page, for people."""
    lines = [
        f"# {experiment}: data dictionary / kamus data",
        "",
        f"Schema version {SCHEMA_VERSION}. One folder per table and UTC day of assignment: "
        "`table=NAME/day=YYYY-MM-DD/rows.parquet`.",
        "",
        f"Versi skema {SCHEMA_VERSION}. Satu folder per tabel dan hari penugasan (UTC).",
    ]
    for name, columns in TABLES.items():
        lines += ["", f"## {name}", "", "| column | type | meaning | arti |", "|---|---|---|---|"]
        lines += [f"| `{column.name}` | {column.type} | {column.en} | {column.id} |" for column in columns]
    return "\n".join(lines) + "\n"
