"""The survey page as HTML: templates filled, one style sheet, no script. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from amends.api.phrases import PHRASES, language, phrase
from amends.api.survey_fields import Field


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language the page can be switched to."""

    locale: str
    name: str


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page with questions, or with the consent text alone.

    Attributes:
        locale: The page's language.
        action: Where the form is sent.
        step: Which step its button takes: `consent`, `first` or `all`.
        issued: The signed issue time.
        fields: The questions shown.
        heading: The page's title.
        button: The button's words.
        lead: Text above the questions: consent, or the arm's sentence where it stands on the page.
        notice: A remark about the form itself; `alert` one that needs attention.
        rest: What comes after the button is pressed.
        others: Languages to switch to; switching carries the answers along.
        refuses: Whether it offers to take no part; `saves` to go on another time; `stops` to withdraw.
        kept: Answers to questions not shown, carried along.
        preview: Whether it is only looked at: the form takes no input then.
    """

    locale: str
    action: str
    step: str
    issued: str
    fields: tuple[Field, ...]
    heading: str
    button: str
    lead: str = ""
    notice: str = ""
    alert: str = ""
    rest: str = ""
    others: tuple[OtherLanguage, ...] = ()
    refuses: bool = False
    saves: bool = False
    stops: bool = False
    kept: tuple[tuple[str, str], ...] = ()
    preview: bool = False

    @property
    def title(self) -> str:
        """The window's title; says first that something is wrong, as screen readers read it first."""
        prefix = f"{phrase('error_title', self.locale)}: " if self.alert else ""
        return prefix + self.heading

    @property
    def wrong(self) -> tuple[Field, ...]:
        """The fields that need another answer, for the summary that gets the keyboard."""
        return tuple(field for field in self.fields if field.error)

    @property
    def words(self) -> dict[str, str]:
        """The page's own words."""
        return dict(PHRASES[language(self.locale)])


@dataclass(frozen=True, slots=True)
class ClosingPage:
    """A page with nothing to fill in: received, already filled in, expired, unknown.

    Attributes:
        locale: The page's language.
        heading: Its title.
        text: Its one sentence.
        further: Smaller paragraphs under it, such as the debriefing.
        code: The completion code; `""` where none is given.
        action: Where a withdrawal is sent; `issued` its signed issue time, `""` where nothing can be
            withdrawn.
    """

    locale: str
    heading: str
    text: str
    further: tuple[str, ...] = ()
    code: str = ""
    action: str = ""
    issued: str = ""

    @property
    def title(self) -> str:
        """The window's title."""
        return self.heading

    @property
    def words(self) -> dict[str, str]:
        """The page's own words."""
        return dict(PHRASES[language(self.locale)])


def render_page(page: FormPage | ClosingPage) -> str:
    """The page as an HTML document.

    >>> "Jawaban Anda sudah kami terima." in render_page(closing("closed", "id"))
    True
    """
    template = _environment().get_template("form.html" if isinstance(page, FormPage) else "closing.html")
    return template.render(page=page, css=Markup(style_sheet()))


def closing(
    name: str,
    locale: str,
    *,
    further: tuple[str, ...] = (),
    code: str = "",
    action: str = "",
    issued: str = "",
) -> ClosingPage:
    """One of the closing pages by the name of its sentence, with its title and what is to be done.

    >>> closing("spent", "en").text
    'This survey has already been filled in.'
    """
    own = language(locale)
    heading = PHRASES[own].get(f"{name}_title", PHRASES[own]["title"])
    more = PHRASES[own].get(f"{name}_more")
    further = (more, *further) if more else further
    return ClosingPage(own, heading, phrase(name, locale), further, code, action, issued)


@cache
def style_sheet() -> str:
    """The page's style sheet, read once."""
    return (files("amends.api") / "templates" / "survey.css").read_text("utf-8")


@cache
def content_security_policy() -> str:
    """No script at all, our own style sheet by its hash, forms to this server only."""
    digest = base64.b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("amends.api"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
