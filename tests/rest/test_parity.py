"""What the pages do, by program: archives, export, recovery code, journal, links, conditions."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile
from urllib.parse import quote

import pytest

from tests.rest.callers import Api, Caller
from tests.vault.workers import pieces
from vault_core.vault.vault import Vault


async def furnished(api: Api) -> Vault:
    """ada's vault with two folders and three documents."""
    vault = await api.vault()
    for folder in (("a",), ("b",)):
        await vault.make_folder(folder)
    for path in (("a", "same.txt"), ("b", "same.txt"), ("photo.png",)):
        await vault.write(path, pieces("/".join(path).encode()))
    return vault


async def ids(call: Caller) -> dict[str, str]:
    found = (await call("GET", "search?q=.")).json["items"]
    folders = (await call("GET", "documents")).json["items"]
    return {"/".join(one["path"]): one["id"] for one in (*found, *folders)}


def members(body: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_every_member_and_parameter_is_explained(api: Api) -> None:
    async with api.stranger() as call:
        document = (await call("GET", "/api/openapi.json")).json
    silent = [
        f"{name}.{member}"
        for name, schema in document["components"]["schemas"].items()
        for member, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]
    silent += [
        f"{operation['operationId']}?{one['name']}"
        for item in document["paths"].values()
        for operation in item.values()
        for one in operation.get("parameters", [])
        if one["in"] != "path" and not one.get("description")
    ]
    assert silent == []


async def test_many_documents_as_one_archive(api: Api) -> None:
    await furnished(api)
    async with api.program("ada", "documents:read") as call:
        known = await ids(call)
        picked = [known["a/same.txt"], known["b/same.txt"], known["b"], known["a/same.txt"]]
        heard = await call("POST", "archives", {"documents": picked})
        assert heard.status == 200
        assert int(heard.headers["Content-Length"]) == len(heard.body)
        assert members(heard.body) == {
            "same.txt": b"a/same.txt", "b/same.txt": b"b/same.txt", "b/": b"",
        }  # fmt: skip
        assert (await call("POST", "archives", {"documents": []})).status == 400
        assert (await call("POST", "archives", {"documents": ["0" * 31 + "1"]})).status == 404
    async with api.program("bob", "documents:read") as stranger:
        assert (await stranger("POST", "archives", {"documents": picked})).status == 404


async def test_everything_is_exported_as_it_is(api: Api) -> None:
    await furnished(api)
    async with api.program("ada", "documents:read") as call:
        found = members((await call("GET", "export")).body)
    assert found["documents/photo.png"] == b"photo.png"
    index = json.loads(found["index.json"])
    assert {one["path"] for one in index} == {"a", "b", "a/same.txt", "b/same.txt", "photo.png"}


async def test_the_key_leaves_by_a_fresh_session_only(api: Api) -> None:
    vault = await furnished(api)
    async with api.program() as call:
        assert (await call("POST", "export")).status == 403
        assert (await call("POST", "identity")).status == 403
    async with api.browser() as page:
        found = members((await page("POST", "export")).body)
        assert found["documents/photo.png.age"].startswith(b"age-encryption.org/v1")
        assert str(vault.opened.identity).encode() in found["identity.txt"]
        assert (await page("POST", "identity")).body == found["identity.txt"]


async def test_a_recovery_code_opens_once_it_was_confirmed(api: Api) -> None:
    await furnished(api)
    vaults = api.site.institution.vaults
    async with api.browser() as page:
        code = (await page("POST", "recovery-code")).json["code"]
        kinds = [one["kind"] for one in (await page("GET", "credentials")).json["items"]]
        assert "recovery" not in kinds
        other = code[:-1] + ("0" if code[-1] != "0" else "1")
        assert (await page("PUT", "recovery-code", {"code": other})).status == 400
        assert (await page("PUT", "recovery-code", {"code": code})).status == 204
        opened = await vaults.open_by_code("recovery", "ada", code)
        assert opened.id == (await api.vault()).id


async def test_the_journal_is_filtered_and_exported(api: Api) -> None:
    vault = await furnished(api)
    await vault.write(("=cmd.txt",), pieces(b"x"))
    async with api.program("ada", "journal:read") as call:
        heard = await call("GET", "journal?about=changing&limit=3")
        assert {one["verb"] for one in heard.json["items"]} == {"create"}
        rest = await call("GET", f"journal?about=changing&before={heard.json['next']}")
        numbers = [one["number"] for one in (*heard.json["items"], *rest.json["items"])]
        assert numbers == sorted(set(numbers), reverse=True)
        assert len(numbers) == 6
        assert (await call("GET", "journal?until=2001-01-01T00:00:00Z")).json["items"] == []
        assert (await call("GET", "journal?since=2001-01-01T00:00:00Z")).json["items"]
        assert (await call("GET", "journal?about=weather")).status == 400
        table = (await call("GET", "journal/export?about=changing")).body.decode()
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["verb"] for row in rows] == ["create"] * 6
    assert "'=cmd.txt" in {row["path"] for row in rows}


async def test_the_account_says_what_takes_the_room(api: Api) -> None:
    vault = await furnished(api)
    async with api.program("ada", "account:read") as call:
        before = (await call("GET", "account")).json["storage"]["kinds"]
        assert before == {"text": 20, "image": 9}
        await vault.write(("song.mp3",), pieces(b"ID3" + bytes(100)))
        await vault.delete(("photo.png",))
        after = (await call("GET", "account")).json["storage"]["kinds"]
    assert after == {"audio": 103, "text": 20}


async def test_a_list_goes_on_after_what_was_told(api: Api) -> None:
    vault = await api.vault()
    for number in range(6):
        await vault.write((f"{number}.txt",), pieces(b"x"))
    async with api.program("ada", "documents:read") as call:
        first = (await call("GET", "documents?limit=2")).json
        assert [one["name"] for one in first["items"]] == ["0.txt", "1.txt"]
        await vault.write(("0a.txt",), pieces(b"x"))  # before what was told: nothing moves
        await vault.delete(("0.txt",))
        second = (await call("GET", f"documents?limit=2&cursor={first['next']}")).json
        assert [one["name"] for one in second["items"]] == ["2.txt", "3.txt"]
        await vault.delete(("3.txt",))  # the last that was told
        await vault.delete(("1.txt",))  # and others before it
        await vault.write(("3a.txt",), pieces(b"x"))  # just after it
        third = (await call("GET", f"documents?limit=9&cursor={second['next']}")).json
        assert [one["name"] for one in third["items"]] == ["3a.txt", "4.txt", "5.txt"]
        assert third["next"] is None


ORDERS = [
    f"documents?sort={sort}&order={order}"
    for sort in ("name", "date", "size", "type")
    for order in ("up", "down")
]


@pytest.mark.parametrize("address", [*ORDERS, "search?q=.", "trash?"])
async def test_a_list_in_parts_of_one_is_the_whole_list(api: Api, address: str) -> None:
    vault = await api.vault()
    await vault.make_folder(("Zoo",))
    for name in ("a.txt", "A.txt", "É.txt", "e.png", "longer.txt", "x.bin"):
        await vault.write((name,), pieces(name.encode()))
    if address.startswith("trash"):
        for node in await vault.children(await vault.find(())):
            await vault.delete((node.name,))
    async with api.program("ada", "documents:read") as call:
        whole = [one["name"] for one in (await call("GET", address)).json["items"]]
        told, cursor = [], ""
        while cursor is not None:
            more = f"&cursor={cursor}" if cursor else ""
            heard = (await call("GET", f"{address}&limit=1{more}")).json
            told += [one["name"] for one in heard["items"]]
            cursor = heard["next"]
            if told[-1] == "e.png" and not address.startswith("trash"):
                await vault.delete(("e.png",))  # what was told last is gone
    assert len(whole) == (6 if address.startswith("search") else 7)
    assert told == whole


async def test_a_cursor_is_of_one_list_of_one_vault_and_tells_nothing(api: Api) -> None:
    for who in ("ada", "bob"):
        for name in ("secret plans.txt", "z.txt"):
            await (await api.vault(who)).write((name,), pieces(b"x"))
    async with api.program("ada") as ada, api.program("bob") as bob:
        cursor = (await ada("GET", "documents?limit=1")).json["next"]
        assert (await ada("GET", f"documents?limit=9&cursor={cursor}")).status == 200
        assert b"secret" not in base64.urlsafe_b64decode(cursor + "==")
        for wrong in (cursor[:-1], "x" * 50, "é", "-", cursor + "AAAA"):
            assert (await ada("GET", f"documents?cursor={quote(wrong)}")).status == 400, wrong
        assert (await ada("GET", f"documents?sort=date&cursor={cursor}")).status == 400
        assert (await ada("GET", f"trash?cursor={cursor}")).status == 400
        assert (await bob("GET", f"documents?cursor={cursor}")).status == 400


async def test_a_change_can_ask_that_nothing_changed_meanwhile(api: Api) -> None:
    vault = await furnished(api)
    async with api.program() as call:
        photo = (await ids(call))["photo.png"]
        heard = await call("GET", f"documents/{photo}")
        tag = heard.headers["ETag"]
        assert (await call("GET", f"documents/{photo}", If_None_Match=tag)).status == 304
        await vault.move(("photo.png",), ("picture.png",), overwrite=False)
        refused = await call("PATCH", f"documents/{photo}", {"name": "x.png"}, If_Match=tag)
        assert (refused.status, refused.json["type"]) == (
            412,
            "urn:parchemin:error:PreconditionFailed",
        )
        assert (await call("DELETE", f"documents/{photo}", If_Match=tag)).status == 412
        now = (await call("GET", f"documents/{photo}")).headers["ETag"]
        moved = await call("PATCH", f"documents/{photo}", {"name": "x.png"}, If_Match=now)
        assert (moved.status, moved.json["name"]) == (200, "x.png")
        assert moved.headers["ETag"] not in (tag, now)
        content = f'"{moved.json["etag"]}"'  # of the content: renaming leaves it
        assert (await call("DELETE", f"documents/{photo}", If_Match=content)).status == 204


async def test_a_share_is_opened_by_program(api: Api) -> None:
    await furnished(api)
    async with api.program() as owner, api.stranger() as call:
        link = (await owner("POST", "shares", {"path": ["a"], "pin": "1234", "downloads": 2})).json
        code = link["code"]
        assert (await call("POST", "visits", {"code": code})).status == 403
        assert (await call("POST", "visits", {"code": code, "pin": "4321"})).status == 403
        visit = (await call("POST", "visits", {"code": code, "pin": "1234"})).json
        inside = {"Parchemin_Visit": visit["token"]}
        shown = (await call("GET", "visits/shown", **inside)).json
        assert (shown["kind"], shown["drop"], shown["proof"]) == ("share", None, None)
        by_path = {"/".join(one["path"]): one for one in shown["share"]}
        assert set(by_path) == {"", "same.txt"}
        document = by_path["same.txt"]["id"]
        for _ in range(2):  # twice in a visit is one download
            heard = await call("GET", f"visits/documents/{document}", Range="bytes=2-", **inside)
            assert (heard.status, heard.body) == (206, b"same.txt")
        archive = members((await call("GET", "visits/archive", **inside)).body)
        assert archive == {"same.txt": b"a/same.txt"}
        assert (await owner("GET", f"links/{link['id']}")).json["used"] == 2
        photo = (await ids(owner))["photo.png"]
        assert (await call("GET", f"visits/documents/{photo}", **inside)).status == 404
        assert (await call("GET", "visits/shown", Parchemin_Visit="wrong")).status == 403
        await owner("DELETE", f"links/{link['id']}")
        assert (await call("GET", "visits/shown", **inside)).status == 403
        assert (await call("POST", "visits", {"code": code, "pin": "1234"})).status == 410


async def test_a_drop_box_takes_a_document_by_program(api: Api) -> None:
    vault = await furnished(api)
    async with api.program() as owner, api.stranger() as call:
        made = await owner("POST", "drop-boxes", {"path": ["b"], "documents": 1})
        visit = (await call("POST", "visits", {"code": made.json["code"]})).json
        inside = {"Parchemin_Visit": visit["token"]}
        shown = (await call("GET", "visits/shown", **inside)).json
        assert (shown["kind"], shown["drop"]["documentsLeft"]) == ("drop", 1)
        put = await call("POST", "visits/deposits?name=CV.pdf&sender=Bob", b"%PDF-1.7 x", **inside)
        assert (put.status, put.json["name"], put.json["size"]) == (201, "CV.pdf", 10)
        again = await call("POST", "visits/deposits?name=CV2.pdf", b"x", **inside)
        assert again.status == 410
        assert (await call("GET", "visits/archive", **inside)).status == 404
    await vault.refresh()
    node = await vault.find(("b", "CV.pdf"))
    assert b"".join([bytes(piece) async for piece in vault.read(node)]) == b"%PDF-1.7 x"


@pytest.mark.parametrize("code", ["", "nonsense", "x" * 500])
async def test_what_is_no_link_opens_nothing(api: Api, code: str) -> None:
    await api.vault()
    async with api.stranger() as call:
        assert (await call("POST", "visits", {"code": code})).status == 404
