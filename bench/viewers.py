"""Somebody who looks at a page of the dashboard, without a browser: speaks Streamlit's own protocol.

A viewer opens the web socket that a browser opens, asks for the page, and asks for every part that refreshes
by itself when its time has come, as the browser's script does. What it times is what the browser waits for.
"""

from __future__ import annotations

import asyncio
from time import perf_counter
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

LARGEST = 64 * 1024 * 1024
PATIENCE = 120.0
"""Seconds after which a page that did not come is called missing."""


class Viewer:
    """One open page.

    Attributes:
        parts: The parts of the page that refresh by themselves, with the seconds between two refreshes.
    """

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket = socket
        self._query = query
        self.parts: dict[str, float] = {}
        self.page = ""
        self._leaving = asyncio.Event()

    @classmethod
    async def open(cls, url: str, query: str) -> Viewer:
        """Opens a page and waits until it stands.

        Args:
            url: Where the dashboard is.
            query: The address's part after the question mark.
        """
        stream = f"ws://{urlsplit(url).netloc}/_stcore/stream"
        socket = await connect(stream, subprotocols=["streamlit"], max_size=LARGEST, origin=url)  # type: ignore[arg-type, list-item]
        viewer = cls(socket, query)
        await viewer._ask("")
        return viewer

    async def refresh(self) -> float:
        """Asks for every part that refreshes by itself; seconds until the last of them has come."""
        started = perf_counter()
        for part in list(self.parts):
            await self._ask(part)
        return perf_counter() - started

    async def stay(self, seconds: float) -> list[float]:
        """Refreshes when it is time, until the seconds are over or it shall leave; how long each took."""
        taken: list[float] = []
        self._leaving.clear()
        ends = perf_counter() + seconds
        while (began := perf_counter()) < ends and not self._leaving.is_set():
            taken.append(await self.refresh())
            period = min(self.parts.values())
            await asyncio.sleep(max(0.0, began + period - perf_counter()))
        return taken

    def leave_soon(self) -> None:
        """Ends a stay after the refresh under way."""
        self._leaving.set()

    async def close(self) -> None:
        """Leaves."""
        await self._socket.close()

    async def _ask(self, part: str) -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_script_hash = self.page
        asked.rerun_script.context_info.timezone = "Asia/Jakarta"
        asked.rerun_script.context_info.locale = "en-US"
        if part:
            asked.rerun_script.fragment_id = part
            asked.rerun_script.is_auto_rerun = True
        await self._socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE):
            await self._finish()

    async def _finish(self) -> None:
        while True:
            told = ForwardMsg()
            data = await self._socket.recv()
            assert isinstance(data, bytes)
            told.ParseFromString(data)
            kind = told.WhichOneof("type")
            if kind == "auto_rerun":
                self.parts[told.auto_rerun.fragment_id] = told.auto_rerun.interval
            elif kind == "new_session":
                self.page = told.new_session.page_script_hash
            elif kind == "delta" and told.delta.new_element.WhichOneof("type") == "exception":
                raise RuntimeError(f"the page says: {told.delta.new_element.exception.message}")
            elif kind == "script_finished" and told.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ):
                return
