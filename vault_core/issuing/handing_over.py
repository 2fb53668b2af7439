"""A vault handed over to another Parchemin server, with a statement that this institution signs.

The owner names the server and gives a token of their vault there (scopes documents:read and
documents:write). Documents travel as they are: certificates keep their seals and are verified there
as here. Begun again, it goes on: what is there already, byte for byte, is not sent twice.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.api import Buffer
from vault_core.errors import AccessDenied, BadRequest, StoreError, VerificationFailed
from vault_core.issuing.credentials.multibase import did_key, from_did_key
from vault_core.store import changes
from vault_core.store.changes import Actor, Entry
from vault_core.vault.export import describe
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault

log = logging.getLogger(__name__)
KIND: Final = "parchemin-hand-over-1"
STATEMENT: Final = "hand-over.json"
_ROOT: Final = "0" * 32
_SIGNED: Final = b"parchemin/hand-over/1\0"
_PATIENCE: Final = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=120)
_MOST: Final = 1_000_000


@dataclass(slots=True)
class Carried:
    """What was done."""

    documents: int = 0
    size: int = 0
    """Bytes that were sent."""
    there: int = 0
    """Documents that were there already."""
    folder: str = ""
    """Where they are, in the other vault."""
    index: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Carries one open vault to one other server."""

    _vault: Vault
    _institution: str
    _key: Ed25519PrivateKey

    async def carry(self, server: str, token: str) -> Carried:
        """Send everything, then the statement; the vault's journal says that it was.

        Raises BadRequest for no server, AccessDenied if it does not take the token, StoreError.
        """
        address = checked(server)
        done = Carried(folder=f"{self._institution} {self._day()}".replace("/", "-")[:100])
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(
            timeout=_PATIENCE, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            there = There(session, address)
            folders: dict[Path, str] = {(): await there.folder(_ROOT, (done.folder,))}
            for path, node in await self._vault.walk((), _MOST):
                if not path:
                    continue
                place = (done.folder, *path)
                if node.is_folder:
                    folders[path] = await there.folder(folders[path[:-1]], place)
                else:
                    await self._send(there, folders[path[:-1]], place, node, done)
                done.index.append(describe(path, node))
            await there.put(folders[()], STATEMENT, _whole(self.statement(done.index)))
        await self._note(done)
        return done

    async def _send(
        self, there: There, folder: str, place: Path, node: Node, done: Carried
    ) -> None:
        known = await there.find(place)
        if known is not None and node.sha256 and known.get("sha256") == node.sha256.hex():
            done.there += 1
            return
        await there.put(folder, place[-1], self._vault.read(node), node.media_type, node.size)
        done.documents, done.size = done.documents + 1, done.size + node.size

    def statement(self, index: list[dict[str, Any]]) -> bytes:
        """Whose vault this was, what was in it, when; signed by the institution."""
        said: dict[str, Any] = {
            "kind": KIND, "institution": self._institution, "username": self._vault.username,
            "at": self._now().isoformat(timespec="seconds"), "documents": index,
            "key": did_key(self._key.public_key()),
        }  # fmt: skip
        signature = self._key.sign(_SIGNED + rfc8785.dumps(said))
        whole = {**said, "signature": base64.b64encode(signature).decode()}
        return json.dumps(whole, ensure_ascii=False, indent=1).encode()

    async def _note(self, done: Carried) -> None:
        actor: Actor = self._vault.actor()
        detail = {"documents": done.documents + done.there, "bytes": done.size}
        catalog = self._vault.opened.services.catalog
        await catalog.commit(changes.record, actor, [Entry("handed-over-to", None, detail)])

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._vault.actor().at / 1000, dt.UTC)

    def _day(self) -> str:
        return self._now().date().isoformat()


class There:
    """The other server, by its HTTP API."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        self._session = session
        self._api = f"{server}/api/v1"

    async def find(self, path: Path) -> dict[str, Any] | None:
        """What lies there."""
        query = "/".join(path)
        status, found = await self._ask("GET", "/find", params={"path": query})
        return found if status == 200 else None

    async def folder(self, parent: str, path: Path) -> str:
        """The id of that folder, made if it is not there."""
        known = await self.find(path)
        if known is not None and known["kind"] == "folder":
            return str(known["id"])
        status, made = await self._ask(
            "POST", f"/documents/{parent}/folders", json={"name": path[-1]}
        )
        if status != 201:
            raise StoreError(f"The other server makes no folder there ({status}).")
        return str(made["id"])

    async def put(
        self, folder: str, name: str, content: AsyncIterator[Buffer],
        media_type: str = "application/json", size: int | None = None,
    ) -> None:  # fmt: skip
        """Upload, replacing what has the name. Raises StoreError."""
        headers = {"Content-Type": media_type or "application/octet-stream"}
        if size is not None:
            headers["Content-Length"] = str(size)
        status, said = await self._ask(
            "PUT", f"/documents/{folder}/children/{quote(name, safe='')}", data=_bytes(content),
            headers=headers,
        )  # fmt: skip
        if status not in (200, 201):
            detail = str(said.get("detail", ""))[:200]
            raise StoreError(f"The other server did not take a document ({status}). {detail}")

    async def _ask(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        try:
            async with self._session.request(
                method, self._api + path, allow_redirects=False, **more
            ) as answer:
                found = await answer.content.read(1024 * 1024)
                if answer.status in (401, 403):
                    raise AccessDenied(
                        "The other server does not take that token: make one there with the scopes"
                        " documents:read and documents:write."
                    )
                said = json.loads(found) if found else {}
                return answer.status, said if isinstance(said, dict) else {}
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("handing over: %s", type(error).__name__)
            raise StoreError("The other server does not answer: try again, it goes on.") from None


def checked(server: str) -> str:
    """The address of a server. Raises BadRequest; http only on this machine."""
    parts = urlsplit(server.strip())
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme not in ("https", *(["http"] if local else [])) or not parts.hostname:
        raise BadRequest("Name the other server as https://coffre.example.fr.")
    if parts.query or parts.fragment or parts.username:
        raise BadRequest("Name the other server as https://coffre.example.fr.")
    return server.strip().rstrip("/")


def read_statement(data: bytes) -> dict[str, Any]:
    """What a statement says, if the key that it names signed it. Raises VerificationFailed.

    Whose key that is must be known from elsewhere: compare `key` with the institution's.
    """
    try:
        said = json.loads(data)
        signature = base64.b64decode(said.pop("signature"), validate=True)
        from_did_key(said["key"]).verify(signature, _SIGNED + rfc8785.dumps(said))
    except (
        InvalidSignature, KeyError, TypeError, ValueError, AttributeError, RecursionError,
        VerificationFailed,
    ):  # fmt: skip
        raise VerificationFailed("This hand-over is not signed, or was altered.") from None
    found: dict[str, Any] = said
    return found


async def _whole(data: bytes) -> AsyncIterator[Buffer]:
    yield data


async def _bytes(content: AsyncIterator[Buffer]) -> AsyncIterator[bytes]:
    async for piece in content:
        yield bytes(piece)
