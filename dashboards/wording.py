"""What customers read in each arm and language, drawn as messages, by the code that sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from amends.messages.render import render, survey_sentence
from dashboards import frame
from dashboards.look import arm_styles
from dashboards.words import Words

# An invented customer. A slot that is not here shows its own name in brackets.
SAMPLE: Mapping[str, Mapping[str, str]] = {
    "first_name": {"en": "Sari", "id": "Sari"},
    "tracking_number": {"en": "JX12", "id": "JX12"},
    "new_date": {"en": "Friday", "id": "Jumat"},
    "voucher_amount": {"en": "Rp50,000", "id": "Rp50.000"},
}
LINK = "https://…"


def draw(definition: Any, texts: Words, *, hidden: bool = False) -> None:
    """The texts of one experiment; the language of the message is the reader's choice.

    Args:
        definition: The definition in force.
        texts: The page's own language.
        hidden: Whether the arms are masked, so that their texts are not shown.
    """
    st.header(texts.say("texts"), anchor=False)
    if hidden:
        st.markdown(texts.say("texts_masked"))
        return
    if not any(arm.text for arm in definition.arms) and definition.notice is None:
        st.markdown(texts.say("no_texts"))
        return
    locales: Sequence[str] = definition.locales or (texts.language,)
    locale = locales[0]
    if len(locales) > 1:
        preferred = texts.language if texts.language in locales else locales[0]
        if st.session_state.get("texts_for") != (definition.key, texts.language):
            st.session_state["texts_locale"] = preferred
            st.session_state["texts_for"] = (definition.key, texts.language)
        chosen = st.segmented_control(
            texts.say("texts_language"), locales, key="texts_locale", required=True, format_func=str.upper
        )
        locale = chosen or locale
    slots = {slot: SAMPLE.get(slot, {}).get(locale, f"[{slot}]") for slot in definition.slots}
    bubbles(definition, locale, slots, texts)
    st.caption(texts.say("texts_caption"))


def bubbles(
    definition: Any,
    locale: str,
    slots: Mapping[str, str],
    texts: Words,
    *,
    said: Mapping[str, str] | None = None,
) -> None:
    """Each arm's message as its customers see it, then the invitation, which is the same for all.

    Args:
        definition: The definition in force.
        locale: The messages' language.
        slots: A value for each of its slots.
        texts: The page's own language.
        said: `greeting` and `answer_by` as at some hour; what is right at any hour without.
    """
    names = [arm.name for arm in definition.arms]
    looks = arm_styles(names)
    drawn = []
    invitation = None
    for arm in definition.arms:
        made = render(definition, arm=arm.name, locale=locale, slots=slots, survey_url=LINK, **(said or {}))
        invitation = made.invitation or invitation
        inside = (
            escape(made.message)
            if made.message
            else f'<span class="am-none">{escape(texts.say("nothing_sent"))}</span>'
        )
        if definition.show_message == "survey":
            sentence = survey_sentence(definition, arm.name, locale, slots)
            if sentence:
                inside += f"\n\n<em>{escape(texts.say('on_survey'))}</em> {escape(sentence)}"
        drawn.append(_bubble(frame.mark(arm.name, names), texts.arm(arm.name), inside, looks[arm.name][0]))
    st.html(f'<div class="am-bubbles" lang="{escape(locale)}">{"".join(drawn)}</div>')
    if invitation:
        bubble = _bubble("", texts.say("invitation"), escape(invitation), "var(--am-line)")
        st.html(f'<div class="am-bubbles" lang="{escape(locale)}">{bubble}</div>')


def _bubble(shape: str, name: str, inside: str, colour: str) -> str:
    return (
        f'<div class="am-bubble" style="--arm:{colour}"><p class="am-name">{shape}{escape(name)}</p>'
        f'<div class="am-text">{inside}</div></div>'
    )
