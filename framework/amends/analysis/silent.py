"""What is said where no difference was shown and some did not answer: how far the effect may still reach."""

from __future__ import annotations

from collections.abc import Sequence

from amends.analysis.contrasts import Contrast, known
from amends.analysis.formatting import Figure, Sentence, arm_name, interval, metric_name, percent


def none_shown(contrast: Contrast, *, facts: Sentence, pair: Sentence) -> Sentence:
    """No difference was shown, among whom, and what that leaves open.

    Args:
        contrast: A contrast with that verdict, on the figures that the verdict rests on.
        facts: Its figures in words.
        pair: Its arms in words.
    """
    metric = {locale: metric_name(contrast.metric, locale) for locale in ("en", "id")}
    among = Sentence("", "")
    if contrast.bounds is not None:
        among = Sentence(" among those who answered", " di antara yang menjawab")
    reach = over_everyone([contrast])
    open_still = Sentence("", "") if reach is None else Sentence(f" {reach.en}", f" {reach.id}")
    return Sentence(
        f"No difference in {metric['en']} was shown{among.en} between {pair.en}: {facts.en}.{open_still.en} "
        "That does not prove that they are the same.",
        f"Belum terbukti ada perbedaan {metric['id']}{among.id} antara {pair.id}: {facts.id}.{open_still.id} "
        "Ini bukan bukti bahwa keduanya sama.",
    )


def over_everyone(contrasts: Sequence[Contrast], *, named: bool = False) -> Sentence | None:
    """How far the effect over everyone may reach because some did not answer; None where all did.

    Args:
        contrasts: Contrasts of one metric.
        named: Whether each span is followed by its pair of arms.
    """
    spans = [(item, *_worst_case(item)) for item in contrasts]
    spans = [(item, low, high) for item, low, high in spans if known(low) and known(high)]
    silent = [share for item in contrasts if (share := _silent(item)) is not None]
    if not spans or not silent or not max(silent):
        return None

    def words(locale: str) -> str:
        reach = ", ".join(
            interval(low, high, item.kind, locale) + (_named(item, locale) if named else "")
            for item, low, high in spans
        )
        least, most = percent(min(silent), locale), percent(max(silent), locale)
        word = "sampai" if locale == "id" else "to"
        share = least if least == most else f"{least} {word} {most}"
        if locale == "id":
            return (
                f"Karena {share} tidak menjawab, pengaruhnya untuk semua orang bisa berada di mana saja dari "
                f"{reach}."
            )
        return f"Because {share} did not answer, the effect over everyone may lie anywhere from {reach}."

    return Sentence(words("en"), words("id"))


def _named(contrast: Contrast, locale: str) -> str:
    return f" (“{arm_name(contrast.arm, locale)}” – “{arm_name(contrast.versus, locale)}”)"


def _worst_case(contrast: Contrast) -> tuple[Figure, Figure]:
    worst = (contrast.bounds or {}).get("manski") or {}
    return worst.get("low"), worst.get("high")


def _silent(contrast: Contrast) -> float | None:
    """The share that did not answer, the mean of both arms'."""
    shares = (contrast.bounds or {}).get("answered") or ()
    given = [float(share) for share in shares if isinstance(share, float | int)]
    return 1 - sum(given) / len(given) if len(given) == 2 else None


def beyond_margin(region: tuple[Figure, Figure], margin: float | None) -> list[Sentence]:
    """What is owed where arms are called equivalent and who answered may have hidden a larger difference."""
    far = [end for end in region if isinstance(end, float | int) and abs(end) >= (margin or 0.0)]
    return [BEYOND_MARGIN] if far else []


BEYOND_MARGIN = Sentence(
    "That reaches beyond the margin: they are equivalent only among those who answered.",
    "Itu melampaui batas tersebut: keduanya setara hanya di antara yang menjawab.",
)
