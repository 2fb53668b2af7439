"""The activation letter of a person just made, to be printed; nothing of it is stored."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, BadRequest
from vault_core.issuing.deliveries.letters import Letter, as_pdf
from vault_core.web.admin.office import Duty


async def letter(duty: Duty) -> web.StreamResponse:
    """A page to be handed over, from the code that the form before has shown."""
    fields = await duty.visit.form()
    person = await duty.visit.site.persons.find(fields.get("username", ""))
    code = fields.get("code", "")[:64]
    try:
        codes.parse_code(code)
    except AccessDenied:
        raise BadRequest from None
    facts = person.facts
    born = facts.birth_date.isoformat() if facts.birth_date else ""
    page = Letter("", facts.family_name, facts.given_name, born, person.username, code)
    name = duty.visit.settings.institution.name
    pdf = await asyncio.to_thread(as_pdf, [page], name, duty.visit.server_url)
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{person.username}.pdf"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)
