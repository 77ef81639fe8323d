"""The dashboard's entry: language, navigation, one page. Run by `amends serve`.

Streamlit runs this file anew at each visit and click; the pages are ordinary modules of the
package `dashboards`, which is this folder wherever it lies (in a checkout, or in the wheel).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import streamlit as st


def _make_importable() -> None:
    """Makes this folder the package `dashboards`, whatever it is called on disk."""
    if "dashboards" in sys.modules:
        return
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "dashboards", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["dashboards"] = package
    spec.loader.exec_module(package)


_make_importable()

from dashboards import access, calculator, experiment, frame, home, planner, studies, trying, waiting  # noqa: E402

st.set_page_config(page_title="amends", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
frame.styles()
access.styles()
frame.settle_language()
texts = frame.words()
menu, room = st.container(key="am-menu-place"), frame.bar()

one = st.Page(
    frame.guarded(lambda: experiment.page(room)), title=texts.say("experiment"), url_path="experiment"
)
first = st.Page(
    frame.guarded(lambda: home.page(one)), title=texts.say("home"), url_path="experiments", default=True
)
pages = [
    first,
    one,
    st.Page(frame.guarded(studies.page), title=texts.say("studies"), url_path="studies"),
    st.Page(frame.guarded(planner.page), title=texts.say("plan_page"), url_path="plan"),
    st.Page(frame.guarded(lambda: trying.page(room)), title=texts.say("try_page"), url_path="try"),
    st.Page(frame.guarded(waiting.page), title=texts.say("waiting_page"), url_path="waiting-times"),
    st.Page(frame.guarded(calculator.page), title=texts.say("calculator"), url_path="calculator"),
]
chosen = st.navigation(pages, position="top")
if chosen is first and "experiment" in st.query_params:
    st.switch_page(one, query_params=dict(st.query_params))
with menu:
    frame.small_menu(pages)
chosen.run()
access.footer(texts)
