"""What a load balancer asks: is the process alive, and can it serve?"""

from __future__ import annotations

from aiohttp import web

from vault_core.api import BlobStore
from vault_core.errors import BlobNotFound, ParcheminError
from vault_core.roles import open_to
from vault_core.store.catalog import Catalog

NOWHERE = "0" * 32
"""A blob that never exists: asking for it shows that the store answers."""


class Health:
    """`/healthz` and `/readyz`; public, and they say nothing but yes or no."""

    def __init__(self, catalog: Catalog, blobs: BlobStore) -> None:
        self._catalog = catalog
        self._blobs = blobs

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [web.get("/healthz", self.alive), web.get("/readyz", self.ready)]

    @open_to("public")
    async def alive(self, request: web.Request) -> web.Response:
        """The process answers."""
        del request
        return web.json_response({"status": "alive"})

    @open_to("public")
    async def ready(self, request: web.Request) -> web.Response:
        """Catalog and blob store answer; else 503, which takes this node out of the balance."""
        del request
        try:
            await self._catalog.fetch("SELECT 1 FROM vaults LIMIT 1")
            await self._blobs.head(NOWHERE)
        except BlobNotFound:
            return web.json_response({"status": "ready"})
        except ParcheminError as error:
            return web.json_response({"status": "unready", "reason": str(error)}, status=503)
        return web.json_response({"status": "ready"})
