"""Documents by id: written, read in part, moved, undone; and nobody else's."""

from __future__ import annotations

import pytest

from tests.processes import deliver
from tests.rest.callers import Api, Caller
from vault_core.app.api import groups
from vault_core.rest.operation import operations

ROOT = "0" * 32


async def put(call: Caller, name: str, data: bytes = b"hello", folder: str = ROOT) -> str:
    heard = await call("PUT", f"documents/{folder}/children/{name}", data)
    assert heard.status in (200, 201), heard.body
    return str(heard.json["id"])


async def test_a_document_from_upload_to_trash_and_back(api: Api) -> None:
    async with api.program("ada", "documents:read", "documents:write") as call:
        folder = (await call("POST", f"documents/{ROOT}/folders", {"name": "Été"})).json["id"]
        made = await call("PUT", f"documents/{folder}/children/a%20b.txt", b"hello world")
        assert made.status == 201
        assert made.headers["Location"] == f"/api/v1/documents/{made.json['id']}"
        one = made.json["id"]
        assert made.json["path"] == ["Été", "a b.txt"]

        whole = await call("GET", f"documents/{one}/content")
        assert (whole.status, whole.body) == (200, b"hello world")
        assert whole.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in whole.headers["Content-Security-Policy"]
        etag = whole.headers["ETag"]
        same = await call("GET", f"documents/{one}/content", If_None_Match=etag)
        assert same.status == 304
        part = await call("GET", f"documents/{one}/content", Range="bytes=6-")
        assert (part.status, part.body) == (206, b"world")
        assert part.headers["Content-Range"] == "bytes 6-10/11"
        beyond = await call("GET", f"documents/{one}/content", Range="bytes=99-")
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, "bytes */11")

        new = {"If_None_Match": "*"}
        assert (
            await call("PUT", f"documents/{folder}/children/a%20b.txt", b"x", **new)
        ).status == 412
        stale = await call("PUT", f"documents/{one}/content", b"second", If_Match='"x"')
        assert stale.status == 412
        again = await call("PUT", f"documents/{one}/content", b"second", If_Match=etag)
        assert again.status == 200
        kept = (await call("GET", f"documents/{one}/versions")).json["items"]
        number = kept[0]["number"]
        old = await call("GET", f"documents/{one}/versions/{number}")
        assert old.body == b"hello world"
        assert (await call("POST", f"documents/{one}/versions/{number}/restore")).status == 200
        assert (await call("GET", f"documents/{one}/content")).body == b"hello world"

        moved = await call("PATCH", f"documents/{one}", {"name": "c.txt", "folder": ROOT})
        assert moved.json["path"] == ["c.txt"]
        copied = await call("POST", f"documents/{one}/copy", {"folder": ROOT})
        assert copied.json["name"] == "c (2).txt"
        found = await call("GET", "search?q=C%20TXT")
        assert sorted(item["name"] for item in found.json["items"]) == ["c (2).txt", "c.txt"]
        assert (await call("GET", "find?path=/c.txt")).json["id"] == one

        assert (await call("DELETE", f"documents/{one}", If_Match='"x"')).status == 412
        assert (await call("DELETE", f"documents/{one}")).status == 204
        assert (await call("GET", f"documents/{one}")).status == 404
        assert [item["id"] for item in (await call("GET", "trash")).json["items"]] == [one]
        assert (await call("POST", f"trash/{one}/restore")).json["path"] == ["c.txt"]
        await call("DELETE", f"documents/{one}")
        assert (await call("DELETE", f"trash/{one}")).status == 204
        assert (await call("GET", "trash")).json["items"] == []


async def test_lists_come_in_pages_and_in_order(api: Api) -> None:
    async with api.program() as call:
        for number in range(5):
            await put(call, f"{number}.txt", b"x" * (5 - number))
        names, cursor = [], ""
        while cursor is not None:
            heard = await call("GET", f"documents?limit=2&sort=size&cursor={cursor}")
            names += [item["name"] for item in heard.json["items"]]
            cursor = heard.json["next"]
        assert names == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]
        assert (await call("GET", "documents?cursor=x")).status == 400


async def test_what_was_delivered_is_listed_and_cannot_be_altered(api: Api) -> None:
    await api.vault()
    await deliver(api.site.institution, "ada")
    async with api.program("ada", "certificates:read") as call:
        found = (await call("GET", "certificates")).json["items"]
        assert [one["document"]["name"] for one in found] == ["Diplôme.pdf"]
        one = found[0]["document"]["id"]
        assert (await call("GET", f"certificates/{one}/content")).body.startswith(b"%PDF")
        assert (await call("GET", f"documents/{one}/content")).status == 403
    async with api.program() as call:
        assert (await call("PUT", f"documents/{one}/content", b"x")).status == 403
        note = await put(call, "note.txt")
        assert (await call("GET", f"certificates/{note}")).status == 404
        verbs = {entry["verb"] for entry in (await call("GET", "journal")).json["items"]}
        assert {"deliver", "accept", "create", "read"} <= verbs
    async with api.stranger() as call:
        assert (await call("GET", "issuers")).status == 200


REFUSED = {
    "a folder's content": ("GET", "documents/{folder}/content", None, 409),
    "a folder's new content": ("PUT", "documents/{folder}/content", b"x", 409),
    "a name with a slash": ("POST", "documents/{root}/folders", {"name": "a/b"}, 400),
    "a name that is taken": ("POST", "documents/{root}/folders", {"name": "folder"}, 409),
    "into itself": ("PATCH", "documents/{folder}", {"folder": "{folder}"}, 403),
    "over another": ("PATCH", "documents/{one}", {"name": "folder"}, 412),
    "the root": ("DELETE", "documents/{root}", None, 403),
    "under a document": ("PUT", "documents/{one}/children/a", b"x", 409),
    "encoded content": ("PUT", "documents/{one}/content", b"x", 415),
    "a version that is none": ("GET", "documents/{one}/versions/9", None, 404),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused(api: Api, name: str) -> None:
    method, path, data, status = REFUSED[name]
    async with api.program() as call:
        folder = (await call("POST", f"documents/{ROOT}/folders", {"name": "folder"})).json["id"]
        ids = {"root": ROOT, "folder": folder, "one": await put(call, "one.txt")}
        if isinstance(data, dict):
            data = {key: value.format(**ids) for key, value in data.items()}
        fields = {"Content_Encoding": "gzip"} if name == "encoded content" else {}
        heard = await call(method, path.format(**ids), data, **fields)
        assert heard.status == status, heard.body
        assert heard.headers["Content-Type"].startswith("application/problem+json")


async def test_no_operation_knows_ids_of_another_person(api: Api) -> None:
    """Every operation with an id, called by bob with ids of ada's, answers 404."""
    async with api.program() as ada, api.browser("ada") as page, api.browser("bob") as bob:
        note = await put(ada, "note.txt", b"one")
        await put(ada, "note.txt", b"two")
        slot = (await ada("GET", "account")).json["credential"]
        begun = await page(
            "POST", "uploads", Tus_Resumable="1.0.0", Upload_Length="5",
            Upload_Metadata="filename YQ==",
        )  # fmt: skip
        upload = begun.headers["Location"].rpartition("/")[2]
        kept = (await ada("GET", f"documents/{note}/versions")).json["items"][0]["number"]
        known = {"credential": slot, "upload": upload, "number": str(kept), "name": "x"}
        bodies = {"POST": {"name": "x", "folder": ROOT}, "PATCH": {"name": "x"}}
        tried = 0
        for group in groups(api.site.institution):
            for one in operations(group):
                if one.stated.needs == "public" or not one.variables or one.stated.roles:
                    continue
                path = one.stated.path
                for variable in one.variables:
                    path = path.replace(f"{{{variable}}}", known.get(variable, note))
                data = bodies.get(one.stated.method) if one.body else None
                if one.id == "createFolder":
                    data = {"name": "x"}
                if one.id == "removeFactor":
                    data = {"password": "x"}
                fields = {"Tus_Resumable": "1.0.0", "Upload_Offset": "0"}
                if one.id == "appendUpload":
                    fields["Content_Type"] = "application/offset+octet-stream"
                heard = await bob(one.stated.method, path, data, **fields)
                assert heard.status == 404, (one.id, heard.status, heard.body)
                tried += 1
        assert tried > 15
        assert (await ada("GET", f"documents/{note}/content")).body == b"two"
