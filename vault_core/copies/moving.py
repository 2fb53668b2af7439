"""`migrate`: a running institution moves to another catalog, another blob store, or both.

Copying takes as long as it takes, and the institution is served meanwhile. Finishing freezes the
old catalog, copies what changed since, and shows that nothing differs; from then until the server
starts with its new settings, everything can be read and nothing changed. Nothing is decrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vault_core.api import Random
from vault_core.copies import freezing, rows
from vault_core.copies.blob_move import BlobMove
from vault_core.copies.rows import Copying, Differences
from vault_core.errors import Conflict, StoreError
from vault_core.store.catalog import Catalog

PASSES = 4
"""Passes over the rows at most: each finds only what changed during the one before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What one run did."""

    blobs: int
    rows: int
    """Rows written or removed."""
    left: int
    """Rows that differed at the last look: they change while people write; 0 when finished."""
    lacking: tuple[str, ...]
    """Blobs that the old store does not have."""


@dataclass(frozen=True, slots=True)
class Move:
    """From where to where; at least one of the two moves."""

    source: Catalog
    rows: Copying | None
    blobs: BlobMove | None
    random: Random

    async def prepare(self, names: Mapping[str, object], *, finish: bool) -> None:
        """Raises Conflict if it was moved already, or the new catalog is another institution's."""
        moved = await rows.remembered(self.source, "moved")
        if moved is not None and moved["done"]:
            raise Conflict(
                "This institution was moved away already. To take it back here, as it was then,"
                " run 'parchemin migrate --cancel'."
            )
        if moved is not None and not (finish and moved == {**names, "done": False}):
            raise Conflict(
                "A move is being finished: run the same with --finish again, or stay with"
                " 'parchemin migrate --cancel'."
            )
        if self.rows is not None:
            await self._claim(self.rows.target)

    async def _claim(self, target: Catalog) -> None:
        own = await rows.remembered(self.source, "id")
        if own is None:
            own = {"id": self.random(16).hex()}
            await self.source.commit(rows.remember, "id", own)
        if await rows.remembered(target, "from") == own:
            return
        if await target.fetch("SELECT 1 FROM vaults UNION ALL SELECT 1 FROM persons LIMIT 1"):
            raise Conflict("The new catalog holds an institution already: name an empty database.")
        await target.commit(rows.remember, "from", own)

    async def copy(self) -> Moved:
        """Copy while people write; again and again brings the two ever closer."""
        blobs = await self.blobs.copy() if self.blobs is not None else 0
        count, last = 0, Differences()
        for _ in range(PASSES if self.rows is not None else 0):
            assert self.rows is not None
            last = await self.rows.reconcile()
            count += _size(last)
            if last.none:
                break
        return self._moved(blobs, count, _size(last) + last.postponed)

    async def finish(self, names: Mapping[str, object]) -> Moved:
        """Freeze, copy the rest, and prove it; `names` say to the old catalog where it went.

        Raises StoreError if the two cannot be made the same; the old one then stays frozen until
        `cancel`, or until this is run again.
        """
        await self.source.commit(rows.remember, "moved", {**names, "done": False})
        await freezing.freeze(self.source)
        blobs = await self.blobs.copy() if self.blobs is not None else 0
        count = 0
        if self.rows is not None:
            count = await self._until_the_same(self.rows)
        await self.source.commit(rows.remember, "moved", {**names, "done": True})
        if self.rows is not None:  # from now on no copy from here may overwrite it
            await self.rows.target.commit(rows.forget, "from")
        return self._moved(blobs, count, 0)

    async def _until_the_same(self, copying: Copying) -> int:
        count = 0
        for _ in range(PASSES):
            found = await copying.reconcile(thorough=False)
            if found.none:
                return count
            count += _size(found)
        raise StoreError(
            "The new catalog does not keep what is written to it: rows differ after every pass."
        )

    def _moved(self, blobs: int, count: int, left: int) -> Moved:
        lacking = tuple(sorted(self.blobs.lacking)) if self.blobs is not None else ()
        return Moved(blobs, count, left, lacking)


def _size(found: Differences) -> int:
    return sum(found.written.values()) + sum(found.removed.values())


async def cancel(catalog: Catalog) -> None:
    """The institution stays where it is, or comes back: its old catalog can be changed again."""
    await freezing.thaw(catalog)
    for name in ("moved", "id"):
        await catalog.commit(rows.forget, name)
