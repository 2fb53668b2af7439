"""Which entries of a journal somebody wants to see: by what they are about, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId
from vault_core.vault.journal import journal
from vault_core.vault.nodes.node import JournalEntry

GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "reading": frozenset({"list", "read"}),
    "changing": frozenset(
        {
            "accept", "copy", "create", "delete", "describe", "expire-version", "make-room", "move",
            "purge", "replace", "restore",
        }
    ),
    "keys": frozenset(
        {"closing-asked", "closing-cancelled", "factor-add", "factor-remove", "open",
         "open-account", "refused", "slot-add", "slot-expire", "slot-replace", "slot-revoke"}
    ),
    "institution": frozenset(
        {"closing-asked", "closing-cancelled", "quota-set", "resumed", "suspended"}
    ),
    "deliveries": frozenset({"accept", "check", "correct", "deliver", "revoke"}),
    "links": frozenset(
        {
            "link-add", "link-check", "link-deposit", "link-guessed", "link-open", "link-refused",
            "link-revoke", "link-take",
        }
    ),
}  # fmt: skip
"""What entries are about, and the verbs that say so."""
_PART: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of a group of verbs ("" is all), from a time on, before another (ms since the epoch)."""

    about: str = ""
    since: int | None = None
    before: int | None = None

    def wants(self, entry: JournalEntry) -> bool:
        """Whether the entry is one of them."""
        if self.about and entry.verb not in GROUPS[self.about]:
            return False
        return self.reaches(entry) and (self.before is None or entry.at < self.before)

    def reaches(self, entry: JournalEntry) -> bool:
        """Whether entries older than this one may be wanted."""
        return self.since is None or entry.at >= self.since


async def entries(
    catalog: Catalog, vault: VaultId, wanted: Wanted, before: int | None, limit: int
) -> list[JournalEntry]:
    """The newest entries that are wanted, of those with a number below `before`."""
    found: list[JournalEntry] = []
    part = min(limit, _PART) if wanted == Wanted() else _PART  # all of them are wanted, or few
    while len(found) < limit:
        some = await journal.entries(catalog, vault, before=before, limit=part)
        found += [entry for entry in some if wanted.wants(entry)]
        if len(some) < part or not wanted.reaches(some[-1]):
            break
        before = some[-1].number
    return found[:limit]
