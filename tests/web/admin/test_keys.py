"""Keys of issuers' programs in the console; what cannot be undone is asked twice."""

from __future__ import annotations

import re

from tests.rest.signing import new_key, pem
from tests.web.admin.conftest import Console

PAGE = "/admin/issuers"


def form(console: Console, key: bytes, **other: str) -> dict[str, str]:
    issuer = console.site.institution.plugins.issuer_of("bac").id
    fields = {"issuer": issuer, "label": "export", "may": "write", "days": "366"}
    return {**fields, "pem": key.decode(), **other}


async def test_a_key_is_registered_replaced_and_revoked(console: Console) -> None:
    keys = console.site.institution.request_keys
    async with console.site.reader("administrator") as reader:
        made = await reader.send(f"{PAGE}/key", form(console, pem(new_key())))
        assert made.headers["Location"] == f"{PAGE}?done=keyed"
        [old] = await keys.everything()
        assert old.id in await reader.text(PAGE)
        await reader.send(f"{PAGE}/key", form(console, pem(new_key()), replaces=old.id))
        before, new = await keys.everything()
        assert (new.label, before.id) == ("export", old.id)
        assert before.expires_at < old.expires_at

        asked = await reader.send(f"{PAGE}/key/revoke", {"key": old.id})
        assert asked.status == 200
        assert "Révoquer cette clé pour toujours" in asked.text
        assert (await keys.everything())[0].state == "good"
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text))
        assert fields["key"] == old.id
        done = await reader.post(f"{PAGE}/key/revoke", fields)
        assert done.status == 303
        assert (await keys.everything())[0].state == "revoked"
        assert "révoquée" in await reader.text(PAGE)
    assert [verb for verb in await console.verbs() if verb.startswith("request-key")] == [
        "request-key-add", "request-key-rotate", "request-key-revoke",
    ]  # fmt: skip


async def test_what_is_wrong_with_a_key_is_said_and_nothing_kept(console: Console) -> None:
    good = pem(new_key())
    private = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    wrong = {
        "private": (form(console, private), "clé privée"),
        "none": (form(console, b"x"), "clé publique"),
        "no name": (form(console, good, label=""), "Donnez un nom"),
        "no time": (form(console, good, days="9999"), "Donnez un nom"),
    }
    async with console.site.reader("administrator") as reader:
        for name, (fields, said) in wrong.items():
            answer = await reader.send(f"{PAGE}/key", fields)
            assert answer.status == 422, name
            assert said in answer.text, name
            assert "AAAA" not in answer.text
    assert await console.site.institution.request_keys.everything() == []


async def test_only_administrators_register_keys(console: Console) -> None:
    for role in ("operator", "auditor"):
        async with console.site.reader(role) as reader:
            answer = await reader.send(f"{PAGE}/key", form(console, pem(new_key())))
            assert answer.status == 403, role


async def test_the_question_leads_back_within_the_console_only(console: Console) -> None:
    async with console.site.reader("operator") as reader:
        token = await reader.token()
        for sent, back in (
            (f"{console.site.url}/admin/batches", "/admin/batches"),
            ("https://evil.example/admin/", "/admin/"),
            ("javascript:alert(1)", "/admin/"),
        ):
            data = {"csrf": token}
            where = f"/admin/batches/{'0' * 32}/cancel"
            async with reader.client.post(where, data=data, headers={"Referer": sent}) as answer:
                text = await answer.text()
            assert answer.status == 200
            assert f'href="{back}"' in text
            assert "evil" not in text
