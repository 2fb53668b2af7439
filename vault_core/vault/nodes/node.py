"""What a vault's owner sees: documents, folders, locks, quota. Values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vault_core.scopes import Scope
from vault_core.store.ids import BlobId, NodeId, SlotId
from vault_core.vault.nodes.names import Path

NO_PROPERTIES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an issued document comes from; its presence makes the content unalterable."""

    issuer: str
    type: str
    certificate: str
    delivered_at: int
    """Milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Deposit:
    """Who put a document into a drop box, as far as they said, and through which link."""

    link: str
    """Its id, in hexadecimal."""
    label: str
    sender: str
    note: str
    at: int
    """Milliseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Content:
    """How to read a document: its blob, and what opens it."""

    blob: BlobId
    key: bytes = field(repr=False)
    """The age payload key, 32 bytes: reading needs no unwrapping of the file key."""
    header_size: int
    """Bytes before the payload: age header and nonce."""


@dataclass(frozen=True, slots=True)
class Node:
    """A folder or a document."""

    id: NodeId
    parent: NodeId
    name: str
    """Empty for the root."""
    is_folder: bool
    size: int
    """Bytes of plaintext."""
    media_type: str
    """Empty for folders."""
    created_at: int
    """Milliseconds since the epoch, as are all times here."""
    modified_at: int
    changed: int
    """The vault's version at the node's last change."""
    name_index: bytes
    content: Content | None
    """None for folders and empty documents."""
    sha256: bytes | None
    origin: Origin | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: NO_PROPERTIES)
    """WebDAV's dead properties: Clark name to the whole element as XML."""
    trashed_at: int | None = None
    deposit: Deposit | None = None

    @property
    def etag(self) -> str:
        """Of a document: changes exactly when its content does. Of a folder: when it does."""
        if self.content is not None:
            return self.content.blob.hex()
        return f"{self.id.hex()}-{self.changed}" if self.is_folder else f"{self.id.hex()}-0"


@dataclass(frozen=True, slots=True)
class Lock:
    """One WebDAV lock (RFC 4918 section 6)."""

    token: str
    node: NodeId
    path: Path
    shared: bool
    infinite: bool
    slot: SlotId
    owner: str
    """Content of the client's DAV:owner element, as XML."""
    expires_at: int


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold of the target at the moment of a change; the default is: nothing."""

    must_exist: bool | None = None
    etags: frozenset[str] | None = None
    """One of these (If-Match)."""
    not_etags: frozenset[str] | None = None
    """None of these (If-None-Match)."""

    def holds(self, node: Node | None) -> bool:
        """Whether it holds for the target as it is (None: there is none)."""
        if self.must_exist is not None and self.must_exist != (node is not None):
            return False
        if self.etags is not None and (node is None or node.etag not in self.etags):
            return False
        return not (self.not_etags and node is not None and node.etag in self.not_etags)


ANY = Precondition()


@dataclass(frozen=True, slots=True)
class Written:
    """Result of a write: the node as it is now, and whether it is new."""

    node: Node
    created: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """Bytes of plaintext in documents, earlier versions and trash, and how many may be."""

    used: int
    limit: int

    @property
    def available(self) -> int:
        """Never negative, for deliveries are not refused."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Version:
    """An earlier content of a document."""

    number: int
    size: int
    modified_at: int
    replaced_at: int
    node: Node
    """The document as it was."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A key slot, for its owner's list of credentials and devices."""

    id: SlotId
    kind: str
    label: str
    created_at: int
    expires_at: int | None
    scopes: tuple[Scope, ...] = ()
    """What a token may do; other kinds have none, and may do everything."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal, for its owner."""

    number: int
    at: int
    verb: str
    node: NodeId | None
    slot: SlotId | None
    detail: Mapping[str, object] = field(default_factory=dict)
