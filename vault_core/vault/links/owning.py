"""What a vault's owner does with links: make, list, revoke. Their vault is open."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

from vault_core.crypto import codes
from vault_core.crypto.links import (
    LinkBinding,
    LinkKind,
    has_pin,
    link_key,
    link_lookup,
    link_parameters,
    seal_payload,
)
from vault_core.errors import CorruptCiphertext, NodeNotFound, TooLarge
from vault_core.store import changes, shared_links
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import NodeId, new_id
from vault_core.store.shared_links import LinkId, LinkRow
from vault_core.store.sound import Damaged
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.keys.keyslots import slowly
from vault_core.vault.links.link import Link, Terms, damaged_link, link_of
from vault_core.vault.vault import Vault

MOST_LINKS = 500
"""Links of one vault that are not revoked."""


@dataclass(frozen=True, slots=True)
class Held:
    """What only the owner's open vault reads of a link's row."""

    label: str
    code: str
    key: bytes


async def add(
    vault: Vault, kind: LinkKind, node: NodeId, payload: bytes, terms: Terms, shown: int = 0
) -> Link:
    """A new link to `payload`; durable when it returns. `shown`: the vault's version it shows.

    With a PIN it takes about 0.2 s. Raises BadRequest if the terms make no sense, TooLarge if
    the vault has too many links.
    """
    opened, actor = vault.opened, vault.actor()
    terms.check(actor.at)
    random = opened.services.random
    code = codes.new_link_code(random)
    secret = codes.parse_link_code(code)
    link = LinkId(new_id(actor.at / 1000, random))
    parameters = link_parameters(random, pin=bool(terms.pin))
    binding = LinkBinding(opened.id, link, kind, parameters)
    key = await slowly(link_key, binding, secret, terms.pin)
    row = LinkRow(
        link, opened.id, kind, node, link_lookup(secret), parameters,
        seal_payload(key, binding, payload, random),
        _seal_held(opened, link, Held(terms.label, code, key)),
        shown, actor.at, terms.expires_at, None, terms.most, 0, terms.most_bytes,
    )  # fmt: skip
    await opened.services.catalog.commit(_add, actor, row)
    return link_of(row, terms.label, code, pin=bool(terms.pin))


async def listing(vault: Vault) -> list[Link]:
    """All links of the vault, newest first, ended ones too; damaged ones are marked as such."""
    opened = vault.opened
    found = []
    for row in await shared_links.by_vault(opened.services.catalog, opened.id):
        if isinstance(row, Damaged):
            found.append(damaged_link(row))
            continue
        held = held_of(opened, row)
        label, code = (held.label, held.code) if held else ("", "")
        found.append(link_of(row, label, code, pin=has_pin(row.parameters)))
    return found


async def find(vault: Vault, link: LinkId) -> Link:
    """The owner's link of that id. Raises NodeNotFound."""
    for found in await listing(vault):
        if found.id == link:
            return found
    raise NodeNotFound("There is no such link.")


async def revoke(vault: Vault, link: LinkId) -> None:
    """It opens nothing from now on, for open visits too. Raises NodeNotFound."""
    await find(vault, link)
    await vault.opened.services.catalog.commit(_revoke, vault.actor(), link)


def held_of(opened: OpenedVault, row: LinkRow) -> Held | None:
    """What the owner knows of the link; None if it is damaged."""
    try:
        record = json.loads(opened.keyring.open(b"link" + row.id, row.sealed))
        return Held(record["label"], record["code"], b64decode(record["key"]))
    except (CorruptCiphertext, ValueError, KeyError):
        return None


def _seal_held(opened: OpenedVault, link: LinkId, held: Held) -> bytes:
    record = {"label": held.label, "code": held.code, "key": b64encode(held.key).decode()}
    return opened.keyring.seal(b"link" + link, json.dumps(record).encode(), opened.services.random)


def _add(actor: Actor, row: LinkRow) -> Unit[None]:
    counted = yield (
        "SELECT COUNT(*) FROM shared_links WHERE vault = ? AND ended_at IS NULL",
        (actor.vault,),
    )
    if counted[0][0] >= MOST_LINKS:
        raise TooLarge(f"A vault has at most {MOST_LINKS} links: revoke some first.")
    yield from shared_links.insert(row)
    detail = {"link": row.id.hex(), "kind": row.kind}
    yield from changes.record(actor, [Entry("link-add", row.node, detail)])


def _revoke(actor: Actor, link: LinkId) -> Unit[None]:
    if (yield from shared_links.end(actor.vault, link, actor.at)):
        yield from changes.record(actor, [Entry("link-revoke", None, {"link": link.hex()})])
