"""Opening a vault for its owner: asked for, told to them, possible after a waiting time.

Whoever holds the escrow identity or a contact's slot *and* the catalog could do it without asking:
the time binds this server's commands and pages. It is there so that one person at a desk cannot
quietly take over somebody's vault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from vault_core.api import Clock, Random
from vault_core.errors import Conflict, Forbidden
from vault_core.store import changes, outbox, recoveries, roles, sound
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId, milliseconds, new_id
from vault_core.store.outbox import OutboxRow
from vault_core.store.recoveries import RecoveryRow
from vault_core.store.roles import Act
from vault_core.vault.vault import Vault

DAY = 86_400_000
Letter = Callable[[VaultId, int], Awaitable[OutboxRow | None]]
"""What an owner is sent who wants mail: of a vault, and from when on a code can be made."""


@dataclass(slots=True)
class Recoveries:
    """All recoveries of the institution; `wait_days` is how long each waits."""

    _catalog: Catalog
    _clock: Clock
    _random: Random
    wait_days: int
    letter: Letter | None = field(default=None, init=False)

    def _now(self) -> int:
        return milliseconds(self._clock())

    async def ask(self, vault: VaultId, way: str, asker: VaultId | None = None) -> RecoveryRow:
        """Ask; asked again, the first time holds. Raises NodeNotFound for no vault."""
        now = self._now()
        for row in await recoveries.of_vault(self._catalog, vault, now):
            if (row.way, row.asker) == (way, asker):
                return row
        ready = now + self.wait_days * DAY
        row = RecoveryRow(new_id(self._clock(), self._random), vault, way, now, ready, asker)
        letter = await self.letter(vault, ready) if self.letter else None
        await self._catalog.commit(_ask, row, letter)
        return row

    async def of(self, vault: VaultId) -> RecoveryRow | None:
        """The nearest one that waits or can be used."""
        return await recoveries.first_of_vault(self._catalog, vault, self._now())

    async def asked(self, vault: VaultId, way: str, asker: VaultId | None) -> RecoveryRow | None:
        """That one, if it waits or can be used."""
        found = await recoveries.of_vault(self._catalog, vault, self._now())
        return next((row for row in found if (row.way, row.asker) == (way, asker)), None)

    async def ready(self, vault: VaultId, way: str, asker: VaultId | None = None) -> bytes:
        """The id of that one, its waiting time over. Raises Forbidden."""
        row = await self.asked(vault, way, asker)
        if row is None:
            raise Forbidden("Nobody asked for this, or its owner stopped it: ask first.")
        if row.ready_at > self._now():
            day = sound.moment(row.ready_at)
            raise Forbidden(f"Its owner can stop this until {day:%Y-%m-%d %H:%M} UTC: wait.")
        return row.id

    async def everyone(self) -> list[tuple[str, RecoveryRow]]:
        """All that wait or can be used, with usernames."""
        return await recoveries.waiting(self._catalog, self._now())

    async def stop_for(self, vault: VaultId) -> int:
        """The institution gives up; how many there were."""
        return await self._catalog.commit(_stop, Actor(vault, None, self._now()))


async def stop(vault: Vault) -> None:
    """Its owner wants none of it. Raises Conflict if none waits."""
    if not await vault.opened.services.catalog.commit(_stop, vault.actor()):
        raise Conflict("Nobody asked to open this vault.")


def _ask(row: RecoveryRow, letter: OutboxRow | None) -> Unit[None]:
    change = yield from changes.begin(Actor(row.vault, None, row.asked_at))
    yield from recoveries.insert(row)
    detail = {"way": row.way, "ready_at": row.ready_at}
    yield from changes.finish(change, Entry("recovery-asked", None, detail))
    actor = row.asker.hex() if row.asker is not None else "command"
    yield from roles.record(Act(actor, "recovery-ask", row.vault, row.asked_at, detail))
    if letter is not None:
        yield from outbox.put(letter)


def _stop(actor: Actor) -> Unit[int]:
    change = yield from changes.begin(actor)
    count = yield from recoveries.stop(actor.vault, actor.at)
    if count:
        yield from changes.finish(change, Entry("recovery-stopped", None, {"count": count}))
    return count
