"""An activation code is used once, however many come with it at the same moment."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from tests.issuing.house import house
from tests.web.site import site
from vault_core.errors import AccessDenied, StoreError
from vault_core.signin.entering import by_printed_code
from vault_core.signin.entrance import Entrance
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault

PASSWORDS = [f"{count} horses eat oats slowly" for count in ("two", "three", "four", "five")]


async def test_of_many_who_come_at_once_one_gets_in(tmp_path: Path) -> None:
    """At two institutions over one store, as two workers are. Who was refused has no password."""
    async with site(tmp_path / "data") as one, house(tmp_path / "data") as other:
        code = await one.person("bob", None)
        entrances = [one.institution.entrance, other.institution.entrance]
        came = await asyncio.gather(
            *(come_in(entrances[n % 2], code, password) for n, password in enumerate(PASSWORDS)),
            return_exceptions=True,
        )
        [(inside, password)] = [
            (found, password)
            for found, password in zip(came, PASSWORDS, strict=True)
            if isinstance(found, Vault)
        ]
        refused = [type(found) for found in came if not isinstance(found, Vault)]
        assert refused == [AccessDenied] * (len(PASSWORDS) - 1)
        assert [slot.kind for slot in await keyslots.listing(inside)] == ["password"]
        vaults = other.institution.vaults
        assert (await vaults.open_password("bob", password)).id == inside.id
        with pytest.raises(AccessDenied):
            await vaults.open_password("bob", next(p for p in PASSWORDS if p != password))
        with pytest.raises(AccessDenied):
            await come_in(entrances[0], code, PASSWORDS[0])


async def come_in(entrance: Entrance, code: str, password: str) -> Vault:
    """Bob, who comes again when a loaded machine held the database for too long."""
    for _ in range(5):
        with contextlib.suppress(StoreError):
            return await by_printed_code(entrance, "activation", "bob", code, password, "")
    return await by_printed_code(entrance, "activation", "bob", code, password, "")
