"""The page itself: public, and without scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from vault_core.api import Language
from vault_core.scopes import SCOPES, TITLES
from vault_core.web.reference.contents import reference
from vault_core.web.serving import public
from vault_core.web.visit import Site, Visit


class ReferencePage:
    """`/api/docs`, open to everybody."""

    def __init__(self, site: Site, document: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._site = site
        self._document = document
        self._written: dict[Language, str] = {}
        """What the page says in each language: the same for everybody, so it is written once."""

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [web.get("/api/docs", public(self._site, self.page))]

    async def page(self, visit: Visit) -> web.StreamResponse:
        """All operations, by group, with a table of contents."""
        if visit.language not in self._written:
            document = await self._document()
            self._written[visit.language] = await asyncio.to_thread(self._write, visit, document)
        return visit.page("reference.html", written=self._written[visit.language])

    def _write(self, visit: Visit, document: Mapping[str, Any]) -> str:
        template = self._site.templates.get_template("_reference.html")
        scopes = [(scope, TITLES[scope][visit.language]) for scope in SCOPES]
        return template.render(t=visit.t, scopes=scopes, reference=reference(document))
