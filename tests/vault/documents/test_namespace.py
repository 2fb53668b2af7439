"""Names and places: folders, moving, copying, deleting, restoring, and very many nodes."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from tests.vault.workers import Worker, at, names, pieces, tree
from vault_core.crypto.sealed import Keyring
from vault_core.errors import (
    Forbidden,
    InvalidName,
    NodeExists,
    NodeNotFound,
    ParentNotFound,
    PreconditionFailed,
)
from vault_core.store import changes, nodes
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import ROOT, NodeId
from vault_core.vault.documents.writing import new_folder
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.names import MAX_DEPTH, normalise, numbered
from vault_core.vault.nodes.node import Precondition
from vault_core.vault.vault import Vault


async def fill(vault: Vault) -> None:
    """a/b/c.txt, a/d.txt, e.txt."""
    await vault.make_folder(("a",))
    await vault.make_folder(("a", "b"))
    for path in (("a", "b", "c.txt"), ("a", "d.txt"), ("e.txt",)):
        await vault.write(path, pieces("/".join(path).encode()))


KEPT = {
    "plain": "notes.txt", "spaces": " a  b ", "accents": "été", "cedilla": "ça",
    "Japanese": "日本語.txt", "emoji": "🎓", "Arabic": "شهادة", "dots": "...", "dot last": "a.",
    "reserved on Windows": "CON", "colon": "a:b", "backslash": "a\\b", "quotes": "\"'",
    "markup": "<script>", "percent": "%2e%2e%2f", "question": "what?", "star": "*", "pipe": "a|b",
    "tilde": "~", "dash": "-rf", "joined emoji": "👩\u200d🎓", "255 bytes": "x" * 255,
    "255 bytes, accents": "é" * 127 + "x", "Finder's": "._a", "sql": "'; DROP TABLE nodes; --",
}  # fmt: skip
REFUSED = {
    "empty": "", "dot": ".", "dots": "..", "slash": "a/b", "NUL": "a\0b", "line feed": "a\nb",
    "carriage return": "a\rb", "escape": "\x1b[31m", "delete": "\x7f", "C1": "a\x85b",
    "256 bytes": "x" * 256, "256 bytes, accents": "é" * 128, "lone surrogate": "a\ud800",
    "right to left": "gpj.\u202eexe", "isolate": "a\u2066b", "line separator": "a\u2028b",
    "256 bytes once composed": "\u0958" * 85 + "xx",
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
async def test_a_name_is_kept_as_it_is(vault: Vault, same: Vault, case: str) -> None:
    name = normalise(KEPT[case])
    assert name == KEPT[case]
    await vault.write((name,), pieces(case.encode()))
    await same.refresh()
    assert await names(same) == [name]
    assert await at(same, name) == case.encode()


@pytest.mark.parametrize("case", REFUSED)
def test_a_name_that_nobody_could_use_is_refused(case: str) -> None:
    with pytest.raises(InvalidName):
        normalise(REFUSED[case])


@pytest.mark.parametrize(("one", "other"), [("e\u0301te\u0301", "\u00e9t\u00e9"), ("Å", "Å")])
async def test_every_unicode_form_names_the_same_document(
    vault: Vault, one: str, other: str
) -> None:
    await vault.write((normalise(one),), pieces(b"first"))
    assert not (await vault.write((normalise(other),), pieces(b"second"))).created
    assert await at(vault, normalise(one)) == b"second"


async def test_capitals_make_another_name(vault: Vault) -> None:
    for name in ("a", "A"):
        await vault.write((name,), pieces(name.encode()))
    assert await tree(vault) == {("a",): b"a", ("A",): b"A"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.pdf", "a (2).pdf"), ("a", "a (2)"), (".a", ".a (2)"), ("a.tar.gz", "a.tar (2).gz")],
)
def test_numbered_names(name: str, expected: str) -> None:
    assert numbered(name, 2) == expected
    assert len(numbered("é" * 127 + ".pdf", 2).encode()) <= 255


async def test_a_folder_is_made_once_and_in_a_folder(vault: Vault) -> None:
    await fill(vault)
    for path in (("a",), ("e.txt",), ()):
        with pytest.raises(NodeExists):
            await vault.make_folder(path)
    with pytest.raises(ParentNotFound):
        await vault.make_folder(("no", "folder"))


MOVES = {
    "renamed": (("e.txt",), ("f.txt",)),
    "into a folder": (("e.txt",), ("a", "e.txt")),
    "out of a folder": (("a", "b", "c.txt"), ("c.txt",)),
    "a folder": (("a",), ("z",)),
    "a folder within": (("a", "b"), ("b",)),
    "capitals only": (("e.txt",), ("E.txt",)),
}


@pytest.mark.parametrize("case", MOVES)
@pytest.mark.parametrize("moving", [True, False], ids=["move", "copy"])
async def test_moving_and_copying(vault: Vault, same: Vault, case: str, moving: bool) -> None:
    await fill(vault)
    source, target = MOVES[case]
    expected = dict(await tree(vault))
    for path, data in list(expected.items()):
        if path[: len(source)] == source:
            expected[target + path[len(source) :]] = data
            if moving:
                del expected[path]
    change = vault.move if moving else vault.copy
    assert (await change(source, target, overwrite=False)).created
    assert await tree(vault) == expected
    await same.refresh()
    assert await tree(same) == expected


@pytest.mark.parametrize("moving", [True, False], ids=["move", "copy"])
async def test_what_is_in_the_way_stays_or_goes_to_the_trash(vault: Vault, moving: bool) -> None:
    await fill(vault)
    change = vault.move if moving else vault.copy
    with pytest.raises(PreconditionFailed):
        await change(("e.txt",), ("a", "d.txt"), overwrite=False)
    assert await at(vault, "a", "d.txt") == b"a/d.txt"
    assert not (await change(("e.txt",), ("a",), overwrite=True)).created
    assert await at(vault, "a") == b"e.txt"
    (gone,) = await vault.trash()
    assert gone.name == "a"
    await vault.restore(gone.id)
    assert await at(vault, "a (2)", "b", "c.txt") == b"a/b/c.txt"


FORBIDDEN = {
    "the root": ((), ("x",)),
    "over the root": (("a",), ()),
    "into itself": (("a",), ("a", "x")),
    "deep into itself": (("a",), ("a", "b", "x")),
    "onto itself": (("a",), ("a",)),
    "over what holds it": (("a", "b"), ("a",)),
}


@pytest.mark.parametrize("case", FORBIDDEN)
@pytest.mark.parametrize("moving", [True, False], ids=["move", "copy"])
async def test_what_cannot_be_moved_or_copied(vault: Vault, case: str, moving: bool) -> None:
    await fill(vault)
    before = await tree(vault)
    source, target = FORBIDDEN[case]
    change = vault.move if moving else vault.copy
    with pytest.raises(Forbidden):
        await change(source, target, overwrite=True)
    assert await tree(vault) == before
    assert await vault.trash() == []


async def test_a_copy_shares_content_and_changes_alone(vault: Vault, first: Worker) -> None:
    data = os.urandom(300_000)
    await vault.write(("x",), pieces(data))
    await vault.copy(("x",), ("y",), overwrite=False)
    assert len([info async for info in first.blobs.list()]) == 1
    assert (await vault.quota()).used == 600_000
    await vault.write(("y",), pieces(b"changed"))
    assert await at(vault, "x") == data


async def test_a_shallow_copy_is_an_empty_folder(vault: Vault) -> None:
    await fill(vault)
    await vault.copy(("a",), ("z",), overwrite=False, recursive=False)
    assert await names(vault, "z") == []


async def test_dead_properties_go_along(vault: Vault) -> None:
    await fill(vault)
    await vault.set_properties(("e.txt",), {"{x}a": "<a/>", "{x}b": "<b/>"})
    await vault.set_properties(("e.txt",), {"{x}b": None})
    await vault.move(("e.txt",), ("f.txt",), overwrite=False)
    await vault.copy(("f.txt",), ("g.txt",), overwrite=False)
    assert dict((await vault.find(("g.txt",))).properties) == {"{x}a": "<a/>"}
    await vault.set_properties((), {"{x}root": "<r/>"})
    assert dict((await vault.find(())).properties) == {"{x}root": "<r/>"}


async def test_the_trash_keeps_a_folder_whole(vault: Vault, same: Vault) -> None:
    await fill(vault)
    before = await tree(vault)
    await vault.delete(("a",))
    assert await names(vault) == ["e.txt"]
    await same.refresh()
    assert await names(same) == ["e.txt"]
    (gone,) = await same.trash()
    await same.restore(gone.id)
    await vault.refresh()
    assert await tree(vault) == before


async def test_what_lost_its_folder_is_restored_to_the_root(vault: Vault) -> None:
    await fill(vault)
    await vault.delete(("a", "b", "c.txt"))
    await vault.delete(("a",))
    inner = next(node for node in await vault.trash() if node.name == "c.txt")
    await vault.restore(inner.id)
    assert await at(vault, "c.txt") == b"a/b/c.txt"


async def test_purged_is_gone_with_blobs_and_versions(vault: Vault, first: Worker) -> None:
    await vault.make_folder(("a",))
    for _ in range(3):
        await vault.write(("a", "x"), pieces(os.urandom(100_000)))
    await vault.delete(("a",))
    (gone,) = await vault.trash()
    await vault.purge(gone.id)
    assert await vault.trash() == []
    assert (await vault.quota()).used == 0
    assert [info async for info in first.blobs.list()] == []
    assert await first.catalog.fetch("SELECT id FROM blobs") == []
    for change in (vault.restore, vault.purge):
        with pytest.raises(NodeNotFound):
            await change(gone.id)
    assert (await first.maintenance.check()).problems == []


async def test_deleting_asks_for_what_is_there(vault: Vault) -> None:
    await fill(vault)
    with pytest.raises(NodeNotFound):
        await vault.delete(("no",))
    with pytest.raises(Forbidden):
        await vault.delete(())
    with pytest.raises(PreconditionFailed):
        await vault.delete(("e.txt",), condition=Precondition(etags=frozenset({"other"})))
    assert await at(vault, "e.txt") == b"e.txt"


async def test_a_tree_200_deep(vault: Vault, same: Vault) -> None:
    path = tuple(f"level {number}" for number in range(200))
    for depth in range(1, 201):
        await vault.make_folder(path[:depth])
    await vault.write((*path, "deep.txt"), pieces(b"deep"))
    await same.refresh()
    assert await at(same, *path, "deep.txt") == b"deep"
    await same.move(path[:1], ("moved",), overwrite=False)
    await vault.refresh()
    assert await at(vault, "moved", *path[1:], "deep.txt") == b"deep"
    await vault.make_folder(("other",))
    deep = ("other",) + ("x",) * (MAX_DEPTH - 150)
    for depth in range(2, len(deep) + 1):
        await vault.make_folder(deep[:depth])
    with pytest.raises(Forbidden, match="deep"):
        await vault.move(("moved",), (*deep, "moved"), overwrite=False)
    await vault.delete(("moved",))
    await vault.purge((await vault.trash())[0].id)
    assert await names(vault) == ["other"]


async def test_a_folder_of_100_000(vault: Vault, same: Vault, first: Worker) -> None:
    """Made in one go below the vault's surface, which would take minutes; then used through it."""
    vault.opened.forget_generation()
    await first.catalog.commit(_many, vault, 100_000)
    begun = time.process_time()
    await same.refresh()
    assert len(await names(same)) == 100_000
    whole = time.process_time() - begun
    begun = time.process_time()
    assert (await same.find(("node 77777",))).is_folder
    await same.write(("node 5", "x"), pieces(b"x"))
    await same.move(("node 5", "x"), ("new",), overwrite=False)
    await same.delete(("node 9",))
    changes_of_some = time.process_time() - begun
    assert changes_of_some < whole / 10, "a change does not cost the whole folder"
    assert len(await names(same)) == 100_000
    await vault.refresh()
    assert len(await names(vault)) == 100_000


def _many(vault: Vault, count: int) -> Unit[int]:
    opened, actor = vault.opened, vault.actor()
    change = yield from changes.begin(Actor(vault.id, None, actor.at))
    for number in range(count):
        node = new_folder(opened, ROOT, f"node {number}", actor)
        row = metadata.seal_node(opened.keyring, node, os.urandom)
        yield from nodes.insert_node(vault.id, replace(row, changed=change.version))
    return (yield from changes.finish(change, Entry("create", None, {"nodes": count})))


def test_the_blind_index_is_bound_to_folder_and_vault(vault: Vault) -> None:
    keyring: Keyring = vault.opened.keyring
    other = Keyring(vault.opened.identity, bytes(16))
    folder = NodeId(bytes(15) + b"\1")
    indexes = {
        keyring.name_index(ROOT, "a"), keyring.name_index(folder, "a"),
        keyring.name_index(ROOT, "A"), other.name_index(ROOT, "a"),
    }  # fmt: skip
    assert len(indexes) == 4
