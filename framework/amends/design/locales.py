"""Which language codes exist, and which of the texts at hand a customer's code means."""

from __future__ import annotations

from collections.abc import Iterable

from amends.errors import DefinitionError, nearest

LANGUAGES = frozenset(
    # ISO 639-1, then regional languages of Indonesia and its neighbours that have three letters only
    (  # noqa: SIM905
        "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv "
        "dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie "
        "ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv "
        "mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm "
        "rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts "
        "tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
        "ace ban bbc bew bjn bug ceb fil mad min yue"
    ).split()
)

_USUAL_SLIPS = {
    "bahasa": "id",
    "eng": "en",
    "english": "en",
    "idn": "id",
    "in": "id",
    "ind": "id",
    "indonesia": "id",
    "indonesian": "id",
    "inggris": "en",
}


def normalise(code: str) -> str | None:
    """A code in the form used here (`pt_BR`), or None where there is no such language.

    >>> normalise("pt-br"), normalise("en_US.UTF-8"), normalise("xx")
    ('pt_BR', 'en_US', None)
    """
    language, *rest = code.split(".")[0].split("@")[0].replace("-", "_").split("_")
    if language.lower() not in LANGUAGES:
        return None
    parts = [language.lower()]
    for part in rest:
        if len(part) == 2 and part.isalpha():
            parts.append(part.upper())
        elif len(part) == 4 and part.isalpha():
            parts.append(part.title())
        elif len(part) == 3 and part.isdigit():
            parts.append(part)
        else:
            return None
    return "_".join(parts)


def check_locale(code: str, *, also: Iterable[str] = ()) -> str:
    """The code in the form used here.

    Args:
        code: What was written, for instance as a keyword of `text()`.
        also: Other keywords that were possible there, offered when they are nearer.

    Raises:
        DefinitionError: No such language; the nearest name is offered.
    """
    known = normalise(code)
    if known is not None:
        return known
    lower = code.lower()
    other = tuple(also)
    if lower in _USUAL_SLIPS:
        remedy = f"Did you mean {_USUAL_SLIPS[lower]!r}?"
    elif any(nearest(code, [name]).startswith("Did") for name in other):
        remedy = nearest(code, other)
    elif lower[:2] in LANGUAGES and len(lower) <= 3:
        remedy = f"Did you mean {lower[:2]!r}?"
    else:
        remedy = (
            nearest(code, [*LANGUAGES, *other]) if len(lower) <= 3 else "For instance 'en', 'id' or 'pt_BR'."
        )
    raise DefinitionError(f"{code!r} is not a language code (ISO 639, such as 'en' or 'id'). {remedy}")


def best_locale(wanted: str, available: Iterable[str]) -> str | None:
    """The text to show: exactly the wanted code, else its base language, never another language.

    >>> best_locale("id-ID", ["en", "id"])
    'id'
    >>> best_locale("fr", ["en", "id"]) is None
    True
    """
    listed = tuple(available)
    code = normalise(wanted)
    while code:
        if code in listed:
            return code
        code = code.rpartition("_")[0]
    return None
