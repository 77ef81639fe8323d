"""A text a customer reads, in one language for all or in one per locale, with slots to fill."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amends.design.checks import check_text
from amends.design.locales import best_locale, check_locale
from amends.design.value import Value
from amends.errors import DefinitionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EVERY_LOCALE = ""


class Wording(Value):
    """A text per locale, or one text that stands for every locale.

    Attributes:
        texts: Text per locale; the key `""` marks the one text that stands for all.
        slots: Names in braces, over all locales.

    >>> hello = text(en="Hello {first_name}", id="Halo {first_name}")
    >>> hello.get("id-ID"), hello.get("fr"), sorted(hello.slots)
    ('Halo {first_name}', None, ['first_name'])
    """

    __slots__ = ("_pieces", "slots", "texts")
    _fields = ("texts",)

    texts: Mapping[str, str]
    slots: frozenset[str]
    _pieces: dict[str, tuple[str, ...]]

    def __init__(self, texts: Mapping[str, str]) -> None:
        pieces = {locale: split(value) for locale, value in texts.items()}
        self._fill(
            texts=MappingProxyType(dict(texts)),
            slots=frozenset(name for parts in pieces.values() for name in parts[1::2]),
            _pieces=pieces,
        )

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales it is written in; empty where one text stands for all."""
        return tuple(locale for locale in self.texts if locale != EVERY_LOCALE)

    def match(self, locale: str) -> str | None:
        """The key of `texts` that a locale means: exact, else base language, else the text for all."""
        if EVERY_LOCALE in self.texts:
            return EVERY_LOCALE
        return locale if locale in self.texts else best_locale(locale, self.texts)

    def get(self, locale: str) -> str | None:
        """The text for a locale with its slots unfilled, or None where there is none in that language."""
        key = self.match(locale)
        return None if key is None else self.texts[key]

    def pieces(self, locale: str) -> tuple[str, ...] | None:
        """The text cut at its slots: literal, slot name, literal, …; None as in `get`."""
        key = self.match(locale)
        return None if key is None else self._pieces[key]

    def to_dict(self) -> str | dict[str, str]:
        """The bare string where one text stands for all, else text per locale."""
        if EVERY_LOCALE in self.texts:
            return self.texts[EVERY_LOCALE]
        return dict(self.texts)

    def __repr__(self) -> str:
        if EVERY_LOCALE in self.texts:
            return f"text({self.texts[EVERY_LOCALE]!r})"
        return f"text({', '.join(f'{locale}={value!r}' for locale, value in self.texts.items())})"

    @classmethod
    def from_dict(cls, data: Any) -> Wording:
        return cls({EVERY_LOCALE: data} if isinstance(data, str) else data)


def text(*everywhere: str, **by_locale: str) -> Wording:
    """A text for every locale, or one per locale by its language code.

    Args:
        *everywhere: One string that stands for every locale.
        **by_locale: Texts by language code, for instance `en=…, id=…, pt_BR=…`.

    Raises:
        DefinitionError: Neither or both were given, a code is unknown, a text is empty, or a slot
            is written wrongly.

    >>> text(en="Hello", id="Halo").locales
    ('en', 'id')
    >>> text("Hola").get("es")
    'Hola'
    """
    return wording_of(everywhere, by_locale, what="text")


def wording_of(
    everywhere: tuple[Any, ...], by_locale: Mapping[str, Any], *, what: str, also: tuple[str, ...] = ()
) -> Wording:
    """The wording behind `text("…")`, `text(en=…)` and everything that is called like it."""
    codes = {check_locale(code, also=also): value for code, value in by_locale.items()}
    if len(codes) < len(by_locale):
        raise DefinitionError(
            f"{what} has one language twice ({', '.join(by_locale)}): keep one text for each."
        )
    if len(everywhere) + bool(codes) != 1:
        given = "nothing" if not everywhere and not codes else "both or several"
        raise DefinitionError(
            f"{what} got {given}: give one string for every locale, or one per locale (en=…, id=…)."
        )
    if everywhere and isinstance(everywhere[0], Wording):
        return everywhere[0]
    texts = codes or {EVERY_LOCALE: everywhere[0]}
    return Wording({code: check_text(value, f"{what} {code}".strip()) for code, value in texts.items()})


def as_wording(value: Any, what: str) -> Wording | None:
    """An argument that may be a string, a `text(…)`, a mapping per locale or None."""
    if value is None or isinstance(value, Wording):
        return value
    if hasattr(value, "items"):
        return wording_of((), value, what=what)
    return wording_of((value,), {}, what=what)


def split(template: str) -> tuple[str, ...]:
    """A template cut at its slots: literal, slot name, literal, …, literal.

    Doubled braces are braces. Nothing but a plain name may stand in a slot, so that a text can
    never reach into a value (`{name.attribute}`, `{0}` and `{name!r}` are refused).

    >>> split("Hello {first_name}, {{really}}")
    ('Hello ', 'first_name', ', {really}')
    """
    pieces: list[str] = []
    literal = ""
    position = 0
    while position < len(template):
        char = template[position]
        if char in "{}" and template[position : position + 2] == char * 2:
            literal += char
            position += 2
        elif char == "{":
            end = template.find("}", position)
            name = template[position + 1 : end] if end > 0 else template[position + 1 :]
            if end < 0 or not (name.isidentifier() and name.isascii()):
                raise DefinitionError(
                    f"slot {{{name}}} in {template!r} is not a plain name: write it like {{first_name}}; "
                    "for a brace itself write {{ or }}."
                )
            pieces += [literal, name]
            literal = ""
            position = end + 1
        elif char == "}":
            raise DefinitionError(f"{template!r} has a }} without its {{: for a brace itself write }}}}.")
        else:
            literal += char
            position += 1
    return (*pieces, literal)
