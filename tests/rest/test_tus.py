"""Resumable uploads over real sockets: the protocol, its races, and what the disk shows."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests import stores
from tests.rest.callers import Api, Caller, Heard
from vault_core.rest.tus import EXTENSIONS, PART, PATH
from vault_core.vault import uploading
from vault_core.vault.nodes.node import Node
from vault_core.vault.upkeep.maintenance import Maintenance, Retention
from vault_core.vault.uploading import KEPT

TUS = {"Tus_Resumable": "1.0.0"}


def said(**metadata: str) -> str:
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items()
    )


async def create(call: Caller, length: int, data: Any = None, **metadata: str) -> Heard:
    fields = {"Upload_Length": str(length), "Upload_Metadata": said(**metadata), **TUS}
    if data is not None:
        fields["Content_Type"] = PART
    return await call("POST", PATH, data, **fields)


async def patch(call: Caller, where: str, offset: int, data: Any, **fields: str) -> Heard:
    sent = {"Upload_Offset": str(offset), "Content_Type": PART, **TUS, **fields}
    return await call("PATCH", where, data, **sent)


async def offset(call: Caller, where: str) -> int:
    heard = await call("HEAD", where, **TUS)
    assert heard.status == 200
    assert heard.headers["Cache-Control"] == "no-store"
    return int(heard.headers["Upload-Offset"])


async def content(api: Api, *path: str) -> bytes:
    vault = await api.vault()
    await vault.refresh()
    node = await vault.find(path)
    data = b"".join([bytes(piece) async for piece in vault.read(node)])
    assert hashlib.sha256(data).digest() == node.sha256
    return data


async def used(api: Api) -> int:
    return (await (await api.vault()).quota()).used


async def test_an_upload_in_parts_becomes_a_document(api: Api) -> None:
    data = os.urandom(300_000)
    async with api.program("ada", "documents:write") as call:
        made = await create(call, len(data), path="/Été/in/a.bin", filetype="x/y", modified="1000")
        assert (made.status, made.headers["Upload-Offset"]) == (201, "0")
        assert made.headers["Tus-Resumable"] == "1.0.0"
        assert "GMT" in made.headers["Upload-Expires"]
        where = made.headers["Location"]
        assert await used(api) == len(data)
        at = 0
        for size in (1, 65_535, 65_536, 100_000, 68_928):
            heard = await patch(call, where, at, data[at : at + size])
            assert heard.status == 204
            at += size
            assert int(heard.headers["Upload-Offset"]) == at == await offset(call, where)
        assert len(bytes.fromhex(heard.headers["Parchemin-Document"])) == 16
        head = await call("HEAD", where, **TUS)
        assert head.headers["Upload-Length"] == str(len(data))
        assert head.headers["Upload-Metadata"].startswith("path ")
    assert await content(api, "Été", "in", "a.bin") == data
    node = await (await api.vault()).find(("Été", "in", "a.bin"))
    assert (node.media_type, node.modified_at) == ("x/y", 1000)
    assert await used(api) == len(data)
    catalog = api.site.institution.catalog
    assert await catalog.fetch("SELECT * FROM upload_parts") == []
    assert len(await catalog.fetch("SELECT id FROM blobs")) == 1
    report = await Maintenance(
        catalog, api.site.institution.blobs, api.site.institution.vaults.services.clock
    ).check()
    assert report.problems == []


async def test_the_protocol_says_what_it_knows(api: Api) -> None:
    async with api.stranger() as call:
        heard = await call("OPTIONS", PATH)
    assert (heard.status, heard.headers["Tus-Version"]) == (204, "1.0.0")
    assert heard.headers["Tus-Extension"] == EXTENSIONS
    assert int(heard.headers["Tus-Max-Size"]) > 10**9


async def test_bytes_can_come_with_the_creation_and_nothing_is_a_document_too(api: Api) -> None:
    async with api.browser() as call:
        whole = await create(call, 5, b"hello", filename="a.txt")
        assert (whole.status, whole.headers["Upload-Offset"]) == (201, "5")
        half = await create(call, 5, b"he", filename="b.txt")
        assert half.headers["Upload-Offset"] == "2"
        assert (await patch(call, half.headers["Location"], 2, b"llo")).status == 204
        assert "Parchemin-Document" in (await create(call, 0, filename="c.txt")).headers
    assert await content(api, "a.txt") == await content(api, "b.txt") == b"hello"
    assert await content(api, "c.txt") == b""


REFUSED: Mapping[str, tuple[dict[str, str], int]] = {
    "no version": ({"Tus_Resumable": ""}, 412),
    "another version": ({"Tus_Resumable": "0.2.2"}, 412),
    "no length": ({"Upload_Length": ""}, 400),
    "a length that is none": ({"Upload_Length": "-1"}, 400),
    "a huge length": ({"Upload_Length": "9" * 18}, 413),
    "more than the quota": ({"Upload_Length": "4999999999"}, 507),
    "no name": ({"Upload_Metadata": ""}, 400),
    "no base64": ({"Upload_Metadata": "filename ?"}, 400),
    "a name that is none": ({"Upload_Metadata": said(filename="..")}, 400),
    "a deep path": ({"Upload_Metadata": said(path="a/" * 300)}, 400),
    "a folder that is none": ({"Upload_Metadata": said(folder="f" * 32, filename="a")}, 404),
    "a strange wish": ({"Upload_Metadata": said(filename="a", taken="steal")}, 400),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_begin(api: Api, name: str) -> None:
    fields, status = REFUSED[name]
    good = {"Upload_Length": "5", "Upload_Metadata": said(filename="a"), **TUS}
    async with api.browser() as call:
        if status == 507:
            assert (await create(call, 2 * 10**6, filename="b")).status == 201
        heard = await call("POST", PATH, None, **{**good, **fields})
    assert heard.status == status
    assert heard.headers["Content-Type"].startswith("application/problem+json")
    assert heard.headers["Tus-Resumable"] == "1.0.0"


async def test_what_cannot_be_appended(api: Api) -> None:
    async with api.browser() as call:
        where = (await create(call, 5, b"he", filename="a")).headers["Location"]
        assert (await patch(call, where, 1, b"ell")).status == 409
        assert (await patch(call, where, 2, b"lloo")).status == 413
        assert (await patch(call, where, 2, b"l", Content_Type="text/plain")).status == 415
        assert (await patch(call, where, 2, b"l", Content_Encoding="gzip")).status == 415
        assert (await patch(call, f"{PATH}/{'0' * 32}", 0, b"l")).status == 404

        async def endless() -> AsyncIterator[bytes]:
            yield b"lloo"

        assert (await patch(call, where, 2, endless())).status == 413
        assert await offset(call, where) == 2
        assert (await call("DELETE", where, **TUS)).status == 204
        assert (await call("HEAD", where, **TUS)).status == 404
        assert (await patch(call, where, 2, b"llo")).status == 404
    assert await used(api) == 0
    assert await api.site.institution.catalog.fetch("SELECT id FROM blobs") == []


@pytest.mark.parametrize("name", ["sha1", "sha256"])
async def test_a_wrong_checksum_keeps_nothing(api: Api, name: str) -> None:
    def field(data: bytes) -> str:
        return f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"

    async with api.browser() as call:
        where = (await create(call, 5, filename="a")).headers["Location"]
        assert (await patch(call, where, 0, b"hello", Upload_Checksum=field(b"x"))).status == 460
        assert await offset(call, where) == 0
        assert (await patch(call, where, 0, b"h", Upload_Checksum="md5 eA==")).status == 400
        heard = await patch(call, where, 0, b"hello", Upload_Checksum=field(b"hello"))
        assert heard.status == 204
    assert await content(api, "a") == b"hello"


async def test_what_came_before_the_connection_broke_counts(api: Api) -> None:
    data = os.urandom(400_000)
    async with api.program("ada", "documents:write") as call:
        where = (await create(call, len(data), filename="a")).headers["Location"]
        sent = asyncio.Event()

        async def broken() -> AsyncIterator[bytes]:
            yield data[:200_000]
            sent.set()
            await asyncio.sleep(60)

        sending = asyncio.create_task(patch(call, where, 0, broken()))
        await sent.wait()
        while not await _stored(api):
            await asyncio.sleep(0.05)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        at = await offset(call, where)
        assert 0 < at <= 200_000
        assert (await patch(call, where, at, data[at:])).status == 204
    assert await content(api, "a") == data


async def _stored(api: Api) -> bool:
    return bool(await api.site.institution.catalog.fetch("SELECT 1 FROM upload_parts"))


async def _holder(api: Api) -> bytes:
    ((holder,),) = await api.site.institution.catalog.fetch("SELECT holder FROM uploads")
    return bytes(holder)


async def test_an_offset_that_was_told_stays_true(api: Api) -> None:
    """A HEAD cuts off whoever still sends: nothing of that counts afterwards."""
    data = os.urandom(500_000)
    async with api.browser() as call:
        where = (await create(call, len(data), filename="a")).headers["Location"]
        nobody = await _holder(api)
        going, go = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield data[:100_000]
            going.set()
            await go.wait()
            yield data[100_000:200_000]

        sending = asyncio.create_task(patch(call, where, 0, slow()))
        await going.wait()
        async with asyncio.timeout(60):
            while await _holder(api) == nobody:  # what was sent may not have arrived yet
                await asyncio.sleep(0.01)
        at = await offset(call, where)
        go.set()
        await asyncio.gather(sending, return_exceptions=True)
        assert await offset(call, where) == at
        assert (await patch(call, where, at, data[at:])).status == 204
    assert await content(api, "a") == data


class Bytes:
    """A client that sends this and no more."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def read(self, seconds: float) -> bytes:
        """All of it, once."""
        data, self.data = self.data, b""
        return data


async def test_two_processes_never_both_append(api: Api) -> None:
    """As another worker does it: it takes the upload over by the catalog alone."""
    vault, here, there = await api.vault(), uploading.Uploading(), uploading.Uploading()

    begun = await here.begin(vault, uploading.Target(("a",)), 10)
    mine = await here.take(vault, begun.row.id)
    theirs = await there.take(vault, begun.row.id)
    with pytest.raises(uploading.UploadTaken):
        await here.append(vault, mine, Bytes(b"hello"), 5)
    grown, _ = await there.append(vault, theirs, Bytes(b"world"), 5)
    assert grown.row.received == 5
    grown, _ = await there.append(vault, grown, Bytes(b"world"), 5)
    nodes = await asyncio.gather(here.finish(vault, grown), there.finish(vault, grown))
    assert len(set(nodes)) == 1
    assert await content(api, "a") == b"worldworld"
    assert [node.name for node in await vault.children(await vault.find(()))] == ["a"]


async def test_two_processes_that_finish_where_names_are_refused_are_not_in_each_others_way(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document that refuses the second one its name is the second one's own."""
    vault, here, there = await api.vault(), uploading.Uploading(), uploading.Uploading()
    begun = await here.begin(vault, uploading.Target(("a",), taken="refuse"), 5)
    grown, _ = await here.append(vault, await here.take(vault, begun.row.id), Bytes(b"hello"), 5)
    held, go, real = asyncio.Event(), asyncio.Event(), uploading._placed

    async def placed(*arguments: Any) -> Node:
        if not held.is_set():
            held.set()
            await go.wait()
        return await real(*arguments)

    monkeypatch.setattr(uploading, "_placed", placed)
    slow = asyncio.create_task(there.finish(vault, grown))
    await held.wait()
    node = await here.finish(vault, grown)
    go.set()
    assert await slow == node
    assert await content(api, "a") == b"hello"
    assert len([info async for info in api.site.institution.blobs.list()]) <= 1


async def test_the_stores_show_ciphertext_only(api: Api) -> None:
    marker = b"plainly-readable-marker" * 20_000
    async with api.browser() as call:
        made = await create(call, len(marker) * 2, marker, filename="secret-name.txt")
        assert made.headers["Upload-Offset"] == str(len(marker))
    seen = b"".join(stores.stored(api.site.institution.data_dir).values())
    assert len(seen) > len(marker)
    assert b"plainly-readable" not in seen
    assert b"secret-name" not in seen


async def test_names_that_are_taken(api: Api) -> None:
    async with api.browser() as call:
        for taken in ("rename", "rename", "replace", "refuse"):
            heard = await create(call, len(taken), taken.encode(), filename="a.txt", taken=taken)
            assert heard.status == (412 if taken == "refuse" else 201), taken
    assert await content(api, "a.txt") == b"replace"
    assert await content(api, "a (2).txt") == b"rename"


async def test_abandoned_uploads_are_collected(api: Api) -> None:
    institution = api.site.institution
    async with api.browser() as call:
        where = (await create(call, 200_000, os.urandom(150_000), filename="a")).headers["Location"]
        clock = institution.vaults.services.clock
        later = Maintenance(institution.catalog, institution.blobs, lambda: clock() + KEPT)
        assert (await institution.maintenance.check(repair=True)).problems == []
        await institution.maintenance.expire(Retention())
        assert await offset(call, where) == 150_000
        await later.expire(Retention())  # the session too
    async with api.browser() as call:
        assert (await call("HEAD", where, **TUS)).status == 404
    assert await used(api) == 0
    assert await institution.catalog.fetch("SELECT id FROM blobs") == []
    assert [info async for info in institution.blobs.list()] == []


async def test_nobody_else_reaches_an_upload(api: Api) -> None:
    async with api.browser() as call, api.program("bob") as bob:
        where = (await create(call, 5, b"he", filename="a")).headers["Location"]
        assert (await bob("HEAD", where, **TUS)).status == 404
        assert (await patch(bob, where, 2, b"llo")).status == 404
        assert (await bob("DELETE", where, **TUS)).status == 404
        assert await offset(call, where) == 2
    async with api.program("ada", "documents:read") as reading:
        assert (await patch(reading, where, 2, b"llo")).status == 403
