"""The journal of accesses: what was read, by which credential, how often.

Changes are journalled in their own transaction. Accesses change nothing, so they are counted
here and written together within seconds; a power cut can lose the last few of those counts.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from vault_core.api import Clock
from vault_core.errors import ParcheminError
from vault_core.store import changes
from vault_core.store.catalog import Catalog
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import NodeId, SlotId, VaultId

log = logging.getLogger(__name__)
MOST = 10_000
"""Different accesses held before the oldest are dropped: only if the catalog fails for long."""


@dataclass(slots=True)
class _Count:
    at: int
    times: int = 1


class AccessLog:
    """Counts accesses until `flush` writes them."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._counts: dict[tuple[VaultId, SlotId | None, str, NodeId | None], _Count] = {}

    def note(self, vault: VaultId, slot: SlotId | None, verb: str, node: NodeId | None) -> None:
        """One access or attempt happened now."""
        key = (vault, slot, verb, node)
        count = self._counts.get(key)
        if count is not None:
            count.times += 1
        elif len(self._counts) < MOST:
            self._counts[key] = _Count(int(self._clock() * 1000))

    async def flush(self) -> None:
        """Write what was counted. Keeps it for the next time if the catalog fails."""
        counts, self._counts = self._counts, {}
        groups: dict[tuple[VaultId, SlotId | None], list[tuple[int, Entry]]] = {}
        for (vault, slot, verb, node), count in counts.items():
            entry = Entry(verb, node, {"times": count.times})
            groups.setdefault((vault, slot), []).append((count.at, entry))
        for (vault, slot), entries in groups.items():
            at = min(first for first, _ in entries)
            try:
                await self._catalog.commit(
                    changes.record, Actor(vault, slot, at), [entry for _, entry in entries],
                    within=True,
                )  # fmt: skip
            except ParcheminError as error:
                log.warning("%d journal entries wait: %s", len(entries), error)
                for (v, s, verb, node), count in counts.items():
                    if (v, s) == (vault, slot):
                        self._counts.setdefault((v, s, verb, node), count)
