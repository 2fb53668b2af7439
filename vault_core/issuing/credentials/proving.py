"""“Prove it”: some facts of a certificate, chosen by its owner, under its issuer's signature."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Set
from typing import Final

from vault_core.errors import BadRequest, CertificateRefused, NodeNotFound
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.selective import Disclosure, choose, disclosures_of
from vault_core.issuing.pdf.file import open_pdf
from vault_core.vault.links.link import Link, Terms
from vault_core.vault.links.owning import add
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a certificate that is read here."""
CHOSEN: Final = frozenset({"given_names", "family_name", "awarded_on"})
"""What is shown unless its owner chooses otherwise: enough to know whose it is."""


def require_certificate(node: Node) -> None:
    """Raises NodeNotFound for a document that no issuer delivered."""
    if node.origin is None or not node.origin.certificate:
        raise NodeNotFound("That is no certificate.")


async def facts(vault: Vault, node: Node) -> list[Disclosure]:
    """What can be shown of a certificate; nothing of one that was issued before that was possible.

    Raises NodeNotFound for a document that is none.
    """
    text = await _selective(vault, node)
    return disclosures_of(text) if text else []


async def prove(vault: Vault, node: Node, names: Set[str], terms: Terms) -> Link:
    """A link that shows the facts of these names: nothing else is in it.

    Raises NodeNotFound for a document that is no certificate, BadRequest where none of the names is
    a fact of it, and what `owning.add` raises.
    """
    text = await _selective(vault, node)
    if not text or not names & {each.name for each in disclosures_of(text)}:
        raise BadRequest("Choose at least one fact that this certificate has.")
    payload = json.dumps({"sd": choose(text, names)}).encode()
    return await add(vault, "proof", node.id, payload, terms)


async def _selective(vault: Vault, node: Node) -> str:
    """The certificate's selective credential; "" where it has none."""
    require_certificate(node)
    if node.size > LARGEST:
        return ""
    data = b"".join([bytes(piece) async for piece in vault.read(node)])
    try:
        attached = await asyncio.to_thread(lambda: open_pdf(data).attachments())
        text = attached.get(selective.ATTACHMENT, b"").decode("ascii")
        disclosures_of(text) if text else None
    except (CertificateRefused, UnicodeDecodeError):
        return ""
    return text
