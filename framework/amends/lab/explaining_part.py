"""Why a unit takes part or not: what it was judged by, layer, holdout, coverage, and what happens now."""

from __future__ import annotations

from collections.abc import Iterator

from amends.analysis.durations import duration
from amends.analysis.formatting import Sentence
from amends.lab.explaining_draw import share
from amends.lab.explanation import Case, Step
from amends.lab.places import Place, places
from amends.store.on_record import OnRecord


def judged(case: Case, record: OnRecord) -> Step:
    """What was told of a unit when it was judged, before its arm was drawn."""

    def told(locale: str) -> str:
        words = {
            "en": ("delay", "channel", "language", "told by"),
            "id": ("keterlambatan", "kanal", "bahasa", "dari"),
        }
        delay, channel, language, sender = words[locale]
        parts = [] if record.delay_seconds is None else [f"{delay} {duration(record.delay_seconds, locale)}"]
        parts += [f"{channel} {record.channel}"] if record.channel else []
        return ", ".join([*parts, f"{language} {record.locale}", f"{sender} {record.sender}"])

    rule = who_takes_part(case)
    return Step(
        Sentence(
            f"Judged before its arm was drawn: {told('en')}. Who takes part: {rule.en}.",
            f"Dinilai sebelum kelompoknya diundi: {told('id')}. Yang ikut: {rule.id}.",
        ),
        {
            "delay_seconds": record.delay_seconds,
            "channel": record.channel,
            "locale": record.locale,
            "sender": record.sender,
        },
    )


def to_be_judged(case: Case) -> Iterator[Step]:
    """What the next call for a unit without an arm is held against."""
    if opted_out(case):
        yield Step(
            Sentence(
                "The customer opted out of experiments.",
                "Pelanggan meminta tidak diikutkan dalam eksperimen.",
            ),
            {"opted_out": True},
        )
    rule = who_takes_part(case)
    yield Step(
        Sentence(
            f"Who takes part: {rule.en}; judged at each call.",
            f"Yang ikut: {rule.id}; dinilai pada setiap panggilan.",
        )
    )


def opted_out(case: Case) -> bool:
    """Whether the unit, or its cluster, asked to be left out of experiments."""
    named = (one for one in (case.unit, case.cluster) if one is not None)
    return any(case.lab.store.opted_out(case.lab.pseudonym(one)) for one in named)


def who_takes_part(case: Case) -> Sentence:
    """The declared rule in words."""
    rule = case.force.experiment.eligible
    who = Sentence("everyone", "semua pelanggan")
    if rule.at_least is not None:
        seconds = rule.at_least.total_seconds()
        who = Sentence(
            f"a delay of at least {duration(seconds)}",
            f"keterlambatan paling sedikit {duration(seconds, 'id')}",
        )
    if rule.quiet_hours is None:
        return who
    first, last = rule.quiet_hours
    return Sentence(
        f"{who.en}, but not from {first:02}:00 to {last:02}:00 by the customer's clock",
        f"{who.id}, kecuali pukul {first:02}.00 sampai {last:02}.00 waktu pelanggan",
    )


def where(case: Case, coverage: str) -> Iterator[Step]:
    """The places of a unit or its cluster, under that coverage; nothing where nobody named the cluster."""
    if case.drawn_for is None:
        return
    for place in places(case.force.experiment, case.drawn_for, coverage=coverage):
        yield _placed(place, coverage)


def _placed(place: Place, coverage: str) -> Step:
    named = {
        "layer": Sentence(f"Layer {place.name}", f"Layer {place.name}"),
        "holdout": Sentence(f"Outside holdout {place.name}", f"Di luar holdout {place.name}"),
        "coverage": Sentence("Coverage", "Cakupan"),
    }[place.kind]
    words = Sentence("takes part", "ikut") if place.inside else Sentence("does not take part", "tidak ikut")
    at, at_id = share(place.bucket, "en"), share(place.bucket, "id")
    low, high = place.bound.split(" to ")
    inside: dict[str, dict[str, object]] = {
        "layer": {"inside": place.inside},
        "holdout": {"held_out": not place.inside},
        "coverage": {"coverage": coverage, "covered": place.inside},
    }
    return Step(
        Sentence(
            f"{named.en}: at {at}, needed {low} to {high}: {words.en}.",
            f"{named.id}: pada {at_id}, perlu {_comma(low)} sampai {_comma(high)}: {words.id}.",
        ),
        {place.kind: {"bucket": place.bucket, **inside[place.kind]}},
    )


def _comma(written: str) -> str:
    return written.replace(".", ",")
