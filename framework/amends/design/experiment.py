"""An experiment: the arms, what every customer reads, what is measured, how it is drawn and decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from amends.design import cautions, rules
from amends.design.arguments import an_instance, as_invitation, as_question, check_sample
from amends.design.arm import Arm
from amends.design.attention import check_exclusions
from amends.design.checks import (
    check_choice,
    check_duration,
    check_flag,
    check_key,
    check_list,
    check_name,
    check_names,
    check_number,
    check_text,
    refuse_unknown,
)
from amends.design.contrasts import Contrast, as_contrast
from amends.design.eligibility import Eligibility, everyone
from amends.design.invitation import Invitation, default_invitation
from amends.design.masking import check_maskable
from amends.design.metrics import Mean, Proportion, metric_from_dict
from amends.design.moderators import Exploratory, as_moderators, written
from amends.design.randomization import Cluster, Holdout, Layer, Randomization, hashed
from amends.design.reminder import Reminder
from amends.design.survey import Choice, Rating, Scale, Text, as_survey, item_from_dict
from amends.design.value import Value, plain, seconds
from amends.design.wording import Wording, as_wording
from amends.errors import DefinitionError, UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Words = str | Wording | Mapping[str, str] | None

FORMAT = 1
REPEATS = ("same_arm", "nothing", "new_unit")
DERIVED = {"thresholds": "arms", "items": "survey", "amends": "amends", "question_by_locale": "question"}

_INVITATION = default_invitation()
_EVERYONE = everyone()
_HASHED = hashed()


class Experiment(Value):
    """The whole definition of an experiment, checked when it is made and never changed after.

    Args:
        arms: Two or more of `thank_you(…)`, `sorry(…)`, `silence()`, `Arm(…)`; the order matters
            (an earlier arm is compared with a later one).
        metrics: What is measured; the first is primary. `[Proportion("completed")]` by default.
        key: Its name; the file's name where it lives in a file.
        question: What it asks, one sentence; the file's first line where it lives in a file. In further
            languages beside it: `question=text(id="…")`.
        owner: The team that answers for it.
        unit: What is assigned: customer, party, parcel.
        eligible: `everyone()` or `delayed_by(hours=24)`.
        notice: The facts, the same in every arm.
        otherwise: The usual message for those not enrolled; the notice alone by default.
        invitation: To the survey, the same in every arm; `invite(…)`, or None where none is sent.
        survey: Questions, or the address of an outside form with `{token}` in it.
        consent: Shown before the survey; `debrief` after it.
        completion_code: Whether the survey's last page shows a code, as proof for a panel.
        show_message: `"message"`, or `"survey"` where the sentence stands on the survey page instead.
        response_window: How long after the invitation an answer counts; None for no limit.
        on_repeat: What a new incident of a known unit gets: `"same_arm"`, `"nothing"`, `"new_unit"`.
        sender: `"machine"`, or `"human"` where people hand out messages (needs blocks).
        cluster: `"party"` or `Cluster("party", size=3, icc=0.1)` where units share an arm.
        randomize: `hashed()` or `blocked(by=…)`.
        layer: Slice shared with other experiments; `holdout` those left alone by all.
        contrasts: Pairs of arms to compare; every pair by default.
        mediators: Names of survey items that may explain the effect; `covariates` are known before the
            message.
        moderators: For whom the arms may differ more: covariates, strata, `channel`, `delay`, `locale` or
            `weekend`; `exploratory(…)` where nobody predicted it.
        hypothesis: What is expected, in words; `exclusions` who is left out of the analysis and why.
        alpha: Error rate of the whole decision, above 0 and below 0.5.
        power: Chance of finding a difference of `detect`.
        sample: Planned units of the smallest arm; fixes the plan instead of `detect`.
        reminder: `Reminder(share=0.3)`: a random share of the silent is reminded after the response window.
        masked: Whether reports show letters for the arms until the stop, so that nobody can stop on a
            result. Needs arms that are treated alike: equal weights, every pair compared.

    Attributes:
        question_by_locale: The question in further languages; `question_in` chooses.
        exploratory: The moderators that nobody predicted.
        locales: Languages it speaks; empty where single strings stand for every language.
        slots: Names a call must give, whatever arm is drawn.
        items: Questions asked, one by one.
        warnings: What is allowed but doubtful, as sentences.
        thresholds: Integers below which a bucket belongs to each arm, in declaration order.
        arm_of: The arm of an id (the cluster's where clustered); pure, records nothing. `arms_of` does
            the same for many. Both raise `UsageError` without a key, and under blocks.

    Raises:
        DefinitionError: Something breaks a rule; the message names value, rule and remedy.

    >>> from amends.design.arm import silence, thank_you
    >>> experiment = Experiment(key="tea", notice="Late.", arms=[thank_you("Thank you."), silence()])
    >>> experiment.pairs(), experiment.arm_of("C-1") in ("thank_you", "silence")
    ((('thank_you', 'silence'),), True)
    """

    _fields = (
        "key", "question", "owner", "unit", "eligible", "notice", "arms", "otherwise", "invitation",
        "metrics", "survey", "consent", "debrief", "show_message", "response_window", "on_repeat", "sender",
        "cluster",
        "randomize", "layer", "holdout", "contrasts", "mediators", "moderators", "covariates", "hypothesis",
        "exclusions", "alpha", "power", "sample", "masked", "reminder",
        "question_by_locale", "completion_code",
    )  # fmt: skip
    _added = MappingProxyType(
        {"masked": False, "reminder": None, "question_by_locale": {}, "completion_code": False}
    )

    _settled = ("question_by_locale",)

    key: str | None
    question: str | None
    question_by_locale: Mapping[str, str]
    owner: str | None
    unit: str
    eligible: Eligibility
    notice: Wording | None
    arms: tuple[Arm, ...]
    otherwise: Wording | None
    invitation: Invitation | None
    metrics: tuple[Proportion | Mean, ...]
    survey: tuple[Rating | Scale | Choice | Text, ...] | str | None
    consent: Wording | None
    debrief: Wording | None
    completion_code: bool
    show_message: str
    response_window: timedelta | None
    on_repeat: str
    sender: str
    cluster: Cluster | None
    randomize: Randomization
    layer: Layer | None
    holdout: Holdout | None
    contrasts: tuple[Contrast, ...]
    mediators: tuple[str, ...]
    moderators: tuple[str, ...]
    exploratory: tuple[str, ...]
    covariates: tuple[str, ...]
    hypothesis: str | None
    exclusions: tuple[str, ...]
    alpha: float
    power: float
    sample: int | None
    masked: bool
    reminder: Reminder | None
    locales: tuple[str, ...]
    slots: frozenset[str]
    items: tuple[Rating | Choice | Text, ...]
    warnings: tuple[str, ...]
    thresholds: tuple[int, ...]
    arm_of: Callable[[str | int], str]
    arms_of: Callable[[Iterable[str | int]], list[str]]

    def __init__(
        self,
        *,
        arms: Iterable[Arm] = (),
        metrics: Iterable[Proportion | Mean] | None = None,
        key: str | None = None,
        question: Words = None,
        owner: str | None = None,
        unit: str = "customer",
        eligible: Eligibility = _EVERYONE,
        notice: Words = None,
        otherwise: Words = None,
        invitation: Invitation | str | None = _INVITATION,
        survey: Any = None,
        consent: Words = None,
        debrief: Words = None,
        completion_code: bool = False,
        show_message: str = "message",
        response_window: timedelta | None = None,
        on_repeat: str = "same_arm",
        sender: str = "machine",
        cluster: Cluster | str | None = None,
        randomize: Randomization = _HASHED,
        layer: Layer | None = None,
        holdout: Holdout | None = None,
        contrasts: Iterable[Contrast | tuple[str, str]] = (),
        mediators: Iterable[str] = (),
        moderators: Iterable[str | Exploratory] = (),
        covariates: Iterable[str] = (),
        hypothesis: str | None = None,
        exclusions: Iterable[str] = (),
        alpha: float = 0.05,
        power: float = 0.8,
        sample: int | None = None,
        masked: bool = False,
        reminder: Reminder | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("Experiment", unknown, [name for name in self._fields if name not in self._settled])
        asks, further = as_question(question)
        named, explored = as_moderators(moderators)
        self._fill(
            key=None,
            question=asks,
            question_by_locale=further,
            owner=owner if owner is None else check_text(owner, "owner"),
            unit=check_name(unit, "unit"),
            eligible=an_instance(eligible, Eligibility, "eligible", "everyone() or delayed_by(hours=24)"),
            notice=as_wording(notice, "notice"),
            arms=check_list(arms, "arms", "[thank_you(…), sorry(…)]"),
            otherwise=as_wording(otherwise, "otherwise"),
            invitation=as_invitation(invitation),
            survey=as_survey(survey),
            consent=as_wording(consent, "consent"),
            debrief=as_wording(debrief, "debrief"),
            completion_code=check_flag(completion_code, "completion_code"),
            show_message=check_choice(show_message, "show_message", ("message", "survey")),
            response_window=None
            if response_window is None
            else check_duration(response_window, "response_window"),
            on_repeat=check_choice(on_repeat, "on_repeat", REPEATS),
            sender=check_choice(sender, "sender", ("machine", "human")),
            cluster=Cluster(cluster)
            if isinstance(cluster, str)
            else an_instance(cluster, Cluster, "cluster", '"party"'),
            randomize=an_instance(randomize, Randomization, "randomize", "hashed() or blocked(by=…)"),
            layer=an_instance(layer, Layer, "layer", 'Layer("delays", 0.0, 0.5)'),
            holdout=an_instance(holdout, Holdout, "holdout", 'Holdout("untouched", 0.05)'),
            contrasts=tuple(
                as_contrast(item) for item in check_list(contrasts, "contrasts", '[("thank_you", "sorry")]')
            ),
            mediators=check_names(mediators, "mediator"),
            moderators=named,
            exploratory=explored,
            covariates=check_names(covariates, "covariate"),
            hypothesis=hypothesis if hypothesis is None else check_text(hypothesis, "hypothesis"),
            exclusions=tuple(
                check_text(item, "exclusion") for item in check_list(exclusions, "exclusions", '["staff"]')
            ),
            alpha=check_number(alpha, "alpha", low=0, high=0.5, remedy="The customary value is 0.05."),
            power=check_number(power, "power", low=0, high=1, remedy="The customary value is 0.8."),
            sample=check_sample(sample),
            masked=check_flag(masked, "masked"),
            reminder=an_instance(reminder, Reminder, "reminder", "Reminder(share=0.3)"),
        )
        declared = (
            (Proportion("completed"),) if metrics is None else check_list(metrics, "metrics", "[Mean(…)]")
        )
        self._settle(declared)
        self._fill(arm_of=self._unbound, arms_of=self._unbound)
        if key is not None:
            self._bind(key)

    def _settle(self, metrics: Sequence[Proportion | Mean]) -> None:
        """Applies the rules between the parts, and derives what follows from them."""
        rules.check_arms(self.arms)
        items = self.survey if isinstance(self.survey, tuple) else ()
        settled = rules.settle_metrics(metrics, items)
        spoken = [locale for arm in self.arms if arm.text for locale in arm.text.locales]
        asked = rules.settle_questions(
            settled,
            items,
            outside=isinstance(self.survey, str),
            invited_in=spoken if self.survey is None and self.invitation is not None else None,
        )
        facts = [
            (what, text) for what, text in (("notice", self.notice), ("otherwise", self.otherwise)) if text
        ]
        page = [(what, text) for what, text in (("consent", self.consent), ("debrief", self.debrief)) if text]
        rules.check_no_slots(page)
        if self.show_message == "survey":
            rules.check_no_slots((f"arm {arm.name!r}", arm.text) for arm in self.arms if arm.text)
        inviting = [("invitation", self.invitation.text)] if self.invitation else []
        questions = [(f"survey item {item.name!r}", words) for item in asked for words in item.wordings()]
        sentences = [(f"arm {arm.name!r}", arm.text) for arm in self.arms if arm.text]
        if isinstance(self.survey, str):
            questions = []
        self._fill(
            metrics=settled,
            items=asked,
            locales=rules.settle_locales(self.arms, facts, [*inviting, *page, *questions]),
            slots=rules.settle_slots([*facts, *sentences], self.invitation),
            warnings=(
                *cautions.length_cautions(self.arms),
                *cautions.request_cautions([*facts, *sentences]),
                *cautions.unsaid_cautions(self.arms, self.notice, self.otherwise),
                *cautions.moderator_cautions(self.moderators, (*self.covariates, *self.strata)),
            ),
        )
        rules.check_contrasts(self.contrasts, self.arms)
        if self.masked:
            check_maskable(self.arms, self.contrasts)
        check_exclusions(self.exclusions, [*items, *asked])
        rules.check_randomization(
            self.randomize,
            weights=self.weights,
            metrics=settled,
            sender=self.sender,
            cluster=self.cluster,
            on_repeat=self.on_repeat,
        )
        rules.check_roles_of_names(
            mediators=self.mediators,
            before=[("moderator", self.moderators), ("covariate", self.covariates)],
            items=items,
            metrics=settled,
        )
        rules.check_reminder(self.reminder, window=self.response_window, invited=self.invitation is not None)
        rules.check_own_page(
            {
                'show_message="survey"': self.show_message == "survey",
                "completion_code=True": self.completion_code,
            },
            invited=self.invitation is not None,
            outside=isinstance(self.survey, str),
        )

    def bind(self, key: str, question: str | None = None) -> Experiment:
        """The same experiment under a key, ready to assign.

        Args:
            key: Its name, `[a-z][a-z0-9_]{0,63}`.
            question: What it asks, unless the definition says so itself.

        Raises:
            DefinitionError: The key is no name, or the definition names another one.
        """
        if self.key is not None and self.key != key:
            raise DefinitionError(
                f"key={self.key!r} stands in a definition that is called {key!r}: the file's name is the "
                "key. Leave key out, or rename the file."
            )
        bound = self.derived(question=self.question or question)
        bound._bind(key)
        return bound

    def _bind(self, key: str, thresholds: tuple[int, ...] | None = None) -> None:
        from amends.assignment.hashing import chooser, chooser_of_many
        from amends.assignment.hashing import thresholds as exact

        bounds = thresholds or exact(self.weights)
        self._fill(key=check_key(key), thresholds=bounds, arm_of=self._sealed, arms_of=self._sealed)
        if not self.randomize.blocked:
            names = [arm.name for arm in self.arms]
            self._fill(arm_of=chooser(key, names, bounds), arms_of=chooser_of_many(key, names, bounds))

    def _unbound(self, _: object = None) -> NoReturn:
        raise UsageError(
            'this experiment has no key yet, and the arm depends on it. Load it with amends.load("…"), '
            'or give Experiment(key="…").'
        )

    def _sealed(self, _: object = None) -> NoReturn:
        raise UsageError(
            f"{self.key!r} draws its arms in blocks from a sealed list, so no arm follows from an id alone. "
            "Call assign, which records the position."
        )

    # -- reading it -------------------------------------------------------------------------

    @property
    def speaking_arms(self) -> tuple[Arm, ...]:
        """Arms that add a sentence."""
        return tuple(arm for arm in self.arms if not arm.silent)

    @property
    def silent_arms(self) -> tuple[Arm, ...]:
        """Arms that add nothing to the notice."""
        return tuple(arm for arm in self.arms if arm.silent)

    @property
    def weights(self) -> tuple[int | float | str, ...]:
        """The arms' weights in declaration order, as written."""
        return tuple(arm.weight for arm in self.arms)

    @property
    def shares(self) -> tuple[float, ...]:
        """The arms' expected shares, adding up to one."""
        from fractions import Fraction

        exact = [Fraction(str(weight)) for weight in self.weights]
        return tuple(float(weight / sum(exact)) for weight in exact)

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata whose values a call must give."""
        return self.randomize.by

    @property
    def block_sizes(self) -> tuple[int, ...]:
        """Sizes that blocks may have; empty where the arm is hashed."""
        from amends.assignment.blocks import default_sizes

        if not self.randomize.blocked:
            return ()
        return self.randomize.sizes or default_sizes(self.weights)

    @property
    def clustered(self) -> bool:
        """Whether several units share a draw, so that rows are not independent."""
        return self.cluster is not None or self.on_repeat == "new_unit"

    @property
    def primary_metric(self) -> Proportion | Mean:
        """The metric that sets the plan and the verdict."""
        return next(metric for metric in self.metrics if metric.role == "primary")

    def arm(self, name: str) -> Arm:
        """An arm by name. Raises `UsageError` with the nearest name where there is none."""
        found: Arm = self._named(name, self.arms, "arms")
        return found

    def metric(self, name: str) -> Proportion | Mean:
        """A metric by name. Raises `UsageError` with the nearest name where there is none."""
        found: Proportion | Mean = self._named(name, self.metrics, "metrics")
        return found

    def item(self, name: str) -> Rating | Choice | Text:
        """A question by name. Raises `UsageError` with the nearest name where there is none."""
        found: Rating | Choice | Text = self._named(name, self.items, "survey items")
        return found

    def _named(self, name: str, things: Sequence[Any], what: str) -> Any:
        for thing in things:
            if thing.name == name:
                return thing
        known = [thing.name for thing in things]
        raise UsageError(f"{self.key or 'the experiment'} has no {name!r}. {nearest(name, known, what=what)}")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The comparisons (arm, versus): as declared, else every pair.

        An earlier arm is compared with a later one; silence is always what others are compared with.
        """
        if self.contrasts:
            return tuple(item.pair for item in self.contrasts)
        ordered = [*self.speaking_arms, *self.silent_arms]
        return tuple((a.name, b.name) for i, a in enumerate(ordered) for b in ordered[i + 1 :])

    def question_in(self, locale: str) -> str | None:
        """What it asks in a language: as declared for it, else as the file says it.

        >>> from amends.design.arm import silence, thank_you
        >>> arms = [thank_you("Thank you."), silence()]
        >>> tea = Experiment(arms=arms, question={"id": "Membantu?"}).bind("tea", "Does it help?")
        >>> tea.question_in("id-ID"), tea.question_in("en"), tea.question
        ('Membantu?', 'Does it help?', 'Does it help?')
        """
        from amends.design.locales import best_locale

        named = best_locale(locale, self.question_by_locale)
        return self.question if named is None else self.question_by_locale[named]

    def locale_for(self, wanted: str) -> str | None:
        """The locale to speak to a customer: exact, else base language; None where there is no text."""
        from amends.design.locales import best_locale, normalise

        return best_locale(wanted, self.locales) if self.locales else normalise(wanted) or wanted

    # -- freezing it ------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The content as plain JSON types; `from_dict` reads it back."""
        content: dict[str, Any] = super().to_dict()
        return {**content, "moderators": written(self.moderators, self.exploratory)}

    def snapshot(self) -> dict[str, Any]:
        """The complete bound definition as JSON types, thresholds and questions included."""
        if self.key is None:
            self._unbound()
        return {
            "amends": FORMAT,
            **self.to_dict(),
            "items": plain(self.items),
            "thresholds": list(self.thresholds),
        }

    def fingerprint(self) -> str:
        """SHA-256 of the snapshot's canonical JSON (sorted keys, no blanks, UTF-8), hexadecimal."""
        import hashlib
        import json

        canonical = json.dumps(self.snapshot(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> Experiment:
        """The definition behind a snapshot, with the thresholds and questions frozen in it.

        Raises:
            DefinitionError: It was written by a later format of this package.
        """
        if snapshot.get("amends") != FORMAT:
            raise DefinitionError(
                f"the stored definition has format {snapshot.get('amends')!r}, this version reads "
                f"{FORMAT}. Update amends."
            )
        frozen = cls.from_dict({**snapshot, "key": None})
        frozen._fill(items=tuple(item_from_dict(item) for item in snapshot["items"]))
        frozen._bind(snapshot["key"], tuple(snapshot["thresholds"]))
        return frozen

    @classmethod
    def from_dict(cls, data: Any) -> Experiment:
        """A definition read back from `to_dict()`."""
        survey = data["survey"]
        if isinstance(survey, list):
            survey = [item_from_dict(item) for item in survey]
        read = cls._content(data)
        read |= {
            "eligible": Eligibility.from_dict(data["eligible"]),
            "arms": [Arm.from_dict(item) for item in data["arms"]],
            "metrics": [metric_from_dict(item) for item in data["metrics"]],
            "survey": survey,
            "response_window": seconds(data["response_window"]),
            "randomize": Randomization.from_dict(data["randomize"]),
            "contrasts": [Contrast.from_dict(item) for item in data["contrasts"]],
        }
        for name, kind in (
            ("invitation", Invitation),
            ("cluster", Cluster),
            ("layer", Layer),
            ("holdout", Holdout),
            ("reminder", Reminder),
        ):
            read[name] = None if data.get(name) is None else kind.from_dict(data[name])
        said = {"question": read["question"], "question_by_locale": read.pop("question_by_locale")}
        made = cls(**{**read, "question": None})
        made._fill(**said)
        return made

    def __repr__(self) -> str:
        return f"Experiment({self.key or 'unbound'}: {', '.join(arm.name for arm in self.arms)})"

    def __hash__(self) -> int:
        return hash((self.key, tuple(arm.name for arm in self.arms)))

    def __reduce__(self) -> tuple[Any, ...]:
        if self.key is None:
            return Experiment.from_dict, (self.to_dict(),)
        return Experiment.from_snapshot, (self.snapshot(),)


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields in which two snapshots differ, sorted.

    >>> changed_fields({"alpha": 0.05, "thresholds": [1]}, {"alpha": 0.1, "thresholds": [2]})
    ('alpha', 'arms')
    """
    names = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    return tuple(sorted({DERIVED.get(name, name) for name in names}))
