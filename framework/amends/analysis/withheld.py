"""When the tests beside the contrasts may not be put into words as findings, and what is said instead.

The contrasts have a rule that lets anybody look at any time. The analyses beside them have none: their tests
hold once, at the end of a collection that nobody ended because of what it showed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence

if TYPE_CHECKING:
    from amends.analysis.material import Material
    from amends.analysis.section import Section

NOT_TRUSTED = Sentence(
    "The arms were not split, or not kept, as planned, so nothing is called a finding here.",
    "Pembagian kelompok tidak sesuai rencana atau tidak terjaga, jadi tidak ada yang disebut temuan di sini.",
)
STILL_COLLECTING = Sentence(
    "Still collecting: nothing is called a finding here before collecting has ended.",
    "Data masih dikumpulkan: belum ada yang disebut temuan di sini sebelum pengumpulan selesai.",
)
STOPPED_EARLY = Sentence(
    "Stopped before the planned sample: the tests here are descriptive, and nothing is called a finding.",
    "Dihentikan sebelum sampel yang direncanakan: uji di sini hanya bersifat deskriptif, dan tidak ada yang "
    "disebut temuan.",
)
DESCRIPTIVE = Sentence(
    "Each p-value here is what it would be if collecting had been planned to end now; it decides nothing.",
    "Tiap nilai p di sini adalah nilainya seandainya pengumpulan direncanakan berakhir sekarang; nilai itu "
    "tidak memutuskan apa pun.",
)

_P_COLUMN = re.compile(r"p\b")


def withheld(material: Material, *, collecting: Sentence = STILL_COLLECTING) -> Sentence | None:
    """What is said in the place of findings; None where a fixed test may be read as one.

    Args:
        material: What has been counted and decided.
        collecting: The analysis's own words while units still come.
    """
    if material.split is not None and not material.split.trustworthy:
        return NOT_TRUSTED
    if material.finished_data:
        return None
    if material.status != "stopped":
        return collecting
    return None if material.rule.method == "fixed" else STOPPED_EARLY


def tells_p(section: Section) -> bool:
    """Whether one of its tables has a column of p-values."""
    return any(_P_COLUMN.match(column.en) for table in section.tables for column in table.columns)
