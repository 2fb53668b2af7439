"""Being told: the address is asked and stopped by links, the feed is read by its address."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.notifying.receivers import Postbox, listener, smtp_server
from tests.web.admin.conftest import Console
from tests.web.site import Site, site
from vault_core.roles import GRANTED
from vault_core.settings.load import override

PAGE = "/account/notices"


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    async with smtp_server() as found:
        yield found


@pytest.fixture
async def running(tmp_path: Path, postbox: Postbox) -> AsyncIterator[Site]:
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        institution = found.institution
        rules = {
            "host": "127.0.0.1", "port": postbox.port, "tls": "none",
            "sender": "coffre@lycee.example",
        }  # fmt: skip
        settings = override(institution.settings, "mail", rules)
        institution.reconfigure(override(settings, "server", {"public_url": found.url}))
        yield found


async def test_an_address_is_confirmed_by_its_mail_and_stopped_in_one_click(
    running: Site, postbox: Postbox
) -> None:
    institution = running.institution
    async with running.reader("ada") as reader:
        wrong = await reader.send(f"{PAGE}/address", {"address": "ada"})
        assert wrong.status == 422
        answer = await reader.send(f"{PAGE}/address", {"address": "ada@example.org"})
        assert answer.headers["Location"] == f"{PAGE}?done=asked"
        assert "à confirmer" in await reader.text(PAGE)
        await institution.post.once()
        [mail] = postbox.mails
        found = re.search(r"(/mail/confirm/[0-9a-f]{64})", mail.get_content())
        assert found
        async with running.reader() as anybody:  # a program that looks into mails follows links
            assert "C’est mon adresse" in await anybody.text(found[1])
        assert "à confirmer" in await reader.text(PAGE)
        async with running.reader() as anybody:
            answer = await anybody.post(found[1], {})
            assert answer.status == 200
            assert (await anybody.post(found[1][:-1] + "g", {})).status == 404
            changed = "0" if found[1][-1] != "0" else "1"
            assert (await anybody.post(found[1][:-1] + changed, {})).status == 404
        assert "confirmée" in await reader.text(PAGE)
        ada = await institution.persons.find("ada")
        stop = f"/mail/stop/{institution.contacts.stop_token(ada.id)}"
        async with ClientSession(running.url) as client:  # as RFC 8058 has mail programs do it
            body = {"List-Unsubscribe": "One-Click"}
            async with client.post(stop, data=body) as done:
                assert done.status == 200
        assert "plus de courriel" in await reader.text(PAGE)
        await reader.send(f"{PAGE}/resume", {})
        assert "confirmée" in await reader.text(PAGE)
        await reader.send(f"{PAGE}/forget", {})
        assert "ada@example.org" not in await reader.text(PAGE)


async def test_a_feed_is_read_without_signing_in_until_it_ends(running: Site) -> None:
    async with running.reader("ada") as reader, running.reader() as program:
        page = (await reader.send(f"{PAGE}/feed", {})).text
        found = re.search(r"(/feed/[0-9a-f]{40}\.atom)", page)
        assert found
        assert found[1] not in await reader.text(PAGE)
        answer = await program.get(found[1])
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        await reader.send(f"{PAGE}/feed/end", {})
        assert (await program.get(found[1])).status == 404


async def test_webhooks_are_added_tried_and_removed_in_the_console(running: Site) -> None:
    institution = running.institution
    for role in GRANTED:
        await institution.roles.grant(await institution.persons.find("ada"), role)
    console, page = Console(running), "/admin/webhooks"
    async with running.reader("ada") as reader, listener() as program:
        assert (await reader.send(page, {"url": program.url})).status == 422  # a private address
        allowed = {"allowed_networks": "127.0.0.0/8"}
        institution.reconfigure(override(institution.settings, "webhooks", allowed))
        made = await reader.send(page, {"url": program.url})
        secret = re.search(r"(whsec_[A-Za-z0-9+/=]+)<", made.text)
        assert secret
        assert secret[1] not in await reader.text(page)
        hook = re.search(r'name="webhook" value="([0-9a-f]{32})"', made.text)
        assert hook
        program.statuses = [500]
        await reader.send(f"{page}/try", {"webhook": hook[1]})
        await institution.post.once()
        assert "It answered 500." in await reader.text(page)
        await reader.send(f"{page}/remove", {"webhook": hook[1]})
        assert program.url not in await reader.text(page)
        assert "Tout est parti." in await reader.text(page)
        assert len(program.verified(secret[1])) == 1
    assert (await console.verbs())[-2:] == ["webhook-add", "webhook-remove"]
