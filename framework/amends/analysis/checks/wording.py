"""Check of the texts: sentences of unequal length may work by their length alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.checks.check import Check
from amends.analysis.formatting import Sentence, arm_name, count
from amends.analysis.section import both
from amends.design.cautions import sentence_lengths, too_uneven

if TYPE_CHECKING:
    from amends.design.experiment import Experiment


def wording_checks(experiment: Experiment) -> list[Check]:
    """The pair of sentences that differs most in length, over all languages; none with one speaking arm."""
    pairs = sentence_lengths(experiment.arms)
    if not pairs:
        return []
    uneven = [pair for pair in pairs if too_uneven(pair[3], pair[4])]
    left, right, language, shorter, longer = max(
        pairs, key=lambda pair: (pair[4] - pair[3]) / pair[4] if pair[4] else 0.0
    )

    def found(locale: str) -> str:
        where = f" ({language})" if language else ""
        to, characters = {"en": ("and", "characters"), "id": ("dan", "karakter")}[locale]
        names = f"{arm_name(left, locale)} – {arm_name(right, locale)}{where}"
        return f"{names}: {count(shorter, locale)} {to} {count(longer, locale)} {characters}"

    return [
        Check(
            name="text_length",
            what=Sentence("length of the arms' sentences", "panjang kalimat tiap kelompok"),
            found=both(found),
            state="look at this" if uneven else "ok",
            meaning=Sentence(
                "The sentences differ by more than a fifth of the longer, so a difference may come from "
                "the length and not from thanks or apology. Say so, and shorten one next time.",
                "Panjang kalimat berbeda lebih dari seperlima kalimat terpanjang, sehingga perbedaan bisa "
                "timbul dari panjangnya, bukan dari terima kasih atau maaf. Sebutkan hal itu, dan "
                "pendekkan salah satunya lain kali.",
            ),
            figures={
                "pairs": [
                    {"arms": [one, other], "locale": locale, "shorter": short, "longer": long}
                    for one, other, locale, short, long in pairs
                ]
            },
        )
    ]
