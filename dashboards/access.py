"""Who is looking at the page: the role that the door gives the cookies of this page's web socket."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.words import Words

if TYPE_CHECKING:
    from amends.lab.roles import Actor


def actor() -> Actor:
    """Who acts now. Asked at every run: a session that has ended since reads on, and does nothing more."""
    from amends.api.door import door_of_this_process
    from amends.lab.roles import Actor, Role

    door = door_of_this_process()
    found = None if door is None else door.actor(st.context.cookies, st.context.headers)
    return found or Actor(Role.VIEWER)


def signs_in() -> bool:
    """Whether this dashboard has a sign-in at all."""
    from amends.api.door import door_of_this_process

    door = door_of_this_process()
    return door is not None and door.guarded


def who_else(texts: Words) -> str:
    """What to do to get a higher role."""
    return texts.say("role_sign_in" if signs_in() else "role_no_sign_in")


def styles() -> None:
    """Leaves of Streamlit's buttons on a chart the last alone, full screen, to those who may take nothing."""
    if not actor().may("export"):
        buttons = "[data-testid=stElementToolbarButton]"
        st.html(f"<style>{buttons}:not(:last-child) {{ display: none; }}</style>")


def footer(texts: Words) -> None:
    """The role, and the way out, where there is a sign-in."""
    if not signs_in():
        return
    role = texts.say(f"role_{actor().role.word}")
    st.html(
        f'<p class="am-meta am-signed">{escape(texts.say("signed_in_as", role=role))} '
        f'<a href="/sign-out" target="_self">{escape(texts.say("sign_out"))}</a></p>'
    )


def taken(key: str | None, who: Actor, form: str, make: Callable[[], Any]) -> Callable[[], Any]:
    """What a download button makes when it is pressed: written into the audit first, then made.

    Args:
        key: The experiment; None for figures that belong to none.
        who: Whoever the button was drawn for.
        form: What is taken, and in which form.
        make: Makes it.
    """

    def made() -> Any:
        from amends.lab import acting
        from dashboards import data

        acting.take_figures(data.lab(), key, actor=who, detail={"what": "figures", "format": form})
        return make()

    return made
