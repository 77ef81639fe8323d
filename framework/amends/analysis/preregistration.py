"""The preregistration of an experiment: its frozen definition as answers to a registry's usual questions.

The questions are those that registries such as AsPredicted and OSF ask, in our own words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from amends.analysis import registry_answers
from amends.analysis.formatting import Sentence, moment
from amends.analysis.registry_analyses import analyses
from amends.analysis.registry_metrics import dependent_variables
from amends.analysis.reported import rfc3339

if TYPE_CHECKING:
    from amends.design.experiment import Experiment
    from amends.design.plan import Plan

TITLE = Sentence("Preregistration", "Praregistrasi")

QUESTIONS = {
    "data_collected": Sentence(
        "Have data been collected for this study already?",
        "Apakah data untuk penelitian ini sudah dikumpulkan?",
    ),
    "hypothesis": Sentence(
        "What is the main question, and what is expected?",
        "Apa pertanyaan utamanya, dan apa yang diharapkan?",
    ),
    "dependent_variables": Sentence(
        "What is measured, and how?",
        "Apa yang diukur, dan bagaimana?",
    ),
    "conditions": Sentence(
        "How many conditions are there, and which, and how are they assigned?",
        "Ada berapa kondisi, apa saja, dan bagaimana penetapannya?",
    ),
    "analyses": Sentence(
        "Which analyses answer the main question?",
        "Analisis mana yang menjawab pertanyaan utama?",
    ),
    "exclusions": Sentence(
        "How are outliers treated, and who is left out?",
        "Bagaimana pencilan diperlakukan, dan siapa yang dikeluarkan?",
    ),
    "sample_size": Sentence(
        "How many observations are collected, and what decides that?",
        "Berapa pengamatan yang dikumpulkan, dan apa yang menentukannya?",
    ),
    "other": Sentence(
        "What else is settled beforehand?",
        "Apa lagi yang ditetapkan sebelumnya?",
    ),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One question of a registry and what the definition says to it.

    Attributes:
        name: The question's key in the JSON object.
        question: As it is asked.
        said: The answer, sentence by sentence.
    """

    name: str
    question: Sentence
    said: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Preregistration:
    """A definition as a registry's answers.

    Attributes:
        experiment: The key.
        answers: In the order of the questions.
        fingerprint: SHA-256 of the definition, hexadecimal.
        frozen_at: When it was frozen; None for a draft, which may still change.
        after_the_fact: It was frozen by an import of finished data.
    """

    experiment: str
    answers: tuple[Answer, ...]
    fingerprint: str
    frozen_at: datetime | None
    after_the_fact: bool

    @property
    def stamp(self) -> Sentence:
        """When it was frozen, and the fingerprint by which anyone can check that it is the same."""
        if self.frozen_at is None:
            return Sentence(
                f"A draft, not frozen yet. SHA-256 of the definition as it is now: {self.fingerprint}.",
                f"Rancangan, belum dibekukan. SHA-256 definisi saat ini: {self.fingerprint}.",
            )
        at = {locale: moment(self.frozen_at, locale) for locale in ("en", "id")}
        if self.after_the_fact:
            return Sentence(
                f"Written after the fact, on {at['en']}, when the data were already there. SHA-256 of the "
                f"definition: {self.fingerprint}.",
                f"Ditulis setelah kejadian, pada {at['id']}, ketika data sudah ada. SHA-256 definisi: "
                f"{self.fingerprint}.",
            )
        return Sentence(
            f"Frozen on {at['en']}, before the first unit was assigned. SHA-256 of the definition: "
            f"{self.fingerprint}.",
            f"Dibekukan pada {at['id']}, sebelum unit pertama ditetapkan. SHA-256 definisi: "
            f"{self.fingerprint}.",
        )

    def to_text(self, *, locale: str = "en") -> str:
        """Plain text, the questions numbered."""
        from textwrap import wrap

        blocks = [f"{TITLE[locale]}: {self.experiment}", self.stamp[locale]]
        for number, answer in enumerate(self.answers, start=1):
            said = [line for sentence in answer.said for line in wrap(sentence[locale], 100)]
            blocks.append(
                "\n".join([f"{number}. {answer.question[locale]}", *(f"   {line}" for line in said)])
            )
        return "\n\n".join(blocks)

    def to_markdown(self, *, locale: str = "en") -> str:
        """Markdown, a heading for each question."""
        from amends.analysis.rendering.markdown import safe

        parts = [f"# {TITLE[locale]}: {safe(self.experiment)}", safe(self.stamp[locale])]
        for number, answer in enumerate(self.answers, start=1):
            said = "\n".join(f"- {safe(sentence[locale])}" for sentence in answer.said)
            parts.append(f"## {number}. {answer.question[locale]}\n\n{said}")
        return "\n\n".join(parts) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """The answers by question, with fingerprint and time."""
        return {
            "experiment": self.experiment,
            "fingerprint": self.fingerprint,
            "frozen_at": None if self.frozen_at is None else rfc3339(self.frozen_at),
            "after_the_fact": self.after_the_fact,
            "answers": {
                answer.name: {
                    "question": answer.question.to_dict(),
                    "said": [sentence.to_dict() for sentence in answer.said],
                }
                for answer in self.answers
            },
        }

    def __str__(self) -> str:
        return self.to_text()


def preregistration(
    experiment: Experiment,
    plan: Plan,
    *,
    fingerprint: str,
    frozen_at: datetime | None = None,
    after_the_fact: bool = False,
) -> Preregistration:
    """A definition as answers to a registry's usual questions.

    Args:
        experiment: The frozen definition; a draft's as it is now.
        plan: The planned sample.
        fingerprint: SHA-256 of the definition, hexadecimal.
        frozen_at: When it was frozen; None for a draft.
        after_the_fact: It was frozen when the data were already there.

    >>> from amends.design.arm import silence, sorry
    >>> from amends.design.experiment import Experiment
    >>> from amends.design.plan import plan
    >>> tea = Experiment(key="tea", notice="Late.", arms=[sorry("Sorry."), silence()], sample=50)
    >>> found = preregistration(tea, plan(tea), fingerprint=tea.fingerprint())
    >>> found.answers[6].said[0].en
    '100 customers in all, at least 50 in each arm, counted when they are assigned.'
    """
    said = {
        "data_collected": registry_answers.data_collected(frozen_at, after_the_fact=after_the_fact),
        "hypothesis": registry_answers.hypothesis(experiment),
        "dependent_variables": dependent_variables(experiment),
        "conditions": registry_answers.conditions(experiment),
        "analyses": analyses(experiment, after_the_fact=after_the_fact),
        "exclusions": registry_answers.exclusions(experiment),
        "sample_size": registry_answers.sample_size(experiment, plan),
        "other": registry_answers.other(experiment),
    }
    return Preregistration(
        experiment=experiment.key or "",
        answers=tuple(Answer(name, QUESTIONS[name], sentences) for name, sentences in said.items()),
        fingerprint=fingerprint,
        frozen_at=frozen_at,
        after_the_fact=after_the_fact,
    )
