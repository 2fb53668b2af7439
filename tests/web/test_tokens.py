"""Tokens for programs: made on a page, shown once, narrow, listed and revoked."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from aiohttp import ClientSession

from tests.web.site import Reader, Site

PAGE = "/account/devices/tokens"
GOOD = {"label": "Sunday backup", "scope": "account:read", "days": "30"}


async def made(reader: Reader) -> str:
    answer = await reader.send(PAGE, GOOD)
    found = re.search(r'id="secret" translate="no">(parchemin_[^<]+)<', answer.text)
    assert found, answer.status
    return found[1]


async def status(site: Site, token: str, path: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(site.url) as client, client.get(path, headers=headers) as answer:
        return answer.status


async def test_a_token_does_what_was_ticked_until_it_is_revoked(running: Site) -> None:
    async with running.reader("ada") as reader:
        token = await made(reader)
        page = await reader.text(PAGE)
        assert token not in page
        assert "Sunday backup" in page
        assert "account:read</code>" in page
        assert await status(running, token, "/api/v1/account") == 200
        assert await status(running, token, "/api/v1/documents") == 403
        slot = re.search(r'name="slot" value="([0-9a-f]{32})"', page)
        assert slot
        answer = await reader.send(f"{PAGE}/revoke", {"slot": slot[1]})
        assert answer.headers["Location"] == f"{PAGE}?done=revoked"
        assert await status(running, token, "/api/v1/account") == 401
        assert "Sunday backup" not in await reader.text(PAGE)


async def test_a_token_expires_when_it_was_said(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.send(PAGE, GOOD)
        now = running.institution.vaults.services.clock()
        listed = await reader.client.get("/api/v1/credentials")
        items = (await listed.json())["items"]
    found = [one for one in items if one["kind"] == "token"]
    assert len(found) == 1
    days = (datetime.fromisoformat(found[0]["expiresAt"]).timestamp() - now) / 86_400
    assert 29.9 < days <= 30


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"label": " "}, "Donnez un nom au programme."),
        ({"scope": "everything"}, "Cochez au moins une chose"),
        ({"days": "367"}, ""),
        ({"days": ""}, ""),
    ],
    ids=["no name", "no scope that there is", "too long", "no time"],
)
async def test_what_is_missing_is_said_and_nothing_made(
    running: Site, changed: dict[str, str], sentence: str
) -> None:
    async with running.reader("ada") as reader:
        answer = await reader.send(PAGE, GOOD | changed)
        assert answer.status == 400
        assert sentence in answer.text
        assert 'id="secret"' not in answer.text
        assert 'name="slot"' not in await reader.text(PAGE)


async def test_who_has_no_role_is_not_offered_its_scopes(running: Site) -> None:
    async with running.reader("ada") as reader:
        assert "deliveries:write" not in await reader.text(PAGE)
        ada = await running.institution.persons.find("ada")
        assert await running.institution.roles.grant(ada, "operator")
        page = await reader.text(PAGE)
    assert "deliveries:write" in page
    assert "people:write" not in page


async def test_only_ones_own_tokens_are_revoked_and_nothing_else(running: Site) -> None:
    await running.person("eve")
    async with running.reader("ada") as ada, running.reader("eve") as eve:
        token = await made(ada)
        slot = re.search(r'name="slot" value="([0-9a-f]{32})"', await ada.text(PAGE))
        assert slot
        answer = await eve.send(f"{PAGE}/revoke", {"slot": slot[1]})
        assert answer.status == 404
        await ada.send("/account/devices", {"label": "telephone"})
        device = re.search(
            r'name="slot" value="([0-9a-f]{32})"', await ada.text("/account/devices")
        )
        assert device
        assert (await ada.send(f"{PAGE}/revoke", {"slot": device[1]})).status in (403, 404)
        assert await status(running, token, "/api/v1/account") == 200
