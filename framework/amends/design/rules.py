"""The rules that hold between the parts of an experiment; each error names value, rule and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from amends.design.arm import Arm
from amends.design.checks import check_unique
from amends.design.contrasts import Contrast
from amends.design.invitation import Invitation
from amends.design.items import ASKED
from amends.design.metrics import Mean, Metric, Proportion
from amends.design.randomization import AFTER_ASSIGNMENT, Cluster, Randomization
from amends.design.rated import check_rated, scale_of
from amends.design.reminder import Reminder
from amends.design.survey import Choice, Rating, Scale, Text, questions
from amends.design.wording import Wording
from amends.errors import DefinitionError

OURS = frozenset({"greeting", "survey_url", "answer_by"})
ASSIGN_KEYWORDS = frozenset(
    {
        "arm", "at", "channel", "cluster", "covariates", "delay", "experiment", "incident", "key", "locale",
        "promised_at", "strata", "test", "timezone", "unit_id",
    }
)  # fmt: skip
SPOKEN_BY_US = ("en", "id")
SMALLEST_SHARE = 10_000

Item = Rating | Scale | Choice | Text
Named = tuple[str, Wording]


def check_arms(arms: Sequence[Arm]) -> None:
    """At least two arms, unique names, and the same factors in all of them."""
    for arm in arms:
        if not isinstance(arm, Arm):
            raise DefinitionError(
                f"arms has {arm!r}, which is no arm. Use thank_you(…), sorry(…), silence() or Arm(…)."
            )
    check_unique([arm.name for arm in arms], "arm")
    if len(arms) < 2:
        named = ", ".join(arm.name for arm in arms) or "none"
        raise DefinitionError(
            f"arms has {len(arms)} ({named}); an experiment compares at least two. Add another, for "
            "instance silence()."
        )
    _check_shares(arms)
    factors = set(arms[0].factors)
    for arm in arms:
        if set(arm.factors) != factors:
            raise DefinitionError(
                f"arm {arm.name!r} has the factors {sorted(arm.factors) or 'none'}, arm {arms[0].name!r} has "
                f"{sorted(factors) or 'none'}: where arms cross, give every arm a level of every factor."
            )
    if factors:
        check_unique(
            ["/".join(f"{k}={arm.factors[k]}" for k in sorted(factors)) for arm in arms], "combination"
        )


def _check_shares(arms: Sequence[Arm]) -> None:
    from amends.assignment.blocks import integer_weights

    if all(arm.weight == 1 for arm in arms):
        return
    whole = integer_weights([arm.weight for arm in arms])
    for arm, weight in zip(arms, whole, strict=True):
        if weight * SMALLEST_SHARE < sum(whole):
            raise DefinitionError(
                f"weight of arm {arm.name!r} is {arm.weight!r}, less than one in {SMALLEST_SHARE:,} of all: "
                "hardly anybody would get that arm. Give it more, or leave it out."
            )


def settle_locales(arms: Sequence[Arm], facts: Sequence[Named], asked: Sequence[Named]) -> tuple[str, ...]:
    """The locales the experiment speaks; empty where single strings stand for every locale.

    Args:
        arms: The arms; those with a text must agree exactly.
        facts: Notice and otherwise, which must agree with the arms.
        asked: Invitation, survey, consent and debrief, which must cover the arms' locales.
    """
    spoken = [(f"arm {arm.name!r}", arm.text) for arm in arms if arm.text is not None]
    for what, wording in spoken[1:]:
        first_what, first = spoken[0]
        if set(wording.locales) != set(first.locales):
            raise DefinitionError(
                f"{what} is written in {_listed(wording)}, {first_what} in {_listed(first)}: every speaking "
                "arm needs the same locales, or customers of one language would never see one of the arms. "
                "Add the missing text."
            )
    leading: Named | None = None
    for what, wording in [*spoken[:1], *facts]:
        if not wording.locales:
            continue
        if leading is not None and set(wording.locales) != set(leading[1].locales):
            raise DefinitionError(
                f"{what} is written in {_listed(wording)}, {leading[0]} in {_listed(leading[1])}: "
                "they are read together, so they need the same locales. Add the missing text."
            )
        leading = leading or (what, wording)
    locales = leading[1].locales if leading else ()
    for what, wording in asked:
        for locale in locales:
            if wording.get(locale) is None:
                raise DefinitionError(
                    f"{what} is written in {_listed(wording)}, but {leading[0] if leading else 'an arm'} "
                    f"also speaks {locale!r}. Add {locale}=… to it."
                )
    return locales


def _listed(wording: Wording) -> str:
    return ", ".join(wording.locales) or "one text for every locale"


def settle_slots(texts: Sequence[Named], invitation: Invitation | None) -> frozenset[str]:
    """The slots that a call must give: all texts', without those that we fill ourselves."""
    for what, wording in texts:
        if "survey_url" in wording.slots:
            raise DefinitionError(
                f"{what} has the slot {{survey_url}}: the link belongs in the invitation, which is the same "
                "in every arm. Move it to invitation=invite(…)."
            )
    named = [*texts, ("invitation", invitation.text)] if invitation else list(texts)
    slots: set[str] = set()
    for what, wording in named:
        for slot in sorted(wording.slots):
            _check_slot(slot, what, wording)
        slots |= wording.slots
    return frozenset(slots - OURS)


def _check_slot(slot: str, what: str, wording: Wording) -> None:
    if slot in ASSIGN_KEYWORDS:
        raise DefinitionError(
            f"{what} has the slot {{{slot}}}, but {slot!r} is an argument of assign itself. "
            f"Rename the slot, for instance {{the_{slot}}}."
        )
    if slot in ("greeting", "answer_by"):
        for locale in wording.locales:
            if locale.split("_")[0] not in SPOKEN_BY_US:
                raise DefinitionError(
                    f"{what} asks for {{{slot}}} in {locale!r}; we fill it in English and Indonesian only. "
                    f"Write the words out in {locale!r}, in every arm alike."
                )


def check_no_slots(named: Iterable[Named]) -> None:
    """What stands on the survey page, which knows no sender's facts, has no slots."""
    for what, wording in named:
        if wording.slots:
            raise DefinitionError(
                f"{what} has the slot {{{min(wording.slots)}}}; the survey page knows no sender's facts. "
                "Write it without."
            )


def settle_metrics(
    metrics: Sequence[Proportion | Mean], items: Sequence[Item]
) -> tuple[Proportion | Mean, ...]:
    """The metrics with their roles: exactly one primary, the first unless another says so."""
    for metric in metrics:
        if not isinstance(metric, Metric):
            raise DefinitionError(
                f"metrics has {metric!r}, which is no metric. Use Proportion(…) or Mean(…)."
            )
    if not metrics:
        raise DefinitionError(
            'metrics is empty; an experiment needs one at least. Write [Proportion("completed")].'
        )
    check_unique([metric.name for metric in metrics], "metric")
    declared = [metric.name for metric in metrics if metric.role == "primary"]
    if len(declared) > 1:
        raise DefinitionError(
            f"metrics {', '.join(map(repr, declared))} are all primary; exactly one may be, for it sets the "
            'plan. Give the others role="secondary".'
        )
    free = [metric.name for metric in metrics if metric.role is None]
    if not declared and not free:
        raise DefinitionError('no metric is primary; exactly one must be. Give one role="primary".')
    primary = declared[0] if declared else free[0]
    return tuple(_settled(metric, primary, metrics, items) for metric in metrics)


def _settled(
    metric: Proportion | Mean, primary: str, metrics: Sequence[Proportion | Mean], items: Sequence[Item]
) -> Proportion | Mean:
    role = metric.role or ("primary" if metric.name == primary else "secondary")
    settled = metric if metric.role == role else metric.with_role(role)
    if settled.of is not None:
        check_rated(settled, scale_of(settled, metrics, items))
    elif isinstance(settled, Mean) and settled.source == "survey":
        settled = _scaled(settled, items)
    if isinstance(settled, Mean) and role == "primary" and settled.sd is None:
        raise DefinitionError(
            f"Mean({metric.name!r}) sets the plan but has neither scale nor sd. Give sd=…, in the "
            "metric's unit."
        )
    return settled


def _scaled(metric: Mean, items: Sequence[Item]) -> Mean:
    everything: list[Item] = [*items, *questions(items)]
    item = next((item for item in everything if item.name == metric.name), None)
    if item is None and metric.scale is None:
        raise DefinitionError(
            f"Mean({metric.name!r}) comes from the survey but has no scale and no survey item of that name. "
            'Give scale=(1, 7), or source="outcome" where it needs no survey.'
        )
    if item is None:
        return metric
    if not isinstance(item, (Rating, Scale)):
        raise DefinitionError(
            f"Mean({metric.name!r}) is asked as {type(item).__name__}; a mean needs a Rating or a Scale "
            "of that name."
        )
    if metric.scale is None:
        return Mean.from_dict({**metric.to_dict(), "scale": item.scale})
    if metric.scale != item.scale:
        raise DefinitionError(
            f"Mean({metric.name!r}) has scale {metric.scale}, its survey item {item.scale}: give both "
            "the same."
        )
    return metric


def settle_questions(
    metrics: Sequence[Proportion | Mean],
    items: Sequence[Item],
    *,
    outside: bool,
    invited_in: Iterable[str] | None,
) -> tuple[Rating | Choice | Text, ...]:
    """What is asked: the declared questions, preceded by a rating for each mean that none covers.

    Args:
        metrics: What is measured.
        items: The declared questions.
        outside: Whether an outside form asks them.
        invited_in: Locales of those invited to our own page; None where nobody is. Where nothing else is
            asked they are asked for satisfaction, if the question exists in their languages.
    """
    asked = questions(items)
    covered = {item.name for item in asked} | {item.name for item in items}
    automatic: list[Rating | Choice | Text] = []
    for metric in metrics:
        name = metric.rating
        if name is not None and name not in covered:
            scale = scale_of(metric, metrics, items)
            if name not in ASKED and not outside:
                raise DefinitionError(
                    f"{type(metric).__name__}({metric.name!r}) is asked in the survey, but the question of "
                    f'{name!r} is unknown. Add survey=[Rating("{name}", text(en=…, id=…), scale={scale})].'
                )
            question = None if name in ASKED else name.replace("_", " ")
            automatic.append(Rating(name, question, scale=scale))
            covered.add(name)
    satisfaction = Rating("satisfaction")
    if invited_in is not None and not automatic and not asked:
        automatic += [satisfaction] if all(satisfaction.question.get(name) for name in invited_in) else []
    return (*automatic, *asked)


def check_randomization(
    randomize: Randomization,
    *,
    weights: Sequence[int | float | str],
    metrics: Sequence[Metric],
    sender: str,
    cluster: Cluster | None,
    on_repeat: str,
) -> None:
    """Blocks fit the weights, people draw from blocks, repeats fit clusters."""
    if sender == "human" and not randomize.blocked:
        raise DefinitionError(
            'sender="human" with hashed(): a person who can guess the next arm may choose the customer for '
            "it. Add randomize=blocked(by=…), whose order is sealed."
        )
    if on_repeat == "new_unit" and cluster is not None:
        raise DefinitionError(
            f'on_repeat="new_unit" makes the customer the cluster, but cluster={cluster.name!r} is declared. '
            'Leave cluster out, or use on_repeat="same_arm".'
        )
    for name in randomize.by:
        if name in {metric.name for metric in metrics}:
            raise DefinitionError(
                f"blocked(by={name!r}) would balance on a metric, which is known only after the message and "
                "which the arms change. Name only what is known before, such as 'site'."
            )
    if randomize.sizes is not None:
        from amends.assignment.blocks import integer_weights

        whole = integer_weights(weights)
        for size in randomize.sizes:
            if size % sum(whole):
                raise DefinitionError(
                    f"block size {size} is no multiple of {sum(whole)}, the smallest whole total of the "
                    f"weights {':'.join(map(str, whole))}: such a block could not hold the arms in "
                    f"proportion. For instance sizes=({2 * sum(whole)}, {3 * sum(whole)})."
                )


def check_reminder(reminder: Reminder | None, *, window: timedelta | None, invited: bool) -> None:
    """Reminders follow an invitation, once its response window has closed."""
    if reminder is None:
        return
    if not invited:
        raise DefinitionError(
            f"{reminder!r} reminds of an invitation, but nobody is invited. Add invitation=invite(…), or "
            "leave reminder out."
        )
    if window is None:
        raise DefinitionError(
            f"{reminder!r} is due when the response window closes, but there is none: an answer that a "
            "reminder brought would count as on time. Add response_window=timedelta(days=7)."
        )


def check_contrasts(contrasts: Sequence[Contrast], arms: Sequence[Arm]) -> None:
    """Every contrast names two arms that exist, each pair once."""
    from amends.errors import nearest

    names = [arm.name for arm in arms]
    for item in contrasts:
        for name in item.pair:
            if name not in names:
                raise DefinitionError(
                    f"contrast {item.pair} names no arm {name!r}. {nearest(name, names, what='arms')}"
                )
    check_unique(["/".join(sorted(item.pair)) for item in contrasts], "contrast")


def check_roles_of_names(
    *,
    mediators: Sequence[str],
    before: Sequence[tuple[str, Sequence[str]]],
    items: Sequence[Item],
    metrics: Sequence[Metric],
) -> None:
    """Mediators are asked in the survey; moderators and covariates are known before the message."""
    from amends.errors import nearest

    asked = [*(item.name for item in items), *(item.name for item in questions(items))]
    for name in mediators:
        if name not in asked:
            raise DefinitionError(
                f"mediator {name!r} is no survey item. {nearest(name, asked, what='survey items')} "
                f'Add Rating("{name}", …, role="mediator") to survey=.'
            )
    after = {*asked, *(metric.name for metric in metrics), *AFTER_ASSIGNMENT}
    for what, names in before:
        for name in names:
            if name in after:
                raise DefinitionError(
                    f"{what} {name!r} is measured after the message, so the arms may have changed it. "
                    f"Name only what is known before; what lies in between is a mediator."
                )


def check_own_page(asked: Mapping[str, bool], *, invited: bool, outside: bool) -> None:
    """What stands on our own survey page needs that page, and somebody who is led to it."""
    for what in (name for name, wanted in asked.items() if wanted):
        if not invited or outside:
            why = "the survey is an outside form" if invited else "nobody is invited to it"
            raise DefinitionError(
                f"{what} puts something on our own survey page, but {why}. Leave it out, or use our own page "
                "with an invitation."
            )
