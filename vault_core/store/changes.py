"""What every change of a vault has in common: one version, one quota, one journal.

A change begins by taking the vault's row, which serialises changes of one vault, and ends by
writing back the bytes used and the head of the journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from vault_core.errors import Conflict, NodeNotFound, QuotaExceeded, StoreError
from vault_core.store import many
from vault_core.store.catalog import Later, Put, Row, Take, Unit
from vault_core.store.ids import NodeId, SlotId, VaultId

GENESIS = bytes(32)
_quoted = json.encoder.encode_basestring_ascii
_sorted = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_ENTRIES = "INSERT INTO journal (vault, number, at, verb, node, slot, detail, hash)"
_ENTRY = f"{_ENTRIES} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_together = partial(many.insert, _ENTRIES)
_WRITTEN = (
    ("id", "BLOB"), ("version", "BIGINT"), ("guard", "BIGINT"), ("purged", "BIGINT"),
    ("used", "BIGINT"), ("head", "BLOB"), ("size", "BIGINT"),
)  # fmt: skip
_DAMAGED_JOURNAL = "This vault's journal is damaged: the administrator must run 'parchemin check'."


class Actor(NamedTuple):
    """Who changes what, when (ms since the epoch). `slot` None: the server or an issuer."""

    vault: VaultId
    slot: SlotId | None
    at: int


class Entry(NamedTuple):
    """One thing that happened. `detail` holds ids and counts, never a name."""

    verb: str
    node: NodeId | None = None
    detail: Mapping[str, Any] = MappingProxyType({})


@dataclass(slots=True)
class Change:
    """The vault's row while a change runs."""

    actor: Actor
    version: int
    guard: int
    purged: int
    used: int
    quota: int
    head: bytes
    size: int

    def spend(self, delta: int) -> None:
        """Count bytes of plaintext in or out. Raises QuotaExceeded when growing past the quota."""
        if delta > 0 and self.used + delta > self.quota:
            raise QuotaExceeded
        self.used += delta

    def charge(self, delta: int) -> None:
        """Count bytes that are never refused: what an issuer delivers."""
        self.used += delta

    def protect(self) -> None:
        """Make every check done on an older version of the vault void (see `begin`)."""
        self.guard = self.version

    def destroyed(self) -> None:
        """Make other processes forget what they know of nodes: some are gone without a row."""
        self.purged = self.version


_TAKE = (
    "SELECT id, version, guard, purged, used, quota, journal_head, journal_size"
    " FROM vaults WHERE id = ? FOR UPDATE"
)
_PUT = (
    "UPDATE vaults SET version = ?, guard = ?, purged = ?, used = ?, journal_head = ?,"
    " journal_size = ? WHERE id = ?"
)


def begin(actor: Actor, seen: int | None = None, *, within: bool = False) -> Unit[Change]:
    """Take the vault's row.

    `seen` is the version on which the caller checked locks, slots and folders; Conflict says
    that one of them changed since, so that the caller looks again. `within` promises what
    `Take.within` says: see docs/adr/0005-postgresql.md before giving it.
    """
    rows = yield Take(_TAKE, (actor.vault,), within)
    if not rows:
        raise NodeNotFound
    change = Change(actor, *rows[0][1:])
    change.version += 1
    if seen is not None and change.guard > seen:
        raise Conflict
    return change


def finish(change: Change, *entries: Entry) -> Unit[int]:
    """Write the journal's entries and the vault's row; the vault's new version."""
    try:
        for entry in entries:
            yield Later(_ENTRY, _chained(change, entry), "journal", _together)
    except Conflict:  # trying again would not help: the vault's row is ours alone
        raise StoreError(_DAMAGED_JOURNAL) from None
    yield _put(change)
    return change.version


def born(actor: Actor, quota: int) -> Change:
    """As `begin`, of a vault whose row was inserted in this very transaction."""
    return Change(actor, 1, 0, 0, 0, quota, GENESIS, 0)


def begin_all(actors: Sequence[Actor]) -> Unit[Mapping[VaultId, Change]]:
    """`begin` for different vaults, all taken with one statement. Raises NodeNotFound."""
    by_vault = {actor.vault: actor for actor in actors}
    rows = yield (
        "SELECT id, version + 1, guard, purged, used, quota, journal_head, journal_size"  # noqa: S608
        f" FROM vaults WHERE id IN ({', '.join('?' * len(by_vault))}) ORDER BY id FOR UPDATE",
        tuple(sorted(by_vault)),
    )
    if len(rows) < len(by_vault):
        raise NodeNotFound
    return {row[0]: Change(by_vault[row[0]], *row[1:]) for row in rows}


def finish_all(changes: Sequence[tuple[Change, Sequence[Entry]]]) -> Unit[None]:
    """`finish` for different vaults, with one statement for all journals and one for all rows."""
    entries = [_chained(change, entry) for change, several in changes for entry in several]
    try:
        yield many.insert(_ENTRIES, entries)
    except Conflict:
        raise StoreError(_DAMAGED_JOURNAL) from None
    rows = [
        (c.actor.vault, c.version, c.guard, c.purged, c.used, c.head, c.size) for c, _ in changes
    ]
    values, parameters = many.named("n", _WRITTEN, rows)
    yield (
        f"{values} UPDATE vaults SET version = n.version, guard = n.guard, purged = n.purged,"  # noqa: S608
        " used = n.used, journal_head = n.head, journal_size = n.size FROM n"
        " WHERE vaults.id = n.id",
        parameters,
    )


def record(actor: Actor, entries: list[Entry], *, within: bool = False) -> Unit[None]:
    """Journal what changed nothing, such as accesses and attempts; `within`: see `begin`."""
    rows = yield Take(_TAKE, (actor.vault,), within)
    if rows:
        yield from finish(Change(actor, *rows[0][1:]), *entries)


def _put(change: Change) -> Put:
    vault = change.actor.vault
    written = (change.version, change.guard, change.purged, change.used)
    journal = (change.head, change.size)
    return Put(_PUT, (*written, *journal, vault), (vault, *written, change.quota, *journal))


def _chained(change: Change, entry: Entry) -> Row:
    """The entry as a row of the journal, whose head it is from now on."""
    actor = change.actor
    change.size += 1
    detail = _sorted(dict(entry.detail)) if entry.detail else "{}"
    change.head = chain(
        change.head, actor.vault, change.size, actor.at, entry.verb, entry.node, actor.slot, detail
    )
    return (
        actor.vault, change.size, actor.at, entry.verb,
        entry.node, actor.slot, detail, change.head,
    )  # fmt: skip


def chain(
    head: bytes,
    vault: bytes,
    number: int,
    at: int,
    verb: str,
    node: bytes | None,
    slot: bytes | None,
    detail: str,
) -> bytes:
    """SHA-256 over the previous entry's hash and this entry, a JSON list in the columns' order."""
    # Written out, for hexadecimal digits need no encoder and every change waits for this.
    names = f"{_quoted(verb)},{_hex(node)},{_hex(slot)},{_quoted(detail)}"
    fields = f'["{vault.hex()}",{number},{at},{names}]'
    return hashlib.sha256(head + fields.encode()).digest()


def _hex(value: bytes | None) -> str:
    return f'"{value.hex()}"' if value else "null"
