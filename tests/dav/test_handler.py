"""The way in: credentials, methods, hostile requests, and that nobody meets another's vault."""

from __future__ import annotations

import asyncio

import pytest

from tests.serving import Client, Institution, Person, basic
from vault_core.dav.errors import error_body, refusal
from vault_core.errors import Locked, StoreFull
from vault_core.vault.journal import journal


async def test_options(client: Client) -> None:
    answer = await client.request("OPTIONS", "/dav/")
    assert answer.status == 200
    assert answer.fields["dav"] == "1, 2, 3"
    assert answer.fields["ms-author-via"] == "DAV"
    assert {"LOCK", "PROPFIND", "PUT"} <= set(answer.fields["allow"].split(", "))


DENIED = {
    "none": "",
    "wrong password": basic("ada", "wrong"),
    "right password, wrong person": "{eve}",
    "another scheme": "Bearer abc",
}


@pytest.mark.parametrize("case", DENIED)
@pytest.mark.parametrize("method", ["OPTIONS", "GET", "PROPFIND", "PUT", "DELETE", "LOCK"])
async def test_without_an_app_password_there_is_401(
    ada: Person, port: int, case: str, method: str
) -> None:
    field = DENIED[case].replace("{eve}", basic("eve", ada.token))
    client = Client(port, field)
    answer = await client.request(method, "/dav/a", b"" if method == "PUT" else None)
    assert answer.status == 401
    challenge = answer.fields["www-authenticate"]
    assert challenge.startswith('Basic realm="')
    assert "/account/devices" in challenge
    assert b"app password" in answer.body
    await client.close()


async def test_the_main_password_opens_nothing_here(inside: Institution, port: int) -> None:
    from vault_core.vault.persons.person import Facts

    await inside.persons.add("bob", Facts(), "correct horse battery")
    client = Client(port, basic("bob", "correct horse battery"))
    assert (await client.request("PROPFIND", "/dav/", Depth="0")).status == 401
    await client.close()


async def test_guessing_is_slowed_and_the_owner_reads_of_it(
    inside: Institution, ada: Person, port: int
) -> None:
    client = Client(port, basic("ada", "guess"))
    statuses = [(await client.request("GET", "/dav/")).status for _ in range(12)]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    answer = await client.request("GET", "/dav/")
    assert int(answer.fields["retry-after"]) > 0
    await client.close()
    await inside.vaults.journal.flush()
    told = await journal.entries(inside.catalog, ada.vault.id)
    assert sum(entry.detail["times"] for entry in told if entry.verb == "refused") >= 10


async def test_a_revoked_app_password_stops_at_once(client: Client, ada: Person) -> None:
    from vault_core.vault.keys import keyslots

    assert (await client.request("GET", "/dav/")).status == 200
    slots = await keyslots.listing(ada.vault)
    (mine,) = [slot for slot in slots if slot.kind == "app-password"]
    await keyslots.revoke(ada.vault, mine.id)
    assert (await client.request("GET", "/dav/")).status == 401


TRICKS = (
    "/dav/../ada/secret", "/dav/%2e%2e/ada/secret", "/dav/ada/secret", "/dav/..%2fada/secret",
    "/dav//ada//secret", "/dav/./ada/secret", "/dav/%2Fada%2Fsecret", "/dav/secret",
    "http://127.0.0.1/dav/../dav/secret", "/dav/~ada/secret", "/dav;ada/secret", "/dav/;/secret",
)  # fmt: skip
METHODS = ("GET", "HEAD", "PUT", "PROPFIND", "PROPPATCH", "DELETE", "COPY", "MOVE", "LOCK", "MKCOL")


@pytest.mark.parametrize("target", TRICKS)
async def test_anothers_document_is_out_of_reach(
    client: Client, inside: Institution, port: int, target: str
) -> None:
    await client.request("PUT", "/dav/secret", b"of ada")
    eve = Client(port, (await inside.person("eve")).authorization)
    for method in METHODS:
        answer = await eve.request(
            method, target, b"" if method == "PUT" else None, Depth="0", Destination="/dav/stolen"
        )
        assert b"of ada" not in answer.body
    stolen = await eve.request("GET", "/dav/stolen")
    assert b"of ada" not in stolen.body
    assert (await client.request("GET", "/dav/secret")).body == b"of ada"
    await eve.close()


async def test_anothers_lock_token_is_worth_nothing(
    client: Client, inside: Institution, port: int
) -> None:
    body = (
        b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>'
        b"<locktype><write/></locktype></lockinfo>"
    )
    token = (await client.request("LOCK", "/dav/a", body)).fields["lock-token"]
    eve = Client(port, (await inside.person("eve")).authorization)
    await eve.request("PUT", "/dav/a", b"eve's")
    assert (await eve.request("UNLOCK", "/dav/a", Lock_Token=token)).status == 409
    assert (await eve.request("LOCK", "/dav/a", If=f"({token})")).status == 412
    assert (await client.request("PUT", "/dav/a", b"x", If=f"({token})")).status == 204
    await eve.close()


UNKNOWN = {"POST": 405, "PATCH": 405, "TRACE": 405, "REPORT": 501, "SEARCH": 501, "ACL": 501}


@pytest.mark.parametrize("method", UNKNOWN)
async def test_other_methods(client: Client, method: str) -> None:
    answer = await client.request(method, "/dav/")
    assert answer.status == UNKNOWN[method]
    assert answer.status != 405 or "PROPFIND" in answer.fields["allow"]


HOSTILE = {
    "length twice": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "length that is none": b"Content-Length: one\r\n\r\n",
    "negative length": b"Content-Length: -1\r\n\r\n",
    "bad chunk": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "folded field": b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "NUL in a field": b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "long field": b"X-A: " + b"x" * 20_000 + b"\r\n\r\n",
    "many fields": b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_malformed_requests_are_refused_and_store_nothing(client: Client, case: str) -> None:
    head = f"PUT /dav/evil HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
    answer = await client.raw(head.encode() + HOSTILE[case])
    assert 400 <= answer.status < 500
    await client.close()
    assert (await client.request("GET", "/dav/evil")).status == 404


async def test_a_long_url_is_refused(client: Client) -> None:
    answer = await client.raw(b"GET /dav/" + b"a/" * 4500 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert 400 <= answer.status < 500


async def test_a_refused_body_leaves_the_connection_in_step(client: Client) -> None:
    for _ in range(3):
        refused = await client.request("PUT", "/dav/no/parent", b"x" * 200_000)
        assert refused.status == 409
    assert (await client.request("PUT", "/dav/a", b"y")).status == 201


async def test_many_at_once(client: Client, ada: Person, port: int) -> None:
    async def one(number: int) -> bytes:
        mine = Client(port, ada.authorization)
        content = b"%d" % number * 1000
        assert (await mine.request("PUT", f"/dav/{number}", content)).status == 201
        got = await mine.request("GET", f"/dav/{number}")
        await mine.close()
        return got.body if got.body != content else b""

    assert set(await asyncio.gather(*[one(number) for number in range(40)])) == {b""}


def test_error_bodies_are_escaped() -> None:
    body = error_body("<b>&", "lock-token-submitted", ("/dav/a%26",))
    assert b"&lt;b&gt;&amp;" in body
    assert b"<D:lock-token-submitted><D:href>/dav/a%26</D:href>" in body


@pytest.mark.parametrize("error", [Locked(), StoreFull()])
def test_conditions_are_named(error: Locked | StoreFull) -> None:
    reply = refusal(error)
    assert reply.status == error.status
    assert b"lock-token-submitted" in reply.content or b"sufficient-disk-space" in reply.content
