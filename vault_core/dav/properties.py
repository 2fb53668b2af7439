"""Live properties: those the server computes (RFC 4918 section 15, RFC 4331, Explorer's)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from vault_core.dav.clark import MICROSOFT, dav
from vault_core.dav.xml_out import escape
from vault_core.http.times import http_date, iso_date
from vault_core.vault.nodes.node import Lock, Node, Quota

DISPLAY_NAME: Final = dav("displayname")
CREATION_TIME: Final = f"{{{MICROSOFT}}}Win32CreationTime"
MODIFICATION_TIME: Final = f"{{{MICROSOFT}}}Win32LastModifiedTime"
LAST_MODIFIED: Final = dav("lastmodified")
"""Not RFC 4918's: seconds since the epoch, by which ownCloud's clients set the time."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a property may need besides its node. Times are milliseconds since the epoch."""

    now: int
    locks: tuple[Lock, ...] = ()
    quota: Quota | None = None
    roots: Mapping[str, str] = field(default_factory=dict)
    """URL paths of what is locked, by lock token."""


Render = Callable[[Node, Facts], str]
"""Gives the whole element."""


@dataclass(frozen=True, slots=True)
class Live:
    """One live property: of folders, of documents, or of both, and in allprop or not."""

    render: Render
    folders: bool = True
    documents: bool = True
    in_allprop: bool = True


def lock_discovery(locks: tuple[Lock, ...], facts: Facts) -> str:
    """DAV:lockdiscovery with one DAV:activelock a lock (sections 15.8 and 14.1)."""
    if not locks:
        return "<D:lockdiscovery/>"
    active = "".join([_active_lock(lock, facts) for lock in locks])
    return f"<D:lockdiscovery>{active}</D:lockdiscovery>"


def _active_lock(lock: Lock, facts: Facts) -> str:
    owner = f"<D:owner>{lock.owner}</D:owner>" if lock.owner else ""
    seconds = max(0, -((facts.now - lock.expires_at) // 1000))  # rounded up: what was asked for
    return (
        "<D:activelock><D:locktype><D:write/></D:locktype>"
        f"<D:lockscope><D:{'shared' if lock.shared else 'exclusive'}/></D:lockscope>"
        f"<D:depth>{'infinity' if lock.infinite else '0'}</D:depth>{owner}"
        f"<D:timeout>Second-{seconds}</D:timeout>"
        f"<D:locktoken><D:href>{escape(lock.token)}</D:href></D:locktoken>"
        f"<D:lockroot><D:href>{facts.roots[lock.token]}</D:href></D:lockroot></D:activelock>"
    )


_SUPPORTED_LOCK: Final = (
    "<D:supportedlock>"
    "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>"
    "<D:locktype><D:write/></D:locktype></D:lockentry>"
    "<D:lockentry><D:lockscope><D:shared/></D:lockscope>"
    "<D:locktype><D:write/></D:locktype></D:lockentry>"
    "</D:supportedlock>"
)


def _resource_type(node: Node, facts: Facts) -> str:
    if node.is_folder:
        return "<D:resourcetype><D:collection/></D:resourcetype>"
    return "<D:resourcetype/>"


def _display_name(node: Node, facts: Facts) -> str:
    """What a client set, the name otherwise."""
    kept = node.properties.get(DISPLAY_NAME)
    return kept or f"<D:displayname>{escape(node.name)}</D:displayname>"


def _modified(node: Node, facts: Facts) -> str:
    return f"<D:getlastmodified>{http_date(node.modified_at)}</D:getlastmodified>"


def _content_type(node: Node, facts: Facts) -> str:
    media_type = node.media_type or "application/octet-stream"
    return f"<D:getcontenttype>{escape(media_type)}</D:getcontenttype>"


def _available(node: Node, facts: Facts) -> str:
    available = facts.quota.available if facts.quota else 0
    return f"<D:quota-available-bytes>{available}</D:quota-available-bytes>"


def _used(node: Node, facts: Facts) -> str:
    used = facts.quota.used if facts.quota else 0
    return f"<D:quota-used-bytes>{used}</D:quota-used-bytes>"


def _win32(local: str, date: str) -> str:
    return f'<Z:{local} xmlns:Z="{MICROSOFT}">{date}</Z:{local}>'


QUOTA: Final = frozenset({dav("quota-available-bytes"), dav("quota-used-bytes")})

LIVE: Final[dict[str, Live]] = {
    dav("resourcetype"): Live(_resource_type),
    DISPLAY_NAME: Live(_display_name),
    dav("creationdate"): Live(
        lambda node, facts: f"<D:creationdate>{iso_date(node.created_at)}</D:creationdate>"
    ),
    dav("getlastmodified"): Live(_modified),
    dav("getcontentlength"): Live(
        lambda node, facts: f"<D:getcontentlength>{node.size}</D:getcontentlength>", folders=False
    ),
    dav("getcontenttype"): Live(_content_type, folders=False),
    dav("getetag"): Live(
        lambda node, facts: f'<D:getetag>"{node.etag}"</D:getetag>', folders=False
    ),
    dav("supportedlock"): Live(lambda node, facts: _SUPPORTED_LOCK),
    dav("lockdiscovery"): Live(lambda node, facts: lock_discovery(facts.locks, facts)),
    dav("quota-available-bytes"): Live(_available, documents=False, in_allprop=False),
    dav("quota-used-bytes"): Live(_used, documents=False, in_allprop=False),
    dav("iscollection"): Live(
        lambda node, facts: f"<D:iscollection>{int(node.is_folder)}</D:iscollection>",
        in_allprop=False,
    ),
    dav("ishidden"): Live(
        lambda node, facts: f"<D:ishidden>{int(node.name.startswith('.'))}</D:ishidden>",
        in_allprop=False,
    ),
    LAST_MODIFIED: Live(
        lambda node, facts: f"<D:lastmodified>{node.modified_at // 1000}</D:lastmodified>",
        in_allprop=False,
    ),
    CREATION_TIME: Live(
        lambda node, facts: _win32("Win32CreationTime", http_date(node.created_at)),
        in_allprop=False,
    ),
    MODIFICATION_TIME: Live(
        lambda node, facts: _win32("Win32LastModifiedTime", http_date(node.modified_at)),
        in_allprop=False,
    ),
}
"""Every live property by its Clark name; any other name is a dead property."""

SETTABLE: Final = frozenset({DISPLAY_NAME, LAST_MODIFIED, CREATION_TIME, MODIFICATION_TIME})
"""The live ones that PROPPATCH may change; all others are protected (section 15)."""


def applies(live: Live, node: Node) -> bool:
    """Whether that node has the property."""
    return live.folders if node.is_folder else live.documents
