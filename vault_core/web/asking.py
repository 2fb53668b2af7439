"""Asking once more before what cannot be undone, for whoever has no scripts."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from vault_core.web.security import CSRF_FIELD
from vault_core.web.visit import Handler, Visit

TEMPLATE: Final = "sure.html"


def sure(handler: Handler, question: str, back: str) -> Handler:
    """The handler, once who asks has said that they mean it; `question` is a key of a sentence.

    Pages with scripts ask in a dialog, and send `sure` with the form; others are asked here, and
    go `back` if they do not mean it.
    """

    async def ask_and_handle(visit: Visit) -> web.StreamResponse:
        context = await asked(visit, question)
        if context is None:
            return await handler(visit)
        return visit.page(TEMPLATE, back=back, **context)

    return ask_and_handle


async def asked(visit: Visit, question: str) -> dict[str, Any] | None:
    """What the page that asks shows; None if the form says already that it is meant."""
    fields = await visit.form()
    if fields.get("sure") == "1":
        return None
    kept = [(name, value) for name, value in fields.items() if name != CSRF_FIELD]
    return {"question": visit.t(question), "fields": kept, "action": visit.request.path}
