"""How the sections of declared analyses name what they compare, and say why a figure is missing."""

from __future__ import annotations

from collections.abc import Iterable

from amends.analysis.formatting import Sentence, amount, arm_name, interval, metric_name
from amends.analysis.reasons import explained
from amends.analysis.result import Interval, NotEnough
from amends.analysis.section import DASH, Cells, both

AMONG = Sentence("among those who answered", "di antara yang menjawab")


def capital(said: Sentence) -> Sentence:
    """The same with a capital first letter."""
    return Sentence(said.en[:1].upper() + said.en[1:], said.id[:1].upper() + said.id[1:])


def arm_cell(arm: str) -> Sentence:
    """An arm as people call it.

    >>> arm_cell("silence")
    Sentence(en='silence', id='tanpa pesan')
    """
    return both(lambda locale: arm_name(arm, locale))


def pair_cell(arm: str, versus: str) -> Sentence:
    """Two arms, the second subtracted from the first.

    >>> pair_cell("sorry", "silence").id
    'maaf – tanpa pesan'
    """
    return both(lambda locale: f"{arm_name(arm, locale)} – {arm_name(versus, locale)}")


def metric_cell(metric: str) -> Sentence:
    """A metric as people call it."""
    return both(lambda locale: metric_name(metric, locale))


def own_word(name: str) -> Sentence:
    """A name from the definition or the data, the same in both languages."""
    words = name.replace("_", " ")
    return Sentence(words, words)


def columns(*names: tuple[str, str]) -> Cells:
    """A table's heading from pairs of words, English first."""
    return tuple(Sentence(*pair) for pair in names)


def span_of(found: Interval | NotEnough | None, kind: str) -> Sentence:
    """An interval in words; a dash where there is none."""
    if not isinstance(found, Interval):
        return DASH
    return both(lambda locale: interval(found.low, found.high, kind, locale))


def effect_said(value: float, found: Interval, kind: str) -> Sentence:
    """A difference with its unit and 95% interval, for a sentence.

    >>> effect_said(0.126, Interval(-0.011, 0.266, "Newcombe"), "proportion").id
    '12,6 poin (selang kepercayaan 95%: −1,1 sampai 26,6)'
    """
    return Sentence(
        f"{amount(value, kind)} points (95% interval {interval(found.low, found.high, kind)})",
        f"{amount(value, kind, 'id')} poin (selang kepercayaan 95%: "
        f"{interval(found.low, found.high, kind, 'id')})",
    )


def no_figure(about: Sentence, missing: NotEnough) -> Sentence:
    """The line that stands where a figure cannot be given.

    >>> no_figure(Sentence("channel", "channel"), NotEnough("silence has no answers yet")).id
    'channel: belum cukup, karena belum ada jawaban.'
    """
    why = explained(missing.reason)
    return Sentence(
        f"{about.en}: not enough, because {why.en}.", f"{about.id}: belum cukup, karena {why.id}."
    )


def joined(parts: Iterable[Sentence], between: str = ", ") -> Sentence:
    """Several phrases as one."""
    listed = list(parts)
    return both(lambda locale: between.join(part[locale] for part in listed))


def once(parts: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """The sentences in order, each only once."""
    return tuple(dict.fromkeys(parts))
