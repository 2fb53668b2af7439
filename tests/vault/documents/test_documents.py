"""Writing and reading documents: sizes, ranges, types, conditions, versions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator

import pytest

from tests.vault.workers import Pieces, Worker, at, content, names, pieces
from vault_core.errors import (
    BadRequest,
    IsAFolder,
    IssuedContent,
    NodeNotFound,
    NotAFolder,
    ParentNotFound,
    PreconditionFailed,
    TooLarge,
)
from vault_core.vault.nodes.node import Precondition
from vault_core.vault.vault import Vault

CHUNK = 64 * 1024
BATCH = 512 * 1024
SIZES = sorted(
    {0, 1, 100, 65_000, 3 * BATCH + 7}
    | {size + more for size in (CHUNK, 2 * CHUNK, BATCH, 2 * BATCH) for more in (-1, 0, 1)}
)
DATA = os.urandom(max(SIZES))
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [100_000, 7_777])
async def test_every_size_comes_back(vault: Vault, same: Vault, size: int, step: int) -> None:
    written = await vault.write(("x",), pieces(DATA[:size], step), size=size)
    assert written.created
    assert written.node.size == size
    assert written.node.sha256 == hashlib.sha256(DATA[:size]).digest()
    await same.refresh()
    assert await at(vault, "x") == await at(same, "x") == DATA[:size]


@pytest.mark.parametrize("size", [1, CHUNK, 3 * BATCH + 7])
async def test_ranges(vault: Vault, size: int) -> None:
    node = (await vault.write(("x",), pieces(DATA[:size]))).node
    places = {0, 1, size - 1, size, size + 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK}
    for offset in sorted(places):
        for length in (0, 1, CHUNK, CHUNK + 1, size, None):
            end = None if length is None else offset + length
            assert await content(vault, node, offset, length) == DATA[:size][offset:end]


async def test_content_is_not_pulled_before_everything_is_checked(vault: Vault) -> None:
    await vault.make_folder(("folder",))
    refusals = {
        ("no", "x"): ParentNotFound, ("folder",): IsAFolder, (): IsAFolder,
    }  # fmt: skip
    for path, error in refusals.items():
        source = Pieces(b"data")
        with pytest.raises(error):
            await vault.write(path, aiter(source))
        assert source.asked == 0


async def test_a_document_holds_no_others(vault: Vault) -> None:
    await vault.write(("x",), pieces(b"x"))
    with pytest.raises(NotAFolder):
        await vault.write(("x", "y"), pieces(b"y"))
    with pytest.raises(NodeNotFound):
        await vault.find(("x", "y"))


@pytest.mark.parametrize(("sent", "said"), [(10, 11), (11, 10), (100_000, 99_999), (0, 1)])
async def test_a_wrong_length_stores_nothing(
    vault: Vault, first: Worker, sent: int, said: int
) -> None:
    with pytest.raises(BadRequest):
        await vault.write(("x",), pieces(DATA[:sent]), size=said)
    await _nothing_is_stored(vault, first)


@pytest.mark.parametrize("after", [0, 1000, 300_000, 2_000_000])
async def test_a_broken_upload_stores_nothing(vault: Vault, first: Worker, after: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield DATA[:after]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await vault.write(("x",), broken())
    await _nothing_is_stored(vault, first)


async def _nothing_is_stored(vault: Vault, worker: Worker) -> None:
    assert await names(vault) == []
    assert (await vault.quota()).used == 0
    assert [info async for info in worker.blobs.list()] == []
    assert await worker.catalog.fetch("SELECT id FROM blobs") == []


async def test_a_document_larger_than_allowed_is_refused(vault: Vault, first: Worker) -> None:
    vault.opened.services.limits.document = 200_000
    for size in (200_001, None):
        with pytest.raises(TooLarge):
            await vault.write(("x",), pieces(DATA[:200_001]), size=size)
    await _nothing_is_stored(vault, first)


async def test_types_are_told_by_content_and_name(vault: Vault) -> None:
    cases = {"a.txt": b"text", "b.pdf": b"%PDF-1.7\n", "c": PNG, "d.html": b"<p>"}
    found = {n: (await vault.write((n,), pieces(d))).node.media_type for n, d in cases.items()}
    assert found["a.txt"] == "text/plain"
    assert found["b.pdf"] == "application/pdf"
    assert found["c"] == "image/png"
    assert found["d.html"] == "text/html"


CONDITIONS = {
    "must not exist, and does": ("x", Precondition(must_exist=False), False),
    "must not exist": ("new", Precondition(must_exist=False), True),
    "must exist": ("x", Precondition(must_exist=True), True),
    "must exist, and does not": ("new", Precondition(must_exist=True), False),
    "another tag": ("x", Precondition(etags=frozenset({"other"})), False),
    "not this tag": ("x", Precondition(not_etags=frozenset({"other"})), True),
}


@pytest.mark.parametrize("case", CONDITIONS)
async def test_conditions(vault: Vault, case: str) -> None:
    await vault.write(("x",), pieces(b"old"))
    name, condition, holds = CONDITIONS[case]
    if holds:
        await vault.write((name,), pieces(b"new"), condition=condition)
        assert await at(vault, name) == b"new"
        return
    with pytest.raises(PreconditionFailed):
        await vault.write((name,), pieces(b"new"), condition=condition)
    assert await at(vault, "x") == b"old"


async def test_a_condition_is_checked_again_at_the_commit(vault: Vault, same: Vault) -> None:
    """Another process replaces the document while this one's content is still coming."""
    node = (await vault.write(("x",), pieces(b"old"))).node
    await same.refresh()

    async def slow() -> AsyncIterator[bytes]:
        yield b"mine"
        await same.write(("x",), pieces(b"theirs"))

    with pytest.raises(PreconditionFailed):
        await vault.write(("x",), slow(), condition=Precondition(etags=frozenset({node.etag})))
    assert await at(vault, "x") == b"theirs"


LATE = {
    "move": lambda vault, which: vault.move(("x",), ("y",), overwrite=False, condition=which),
    "copy": lambda vault, which: vault.copy(("x",), ("y",), overwrite=False, condition=which),
    "delete": lambda vault, which: vault.delete(("x",), condition=which),
    "describe": lambda vault, which: vault.set_properties(
        ("x",), {"{u}a": "<a/>"}, condition=which
    ),
}
"""Changes under the condition that the document is still what it was."""


@pytest.mark.parametrize("case", LATE)
async def test_no_change_is_made_to_what_another_process_made_of_it(
    vault: Vault, same: Vault, case: str
) -> None:
    """This process has not heard of the replacement: the commit must notice."""
    node = (await vault.write(("x",), pieces(b"old"))).node
    await same.refresh()
    assert (await same.find(("x",))).etag == node.etag
    await vault.write(("x",), pieces(b"theirs"))
    with pytest.raises(PreconditionFailed):
        await LATE[case](same, Precondition(etags=frozenset({node.etag})))
    await vault.refresh()
    assert await names(vault) == ["x"]
    assert await at(vault, "x") == b"theirs"
    assert not (await vault.find(("x",))).properties


async def test_what_is_replaced_is_kept(vault: Vault) -> None:
    for number in range(4):
        await vault.write(("x",), pieces(DATA[: number * 50_000 + 1]))
    versions = await vault.versions(("x",))
    assert [version.size for version in versions] == [100_001, 50_001, 1]
    for version in versions:
        data = [bytes(part) async for part in vault.read_version(("x",), version.number)]
        assert b"".join(data) == DATA[: version.size]
    assert (await vault.quota()).used == 150_001 + 100_001 + 50_001 + 1


async def test_the_oldest_versions_go_and_so_do_their_blobs(vault: Vault, first: Worker) -> None:
    vault.opened.services.limits.versions = 3
    for number in range(8):
        await vault.write(("x",), pieces(DATA[: 100_000 + number]))
    assert [v.size - 100_000 for v in await vault.versions(("x",))] == [6, 5, 4]
    assert len([info async for info in first.blobs.list()]) == 4
    assert (await vault.quota()).used == 400_000 + 7 + 6 + 5 + 4


async def test_no_version_is_kept_where_none_is_wanted(vault: Vault, first: Worker) -> None:
    vault.opened.services.limits.versions = 0
    for number in range(3):
        await vault.write(("x",), pieces(DATA[: 100_000 + number]))
    assert await vault.versions(("x",)) == []
    assert len([info async for info in first.blobs.list()]) == 1
    assert (await vault.quota()).used == 100_002


async def test_a_version_is_restored_and_what_was_there_becomes_one(vault: Vault) -> None:
    for text in (b"one", b"two", b"three"):
        await vault.write(("x",), pieces(text))
    oldest = (await vault.versions(("x",)))[-1]
    await vault.restore_version(("x",), oldest.number)
    assert await at(vault, "x") == b"one"
    assert [version.size for version in await vault.versions(("x",))] == [5, 3, 3]
    with pytest.raises(NodeNotFound):
        await vault.restore_version(("x",), 10**9)


async def test_an_issued_document_keeps_its_bytes(first: Worker, vault: Vault) -> None:
    await first.deliver("ada", data=b"%PDF issued")
    await vault.refresh()
    path = ("Attestations", "Examens", "Diplôme.pdf")
    with pytest.raises(IssuedContent):
        await vault.write(path, pieces(b"forged"))
    await vault.copy(path, ("mine.pdf",), overwrite=False)
    await vault.write(("mine.pdf",), pieces(b"changed"))
    assert (await vault.find(("mine.pdf",))).origin is None
    await vault.move(path, ("renamed.pdf",), overwrite=False)
    assert await at(vault, "renamed.pdf") == b"%PDF issued"
    assert (await vault.find(("renamed.pdf",))).origin is not None
