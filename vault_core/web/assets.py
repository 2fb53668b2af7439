"""Style sheet, scripts and pictures, under a name that changes with their content.

One digest over all of them is a folder of the address, so that modules import one another by
relative addresses and browsers keep them for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from vault_core.http.streaming import stream
from vault_core.roles import open_to
from vault_core.web.security import READER_POLICY

FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
}
_POLICIES: Final = {"scanning/worker.js": READER_POLICY}
"""Of scripts that run beside a page, each with a policy of its own."""
_PIECE: Final = 64 * 1024
_FED: Final = 16 * 1024
"""Compressed bytes at once: what one step leaves of them is copied."""
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    media_type: str
    compressed: bytes
    """With gzip: alone, for nearly all browsers take it, and the rest is a third of the memory."""
    length: int
    """Bytes of it as it is."""
    etag: str

    async def pieces(self) -> AsyncIterator[bytes]:
        """As it is, never more than 64 KiB of it at once."""
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for start in range(0, len(self.compressed), _FED):
            rest = self.compressed[start : start + _FED]
            while piece := unpacking.decompress(rest, _PIECE):
                yield piece
                rest = unpacking.unconsumed_tail


class Assets:
    """All static files, held in memory; nothing outside of the folder can be asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = _read(folder)
        whole = hashlib.sha256()
        for name, asset in self._files.items():
            whole.update(f"{name}\0{asset.etag}\0".encode())
        self.digest = whole.hexdigest()[:12]

    def address(self, name: str) -> str:
        """Where the file is fetched. Raises KeyError if there is none of that name."""
        self._files[name]
        return f"/static/{self.digest}/{name}"

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [
            web.get("/static/{digest:[0-9a-f]{12}}/{name:.+}", self.send),
            web.get("/favicon.ico", self.icon),
        ]

    @open_to("public")
    async def send(self, request: web.Request) -> web.StreamResponse:
        """One file; pages of an older release still get the present one, uncached."""
        asset = self._files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        current = request.match_info["digest"] == self.digest
        policy = _POLICIES.get(request.match_info["name"])
        more = {"Content-Security-Policy": policy} if policy else {}
        return await self._answer(request, asset, _FOREVER if current else "no-cache", more)

    @open_to("public")
    async def icon(self, request: web.Request) -> web.StreamResponse:
        """What browsers ask for without being told."""
        # A document that is shown in its sandbox has no origin, and its tab an icon all the same.
        more = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return await self._answer(request, self._files["icon.svg"], "public, max-age=86400", more)

    async def _answer(
        self, request: web.Request, asset: Asset, cache: str, more: Mapping[str, str]
    ) -> web.StreamResponse:
        headers = {
            **more,
            hdrs.CONTENT_TYPE: asset.media_type,
            hdrs.CACHE_CONTROL: cache,
            hdrs.ETAG: f'"{asset.etag}"',
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
        }
        if f'"{asset.etag}"' in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            return web.Response(body=asset.compressed, headers=headers)
        return await stream(request, asset.pieces(), headers, asset.length)


@cache
def _read(folder: Path) -> Mapping[str, Asset]:
    """The folder's files by their names; once, for compressing them takes a fifth of a second."""
    return {
        path.relative_to(folder).as_posix(): _asset(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _TYPES
    }


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    compressed = gzip.compress(data, 6, mtime=0)
    digest = hashlib.sha256(data).hexdigest()[:16]
    return Asset(_TYPES[path.suffix], compressed, len(data), digest)
