"""Another person's vault is out of reach: every method with every path trick, as a property."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.processes import Account, Server, opened, prepare, running
from tests.serving import Answer, Client, basic
from vault_core.vault.keys import keyslots

SECRET = "Zephyrine-Quetzalcoatl"
"""In a name, the contents, a property and a lock's owner of the victim: nobody else says it."""
FOLDER, NAME = "private", "diary.txt"
"""What the intruder guesses rightly."""
LOCK = (
    '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype>'
    "<owner>%s</owner></lockinfo>"
)
PROPERTY = (
    '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">%s</x></prop></set></propertyupdate>'
)
EXAMPLES = 200
COLD = 60
"""How many requests come with a credential that the server sees for the first time."""
UNTHROTTLED = {
    "PARCHEMIN_THROTTLE__FAILURES": "1000",
    "PARCHEMIN_THROTTLE__ADDRESS_FAILURES": "100000",
}


@dataclass
class World:
    """A server with a victim and an intruder, both with an app password."""

    data: Path
    server: Server
    victim: Account
    intruder: Account
    token: str = ""
    """The victim's lock."""
    nodes: list[str] = field(default_factory=list)
    """Hexadecimal ids of the victim's nodes."""
    unseen: list[str] = field(default_factory=list)
    """App passwords of the intruder that the server has not seen yet."""

    async def fill(self) -> None:
        """Give the victim a tree, with a lock on its document."""
        client = Client(self.server.port, self.victim.authorization)
        document = f"/dav/{FOLDER}/{NAME}"
        assert (await client.request("MKCOL", f"/dav/{FOLDER}")).status == 201
        assert (await client.request("PUT", document, SECRET.encode() * 9)).status == 201
        assert (await client.request("PUT", f"/dav/{SECRET}.txt", b"x")).status == 201
        changed = await client.request("PROPPATCH", document, (PROPERTY % SECRET).encode())
        assert changed.status == 207
        locked = await client.request("LOCK", document, (LOCK % SECRET).encode())
        self.token = locked.fields["lock-token"].strip("<>")
        await client.close()
        async with opened(self.data) as institution:
            rows = await institution.catalog.fetch(
                "SELECT id FROM nodes WHERE vault = ?", (self.victim.id,)
            )
            self.nodes = [row[0].hex() for row in rows]
            vault = await institution.vaults.open_app_password("intruder", self.intruder.token)
            for _ in range(COLD):
                self.unseen.append((await keyslots.add_app_password(vault, "cold"))[1])

    async def seen(self) -> list[bytes]:
        """All that the victim can see: tree, properties, locks and contents."""
        client = Client(self.server.port, self.victim.authorization)
        tree = await client.request("PROPFIND", "/dav/", Depth="infinity")
        assert tree.status == 207
        content = await client.request("GET", f"/dav/{FOLDER}/{NAME}")
        await client.close()
        entry = tree.body.replace(b"\n", b"")
        return [_without_countdown(entry), content.body, content.fields["etag"].encode()]


def _without_countdown(tree: bytes) -> bytes:
    """The listing without how long locks still live, which changes by itself."""
    head, *rest = tree.split(b"<D:timeout>")
    return head + b"".join(part.partition(b"</D:timeout>")[2] for part in rest)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("isolation") / "data"
    victim, intruder = prepare(data, "victim", "intruder")
    with running(data, UNTHROTTLED) as server:
        made = World(data, server, victim, intruder)
        asyncio.run(made.fill())
        yield made


METHODS = (
    "GET", "HEAD", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK",
    "UNLOCK", "OPTIONS", "POST", "PATCH", "REPORT", "SEARCH",
)  # fmt: skip
UPS = ("..", "%2e%2e", ".%2E", "%252e%252e", "..%2f", "..%5c", "..\\", "%c0%ae%c0%ae", "..;", ".")
STEMS = ("/dav", "/dav/", "//dav", "/DAV", "/d%61v", "/dav/..", "/documents", "/api", "")


def _places(world: World) -> st.SearchStrategy[str]:
    """Spellings of where the victim's things might be."""
    names = st.sampled_from([
        "victim", "victim@x", "~victim", "victim:x@127.0.0.1", world.victim.id.hex(),
        FOLDER, NAME, "blobs", "catalog.sqlite3", "institution.key", *world.nodes,
    ])  # fmt: skip
    part = st.one_of(names, names.map(_encoded), st.sampled_from(UPS))
    paths = st.builds(
        lambda stem, parts, slash: stem + "/" + slash.join(parts),
        st.sampled_from(STEMS), st.lists(part, min_size=1, max_size=6),
        st.sampled_from(["/", "//", "%2f", "\\", "%5C", "/./"]),
    )  # fmt: skip
    known = st.sampled_from([f"/dav/{FOLDER}/{NAME}", f"/dav/{FOLDER}", "/dav/", "*"])
    return st.one_of(
        paths, known, st.builds(str.__add__, known, st.sampled_from(["?x", "/", "#a"]))
    )


def _encoded(name: str) -> str:
    return "".join(f"%{byte:02x}" for byte in name.encode())


def _urls(world: World) -> st.SearchStrategy[str]:
    """The same as an absolute URL too, of this server and of others, as this or that person."""
    authorities = st.sampled_from([
        f"127.0.0.1:{world.server.port}", f"victim@127.0.0.1:{world.server.port}", "victim",
        "evil.example", f"127.0.0.1:{world.server.port}@evil.example",
    ])  # fmt: skip
    absolute = st.builds(
        lambda scheme, authority, path: f"{scheme}://{authority}{path}",
        st.sampled_from(["http", "https", "file"]), authorities, _places(world),
    )  # fmt: skip
    return st.one_of(_places(world), absolute)


def _conditions(world: World) -> st.SearchStrategy[str]:
    """If fields that name the victim's lock and URLs."""
    own = f"http://127.0.0.1:{world.server.port}/dav/{FOLDER}/{NAME}"
    return st.sampled_from([
        "", f"(<{world.token}>)", f"<{own}> (<{world.token}>)", f"<{own}> (Not <urn:x>)",
        f"<{own}> (<{world.token}>) (Not <DAV:no-lock>)", f"<http://victim/dav/> (<{world.token}>)",
    ])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of the intruder."""

    method: str
    target: str
    destination: str
    condition: str
    depth: str
    cold: bool
    """On a new connection, and while there are any with a credential never seen before."""

    def body(self) -> bytes | None:
        """What the method asks for."""
        bodies: dict[str, bytes | str] = {
            "PUT": b"stolen",
            "LOCK": LOCK % "me",
            "PROPPATCH": PROPERTY % "mine",
        }
        body = bodies.get(self.method)
        return body.encode() if isinstance(body, str) else body


def _attempts(world: World) -> st.SearchStrategy[Attempt]:
    return st.builds(
        Attempt, st.sampled_from(METHODS), _urls(world), _urls(world), _conditions(world),
        st.sampled_from(["0", "1", "infinity", ""]), st.booleans(),
    )  # fmt: skip


UNDERSTOOD = [
    Attempt("OPTIONS", "/dav/", "", "", "", False),
    Attempt("PROPFIND", "/dav/", "", "", "1", False),
    Attempt("GET", "/dav/%2e%2e%2f", "", "", "", False),
    Attempt("GET", f"/dav/{FOLDER}/{NAME}", "", "", "", False),
]
"""Answered 200, 207, 400 and 404: chance alone would sometimes leave one of these out."""


async def _send(world: World, client: Client, attempt: Attempt) -> Answer:
    fields = {"Destination": attempt.destination, "If": attempt.condition, "Depth": attempt.depth}
    if attempt.method == "UNLOCK":
        fields["Lock_Token"] = f"<{world.token}>"
    return await client.request(attempt.method, attempt.target, attempt.body(), **fields)


def test_no_request_of_another_reaches_the_vault(world: World) -> None:
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )  # fmt: skip
    @given(st.lists(_attempts(world), min_size=1, max_size=6))
    @example(UNDERSTOOD)
    def run(attempts: list[Attempt]) -> None:
        statuses.update(asyncio.run(_all(world, attempts)))

    before = asyncio.run(world.seen())
    assert SECRET.encode() * 9 in before
    run()
    assert asyncio.run(world.seen()) == before
    assert {200, 207, 400, 404} <= statuses  # what was sent was understood, not refused at the door
    assert not {status for status in statuses if status >= 500} - {501, 502}


async def _all(world: World, attempts: list[Attempt]) -> list[int]:
    before, statuses = await world.seen(), []
    client = Client(world.server.port, world.intruder.authorization)
    for attempt in attempts:
        if attempt.cold:
            await client.close()
            token = world.unseen.pop() if world.unseen else world.intruder.token
            client.authorization = basic("intruder", token)
        answer = await _send(world, client, attempt)
        assert SECRET.encode() not in answer.head + answer.body, (attempt, answer)
        statuses.append(answer.status)
        if answer.head.startswith(b"HTTP/1.0"):  # to what is no request; it ends the connection
            await client.close()
    await client.close()
    assert await world.seen() == before, attempts
    return statuses


@pytest.mark.parametrize("method", METHODS)
async def test_a_token_opens_its_owners_vault_alone_warm_and_cold(
    world: World, method: str
) -> None:
    before = await world.seen()
    mixed = basic("victim", world.intruder.token)
    for warm in (False, True):
        client = Client(world.server.port, world.intruder.authorization)
        if warm:
            assert (await client.request("OPTIONS", "/dav/")).status == 200
        target = f"/dav/{FOLDER}/{NAME}"
        answer = await client.request(method, target, None, Authorization=mixed, Depth="0")
        unknown = method in ("POST", "PATCH", "REPORT", "SEARCH")
        assert answer.status in ((405, 501) if unknown else (401,))
        assert SECRET.encode() not in answer.body
        await client.close()
    assert await world.seen() == before
