"""Where units were lost on the way from the assignment to the answer, in each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amends.analysis.formatting import Sentence, arm_name, count, p_value, percent
from amends.analysis.funnel import Funnel, FunnelStep, funnel
from amends.analysis.material import Material
from amends.analysis.reasons import explained
from amends.analysis.result import NotEnough
from amends.analysis.section import DASH, Section, SectionTable, both, p_cell, same
from amends.analysis.taking_part import taking_part
from amends.analysis.withheld import withheld

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

NAME = "funnel"
CHAPTER = "happened"
TITLE = Sentence("Where units were lost", "Di tahap mana unit hilang")
NEEDS_UNITS = False
TELLS_ARMS = True

STEPS = {
    "assigned": Sentence("assigned", "ditetapkan"),
    "sent": Sentence("sent", "dikirim"),
    "delivered": Sentence("delivered", "terkirim"),
    "started": Sentence("started the survey", "mulai mengisi survei"),
    "finished": Sentence("finished the survey", "menyelesaikan survei"),
    "completed": Sentence("finished in time", "selesai tepat waktu"),
    "matured": Sentence("assigned on matured days", "ditetapkan pada hari yang sudah matang"),
    "rated": Sentence("rated", "memberi nilai"),
    "asked": Sentence("asked whether they take part", "ditanya kesediaannya"),
    "refused": Sentence("refused to take part", "tidak bersedia ikut"),
    "withdrawn": Sentence("withdrew their answers", "menarik jawabannya"),
}

DESCRIPTIVE = Sentence(
    "The tests are descriptive, adjusted together (Holm), and decide nothing: completion has its own "
    "verdict. A step given the one before compares groups that the message itself may have formed; a step "
    "of all assigned compares the groups as they were randomised.",
    "Ujinya bersifat deskriptif, disesuaikan bersama (Holm), dan tidak memutuskan apa pun: survei selesai "
    "punya kesimpulan sendiri. Tahap terhadap tahap sebelumnya membandingkan kelompok yang mungkin dibentuk "
    "oleh pesan itu sendiri; tahap terhadap semua yang ditetapkan membandingkan kelompok hasil pengacakan.",
)
INVITED_APART = Sentence(
    "The invitation is a message of its own, so starting is counted of all assigned, whatever became of "
    "the arm's message.",
    "Undangan adalah pesan tersendiri, sehingga yang mulai mengisi dihitung dari semua yang ditetapkan, apa "
    "pun yang terjadi pada pesannya.",
)
COLLECTING = Sentence(
    "Still collecting: the steps are counted, and no difference between the arms is called before the "
    "verdict.",
    "Data masih dikumpulkan: tahap-tahapnya dihitung, dan belum ada perbedaan antarkelompok yang dinyatakan "
    "sebelum ada kesimpulan.",
)
TAKING_PART = Sentence(
    "Who refused or withdrew stays among those assigned and counts as not finished; no figure holds their "
    "answers. Asked are those who said yes or no: who only read the question is not recorded.",
    "Yang tidak bersedia atau menarik jawabannya tetap terhitung di antara yang ditetapkan, sebagai belum "
    "selesai; tidak ada angka yang memuat jawabannya. Yang ditanya adalah yang menjawab ya atau tidak: yang "
    "hanya membaca pertanyaannya tidak tercatat.",
)
CLUSTERED = Sentence(
    "Units share arms by cluster: every test counts clusters (Welch's, with distances from the common "
    "share), over the units that have matured.",
    "Unit berbagi kelompok per gugus: setiap uji menghitung gugus (uji Welch, jarak dari proporsi bersama), "
    "atas unit yang masanya sudah genap.",
)


def wanted(experiment: Experiment) -> bool:
    """Every experiment has a funnel."""
    return True


def section(material: Material) -> Section | None:
    """The funnel per arm; nothing before anybody is assigned."""
    if not any(arm.assigned for arm in material.tally.arms):
        return None
    found = funnel(
        material.experiment, material.tally, not_invited=material.not_invited, units=material.units
    )
    arms = [arm.name for arm in material.experiment.arms]
    columns = (
        Sentence("step", "tahap"),
        Sentence("of", "dari"),
        *(both(lambda locale, arm=arm: arm_name(arm, locale)) for arm in arms),  # type: ignore[misc]
        Sentence("test", "uji"),
        same("p"),
        Sentence("p, adjusted", "p, disesuaikan"),
    )
    decided = taking_part(material.experiment, material.tally, not_invited=material.not_invited)
    tables = tuple(
        SectionTable(columns, tuple(_row(step, arms) for step in steps), words=2)
        for steps in (found.steps, decided)
        if steps
    )
    return Section(
        NAME,
        CHAPTER,
        TITLE,
        said=_said(found, decided, material),
        tables=tables,
        notes=(*_notes(found, material), *([TAKING_PART] if decided else [])),
        figures={**_figures(found), "taking_part": [_step_figures(step) for step in decided]},
    )


def _row(step: FunnelStep, arms: list[str]) -> tuple[Sentence, ...]:
    name = DASH if isinstance(step.test, NotEnough) else same(step.test.name)
    p = step.test if isinstance(step.test, NotEnough) else step.test.p_value
    shown = (_cell(*step.counts[arm]) if arm in step.counts else DASH for arm in arms)
    return (STEPS[step.step], STEPS[step.of], *shown, name, p_cell(p), p_cell(step.p_adjusted))


def _cell(x: int, n: int) -> Sentence:
    if not n or x > n:
        return both(lambda locale: f"{count(x, locale)}/{count(n, locale)}")
    return both(lambda locale: f"{percent(x / n, locale)} ({count(x, locale)}/{count(n, locale)})")


def _said(found: Funnel, decided: tuple[FunnelStep, ...], material: Material) -> tuple[Sentence, ...]:
    if (instead := withheld(material, collecting=COLLECTING)) is not None:
        return (instead,)
    differ = [
        step
        for step in (*found.steps, *decided)
        if not isinstance(step.p_adjusted, NotEnough) and step.p_adjusted <= material.experiment.alpha
    ]
    # Data taken in later know of no start apart from the finish: said once.
    twice = [step.counts for step in differ if step.step == "finished"]
    differ = [step for step in differ if step.step != "started" or step.counts not in twice]
    if not differ:
        return (
            Sentence(
                "At no step was a difference between the arms shown.",
                "Tidak ada tahap yang terbukti berbeda antarkelompok.",
            ),
        )
    return tuple(_difference(step) for step in differ)


def _difference(step: FunnelStep) -> Sentence:
    def words(locale: str) -> str:
        shares = ", ".join(
            f"“{arm_name(arm, locale)}” {percent(x / n, locale)}" for arm, (x, n) in step.counts.items() if n
        )
        p = p_value(step.p_adjusted, locale)
        if locale == "id":
            return (
                f"Antarkelompok berbeda bagian yang {STEPS[step.step].id}, dari yang {STEPS[step.of].id}: "
                f"{shares} ({p} setelah penyesuaian)."
            )
        return f"The arms differ in how many {_verb(step)}, of those {_of(step)}: {shares} ({p} adjusted)."

    return both(words)


def _verb(step: FunnelStep) -> str:
    return f"were {step.step}" if step.step in ("sent", "delivered") else STEPS[step.step].en


def _of(step: FunnelStep) -> str:
    active = step.of in ("started", "finished", "completed")
    return f"who {STEPS[step.of].en}" if active else STEPS[step.of].en


def _notes(found: Funnel, material: Material) -> tuple[Sentence, ...]:
    notes = [DESCRIPTIVE] if found.steps else []
    if material.experiment.clustered and found.steps:
        notes.append(CLUSTERED)
    if any(step.step in ("sent", "delivered") for step in found.steps):
        notes.append(INVITED_APART)
    if found.left_out:
        en, other = (
            "; ".join(
                f"{STEPS[step][locale]}: {explained(reason)[locale]}"
                for step, reason in found.left_out.items()
            )
            for locale in ("en", "id")
        )
        notes.append(Sentence(f"Left out: {en}.", f"Tidak ditampilkan: {other}."))
    return tuple(notes)


def _figures(found: Funnel) -> dict[str, object]:
    return {
        "steps": [_step_figures(step) for step in found.steps],
        "adjustment": "Holm",
        "left_out": dict(found.left_out),
    }


def _step_figures(step: FunnelStep) -> dict[str, object]:
    return {
        "step": step.step,
        "of": step.of,
        "arms": {
            arm: {"n": x, "of": n, "share": x / n if n else NotEnough("no units")}
            for arm, (x, n) in step.counts.items()
        },
        "test": None if isinstance(step.test, NotEnough) else step.test.name,
        "p_value": step.test if isinstance(step.test, NotEnough) else step.test.p_value,
        "p_adjusted": step.p_adjusted,
    }
