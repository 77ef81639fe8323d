"""Try a message: what a customer of your choosing reads in each arm, and how alike the arms are in length."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import streamlit as st

from amends.messages.greeting import answer_by, greeting
from amends.messages.measure import measure
from amends.messages.render import render, survey_sentence
from dashboards import data, frame, wording
from dashboards.look import table
from dashboards.words import Words, title

if TYPE_CHECKING:
    from amends.design.experiment import Experiment

LONGEST_SLOT = 200
NOON = 12
SURVEY_HEIGHT, CLOSING_HEIGHT, ABREAST = 520, 240, 3
"""Pixels of a page of the survey, of which a longer one scrolls in its frame; and how many stand in a row."""


def page(room: Any) -> None:
    """Chooser, sample customer, the arms' messages, and their length side by side.

    Args:
        room: Where the chooser goes, beside the language switch.
    """
    texts = frame.words()
    st.title(texts.say("try_title"), anchor=False)
    st.html(f'<p class="am-lede">{escape(texts.say("try_intro"))}</p>')
    keys = [line.key for line in data.overview()]
    if not keys:
        st.info(texts.say("nothing_to_show"), icon=":material/info:")
        return
    frame.from_url("experiment", keys, keys[0])
    key = room.selectbox(
        texts.say("choose"), keys, format_func=title, key="experiment", label_visibility="collapsed"
    )
    frame.to_url("experiment")
    if data.hides_arms(key):
        st.markdown(texts.say("texts_masked"))
        return
    definition = data.lab().experiment(key)
    locale, slots, moment, within = _customer(definition, texts)
    said = {"greeting": greeting(locale, moment), "answer_by": answer_by(locale, moment, within)}
    st.header(texts.say("texts"), anchor=False)
    wording.bubbles(definition, locale, slots, texts, said=said)
    _lengths(definition, locale, slots, said, texts)
    _survey(definition, locale, texts)


def _survey(definition: Experiment, locale: str, texts: Words) -> None:
    """The survey's pages by the code that serves them; arms that get the same pages share them."""
    from amends.api.survey_preview import preview

    st.header(texts.say("try_survey"), anchor=False)
    pages = {arm.name: preview(definition, arm.name, locale) for arm in definition.arms}
    tiles = _tiles(pages)
    if not tiles:
        st.markdown(texts.say("try_survey_outside"))
        return
    st.caption(texts.say("try_survey_caption"))
    for start in range(0, len(tiles), ABREAST):
        row = tiles[start : start + ABREAST]
        for place, (step, arms, page) in zip(st.columns(ABREAST), row, strict=False):
            every = len(arms) == len(pages)
            named = texts.say("try_survey_every_arm") if every else ", ".join(map(texts.arm, arms))
            place.markdown(frame.plain(f"{texts.say(f'try_step_{step}')}: {named}"))
            height = CLOSING_HEIGHT if step == "closed" else SURVEY_HEIGHT
            place.iframe(page, height=height, tab_index=0, alt=f"{texts.say('try_survey')}: {named}")


def _tiles(pages: Mapping[str, Mapping[str, str]]) -> list[tuple[str, list[str], str]]:
    """Each different page once, in the order of the steps: its step, the arms that get it, the page."""
    found: dict[tuple[str, str], list[str]] = {}
    for step in dict.fromkeys(step for own in pages.values() for step in own):
        for arm, own in pages.items():
            found.setdefault((step, own[step]), []).append(arm)
    return [(step, arms, page) for (step, page), arms in found.items()]


def _customer(definition: Experiment, texts: Words) -> tuple[str, dict[str, str], datetime, timedelta]:
    """Language, slots and local time of an imagined customer, and how long an answer takes."""
    locales = list(definition.locales) or [texts.language]
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        with left:
            preferred = texts.language if texts.language in locales else locales[0]
            locale = st.segmented_control(
                texts.say("texts_language"),
                locales,
                default=preferred,
                key=f"try_locale_{definition.key}_{texts.language}",
                required=True,
                format_func=str.upper,
            )
            locale = locale or preferred
            hour = st.slider(texts.say("try_hour"), 0, 23, NOON, format="%02d:00", key="try_hour")
            hours = st.slider(texts.say("try_within"), 1, 72, 24, format="%d h", key="try_within")
        with right:
            slots = {
                slot: st.text_input(
                    title(slot),
                    wording.SAMPLE.get(slot, {}).get(locale, f"[{slot}]"),
                    max_chars=LONGEST_SLOT,
                    key=f"try_{definition.key}_{locale}_{slot}",
                )
                for slot in sorted(definition.slots)
            }
            if not slots:
                st.markdown(texts.say("try_no_slots"))
    moment = datetime(2026, 3, 2, hour, tzinfo=UTC)
    return locale, slots, moment, timedelta(hours=hours)


def _lengths(
    definition: Experiment,
    locale: str,
    slots: Mapping[str, str],
    said: Mapping[str, str],
    texts: Words,
) -> None:
    """Characters, words and sentences of what differs between the arms: their own sentence."""
    sizes = {}
    for arm in definition.arms:
        made = render(definition, arm=arm.name, locale=locale, slots=slots, survey_url=wording.LINK, **said)
        whole, facts = made.message or "", made.notice or ""
        own = survey_sentence(definition, arm.name, locale, slots) or whole.removeprefix(facts).strip()
        sizes[arm.name] = measure(own)
    rows = [
        (
            texts.arm(name),
            texts.count(size.characters),
            texts.count(size.words),
            texts.count(size.sentences),
            texts.decimal(size.words_per_sentence, 1) if size.sentences else "–",
            texts.count(size.longest),
        )
        for name, size in sizes.items()
    ]
    heads = ("arm", "try_characters", "try_words", "try_sentences", "try_per_sentence", "try_longest")
    st.header(texts.say("try_lengths"), anchor=False)
    st.html(table([texts.say(head) for head in heads], rows, caption=texts.say("try_lengths"), titled=True))
    st.caption(texts.say("try_lengths_caption"))
    for warned in _uneven(sizes, texts):
        st.warning(frame.plain(warned), icon=":material/straighten:")


def _uneven(sizes: Mapping[str, Any], texts: Words) -> list[str]:
    from amends.design.cautions import too_uneven

    found = []
    for (one, first), (other, second) in combinations(sizes.items(), 2):
        shorter, longer = sorted((first.characters, second.characters))
        if shorter and too_uneven(shorter, longer):
            found.append(texts.say("try_uneven", first=texts.arm(one), second=texts.arm(other)))
    return found
