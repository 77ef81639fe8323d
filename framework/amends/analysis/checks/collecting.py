"""Checks of the collection: weekdays that an arm missed, days without anybody, shares that changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import exp
from typing import TYPE_CHECKING

from amends.analysis.checks.balance import independence
from amends.analysis.checks.check import BROKEN_BELOW, Check, graded, tested
from amends.analysis.formatting import Sentence, arm_name, count, percent
from amends.analysis.multiplicity import adjust
from amends.analysis.section import both

if TYPE_CHECKING:
    from amends.analysis.material import Material

WEEKDAYS = (
    Sentence("Monday", "Senin"),
    Sentence("Tuesday", "Selasa"),
    Sentence("Wednesday", "Rabu"),
    Sentence("Thursday", "Kamis"),
    Sentence("Friday", "Jumat"),
    Sentence("Saturday", "Sabtu"),
    Sentence("Sunday", "Minggu"),
)
DAYS_SHOWN = 5
SINCE = Sentence("of the units came after the last step", "unit datang setelah langkah terakhir")

ByDay = dict[date, Mapping[str, int]]


def collection_checks(material: Material) -> list[Check]:
    """Weekdays, outages and ramp-ups, from the units of every day; none for finished data of one day."""
    days: ByDay = {
        date.fromisoformat(cell.value): cell.assigned for cell in material.cells if cell.by == "day"
    }
    if not days:
        return []
    shares = dict(
        zip((arm.name for arm in material.experiment.arms), material.experiment.shares, strict=True)
    )
    found = [missed_weekdays(days, shares)] if not material.finished_data else []
    if len(days) > 1:
        found.append(unexpected_gaps(days))
    return found + _ramps(material, days)


def missed_weekdays(days: ByDay, shares: Mapping[str, float]) -> Check:
    """An arm without units on a weekday on which the shares promised it some.

    Blocks spread an arm more evenly than chance, so the probability is then an upper bound.
    """
    totals = [0] * 7
    seen = {arm: [0] * 7 for arm in shares}
    for day, arms in days.items():
        for arm in shares:
            totals[day.weekday()] += arms.get(arm, 0)
            seen[arm][day.weekday()] += arms.get(arm, 0)
    places = [(arm, weekday) for arm in shares for weekday in range(7) if totals[weekday]]
    chances = [1.0 if seen[arm][weekday] else (1 - shares[arm]) ** totals[weekday] for arm, weekday in places]
    adjusted = [float(p) for p in adjust(chances)]  # type: ignore[arg-type]
    missed = [place for place, p in zip(places, adjusted, strict=True) if p < BROKEN_BELOW]
    none = Sentence("every arm has units on every weekday that has any", "tiap kelompok punya unit tiap hari")
    found = both(
        lambda locale: (
            ", ".join(f"{arm_name(arm, locale)}: {WEEKDAYS[weekday][locale]}" for arm, weekday in missed)
            + tested(min(adjusted, default=None), locale)
        )
    )
    return Check(
        name="weekdays",
        what=Sentence("arms that missed a weekday", "kelompok yang tidak punya unit pada suatu hari"),
        found=found if missed else none,
        state="broken" if missed else "ok",
        meaning=Sentence(
            "An arm got nobody on a weekday on which the others did, so customers of that day are compared "
            "with nobody. Look at the sender's schedule and at filters by day.",
            "Satu kelompok tidak mendapat siapa pun pada hari ketika kelompok lain mendapatkannya, sehingga "
            "pelanggan hari itu tidak ada pembandingnya. Periksa jadwal pengirim dan penyaring per hari.",
        ),
        figures={
            "missed": [{"arm": arm, "weekday": WEEKDAYS[weekday].en} for arm, weekday in missed],
            "p_value": min(adjusted, default=None),
        },
    )


def unexpected_gaps(days: ByDay) -> Check:
    first, last = min(days), max(days)
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    totals = {day: sum(days.get(day, {}).values()) for day in span}
    empty = [day for day in span if not totals[day]]
    chances = adjust([exp(-_usual(totals, day)) for day in empty])
    outages = [day for day, p in zip(empty, chances, strict=True) if graded(p, broken=BROKEN_BELOW) != "ok"]
    shown = ", ".join(day.isoformat() for day in outages[:DAYS_SHOWN])
    more = len(outages) - DAYS_SHOWN
    listed = f": {shown}{f', … (+{more})' if more > 0 else ''}" if outages else ""
    return Check(
        name="outages",
        what=Sentence("days without anybody", "hari tanpa seorang pun"),
        found=Sentence(
            f"{count(len(outages))} unexpected of {count(len(span))} days{listed}",
            f"{count(len(outages), 'id')} tak terduga dari {count(len(span), 'id')} hari{listed}",
        ),
        state="look at this" if outages else "ok",
        meaning=Sentence(
            "On days like these there are usually customers, so the sender or the database was probably "
            "down, or the experiment paused. The arms stay comparable; the days are not represented.",
            "Pada hari seperti itu biasanya ada pelanggan; mungkin pengirim atau basis data terhenti, atau "
            "eksperimen dijeda. Kelompok tetap sebanding; hari-hari itu tidak terwakili.",
        ),
        figures={
            "first": first.isoformat(),
            "last": last.isoformat(),
            "empty": [day.isoformat() for day in empty],
            "unexpected": [day.isoformat() for day in outages],
        },
    )


def _usual(totals: Mapping[date, int], day: date) -> float:
    """Units to be expected that day: the other days of that weekday, else all others."""
    alike = [n for other, n in totals.items() if other != day and other.weekday() == day.weekday()]
    if len(alike) < 2:
        alike = [n for other, n in totals.items() if other != day]
    return sum(alike) / len(alike) if alike else 0.0


def _ramps(material: Material, days: ByDay) -> list[Check]:
    """Whether the arms kept their shares when the coverage was raised."""
    ramps = material.rows.ramps if material.rows is not None else ()
    if not ramps:
        return []
    arms = [arm.name for arm in material.experiment.arms]
    periods: list[dict[str, int]] = [dict.fromkeys(arms, 0) for _ in range(len(ramps) + 1)]
    for day, units in days.items():
        period = sum(day >= at.date() for at, _, _ in ramps)
        for arm in arms:
            periods[period][arm] += units.get(arm, 0)
    p = independence({arm: {str(n): part[arm] for n, part in enumerate(periods)} for arm in arms})
    total = sum(sum(part.values()) for part in periods)
    last = sum(periods[-1].values()) / total if total else 0.0
    steps = " → ".join([ramps[0][1], *(to for _, _, to in ramps)])
    return [
        Check(
            name="ramps",
            what=Sentence("coverage raised on the way", "cakupan dinaikkan di tengah jalan"),
            found=both(
                lambda locale: f"{steps}; {percent(last, locale)} {SINCE[locale]}{tested(p, locale)}"
            ),
            state=graded(p, broken=BROKEN_BELOW),
            meaning=Sentence(
                "The arms' shares changed when the coverage was raised, so the periods mix unequally in the "
                "arms. Compare the arms within each period only.",
                "Porsi kelompok berubah saat cakupan dinaikkan, sehingga periode bercampur tidak sama antar"
                "kelompok. Bandingkan kelompok hanya di dalam tiap periode.",
            ),
            figures={"steps": [[at.isoformat(), before, to] for at, before, to in ramps],
                     "periods": periods, "p_value": p},
        )
    ]  # fmt: skip
