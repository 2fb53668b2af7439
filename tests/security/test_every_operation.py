"""Every operation of the OpenAPI document, asked by everybody whose matter it is not.

Each variable of a path is something that exists and is another's: ada's document, credential or
link, or a batch of the baccalauréat's issuer. No answer holds anything of it, each has a status
that the document names, and afterwards everything is as it was.
"""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.issuing.deliveries.test_batches import exported
from tests.issuing.house import URL, House, house
from tests.rest.callers import HOUR, Caller, Heard
from tests.rest.signing import Signed, new_key, pem
from vault_core.scopes import SCOPES
from vault_core.vault.keys import keyslots
from vault_core.vault.persons.person import Facts
from vault_core.vault.vault import Vault

NAME, CONTENT, BATCH, LABEL = "hidden-51aa.txt", "content-9c1f", "batch-77d0.csv", "phone-30b2"
HERS = (NAME, CONTENT, LABEL)
METHODS = frozenset({"get", "head", "put", "post", "patch", "delete", "options"})


@dataclass(frozen=True)
class Route:
    """One operation as the document has it."""

    method: str
    path: str
    variables: frozenset[str]
    security: tuple[str, ...]
    """The names of what lets somebody in; empty: open to everybody."""
    staff: bool
    """Whether a role is asked for."""
    statuses: frozenset[str]

    @property
    def of_issuers(self) -> bool:
        return "signature" in self.security


@dataclass
class Town:
    """What there is of others, and who asks for it."""

    house: House
    ada: Vault
    ids: Mapping[str, str]
    routes: list[Route]

    async def state(self) -> object:
        """All that must be as it was."""
        nodes = [(path, node.id, node.changed) for path, node in await self.ada.walk((), 100)]
        slots = [(slot.id, slot.kind) for slot in await keyslots.listing(self.ada)]
        batches = [(one.id, one.state) for one in await self.house.institution.batches.newest()]
        return nodes, slots, batches


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with house(tmp_path / "data") as running:
        holder = await running.holder("bac", running.row("bac"))
        ada = await running.open(holder)
        written = await ada.write((NAME,), _piece(CONTENT.encode()))
        slot, _ = await keyslots.add_app_password(ada, LABEL)
        batch = await running.institution.batches.submit(
            "bac", io.BytesIO(exported(running, [])), BATCH, "command", held=True
        )
        document = written.node.id.hex()
        ids = {
            "document": document, "folder": document, "upload": document, "review": document,
            "credential": slot.id.hex(), "factor": slot.id.hex(), "link": slot.id.hex(),
            "batch": batch.id,
            "name": "x", "number": "1", "move": "cancel", "issuer": batch.issuer,
            "purpose": "message",
        }  # fmt: skip
        found = Town(running, ada, ids, await _routes(running))
        before = await found.state()
        yield found
        assert await found.state() == before


async def _piece(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _routes(running: House) -> list[Route]:
    async with ClientSession() as client, client.get(f"{running.url}/api/openapi.json") as answer:
        document = await answer.json()
    found = list(_read(document))
    assert len(found) > 60
    return found


def _read(document: Mapping[str, Any]) -> Iterator[Route]:
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            if method in METHODS:
                yield Route(
                    method.upper(), path, frozenset(re.findall(r"\{(\w+)\}", path)),
                    tuple(name for way in one["security"] for name in way),
                    "\nFor: " in f"\n{one.get('description', '')}", frozenset(one["responses"]),
                )  # fmt: skip


async def _ask(town: Town, call: Caller, route: Route) -> Heard:
    heard = await call(route.method, route.path.format_map(town.ids))
    told = (route.method, route.path, heard.status)
    assert heard.status < 500, told
    assert str(heard.status) in route.statuses or "default" in route.statuses, told
    for secret in HERS:
        assert secret.encode() not in heard.body, told
    return heard


@asynccontextmanager
async def _person(town: Town, username: str, *roles: str) -> AsyncIterator[Caller]:
    institution = town.house.institution
    added = await institution.persons.add(username, Facts())
    assert added.activation_code
    for role in roles:
        person = await institution.persons.find(username)
        assert await institution.roles.grant(person, role)  # type: ignore[arg-type]
    vault = await institution.vaults.open_by_code("activation", username, added.activation_code)
    _, token = await keyslots.add_token(vault, "all", list(SCOPES), vault.actor().at + HOUR)
    async with ClientSession() as client:
        yield Caller(client, town.house.url, {"Authorization": f"Bearer {token}"})


async def test_nobody(town: Town) -> None:
    async with ClientSession() as client:
        for route in town.routes:
            heard = await _ask(town, Caller(client, town.house.url, {}), route)
            assert BATCH.encode() not in heard.body, route
            assert not route.security or heard.status == 401, (route, heard.status)


async def test_another_person(town: Town) -> None:
    async with _person(town, "bob") as call:
        for route in town.routes:
            heard = await _ask(town, call, route)
            assert BATCH.encode() not in heard.body, route
            if route.staff or route.security == ("session",):
                assert heard.status in (401, 403), (route, heard.status)
            elif route.security and route.variables - {"name"}:
                assert heard.status >= 400, (route, heard.status)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
async def test_staff_that_does_not_deliver(town: Town, role: str) -> None:
    async with _person(town, "carl", role) as call:
        for route in town.routes:
            heard = await _ask(town, call, route)
            assert BATCH.encode() not in heard.body, route
            if route.staff:
                assert heard.status == 403, (route, heard.status)


async def test_an_operator_sees_batches_and_no_vault(town: Town) -> None:
    async with _person(town, "olga", "operator") as call:
        for route in town.routes:
            if "move" not in route.variables:
                heard = await _ask(town, call, route)
                if not route.staff and route.security and route.variables - {"name"}:
                    assert heard.status >= 400, (route, heard.status)
        assert BATCH.encode() in (await call("GET", "batches")).body


async def test_another_issuers_token(town: Town) -> None:
    _, secret = await town.house.institution.issuer_tokens.make(_other(town), "x", 1, "command")
    async with ClientSession() as client:
        call = Caller(client, town.house.url, {"Authorization": f"Bearer {secret}"})
        for route in town.routes:
            _check_stranger(route, await _ask(town, call, route))
        assert (await call("GET", "batches")).json["items"] == []


async def test_another_issuers_signature(town: Town) -> None:
    key = new_key("ed25519")
    keys = town.house.institution.request_keys
    await keys.register(_other(town), "nightly", pem(key), 30, "command")
    async with ClientSession() as client:
        for route in town.routes:
            signed = Signed(key, URL + route.path.format_map(town.ids), route.method)
            call = Caller(client, town.house.url, signed.fields())
            _check_stranger(route, await _ask(town, call, route))


def _other(town: Town) -> str:
    return next(one for one in sorted(town.house.institution.plugins.issuers)
                if one != town.ids["issuer"])  # fmt: skip


def _check_stranger(route: Route, heard: Heard) -> None:
    """An issuer's program hands in and follows what is its own, and does nothing else."""
    told = (route, heard.status, heard.body)
    assert BATCH.encode() not in heard.body, told
    if route.of_issuers and "batch" in route.variables:
        assert heard.status == 404, told
    elif route.security and not route.of_issuers:
        assert heard.status in (401, 403), told
