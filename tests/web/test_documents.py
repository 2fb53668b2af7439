"""What people do with documents, over a socket."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from aiohttp import FormData

from tests.web.site import Site
from vault_core.http import zips


async def test_a_plain_form_uploads_several_files_and_replaces_none(running: Site) -> None:
    async with running.reader("ada") as reader:
        for _ in range(2):
            form = FormData(quote_fields=False)
            form.add_field("csrf", await reader.token())
            form.add_field("file", b"a" * 300_000, filename="a.txt")
            form.add_field("file", b"b", filename="C:\\fakepath\\b.txt")
            async with reader.client.post("/upload/", data=form, allow_redirects=False) as answer:
                assert answer.status == 303
        page = await reader.text("/files/")
        for name in ("a.txt", "a (2).txt", "b.txt", "b (2).txt"):
            assert f"<bdi>{name}</bdi>" in page


async def test_a_files_before_the_token_are_refused(running: Site) -> None:
    async with running.reader("ada") as reader:
        form = FormData()
        form.add_field("file", b"a", filename="a.txt")
        form.add_field("csrf", await reader.token())
        async with reader.client.post("/upload/", data=form, allow_redirects=False) as answer:
            assert answer.status == 403
        assert "a.txt" not in await reader.text("/files/")


TOKEN = b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n%s\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"'
BROKEN_FORMS = {
    "no boundary stated": ("", b"x"),
    "no boundary in the body": ("; boundary=b", b"x"),
    "another boundary": ("; boundary=c", FILE + b"\r\n\r\nx\r\n--b--\r\n"),
    "a header without a colon": ("; boundary=b", b"--b\r\nContent-Disposition\r\n\r\nx\r\n--b--"),
    "a header of 20,000 bytes": ("; boundary=b", FILE + b"a" * 20_000 + b"\r\n\r\nx\r\n--b--\r\n"),
    "a thousand headers": ("; boundary=b", FILE + b"\r\nx: y" * 1000 + b"\r\n\r\nx\r\n--b--\r\n"),
    "a charset that is none": (
        "; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="_charset_"\r\n\r\n' + b"x" * 99
        + b"\r\n--b--\r\n",
    ),
    "cut in a file's headers": ("; boundary=b", TOKEN + FILE),
    "cut in a file": ("; boundary=b", TOKEN + FILE + b"\r\n\r\nx"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_FORMS)
async def test_a_malformed_form_is_told_and_stores_nothing(running: Site, name: str) -> None:
    boundary, body = BROKEN_FORMS[name]
    headers = {"Content-Type": f"multipart/form-data{boundary}"}
    async with running.reader("ada") as reader:
        if body.startswith(TOKEN):
            body = body.replace(b"%s", (await reader.token()).encode())
        async with reader.client.post("/upload/", data=body, headers=headers) as answer:
            assert answer.status == 400
            assert "La demande n’est pas compréhensible." in await answer.text()
        assert "a.txt" not in await reader.text("/files/")


async def test_a_folder_is_uploaded_with_its_folders(running: Site) -> None:
    async with running.reader("ada") as reader:
        assert (await reader.upload("/", "deep/er/a.txt", b"x")).status == 201
        assert "a.txt" in await reader.text("/files/deep/er/")


async def test_rename_move_copy_delete_and_undo(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "a.txt", b"x")
        assert (await reader.send("/new-folder", {"name": "Été"})).status == 303
        assert (await reader.send("/new-folder", {"name": "Été"})).status == 409
        assert (await reader.send("/rename", {"item": "a.txt", "name": "b.txt"})).status == 303
        assert (await reader.send("/copy", {"item": "b.txt", "to": "/"})).status == 303
        moved = await reader.send("/move", {"item": "b.txt", "to": "/%C3%89t%C3%A9"})
        assert moved.headers["Location"].startswith("/files/%C3%89t%C3%A9/?done=moved&at=")
        assert (await reader.get("/files/%C3%89t%C3%A9/b.txt")).status == 200
        gone = await reader.send("/delete", {"item": "b (2).txt"})
        undo = re.search(r"undo=([0-9a-f]{32})", gone.headers["Location"])
        assert undo
        assert (await reader.get("/files/b%20(2).txt")).status == 404
        back = await reader.send("/trash/restore", {"node": undo[1], "next": "/files/"})
        assert back.status == 303
        assert (await reader.get("/files/b%20(2).txt")).status == 200


async def test_purging_destroys(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "a.txt", b"x")
        await reader.send("/delete", {"item": "a.txt"})
        assert "a.txt" in await reader.text("/trash")
        assert (await reader.send("/trash/purge", {"all": "1", "sure": "1"})).status == 303
        assert "a.txt" not in await reader.text("/trash")


async def test_ranges_and_entity_tags(running: Site) -> None:
    data = bytes(range(256)) * 8192
    async with running.reader("ada") as reader:
        await reader.upload("/", "film.mp4", data)
        part = await reader.get("/view/film.mp4", Range="bytes=1000000-1000009")
        assert part.status == 206
        assert part.headers["Content-Range"] == f"bytes 1000000-1000009/{len(data)}"
        assert part.body == data[1_000_000:1_000_010]
        assert (await reader.get("/view/film.mp4", Range="bytes=9999999-")).status == 416
        whole = await reader.get("/view/film.mp4")
        assert whole.body == data
        same = await reader.get("/view/film.mp4", If_None_Match=whole.headers["ETag"])
        assert same.status == 304


async def test_a_folder_is_downloaded_as_a_zip_of_known_length(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "deep/%C3%A9t%C3%A9.txt", b"x" * 100_000)
        await reader.upload("/", "empty.txt", b"")
        answer = await reader.get("/zip/")
        data = answer.body
        assert int(answer.headers["Content-Length"]) == len(data)
        archive = zipfile.ZipFile(io.BytesIO(data))
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["deep/", "deep/été.txt", "empty.txt"]
        assert archive.read("deep/été.txt") == b"x" * 100_000
        only = zipfile.ZipFile(io.BytesIO((await reader.get("/zip/?item=deep")).body))
        assert only.namelist() == ["deep/", "deep/été.txt"]


async def test_many_members_make_a_zip64() -> None:
    entries = [zips.Entry(f"{number}/", 0, 0, None) for number in range(70_000)]
    data = b"".join([bytes(piece) async for piece in zips.archive(entries)])
    assert len(data) == zips.length(entries)
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 70_000


async def test_search_finds_without_accents_and_case(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "deep/%C3%89t%C3%A9%202026.txt", b"x")
        assert "Été 2026.txt" in await reader.text("/search?q=ete+2026&part=1")
        assert "Été 2026.txt" not in await reader.text("/search?q=hiver&part=1")


async def test_the_export_holds_the_key(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "a.txt", b"x")
        assert (await reader.post("/account/export", {"csrf": "0" * 32})).status == 403
        answer = await reader.send("/account/export", {})
        archive = zipfile.ZipFile(io.BytesIO(answer.body))
        assert archive.testzip() is None
        assert "documents/a.txt.age" in archive.namelist()
        assert b"AGE-SECRET-KEY-" in archive.read("identity.txt")


async def test_the_journal_names_what_was_read(running: Site) -> None:
    async with running.reader("ada") as reader:
        await reader.upload("/", "a.txt", b"x")
        await reader.get("/download/a.txt")
        page = await reader.text("/account/journal?about=reading")
        assert "Lu\u00a0: <strong><bdi>a.txt</bdi></strong>" in page
        assert "a.txt" in await reader.text("/account/journal.csv")
