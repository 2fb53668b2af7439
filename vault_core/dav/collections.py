"""MKCOL and DELETE (RFC 4918 sections 9.3 and 9.6)."""

from __future__ import annotations

from aiohttp import web

from vault_core.dav import body
from vault_core.dav.call import DEPTH_INFINITY, Call
from vault_core.dav.errors import RefusedError
from vault_core.dav.put import write_condition
from vault_core.dav.reply import Reply


async def mkcol(call: Call) -> web.StreamResponse:
    """Answer 201; a body of any kind is refused with 415, for none is understood."""
    if body.announced(call.request) != 0:
        raise RefusedError(415, "MKCOL takes no body.")
    await write_condition(call)
    await call.vault.make_folder(call.path, tokens=call.tokens)
    return Reply(201)


async def delete(call: Call) -> web.StreamResponse:
    """Answer 204. All of a folder goes to the trash, or, if anything is locked, nothing of it."""
    call.depth(DEPTH_INFINITY, (DEPTH_INFINITY,))
    condition = await write_condition(call)
    await call.vault.delete(call.path, condition=condition, tokens=call.tokens)
    return Reply(204)
