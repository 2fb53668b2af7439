"""A vault as one credential has it open: what WebDAV, the pages, the API and commands use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TypeVar

from vault_core.api import Buffer
from vault_core.errors import (
    AccessDenied,
    Conflict,
    IsAFolder,
    NodeNotFound,
    NotAFolder,
    ParcheminError,
    StoreError,
    Suspended,
)
from vault_core.scopes import Scope
from vault_core.store.changes import Actor
from vault_core.store.ids import ROOT, NodeId, SlotId, VaultId
from vault_core.vault.documents import content, delivered, locking, moving, space, trash, writing
from vault_core.vault.documents.locking import NO_TOKENS, Holder
from vault_core.vault.documents.moving import Way
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.documents.writing import Description, Upload
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import ANY, Lock, Node, Precondition, Quota, Version, Written

T = TypeVar("T")
ATTEMPTS = 20
"""Tries of a change that others keep changing things under, before Conflict is the answer."""


class Vault:
    """Every method sees what other credentials and processes committed before `refresh`."""

    def __init__(
        self,
        opened: OpenedVault,
        slot: SlotId,
        kind: str,
        username: str,
        journal: AccessLog,
        scopes: frozenset[Scope] | None = None,
    ) -> None:
        self.scopes = scopes
        """What a token is for; None: everything. Who takes tokens asks; nothing here does."""
        self.opened = opened
        self.slot_id = slot
        self.slot_kind = kind
        self.username = username
        self._journal = journal

    @property
    def id(self) -> VaultId:
        """The vault's id, which is its person's."""
        return self.opened.id

    def actor(self) -> Actor:
        """This credential, now."""
        return Actor(self.opened.id, self.slot_id, int(self.opened.services.clock() * 1000))

    async def refresh(self) -> None:
        """Call once at the start of each request.

        Raises AccessDenied if the slot was revoked, Suspended if the institution lets nobody in.
        """
        opened = self.opened
        await opened.refresh()
        if opened.is_suspended:
            raise Suspended
        if self.slot_id not in opened.slots:
            raise AccessDenied
        if opened.must_accept:
            async with opened.accepting:
                await delivered.accept_all(opened)

    async def retrying(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Other changes to the same things make a change look again, and try again."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await attempt()
            except Conflict as conflict:
                if type(conflict) is not Conflict:
                    raise
                self.opened.forget_generation()
                await self.refresh()
        return await attempt()

    async def find(self, path: Path) -> Node:
        """The node at the path; `()` is the root. Raises NodeNotFound."""
        node = await writing.find(self.opened, path)
        if node is None:
            raise NodeNotFound
        return node

    async def children(self, node: Node) -> list[Node]:
        """What a folder holds, by name; do not change the list. Raises NotAFolder."""
        if not node.is_folder:
            raise NotAFolder
        self._journal.note(self.opened.id, self.slot_id, "list", node.id)
        return await self.opened.children(node)

    async def walk(self, path: Path, limit: int) -> list[tuple[Path, Node]]:
        """The node and everything below, parents first, with whole paths. Raises TooLarge."""
        top = await self.find(path)
        self._journal.note(self.opened.id, self.slot_id, "list", top.id)
        return [(path + below, node) for below, node in await moving.walk(self.opened, top, limit)]

    def looked_through(self) -> None:
        """All that lies in it was looked at, as it is known here already."""
        self._journal.note(self.opened.id, self.slot_id, "list", ROOT)

    async def path_of(self, node: NodeId) -> Path:
        """Where the node lies. Raises NodeNotFound."""
        found = await self.opened.node(node)
        path = await self.opened.path_of(found) if found is not None else None
        if path is None:
            raise NodeNotFound
        return path

    async def read(
        self, node: Node, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[Buffer]:
        """Plaintext in pieces of up to 1 MiB; a piece may be overwritten by the next.

        Raises IsAFolder; CorruptCiphertext before it gives a byte that does not authenticate.
        """
        if node.is_folder:
            raise IsAFolder
        self._journal.note(self.opened.id, self.slot_id, "read", node.id)
        async for piece in content.read(self.opened.services, node, offset, length):
            yield piece

    async def read_part(self, node: Node, offset: int, length: int) -> Buffer | None:
        """What `read` gives, at once; None if it is more than one piece. Raises as `read` does."""
        if node.is_folder:
            raise IsAFolder
        part = await content.read_part(self.opened.services, node, offset, length)
        if part is not None:
            self._journal.note(self.opened.id, self.slot_id, "read", node.id)
        return part

    async def read_small(self, node: Node) -> bytes | None:
        """The whole content at once where it is small, else None. Raises as `read` does."""
        if node.is_folder:
            raise IsAFolder
        data = await content.read_small(self.opened.services, node)
        if data is not None:
            self._journal.note(self.opened.id, self.slot_id, "read", node.id)
        return data

    async def quota(self) -> Quota:
        """Bytes used and allowed."""
        return await space.quota(self.opened)

    async def check_write(
        self, path: Path, *, size: int | None = None, condition: Precondition = ANY,
        tokens: frozenset[str] = NO_TOKENS,
    ) -> None:  # fmt: skip
        """Raise what `write` would raise, before the content is sent."""
        await writing.check_write(self.opened, path, Holder(self.slot_id, tokens), condition)
        if size is not None:
            await space.require(self.opened, size, self.actor())

    async def write(
        self, path: Path, chunks: AsyncIterator[Buffer], *, size: int | None = None,
        media_type: str = "", modified_at: int | None = None, condition: Precondition = ANY,
        tokens: frozenset[str] = NO_TOKENS,
    ) -> Written:  # fmt: skip
        """Write a document; durable when it returns, and not at all if it raises.

        Raises ParentNotFound, IsAFolder, IssuedContent, PreconditionFailed, Locked,
        QuotaExceeded, and BadRequest if the chunks are not `size` bytes together.
        """
        upload, holder = Upload(chunks, size, media_type, modified_at), Holder(self.slot_id, tokens)
        await writing.check_write(self.opened, path, holder, condition)
        actor = self.actor()
        stored = await writing.receive(self.opened, upload, actor)
        try:
            return await self.retrying(
                lambda: writing.place(self.opened, path, stored, upload, holder, condition, actor)
            )
        except ParcheminError as error:
            # After a StoreError (or a cancellation) the commit may have happened all the same: then
            # the blob stays, and `parchemin check --repair` removes it if nothing refers to it.
            lies_there = stored.blob is not None and stored.blob.data is None
            if stored.blob is not None and lies_there and not isinstance(error, StoreError):
                await self.opened.services.blobs.delete(stored.blob.id.hex())
            raise

    async def make_folder(self, path: Path, *, tokens: frozenset[str] = NO_TOKENS) -> Node:
        """Raises NodeExists, ParentNotFound, Locked."""
        holder = Holder(self.slot_id, tokens)
        return await self.retrying(
            lambda: writing.make_folder(self.opened, path, holder, self.actor())
        )

    async def set_properties(
        self, path: Path, changes: Mapping[str, str | None], *, modified_at: int | None = None,
        created_at: int | None = None, condition: Precondition = ANY,
        tokens: frozenset[str] = NO_TOKENS,
    ) -> Node:  # fmt: skip
        """Set dead properties (None removes one) and times, all or none.

        Raises NodeNotFound, PreconditionFailed, Locked.
        """
        said = Description(changes, modified_at, created_at)
        holder = Holder(self.slot_id, tokens)
        return await self.retrying(
            lambda: writing.describe(self.opened, path, said, condition, holder, self.actor())
        )

    async def copy(
        self, source: Path, target: Path, *, overwrite: bool, recursive: bool = True,
        condition: Precondition = ANY, tokens: frozenset[str] = NO_TOKENS,
    ) -> Written:  # fmt: skip
        """`condition` is of the source. What is replaced goes to the trash.

        Raises NodeNotFound, ParentNotFound, PreconditionFailed, Forbidden, Locked.
        """
        way, holder = Way(source, target, overwrite, condition), Holder(self.slot_id, tokens)
        return await self.retrying(
            lambda: moving.copy(self.opened, way, recursive, holder, self.actor())
        )

    async def move(
        self, source: Path, target: Path, *, overwrite: bool, condition: Precondition = ANY,
        tokens: frozenset[str] = NO_TOKENS,
    ) -> Written:  # fmt: skip
        """As `copy`."""
        way, holder = Way(source, target, overwrite, condition), Holder(self.slot_id, tokens)
        return await self.retrying(lambda: moving.move(self.opened, way, holder, self.actor()))

    async def delete(
        self, path: Path, *, condition: Precondition = ANY, tokens: frozenset[str] = NO_TOKENS
    ) -> None:
        """To the trash. Raises NodeNotFound, Forbidden, PreconditionFailed, Locked."""
        holder = Holder(self.slot_id, tokens)
        await self.retrying(
            lambda: moving.delete(self.opened, path, holder, condition, self.actor())
        )

    async def trash(self) -> list[Node]:
        """What was deleted, newest first."""
        return await trash.trashed(self.opened)

    async def restore(self, node: NodeId) -> Node:
        """Take it out of the trash. Raises NodeNotFound."""
        return await self.retrying(lambda: trash.restore(self.opened, node, self.actor()))

    async def purge(self, node: NodeId) -> None:
        """Destroy what is in the trash. Raises NodeNotFound."""
        await trash.purge(self.opened, node, self.actor())

    async def versions(self, path: Path) -> list[Version]:
        """A document's earlier contents, newest first."""
        return await trash.versions(self.opened, await self.find(path))

    async def read_version(self, path: Path, number: int) -> AsyncIterator[Buffer]:
        """Raises NodeNotFound, CorruptCiphertext."""
        node = await self.find(path)
        self._journal.note(self.opened.id, self.slot_id, "read", node.id)
        async for piece in trash.read_version(self.opened, node, number):
            yield piece

    async def restore_version(self, path: Path, number: int) -> Node:
        """Raises NodeNotFound, IssuedContent, QuotaExceeded."""

        async def attempt() -> Node:
            node = await self.find(path)
            return await trash.restore_version(self.opened, node, number, self.actor())

        return await self.retrying(attempt)

    async def locks_on(self, path: Path) -> list[Lock]:
        """Locks on the node, and deep ones above it."""
        return locking.covering(self.opened, path)

    async def locks_under(self, path: Path) -> list[Lock]:
        """Locks on what lies below."""
        return locking.below(self.opened, path)

    async def lock(
        self, path: Path, *, token: str, shared: bool, infinite: bool, owner: str, seconds: int,
        tokens: frozenset[str] = NO_TOKENS,
    ) -> Lock:  # fmt: skip
        """Raises NodeNotFound, and Locked where another lock excludes it."""
        del tokens  # a conflicting lock stays one, whoever holds it (RFC 4918 section 6.1)

        async def attempt() -> Lock:
            node, actor = await self.find(path), self.actor()
            wanted = Lock(
                token, node.id, path, shared, infinite, self.slot_id, owner,
                actor.at + seconds * 1000,
            )  # fmt: skip
            return await locking.lock(self.opened, path, node, wanted, actor.at)

        return await self.retrying(attempt)

    async def refresh_lock(self, token: str, path: Path, seconds: int) -> Lock:
        """Raises PreconditionFailed if none of that token covers the path, Forbidden: another's."""
        actor = self.actor()
        return await locking.refresh_lock(
            self.opened, token, path, actor.at + seconds * 1000, actor
        )

    async def unlock(self, token: str, path: Path) -> None:
        """Raises Conflict if no such lock covers the path, Forbidden if it is another's."""
        await locking.unlock(self.opened, token, path, self.actor())
