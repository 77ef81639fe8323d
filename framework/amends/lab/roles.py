"""Roles on the dashboard: viewer, analyst, owner; what each may do, and who somebody is in the audit."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import IntEnum

from amends.errors import NotAllowed


class Role(IntEnum):
    """Each may do what those before it may.

    >>> Role.OWNER > Role.ANALYST > Role.VIEWER, Role.named("analyst").word
    (True, 'analyst')
    """

    VIEWER = 1
    ANALYST = 2
    OWNER = 3

    @property
    def word(self) -> str:
        """As settings and the audit write it."""
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Role:
        """The role of that word.

        Raises:
            KeyError: There is none.
        """
        return cls[word.upper()]


LEAST = {
    "unmask": Role.ANALYST,
    "export": Role.ANALYST,
    "start": Role.OWNER,
    "pause": Role.OWNER,
    "resume": Role.OWNER,
    "ramp": Role.OWNER,
    "stop": Role.OWNER,
}
"""The least role for each act. Reading needs none of them."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody at the dashboard.

    Attributes:
        role: What they may do.
        person: A pseudonym, where they signed in as a person and not with a role's password.
    """

    role: Role
    person: str | None = None

    @property
    def by(self) -> str:
        """Who they are in the audit.

        >>> Actor(Role.OWNER).by, Actor(Role.ANALYST, "9f2c").by
        ('owner', 'analyst 9f2c')
        """
        return self.role.word if self.person is None else f"{self.role.word} {self.person}"

    def may(self, act: str) -> bool:
        """Whether their role reaches that far.

        >>> Actor(Role.VIEWER).may("export"), Actor(Role.OWNER).may("unmask")
        (False, True)
        """
        return self.role >= LEAST[act]

    def insist(self, act: str) -> None:
        """Goes on where they may.

        Raises:
            NotAllowed: naming who may.
        """
        if not self.may(act):
            raise NotAllowed(
                f"to {act} needs the role {LEAST[act].word}, and this session has the role {self.role.word}. "
                f"Sign in as {LEAST[act].word}, or ask one."
            )


def pseudonym_of(email: str, *, secret: bytes) -> str:
    """What the audit calls a person: the same for the same address, and no way back without the secret.

    >>> pseudonym_of("Ana@Example.com", secret=b"s") == pseudonym_of("ana@example.com", secret=b"s")
    True
    """
    return hmac.digest(secret, b"amends:dashboard:person:" + email.strip().lower().encode(), "sha256").hex()[
        :12
    ]
