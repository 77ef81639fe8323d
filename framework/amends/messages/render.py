"""What one customer reads: facts plus the arm's sentence, and the invitation, with the slots filled."""

from __future__ import annotations

from collections.abc import Mapping

from amends.design.experiment import Experiment
from amends.design.value import Value
from amends.design.wording import Wording
from amends.errors import UsageError
from amends.messages.greeting import SOON
from amends.messages.greeting import greeting as neutral_greeting

TYPE_CHECKING = False
if TYPE_CHECKING:
    pass


class Rendered(Value):
    """The words for one customer in one locale; each None where there is nothing to send.

    Attributes:
        message: Notice and the arm's sentence.
        notice: The facts alone.
        invitation: To the survey, a message of its own.
    """

    __slots__ = ("invitation", "message", "notice")
    _fields = ("message", "notice", "invitation")
    message: str | None
    notice: str | None
    invitation: str | None

    def __init__(self, message: str | None, notice: str | None, invitation: str | None) -> None:
        self._fill(message=message, notice=notice, invitation=invitation)


def render(
    experiment: Experiment,
    *,
    arm: str | None,
    locale: str,
    slots: Mapping[str, object],
    survey_url: str,
    greeting: str | None = None,
    answer_by: str | None = None,
) -> Rendered:
    """The words of an arm for one customer.

    Slot values are put in literally, in one pass: a value is never read as a template.

    Args:
        experiment: The definition.
        arm: The arm's name; None for the notice alone.
        locale: As from `experiment.locale_for`.
        slots: A value for each of `experiment.slots`.
        survey_url: The customer's own link.
        greeting: Fills `{greeting}`; a greeting right at any hour by default.
        answer_by: Fills `{answer_by}`; "soon" by default.

    Raises:
        UsageError: A slot is missing, or no text exists in the locale.

    >>> from amends.design.arm import silence, thank_you
    >>> late = Experiment(key="late", notice="Late, {name}.", arms=[thank_you("Thank you."), silence()])
    >>> render(late, arm="thank_you", locale="en", slots={"name": "{x}"}, survey_url="https://s.example/1").message
    'Late, {x}. Thank you.'
    """
    values = _filled(locale, slots, survey_url=survey_url, greeting=greeting, answer_by=answer_by)
    notice = _said(experiment.notice, locale, values)
    sentence = None
    if arm is not None and experiment.show_message == "message":
        sentence = _said(experiment.arm(arm).text, locale, values)
    invitation = experiment.invitation and _said(experiment.invitation.text, locale, values, or_first=True)
    return Rendered(joined(notice, sentence), notice, invitation or None)


def otherwise(
    experiment: Experiment,
    locale: str,
    slots: Mapping[str, object],
    greeting: str | None = None,
    answer_by: str | None = None,
) -> str | None:
    """The usual message for a customer who is not enrolled, and when we fail: else the notice alone.

    Raises:
        UsageError: A slot is missing, or no text exists in the locale.
    """
    values = _filled(locale, slots, survey_url="", greeting=greeting, answer_by=answer_by)
    usual = experiment.notice if experiment.otherwise is None else experiment.otherwise
    return _said(usual, locale, values)


def survey_sentence(
    experiment: Experiment, arm: str, locale: str, slots: Mapping[str, object] | None = None
) -> str | None:
    """The arm's sentence for the survey page, where `show_message="survey"`; else None.

    >>> from amends.design.arm import silence, thank_you
    >>> gift = Experiment(key="gift", arms=[thank_you("Thank you."), silence()], show_message="survey")
    >>> survey_sentence(gift, "thank_you", "en"), survey_sentence(gift, "silence", "en")
    ('Thank you.', None)
    """
    if experiment.show_message != "survey":
        return None
    values = _filled(locale, slots or {}, survey_url="", greeting=None, answer_by=None)
    return _said(experiment.arm(arm).text, locale, values)


def joined(*parts: str | None) -> str | None:
    """Sentences one after the other; None where there is none at all.

    >>> joined("Late.", None), joined(None, None)
    ('Late.', None)
    """
    said = [part for part in parts if part]
    return " ".join(said) if said else None


def _filled(
    locale: str, slots: Mapping[str, object], *, survey_url: str, greeting: str | None, answer_by: str | None
) -> dict[str, object]:
    language = locale.replace("-", "_").split("_")[0]
    return {
        **slots,
        "survey_url": survey_url,
        "greeting": neutral_greeting(language) if greeting is None else greeting,
        "answer_by": SOON.get(language, SOON["en"]) if answer_by is None else answer_by,
    }


def _said(
    wording: Wording | None, locale: str, values: Mapping[str, object], *, or_first: bool = False
) -> str | None:
    if wording is None:
        return None
    pieces = wording.pieces(locale)
    if pieces is None and or_first:
        # One text for every locale goes with an invitation that exists in some: better that than none.
        pieces = wording.pieces(next(iter(wording.texts)))
    if pieces is None:
        raise UsageError(
            f"no text in {locale!r}; there is {', '.join(wording.locales)}. Ask experiment.locale_for first."
        )
    return fill(pieces, values)


def fill(pieces: tuple[str, ...], values: Mapping[str, object]) -> str:
    """A text cut at its slots, with the values in their places.

    >>> fill(("Hello ", "name", "!"), {"name": "{name}"})
    'Hello {name}!'
    """
    parts = list(pieces)
    try:
        parts[1::2] = [str(values[name]) for name in pieces[1::2]]
    except KeyError as error:
        raise UsageError(
            f"slot {error.args[0]!r} is missing: a text asks for it. Give {error.args[0]}=…."
        ) from None
    return "".join(parts)
