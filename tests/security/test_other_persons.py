"""Ada cannot reach Bob's documents: any method, any path trick, vaults in memory and not.

A property: whatever Ada sends with her own app password, no answer ever holds anything of Bob's,
and afterwards Bob's vault is as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.processes import Account, Server, opened, prepare, running
from tests.security.wire import Heard, request, send
from tests.serving import basic
from vault_core.vault.nodes.names import Path as NodePath

NAME, HIDDEN = "bobs folder", "unguessable-9c1f"
CONTENT, VALUE, OWNER = "bobs-content-51aa", "bobs-value-77d0", "bobs-lock-owner-30b2"
TOKEN = "urn:uuid:b0b00000-0000-4000-8000-000000000000"
SECRETS = (HIDDEN, CONTENT, VALUE, OWNER)
"""What no request of Ada's holds, so no answer to her may."""


@dataclass
class Town:
    """A server, two persons, and every identifier of Bob's that could leak."""

    server: Server
    ada: Account
    bob: Account
    ids: dict[str, str]
    before: dict[NodePath, object]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("town") / "data"
    limits = {
        "PARCHEMIN_THROTTLE__FAILURES": "1000",
        "PARCHEMIN_THROTTLE__ADDRESS_FAILURES": "90000",
    }
    ada, bob = prepare(data, "ada", "bob", env=limits)
    ids = asyncio.run(_fill(data, bob))
    with running(data, limits) as server:
        found = Town(server, ada, bob, ids, asyncio.run(_inside(data, bob)))
        yield found
        server.stop()
        assert asyncio.run(_inside(data, bob)) == found.before


async def _fill(data: Path, bob: Account) -> dict[str, str]:
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password(bob.username, bob.token)
        await vault.make_folder((NAME,))
        for name in ("a.txt", HIDDEN):
            written = await vault.write((NAME, name), _piece(CONTENT.encode() * 3))
        await vault.set_properties((NAME, "a.txt"), {"{urn:x}v": f'<v xmlns="urn:x">{VALUE}</v>'})
        await vault.lock(
            (NAME,), token=TOKEN, shared=False, infinite=True, owner=OWNER, seconds=100_000
        )
        node = written.node
        assert node.content is not None
        return {
            "node": node.id.hex(), "blob": node.content.blob.hex(), "vault": bob.id.hex(),
            "etag": node.etag, "slot": vault.slot_id.hex(),
        }  # fmt: skip


async def _piece(data: bytes):  # type: ignore[no-untyped-def]
    yield data


async def _inside(data: Path, bob: Account) -> dict[NodePath, object]:
    """All that Bob has."""
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password(bob.username, bob.token)
        found: dict[NodePath, object] = {}
        for path, node in await vault.walk((), 1000):
            content = b""
            if not node.is_folder:
                content = b"".join([bytes(piece) async for piece in vault.read(node)])
            found[path] = (node.changed, dict(node.properties), content)
        found[("locks",)] = [lock.token for lock in await vault.locks_on((NAME,))]
        return found


BOBS = ["", "/", "bobs%20folder", "bobs%20folder/a.txt", "bobs%20folder/", "a.txt"]
STEPS = [
    "..", "%2e%2e", "%252e%252e", ".%2e", "..;", "..%2f", "..%5c", "..%c0%af", "%c0%ae%c0%ae", ".",
    "", "bob", "~bob", "@bob", "bob@", "%62ob", "bob%00", "bob%0d%0aX:%20y", "users/bob",
    "vaults/bob", "dav", "dav/bob", "{vault}", "{node}", "{blob}", "{slot}", "{etag}", "*",
    "?user=bob", "?vault={vault}", ";vault={vault}", "%2fdav%2fbob", "//bob", "\\..\\bob",
    "\u2025", "％2e",
]  # fmt: skip
ORIGINS = [
    "", "http://127.0.0.1:{port}", "http://bob@127.0.0.1:{port}", "http://bob:{token}x@127.0.0.1",
    "http://bob", "http://evil.example", "HTTP://LOCALHOST:{port}", "dav://127.0.0.1", "//bob",
    "file://", "http://127.0.0.1:{port}@bob",
]  # fmt: skip
PREFIXES = [
    "/dav/",
    "/dav",
    "/DAV/",
    "/dav//",
    "/dav/./",
    "/dav/../dav/",
    "/",
    "/api/v1/",
    "//dav/",
]
METHODS = [
    "GET", "HEAD", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPFIND", "PROPPATCH", "LOCK",
    "UNLOCK", "OPTIONS", "POST", "PATCH", "REPORT", "SEARCH", "ACL", "TRACE", "BIND", "get",
]  # fmt: skip
BODIES = [
    None, b"", b"ada",
    b'<propfind xmlns="DAV:"><allprop/><include><lockdiscovery/><acl/></include></propfind>',
    b'<propfind xmlns="DAV:"><prop><lockdiscovery/><v xmlns="urn:x"/></prop></propfind>',
    b'<propertyupdate xmlns="DAV:"><remove><prop><v xmlns="urn:x"/></prop></remove>'
    b"</propertyupdate>",
    b'<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
    b"<owner>ada</owner></lockinfo>",
]  # fmt: skip

targets = st.builds(
    lambda origin, prefix, steps, end: origin + prefix + "/".join([*steps, end]),
    st.sampled_from([""] * 3 * len(ORIGINS) + ORIGINS),
    st.sampled_from(["/dav/"] * 5 * len(PREFIXES) + PREFIXES),
    st.lists(st.sampled_from(STEPS), max_size=3),
    st.sampled_from(BOBS),
)
conditions = st.one_of(
    st.builds(lambda target: f"<{target}> (<{TOKEN}>)", targets),
    st.builds(lambda target: f"<{target}> (Not <{TOKEN}>) (<DAV:no-lock>)", targets),
    st.builds(lambda target: f'<{target}> (["{{etag}}"])', targets),
    st.just(f"(<{TOKEN}>)"),
    st.just(f"(Not <{TOKEN}>)"),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "Destination": targets,
        "If": conditions,
        "Lock-Token": st.just(f"<{TOKEN}>"),
        "Depth": st.sampled_from(["0", "1", "infinity"]),
        "Overwrite": st.sampled_from(["T", "F"]),
        "Host": st.sampled_from(["bob", "127.0.0.1:{port}", "bob@127.0.0.1"]),
        "If-Match": st.just('"{etag}"'),
        "If-None-Match": st.sampled_from(["*", '"{etag}"']),
        "Range": st.just("bytes=0-100"),
        "Cookie": st.sampled_from(["user=bob", "session={vault}"]),
        "X-Forwarded-User": st.just("bob"),
        "X-Forwarded-For": st.just("127.0.0.1"),
        "X-Original-URL": st.just("/dav/bobs%20folder/a.txt"),
        "X-HTTP-Method-Override": st.just("GET"),
        "Referer": targets,
    },
)


def _ask(town: Town, method: str, target: str, fields: dict[str, str], body: bytes | None) -> Heard:
    values = {**town.ids, "port": str(town.server.port), "token": town.bob.token}

    def filled(text: str) -> str:
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text.replace(" ", "%20") if text is target else text

    sent = {name: filled(value) for name, value in fields.items()}
    return send(town.server.port, request(method, filled(target), sent, body))


def _holds_nothing_of_bobs(heard: Heard) -> None:
    assert heard.closed, "an answer came"
    for secret in SECRETS:
        assert secret.encode() not in heard.data, heard.data


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(METHODS), targets, extras, st.sampled_from(BODIES), st.booleans())
def test_no_request_of_adas_reaches_bob(
    town: Town, method: str, target: str, fields: dict[str, str], body: bytes | None, warm: bool
) -> None:
    if warm:  # Bob's vault is open in the server's memory
        mine = {"Authorization": town.bob.authorization}
        assert CONTENT.encode() in _ask(town, "GET", "/dav/bobs%20folder/a.txt", mine, None).data
    sent = {**fields, "Authorization": town.ada.authorization}
    _holds_nothing_of_bobs(_ask(town, method, target, sent, body))


IMPOSTORS = {
    "bob with ada's token": lambda t: basic("bob", t.ada.token),
    "ada with bob's token": lambda t: basic("ada", t.bob.token),
    "bob in capitals": lambda t: basic("BOB", t.ada.token),
    "both names": lambda t: basic("ada:bob", t.ada.token),
    "both names, NUL": lambda t: basic("bob\0ada", t.ada.token),
    "both tokens": lambda t: basic("bob", f"{t.ada.token} {t.bob.token}"),
    "token cut": lambda t: basic("bob", t.bob.token[:-1]),
    "token turned round": lambda t: basic("bob", t.bob.token[::-1]),
    "slot's id": lambda t: basic("bob", t.ids["slot"]),
    "vault's id": lambda t: basic("bob", t.ids["vault"]),
    "bearer": lambda t: f"Bearer {t.bob.token}",
    "no name": lambda t: basic("", t.bob.token),
}  # fmt: skip


@pytest.mark.parametrize("impostor", IMPOSTORS)
def test_nobody_passes_for_bob(town: Town, impostor: str) -> None:
    for _ in ("cold", "warm"):
        fields = {"Authorization": IMPOSTORS[impostor](town), "Depth": "1"}
        for method in ("GET", "PROPFIND", "LOCK", "PUT", "DELETE"):
            heard = _ask(town, method, "/dav/bobs%20folder/a.txt", fields, b"")
            assert heard.statuses == [401], heard.data
            _holds_nothing_of_bobs(heard)
        mine = {"Authorization": town.bob.authorization}
        assert CONTENT.encode() in _ask(town, "GET", "/dav/bobs%20folder/a.txt", mine, None).data


def test_two_authorizations_are_not_a_choice(town: Town) -> None:
    head = (
        "GET /dav/bobs%20folder/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Authorization: {town.ada.authorization}\r\n"
        f"Authorization: {basic('bob', town.ada.token)}\r\n\r\n"
    )
    heard = send(town.server.port, head.encode())
    assert heard.statuses[0] >= 400
    _holds_nothing_of_bobs(heard)


@pytest.mark.parametrize("kind", ["node", "blob", "vault", "slot"])
def test_a_known_id_is_no_way_in(town: Town, kind: str) -> None:
    # The property above may have made a node of that name in ada's own vault.
    _ask(town, "DELETE", "/dav/" + town.ids[kind], {"Authorization": town.ada.authorization}, None)
    for prefix in ("/dav/", "/api/v1/documents/", "/documents/", "/d/", "/", "/blobs/"):
        for method in ("GET", "PROPFIND", "DELETE"):
            fields = {"Authorization": town.ada.authorization, "Depth": "0"}
            heard = _ask(town, method, prefix + town.ids[kind], fields, None)
            assert heard.statuses[0] >= 300, (prefix, heard.data)
            _holds_nothing_of_bobs(heard)
