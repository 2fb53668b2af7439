"""Passwords, second factors and closing, by programs that know what only the owner knows."""

from __future__ import annotations

import pyotp
import pytest

from tests.rest.callers import Api, Caller
from tests.web.site import PASSWORD
from vault_core.errors import AccessDenied
from vault_core.signin.totp import PERIOD
from vault_core.vault.vault import Vault

NEW = "nine owls read slow maps"


async def with_password(api: Api) -> Vault:
    """ada, who has a password."""
    await api.site.person("ada")
    vault = await api.site.institution.vaults.open_password("ada", PASSWORD)
    api.vaults["ada"] = vault
    return vault


def step_now(api: Api) -> int:
    """Of an application's clock."""
    return int(api.site.institution.vaults.services.clock()) // PERIOD


async def codes_set_up(api: Api, call: Caller) -> str:
    """The secret of an application whose codes are asked for now."""
    setup = (await call("POST", "code-application", {"password": PASSWORD})).json
    code = pyotp.TOTP(setup["secret"]).generate_otp(step_now(api))
    sent = {"ticket": setup["ticket"], "code": code, "label": "Phone"}
    assert (await call("PUT", "code-application", {**sent, "code": "0"})).status == 403
    assert (await call("PUT", "code-application", sent)).status == 204
    return str(setup["secret"])


async def test_the_password_is_changed_by_who_knows_it(api: Api) -> None:
    await with_password(api)
    vaults = api.site.institution.vaults
    async with api.program() as call, api.browser() as page:
        wrong = await call("PUT", "password", {"password": "wrong", "newPassword": NEW})
        assert (wrong.status, wrong.json["type"]) == (403, "urn:parchemin:error:Forbidden")
        weak = await call("PUT", "password", {"password": PASSWORD, "newPassword": "short"})
        assert (weak.status, list(weak.json["faults"])) == (400, ["newPassword"])
        assert (await page("GET", "account")).status == 200
        heard = await call("PUT", "password", {"password": PASSWORD, "newPassword": NEW})
        assert heard.status == 204
        assert (await call("GET", "account")).status == 200  # tokens stay
        assert (await page("GET", "account")).status == 401  # sessions end
    with pytest.raises(AccessDenied):
        await vaults.open_password("ada", PASSWORD)
    assert (await vaults.open_password("ada", NEW)).username == "ada"


async def test_a_second_factor_is_listed_asked_for_and_removed(api: Api) -> None:
    await with_password(api)
    async with api.program() as call:
        secret = await codes_set_up(api, call)
        (one,) = (await call("GET", "factors")).json["items"]
        assert (one["kind"], one["label"], one["opens"]) == ("totp", "Phone", False)
        remove = f"factors/{one['id']}/remove"
        assert (await call("POST", remove, {"password": PASSWORD})).status == 403  # no code
        later = pyotp.TOTP(secret).generate_otp(step_now(api) + 1)  # a code counts once
        owner = {"password": PASSWORD, "code": later}
        async with api.program("bob") as bob:
            assert (await bob("POST", remove, owner)).status == 404
        assert (await call("POST", remove, owner)).status == 204
        assert (await call("GET", "factors")).json["items"] == []
        assert (await call("POST", remove, {"password": PASSWORD})).status == 404


async def test_the_vault_is_closed_and_kept_after_all(api: Api) -> None:
    await with_password(api)
    ending = {"username": "ada", "password": PASSWORD}
    async with api.program() as call:
        before = (await call("GET", "closing")).json
        assert (before["endsAt"], before["askedBy"]) == (None, None)
        assert (await call("DELETE", "closing")).status == 409
        assert (await call("POST", "closing", {**ending, "username": "bob"})).status == 400
        assert (await call("POST", "closing", {**ending, "password": "no"})).status == 403
        heard = await call("POST", "closing", ending)
        assert (heard.status, heard.json["askedBy"]) == (200, "owner")
        assert (await call("GET", "closing")).json == heard.json
        assert (await call("POST", "closing", ending)).json == heard.json  # the first time holds
        assert (await call("DELETE", "closing")).status == 204
        assert (await call("GET", "closing")).json["endsAt"] is None


async def test_a_token_without_the_scope_changes_nothing(api: Api) -> None:
    await with_password(api)
    async with api.program("ada", "account:read") as call:
        for method, path, body in (
            ("PUT", "password", {"password": PASSWORD, "newPassword": NEW}),
            ("POST", "code-application", {"password": PASSWORD}),
            ("POST", "closing", {"password": PASSWORD, "username": "ada"}),
            ("DELETE", "closing", None),
        ):
            assert (await call(method, path, body)).status == 403, path


async def test_guesses_of_the_password_are_counted(api: Api) -> None:
    await with_password(api)
    async with api.program() as call:
        heard = [
            await call("POST", "code-application", {"password": f"guess {number}"})
            for number in range(12)
        ]
    assert {one.status for one in heard} == {403, 429}
    assert int(heard[-1].headers["Retry-After"]) > 0
