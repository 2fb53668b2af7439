"""LOCK and UNLOCK over a socket (RFC 4918 sections 6, 7, 9.10, 9.11)."""

from __future__ import annotations

import pytest

from tests.serving import Answer, Client, Institution, Person, basic, dav_handler, serving

D = "{DAV:}"


def lockinfo(scope: str = "exclusive", owner: str = "<owner>me</owner>") -> bytes:
    """A LOCK body."""
    return (
        f'<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><{scope}/></lockscope>'
        f"<locktype><write/></locktype>{owner}</lockinfo>"
    ).encode()


async def lock(client: Client, target: str, scope: str = "exclusive", **fields: str) -> str:
    """A new lock's token."""
    answer = await client.request("LOCK", target, lockinfo(scope), **fields)
    assert answer.status in (200, 201), answer.body
    return answer.fields["lock-token"][1:-1]


async def test_a_lock_on_nothing_makes_an_empty_document(client: Client) -> None:
    answer = await client.request("LOCK", "/dav/new.txt", lockinfo(), Timeout="Second-600")
    assert answer.status == 201
    token = answer.fields["lock-token"][1:-1]
    assert token.startswith("urn:uuid:")
    assert answer.xml().tag == f"{D}prop"
    assert answer.text_of(f"{D}timeout") == ["Second-600"]
    assert answer.xml().findtext(f".//{D}locktoken/{D}href") == token
    assert answer.xml().findtext(f".//{D}lockroot/{D}href") == "/dav/new.txt"
    assert answer.text_of(f"{D}owner") == ["me"]
    got = await client.request("GET", "/dav/new.txt")
    assert (got.status, got.body) == (200, b"")


async def test_a_lock_without_parent_is_409(client: Client) -> None:
    assert (await client.request("LOCK", "/dav/no/new", lockinfo())).status == 409


CHANGES = {
    "put": ("PUT", "/dav/f/a", b"x", {}),
    "delete": ("DELETE", "/dav/f/a", None, {}),
    "move away": ("MOVE", "/dav/f/a", None, {"Destination": "/dav/b"}),
    "move onto": ("MOVE", "/dav/free", None, {"Destination": "/dav/f/a"}),
    "copy onto": ("COPY", "/dav/free", None, {"Destination": "/dav/f/a"}),
    "proppatch": (
        "PROPPATCH",
        "/dav/f/a",
        b'<propertyupdate xmlns="DAV:"><set><prop><x xmlns="u"/></prop></set></propertyupdate>',
        {},
    ),
    "delete the folder": ("DELETE", "/dav/f", None, {}),
    "move the folder": ("MOVE", "/dav/f", None, {"Destination": "/dav/g"}),
}


async def _send(client: Client, case: str, **more: str) -> Answer:
    method, target, body, fields = CHANGES[case]
    return await client.request(method, target, body, **fields, **more)


@pytest.fixture
async def filled(client: Client) -> Client:
    """/dav/f/a and /dav/free."""
    await client.request("MKCOL", "/dav/f")
    await client.request("PUT", "/dav/f/a", b"one")
    await client.request("PUT", "/dav/free", b"free")
    return client


@pytest.mark.parametrize("case", CHANGES)
async def test_a_locked_document_does_not_change_without_the_token(
    filled: Client, case: str
) -> None:
    token = await lock(filled, "/dav/f/a")
    refused = await _send(filled, case)
    assert refused.status == 423
    assert refused.xml().findtext(f"{D}lock-token-submitted/{D}href") == "/dav/f/a"
    assert token.encode() not in refused.body
    assert (await filled.request("GET", "/dav/f/a")).body == b"one"
    allowed = await _send(filled, case, If=f"</dav/f/a> (<{token}>)")
    assert allowed.status in (201, 204, 207)


@pytest.mark.parametrize("case", CHANGES)
async def test_the_token_of_one_device_is_worth_nothing_on_another(
    filled: Client, inside: Institution, ada: Person, case: str
) -> None:
    token = await lock(filled, "/dav/f/a")
    other = Client(filled.port, basic("ada", await inside.device(ada.vault, "phone")))
    assert (await _send(other, case, If=f"</dav/f/a> (<{token}>)")).status == 423
    assert (await other.request("UNLOCK", "/dav/f/a", Lock_Token=f"<{token}>")).status == 403
    assert (await other.request("LOCK", "/dav/f/a", If=f"(<{token}>)")).status == 403
    await other.close()


async def test_reading_needs_no_token(filled: Client) -> None:
    await lock(filled, "/dav/f/a")
    assert (await filled.request("GET", "/dav/f/a")).status == 200
    assert (await filled.request("COPY", "/dav/f/a", Destination="/dav/b")).status == 201


async def test_a_deep_lock_covers_what_is_below(filled: Client) -> None:
    token = await lock(filled, "/dav/f/")
    assert (await filled.request("PUT", "/dav/f/new", b"x")).status == 423
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == 423
    assert (await filled.request("MKCOL", "/dav/f/sub")).status == 423
    fields = {"If": f"(<{token}>)"}
    assert (await filled.request("PUT", "/dav/f/new", b"x", **fields)).status == 201
    assert (await filled.request("UNLOCK", "/dav/f/new", Lock_Token=f"<{token}>")).status == 204
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == 204


async def test_a_shallow_folder_lock_protects_its_members_names(filled: Client) -> None:
    token = await lock(filled, "/dav/f/", Depth="0")
    assert (await filled.request("PUT", "/dav/f/a", b"two")).status == 204
    assert (await filled.request("PUT", "/dav/f/new", b"x")).status == 423
    assert (await filled.request("DELETE", "/dav/f/a")).status == 423
    fields = {"If": f"</dav/f/> (<{token}>)"}
    assert (await filled.request("DELETE", "/dav/f/a", **fields)).status == 204


CONFLICTS = {
    ("exclusive", "exclusive"): 423,
    ("exclusive", "shared"): 423,
    ("shared", "exclusive"): 423,
    ("shared", "shared"): 200,
}


@pytest.mark.parametrize("scopes", CONFLICTS)
async def test_which_locks_exclude_each_other(filled: Client, scopes: tuple[str, str]) -> None:
    await lock(filled, "/dav/f/a", scopes[0])
    answer = await filled.request("LOCK", "/dav/f/a", lockinfo(scopes[1]))
    assert answer.status == CONFLICTS[scopes]
    if answer.status == 423:
        assert answer.xml().findtext(f"{D}no-conflicting-lock/{D}href") == "/dav/f/a"


async def test_a_lock_below_stops_a_deep_lock_and_is_named(filled: Client) -> None:
    await lock(filled, "/dav/f/a")
    answer = await filled.request("LOCK", "/dav/f/", lockinfo())
    assert answer.status == 207
    found = {
        entry.findtext(f"{D}href"): entry.findtext(f"{D}status")
        for entry in answer.xml().iter(f"{D}response")
    }
    assert found == {
        "/dav/f/a": "HTTP/1.1 423 Locked",
        "/dav/f/": "HTTP/1.1 424 Failed Dependency",
    }
    assert (await filled.request("LOCK", "/dav/f/", lockinfo(), Depth="0")).status == 200


async def test_a_lock_is_refreshed(filled: Client, inside: Institution) -> None:
    token = await lock(filled, "/dav/f/a", Timeout="Second-100")
    fields = {"If": f"(<{token}>)", "Timeout": "Second-1000"}
    answer = await filled.request("LOCK", "/dav/f/a", **fields)
    assert answer.status == 200
    assert "lock-token" not in answer.fields
    assert int(answer.text_of(f"{D}timeout")[0].removeprefix("Second-")) > 900
    inside.clock.offset = 500
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == 423
    inside.clock.offset = 2000
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == 204
    assert (await filled.request("LOCK", "/dav/f/a", **fields)).status == 412


REFUSED = {
    "no body and no token": (None, {}, 400),
    "unknown token": (None, {"If": "(<urn:uuid:no>)"}, 412),
    "depth 1": (lockinfo(), {"Depth": "1"}, 400),
    "no scope": (b'<lockinfo xmlns="DAV:"><locktype><write/></locktype></lockinfo>', {}, 400),
    "unknown scope": (lockinfo("cosmic"), {}, 400),
    "another root": (b'<propfind xmlns="DAV:"/>', {}, 400),
    "malformed": (b"<lockinfo", {}, 400),
    "an owner of 9,000 characters": (lockinfo(owner=f"<owner>{'x' * 9000}</owner>"), {}, 400),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_lock_is_refused(filled: Client, case: str) -> None:
    body, fields, status = REFUSED[case]
    assert (await filled.request("LOCK", "/dav/f/a", body, **fields)).status == status
    assert (await filled.request("LOCK", "/dav/unmade", body, **fields)).status == status
    assert (await filled.request("GET", "/dav/unmade")).status == 404


async def test_locks_are_bounded(inside: Institution, ada: Person) -> None:
    async with serving(dav_handler(inside, max_locks=2)) as port:
        client = Client(port, ada.authorization)
        document, root = [await lock(client, f"/dav/{name}", Depth="0") for name in ("a", "")]
        refused = await client.request("LOCK", "/dav/b", lockinfo())
        assert (refused.status, b"Too many locks" in refused.body) == (403, True)
        assert (await client.request("GET", "/dav/b")).status == 404
        unlocked = await client.request("UNLOCK", "/dav/a", Lock_Token=f"<{document}>")
        assert unlocked.status == 204
        held = {"If": f"</dav/> (<{root}>)"}
        assert (await client.request("LOCK", "/dav/b", lockinfo(), **held)).status == 201
        await client.close()


UNLOCK = {
    "missing field": ({}, 400),
    "no brackets": ({"Lock_Token": "{token}"}, 400),
    "another token": ({"Lock_Token": "<urn:uuid:no>"}, 409),
    "right": ({"Lock_Token": "<{token}>"}, 204),
}


@pytest.mark.parametrize("case", UNLOCK)
async def test_unlock(filled: Client, case: str) -> None:
    token = await lock(filled, "/dav/f/a")
    fields, status = UNLOCK[case]
    fields = {name: value.replace("{token}", token) for name, value in fields.items()}
    assert (await filled.request("UNLOCK", "/dav/f/a", **fields)).status == status
    after = 204 if status == 204 else 423
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == after


async def test_a_lock_stays_behind_when_its_document_moves(filled: Client) -> None:
    token = await lock(filled, "/dav/f/a")
    fields = {"If": f"(<{token}>)", "Destination": "/dav/moved"}
    assert (await filled.request("MOVE", "/dav/f/a", **fields)).status == 201
    assert (await filled.request("PUT", "/dav/moved", b"x")).status == 204
    assert (await filled.request("PUT", "/dav/f/a", b"x")).status == 201


async def test_locks_are_seen_by_another_process(
    filled: Client, inside: Institution, ada: Person
) -> None:
    from vault_core.vault.journal.access import AccessLog
    from vault_core.vault.keys.throttle import Throttle
    from vault_core.vault.vaults import Vaults

    second = Vaults(
        inside.vaults.services,
        AccessLog(inside.catalog, inside.clock),
        Throttle(inside.catalog, inside.clock),
    )
    other = Institution(second, inside.persons, inside.catalog, inside.clock)
    async with serving(dav_handler(other)) as port:
        client = Client(port, ada.authorization)
        assert (await client.request("GET", "/dav/f/a")).body == b"one"
        token = await lock(filled, "/dav/f/a")
        assert (await client.request("PUT", "/dav/f/a", b"x")).status == 423
        held = {"If": f"(<{token}>)"}
        assert (await client.request("PUT", "/dav/f/a", b"two", **held)).status == 204
        await client.close()
    await second.close()
    assert (await filled.request("GET", "/dav/f/a")).body == b"two"
