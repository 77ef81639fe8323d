"""What can be taken from an experiment's page, for those who may; each time is written into the audit."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st

from amends.lab.roles import Actor
from amends.publishing.tables import tables_zip
from dashboards import access, data
from dashboards.words import Words

NEED_THE_EXTRA = frozenset({"application/pdf", "image/png"})
"""Forms that only the `report` extra can write."""
PARQUET, ZIP = "application/vnd.apache.parquet", "application/zip"


def draw(key: str, who: Actor, texts: Words) -> None:
    """Each file is made when its button is pressed, from the report as it is then."""
    language = texts.language
    st.header(texts.say("downloads"), anchor=False)
    if not who.may("export"):
        st.caption(f"{texts.say('downloads_not_yours')} {access.who_else(texts)}")
        return
    files = (
        ("download_html", f"{key}.html", "text/html", lambda: data.report(key).to_html(locale=language)),
        (
            "download_markdown",
            f"{key}.md",
            "text/markdown",
            lambda: data.report(key).to_markdown(locale=language),
        ),
        ("download_pdf", f"{key}.pdf", "application/pdf", lambda: data.report(key).to_pdf(locale=language)),
        ("download_png", f"{key}.png", "image/png", lambda: data.report(key).to_png(locale=language)),
        ("download_counts", f"{key}_counts.csv", "text/csv", lambda: data.counts_as_csv(key)),
        ("download_csv", f"{key}_comparisons.csv", "text/csv", lambda: data.comparisons_as_csv(key)),
        ("download_counts_parquet", f"{key}_counts.parquet", PARQUET, lambda: data.counts_as_parquet(key)),
        ("download_parquet", f"{key}_comparisons.parquet", PARQUET, lambda: data.comparisons_as_parquet(key)),
        ("download_tables", f"{key}_tables.zip", ZIP, lambda: tables_zip(data.report(key), locale=language)),
        ("download_json", f"{key}.json", "application/json", lambda: data.as_json(key)),
    )
    with st.container(horizontal=True):
        for label, name, mime, make in files:
            if mime in NEED_THE_EXTRA and find_spec("vl_convert") is None:
                continue
            st.download_button(
                texts.say(label),
                access.taken(key, who, name.removeprefix(key).lstrip("._"), make),
                file_name=name,
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption(texts.say("downloads_recorded"))
