"""The way to the mail server: one connection, opened again when it is lost, and no quicker than allowed."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Callable

from amends.mailing.handing_over import Outcome, hand_over
from amends.mailing.letter import Letterhead
from amends.mailing.server import PATIENCE, RunEnds, Server, ServerRefuses, connect

LOST_IN_A_ROW = 3
"""Connections lost one after the other before a run ends, however few tries a letter has."""


class Post:
    """Hands letters over, one after the other.

    Args:
        server: Where to.
        head: Whom letters come from.
        password: Of the server's user.
        per_minute: Letters a minute at most.
        attempts: How often in a row a connection is tried.
        backoff: Seconds before the second try; each further one waits four times as long.
        patience: Seconds that the server may take for an answer.
        clock: Seconds that only go on.
        sleep: Waits; it may return early where the run is to end.
        ending: Whether the run is to end before the next letter.
    """

    def __init__(
        self,
        server: Server,
        head: Letterhead,
        *,
        password: str | None = None,
        per_minute: float = 60.0,
        attempts: int = 4,
        backoff: float = 2.0,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self.server, self.head, self.attempts = server, head, attempts
        self.clock, self.sleep, self._ending = clock, sleep, ending
        self._password, self._patience = password, patience
        self._backoff, self._apart = backoff, 60.0 / per_minute
        self._next = clock()
        self._lost = 0
        self._connection: smtplib.SMTP | None = None

    def wait_before(self, attempt: int) -> float:
        """Seconds from a failed attempt, counted from 1, to the next."""
        return float(self._backoff * 4 ** (attempt - 1))

    def ready(self) -> None:
        """Waits for the next letter's turn and opens the connection, before anybody is claimed.

        Raises:
            ServerRefuses: It takes nothing from us, or could not be reached as often as is tried.
            RunEnds: The run was asked to end.
        """
        if self._next > self.clock():
            self.sleep(self._next - self.clock())
        self._end_if_asked()
        self._next = max(self._next, self.clock()) + self._apart
        while self._connection is None:
            try:
                self._connection = connect(self.server, self._password, patience=self._patience)
            except (OSError, smtplib.SMTPException) as error:
                self._count_loss(_short(error))

    def hand_over(self, letter: bytes, *, to: str, message_id: str) -> Outcome:
        """Hands a letter over on the connection that `ready` opened.

        Raises:
            ServerRefuses: It takes nothing from this sender; the letter was not taken.
        """
        assert self._connection is not None
        outcome = hand_over(
            self._connection,
            letter,
            sender=self.head.sender.addr_spec,
            to=to,
            envelope=message_id.strip("<>"),
        )
        if outcome.lost:
            self._connection = None
            self._lost += 1
        else:
            self._lost = 0
        return outcome

    def give_up_if_lost(self) -> None:
        """Ends a run whose connections are lost one after the other.

        Raises:
            ServerRefuses: saying so.
        """
        if self._lost >= max(self.attempts, LOST_IN_A_ROW):
            raise ServerRefuses(f"{self.server.host} closed {self._lost} connections in a row.")

    def close(self) -> None:
        """Says goodbye."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
        self._connection = None

    def _count_loss(self, why: str) -> None:
        self._lost += 1
        if self._lost >= self.attempts:
            raise ServerRefuses(
                f"{self.server.host}:{self.server.port} cannot be reached: {why} ({self._lost} tries)."
            )
        self.sleep(self.wait_before(self._lost))
        self._end_if_asked()

    def _end_if_asked(self) -> None:
        if self._ending():
            raise RunEnds("The run was asked to end.")


def _short(error: Exception) -> str:
    """What failed, by code or the system's words: a server's own words may hold addresses."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answers {error.smtp_code}"
    if isinstance(error, smtplib.SMTPException):
        return "it closed the connection"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
