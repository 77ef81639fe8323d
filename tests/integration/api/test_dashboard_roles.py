"""A web socket that says more than its page has: only a session whose role reaches that far acts.

The messages are Streamlit's own: an owner's page is opened to learn the ids of its widgets, then the same
click is sent again over sockets opened with other cookies.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from amends.api.door import COOKIE
from amends.lab import Lab
from amends.settings import load_settings
from tests.integration.api.test_serve_process import environment

KEY = "late"
FILE = '''"""Is it late?"""

from amends import Experiment, silence, sorry

experiment = Experiment(notice="It is late.", arms=[sorry("Sorry."), silence()], owner="research")
'''
PASSWORDS = {"viewer": "for the viewers", "analyst": "for the analysts", "owner": "for the owners"}
SCRIPT = f"""
from amends.api.serve import run
from amends.lab import Lab

run(Lab(), port=0, passwords={PASSWORDS!r}, say=lambda line: print(line, flush=True))
"""


@pytest.fixture
def base(tmp_path) -> Iterator[str]:
    (tmp_path / "experiments").mkdir()
    (tmp_path / "experiments" / f"{KEY}.py").write_text(FILE)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "the server did not start"
        yield found[0]
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture
def lab(tmp_path) -> Iterator[Lab]:
    settings = {
        "AMENDS_EXPERIMENTS": str(tmp_path / "experiments"),
        "AMENDS_DATABASE_URL": f"sqlite:///{tmp_path / 'amends.db'}",
    }
    lab = Lab(settings=load_settings(settings))
    yield lab
    lab.close()


def session(base: str, role: str) -> str:
    return httpx.post(f"{base}/sign-in", data={"password": PASSWORDS[role]}).cookies[COOKIE]


def opened(base: str, cookie: str, **more: str) -> ClientConnection:
    headers = {"Origin": base, "Cookie": f"{COOKIE}={cookie}", **more}
    address = f"{base.replace('http', 'ws')}/_stcore/stream"
    return connect(address, additional_headers=headers, subprotocols=["streamlit"], proxy=None, max_size=None)


def run(page: ClientConnection, page_hash: str = "", **clicked: str) -> list[ForwardMsg]:
    """Has the page drawn, with those widgets clicked or ticked, and gives all it was sent."""
    message = BackMsg()
    message.rerun_script.query_string = f"experiment={KEY}&lang=en&role=owner"
    message.rerun_script.page_script_hash = page_hash
    if not page_hash:
        message.rerun_script.page_name = "experiment"
    for how, widget in clicked.items():
        state = message.rerun_script.widget_states.widgets.add()
        state.id = widget
        setattr(state, {"ticked": "bool_value", "pressed": "trigger_value"}[how], True)
    page.send(message.SerializeToString())
    heard = []
    while True:
        said = ForwardMsg()
        said.ParseFromString(page.recv(timeout=60))
        heard.append(said)
        if (
            said.WhichOneof("type") == "script_finished"
            and said.script_finished == said.FINISHED_SUCCESSFULLY
        ):
            return heard


def ids(heard: list[ForwardMsg]) -> dict[str, str]:
    """Widgets by the key they were given."""
    found = {}
    for said in heard:
        element = said.delta.new_element
        for kind in ("button", "checkbox"):
            if element.WhichOneof("type") == kind:
                widget = getattr(element, kind).id
                found[widget.rpartition("-")[2]] = widget
    return found


def page_of(heard: list[ForwardMsg]) -> str:
    return [said.navigation.page_script_hash for said in heard if said.HasField("navigation")][-1]


def test_an_owners_click_sent_again_by_anybody_else_does_nothing(base, lab):
    with opened(base, session(base, "owner")) as owner:
        drawn = run(owner)
        widgets, where = ids(drawn), page_of(drawn)
        tick = next(widget for key, widget in widgets.items() if key.startswith("run_read_"))
        press = widgets[f"run_start_{KEY}"]

        for role in ("viewer", "analyst"):
            with opened(base, session(base, role), **{"X-Role": "owner"}) as other:
                assert not [key for key in ids(run(other)) if key.startswith(("run_", "unmask"))]
                run(other, where, ticked=tick)
                run(other, where, ticked=tick, pressed=press)
        forged = session(base, "viewer").replace("viewer", "owner")
        for cookie in ("", "owner", forged):
            with suppress(InvalidStatus), opened(base, cookie):
                pytest.fail("a socket opened without a session")
        assert lab.store.audit_log(KEY) == []

        run(owner, where, pressed=press)
        assert lab.store.audit_log(KEY) == [], "pressed, but nobody has ticked that the list was read"
        run(owner, where, ticked=tick)
        run(owner, where, ticked=tick, pressed=press)
    assert [(entry.action, entry.detail["by"]) for entry in lab.store.audit_log(KEY)] == [("start", "owner")]


def test_a_session_taken_over_by_another_role_acts_as_that_role(base, lab):
    """A socket may go on with the session of one that was cut off: the role is the new socket's own."""
    with opened(base, session(base, "owner")) as owner:
        drawn = run(owner)
        widgets, where = ids(drawn), page_of(drawn)
        tick = next(widget for key, widget in widgets.items() if key.startswith("run_read_"))
        run(owner, where, ticked=tick)
        number = next(
            said.new_session.initialize.session_id for said in drawn if said.HasField("new_session")
        )
    headers = {"Origin": base, "Cookie": f"{COOKIE}={session(base, 'viewer')}"}
    address = f"{base.replace('http', 'ws')}/_stcore/stream"
    subprotocols = ["streamlit", "unused", number]
    with connect(
        address, additional_headers=headers, subprotocols=subprotocols, proxy=None, max_size=None
    ) as viewer:
        run(viewer, where, ticked=tick, pressed=widgets[f"run_start_{KEY}"])
    assert lab.store.audit_log(KEY) == []
