"""Who delivers what, and with which keys."""

from __future__ import annotations

from aiohttp import web

from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """Every issuer of the loaded plugins."""
    plugins, language = duty.visit.site.plugins, duty.visit.language
    desks = {desk.issuer.id: desk for desk in await duty.office.register.desks()}
    counted = await duty.office.catalog.fetch(
        "SELECT issuer, COUNT(*), SUM(CASE WHEN state = 'valid' THEN 1 ELSE 0 END)"
        " FROM certificates GROUP BY issuer"
    )
    issued = {row[0]: (int(row[1]), int(row[2])) for row in counted}
    found = [
        {
            "id": issuer.id,
            "name": issuer.name[language],
            "types": sorted(
                one.title[language]
                for one in plugins.document_types.values()
                if one.issuer == issuer.id
            ),
            "generation": desks[issuer.id].generation if issuer.id in desks else None,
            "notice": desks[issuer.id].notice[language] if issuer.id in desks else "",
            "issued": issued.get(issuer.id, (0, 0)),
        }
        for issuer in plugins.issuers.values()
    ]
    return duty.page("issuers.html", "issuers", issuers=found)
