"""Rows of WebDAV locks (RFC 4918 section 6), in the catalog so that every worker sees them."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import NodeId, SlotId, VaultId


@dataclass(frozen=True, slots=True)
class LockRow:
    """One row of `locks`."""

    token: str
    node: NodeId
    shared: bool
    infinite: bool
    slot: SlotId
    expires_at: int
    sealed: bytes


async def by_vault(catalog: Catalog, vault: VaultId, at: int) -> list[LockRow]:
    """The vault's locks that have not expired at `at` (ms)."""
    rows = await catalog.fetch(
        "SELECT token, node, shared, infinite, slot, expires_at, sealed FROM locks"
        " WHERE vault = ? AND expires_at > ?",
        (vault, at),
    )
    return [LockRow(r[0], r[1], bool(r[2]), bool(r[3]), r[4], r[5], r[6]) for r in rows]


def insert(vault: VaultId, row: LockRow, at: int) -> Unit[None]:
    """Note a lock; the vault's expired ones go at the same time."""
    yield ("DELETE FROM locks WHERE vault = ? AND expires_at <= ?", (vault, at))
    yield (
        "INSERT INTO locks (token, vault, node, shared, infinite, slot, expires_at, sealed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.token, vault, row.node, int(row.shared), int(row.infinite),
            row.slot, row.expires_at, row.sealed,
        ),
    )  # fmt: skip


def extend(vault: VaultId, token: str, expires_at: int) -> Unit[bool]:
    """Whether the lock was there."""
    rows = yield (
        "UPDATE locks SET expires_at = ? WHERE vault = ? AND token = ? RETURNING token",
        (expires_at, vault, token),
    )
    return bool(rows)


def delete(vault: VaultId, token: str) -> Unit[bool]:
    """Whether the lock was there."""
    rows = yield ("DELETE FROM locks WHERE vault = ? AND token = ? RETURNING token", (vault, token))
    return bool(rows)


def delete_on(vault: VaultId, nodes: list[NodeId]) -> Unit[None]:
    """Remove the locks on nodes that go away or move: a lock stays with its URL."""
    for node in nodes:
        yield ("DELETE FROM locks WHERE vault = ? AND node = ?", (vault, node))
