"""Links: shares, their use and their end for the owner; opening one for whoever holds it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from pydantic import Field

from vault_core.errors import BadRequest, Forbidden, NodeNotFound, NotAFolder, TooLarge
from vault_core.rest.call import Answer, Call
from vault_core.rest.operation import operation
from vault_core.rest.shapes import Id, Input, Output, moment
from vault_core.store.shared_links import LinkId
from vault_core.vault.links import owning
from vault_core.vault.links.dropping import drop_box
from vault_core.vault.links.link import DAY, Link, Terms
from vault_core.vault.links.sharing import share
from vault_core.vault.nodes.names import MAX_DEPTH, Path, normalise

Days = Annotated[int, Field(ge=1, le=3660, description="Until it expires.")]
Pin = Annotated[str, Field(pattern=r"^(.{4,64})?$", description="Asked for beside the link.")]
Place = Annotated[list[str], Field(max_length=MAX_DEPTH, description="Names from the root down.")]
Label = Annotated[str, Field(max_length=80, description="For its owner, to tell it by.")]
MEGABYTE: Final = 1_000_000


class NewShare(Input):
    """What is shared, for how long, how often."""

    path: Place
    label: Label = ""
    days: Days = 30
    pin: Pin = ""
    downloads: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="How many; null: as many as one likes.")
    ] = None


class NewDropBox(Input):
    """Which folder takes documents, for how long, how many and how large."""

    path: Place
    label: Label = ""
    days: Days = 30
    pin: Pin = ""
    documents: Annotated[int, Field(ge=1, le=1_000_000, description="How many it takes.")] = 20
    document_bytes: Annotated[
        int, Field(ge=1, le=1 << 45, description="Bytes that one document may have.")
    ] = 25 * MEGABYTE
    total_bytes: Annotated[
        int, Field(ge=1, le=1 << 45, description="Bytes that all of them may have.")
    ] = 200 * MEGABYTE


class SharedLink(Output):
    """A link. Whoever knows its `code` can open it: `https://server/open#code`."""

    id: Annotated[Id, Field(description="By which it is revoked.")]
    kind: Annotated[
        Literal["share", "drop", "proof", "damaged"],
        Field(description="What it does; of a damaged one nobody may know."),
    ]
    state: Annotated[
        Literal["open", "expired", "revoked", "used-up", "guessed", "damaged"],
        Field(description="Only an open one opens anything; a damaged one can be revoked."),
    ]
    node: Annotated[Id, Field(description="The document or folder that it is for.")]
    label: Annotated[str, Field(description="What its owner calls it.")]
    code: Annotated[str, Field(description="The secret; empty where it opens nothing any more.")]
    pin: Annotated[bool, Field(description="Whether a PIN is asked for.")]
    created_at: Annotated[dt.datetime, Field(description="When it was made.")]
    expires_at: Annotated[dt.datetime | None, Field(description="Null: when it is revoked.")]
    used: Annotated[int, Field(description="Downloads, deposits or checks so far.")]
    most: Annotated[int | None, Field(description="Of which so many are allowed.")]
    bytes: Annotated[int, Field(description="Of all deposits.")]
    most_bytes: Annotated[int | None, Field(description="Of which so many are allowed.")]


class SharedLinks(Output):
    """All links of the vault, newest first."""

    items: Annotated[list[SharedLink], Field(description="The newest first.")]


class LinksApi:
    """Links for people without an account."""

    @operation("GET", "/api/v1/links", needs="links:read")
    async def list_links(self, call: Call) -> SharedLinks:
        """All links.

        Ended ones too; with the codes that open the others.
        """
        now = call.vault.actor().at
        found = await owning.listing(call.vault)
        return SharedLinks(items=[_shown(link, now) for link in found])

    @operation("GET", "/api/v1/links/{link}", needs="links:read", errors=(NodeNotFound,))
    async def get_link(self, call: Call, link: Id) -> SharedLink:
        """One link."""
        found = await owning.find(call.vault, LinkId(bytes.fromhex(link)))
        return _shown(found, call.vault.actor().at)

    @operation("DELETE", "/api/v1/links/{link}", needs="links:write", errors=(NodeNotFound,))
    async def revoke_link(self, call: Call, link: Id) -> None:
        """Revoke a link.

        It opens nothing from now on, for whoever has it open too.
        """
        await owning.revoke(call.vault, LinkId(bytes.fromhex(link)))

    @operation("POST", "/api/v1/shares", needs="links:write", status=201, once=True,
               errors=(BadRequest, Forbidden, NodeNotFound, TooLarge))  # fmt: skip
    async def create_share(self, call: Call, body: NewShare) -> Answer[SharedLink]:
        """Share a document or a folder, to be read.

        A folder's link shows what is added later, too.
        """
        now = call.vault.actor().at
        terms = Terms(body.label, body.pin, now + body.days * DAY, body.downloads)
        return made(await share(call.vault, _path(body.path), terms), now)

    @operation("POST", "/api/v1/drop-boxes", needs="links:write", status=201, once=True,
               errors=(BadRequest, Forbidden, NodeNotFound, NotAFolder, TooLarge))  # fmt: skip
    async def create_drop_box(self, call: Call, body: NewDropBox) -> Answer[SharedLink]:
        """Let others put documents into a folder.

        They see nothing of the vault; what they give is sealed to it.
        """
        now = call.vault.actor().at
        terms = Terms(body.label, body.pin, now + body.days * DAY, body.documents, body.total_bytes)
        link = await drop_box(call.vault, _path(body.path), terms, body.document_bytes)
        return made(link, now)


def _path(names: list[str]) -> Path:
    return tuple(normalise(name) for name in names)


def made(link: Link, now: int) -> Answer[SharedLink]:
    """A link that was just made."""
    return Answer(_shown(link, now), location=f"/api/v1/links/{link.id.hex()}")


def _shown(link: Link, now: int) -> SharedLink:
    return SharedLink(
        id=link.id.hex(), kind=link.kind, state=link.state(now), node=link.node.hex(),
        label=link.label, code=link.code, pin=link.pin, created_at=moment(link.created_at),
        expires_at=moment(link.expires_at) if link.expires_at else None, used=link.used,
        most=link.most, bytes=link.bytes, most_bytes=link.most_bytes,
    )  # fmt: skip
