"""One question of a survey each: its wording, and which answers it accepts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from amends.design.attention import check_correct
from amends.design.checks import check_choice, check_list, check_name, refuse_unknown
from amends.design.metrics import check_scale
from amends.design.value import Value
from amends.design.wording import Wording, as_wording
from amends.errors import DefinitionError, RecordRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ITEM_ROLES = ("outcome", "mediator", "manipulation_check", "attention_check", "severity")
# These are arguments of record_response, or stand for the survey itself.
TAKEN = (
    "at",
    "completed",
    "experiment",
    "finished",
    "idempotency_key",
    "key",
    "late",
    "started",
    "token",
    "unit_id",
)

SATISFACTION = Wording(
    {"en": "How satisfied are you with our service?", "id": "Seberapa puas Anda dengan layanan kami?"}
)
SATISFACTION_LOW = Wording({"en": "not at all", "id": "sama sekali tidak puas"})
SATISFACTION_HIGH = Wording({"en": "completely", "id": "sangat puas"})
RECOMMEND = Wording(
    {
        "en": "How likely are you to recommend us to a friend or colleague?",
        "id": "Seberapa besar kemungkinan Anda merekomendasikan kami kepada teman atau rekan kerja?",
    }
)
RECOMMEND_LOW = Wording({"en": "not at all likely", "id": "sama sekali tidak mungkin"})
RECOMMEND_HIGH = Wording({"en": "extremely likely", "id": "sangat mungkin"})
ASKED = MappingProxyType(
    {
        "satisfaction": (SATISFACTION, SATISFACTION_LOW, SATISFACTION_HIGH),
        "recommend": (RECOMMEND, RECOMMEND_LOW, RECOMMEND_HIGH),
    }
)
"""Ratings whose question, with the words at its ends, need not be written out."""
AGREE_LOW = Wording({"en": "strongly disagree", "id": "sangat tidak setuju"})
AGREE_HIGH = Wording({"en": "strongly agree", "id": "sangat setuju"})


class Item(Value):
    """What every question has: a name, which is also the answer's name, and its wording."""

    __slots__ = ("name", "question")
    kind = ""
    name: str
    question: Wording

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, **super().to_dict()}

    def wordings(self) -> tuple[Wording, ...]:
        """Every wording a customer reads in it."""
        return (self.question,)


class Rating(Item):
    """One tap on a scale.

    Args:
        name: The answer's name.
        question: The question, one string or per locale; `satisfaction` and `recommend` have a
            default.
        scale: Lowest and highest answer.
        low: Words at the lowest end; `high` at the highest.
        role: What the answer is for: `"outcome"`, `"mediator"`, `"manipulation_check"`,
            `"attention_check"` or `"severity"`.
        correct: The right answer of an attention check ("please tap 4").
        reverse: Whether a high answer means little, where the rating is part of a `Scale`.
        of: The `Scale` it belongs to.

    >>> Rating("satisfaction").check("6")
    6
    """

    __slots__ = ("correct", "high", "low", "of", "reverse", "role", "scale")
    _fields = ("name", "question", "scale", "low", "high", "role", "reverse", "of", "correct")
    _added = MappingProxyType({"correct": None})
    kind = "rating"
    scale: tuple[int, int]
    low: Wording | None
    high: Wording | None
    role: str
    reverse: bool
    of: str | None
    correct: int | None

    def __init__(
        self,
        name: str,
        question: str | Wording | None = None,
        *,
        scale: tuple[int, int] = (1, 7),
        low: str | Wording | None = None,
        high: str | Wording | None = None,
        role: str = "outcome",
        reverse: bool = False,
        of: str | None = None,
        correct: int | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("Rating", unknown, ("question", "scale", "low", "high", "role", "correct"))
        what = f"Rating({check_item_name(name)!r})"
        if name in ASKED and question is None:
            question, low, high = ASKED[name][0], low or ASKED[name][1], high or ASKED[name][2]
        self._fill(
            name=name,
            question=check_question(question, what),
            scale=check_scale(scale, f"scale of {what}"),
            low=as_wording(low, f"low end of {what}"),
            high=as_wording(high, f"high end of {what}"),
            role=check_choice(role, f"role of {what}", ITEM_ROLES),
            reverse=bool(reverse),
            of=of,
        )
        self._fill(correct=check_correct(self, correct, what, allowed=self.points))

    @property
    def points(self) -> range:
        """Every answer it accepts, the lowest first."""
        return range(self.scale[0], self.scale[1] + 1)

    def check(self, value: Any) -> int:
        """The answer as a whole number on the scale.

        Raises:
            RecordRefused: It is not one.
        """
        low, high = self.scale
        number = value
        if isinstance(value, str) and value.strip().removeprefix("-").isdecimal() and len(value) < 20:
            number = int(value)
        if isinstance(number, (int, float)) and not isinstance(number, bool) and number in self.points:
            return int(number)
        raise RecordRefused(f"{self.name} is {value!r}; it must be a whole number from {low} to {high}.")

    def wordings(self) -> tuple[Wording, ...]:
        return tuple(item for item in (self.question, self.low, self.high) if item is not None)

    @classmethod
    def from_dict(cls, data: Any) -> Rating:
        return cls(
            data["name"],
            Wording.from_dict(data["question"]),
            scale=tuple(data["scale"]),
            low=_read(data["low"]),
            high=_read(data["high"]),
            role=data["role"],
            reverse=data["reverse"],
            of=data["of"],
            correct=data.get("correct"),
        )


class Scale(Item):
    """Several ratings that measure one thing; its score is their mean after reversing.

    Args:
        name: The scale's name; its ratings are named `name_1`, `name_2`, …
        items: The statements, one string or per locale each.
        reverse: Numbers (from 1) of the statements that mean the opposite.
        scale: Lowest and highest answer; `low` and `high` are the words at its ends.
        role: As for `Rating`.

    >>> esteem = Scale("self_esteem", items=["I feel valued.", "I feel ignored."], reverse=[2])
    >>> esteem.score({"self_esteem_1": 6, "self_esteem_2": 1})
    6.5
    """

    __slots__ = ("ratings", "role", "scale")
    _fields = ("name", "ratings", "role", "scale")
    kind = "scale"
    ratings: tuple[Rating, ...]
    role: str
    scale: tuple[int, int]

    def __init__(
        self,
        name: str,
        *,
        items: Iterable[str | Wording] = (),
        reverse: Iterable[int] = (),
        scale: tuple[int, int] = (1, 7),
        low: str | Wording | None = None,
        high: str | Wording | None = None,
        role: str = "outcome",
        **unknown: object,
    ) -> None:
        refuse_unknown("Scale", unknown, ("items", "reverse", "scale", "low", "high", "role"))
        what = f"Scale({check_item_name(name)!r})"
        statements = check_list(items, f"items of {what}", '["I feel valued.", "I feel ignored."]')
        turned = check_list(reverse, f"reverse of {what}", "[2]")
        if len(statements) < 2:
            raise DefinitionError(
                f"{what} has {len(statements)} items; it needs at least two. For one, use Rating."
            )
        for number in turned:
            if number not in range(1, len(statements) + 1):
                raise DefinitionError(
                    f"reverse of {what} names item {number!r}; items are 1 to {len(statements)}."
                )
        ratings = tuple(
            Rating(
                f"{name}_{number}",
                statement,
                scale=scale,
                low=low or AGREE_LOW,
                high=high or AGREE_HIGH,
                role=role,
                reverse=number in turned,
                of=name,
            )
            for number, statement in enumerate(statements, 1)
        )
        self._fill(
            name=name, question=ratings[0].question, ratings=ratings, role=role, scale=ratings[0].scale
        )

    def score(self, answers: Mapping[str, int]) -> float | None:
        """Mean of the answers after reversing; None while one is missing."""
        low, high = self.scale
        if any(item.name not in answers for item in self.ratings):
            return None
        values = [
            low + high - answers[item.name] if item.reverse else answers[item.name] for item in self.ratings
        ]
        return sum(values) / len(values)

    def wordings(self) -> tuple[Wording, ...]:
        return tuple(wording for rating in self.ratings for wording in rating.wordings())

    @classmethod
    def from_dict(cls, data: Any) -> Scale:
        ratings = [Rating.from_dict(item) for item in data["ratings"]]
        return cls(
            data["name"],
            items=[item.question for item in ratings],
            reverse=[number for number, item in enumerate(ratings, 1) if item.reverse],
            scale=tuple(data["scale"]),
            low=ratings[0].low,
            high=ratings[0].high,
            role=data["role"],
        )


class Choice(Item):
    """One of several options.

    Args:
        name: The answer's name.
        question: The question, one string or per locale.
        options: What is stored and what is shown: `{"home": text(en="At home", id="Di rumah")}`;
            a list where both are the same.
        role: As for `Rating`.
        correct: In an attention check the option that is right. In a manipulation check, which needs one, the
            option that tells that the message did what it was meant to: the arms are compared by its share.

    >>> Choice("place", "Where?", options=["home", "shop"]).check("home")
    'home'
    >>> told = Choice("told", "We…", options=["thanked", "apologised"], role="manipulation_check",
    ...               correct="thanked")
    >>> told.correct
    'thanked'
    """

    __slots__ = ("correct", "options", "role")
    _fields = ("name", "question", "options", "role", "correct")
    _added = MappingProxyType({"correct": None})
    kind = "choice"
    options: Mapping[str, Wording]
    role: str
    correct: str | None

    def __init__(
        self,
        name: str,
        question: str | Wording | None = None,
        *,
        options: Mapping[str, str | Wording] | Iterable[str] = (),
        role: str = "outcome",
        correct: str | None = None,
        **unknown: object,
    ) -> None:
        refuse_unknown("Choice", unknown, ("question", "options", "role", "correct"))
        what = f"Choice({check_item_name(name)!r})"
        listed = (
            () if isinstance(options, Mapping) else check_list(options, f"options of {what}", '["yes", "no"]')
        )
        shown = dict(options) if isinstance(options, Mapping) else {item: item for item in listed}
        if len(shown) < 2:
            raise DefinitionError(f"{what} has {len(shown)} options; it needs at least two.")
        words = {str(key): check_question(value, f"option {key!r} of {what}") for key, value in shown.items()}
        self._fill(
            name=name,
            question=check_question(question, what),
            options=MappingProxyType(words),
            role=check_choice(role, f"role of {what}", ITEM_ROLES),
        )
        self._fill(correct=check_correct(self, correct, what, allowed=self.options))

    def check(self, value: Any) -> str:
        """The answer, one of the options. Raises `RecordRefused` otherwise."""
        if isinstance(value, str) and value in self.options:
            return value
        raise RecordRefused(f"{self.name} is {value!r}; it must be one of {', '.join(self.options)}.")

    def wordings(self) -> tuple[Wording, ...]:
        return (self.question, *self.options.values())

    @classmethod
    def from_dict(cls, data: Any) -> Choice:
        options = {key: Wording.from_dict(value) for key, value in data["options"].items()}
        question = Wording.from_dict(data["question"])
        return cls(data["name"], question, options=options, role=data["role"], correct=data.get("correct"))


class Text(Item):
    """A few words of the customer's own, never required.

    Args:
        name: The answer's name.
        question: The question, one string or per locale.
        max_length: Most characters accepted.

    >>> Text("comment", "Anything to add?").check("  fine ")
    'fine'
    """

    __slots__ = ("max_length",)
    _fields = ("name", "question", "max_length")
    kind = "text"
    max_length: int

    def __init__(
        self, name: str, question: str | Wording | None = None, *, max_length: int = 2000, **unknown: object
    ) -> None:
        refuse_unknown("Text", unknown, ("question", "max_length"))
        what = f"Text({check_item_name(name)!r})"
        if isinstance(max_length, bool) or not isinstance(max_length, int) or not 1 <= max_length <= 10_000:
            raise DefinitionError(f"max_length of {what} is {max_length!r}; it must be from 1 to 10000.")
        self._fill(name=name, question=check_question(question, what), max_length=max_length)

    def check(self, value: Any) -> str:
        """The words without surrounding blanks. Raises `RecordRefused` where they are too many."""
        if not isinstance(value, str):
            raise RecordRefused(f"{self.name} is {value!r}; it must be a text.")
        if len(value.strip()) > self.max_length:
            raise RecordRefused(
                f"{self.name} has {len(value.strip())} characters; {self.max_length} are allowed."
            )
        return value.strip()

    @classmethod
    def from_dict(cls, data: Any) -> Text:
        return cls(data["name"], Wording.from_dict(data["question"]), max_length=data["max_length"])


def check_item_name(name: object) -> str:
    """A name that an answer may have."""
    checked = check_name(name, "survey item")
    if checked in TAKEN:
        raise DefinitionError(
            f"survey item {checked!r} has a name that record_response uses itself. Rename it, e.g. "
            f"'my_{checked}'."
        )
    return checked


def check_question(value: Any, what: str) -> Wording:
    """A question's wording, without slots: a survey page knows no sender's facts."""
    wording = as_wording(value, what)
    if wording is None:
        raise DefinitionError(f'{what} has no question. Write it, for instance text(en="…", id="…").')
    if wording.slots:
        raise DefinitionError(
            f"{what} has the slot {{{min(wording.slots)}}}; a question is the same for everybody. Write "
            "it without."
        )
    return wording


def _read(data: Any) -> Wording | None:
    return None if data is None else Wording.from_dict(data)
