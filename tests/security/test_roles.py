"""Every route of the site says who may call it, and nobody else can."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from tests.web.site import Reader, Site, site
from vault_core.app.site import build_site
from vault_core.roles import GRANTED, roles_of

REFUSALS = {401, 403, 404}


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with somebody of each role, named after it, and ada, who has none."""
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        for role in GRANTED:
            await found.person(role)
            person = await found.institution.persons.find(role)
            assert await found.institution.roles.grant(person, role)
        yield found


def routes(running: Site) -> list[web.AbstractRoute]:
    found = [r for r in build_site(running.institution).router.routes() if r.method != "HEAD"]
    assert len(found) > 40
    return found


def address(route: web.AbstractRoute) -> str:
    """The route's path with something in the place of each variable."""
    assert route.resource is not None
    path = re.sub(r"\{path:[^}]*\}", "/", route.resource.canonical)
    return re.sub(r"\{[^}]*\}", "0", path)


async def test_every_route_states_who_may_call_it(running: Site) -> None:
    silent = [f"{r.method} {address(r)}" for r in routes(running) if not roles_of(r.handler)]
    assert silent == []


async def _status(reader: Reader, route: web.AbstractRoute, csrf: str) -> tuple[int, str]:
    target = URL(reader.url + address(route), encoded=True)
    headers = {"X-CSRF-Token": csrf} if csrf else {}
    method = "GET" if route.method == "*" else route.method  # any: it answers all of them
    async with reader.client.request(
        method, target, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location", "")


def _refused(status: int, where: str) -> bool:
    return status in REFUSALS or (status == 303 and where.startswith("/sign-in"))


async def test_nobody_comes_in_without_signing_in(running: Site) -> None:
    async with running.reader() as stranger:
        for route in routes(running):
            if "public" not in (roles_of(route.handler) or ()):
                status, where = await _status(stranger, route, "")
                assert _refused(status, where), (route.method, address(route), status)


@pytest.mark.parametrize("role", ["person", *GRANTED])
async def test_no_other_role_gets_in(running: Site, role: str) -> None:
    async with running.reader("ada" if role == "person" else role) as reader:
        csrf = await reader.token()
        for route in routes(running):
            allowed = roles_of(route.handler) or frozenset()
            if allowed & {"public", "person", role}:
                continue
            status, where = await _status(reader, route, csrf)
            assert _refused(status, where), (route.method, address(route), status)


async def test_a_role_is_gone_as_soon_as_it_is_revoked(running: Site) -> None:
    roles = running.institution.roles
    person = await running.institution.persons.find("operator")
    assert await roles.of(person.id) == {"operator"}
    assert not await roles.grant(person, "operator")
    assert await roles.revoke(person, "operator")
    assert await roles.of(person.id) == frozenset()
    rows = await running.institution.catalog.fetch("SELECT verb FROM acts ORDER BY number")
    assert [row[0] for row in rows] == ["role-grant"] * 3 + ["role-revoke"]
