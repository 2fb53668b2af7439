"""A person as the institution knows them."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from vault_core.api import Reason
from vault_core.errors import BadRequest
from vault_core.store.ids import VaultId
from vault_core.vault.nodes.node import Quota

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
SHOWN = 80
"""Characters that are repeated of what is no username."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the institution knows of a person; "" and None where it does not."""

    given_name: str = ""
    family_name: str = ""
    birth_date: dt.date | None = None
    ine: str = ""
    also: tuple[str, ...] = ()
    """Other family names: a usual name, the name before a change."""

    @property
    def families(self) -> tuple[str, ...]:
        """Every family name."""
        return (self.family_name, *self.also) if self.family_name else self.also


@dataclass(frozen=True, slots=True)
class Person:
    """Who owns a vault."""

    id: VaultId
    username: str
    facts: Facts
    recipient: str
    quota: Quota
    created_at: int


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person just added, with the printed code that opens their vault the first time."""

    person: Person
    activation_code: str | None


def username(text: str) -> str:
    """The username as it is stored: lower case. Raises BadRequest."""
    name = unicodedata.normalize("NFC", text).strip().casefold()
    if not USERNAME.fullmatch(name):
        shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
        raise BadRequest(
            Reason(
                f"« {shown} » n'est pas un identifiant : 64 lettres a-z, chiffres, . _ @ + -",
                f"'{shown}' is no username: use up to 64 letters a-z, digits and . _ @ + -",
            )
        )
    return name
