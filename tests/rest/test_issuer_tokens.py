"""Tokens of issuers' programs: one issuer, a time, batches only, gone when revoked."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from tests.issuing.deliveries.test_batches import exported, people
from tests.issuing.house import House, house
from tests.rest.callers import Caller
from vault_core.errors import AccessDenied, BadRequest, NodeNotFound
from vault_core.store.catalog import Unit

CSV = {"Content_Type": "text/csv"}


@pytest.fixture
async def running(tmp_path) -> AsyncIterator[House]:  # type: ignore[no-untyped-def]
    async with house(tmp_path / "data") as found:
        yield found


@asynccontextmanager
async def program(running: House, issuer: str, **options: bool) -> AsyncIterator[Caller]:
    _, secret = await running.institution.issuer_tokens.make(
        issuer, "nightly export", 30, "command", **options
    )
    async with ClientSession() as client:
        yield Caller(client, running.url, {"Authorization": f"Bearer {secret}"})


def issuers(running: House) -> tuple[str, str]:
    """Who issues the baccalauréat, and somebody else."""
    mine = running.institution.plugins.issuer_of("bac").id
    other = next(one for one in sorted(running.institution.plugins.issuers) if one != mine)
    return mine, other


async def test_a_program_hands_in_follows_and_is_receipted(running: House) -> None:
    mine, other = issuers(running)
    data = exported(running, await people(running, 2))
    async with program(running, mine) as call, program(running, other) as stranger:
        pushed = await call("POST", "batches?type=bac&name=x", data, **CSV, Idempotency_Key="1")
        assert pushed.status == 202
        batch = pushed.json["id"]
        again = await call("POST", "batches?type=bac&name=x", data, **CSV, Idempotency_Key="1")
        assert again.json["id"] == batch
        await running.institution.worker.work_off()
        assert (await call("GET", f"batches/{batch}")).json["delivered"] == 2
        assert (await call("GET", f"batches/{batch}/receipt")).status == 200
        assert [one["id"] for one in (await call("GET", "batches")).json["items"]] == [batch]

        assert (await stranger("GET", "batches")).json["items"] == []
        for path in ("", "/faults", "/receipt"):
            assert (await stranger("GET", f"batches/{batch}{path}")).status == 404
        assert (await stranger("POST", f"batches/{batch}/cancel")).status == 404
        refused = await stranger("POST", "batches?type=bac&name=x", data, **CSV)
        assert refused.status == 403


async def test_others_deliveries_do_not_push_a_programs_own_out_of_its_list(
    running: House,
) -> None:
    mine, other = issuers(running)
    batches = running.institution.batches
    foreign = next(
        name for name in sorted(running.institution.plugins.document_types)
        if running.institution.plugins.issuer_of(name).id == other
    )  # fmt: skip
    own = await batches.submit("bac", io.BytesIO(exported(running, [])), "x", "command", held=True)
    columns = ";".join(column.names[0] for column in running.type(foreign).columns)
    for number in range(200):
        data = io.BytesIO(f"{columns}\n{number}".encode())
        await batches.submit(foreign, data, f"{number}", "command", held=True)
    async with program(running, mine) as call:
        heard = await call("GET", "batches")
        assert [one["id"] for one in heard.json["items"]] == [own.id]


async def test_a_program_does_nothing_else(running: House) -> None:
    mine, _ = issuers(running)
    async with program(running, mine) as call, program(running, mine, writes=False) as looking:
        for path in ("account", "documents", "reviews", "credentials", "journal"):
            assert (await call("GET", path)).status == 403, path
        assert (await looking("GET", "batches")).status == 200
        data = exported(running, await people(running, 1))
        assert (await looking("POST", "batches?type=bac&name=x", data, **CSV)).status == 403
        dav = await call("PROPFIND", "/dav/")
        assert dav.status == 401


async def test_a_token_ends(running: House) -> None:
    mine, _ = issuers(running)
    tokens = running.institution.issuer_tokens
    made, secret = await tokens.make(mine, "x", 1, "command")
    assert (await tokens.find(secret)).id == made.id
    await tokens.revoke(made.id, "command")
    for lost in (secret, secret[:-1] + "A", "parchemin_issuer_", ""):
        with pytest.raises(AccessDenied):
            await tokens.find(lost)
    with pytest.raises(NodeNotFound):
        await tokens.revoke(made.id, "command")
    _, late = await tokens.make(mine, "x", 1, "command")
    await running.institution.catalog.commit(_expire)
    with pytest.raises(AccessDenied):
        await tokens.find(late)
    verbs = await running.institution.catalog.fetch("SELECT verb FROM acts ORDER BY number")
    assert [row[0] for row in verbs] == [
        "issuer-token-add", "issuer-token-revoke", "issuer-token-add",
    ]  # fmt: skip


def _expire() -> Unit[None]:
    yield "UPDATE issuer_tokens SET expires_at = 1", ()


async def test_impossible_tokens_are_refused_and_secrets_are_not_kept(running: House) -> None:
    mine, _ = issuers(running)
    tokens = running.institution.issuer_tokens
    for label, days in (("", 1), ("x", 0), ("x", 367)):
        with pytest.raises(BadRequest):
            await tokens.make(mine, label, days, "command")
    with pytest.raises(NodeNotFound):
        await tokens.make("nobody", "x", 1, "command")
    _, secret = await tokens.make(mine, "x", 1, "command")
    [row] = await running.institution.catalog.fetch("SELECT * FROM issuer_tokens")
    assert secret not in [cell for cell in row if isinstance(cell, str)]
    assert re.fullmatch(r"parchemin_issuer_[\w-]{43}", secret)
