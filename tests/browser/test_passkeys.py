"""Passkeys with the PRF extension, on Chromium's virtual authenticator."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.conftest import Opening
from tests.browser.test_journeys import sign_in
from tests.web.site import Site


async def plug_in(page: Any, *, prf: bool = True) -> Any:
    """A security key in this browser; the CDP session that controls it."""
    control = await page.context.new_cdp_session(page)
    await control.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal",
        "hasResidentKey": True, "hasUserVerification": True, "hasPrf": prf,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await control.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return control


async def add_passkey(page: Any) -> None:
    await page.goto("/account/security")
    await page.click("form[data-new-passkey] button")
    await page.wait_for_url("**/account/security?done=passkey")


async def test_one_touch_signs_in_and_opens_the_vault(running: Site, opening: Opening) -> None:
    localhost = running.url.replace("127.0.0.1", "localhost")  # a passkey's site has a name
    async with opening(base_url=localhost) as page:
        await plug_in(page)
        await sign_in(page)
        note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"x" * 1000}
        await page.set_input_files("#file", [note])
        await page.wait_for_url("**done=uploaded**")
        await add_passkey(page)
        assert await page.locator(".badge").count() == 0, "it opens the vault by itself"
        await page.click("header form button")
        await page.wait_for_url("**/?done=signed-out")
        await page.goto("/sign-in")
        await page.click("form[data-passkey] button")
        await page.wait_for_url("**/files/")
        assert await page.locator("text=note.txt").count() > 0
    rows = await running.institution.catalog.fetch("SELECT kind FROM slots WHERE kind = 'passkey'")
    assert len(rows) == 1
    ways = await running.institution.catalog.fetch("SELECT way FROM sessions")
    assert ("passkey",) in ways


async def test_a_passkey_proves_who_it_is_again(running: Site, opening: Opening) -> None:
    localhost = running.url.replace("127.0.0.1", "localhost")
    async with opening(base_url=localhost) as page:
        await plug_in(page)
        await sign_in(page)
        await add_passkey(page)
        await running.institution.catalog.commit(_long_ago)
        await page.goto("/account/export")
        assert re.search(r"/account/confirm\?next=%2Faccount%2Fexport", page.url)
        await page.click("form[data-passkey] button")
        await page.wait_for_url("**/account/export")


async def test_a_removed_passkey_opens_nothing(running: Site, opening: Opening) -> None:
    localhost = running.url.replace("127.0.0.1", "localhost")
    async with opening(base_url=localhost, refusals=True) as page:
        await plug_in(page)
        await sign_in(page)
        await add_passkey(page)
        await page.click("section:first-of-type button.grave")
        await page.wait_for_url("**done=revoked")
        await page.click("header form button")
        await page.wait_for_url("**/?done=signed-out")
        await page.goto("/sign-in")
        await page.click("form[data-passkey] button")
        await page.wait_for_selector("form[data-passkey] [role=alert]:visible")
    left = await running.institution.catalog.fetch("SELECT 1 FROM slots WHERE kind = 'passkey'")
    assert left == []


def _long_ago():  # type: ignore[no-untyped-def]
    yield ("UPDATE sessions SET proved_at = 1", ())


API = """async ({ make, label }) => {
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const post = async (path, body) => {
    const answer = await fetch(`/api/v1/${path}`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, said: await answer.json() };
  };
  const asked = await post(make ? "passkeys/options" : "sessions/passkey-options");
  const parse = make ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  const publicKey = PublicKeyCredential[parse](asked.said.options);
  const credential = await navigator.credentials[make ? "create" : "get"]({ publicKey });
  const first = credential.getClientExtensionResults().prf?.results?.first;
  const told = credential.toJSON();
  told.clientExtensionResults = {};  // the PRF output travels once
  return post(make ? "passkeys" : "sessions/passkey", {
    ticket: asked.said.ticket, credential: told, prf: first ? text(first) : "", label,
  });
}"""


async def test_a_passkey_is_made_and_used_by_the_api(running: Site, opening: Opening) -> None:
    localhost = running.url.replace("127.0.0.1", "localhost")
    async with opening(base_url=localhost, refusals=True) as page:
        await plug_in(page)
        await sign_in(page)
        made = await page.evaluate(API, {"make": True, "label": "By  program"})
        assert made == {"status": 201, "said": {"opens": True}}
        await page.context.clear_cookies()
        await page.goto("/sign-in")
        entered = await page.evaluate(API, {"make": False, "label": "Its session"})
        assert (entered["status"], entered["said"]["username"]) == (201, "ada")
        await page.goto("/account/security")
        assert "By program" in await page.inner_text("main")
        await page.goto("/account")
        assert "Its session" in await page.inner_text("main")


async def test_the_api_refuses_a_passkey_that_was_removed(running: Site, opening: Opening) -> None:
    localhost = running.url.replace("127.0.0.1", "localhost")
    async with opening(base_url=localhost, refusals=True) as page:
        await plug_in(page)
        await sign_in(page)
        await page.evaluate(API, {"make": True, "label": "x"})
        await page.goto("/account/security")
        await page.click("section:first-of-type button.grave")
        await page.wait_for_url("**done=revoked")
        await page.context.clear_cookies()
        await page.goto("/sign-in")
        refused = await page.evaluate(API, {"make": False, "label": ""})
        assert refused["status"] == 403
        assert refused["said"]["type"] == "urn:parchemin:error:Forbidden"
