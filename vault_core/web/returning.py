"""Where somebody goes on: at a page, never at an address that only takes forms."""

from __future__ import annotations

from typing import Final

from yarl import URL

from vault_core.web.addresses import local
from vault_core.web.visit import Visit

_PAGE: Final = 200
_FORMS: Final = 405


async def page_before(visit: Visit) -> str:
    """The page that was asked for; for a form, the one that it stood on, told what was proved."""
    if visit.request.method in ("GET", "HEAD"):
        return visit.request.raw_path
    before = local(visit.request.headers.get("Referer", "").removeprefix(visit.server_url), "")
    if not before or await _status(visit, before) != _PAGE:
        before = await nearest_page(visit, visit.request.path)
    return str(URL(before, encoded=True).update_query(done="proved"))


async def nearest_page(visit: Visit, address: str) -> str:
    """The address, a path of this site; the first page above it if it only takes forms."""
    if await _status(visit, address) != _FORMS:
        return address
    path = address.partition("?")[0]
    while path := path.rpartition("/")[0]:
        if await _status(visit, path) == _PAGE:
            return path
    return "/"


async def _status(visit: Visit, address: str) -> int:
    """What a GET would begin with: 200, 404 or 405."""
    request = visit.request.clone(method="GET", rel_url=URL(address, encoded=True))
    found = await visit.request.app.router.resolve(request)
    return _PAGE if found.http_exception is None else found.http_exception.status
