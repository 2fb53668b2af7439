"""Where whoever proved again who they are goes on: at a page, never at what only takes forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from yarl import URL

from vault_core.web.addresses import local
from vault_core.web.visit import Visit

HOME: Final = "/account"


async def page_before(visit: Visit) -> str:
    """The page that was asked for; for a form, the one that it stood on, which then says so."""
    if visit.request.method in ("GET", "HEAD"):
        return visit.request.raw_path
    for address in _candidates(visit):
        if await _is_page(visit, address):
            return str(URL(address, encoded=True).update_query(done="proved"))
    return HOME


def _candidates(visit: Visit) -> Iterator[str]:
    """Where the browser says that it was, then the form's own address and those above it."""
    if before := local(visit.request.headers.get("Referer", "").removeprefix(visit.server_url), ""):
        yield before
    address = visit.request.path
    while address:
        yield address
        address = address.rpartition("/")[0]


async def _is_page(visit: Visit, address: str) -> bool:
    request = visit.request.clone(method="GET", rel_url=URL(address, encoded=True))
    found = await visit.request.app.router.resolve(request)
    return found.http_exception is None
