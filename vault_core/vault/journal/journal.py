"""Reading a vault's journal, and proving that nothing was taken out of it or altered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from vault_core.errors import CorruptCiphertext
from vault_core.store import sound
from vault_core.store.catalog import Catalog, Row
from vault_core.store.changes import GENESIS, chain
from vault_core.store.ids import NodeId, SlotId, VaultId
from vault_core.vault.nodes.node import JournalEntry

PAGE = 1000
_BEYOND = (  # one statement, for the journal may grow meanwhile
    "SELECT 1 FROM journal j JOIN vaults v ON v.id = j.vault"
    " WHERE j.vault = ? AND j.number > v.journal_size LIMIT 1"
)


async def entries(
    catalog: Catalog, vault: VaultId, *, before: int | None = None, limit: int = 100
) -> list[JournalEntry]:
    """The newest entries first; `before` a number to go on from."""
    rows = await catalog.fetch(
        "SELECT number, at, verb, node, slot, detail FROM journal"
        " WHERE vault = ? AND number < ? ORDER BY number DESC LIMIT ?",
        (vault, before if before is not None else 2**62, limit),
    )
    return [_entry(*row) for row in rows]


def _entry(
    number: int, at: int, verb: str, node: NodeId | None, slot: SlotId | None, detail: str
) -> JournalEntry:
    """One whose detail is damaged is marked by its verb, and keeps no other one back."""
    try:
        return JournalEntry(number, at, verb, node, slot, sound.members(detail))
    except CorruptCiphertext:
        return JournalEntry(number, at, sound.DAMAGED, node, slot)


async def were_read(catalog: Catalog, vault: VaultId, nodes: Sequence[NodeId]) -> frozenset[bytes]:
    """Those of the nodes whose content was read by any of the owner's ways, as far as written."""
    found: set[bytes] = set()
    for start in range(0, len(nodes), PAGE):
        some = nodes[start : start + PAGE]
        marks = ", ".join("?" * len(some))
        rows = await catalog.fetch(
            "SELECT DISTINCT node FROM journal"  # noqa: S608 -- marks are question marks
            f" WHERE vault = ? AND verb = 'read' AND node IN ({marks})",
            (vault, *some),
        )
        found.update(row[0] for row in rows)
    return frozenset(found)


async def verify(catalog: Catalog, vault: VaultId, head: bytes, size: int) -> str | None:
    """What is wrong with the chain, as a sentence; None if it leads to `head` in `size` entries."""
    current, number = GENESIS, 0
    async for row in _all(catalog, vault):
        number += 1
        if row[0] != number:
            return f"journal entry {number} is missing"
        current = chain(current, vault, *row[:6])
        if current != row[6]:
            return f"journal entry {number} was altered"
        if number == size:
            break
    if number != size or current != head:
        return f"the journal has {number} entries that do not lead to its recorded end"
    beyond = await catalog.fetch(_BEYOND, (vault,))
    return "the journal goes on after its recorded end" if beyond else None


async def _all(catalog: Catalog, vault: VaultId) -> AsyncIterator[Row]:
    after = 0
    while True:
        rows = await catalog.fetch(
            "SELECT number, at, verb, node, slot, detail, hash FROM journal"
            " WHERE vault = ? AND number > ? ORDER BY number LIMIT ?",
            (vault, after, PAGE),
        )
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1][0]
