"""Who may call what: tokens by their scopes, sessions from our own pages, nobody else."""

from __future__ import annotations

import base64

import pytest

from tests.rest.callers import HOUR, Api
from vault_core.app.api import groups
from vault_core.rest.operation import operations
from vault_core.scopes import SCOPES
from vault_core.vault.keys import keyslots


async def test_a_token_is_let_in_and_says_who_it_is(api: Api) -> None:
    async with api.program("ada", "account:read") as call:
        heard = await call("GET", "account")
    assert heard.status == 200
    assert heard.json["username"] == "ada"
    assert heard.json["scopes"] == ["account:read"]
    assert heard.headers["Cache-Control"] == "no-store"


async def test_what_is_no_token_of_this_api(api: Api) -> None:
    _, device = await keyslots.add_app_password(await api.vault(), "phone")
    async with api.browser() as call:
        session = next(c.value for c in call.client.cookie_jar if "session" in c.key)
    good = await api.token()
    basic = base64.b64encode(f"ada:{good}".encode()).decode()
    refused = {
        "nothing": "",
        "no scheme": good,
        "another scheme": f"Token {good}",
        "basic": f"Basic {basic}",
        "a session's secret": f"Bearer {session}",
        "a session's secret in a token's clothes": f"Bearer parchemin_{session}",
        "an app password": f"Bearer {device}",
        "an app password in a token's clothes": f"Bearer parchemin_{device}",
        "a token without its beginning": f"Bearer {good.removeprefix('parchemin_')}",
        "a token cut": f"Bearer {good[:-1]}",
        "two tokens": f"Bearer {good} {good}",
        "a very long one": f"Bearer {good}{'x' * 5000}",
    }
    async with api.stranger() as call:
        for name, field in refused.items():
            heard = await call("GET", "account", Authorization=field)
            assert heard.status == 401, name
            assert heard.headers["WWW-Authenticate"].startswith("Bearer"), name
            assert heard.headers["Content-Type"].startswith("application/problem+json")
        assert (await call("GET", "account", Authorization=f"Bearer {good}")).status == 200


async def test_a_token_ends_when_it_is_revoked_or_its_time_is_over(api: Api) -> None:
    async with api.program() as call, api.browser() as page:
        assert (await call("GET", "account")).status == 200  # it is in the server's memory now
        mine = (await call("GET", "account")).json["credential"]
        assert (await page("DELETE", f"credentials/{mine}")).status == 204
        assert (await call("GET", "account")).status == 401
    over = await api.token("ada", expires_in=-HOUR)
    async with api.stranger() as call:
        heard = await call("GET", "account", Authorization=f"Bearer {over}")
        assert heard.status == 401


async def test_a_token_does_not_open_webdav(api: Api) -> None:
    token = await api.token()
    async with api.stranger() as call:
        for field in (
            f"Bearer {token}",
            "Basic " + base64.b64encode(f"ada:{token}".encode()).decode(),
        ):
            assert (await call("PROPFIND", "/dav/", Authorization=field)).status == 401


async def test_scopes_are_sealed_so_that_nobody_adds_to_them_in_the_database(api: Api) -> None:
    weak, strong = await api.token("ada", "account:read"), await api.token("ada")
    catalog = api.site.institution.catalog
    rows = await catalog.fetch("SELECT id, sealed FROM slots WHERE kind = 'token' ORDER BY id")

    def seal(places: tuple[int, int]):  # type: ignore[no-untyped-def]
        for (slot, _), place in zip(rows, places, strict=True):
            yield ("UPDATE slots SET sealed = ? WHERE id = ?", (rows[place][1], slot))

    for places, status in (((1, 0), 401), ((0, 1), 200)):  # exchanged, and as they were
        await catalog.commit(seal, places)
        async with api.stranger() as call:
            for token in (weak, strong):
                heard = await call("GET", "account", Authorization=f"Bearer {token}")
                assert heard.status == status


CROSS_SITE = {
    "no word of where it comes from": {},
    "another origin": {"Origin": "https://evil.example"},
    "an opaque origin": {"Origin": "null"},
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a neighbour": {"Sec-Fetch-Site": "same-site"},
    "our origin, another site": {"Origin": "{url}", "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("name", CROSS_SITE)
async def test_other_sites_cannot_use_the_cookie(api: Api, name: str) -> None:
    async with api.browser() as page:
        page.fields = {}
        fields = {n: v.format(url=api.site.url) for n, v in CROSS_SITE[name].items()}
        sent = {n.replace("-", "_"): v for n, v in fields.items()}
        heard = await page("POST", "app-passwords", {"label": "phone"}, **sent)
        assert heard.status == 403
        page.fields = {"Origin": api.site.url}
        assert (await page("POST", "app-passwords", {"label": "phone"})).status == 201


async def test_each_operation_takes_its_scope_and_no_other(api: Api) -> None:
    found = [one for group in groups(api.site.institution) for one in operations(group)]
    assert len(found) > 5
    tokens = {scope: await api.token("ada", scope) for scope in SCOPES}
    async with api.stranger() as call:
        for one in found:
            path = one.stated.path
            for name in one.variables:
                path = path.replace(f"{{{name}}}", "f" * 32)  # zeros are the root
            for scope, token in tokens.items():
                field = f"Bearer {token}"
                heard = await call(one.stated.method, path, Authorization=field)
                told = f"{one.id} with {scope}: {heard.status}"
                if one.stated.needs == "public":
                    of_link = heard.status == 403 and heard.json["type"].endswith(":VisitOver")
                    assert of_link or heard.status not in (401, 403), told
                elif one.stated.needs != scope or one.stated.roles:
                    assert heard.status == 403, told
                else:
                    assert heard.status not in (401, 403), told
