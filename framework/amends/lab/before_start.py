"""The pre-launch checklist: what to look at before an experiment starts, on the command line and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from amends.design.plan import plan
from amends.lab.lifecycle import definition_now

if TYPE_CHECKING:
    from amends.analysis.formatting import Sentence
    from amends.design.experiment import Experiment
    from amends.lab.lab import Lab

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to look at before starting.

    Attributes:
        ok: False is worth a second thought, not a refusal.
        said: What there is to see. A caution of the definition is in English on both sides.
    """

    ok: bool
    said: Sentence


def checklist(lab: Lab, key: str) -> list[ChecklistItem]:
    """What to look at before starting: the plan, the texts, the warnings, where customers are led.

    Raises:
        UnknownExperiment: naming the nearest key.
        DefinitionError: when the file of that key is broken.
    """
    from amends.analysis.formatting import Sentence, count

    experiment = definition_now(lab, key)
    planned = plan(experiment)
    locales, owner = ", ".join(experiment.locales), experiment.owner
    items = [
        ChecklistItem(
            True,
            Sentence(
                f"planned: {count(planned.total)} units, {count(planned.smallest)} in the smallest arm",
                f"rencana: {count(planned.total, 'id')} unit, {count(planned.smallest, 'id')} di kelompok "
                "pesan terkecil",
            ),
        ),
        ChecklistItem(
            True,
            Sentence(
                f"languages: {locales or 'one text for all'}", f"bahasa: {locales or 'satu teks untuk semua'}"
            ),
        ),
        ChecklistItem(
            owner is not None,
            Sentence(f"owner: {owner or 'none named'}", f"penanggung jawab: {owner or 'belum ada'}"),
        ),
    ]
    if experiment.masked:
        items.append(
            ChecklistItem(
                True,
                Sentence(
                    "arms: masked, reports show letters until the stop",
                    "kelompok pesan: disamarkan, laporan memakai huruf sampai eksperimen dihentikan",
                ),
            )
        )
    items += _links(lab, experiment)
    return items + [ChecklistItem(False, Sentence(caution, caution)) for caution in experiment.warnings]


def on_this_machine(address: str) -> bool:
    """Whether an address leads no further than this machine.

    >>> on_this_machine("http://127.0.0.1:8501"), on_this_machine("https://survey.example.com")
    (True, False)
    """
    return (urlsplit(address).hostname or "") in LOOPBACK


def _links(lab: Lab, experiment: Experiment) -> list[ChecklistItem]:
    """Where the survey links lead; nothing where the survey is elsewhere or nobody is invited."""
    from amends.analysis.formatting import Sentence

    if experiment.invitation is None or isinstance(experiment.survey, str):
        return []
    where = lab.settings.public_url
    local = on_this_machine(where)
    hint = ": customers cannot reach it; set AMENDS_PUBLIC_URL" if local else ""
    petunjuk = ": pelanggan tidak dapat membukanya; atur AMENDS_PUBLIC_URL" if local else ""
    said = Sentence(f"survey links lead to {where}{hint}", f"tautan survei menuju {where}{petunjuk}")
    return [ChecklistItem(not local, said)]
