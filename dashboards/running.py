"""Running an experiment from its page: checklist and start, pause, resume, ramp, stop, unmask.

A click is acted on before the page is drawn anew, so that what is drawn is how it stands afterwards. Each
act asks the role at that moment, goes through `amends.lab.acting`, and is confirmed where it cannot be taken
back. A viewer sees who may do it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.errors import AmendsError, StoreUnavailable
from amends.lab import acting
from amends.lab.roles import Actor
from dashboards import access, data, frame, refusals
from dashboards.words import Words

if TYPE_CHECKING:
    from amends.lab.before_start import ChecklistItem

SHARES = (1, 2, 5, 10, 20, 25, 30, 40, 50, 60, 75, 90, 100)
"""Coverages to choose from, in percent."""

SAID = "run_said"


def draw(key: str, status: str, definition: Any, who: Actor, texts: Words) -> None:
    """What may be done to the experiment now by whoever looks, after what became of the last click."""
    _said(key)
    if status == "stopped":
        return
    if status == "draft":
        st.header(texts.say("run"), anchor=False)
        if who.may("start"):
            _start(key, definition, texts)
            return
    masked = status != "draft" and data.hides_arms(key)
    if not who.may("start"):
        st.caption(f"{texts.say('run_not_yours')} {access.who_else(texts)}")
        if not (masked and who.may("unmask")):
            return
    label = texts.say("run_it" if who.may("start") else "unmask_title")
    folded = st.expander(label, icon=":material/tune:", key=f"run_open_{key}", on_change="rerun")
    if not folded.open:
        # What follows reads the report, and nobody has asked for it yet.
        folded.caption(texts.say("run_wait"))
        return
    with folded:
        if not who.may("start"):
            _unmask(key, texts)
            return
        left, right = st.columns(2, gap="medium")
        with left:
            _pause(key, status == "running", texts)
            _ramp(key, texts)
            if masked:
                with st.container(border=True):
                    _unmask(key, texts)
        with right, st.container(border=True):
            _stop(key, definition, texts)


def _start(key: str, definition: Any, texts: Words) -> None:
    """The checklist, how many take part, and a yes."""
    items = data.lab().checklist(key)
    seen = definition.fingerprint()
    st.html(f'<ul class="am-checks">{"".join(_item(item, texts) for item in items)}</ul>')
    share = st.selectbox(
        texts.say("run_share"),
        SHARES,
        index=len(SHARES) - 1,
        format_func=lambda n: f"{n}%",
        key=f"run_share_{key}",
        help=texts.say("run_share_help"),
        width=420,
    )
    ready = all(item.ok for item in items)
    st.caption(texts.say("run_freezes"))
    # The definition is part of the key: another one has to be read, and ticked, again.
    read = st.checkbox(
        texts.say("run_read" if ready else "run_read_all_the_same"), key=f"run_read_{key}_{seen[:16]}"
    )

    def started(who: Actor) -> str:
        acting.start(data.lab(), key, actor=who, seen=seen, coverage=_share(share))
        return texts.say("run_started", share=f"{share}%")

    st.button(
        texts.say("run_start"),
        type="primary",
        disabled=not read,
        key=f"run_start_{key}",
        icon=":material/play_arrow:",
        on_click=_act if read else None,
        args=(key, started, texts),
    )


def _item(item: ChecklistItem, texts: Words) -> str:
    """A line of the checklist; cautions of the definition are said again in the page's language."""
    said = item.said[texts.language]
    if item.said.en == item.said.id:
        said = refusals.said_in(said, texts.language)
    sign, word = ("✓", "check_ok") if item.ok else ("⚠", "check_look")
    bad = "" if item.ok else ' class="am-look"'
    return (
        f'<li{bad}><span role="img" aria-label="{escape(texts.say(word))}">{sign}</span> '
        f"<span>{escape(said[:1].upper() + said[1:])}</span></li>"
    )


def _pause(key: str, running: bool, texts: Words) -> None:
    """Pause, or go on: neither needs a yes, for each takes the other back."""
    how, label, done = (
        ("run_pause_how", "run_pause", "run_paused_done")
        if running
        else ("run_resume_how", "run_resume", "run_resumed_done")
    )

    def changed(who: Actor) -> str:
        (acting.pause if running else acting.resume)(data.lab(), key, actor=who)
        return texts.say(done)

    with st.container(border=True):
        st.markdown(texts.say(how))
        st.button(
            texts.say(label),
            key=f"{label}_{key}",
            icon=":material/pause:" if running else ":material/play_arrow:",
            on_click=_act,
            args=(key, changed, texts),
        )


def _ramp(key: str, texts: Words) -> None:
    """A larger share; nothing where everybody takes part."""
    state = data.lab().state(key)
    now = Decimal(state.coverage) * 100 if state is not None else Decimal(100)
    more = [n for n in SHARES if n > now]
    if not more:
        return
    with st.container(border=True):
        st.markdown(texts.say("run_ramp_how", now=f"{now.normalize():f}%"))
        share = st.selectbox(
            texts.say("run_share_new"), more, format_func=lambda n: f"{n}%", key=f"run_ramp_share_{key}"
        )

        def ramped(who: Actor) -> str:
            acting.ramp(data.lab(), key, _share(share), actor=who)
            return texts.say("run_ramped", share=f"{share}%")

        st.button(
            texts.say("run_ramp"),
            key=f"run_ramp_{key}",
            icon=":material/trending_up:",
            on_click=_act,
            args=(key, ramped, texts),
        )


def _stop(key: str, definition: Any, texts: Words) -> None:
    """What stopping now means for the verdict, what customers get afterwards, and the key typed as a yes."""
    st.markdown(texts.say("run_stop_how"))
    foretold = acting.if_stopped_now(data.lab(), key)
    if foretold.early:
        st.markdown(texts.say("run_stop_early"))
    items = "".join(f"<li>{escape(said[texts.language])}</li>" for said in foretold.said)
    st.html(f'<p class="am-more">{escape(texts.say("run_stop_means"))}</p><ul class="am-list">{items}</ul>')
    then_of, typed_of = f"run_then_{key}", f"run_typed_{key}"

    def stopped(who: Actor) -> str:
        # A form's values are there only once it was sent.
        if st.session_state[typed_of].strip() != key:
            raise NotConfirmed(texts.say("run_stop_not_typed", name=key))
        acting.stop(data.lab(), key, actor=who, then=st.session_state[then_of] or None)
        return texts.say("run_stopped")

    with st.form(f"run_stop_{key}", enter_to_submit=False, border=False):
        st.selectbox(
            texts.say("run_then"),
            ["", *(arm.name for arm in definition.arms)],
            format_func=lambda arm: texts.arm(arm) if arm else texts.say("run_then_usual"),
            help=texts.say("run_then_help"),
            key=then_of,
        )
        st.text_input(texts.say("run_stop_type", name=key), autocomplete="off", key=typed_of)
        st.form_submit_button(
            texts.say("run_stop"), icon=":material/stop:", on_click=_act, args=(key, stopped, texts)
        )


def _unmask(key: str, texts: Words) -> None:
    """What unmasking costs, why it is needed, and a yes."""
    st.markdown(texts.say("unmask_how"))
    reason = st.text_input(texts.say("unmask_reason"), key=f"unmask_reason_{key}", autocomplete="off")
    sure = st.checkbox(texts.say("unmask_sure"), key=f"unmask_sure_{key}")

    def unmasked(who: Actor) -> str:
        acting.unmask(data.lab(), key, actor=who, reason=reason)
        return texts.say("unmasked")

    st.button(
        texts.say("unmask"),
        disabled=not sure,
        key=f"unmask_{key}",
        icon=":material/visibility:",
        on_click=_act if sure else None,
        args=(key, unmasked, texts),
    )


class NotConfirmed(Exception):
    """What could not be taken back was asked for without the yes; the text says what is missing."""


def _act(key: str, act: Callable[[Actor], str], texts: Words) -> None:
    """Does it for whoever is there now, and keeps what became of it for the page that is drawn next."""
    try:
        kept = (key, st.success, act(access.actor()), ":material/check_circle:")
    except NotConfirmed as error:
        kept = (key, st.error, str(error), ":material/error:")
    except StoreUnavailable:
        frame.log.exception("%s: the database did not answer an act from the page", key)
        kept = (key, st.error, texts.say("run_store_down"), ":material/cloud_off:")
    except AmendsError as error:
        frame.log.warning("%s: an act from the page was refused: %s", key, error)
        kept = (key, st.error, refusals.said_in(str(error), texts.language), ":material/block:")
    data.forget()
    st.session_state[SAID] = kept


def _said(key: str) -> None:
    """What became of the last click on this experiment."""
    about, show, said, icon = st.session_state.pop(SAID, (None, None, "", ""))
    if about == key:
        show(frame.plain(said), icon=icon)


def _share(percent: int) -> str:
    return str(Decimal(percent) / 100)
